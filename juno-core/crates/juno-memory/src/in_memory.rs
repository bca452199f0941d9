use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{DomainEvent, EventBuffer, EventKind, MemoryId, PrincipalId, TenantId};

use crate::event::{ForgetReason, forgotten_event};
use crate::nearness::{Nearness, nearest_taken};
use crate::pool::{Corpus, Pool};
use crate::rank::rank_near;
use crate::shelf::Shelf;
use crate::store::{check_events, check_page, check_same_place};
use crate::{
    Fact, FactOutcome, LegalHold, Memory, MemoryError, MemoryFilter, MemoryKind, MemoryPage, MemoryRemoval,
    MemoryScope, MemoryStore, MemoryVectors, MemoryWrite, QueryVector, Question, RankWeights, RecallQuery,
    Recalled, Speakers, VectorMatrix, WorkingLimits, arrange, check_hold_events,
};

/// Keeps memories in this process only: the reference that other stores are compared with, and a store for
/// tests and short runs.
#[derive(Debug)]
pub struct InMemoryMemoryStore {
    outbox: Arc<EventBuffer>,
    limits: WorkingLimits,
    weights: RankWeights,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) scopes: BTreeMap<MemoryScope, Shelf>,
    pub(crate) owners: BTreeMap<(TenantId, MemoryId), MemoryScope>,
    holds: BTreeMap<TenantId, BTreeMap<String, LegalHold>>,
    /// The number given last.
    last: u64,
}

impl InMemoryMemoryStore {
    /// An empty store that hands its events to `outbox`.
    #[must_use]
    pub fn new(outbox: Arc<EventBuffer>) -> Self {
        let (limits, weights) = (WorkingLimits::DEFAULT, RankWeights::DEFAULT);
        Self { outbox, limits, weights, state: Mutex::default() }
    }

    /// The same store with other bounds on working memory.
    #[must_use]
    pub fn with_working_limits(self, limits: WorkingLimits) -> Self {
        Self { limits, ..self }
    }

    /// The same store with another ranking, to see what its parts are worth.
    #[must_use]
    pub fn with_weights(self, weights: RankWeights) -> Self {
        Self { weights, ..self }
    }

    /// The same store with what another one holds, taken as it is: no limit is checked and no record is left. For stores
    /// that work out on a copy what a change does.
    #[must_use]
    pub fn holding(self, memories: &[Memory], holds: &[LegalHold]) -> Self {
        {
            let mut state = self.state();
            let State { scopes, owners, holds: held, last } = &mut *state;
            for memory in memories {
                owners.insert((memory.scope.tenant().clone(), memory.id.clone()), memory.scope.clone());
                scopes.entry(memory.scope.clone()).or_default().insert(memory, last);
            }
            for hold in holds {
                held.entry(hold.tenant.clone()).or_default().insert(hold.subject.clone(), hold.clone());
            }
        }
        self
    }

    pub(crate) fn find(
        &self,
        query: &RecallQuery,
        vector: Option<&QueryVector>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Recalled>, MemoryError> {
        query.check()?;
        let mut question = Question::new(&query.text);
        let state = self.state();
        if question.words().is_empty() {
            return Ok(state.newest(&query.filter, now).into_iter().map(Recalled::newest).collect());
        }
        let (mut speakers, mut corpus) = (Speakers::default(), Corpus::default());
        let shelves = state.reached(&query.filter);
        for shelf in &shelves {
            shelf.add_speakers(&mut speakers);
            shelf.add_size(&mut corpus);
        }
        question.name(&speakers);
        let matrices: Vec<&VectorMatrix> = vector.map_or_else(Vec::new, |vector| {
            let model = vector.model.to_string();
            shelves.iter().filter_map(|shelf| shelf.matrix(&model)).collect()
        });
        let near = vector.and_then(|vector| Nearness::of(&matrices, &vector.unit));
        let close =
            near.as_ref().map(|near| near.nearest(nearest_taken(query.filter.limit))).unwrap_or_default();
        let (mut instances, mut filed) = (Vec::new(), Vec::new());
        for shelf in &shelves {
            let accepts = |memory: &Memory| query.filter.accepts(memory) && query.filter.sees(memory, now);
            shelf.add_found(&question, (&close, accepts), &mut instances, &mut filed);
        }
        let weights = &self.weights;
        let pool = Pool { question: &question, weights, corpus, instances, filed, now };
        let ranked = rank_near(pool, near.as_ref());
        let recalled = ranked.take(query.filter.limit).filter_map(|ranked| {
            let memory = shelves.iter().find_map(|shelf| shelf.numbered(ranked.doc))?.clone();
            Some(Recalled { memory, score: ranked.score, why: ranked.why })
        });
        Ok(recalled.collect())
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // No code panics between two changes of the state, so a poisoned lock still guards a whole state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The scopes a filter reaches.
    pub(crate) fn reached<'a>(&'a self, filter: &MemoryFilter) -> Vec<&'a Shelf> {
        filter.scopes().iter().filter_map(|scope| self.scopes.get(scope)).collect()
    }

    fn get(&self, scope: &MemoryScope, id: &MemoryId) -> Option<&Memory> {
        self.scopes.get(scope).and_then(|shelf| shelf.get(id))
    }

    /// Whether it is somebody's who is under legal hold.
    fn is_held(&self, memory: &Memory) -> bool {
        let holds = self.holds.get(memory.scope.tenant());
        memory.subject.as_ref().is_some_and(|subject| holds.is_some_and(|holds| holds.contains_key(subject)))
    }

    /// Refuses to remove what is under legal hold.
    fn check_removal(&self, scope: &MemoryScope, id: &MemoryId) -> Result<(), MemoryError> {
        match self.get(scope, id).is_some_and(|memory| self.is_held(memory)) {
            true => Err(MemoryError::Held { id: id.clone() }),
            false => Ok(()),
        }
    }

    /// Writes all or, where an id is taken in another scope or under legal hold, nothing, and gives the events that come of it.
    fn write(&mut self, writes: &[MemoryWrite], max: usize) -> Result<Vec<DomainEvent>, MemoryError> {
        let mut before: BTreeMap<(&TenantId, &MemoryId), &Memory> = BTreeMap::new();
        for MemoryWrite { memory, .. } in writes {
            let (tenant, id) = (memory.scope.tenant(), &memory.id);
            let owner = self.owners.get(&(tenant.clone(), id.clone()));
            let old = before
                .insert((tenant, id), memory)
                .or_else(|| owner.and_then(|scope| self.scopes.get(scope)).and_then(|shelf| shelf.get(id)));
            if old.is_some_and(|old| old.scope != memory.scope) {
                return Err(MemoryError::Conflict { id: id.clone() });
            }
            if old.is_some_and(|old| self.is_held(old) && !old.says_the_same(memory)) {
                return Err(MemoryError::Held { id: id.clone() });
            }
        }
        let mut happened = Vec::new();
        for MemoryWrite { memory, events } in writes {
            let owner = (memory.scope.tenant().clone(), memory.id.clone());
            self.owners.insert(owner, memory.scope.clone());
            self.scopes.entry(memory.scope.clone()).or_default().insert(memory, &mut self.last);
            happened.extend_from_slice(events);
            if memory.kind == MemoryKind::Working {
                let actor = &check_events(&memory.id, EventKind::MemoryWritten, events)?.actor;
                for id in self.beyond_limit(memory, max) {
                    self.remove(&memory.scope, &id);
                    let reason = ForgetReason::WorkingLimit;
                    happened.push(forgotten_event(&memory.scope, &id, actor, memory.recorded_at, reason)?);
                }
            }
        }
        Ok(happened)
    }

    fn newest(&self, filter: &MemoryFilter, now: DateTime<Utc>) -> Vec<Memory> {
        let shelves = self.reached(filter);
        let mut found: Vec<&Memory> = shelves
            .iter()
            .flat_map(|shelf| shelf.memories())
            .filter(|memory| memory.is_live(now) && filter.accepts(memory) && filter.sees(memory, now))
            .collect();
        found.sort_unstable_by(|a, b| age(b).cmp(&age(a)));
        found.into_iter().take(filter.limit).cloned().collect()
    }

    fn remove(&mut self, scope: &MemoryScope, id: &MemoryId) -> bool {
        let Some(shelf) = self.scopes.get_mut(scope) else { return false };
        let removed = shelf.remove(id);
        if shelf.is_empty() {
            self.scopes.remove(scope);
        }
        if removed {
            self.owners.remove(&(scope.tenant().clone(), id.clone()));
        }
        removed
    }

    /// The oldest working memories of a session beyond the limit, never the one just written.
    fn beyond_limit(&self, written: &Memory, max: usize) -> Vec<MemoryId> {
        let Some(shelf) = self.scopes.get(&written.scope) else { return Vec::new() };
        let mut working: Vec<&Memory> =
            shelf.memories().filter(|memory| memory.kind == MemoryKind::Working).collect();
        let excess = working.len().saturating_sub(max);
        working.retain(|memory| memory.id != written.id && !self.is_held(memory));
        working.sort_unstable_by(|a, b| age(a).cmp(&age(b)));
        working.into_iter().take(excess).map(|memory| memory.id.clone()).collect()
    }
}

/// What "newest" orders by.
fn age(memory: &Memory) -> (DateTime<Utc>, &MemoryId) {
    (memory.recorded_at, &memory.id)
}

#[async_trait]
impl MemoryStore for InMemoryMemoryStore {
    async fn put(&self, memory: &Memory, events: &[DomainEvent]) -> Result<(), MemoryError> {
        let write = MemoryWrite { memory: memory.clone(), events: events.to_vec() };
        self.put_all(&[write]).await
    }

    async fn put_all(&self, writes: &[MemoryWrite]) -> Result<(), MemoryError> {
        for MemoryWrite { memory, events } in writes {
            memory.check()?;
            self.limits.check(memory)?;
            check_events(&memory.id, EventKind::MemoryWritten, events)?;
        }
        let events = self.state().write(writes, self.limits.max_entries)?;
        self.outbox.push_all(&events);
        Ok(())
    }

    async fn update(&self, old: &Memory, new: &Memory, events: &[DomainEvent]) -> Result<(), MemoryError> {
        check_same_place(old, new)?;
        new.check()?;
        self.limits.check(new)?;
        check_events(&new.id, EventKind::MemoryWritten, events)?;
        let mut state = self.state();
        if state.get(&old.scope, &old.id) != Some(old) {
            return Err(MemoryError::Changed { id: old.id.clone() });
        }
        let write = MemoryWrite { memory: new.clone(), events: events.to_vec() };
        let events = state.write(&[write], self.limits.max_entries)?;
        self.outbox.push_all(&events);
        Ok(())
    }

    async fn record_fact(&self, memory: &Memory, actor: &PrincipalId) -> Result<FactOutcome, MemoryError> {
        memory.check()?;
        self.limits.check(memory)?;
        let mut state = self.state();
        let key = memory.fact.as_ref().map(Fact::key).unwrap_or_default();
        let known = state.scopes.get(&memory.scope).map(|shelf| shelf.facts(&key)).unwrap_or_default();
        let (outcome, writes) = arrange(&known, memory)?;
        let writes = writes
            .into_iter()
            .map(|memory| MemoryWrite::new(memory, actor))
            .collect::<Result<Vec<_>, _>>()?;
        let events = state.write(&writes, self.limits.max_entries)?;
        self.outbox.push_all(&events);
        Ok(outcome)
    }

    async fn get(
        &self,
        scope: &MemoryScope,
        id: &MemoryId,
        now: DateTime<Utc>,
    ) -> Result<Option<Memory>, MemoryError> {
        let state = self.state();
        Ok(state.get(scope, id).filter(|memory| memory.is_live(now)).cloned())
    }

    async fn recall(&self, query: &RecallQuery, now: DateTime<Utc>) -> Result<Vec<Recalled>, MemoryError> {
        self.find(query, None, now)
    }

    async fn list(&self, filter: &MemoryFilter, now: DateTime<Utc>) -> Result<Vec<Memory>, MemoryError> {
        filter.check()?;
        Ok(self.state().newest(filter, now))
    }

    async fn forget(
        &self,
        scope: &MemoryScope,
        id: &MemoryId,
        events: &[DomainEvent],
    ) -> Result<bool, MemoryError> {
        check_events(id, EventKind::MemoryForgotten, events)?;
        let mut state = self.state();
        state.check_removal(scope, id)?;
        let removed = state.remove(scope, id);
        if removed {
            self.outbox.push_all(events);
        }
        Ok(removed)
    }

    async fn forget_all(&self, removals: &[MemoryRemoval]) -> Result<u64, MemoryError> {
        for MemoryRemoval { id, events, .. } in removals {
            check_events(id, EventKind::MemoryForgotten, events)?;
        }
        let mut state = self.state();
        for MemoryRemoval { scope, id, .. } in removals {
            state.check_removal(scope, id)?;
        }
        let mut removed = 0;
        for MemoryRemoval { scope, id, events } in removals {
            if state.remove(scope, id) {
                self.outbox.push_all(events);
                removed += 1;
            }
        }
        Ok(removed)
    }

    async fn purge_expired(&self, now: DateTime<Utc>, actor: &PrincipalId) -> Result<u64, MemoryError> {
        let mut state = self.state();
        let expired: Vec<(MemoryScope, MemoryId)> = state
            .scopes
            .values()
            .flat_map(Shelf::memories)
            .filter(|memory| !memory.is_live(now) && !state.is_held(memory))
            .map(|memory| (memory.scope.clone(), memory.id.clone()))
            .collect();
        let events = expired
            .iter()
            .map(|(scope, id)| forgotten_event(scope, id, actor, now, ForgetReason::Expired))
            .collect::<Result<Vec<_>, _>>()?;
        for (scope, id) in &expired {
            state.remove(scope, id);
        }
        self.outbox.push_all(&events);
        Ok(expired.len() as u64)
    }

    async fn scan(
        &self,
        tenant: &TenantId,
        after: Option<&MemoryId>,
        limit: usize,
    ) -> Result<MemoryPage, MemoryError> {
        check_page(limit)?;
        let state = self.state();
        let mut page = MemoryPage::default();
        let from = match after {
            Some(after) => Bound::Excluded((tenant.clone(), after.clone())),
            None => Bound::Unbounded,
        };
        let owned = state.owners.range((from, Bound::Unbounded));
        for ((_, id), scope) in
            owned.skip_while(|((owner, _), _)| owner < tenant).take_while(|((owner, _), _)| owner == tenant)
        {
            if page.memories.len() == limit {
                page.next = page.memories.last().map(|memory| memory.id.clone());
                break;
            }
            page.memories.extend(state.get(scope, id).cloned());
        }
        Ok(page)
    }

    async fn holds(&self, tenant: &TenantId) -> Result<Vec<LegalHold>, MemoryError> {
        let state = self.state();
        Ok(state.holds.get(tenant).into_iter().flat_map(BTreeMap::values).cloned().collect())
    }

    async fn hold(&self, hold: &LegalHold, events: &[DomainEvent]) -> Result<(), MemoryError> {
        hold.check()?;
        check_hold_events(&hold.tenant, &hold.subject, EventKind::MemoryHeld, events)?;
        let mut state = self.state();
        let holds = state.holds.entry(hold.tenant.clone()).or_default();
        holds.insert(hold.subject.clone(), hold.clone());
        self.outbox.push_all(events);
        Ok(())
    }

    async fn release(
        &self,
        tenant: &TenantId,
        subject: &str,
        events: &[DomainEvent],
    ) -> Result<bool, MemoryError> {
        check_hold_events(tenant, subject, EventKind::MemoryHoldLifted, events)?;
        let mut state = self.state();
        let lifted = state.holds.get_mut(tenant).is_some_and(|holds| holds.remove(subject).is_some());
        if lifted {
            self.outbox.push_all(events);
        }
        Ok(lifted)
    }

    fn vectors(&self) -> Option<&dyn MemoryVectors> {
        Some(self)
    }

    /// There is nowhere for anything to be left.
    async fn compact(&self) -> Result<bool, MemoryError> {
        Ok(true)
    }
}

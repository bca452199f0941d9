use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{DomainEvent, EventBuffer, EventKind, MemoryId, PrincipalId, TenantId};

use crate::event::{ForgetReason, forgotten_event};
use crate::rank::{Candidate, Corpus, WordCounter, rank};
use crate::store::check_events;
use crate::tokenize::{index_words, query_words};
use crate::{
    Memory, MemoryError, MemoryFilter, MemoryHealth, MemoryKind, MemoryScope, MemoryStore, RecallQuery,
    Recalled, WorkingLimits,
};

/// Keeps memories in this process only: the reference that other stores are compared with, and a store for
/// tests and short runs. A read looks at every memory of the scopes it reaches.
#[derive(Debug)]
pub struct InMemoryMemoryStore {
    outbox: Arc<EventBuffer>,
    limits: WorkingLimits,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    scopes: BTreeMap<MemoryScope, BTreeMap<MemoryId, Entry>>,
    owners: BTreeMap<(TenantId, MemoryId), MemoryScope>,
}

#[derive(Debug)]
struct Entry {
    memory: Memory,
    /// Its words in one piece, a space between two: a recall runs through those of every memory.
    words: String,
    count: u64,
}

impl InMemoryMemoryStore {
    /// An empty store that hands its events to `outbox`.
    #[must_use]
    pub fn new(outbox: Arc<EventBuffer>) -> Self {
        Self { outbox, limits: WorkingLimits::DEFAULT, state: Mutex::default() }
    }

    /// The same store with other bounds on working memory.
    #[must_use]
    pub fn with_working_limits(self, limits: WorkingLimits) -> Self {
        Self { limits, ..self }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code panics between two changes of the state, so a poisoned lock still guards a whole state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The live entries of the scopes a filter reaches.
    fn reached<'a>(&'a self, filter: &MemoryFilter, now: DateTime<Utc>) -> impl Iterator<Item = &'a Entry> {
        filter
            .scopes()
            .into_iter()
            .filter_map(|scope| self.scopes.get(&scope))
            .flat_map(BTreeMap::values)
            .filter(move |entry| entry.memory.is_live(now))
    }

    fn newest(&self, filter: &MemoryFilter, now: DateTime<Utc>) -> Vec<Memory> {
        let mut found: Vec<&Memory> = self
            .reached(filter, now)
            .map(|entry| &entry.memory)
            .filter(|memory| filter.accepts(memory))
            .collect();
        found.sort_unstable_by(|a, b| age(b).cmp(&age(a)));
        found.into_iter().take(filter.limit).cloned().collect()
    }

    fn remove(&mut self, scope: &MemoryScope, id: &MemoryId) -> bool {
        let Some(entries) = self.scopes.get_mut(scope) else { return false };
        let removed = entries.remove(id).is_some();
        if entries.is_empty() {
            self.scopes.remove(scope);
        }
        if removed {
            self.owners.remove(&(scope.tenant().clone(), id.clone()));
        }
        removed
    }

    /// The oldest working memories of a session beyond the limit, never the one just written.
    fn beyond_limit(&self, written: &Memory, max: usize) -> Vec<MemoryId> {
        let Some(entries) = self.scopes.get(&written.scope) else { return Vec::new() };
        let mut working: Vec<&Memory> =
            entries.values().map(|e| &e.memory).filter(|m| m.kind == MemoryKind::Working).collect();
        let excess = working.len().saturating_sub(max);
        working.retain(|memory| memory.id != written.id);
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
        memory.check()?;
        self.limits.check(memory)?;
        let record = check_events(&memory.id, EventKind::MemoryWritten, events)?;
        let words = index_words(&memory.text);
        let mut state = self.state();
        let owner = (memory.scope.tenant().clone(), memory.id.clone());
        if state.owners.get(&owner).is_some_and(|scope| *scope != memory.scope) {
            return Err(MemoryError::Conflict { id: memory.id.clone() });
        }
        state.owners.insert(owner, memory.scope.clone());
        let entry = Entry { memory: memory.clone(), count: words.len() as u64, words: words.join(" ") };
        state.scopes.entry(memory.scope.clone()).or_default().insert(memory.id.clone(), entry);
        let mut evicted = Vec::new();
        if memory.kind == MemoryKind::Working {
            for id in state.beyond_limit(memory, self.limits.max_entries) {
                state.remove(&memory.scope, &id);
                let reason = ForgetReason::WorkingLimit;
                evicted.push(forgotten_event(&memory.scope, &id, &record.actor, memory.recorded_at, reason)?);
            }
        }
        self.outbox.push_all(events);
        self.outbox.push_all(&evicted);
        Ok(())
    }

    async fn get(
        &self,
        scope: &MemoryScope,
        id: &MemoryId,
        now: DateTime<Utc>,
    ) -> Result<Option<Memory>, MemoryError> {
        let state = self.state();
        let entry = state.scopes.get(scope).and_then(|entries| entries.get(id));
        Ok(entry.map(|entry| &entry.memory).filter(|memory| memory.is_live(now)).cloned())
    }

    async fn recall(&self, query: &RecallQuery, now: DateTime<Utc>) -> Result<Vec<Recalled>, MemoryError> {
        query.check()?;
        let words = query_words(&query.text);
        let state = self.state();
        if words.is_empty() {
            return Ok(state.newest(&query.filter, now).into_iter().map(Recalled::newest).collect());
        }
        let counter = WordCounter::new(&words);
        let mut corpus = Corpus::default();
        let mut found: BTreeMap<(DateTime<Utc>, &MemoryId), &Memory> = BTreeMap::new();
        let mut candidates = Vec::new();
        for entry in state.reached(&query.filter, now) {
            corpus.memories += 1;
            corpus.words += entry.count;
            if let Some(counts) = counter.count(entry.words.split_ascii_whitespace()) {
                let (item, accepted) = (age(&entry.memory), query.filter.accepts(&entry.memory));
                found.insert(item, &entry.memory);
                candidates.push(Candidate { item, words: entry.count, counts, accepted });
            }
        }
        let ranked = rank(&words, corpus, candidates).take(query.filter.limit);
        let recalled = ranked.filter_map(|ranked| {
            let memory = (*found.get(&ranked.item)?).clone();
            Some(Recalled { memory, score: ranked.score, why: ranked.why })
        });
        Ok(recalled.collect())
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
        let removed = state.remove(scope, id);
        if removed {
            self.outbox.push_all(events);
        }
        Ok(removed)
    }

    async fn purge_expired(&self, now: DateTime<Utc>, actor: &PrincipalId) -> Result<u64, MemoryError> {
        let mut state = self.state();
        let expired: Vec<(MemoryScope, MemoryId)> = state
            .scopes
            .values()
            .flat_map(BTreeMap::values)
            .filter(|entry| !entry.memory.is_live(now))
            .map(|entry| (entry.memory.scope.clone(), entry.memory.id.clone()))
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

    async fn health(&self, tenant: &TenantId, now: DateTime<Utc>) -> Result<MemoryHealth, MemoryError> {
        let mut health = MemoryHealth::default();
        let state = self.state();
        let entries = state.scopes.iter().filter(|(scope, _)| scope.tenant() == tenant);
        for entry in entries.flat_map(|(_, entries)| entries.values()) {
            if entry.memory.is_live(now) {
                *health.by_kind.entry(entry.memory.kind).or_default() += 1;
            } else {
                health.expired += 1;
            }
        }
        Ok(health)
    }
}

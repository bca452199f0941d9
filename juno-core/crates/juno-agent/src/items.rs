use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{MemoryId, TeamId};
use juno_memory::{
    ForgetReason, Memory, MemoryError, MemoryFilter, MemoryKind, MemoryRemoval, MemoryWrite, RecallQuery,
    WriteGate, WriteReason, forgotten_event, written_event,
};
use serde_json::Value;

use crate::item::{Item, ItemAnswer, ItemGet, ItemOp, ItemPut, ItemSearch, NamespaceSearch};
use crate::item_place::{
    ItemPlace, Kept, TAG, check_labels, check_namespace, fitting, item as wrong, words_of,
};
use crate::{AgentError, MemoryHandle, item_filter};

/// Items read at a time where all of them are looked at.
const PAGE: usize = 1_000;
/// Items read at a time where namespaces are looked for.
const STEP: usize = 64;
/// Items changed in one transaction.
const BATCH: usize = 500;
/// Namespaces that are asked one by one for their newest items.
const FEW: usize = 64;

/// Values under keys in nested namespaces, as agent frameworks keep them: memories with a scope for each namespace.
///
/// Exactly what is put is read again: nothing is merged. The write gate refuses secrets and somebody's data all the same,
/// quarantine, retention, legal hold, export and erasure go by the same rules as for every memory.
#[derive(Clone)]
pub struct Items {
    handle: MemoryHandle,
    place: ItemPlace,
}

/// A memory that is an item.
struct Found {
    memory: Memory,
    kept: Kept,
    score: Option<f64>,
}

impl MemoryHandle {
    /// The items of a team, or those of the tenant that belong to no team.
    #[must_use]
    pub fn items(&self, team: Option<TeamId>) -> Items {
        Items { handle: self.clone(), place: ItemPlace::new(self.0.config.tenant.clone(), team) }
    }
}

impl Items {
    /// Carries out several steps and gives the answer to each. All reading comes first, so it sees nothing of what the
    /// same batch puts; of several puts of one key the last counts. What is put is put in one transaction for each 500,
    /// and what is removed after that.
    ///
    /// # Errors
    /// If a step breaks a limit or the write gate refuses a value; then nothing of the batch is put. If a removal meets a
    /// legal hold, or a store cannot be reached.
    pub async fn batch(&self, steps: &[ItemOp]) -> Result<Vec<ItemAnswer>, AgentError> {
        let mut puts: BTreeMap<(&[String], &str), &ItemPut> = BTreeMap::new();
        for step in steps {
            check(step)?;
            if let ItemOp::Put(put) = step {
                puts.insert((&put.namespace, &put.key), put);
            }
        }
        let mut answers = Vec::with_capacity(steps.len());
        for step in steps {
            answers.push(match step {
                ItemOp::Get(get) => ItemAnswer::Item(self.get(get).await?),
                ItemOp::Search(search) => ItemAnswer::Found(self.search(search).await?),
                ItemOp::Namespaces(search) => ItemAnswer::Namespaces(self.namespaces(search).await?),
                ItemOp::Put(_) => ItemAnswer::Done,
            });
        }
        if !puts.is_empty() {
            let done = self.put(puts.into_values()).await;
            self.handle.0.drain().await?;
            done?;
        }
        Ok(answers)
    }

    fn now(&self) -> DateTime<Utc> {
        self.handle.0.parts.clock.now()
    }

    /// What a memory is as an item, if a read at `now` may give it.
    fn read(&self, memory: Memory, now: DateTime<Utc>) -> Option<Found> {
        let seen = memory.is_live(now) && memory.quarantined.is_none() && memory.superseded_at.is_none();
        let kept = self.place.read(&memory).filter(|_| seen)?;
        Some(Found { memory, kept, score: None })
    }

    async fn get(&self, get: &ItemGet) -> Result<Option<Item>, AgentError> {
        let (store, now) = (&self.handle.0.parts.stores.memory, self.now());
        let (scope, id) = (self.place.scope(&get.namespace)?, self.place.id(&get.namespace, &get.key)?);
        let found = store.get(&scope, &id, now).await?.and_then(|memory| self.read(memory, now));
        if let Some(found) = found.as_ref().filter(|_| get.refresh) {
            self.refresh(found, now).await?;
        }
        Ok(found.map(Found::item))
    }

    async fn search(&self, search: &ItemSearch) -> Result<Vec<Item>, AgentError> {
        let (now, wanted) = (self.now(), search.offset.saturating_add(search.limit));
        if search.limit == 0 {
            return Ok(Vec::new());
        }
        let spaces = self.spaces(&search.prefix, now).await?;
        let mut found = match search.query.as_deref().filter(|query| !query.trim().is_empty()) {
            Some(query) => self.ranked(&spaces, query, search, wanted, now).await?,
            None => Vec::new(),
        };
        if found.len() < wanted {
            let there: BTreeSet<MemoryId> = found.iter().map(|found| found.memory.id.clone()).collect();
            let newest = self.newest(&spaces, search, wanted, now).await?;
            found.extend(newest.into_iter().filter(|found| !there.contains(&found.memory.id)));
        }
        let given: Vec<Found> = found.into_iter().skip(search.offset).take(search.limit).collect();
        if search.refresh {
            for found in &given {
                self.refresh(found, now).await?;
            }
        }
        Ok(given.into_iter().map(Found::item).collect())
    }

    /// What matches words, best first.
    async fn ranked(
        &self,
        spaces: &[Vec<String>],
        query: &str,
        search: &ItemSearch,
        wanted: usize,
        now: DateTime<Utc>,
    ) -> Result<Vec<Found>, AgentError> {
        let most = if search.filter.is_empty() { wanted } else { MemoryFilter::MAX_LIMIT };
        let mut ranked = Vec::new();
        for space in spaces {
            let filter = MemoryFilter {
                all_tags: [TAG.to_owned()].into(),
                limit: most.min(MemoryFilter::MAX_LIMIT),
                ..MemoryFilter::new(self.place.scope(space)?)
            };
            for hit in self.handle.recall(&RecallQuery::new(query, filter)).await? {
                let found = self.read(hit.memory, now);
                ranked.extend(
                    found
                        .filter(|found| item_filter::meets(&found.kept.value, &search.filter))
                        .map(|found| Found { score: Some(hit.score), ..found }),
                );
            }
        }
        ranked.sort_by(|a, b| b.score.unwrap_or(0.0).total_cmp(&a.score.unwrap_or(0.0)).then(newer(a, b)));
        Ok(ranked)
    }

    /// The newest, those that a filter accepts.
    async fn newest(
        &self,
        spaces: &[Vec<String>],
        search: &ItemSearch,
        wanted: usize,
        now: DateTime<Utc>,
    ) -> Result<Vec<Found>, AgentError> {
        let mut newest = Vec::new();
        if search.filter.is_empty() && wanted <= MemoryFilter::MAX_LIMIT && spaces.len() <= FEW {
            for space in spaces {
                let filter = MemoryFilter {
                    all_tags: [TAG.to_owned()].into(),
                    limit: wanted,
                    ..MemoryFilter::new(self.place.scope(space)?)
                };
                let listed = self.handle.list(&filter).await?;
                newest.extend(listed.into_iter().filter_map(|memory| self.read(memory, now)));
            }
        } else {
            for space in spaces {
                let start = self.place.within(space)?;
                let mut after = MemoryId::new(start.clone())?;
                loop {
                    let (memories, next) = self.page(&start, &after, PAGE).await?;
                    newest.extend(
                        memories
                            .into_iter()
                            .filter_map(|memory| self.read(memory, now))
                            .filter(|found| item_filter::meets(&found.kept.value, &search.filter)),
                    );
                    match next {
                        Some(next) => after = next,
                        None => break,
                    }
                }
            }
        }
        newest.sort_by(newer);
        Ok(newest)
    }

    async fn namespaces(&self, search: &NamespaceSearch) -> Result<Vec<Vec<String>>, AgentError> {
        let named = |condition: &&crate::NamespaceMatch| condition.at == crate::NamespaceEnd::Prefix;
        let prefix: Vec<String> = match search.conditions.iter().find(named) {
            Some(condition) => condition.path.iter().take_while(|label| *label != "*").cloned().collect(),
            None => Vec::new(),
        };
        let mut spaces = self.spaces(&prefix, self.now()).await?;
        spaces.retain(|space| search.conditions.iter().all(|condition| condition.accepts(space)));
        if let Some(depth) = search.max_depth {
            spaces.iter_mut().for_each(|space| space.truncate(depth));
            spaces.dedup();
        }
        Ok(spaces.into_iter().skip(search.offset).take(search.limit).collect())
    }

    /// The namespaces that begin so and have anything in them, in order. It steps from one to the next, so it takes no
    /// longer where each holds many items.
    async fn spaces(&self, prefix: &[String], now: DateTime<Utc>) -> Result<Vec<Vec<String>>, AgentError> {
        let start = self.place.under(prefix)?;
        let mut spaces = BTreeSet::new();
        let mut after = MemoryId::new(start.clone())?;
        loop {
            let (memories, next) = self.page(&start, &after, STEP).await?;
            let mut last = None;
            for found in memories.into_iter().filter_map(|memory| self.read(memory, now)) {
                if found.kept.namespace.starts_with(prefix) {
                    spaces.insert(found.kept.namespace.clone());
                }
                last = Some(found.kept.namespace);
            }
            let Some(next) = next else { break };
            // Whatever else is in the last one makes no difference: go on behind it.
            after = match last.map(|space| self.place.within(&space)).transpose()? {
                Some(within) if next.as_str().starts_with(&within) => MemoryId::new(format!("{within}~"))?,
                _ => next,
            };
        }
        Ok(spaces.into_iter().collect())
    }

    /// The memories whose ids begin so, behind one, and where to go on.
    async fn page(
        &self,
        start: &str,
        after: &MemoryId,
        size: usize,
    ) -> Result<(Vec<Memory>, Option<MemoryId>), AgentError> {
        let store = &self.handle.0.parts.stores.memory;
        let page = store.scan(self.place.tenant(), Some(after), size).await?;
        let inside = |id: &MemoryId| id.as_str().starts_with(start);
        let next = page.next.filter(inside);
        let memories = page.memories.into_iter().filter(|memory| inside(&memory.id)).collect();
        Ok((memories, next))
    }

    /// Lets the time to live of an item begin anew, to a hundredth of it.
    async fn refresh(&self, found: &Found, now: DateTime<Utc>) -> Result<(), AgentError> {
        let Some(ends) = found.kept.ttl_seconds.map(|ttl| end(now, ttl)).transpose()? else { return Ok(()) };
        let gained = found.memory.expires_at.map_or(TimeDelta::MAX, |before| ends - before);
        if gained < (ends - now) / 100 {
            return Ok(());
        }
        let mut fresh = found.memory.clone();
        fresh.expires_at = Some(ends);
        let core = &self.handle.0;
        let event = written_event(&fresh, &core.config.instance)?;
        match core.parts.stores.memory.update(&found.memory, &fresh, &[event]).await {
            // Somebody else wrote or read it meanwhile.
            Err(MemoryError::Changed { .. }) => Ok(()),
            other => Ok(other?),
        }
    }

    async fn put(&self, puts: impl Iterator<Item = &ItemPut>) -> Result<(), AgentError> {
        let (core, now) = (&self.handle.0, self.now());
        let (mut writes, mut removals) = (Vec::new(), Vec::new());
        for put in puts {
            let (scope, id) = (self.place.scope(&put.namespace)?, self.place.id(&put.namespace, &put.key)?);
            if put.value.is_none() {
                let actor = &core.config.instance;
                let event = forgotten_event(&scope, &id, actor, now, ForgetReason::Asked)?;
                removals.push(MemoryRemoval { scope, id, events: vec![event] });
                continue;
            }
            let before = core.parts.stores.memory.get(&scope, &id, DateTime::<Utc>::MIN_UTC).await;
            // A damaged one may be written anew.
            let before = match before {
                Err(error) if error.is_about_one() => None,
                other => other?,
            };
            let mut memory = self.memory(put, (now, now))?;
            if let Some(before) = before {
                if before.quarantined.is_some() {
                    let said = format!("the item `{}` is in quarantine: have it lifted first", put.key);
                    return Err(wrong(said).into());
                }
                if before.is_live(now) {
                    (memory.valid_from, memory.used) = (before.valid_from, before.used);
                }
            }
            writes.push(MemoryWrite::new(memory, &core.config.instance)?);
        }
        for batch in writes.chunks(BATCH) {
            core.parts.stores.memory.put_all(batch).await?;
        }
        for batch in removals.chunks(BATCH) {
            core.parts.stores.memory.forget_all(batch).await?;
        }
        Ok(())
    }

    /// The memory that an item is, made and changed at these times, if the write gate lets it in.
    pub(crate) fn memory(
        &self,
        put: &ItemPut,
        (created, updated): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Memory, AgentError> {
        let value = put.value.clone().unwrap_or_default();
        let text = fitting(put.text.clone().unwrap_or_else(|| words_of(&value)));
        let scope = self.place.scope(&put.namespace)?;
        let id = self.place.id(&put.namespace, &put.key)?;
        let mut memory = Memory::new(id, MemoryKind::Semantic, scope, text, "items", updated);
        memory.valid_from = created;
        memory.subject.clone_from(&put.subject);
        memory.data = Value::Object(value);
        // Only the value is looked at: namespaces and keys are names, and name people too.
        if let Some(rules) = self.handle.0.config.write_rules {
            let gate = WriteGate::new(rules);
            memory = gate.masked(&memory).into_owned();
            let verdict = gate.judge(&memory, &[], &[]);
            if verdict.reason != WriteReason::TooVague {
                verdict.refusal().map_or(Ok(()), Err)?;
            }
        }
        let value = match memory.data {
            Value::Object(value) => value,
            _ => serde_json::Map::new(),
        };
        let (namespace, key) = (put.namespace.clone(), put.key.clone());
        let kept = Kept { namespace, key, value, ttl_seconds: put.ttl_seconds };
        memory.data = serde_json::to_value(kept)
            .map_err(|error| MemoryError::Internal { reason: error.to_string() })?;
        memory.tags = [TAG.to_owned()].into();
        memory.expires_at = put.ttl_seconds.map(|ttl| end(updated, ttl)).transpose()?;
        memory.check()?;
        Ok(memory)
    }
}

impl Found {
    fn item(self) -> Item {
        Item {
            namespace: self.kept.namespace,
            key: self.kept.key,
            value: self.kept.value,
            created_at: self.memory.valid_from,
            updated_at: self.memory.recorded_at,
            score: self.score,
        }
    }
}

/// What was put later stands first.
fn newer(a: &Found, b: &Found) -> std::cmp::Ordering {
    (b.memory.recorded_at, &a.memory.id).cmp(&(a.memory.recorded_at, &b.memory.id))
}

/// When something ends that lives so long from now on.
fn end(now: DateTime<Utc>, ttl_seconds: f64) -> Result<DateTime<Utc>, MemoryError> {
    let nanos = (ttl_seconds * 1e9).round();
    let ttl = (1.0..9e18).contains(&nanos).then(|| TimeDelta::nanoseconds(nanos as i64));
    ttl.and_then(|ttl| now.checked_add_signed(ttl)).ok_or_else(|| {
        wrong(format!("`{ttl_seconds}` seconds are no time to live: give more than 0, or none for ever"))
    })
}

fn check(step: &ItemOp) -> Result<(), MemoryError> {
    match step {
        ItemOp::Get(get) => check_namespace(&get.namespace),
        ItemOp::Put(put) => check_namespace(&put.namespace),
        ItemOp::Search(search) => {
            item_filter::check(&search.filter)?;
            check_labels(&search.prefix)
        }
        ItemOp::Namespaces(search) => {
            search.conditions.iter().try_for_each(|condition| check_labels(&condition.path))
        }
    }
}

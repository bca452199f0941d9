use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{Digest, DomainEvent, EventId};
use serde::Deserialize;

use crate::arena::Arena;
use crate::audit_log::AuditLog;
use crate::error::AuditError;
use crate::hash::leaf_hash;
use crate::id_index::IdIndex;
use crate::kept::Kept;
use crate::leaf::{Leaf, write_event};
use crate::merkle_tree::MerkleTree;
use crate::proof::{ConsistencyProof, InclusionProof};
use crate::record::StoredRecord;
use crate::sealed::SealedPayload;
use crate::sealing::{Entry, Sealing};
use crate::tree_head::TreeHead;

/// A log in memory: nothing survives the process.
#[derive(Debug, Default)]
pub struct InMemoryAuditLog {
    sealing: Option<Sealing>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    /// The bytes of each record, which nobody outside ever holds.
    pub(crate) contents: Arena,
    pub(crate) tree: MerkleTree,
    ids: IdIndex,
    /// The personal parts that were not erased, by index.
    pub(crate) payloads: BTreeMap<u64, Personal>,
}

#[derive(Debug, Clone)]
pub(crate) struct Personal {
    person: String,
    at: DateTime<Utc>,
    pub(crate) sealed: SealedPayload,
}

impl InMemoryAuditLog {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty log that keeps personal parts of its records apart, so that they can be erased.
    #[must_use]
    pub fn with_sealing(sealing: Sealing) -> Self {
        Self { sealing: Some(sealing), ..Self::default() }
    }

    /// What it keeps apart, if anything.
    #[must_use]
    pub const fn sealing(&self) -> Option<&Sealing> {
        self.sealing.as_ref()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Records an event if its id is new, and gives its index.
    fn take(&mut self, event: &DomainEvent, new: New<'_>) -> Result<u64, AuditError> {
        if let Some(index) = self.index_of(&event.id) {
            let recorded = usize::try_from(index).ok().and_then(|nth| self.tree.leaves().get(nth));
            let same = recorded == Some(&new.leaf) || {
                let leaf = Leaf { content: new.content.to_vec(), hash: new.leaf };
                let known = usize::try_from(index).ok().and_then(|nth| self.stored(nth));
                known.map_or(Ok(false), |known| Entry { leaf, payload: None }.is_in(&known, event))?
            };
            return if same { Ok(index) } else { Err(AuditError::Conflict { id: event.id.clone() }) };
        }
        if !self.contents.push(new.content) {
            return Err(AuditError::Internal("the log is full".into()));
        }
        let index = self.tree.append(new.leaf);
        self.ids.insert(&event.id, index);
        if let Some((person, sealed)) = new.payload {
            self.payloads.insert(index, Personal { person, at: event.at, sealed });
        }
        Ok(index)
    }

    fn stored(&self, nth: usize) -> Option<StoredRecord> {
        let index = u64::try_from(nth).ok()?;
        let (leaf, content) = (*self.tree.leaves().get(nth)?, self.contents.get(nth)?.to_vec());
        // Most logs keep nothing apart, and then there is nothing to look for.
        let payload = self.payloads.get(&index).map(|personal| personal.sealed.clone());
        Some(StoredRecord { index, leaf, content, payload })
    }

    fn index_of(&self, id: &EventId) -> Option<u64> {
        let content = |index| self.contents.get(usize::try_from(index).ok()?);
        self.ids.get(id, |index| content(index).is_some_and(|content| is_of(content, id)))
    }

    /// Takes back what a call recorded before it failed: everything from index `size` on, all of it from `events`.
    fn cut(&mut self, size: u64, events: &[DomainEvent]) {
        events.iter().for_each(|event| self.ids.cut(&event.id, size));
        self.payloads.split_off(&size);
        self.tree.truncate(size);
        self.contents.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    }
}

/// An event that was made ready outside the lock.
struct New<'a> {
    content: &'a [u8],
    leaf: Digest,
    payload: Option<(String, SealedPayload)>,
}

/// Whether this is the content of the event with this id.
fn is_of(content: &[u8], id: &EventId) -> bool {
    #[derive(Deserialize)]
    struct Named {
        id: EventId,
    }
    serde_json::from_slice::<Named>(content).is_ok_and(|named| named.id == *id)
}

#[async_trait]
impl AuditLog for InMemoryAuditLog {
    async fn append(&self, events: &[DomainEvent]) -> Result<Vec<u64>, AuditError> {
        // All that can be done before the lock: the content of all events in one buffer, and their hashes.
        let mut contents = Vec::with_capacity(events.len() * 512);
        let mut ready = Vec::with_capacity(events.len());
        for event in events {
            let from = contents.len();
            let (leaf, payload) = if let Some(sealing) = &self.sealing {
                let entry = Entry::of(event, Some(sealing))?;
                contents.extend_from_slice(&entry.leaf.content);
                (entry.leaf.hash, entry.payload)
            } else {
                contents = write_event(contents, event)?;
                (leaf_hash(contents.get(from..).unwrap_or_default()), None)
            };
            ready.push((from..contents.len(), leaf, payload));
        }
        let mut state = self.state();
        let size = state.tree.size();
        let mut indices = Vec::with_capacity(events.len());
        for (event, (range, leaf, payload)) in events.iter().zip(ready) {
            let content = contents.get(range).unwrap_or_default();
            match state.take(event, New { content, leaf, payload }) {
                Ok(index) => indices.push(index),
                Err(error) => {
                    state.cut(size, events);
                    return Err(error);
                }
            }
        }
        Ok(indices)
    }

    async fn head(&self) -> Result<TreeHead, AuditError> {
        Ok(self.state().tree.head())
    }

    async fn stored(&self, from: u64, limit: usize) -> Result<Vec<StoredRecord>, AuditError> {
        let state = self.state();
        let skip = usize::try_from(from).unwrap_or(usize::MAX);
        let end = skip.saturating_add(limit).min(state.contents.len());
        Ok((skip..end).filter_map(|nth| state.stored(nth)).collect())
    }

    async fn kept(
        &self,
        person: Option<&str>,
        before: Option<DateTime<Utc>>,
    ) -> Result<Vec<Kept>, AuditError> {
        let wanted = |personal: &Personal| {
            person.is_none_or(|person| personal.person == person)
                && before.is_none_or(|before| personal.at < before)
        };
        let state = self.state();
        let kept = state.payloads.iter().filter(|(_, personal)| wanted(personal));
        Ok(kept.map(|(index, personal)| Kept { index: *index, person: personal.person.clone() }).collect())
    }

    async fn forget(
        &self,
        size: u64,
        indices: &[u64],
        receipt: &DomainEvent,
    ) -> Result<Option<u64>, AuditError> {
        let Leaf { content, hash: leaf } = Leaf::of(receipt)?;
        let mut state = self.state();
        if state.tree.size() != size {
            return Ok(None);
        }
        let index = state.take(receipt, New { content: &content, leaf, payload: None })?;
        indices.iter().for_each(|index| drop(state.payloads.remove(index)));
        Ok(Some(index))
    }

    async fn inclusion_proof(&self, index: u64, size: u64) -> Result<InclusionProof, AuditError> {
        self.state().tree.inclusion_proof(index, size)
    }

    async fn consistency_proof(&self, older: u64, newer: u64) -> Result<ConsistencyProof, AuditError> {
        self.state().tree.consistency_proof(older, newer)
    }
}

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use juno_domain::{DomainEvent, EventId};

use crate::audit_log::AuditLog;
use crate::error::AuditError;
use crate::leaf::Leaf;
use crate::merkle_tree::MerkleTree;
use crate::proof::{ConsistencyProof, InclusionProof};
use crate::record::StoredRecord;
use crate::tree_head::TreeHead;

/// A log in memory: nothing survives the process.
#[derive(Debug, Default)]
pub struct InMemoryAuditLog(Mutex<State>);

#[derive(Debug, Default)]
pub(crate) struct State {
    /// The bytes of each record, which nobody outside ever holds.
    pub(crate) contents: Vec<Box<[u8]>>,
    pub(crate) tree: MerkleTree,
    by_id: HashMap<EventId, u64>,
}

impl InMemoryAuditLog {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Records an event if its id is new, and gives its index; None if the id stands for other content.
    fn take(&mut self, event: &DomainEvent, leaf: Leaf) -> Option<u64> {
        match self.by_id.entry(event.id.clone()) {
            Entry::Occupied(known) => {
                let index = *known.get();
                let recorded = usize::try_from(index).ok().and_then(|nth| self.tree.leaves().get(nth));
                (recorded == Some(&leaf.hash)).then_some(index)
            }
            Entry::Vacant(place) => {
                let index = self.tree.append(leaf.hash);
                self.contents.push(leaf.content.into_boxed_slice());
                Some(*place.insert(index))
            }
        }
    }

    /// Takes back what a call recorded before it failed: everything from index `size` on, all of it from `events`.
    fn cut(&mut self, size: u64, events: &[DomainEvent]) {
        for event in events {
            if self.by_id.get(&event.id).is_some_and(|index| *index >= size) {
                self.by_id.remove(&event.id);
            }
        }
        self.tree.truncate(size);
        self.contents.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    }
}

#[async_trait]
impl AuditLog for InMemoryAuditLog {
    async fn append(&self, events: &[DomainEvent]) -> Result<Vec<u64>, AuditError> {
        let leaves: Vec<Leaf> = events.iter().map(Leaf::of).collect::<Result<_, _>>()?;
        let mut state = self.state();
        let size = state.tree.size();
        let mut indices = Vec::with_capacity(events.len());
        for (event, leaf) in events.iter().zip(leaves) {
            match state.take(event, leaf) {
                Some(index) => indices.push(index),
                None => {
                    state.cut(size, events);
                    return Err(AuditError::Conflict { id: event.id.clone() });
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
        let records = state.contents.iter().zip(state.tree.leaves()).enumerate().skip(skip).take(limit);
        Ok(records
            .map(|(index, (content, leaf))| StoredRecord {
                index: index as u64,
                leaf: *leaf,
                content: content.to_vec(),
            })
            .collect())
    }

    async fn inclusion_proof(&self, index: u64, size: u64) -> Result<InclusionProof, AuditError> {
        self.state().tree.inclusion_proof(index, size)
    }

    async fn consistency_proof(&self, older: u64, newer: u64) -> Result<ConsistencyProof, AuditError> {
        self.state().tree.consistency_proof(older, newer)
    }
}

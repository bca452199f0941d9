use std::collections::HashMap;
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

    /// A proof that the record `index` was in the log when it had `size` records.
    ///
    /// # Errors
    /// If it never had so many, or the index is not below `size`.
    pub fn inclusion_proof(&self, index: u64, size: u64) -> Result<InclusionProof, AuditError> {
        self.state().tree.inclusion_proof(index, size)
    }

    /// A proof that the log of `older` records is the beginning of the log of `newer` records.
    ///
    /// # Errors
    /// If it never had `newer` records, or `older` is larger.
    pub fn consistency_proof(&self, older: u64, newer: u64) -> Result<ConsistencyProof, AuditError> {
        self.state().tree.consistency_proof(older, newer)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl AuditLog for InMemoryAuditLog {
    async fn append(&self, events: &[DomainEvent]) -> Result<Vec<u64>, AuditError> {
        let leaves: Vec<Leaf> = events.iter().map(Leaf::of).collect::<Result<_, _>>()?;
        let mut state = self.state();
        let size = state.contents.len() as u64;
        // Every index is known before anything is written, so that a conflict leaves no trace.
        let mut fresh: Vec<(&EventId, Leaf)> = Vec::with_capacity(events.len());
        let mut in_batch: HashMap<&EventId, u64> = HashMap::new();
        let mut indices = Vec::with_capacity(events.len());
        for (event, leaf) in events.iter().zip(leaves) {
            let known = state.by_id.get(&event.id).or_else(|| in_batch.get(&event.id)).copied();
            let Some(index) = known else {
                let index = size + fresh.len() as u64;
                in_batch.insert(&event.id, index);
                fresh.push((&event.id, leaf));
                indices.push(index);
                continue;
            };
            let recorded = match index.checked_sub(size) {
                Some(nth) => fresh.get(nth as usize).map(|(_, leaf)| leaf.hash),
                None => state.tree.leaves().get(index as usize).copied(),
            };
            if recorded != Some(leaf.hash) {
                return Err(AuditError::Conflict { id: event.id.clone() });
            }
            indices.push(index);
        }
        for (id, leaf) in fresh {
            let index = state.tree.append(leaf.hash);
            state.contents.push(leaf.content.into_boxed_slice());
            state.by_id.insert(id.clone(), index);
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
}

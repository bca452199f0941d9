use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Memory, MemoryKind};

/// What a tenant's memory holds, and what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryHealth {
    /// Live, readable memories by kind; a kind without one is left out.
    pub by_kind: BTreeMap<MemoryKind, u64>,
    /// Memories that have expired and wait for [`purge_expired`](crate::MemoryStore::purge_expired).
    pub expired: u64,
    /// Stored memories that cannot be read; reads pass over them.
    pub corrupt: Vec<CorruptMemory>,
}

impl MemoryHealth {
    /// Counts a part of what is held.
    pub(crate) fn add(&mut self, memories: Vec<Memory>, corrupt: Vec<CorruptMemory>, now: DateTime<Utc>) {
        for memory in memories {
            if memory.is_live(now) {
                *self.by_kind.entry(memory.kind).or_default() += 1;
            } else {
                self.expired += 1;
            }
        }
        self.corrupt.extend(corrupt);
    }
}

/// A stored memory that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorruptMemory {
    /// Its id as stored, which may itself be damaged.
    pub id: String,
    /// What is wrong with it.
    pub reason: String,
}

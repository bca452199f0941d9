use juno_domain::{DomainEvent, MemoryId};
use serde::{Deserialize, Serialize};

use crate::{CorruptMemory, Memory, MemoryScope};

/// A part of everything a tenant's memory holds, in order of id.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MemoryPage {
    /// Those that can be read: live, expired, superseded, in quarantine, in every scope.
    pub memories: Vec<Memory>,
    /// Those that cannot.
    pub corrupt: Vec<CorruptMemory>,
    /// Where to go on; `None` at the end.
    pub next: Option<MemoryId>,
}

/// A memory to remove, and its events.
#[derive(Debug, Clone, PartialEq)]
pub struct MemoryRemoval {
    /// Where it is.
    pub scope: MemoryScope,
    /// Which it is.
    pub id: MemoryId,
    /// Its events: at least one `memory_forgotten` about its id.
    pub events: Vec<DomainEvent>,
}

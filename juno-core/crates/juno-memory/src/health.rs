use std::collections::BTreeMap;

use juno_domain::MemoryId;
use serde::{Deserialize, Serialize};

use crate::{MemoryError, MemoryKind};

/// What a tenant's memory holds, and what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MemoryHealth {
    /// Live, readable memories by kind; a kind without one is left out.
    pub by_kind: BTreeMap<MemoryKind, u64>,
    /// Memories that have expired and wait for [`purge_expired`](crate::MemoryStore::purge_expired).
    pub expired: u64,
    /// Stored memories that cannot be read; reads pass over them.
    pub corrupt: Vec<CorruptMemory>,
    /// What is wrong with the live ones, every sort of it, found or not.
    #[serde(default)]
    pub findings: BTreeMap<HealthIssue, HealthFinding>,
}

/// Something that can be wrong with what is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HealthIssue {
    /// It says, word for word but for inflection and small words, what another of its scope, kind, speaker and subject says.
    Duplicate,
    /// Less than half of it is left: it was not used, or written, for about a year.
    Stale,
    /// It cites a memory that is not there.
    Orphan,
    /// It says what a memory says that encloses its scope and is older, without citing it; or it cites itself by way of
    /// others.
    RecallLoop,
    /// It holds a secret.
    Secret,
    /// It holds personal data and does not say whose.
    PersonalData,
    /// It states another value of a fact for the same time as another memory does, or did until it was contradicted.
    Contradiction,
    /// It is in quarantine.
    Quarantined,
}

impl HealthIssue {
    /// Every issue, in declaration order.
    pub const ALL: [Self; 8] = [
        Self::Duplicate,
        Self::Stale,
        Self::Orphan,
        Self::RecallLoop,
        Self::Secret,
        Self::PersonalData,
        Self::Contradiction,
        Self::Quarantined,
    ];
}

/// How often something is wrong, and where.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HealthFinding {
    /// How many live memories it concerns.
    pub count: u64,
    /// Their share of the live memories: 0 to 1; 0 where there are none.
    pub rate: f64,
    /// Some of them, the first twenty by id.
    pub evidence: Vec<MemoryId>,
}

impl HealthFinding {
    /// The most memories that are named.
    pub const MAX_EVIDENCE: usize = 20;
}

/// A stored memory that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorruptMemory {
    /// Its id as stored, which may itself be damaged.
    pub id: String,
    /// What is wrong with it.
    pub reason: String,
}

impl CorruptMemory {
    /// How health names a stored memory that cannot be read.
    ///
    /// # Errors
    /// The error itself, if it is about more than one memory.
    pub fn of(error: MemoryError) -> Result<Self, MemoryError> {
        match error {
            MemoryError::Corrupt { id, reason } => Ok(Self { id, reason }),
            MemoryError::Erased { id } => Ok(Self { id, reason: "its key was destroyed".into() }),
            other => Err(other),
        }
    }
}

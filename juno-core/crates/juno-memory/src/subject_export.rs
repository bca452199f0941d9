use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use juno_crypto::digest;
use juno_domain::{Digest, Progress, TenantId};
use serde::{Deserialize, Serialize};

use crate::subject_graph::{SubjectGraph, SubjectQuery, SubjectTie};
use crate::walk::each;
use crate::{CorruptMemory, Memory, MemoryError, MemoryStore};

/// One line of an export: a memory, and why it is somebody's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExportedMemory {
    /// Why it is theirs.
    pub tie: SubjectTie,
    /// The memory, whole.
    pub memory: Memory,
}

/// What an export holds, and the digest by which it is known to be whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportManifest {
    /// The form of the lines: `juno-subject-export/1`.
    pub format: String,
    /// The tenant.
    pub tenant: TenantId,
    /// Whose data.
    #[serde(flatten)]
    pub query: SubjectQuery,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// How many memories, by why they are theirs.
    pub memories: BTreeMap<SubjectTie, u64>,
    /// How many records of the audit log have a part of theirs that is kept apart; 0 where the log keeps none.
    #[serde(default)]
    pub records: u64,
    /// Memories that are damaged, so that nobody can say whose they are.
    pub unreadable: Vec<CorruptMemory>,
    /// The SHA-256 of the lines, with their ends.
    pub digest: Digest,
}

impl ExportManifest {
    /// The form of the lines that this version writes.
    pub const FORMAT: &str = "juno-subject-export/1";

    /// Whether these are the lines it is of.
    #[must_use]
    pub fn verifies(&self, lines: &[u8]) -> bool {
        digest(lines) == self.digest
    }
}

/// Everything a store holds about a subject, superseded and expired memories and those in quarantine included, as JSON
/// Lines in order of id, and what they are. Each line is an [`ExportedMemory`].
///
/// # Errors
/// If the store fails or `progress` was cancelled.
pub async fn export_subject(
    store: &dyn MemoryStore,
    tenant: &TenantId,
    query: &SubjectQuery,
    now: DateTime<Utc>,
    progress: &Progress,
) -> Result<(Vec<ExportedMemory>, ExportManifest), MemoryError> {
    let (mut graph, mut failed) = (SubjectGraph::new(query.clone(), BTreeSet::new()), None);
    let unreadable = each(store, tenant, progress, "looking for what is theirs", |memory| {
        failed = graph.add(&memory).err().or(failed.take());
    })
    .await?;
    failed.map_or(Ok(()), Err)?;
    let found = graph.found();
    let mut exported = Vec::with_capacity(found.len());
    each(store, tenant, progress, "collecting what is theirs", |memory| {
        if let Some(tied) = found.get(&memory.id) {
            exported.push(ExportedMemory { tie: tied.tie, memory });
        }
    })
    .await?;
    let mut memories = BTreeMap::new();
    exported.iter().for_each(|line| *memories.entry(line.tie).or_default() += 1);
    let manifest = ExportManifest {
        format: ExportManifest::FORMAT.into(),
        tenant: tenant.clone(),
        query: query.clone(),
        at: now,
        memories,
        records: 0,
        unreadable,
        digest: digest(b""),
    };
    Ok((exported, manifest))
}

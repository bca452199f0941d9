use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use juno_crypto::digest;
use juno_domain::{
    Digest, DomainEvent, ErrorKind, EventId, EventKind, MemoryId, PrincipalId, Progress, TenantId,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::cleanup::is_held;
use crate::event::{ForgetReason, forgotten_event, written_event};
use crate::retention_rules::last_needed;
use crate::walk::{BATCH, each};
use crate::{Memory, MemoryError, MemoryKind, MemoryRemoval, MemoryStore, MemoryWrite, Segment};

/// Which memories to move out of a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchiveQuery {
    /// Those that nobody wrote or used since this instant.
    pub before: DateTime<Utc>,
    /// Wanted kinds; empty means all but working memory.
    #[serde(default)]
    pub kinds: BTreeSet<MemoryKind>,
    /// Tags a memory must all carry.
    #[serde(default)]
    pub all_tags: BTreeSet<String>,
}

impl ArchiveQuery {
    /// Everything that nobody wrote or used since `before`.
    #[must_use]
    pub const fn before(before: DateTime<Utc>) -> Self {
        Self { before, kinds: BTreeSet::new(), all_tags: BTreeSet::new() }
    }

    /// Whether a memory is wanted at `now`.
    ///
    /// Never working memory, what has expired, what is in quarantine, as somebody has to look at it, and what states a
    /// fact, as later values have to find it and questions about the past are answered from it.
    #[must_use]
    pub fn wants(&self, memory: &Memory, now: DateTime<Utc>) -> bool {
        memory.kind != MemoryKind::Working
            && memory.is_live(now)
            && memory.quarantined.is_none()
            && memory.fact.is_none()
            && last_needed(memory) < self.before
            && (self.kinds.is_empty() || self.kinds.contains(&memory.kind))
            && self.all_tags.is_subset(&memory.tags)
    }
}

/// A restoration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreReport {
    /// Memories that are back.
    pub restored: u64,
    /// Memories that were there already, the same.
    pub known: u64,
    /// Memories that the store has in another, later state: that one stays.
    pub newer: Vec<MemoryId>,
    /// Memories whose subject asked for their erasure since: they stay erased.
    pub erased: u64,
}

/// The memories a query wants, in order of id, without what is under legal hold.
///
/// # Errors
/// If the store fails or `progress` was cancelled.
pub async fn wanted(
    store: &dyn MemoryStore,
    tenant: &TenantId,
    query: &ArchiveQuery,
    now: DateTime<Utc>,
    progress: &Progress,
) -> Result<Vec<Memory>, MemoryError> {
    let held: BTreeSet<String> = store.holds(tenant).await?.into_iter().map(|hold| hold.subject).collect();
    let mut wanted = Vec::new();
    each(store, tenant, progress, "looking for what is to be archived", |memory| {
        if query.wants(&memory, now) && !is_held(&memory, &held) {
            wanted.push(memory);
        }
    })
    .await?;
    Ok(wanted)
}

/// Removes memories from a store of which a segment was kept, and says how many; what was changed meanwhile stays.
///
/// Each is ended first, provided that it is still what is in the segment. Killed at any instant, it is in the segment,
/// and in the store either whole or ended; [`restore`] and this again settle that.
///
/// # Errors
/// If the store fails or `progress` was cancelled.
pub async fn remove_archived(
    store: &dyn MemoryStore,
    memories: &[Memory],
    (now, actor): (DateTime<Utc>, &PrincipalId),
    progress: &Progress,
) -> Result<u64, MemoryError> {
    let (mut removed, total) = (0, memories.len() as u64);
    for (nth, batch) in memories.chunks(BATCH).enumerate() {
        progress.step("removing what is archived", (nth * BATCH) as u64, Some(total))?;
        let mut removals = Vec::new();
        for memory in batch {
            let ended = Memory { expires_at: Some(now), ..memory.clone() };
            match store.update(memory, &ended, &[written_event(&ended, actor)?]).await {
                Ok(()) => {
                    let event =
                        forgotten_event(&memory.scope, &memory.id, actor, now, ForgetReason::Archived)?;
                    let (scope, id) = (memory.scope.clone(), memory.id.clone());
                    removals.push(MemoryRemoval { scope, id, events: vec![event] });
                }
                Err(error) if matches!(error.kind(), ErrorKind::Conflict | ErrorKind::Denied) => {}
                Err(error) => return Err(error),
            }
        }
        match store.forget_all(&removals).await {
            Ok(gone) => removed += gone,
            // Put under legal hold a moment ago: it stays, as it was.
            Err(error) if error.kind() == ErrorKind::Denied => {
                for memory in batch {
                    let ended = Memory { expires_at: Some(now), ..memory.clone() };
                    match store.update(&ended, memory, &[again_event(memory, actor, now)?]).await {
                        Err(error) if error.kind() != ErrorKind::Conflict => return Err(error),
                        _ => {}
                    }
                }
            }
            Err(error) => return Err(error),
        }
    }
    progress.step("removing what is archived", total, Some(total))?;
    Ok(removed)
}

/// Puts the memories of a segment back as they were, with records, but for those of `erased` digests. Done again it
/// changes nothing. Nothing that is there is overwritten, except what an archiving that was killed left ended.
///
/// # Errors
/// If an id is taken in another scope, or the store fails; those before it are back.
pub async fn restore(
    store: &dyn MemoryStore,
    segment: &Segment,
    erased: &BTreeSet<Digest>,
    (now, actor): (DateTime<Utc>, &PrincipalId),
    progress: &Progress,
) -> Result<RestoreReport, MemoryError> {
    let (mut report, total) = (RestoreReport::default(), segment.memories.len() as u64);
    for (nth, batch) in segment.memories.chunks(BATCH).enumerate() {
        progress.step("restoring", (nth * BATCH) as u64, Some(total))?;
        let mut writes = Vec::new();
        for memory in batch {
            if erased.contains(&digest(memory.to_json()?.as_bytes())) {
                report.erased += 1;
                continue;
            }
            // Long ago nothing had expired.
            let known = store.get(&memory.scope, &memory.id, DateTime::<Utc>::MIN_UTC).await?;
            let events = vec![again_event(memory, actor, now)?];
            match known {
                None => writes.push(MemoryWrite { memory: memory.clone(), events }),
                Some(known) if known == *memory => report.known += 1,
                Some(known)
                    if !known.is_live(now)
                        && Memory { expires_at: memory.expires_at, ..known.clone() } == *memory =>
                {
                    store.update(&known, memory, &events).await?;
                    report.restored += 1;
                }
                Some(_) => report.newer.push(memory.id.clone()),
            }
        }
        store.put_all(&writes).await?;
        report.restored += writes.len() as u64;
    }
    progress.step("restoring", total, Some(total))?;
    Ok(report)
}

/// The record of a memory being there again. It was written before, so its first record says nothing of this.
fn again_event(memory: &Memory, actor: &PrincipalId, at: DateTime<Utc>) -> Result<DomainEvent, MemoryError> {
    let content = digest(memory.to_json()?.as_bytes());
    let fact = json!([memory.scope, memory.id, content, at, "restored"]).to_string();
    Ok(DomainEvent {
        id: EventId::new(format!("memory_restored-{}", digest(fact.as_bytes())))?,
        kind: EventKind::MemoryWritten,
        at,
        actor: actor.clone(),
        subject: memory.id.to_string(),
        team: memory.scope.team().cloned(),
        payload: json!({ "kind": memory.kind, "scope": memory.scope, "digest": content, "restored": true })
            .into(),
    })
}

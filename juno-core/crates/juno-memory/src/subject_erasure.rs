use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use juno_crypto::digest;
use juno_domain::{Digest, DomainEvent, EventId, EventKind, MemoryId, PrincipalId, Progress, TenantId};
use serde_json::json;

use crate::subject_graph::{SubjectGraph, SubjectQuery, Tied};
use crate::walk::{BATCH, each};
use crate::{CorruptMemory, LegalHold, MemoryError, MemoryRemoval, MemoryScope, MemoryStore, subject_mark};

/// How often to look again for what others wrote meanwhile.
const ROUNDS: u32 = 16;

/// The reason of a removal at a subject's request, as its record says it.
pub const ERASED: &str = "erased";

/// What was removed at a subject's request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubjectRemoval {
    /// How many memories.
    pub removed: u64,
    /// Memories that are damaged, so that nobody can say whose they are.
    pub unreadable: Vec<CorruptMemory>,
}

/// The record of a memory being erased at the request of its subject, by `actor` at `at`: its digest and the subject's
/// [`subject_mark`], no text and no name.
///
/// # Errors
/// Never in practice: the id it makes is always valid.
pub fn erased_event(
    scope: &MemoryScope,
    id: &MemoryId,
    content: &Digest,
    mark: &Digest,
    actor: &PrincipalId,
    at: DateTime<Utc>,
) -> Result<DomainEvent, MemoryError> {
    let fact = json!([scope, id, content, mark, at, ERASED]).to_string();
    Ok(DomainEvent {
        id: EventId::new(format!("memory_forgotten-{}", digest(fact.as_bytes())))?,
        kind: EventKind::MemoryForgotten,
        at,
        actor: actor.clone(),
        subject: id.to_string(),
        team: scope.team().cloned(),
        payload: json!({ "scope": scope, "reason": ERASED, "digest": content, "erasure": mark }).into(),
    })
}

/// Refuses where a legal hold keeps one of these memories, or the subject as a whole.
///
/// # Errors
/// [`MemoryError::ErasureHeld`], which says by whom and why.
pub fn check_holds(
    holds: &[LegalHold],
    query: &SubjectQuery,
    found: &BTreeMap<MemoryId, Tied>,
) -> Result<(), MemoryError> {
    let theirs: BTreeSet<&str> =
        found.values().filter_map(|tied| tied.subject.as_deref()).chain([query.subject.as_str()]).collect();
    match holds.iter().find(|hold| theirs.contains(hold.subject.as_str())) {
        Some(hold) => Err(MemoryError::ErasureHeld {
            by: hold.by.clone(),
            at: hold.at.to_rfc3339(),
            reason: hold.reason.clone(),
        }),
        None => Ok(()),
    }
}

/// Removes from a store every memory that is somebody's, each with its record, until none is left. `graph` may know of
/// more than the store has, such as what is in archives.
///
/// What was made from others goes before them, so that a run that was killed leaves everything that is still to be
/// removed tied to its subject: the next run finds it.
///
/// # Errors
/// [`MemoryError::ErasureHeld`] while a legal hold covers any of it: then nothing is removed. If the store fails, or
/// `progress` was cancelled: call again.
pub async fn forget_subject(
    store: &dyn MemoryStore,
    tenant: &TenantId,
    graph: &SubjectGraph,
    query: &SubjectQuery,
    (now, actor): (DateTime<Utc>, &PrincipalId),
    progress: &Progress,
) -> Result<SubjectRemoval, MemoryError> {
    let mark = subject_mark(tenant, &query.subject);
    let mut done = SubjectRemoval::default();
    for _ in 0..ROUNDS {
        let (mut seen, mut here) = (graph.clone(), BTreeSet::new());
        let mut failed = None;
        done.unreadable = each(store, tenant, progress, "looking for what is theirs", |memory| {
            here.insert(memory.id.clone());
            failed = seen.add(&memory).err().or(failed.take());
        })
        .await?;
        failed.map_or(Ok(()), Err)?;
        let found = seen.found();
        check_holds(&store.holds(tenant).await?, query, &found)?;
        let mut order: Vec<(&MemoryId, &Tied)> = found.iter().filter(|(id, _)| here.contains(*id)).collect();
        if order.is_empty() {
            return Ok(done);
        }
        order.sort_by(|(a, one), (b, two)| two.depth.cmp(&one.depth).then_with(|| a.cmp(b)));
        let total = order.len() as u64;
        for (nth, batch) in order.chunks(BATCH).enumerate() {
            progress.step("erasing memories", (nth * BATCH) as u64, Some(total))?;
            let removals = batch.iter().map(|(id, tied)| {
                let event = erased_event(&tied.scope, id, &tied.digest, &mark, actor, now)?;
                Ok(MemoryRemoval { scope: tied.scope.clone(), id: (*id).clone(), events: vec![event] })
            });
            let removals = removals.collect::<Result<Vec<_>, MemoryError>>()?;
            done.removed += store.forget_all(&removals).await?;
        }
        progress.step("erasing memories", total, Some(total))?;
    }
    Err(MemoryError::Unavailable { reason: "others write about the subject all the time: call again".into() })
}

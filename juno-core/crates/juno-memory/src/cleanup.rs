use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use juno_domain::{ErrorKind, MemoryId, PrincipalId, Progress, TenantId};
use serde::{Deserialize, Serialize};

use crate::walk::{BATCH, each};
use crate::{
    CorruptMemory, ForgetReason, Memory, MemoryError, MemoryKind, MemoryRemoval, MemoryStore, RetentionRules,
    forgotten_event,
};

/// What a cleanup did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleanupReport {
    /// Memories that had expired and were removed, in every tenant.
    pub expired: u64,
    /// Memories that were kept long enough and were removed, by kind; a kind without one is left out.
    pub retired: BTreeMap<MemoryKind, u64>,
    /// Memories that should have gone and are kept by a legal hold.
    pub held: u64,
    /// Memories that should have gone and could not be removed: call again.
    pub failed: Vec<CleanupFailure>,
    /// Memories that are damaged, so that nobody can say how old they are.
    pub unreadable: Vec<CorruptMemory>,
}

/// A memory that could not be removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleanupFailure {
    /// The memory.
    pub id: MemoryId,
    /// Why.
    pub reason: String,
}

impl CleanupReport {
    /// How many memories were removed.
    #[must_use]
    pub fn removed(&self) -> u64 {
        self.retired.values().fold(self.expired, |sum, retired| sum.saturating_add(*retired))
    }
}

/// Removes what has expired in every tenant, and of one tenant what was kept for as long as `rules` say, each with its
/// record. What is under legal hold stays and is counted. How faded a memory is makes no difference: that moves its rank.
///
/// Called again it goes on; a run that was killed leaves nothing half done.
///
/// # Errors
/// If the rules break a limit, the store cannot be read, or `progress` was cancelled. One memory that cannot be removed
/// does not keep the others: the report names it.
pub async fn cleanup(
    store: &dyn MemoryStore,
    tenant: &TenantId,
    rules: &RetentionRules,
    now: DateTime<Utc>,
    actor: &PrincipalId,
    progress: &Progress,
) -> Result<CleanupReport, MemoryError> {
    rules.check()?;
    let mut report =
        CleanupReport { expired: store.purge_expired(now, actor).await?, ..CleanupReport::default() };
    let held: BTreeSet<String> = store.holds(tenant).await?.into_iter().map(|hold| hold.subject).collect();
    let mut due = Vec::new();
    report.unreadable = each(store, tenant, progress, "looking for what was kept long enough", |memory| {
        if memory.is_live(now) && !rules.is_over(&memory, now) {
            return;
        }
        if is_held(&memory, &held) {
            report.held += 1;
        } else if memory.is_live(now) {
            due.push((memory.kind, memory.scope, memory.id));
        }
    })
    .await?;
    let (mut done, total) = (0, due.len() as u64);
    for batch in due.chunks(BATCH) {
        progress.step("removing what was kept long enough", done, Some(total))?;
        let removals = batch.iter().map(|(_, scope, id)| {
            let event = forgotten_event(scope, id, actor, now, ForgetReason::Retention)?;
            Ok(MemoryRemoval { scope: scope.clone(), id: id.clone(), events: vec![event] })
        });
        let removals = removals.collect::<Result<Vec<_>, MemoryError>>()?;
        let all = store.forget_all(&removals).await;
        for ((kind, ..), removal) in batch.iter().zip(&removals) {
            // One that cannot go must not keep the others of its batch.
            let removed = match &all {
                Ok(_) => Ok(true),
                Err(_) => store.forget(&removal.scope, &removal.id, &removal.events).await,
            };
            match removed {
                Ok(true) => *report.retired.entry(*kind).or_default() += 1,
                Ok(false) => {}
                Err(error) if error.kind() == ErrorKind::Denied => report.held += 1,
                Err(error) => {
                    report.failed.push(CleanupFailure { id: removal.id.clone(), reason: error.to_string() });
                }
            }
        }
        done += batch.len() as u64;
    }
    progress.step("removing what was kept long enough", total, Some(total))?;
    Ok(report)
}

/// Whether somebody's data are held.
pub(crate) fn is_held(memory: &Memory, held: &BTreeSet<String>) -> bool {
    memory.subject.as_ref().is_some_and(|subject| held.contains(subject))
}

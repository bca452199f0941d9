use chrono::{DateTime, Utc};
use juno_domain::{ErrorKind, MemoryId, PrincipalId};
use serde::{Deserialize, Serialize};

use crate::event::written_event;
use crate::{Memory, MemoryError, MemoryScope, MemoryStore, Usage};

/// How often to begin anew where others change the same memory.
const ATTEMPTS: u32 = 64;

/// Which memories were marked as used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedReport {
    /// The memories whose use now counts.
    pub counted: Vec<MemoryId>,
    /// Those that are not in the scope or one that encloses it, or have expired.
    pub unknown: Vec<MemoryId>,
}

/// Notes that memories were of use at `now`: they fade more slowly from then on ([`Usage`]). Each is looked for in the
/// scope and those that enclose it. An id that is named twice counts once.
///
/// Only this counts as use. To be found by `recall` does not, or what is found often would be found ever more often.
///
/// # Errors
/// If a memory is damaged or the store fails; those before it are counted.
pub async fn mark_used(
    store: &dyn MemoryStore,
    scope: &MemoryScope,
    ids: &[MemoryId],
    now: DateTime<Utc>,
    actor: &PrincipalId,
) -> Result<UsedReport, MemoryError> {
    let mut report = UsedReport::default();
    for (nth, id) in ids.iter().enumerate() {
        if ids.iter().take(nth).any(|before| before == id) {
            continue;
        }
        match mark_one(store, scope, id, now, actor).await? {
            true => report.counted.push(id.clone()),
            false => report.unknown.push(id.clone()),
        }
    }
    Ok(report)
}

async fn mark_one(
    store: &dyn MemoryStore,
    scope: &MemoryScope,
    id: &MemoryId,
    now: DateTime<Utc>,
    actor: &PrincipalId,
) -> Result<bool, MemoryError> {
    for scope in scope.path_upwards() {
        for attempt in 1.. {
            let Some(old) = store.get(&scope, id, now).await? else { break };
            let used = Usage::after(old.used.as_ref(), old.recorded_at, now);
            let new = Memory { used: Some(used), ..old.clone() };
            match store.update(&old, &new, &[written_event(&new, actor)?]).await {
                Ok(()) => return Ok(true),
                Err(error) if error.kind() == ErrorKind::Conflict && attempt < ATTEMPTS => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(false)
}

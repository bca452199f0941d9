use chrono::{DateTime, Utc};
use juno_crypto::digest;
use juno_domain::{DomainEvent, EventId, EventKind, MemoryId, PrincipalId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{Memory, MemoryError, MemoryScope};

/// Why a memory was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ForgetReason {
    /// Somebody asked for it.
    Asked,
    /// It had expired.
    Expired,
    /// Its session held more working memory than allowed.
    WorkingLimit,
    /// It was kept for as long as the rules say.
    Retention,
    /// It was moved to an archive.
    Archived,
}

impl ForgetReason {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Expired => "expired",
            Self::WorkingLimit => "working_limit",
            Self::Retention => "retention",
            Self::Archived => "archived",
        }
    }
}

/// The record of a memory being written by `actor` at its `recorded_at`.
///
/// It names the kind, scope and source, and the SHA-256 digest of the memory's JSON ([`Memory::to_json`]); the
/// text and data stay out of it, so that they can be erased without touching the log. Writing the same memory
/// again is the same fact and has the same id.
///
/// # Errors
/// If the memory has no JSON form, which a checked memory always has.
pub fn written_event(memory: &Memory, actor: &PrincipalId) -> Result<DomainEvent, MemoryError> {
    let json = memory.to_json()?;
    let content = digest(json.as_bytes());
    let kind = EventKind::MemoryWritten;
    Ok(DomainEvent {
        id: EventId::new(format!("memory_written-{content}"))?,
        kind,
        at: memory.recorded_at,
        actor: actor.clone(),
        subject: memory.id.to_string(),
        team: memory.scope.team().cloned(),
        payload: json!({
            "kind": memory.kind,
            "scope": memory.scope,
            "source": memory.source,
            "digest": content,
        })
        .into(),
    })
}

/// The record of a memory being removed by `actor` at `at`.
///
/// Removing the same memory at the same instant again is the same fact and has the same id.
///
/// # Errors
/// Never in practice: the id it makes is always valid.
pub fn forgotten_event(
    scope: &MemoryScope,
    id: &MemoryId,
    actor: &PrincipalId,
    at: DateTime<Utc>,
    reason: ForgetReason,
) -> Result<DomainEvent, MemoryError> {
    let fact = json!([scope, id, at, reason]).to_string();
    Ok(DomainEvent {
        id: EventId::new(format!("memory_forgotten-{}", digest(fact.as_bytes())))?,
        kind: EventKind::MemoryForgotten,
        at,
        actor: actor.clone(),
        subject: id.to_string(),
        team: scope.team().cloned(),
        payload: json!({ "scope": scope, "reason": reason.as_str() }).into(),
    })
}

/// The record of a memory being put into quarantine at `at`, for `reason`, or let out of it where there is none, by `actor`.
///
/// # Errors
/// Never in practice: the id it makes is always valid.
pub fn quarantined_event(
    memory: &Memory,
    actor: &PrincipalId,
    at: DateTime<Utc>,
    reason: Option<&str>,
) -> Result<DomainEvent, MemoryError> {
    let (kind, word) = match reason {
        Some(_) => (EventKind::MemoryQuarantined, "memory_quarantined"),
        None => (EventKind::MemoryReleased, "memory_released"),
    };
    let fact = json!([memory.scope, memory.id, at, reason]).to_string();
    Ok(DomainEvent {
        id: EventId::new(format!("{word}-{}", digest(fact.as_bytes())))?,
        kind,
        at,
        actor: actor.clone(),
        subject: memory.id.to_string(),
        team: memory.scope.team().cloned(),
        payload: json!({ "scope": memory.scope, "reason": reason }).into(),
    })
}

#[cfg(test)]
mod tests {
    use juno_domain::TenantId;

    use super::*;
    use crate::{MemoryKind, check_events};

    fn memory(text: &str) -> Memory {
        let scope = MemoryScope::tenant_wide(TenantId::new("acme").unwrap());
        let id = MemoryId::new("m1").unwrap();
        Memory::new(id, MemoryKind::Episodic, scope, text, "test", DateTime::UNIX_EPOCH)
    }

    /// control: GDPR-25
    #[test]
    fn the_same_fact_has_the_same_id_and_holds_no_text() {
        let actor = PrincipalId::new("juno").unwrap();
        let first = written_event(&memory("salary of Ada"), &actor).unwrap();
        assert_eq!(first, written_event(&memory("salary of Ada"), &actor).unwrap());
        assert_ne!(first.id, written_event(&memory("salary of Bob"), &actor).unwrap().id);
        assert!(!serde_json::to_string(&first).unwrap().contains("Ada"));
    }

    #[test]
    fn a_change_needs_an_event_of_its_kind_about_its_id() {
        let (actor, memory) = (PrincipalId::new("juno").unwrap(), memory("x"));
        let written = written_event(&memory, &actor).unwrap();
        let gone =
            forgotten_event(&memory.scope, &memory.id, &actor, memory.recorded_at, ForgetReason::Asked)
                .unwrap();
        let other = MemoryId::new("m2").unwrap();
        let check =
            |id, kind, event: &DomainEvent| check_events(id, kind, std::slice::from_ref(event)).is_ok();
        assert!(check(&memory.id, EventKind::MemoryWritten, &written));
        assert!(check(&memory.id, EventKind::MemoryForgotten, &gone));
        assert!(!check(&memory.id, EventKind::MemoryWritten, &gone));
        assert!(!check(&other, EventKind::MemoryWritten, &written));
        assert!(check_events(&memory.id, EventKind::MemoryWritten, &[]).is_err());
    }
}

use chrono::{DateTime, Utc};
use juno_crypto::digest;
use juno_domain::{Digest, DomainEvent, EventId, EventKind, PrincipalId, TenantId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::memory::check_text;
use crate::{Memory, MemoryError};

/// A legal hold: nothing that is remembered about a subject may be removed or lose what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegalHold {
    /// The tenant.
    pub tenant: TenantId,
    /// Whose data is held, as in [`Memory::subject`]: 1 to 256 bytes.
    pub subject: String,
    /// Why: 1 to 512 bytes.
    pub reason: String,
    /// Who placed it.
    pub by: PrincipalId,
    /// When.
    pub at: DateTime<Utc>,
}

impl LegalHold {
    /// The longest reason in bytes.
    pub const MAX_REASON_BYTES: usize = 512;

    /// Checks every limit.
    ///
    /// # Errors
    /// If the subject or the reason is blank or too long, or the instant lies outside the years 1678 to 2261.
    pub fn check(&self) -> Result<(), MemoryError> {
        check_text("subject", &self.subject, Memory::MAX_SUBJECT_BYTES)?;
        check_text("reason of the hold", &self.reason, Self::MAX_REASON_BYTES)?;
        match self.at.timestamp_nanos_opt() {
            Some(_) => Ok(()),
            None => Err(MemoryError::Time { what: "at", at: self.at.to_rfc3339() }),
        }
    }
}

/// How records name a subject: a digest, so that the log, which keeps everything, does not keep the name.
///
/// Whoever knows the name can find its records. Whoever guesses it can too: it hides a name from a glance, not from
/// somebody who tries all names.
#[must_use]
pub fn subject_mark(tenant: &TenantId, subject: &str) -> Digest {
    digest(json!([tenant, subject]).to_string().as_bytes())
}

/// The record of a hold being placed. Placing the same hold again is the same fact and has the same id.
///
/// # Errors
/// Never in practice: the id it makes is always valid.
pub fn held_event(hold: &LegalHold) -> Result<DomainEvent, MemoryError> {
    let mark = subject_mark(&hold.tenant, &hold.subject);
    let fact = json!([mark, hold.reason, hold.by, hold.at]).to_string();
    Ok(DomainEvent {
        id: EventId::new(format!("memory_held-{}", digest(fact.as_bytes())))?,
        kind: EventKind::MemoryHeld,
        at: hold.at,
        actor: hold.by.clone(),
        subject: mark.to_string(),
        team: None,
        payload: json!({ "tenant": hold.tenant, "reason": hold.reason }).into(),
    })
}

/// The record of a hold being lifted by `actor` at `at`.
///
/// # Errors
/// Never in practice: the id it makes is always valid.
pub fn hold_lifted_event(
    tenant: &TenantId,
    subject: &str,
    reason: &str,
    actor: &PrincipalId,
    at: DateTime<Utc>,
) -> Result<DomainEvent, MemoryError> {
    let mark = subject_mark(tenant, subject);
    let fact = json!([mark, reason, actor, at]).to_string();
    Ok(DomainEvent {
        id: EventId::new(format!("memory_hold_lifted-{}", digest(fact.as_bytes())))?,
        kind: EventKind::MemoryHoldLifted,
        at,
        actor: actor.clone(),
        subject: mark.to_string(),
        team: None,
        payload: json!({ "tenant": tenant, "reason": reason }).into(),
    })
}

/// Checks that a change to a hold brings its record: an event of that kind about that subject's [`subject_mark`]. For
/// stores.
///
/// # Errors
/// If there is none.
pub fn check_hold_events(
    tenant: &TenantId,
    subject: &str,
    kind: EventKind,
    events: &[DomainEvent],
) -> Result<(), MemoryError> {
    let mark = subject_mark(tenant, subject).to_string();
    match events.iter().any(|event| event.kind == kind && event.subject == mark) {
        true => Ok(()),
        false => Err(MemoryError::NoHoldEvent {
            wanted: if kind == EventKind::MemoryHeld { "memory_held" } else { "memory_hold_lifted" },
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// control: GDPR-25
    #[test]
    fn a_record_names_the_subject_by_its_mark_only() {
        let hold = LegalHold {
            tenant: TenantId::new("acme").unwrap(),
            subject: "ada@example.com".into(),
            reason: "case 7".into(),
            by: PrincipalId::new("counsel").unwrap(),
            at: DateTime::UNIX_EPOCH,
        };
        let lifted = hold_lifted_event(&hold.tenant, &hold.subject, "settled", &hold.by, hold.at).unwrap();
        let placed = held_event(&hold).unwrap();
        assert_eq!((hold.check(), &placed), (Ok(()), &held_event(&hold).unwrap()));
        for event in [&placed, &lifted] {
            assert!(!serde_json::to_string(event).unwrap().contains("ada"));
        }
        let check = |subject, kind| {
            check_hold_events(&hold.tenant, subject, kind, std::slice::from_ref(&placed)).is_ok()
        };
        assert!(check("ada@example.com", EventKind::MemoryHeld));
        assert!(!check("bob@example.com", EventKind::MemoryHeld));
        assert!(!check("ada@example.com", EventKind::MemoryHoldLifted));
        assert!(LegalHold { subject: " ".into(), ..hold.clone() }.check().is_err());
        assert!(LegalHold { reason: "x".repeat(513), ..hold }.check().is_err());
    }
}

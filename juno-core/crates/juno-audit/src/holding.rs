//! Placing, lifting and listing legal holds, and the events a log makes of its own accord.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use juno_crypto::digest_of;
use juno_domain::{DomainEvent, EventId, EventKind, PrincipalId};
use serde::Deserialize;
use serde_json::json;

use crate::audit_log::AuditLog;
use crate::audit_query::AuditQuery;
use crate::error::AuditError;
use crate::hold::Hold;

/// Places a hold and gives the index of its record. One of the same name takes the place of the older one.
///
/// # Errors
/// If the name or the reason is empty, or the log fails.
pub async fn place_hold(log: &dyn AuditLog, hold: &Hold) -> Result<u64, AuditError> {
    if hold.name.trim().is_empty() || hold.reason.trim().is_empty() {
        return Err(AuditError::HoldText);
    }
    let payload = json!({ "person": hold.person, "reason": hold.reason });
    record(log, EventKind::HoldPlaced, &hold.name, &hold.by, hold.at, payload).await
}

/// Lifts the hold of a name and gives the index of the record that says so.
///
/// # Errors
/// `NotFound` if no such hold is in force, or if the log fails.
pub async fn lift_hold(
    log: &dyn AuditLog,
    name: &str,
    by: &PrincipalId,
    reason: &str,
    at: DateTime<Utc>,
) -> Result<u64, AuditError> {
    if !holds(log).await?.iter().any(|hold| hold.name == name) {
        return Err(AuditError::NoHold(name.to_owned()));
    }
    record(log, EventKind::HoldLifted, name, by, at, json!({ "reason": reason })).await
}

/// The holds in force, by name.
///
/// # Errors
/// If the log fails, or the record of a hold cannot be read: then nobody knows what is held.
pub async fn holds(log: &dyn AuditLog) -> Result<Vec<Hold>, AuditError> {
    let mut changes = BTreeMap::new();
    for kind in [EventKind::HoldPlaced, EventKind::HoldLifted] {
        let mut query =
            AuditQuery { kind: Some(kind), limit: Some(AuditQuery::MOST), ..AuditQuery::default() };
        loop {
            let page = log.search(&query).await?;
            changes.extend(page.records.into_iter().map(|record| (record.index, record.event)));
            match page.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
    }
    let mut held = BTreeMap::new();
    for (index, event) in changes {
        if event.kind == EventKind::HoldLifted {
            held.remove(&event.subject);
            continue;
        }
        #[derive(Deserialize)]
        struct Text {
            person: Option<String>,
            reason: String,
        }
        let text: Text = Text::deserialize(&*event.payload.value())
            .map_err(|error| AuditError::Corrupt { index, reason: format!("this is no hold: {error}") })?;
        let Text { person, reason } = text;
        let hold = Hold { name: event.subject.clone(), person, by: event.actor, reason, at: event.at };
        held.insert(event.subject, hold);
    }
    Ok(held.into_values().collect())
}

/// Records a change about `subject`; saying the same again is the same fact.
pub(crate) async fn record(
    log: &dyn AuditLog,
    kind: EventKind,
    subject: &str,
    by: &PrincipalId,
    at: DateTime<Utc>,
    payload: serde_json::Value,
) -> Result<u64, AuditError> {
    let event = event_of(kind, subject, by, at, payload)?;
    let indices = log.append(std::slice::from_ref(&event)).await?;
    indices.first().copied().ok_or_else(|| AuditError::Internal("an append gave no index".into()))
}

/// An event of the log's own.
pub(crate) fn event_of(
    kind: EventKind,
    subject: &str,
    by: &PrincipalId,
    at: DateTime<Utc>,
    payload: serde_json::Value,
) -> Result<DomainEvent, AuditError> {
    let id = digest_of(&("audit", kind, subject, by, at, &payload))?;
    let id = EventId::new(id.to_string()).map_err(|error| AuditError::Internal(error.to_string()))?;
    Ok(DomainEvent {
        id,
        kind,
        at,
        actor: by.clone(),
        subject: subject.to_owned(),
        team: None,
        payload: payload.into(),
    })
}

use chrono::{DateTime, Utc};
use juno_crypto::{digest_of, payload_of};
use juno_domain::{DomainEvent, EventId, EventKind, PrincipalId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::GovernanceError;

/// Somebody stopped everything. It holds in every process on the same store, and after a restart, until it is ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    /// Its id, which is that of its record. The record says why: a reason is somebody's own words, which can be erased there.
    pub id: EventId,
    /// Who.
    pub by: PrincipalId,
    /// Through which instance.
    pub instance: PrincipalId,
    /// When.
    pub at: DateTime<Utc>,
}

impl Stop {
    /// A stop, and the record of it.
    ///
    /// # Errors
    /// Never for ids that were checked when they were made.
    pub fn new(
        by: &PrincipalId,
        reason: &str,
        instance: &PrincipalId,
        at: DateTime<Utc>,
    ) -> Result<(Self, DomainEvent), GovernanceError> {
        let event = switched(true, by, reason, instance, at, &[])?;
        let (by, instance) = (by.clone(), instance.clone());
        Ok((Self { id: event.id.clone(), by, instance, at }, event))
    }

    /// The record of the end of these stops.
    ///
    /// # Errors
    /// Never for ids that were checked when they were made.
    pub fn ended(
        stops: &[Self],
        by: &PrincipalId,
        reason: &str,
        instance: &PrincipalId,
        at: DateTime<Utc>,
    ) -> Result<DomainEvent, GovernanceError> {
        switched(false, by, reason, instance, at, stops)
    }
}

fn switched(
    stopped: bool,
    by: &PrincipalId,
    reason: &str,
    instance: &PrincipalId,
    at: DateTime<Utc>,
    ended: &[Stop],
) -> Result<DomainEvent, GovernanceError> {
    let ids: Vec<&EventId> = ended.iter().map(|stop| &stop.id).collect();
    let id = digest_of(&("stopped", stopped, by, instance, reason, at, &ids))?;
    let mut payload = json!({ "stopped": stopped, "reason": reason, "instance": instance });
    if !stopped && let Some(fields) = payload.as_object_mut() {
        fields.insert("ended".to_owned(), json!(ids));
    }
    Ok(DomainEvent {
        id: EventId::new(id.to_string())?,
        kind: EventKind::SettingsChanged,
        at,
        actor: by.clone(),
        subject: "stopped".into(),
        team: None,
        payload: payload_of(&payload)?,
    })
}

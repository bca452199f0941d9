use chrono::{DateTime, Utc};
use juno_crypto::{digest_of, payload_of};
use juno_domain::{Digest, DomainEvent, EventId, EventKind, PrincipalId, RequestId};

use crate::{ActionError, Execution};

/// What the other side recognises a repetition by: the same for the same request and action, on every machine.
pub(crate) fn idempotency_key(request: &RequestId, digest: Digest) -> Result<String, ActionError> {
    let digest = digest_of(&("idempotency", request, digest))?.to_string();
    Ok(format!("juno-{}", digest.get(..32).unwrap_or(&digest)))
}

/// An event about an execution as it stands after the change, caused by a person or by its executor. Its id comes from
/// request, version and kind, so that the same change recorded twice is one event.
pub(crate) fn event(
    after: &Execution,
    kind: EventKind,
    by: Option<&PrincipalId>,
    at: DateTime<Utc>,
) -> Result<DomainEvent, ActionError> {
    let id = digest_of(&("execution", &after.request, after.version, kind))?;
    let actor = match by {
        Some(person) => person.clone(),
        None => PrincipalId::new(format!("executor:{}", after.executor))?,
    };
    Ok(DomainEvent {
        id: EventId::new(id.to_string())?,
        kind,
        at,
        actor,
        subject: after.request.to_string(),
        team: Some(after.team.clone()),
        payload: payload_of(after)?,
    })
}

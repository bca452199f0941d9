use chrono::{DateTime, Utc};
use juno_crypto::digest_of;
use juno_domain::{DomainEvent, EventId, EventKind, PrincipalId};

use crate::{ActionError, Execution};

/// What the other side recognises a repetition by: the same for the same request and action, on every machine.
pub(crate) fn idempotency_key(execution: &Execution) -> Result<String, ActionError> {
    let digest = digest_of(&("idempotency", &execution.request, execution.digest))?.to_string();
    Ok(format!("juno-{}", digest.get(..32).unwrap_or(&digest)))
}

/// An event about an execution as it stands after the change. Its id comes from request, kind and state, so that the
/// same change recorded twice is one event, and a result that follows `Unknown` is another one.
pub(crate) fn event(
    after: &Execution,
    kind: EventKind,
    at: DateTime<Utc>,
) -> Result<DomainEvent, ActionError> {
    let id = digest_of(&("execution", &after.request, kind, after.state))?;
    let payload = serde_json::to_value(after)
        .map_err(|error| ActionError::Internal(format!("an event has no JSON: {error}")))?;
    Ok(DomainEvent {
        id: EventId::new(id.to_string())?,
        kind,
        at,
        actor: PrincipalId::new(format!("executor:{}", after.executor))?,
        subject: after.request.to_string(),
        team: Some(after.team.clone()),
        payload,
    })
}

use std::collections::{BTreeMap, BTreeSet};

use juno_domain::{DomainEvent, ErrorKind, EventId};

use crate::audit_log::AuditLog;
use crate::error::AuditError;
use crate::outbox::Outbox;

/// Events carried at a time.
const BATCH: usize = 256;

/// Carries every waiting event of an outbox into the log, and gives how many this call carried.
///
/// May run at any time, in several places at once, and again after a crash at any point: the log takes each event
/// once, and an event leaves the outbox only after the log has it. (Two calls at once may both count an event.)
///
/// An event that the log refuses for what it is stays in the outbox and holds up no other.
///
/// # Errors
/// `Refused` with the first such event, after all others were carried. If a store fails, its error; the next call
/// goes on from there.
pub async fn drain(outbox: &dyn Outbox, log: &dyn AuditLog) -> Result<usize, AuditError> {
    let mut carried = 0;
    let mut refused: BTreeMap<EventId, AuditError> = BTreeMap::new();
    let mut first_refused = None;
    let mut last = BTreeSet::new();
    loop {
        let mut batch = outbox.waiting(BATCH + refused.len()).await?;
        batch.retain(|event| !refused.contains_key(&event.id));
        if batch.is_empty() {
            break;
        }
        // An outbox that forgets acknowledgements would keep this loop busy for ever.
        if let Some(again) = batch.iter().find(|event| last.contains(&event.id)) {
            return Err(AuditError::NotAcknowledged { id: again.id.clone() });
        }
        let taken = take(&batch, log, &mut refused, &mut first_refused).await?;
        outbox.acknowledge(&taken).await?;
        carried += taken.len();
        last = taken.into_iter().collect();
    }
    let count = refused.len();
    match first_refused.and_then(|id| refused.remove_entry(&id)) {
        Some((id, source)) => Err(AuditError::Refused { id, count, source: Box::new(source) }),
        None => Ok(carried),
    }
}

/// Appends a batch; if the log refuses it, event by event.
async fn take(
    batch: &[DomainEvent],
    log: &dyn AuditLog,
    refused: &mut BTreeMap<EventId, AuditError>,
    first_refused: &mut Option<EventId>,
) -> Result<Vec<EventId>, AuditError> {
    match log.append(batch).await {
        Ok(_) => return Ok(batch.iter().map(|event| event.id.clone()).collect()),
        Err(error) if !is_refusal(&error) => return Err(error),
        Err(_) => {}
    }
    let mut taken = Vec::with_capacity(batch.len());
    for event in batch {
        match log.append(std::slice::from_ref(event)).await {
            Ok(_) => taken.push(event.id.clone()),
            Err(error) if is_refusal(&error) => {
                first_refused.get_or_insert_with(|| event.id.clone());
                refused.insert(event.id.clone(), error);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(taken)
}

/// Whether the event itself is at fault, so that trying again cannot help.
fn is_refusal(error: &AuditError) -> bool {
    matches!(error.kind(), ErrorKind::Conflict | ErrorKind::InvalidInput)
}

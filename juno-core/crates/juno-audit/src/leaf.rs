use juno_crypto::{CryptoError, OrderedObject};
use juno_domain::{Digest, DomainEvent, Instant, Payload};

use crate::AuditError;
use crate::hash::leaf_hash;

/// An event as the log keeps it: the exact bytes, and their hash in the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// The canonical JSON of the event; every field is in it. Where a part of the payload is kept apart so that it can
    /// be erased, its commitment stands in its place, as the first member `_sealed`.
    pub content: Vec<u8>,
    /// The leaf hash over `content`.
    pub hash: Digest,
}

impl Leaf {
    /// The leaf of an event.
    ///
    /// # Errors
    /// If the event has no canonical form: an integer in its payload that no double holds, or a payload nested
    /// deeper than 99 levels.
    pub fn of(event: &DomainEvent) -> Result<Self, AuditError> {
        let content = write_event(Vec::with_capacity(512), event)?;
        let hash = leaf_hash(&content);
        Ok(Self { content, hash })
    }
}

/// Writes the canonical JSON of an event behind what is in `out`. The fields are named here in canonical order, which
/// saves sorting them for each event; a test holds the result against the general way.
pub(crate) fn write_event(out: Vec<u8>, event: &DomainEvent) -> Result<Vec<u8>, AuditError> {
    write(out, event, &event.payload, None)
}

/// The canonical JSON of an event with what is left of its payload, and the commitment to the rest.
pub(crate) fn write_sealed(
    event: &DomainEvent,
    payload: &Payload,
    commitment: &Digest,
) -> Result<Vec<u8>, AuditError> {
    write(Vec::with_capacity(512), event, payload, Some(commitment))
}

fn write(
    out: Vec<u8>,
    event: &DomainEvent,
    payload: &Payload,
    commitment: Option<&Digest>,
) -> Result<Vec<u8>, AuditError> {
    let DomainEvent { id, kind, at, actor, subject, team, payload: _ } = event;
    let write = || -> Result<Vec<u8>, CryptoError> {
        let mut object = OrderedObject::onto(out);
        if let Some(commitment) = commitment {
            object.member("_sealed", commitment)?;
        }
        object.member("actor", actor)?;
        object.member("at", &Instant(*at))?;
        object.member("id", id)?;
        object.member("kind", kind)?;
        match payload.as_canonical() {
            Some(json) => object.canonical_member("payload", json)?,
            None => object.member("payload", payload)?,
        }
        object.member("subject", subject)?;
        object.member("team", team)?;
        object.end()
    };
    write().map_err(|source| AuditError::Event { id: id.clone(), source })
}

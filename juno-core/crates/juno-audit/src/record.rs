use juno_domain::{Digest, DomainEvent};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::AuditError;
use crate::personal_fields::join;
use crate::sealed::{SealedPayload, commitment_in};

/// One fact in the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// Its place, from 0 without gaps; it never changes.
    pub index: u64,
    /// What happened.
    pub event: DomainEvent,
    /// Whether a part of the payload was erased. It is not in `event`; the record still proves that there was one.
    #[serde(default)]
    pub erased: bool,
}

/// A record as it lies in the store, before anyone trusts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// The place the store says it has.
    pub index: u64,
    /// The leaf hash the store kept when the record was appended.
    pub leaf: Digest,
    /// The bytes the store holds now; unharmed, they are the canonical JSON of the event.
    pub content: Vec<u8>,
    /// The part that is kept apart, if there is one and it was not erased.
    pub payload: Option<SealedPayload>,
}

impl StoredRecord {
    /// Reads the event, whole where nothing of it was erased.
    ///
    /// # Errors
    /// If the content is not the JSON of an event, or the part kept apart is not the one the content commits to.
    pub fn to_record(&self) -> Result<AuditRecord, AuditError> {
        let corrupt = |reason: String| AuditError::Corrupt { index: self.index, reason };
        let mut event: DomainEvent =
            serde_json::from_slice(&self.content).map_err(|error| corrupt(error.to_string()))?;
        let commitment = commitment_in(&self.content);
        if let Some(payload) = &self.payload {
            let part = serde_json::from_slice::<Map<String, Value>>(&payload.content);
            let part = part.ok().filter(|_| commitment == Some(payload.commitment()));
            if !part.is_some_and(|part| event.payload.change(|payload| join(payload, part))) {
                return Err(corrupt("its payload is not what was committed to".into()));
            }
        }
        Ok(AuditRecord { index: self.index, event, erased: commitment.is_some() && self.payload.is_none() })
    }
}

use juno_domain::{Digest, DomainEvent};
use serde::{Deserialize, Serialize};

use crate::AuditError;

/// One fact in the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// Its place, from 0 without gaps; it never changes.
    pub index: u64,
    /// What happened.
    pub event: DomainEvent,
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
}

impl StoredRecord {
    /// Reads the event.
    ///
    /// # Errors
    /// If the content is not the JSON of an event.
    pub fn to_record(&self) -> Result<AuditRecord, AuditError> {
        let event = serde_json::from_slice(&self.content)
            .map_err(|error| AuditError::Corrupt { index: self.index, reason: error.to_string() })?;
        Ok(AuditRecord { index: self.index, event })
    }
}

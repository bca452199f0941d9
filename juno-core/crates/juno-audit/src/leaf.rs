use juno_crypto::canonical_json;
use juno_domain::{Digest, DomainEvent};

use crate::AuditError;
use crate::hash::leaf_hash;

/// An event as the log keeps it: the exact bytes, and their hash in the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// The canonical JSON of the event; every field is in it.
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
        let content =
            canonical_json(event).map_err(|source| AuditError::Event { id: event.id.clone(), source })?;
        let hash = leaf_hash(&content);
        Ok(Self { content, hash })
    }
}

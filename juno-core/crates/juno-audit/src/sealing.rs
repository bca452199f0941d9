use std::fmt;
use std::sync::Arc;

use juno_crypto::{RandomSource, canonical_json};
use juno_domain::DomainEvent;

use crate::error::AuditError;
use crate::hash::leaf_hash;
use crate::leaf::{Leaf, write_event, write_sealed};
use crate::personal_fields::PersonalFields;
use crate::record::StoredRecord;
use crate::sealed::{SealedPayload, after_commitment};

/// How a log keeps what can be erased apart from its records.
#[derive(Clone)]
pub struct Sealing {
    fields: PersonalFields,
    random: Arc<dyn RandomSource>,
}

impl Sealing {
    /// Keeps these fields apart, with salts of this source.
    #[must_use]
    pub fn new(fields: PersonalFields, random: Arc<dyn RandomSource>) -> Self {
        Self { fields, random }
    }

    /// What is kept apart.
    #[must_use]
    pub const fn fields(&self) -> &PersonalFields {
        &self.fields
    }

    /// Where salts come from.
    #[must_use]
    pub fn random(&self) -> &Arc<dyn RandomSource> {
        &self.random
    }
}

impl fmt::Debug for Sealing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sealing").field(&self.fields).finish()
    }
}

/// An event as a store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The record.
    pub leaf: Leaf,
    /// What lies apart from it, and whose it is.
    pub payload: Option<(String, SealedPayload)>,
}

impl Entry {
    /// The entry of an event.
    ///
    /// # Errors
    /// As [`Leaf::of`], and if there is no randomness for a salt.
    pub fn of(event: &DomainEvent, sealing: Option<&Sealing>) -> Result<Self, AuditError> {
        if let Some(sealing) = sealing.filter(|sealing| !sealing.fields.is_empty()) {
            let mut payload = event.payload.value().into_owned();
            if let Some((person, part)) = sealing.fields.split(event, &mut payload) {
                let failed = |source| AuditError::Event { id: event.id.clone(), source };
                let salt = sealing.random.next()?;
                let sealed = SealedPayload { salt, content: canonical_json(&part).map_err(failed)? };
                // What cannot be written whole is refused, sealed or not: it could not be given back.
                write_event(Vec::new(), event)?;
                let content = write_sealed(event, &payload.into(), &sealed.commitment())?;
                let hash = leaf_hash(&content);
                return Ok(Self { leaf: Leaf { content, hash }, payload: Some((person, sealed)) });
            }
        }
        Ok(Self { leaf: Leaf::of(event)?, payload: None })
    }

    /// Whether a record that was found under the event's id says the same: what the event held is compared, as salts
    /// differ from time to time; of what was erased only the rest can be.
    ///
    /// # Errors
    /// As [`Leaf::of`].
    pub fn is_in(&self, known: &StoredRecord, event: &DomainEvent) -> Result<bool, AuditError> {
        if known.content == self.leaf.content {
            return Ok(true);
        }
        let whole = Leaf::of(event)?.content;
        let Some(rest) = after_commitment(&known.content) else { return Ok(known.content == whole) };
        match known.payload {
            Some(_) => Ok(Leaf::of(&known.to_record()?.event)?.content == whole),
            None => Ok(after_commitment(&self.leaf.content) == Some(rest)),
        }
    }
}

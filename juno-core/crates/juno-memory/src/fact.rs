use juno_crypto::digest;
use serde::{Deserialize, Serialize};

use crate::MemoryError;

/// A fact that a memory states: a subject, what is said about it, and the value.
///
/// Of one subject and predicate one value is true at a time: `record_fact` closes the old value where the new one
/// begins. What can be true side by side (`likes`) is remembered without a fact, or with the value in the predicate.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// What it is about: 1 to 256 bytes.
    pub subject: String,
    /// What is said about it: 1 to 256 bytes.
    pub predicate: String,
    /// The value: 1 to 1,024 bytes.
    pub object: String,
}

impl Fact {
    /// The longest subject and the longest predicate in bytes.
    pub const MAX_NAME_BYTES: usize = 256;
    /// The longest value in bytes.
    pub const MAX_OBJECT_BYTES: usize = 1_024;

    /// A fact of its three parts.
    #[must_use]
    pub fn new(subject: impl Into<String>, predicate: impl Into<String>, object: impl Into<String>) -> Self {
        Self { subject: subject.into(), predicate: predicate.into(), object: object.into() }
    }

    /// Names the subject and predicate: the same for every value of them, and for nothing else.
    #[must_use]
    pub fn key(&self) -> String {
        digest(serde_json::json!([self.subject, self.predicate]).to_string().as_bytes()).to_string()
    }

    pub(crate) fn check(&self) -> Result<(), MemoryError> {
        for (what, text, max) in [
            ("subject of the fact", &self.subject, Self::MAX_NAME_BYTES),
            ("predicate of the fact", &self.predicate, Self::MAX_NAME_BYTES),
            ("value of the fact", &self.object, Self::MAX_OBJECT_BYTES),
        ] {
            if text.trim().is_empty() {
                return Err(MemoryError::Blank { what });
            }
            if text.len() > max {
                return Err(MemoryError::TooLong { what, bytes: text.len(), max });
            }
        }
        Ok(())
    }
}

/// What recording a fact did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactChange {
    /// Nothing was known of it for that time.
    New,
    /// It was known already; nothing was written.
    Known,
    /// It ends what was true before.
    Supersedes,
    /// It arrived late: what is true after it was known already.
    Late,
    /// Another value was known from the very same instant on: the one recorded later holds, and somebody should look.
    Contradicts,
}

/// What recording a fact did, and to which memories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactOutcome {
    /// What it did.
    pub change: FactChange,
    /// The memory that states the fact now.
    pub memory: juno_domain::MemoryId,
    /// The memories that it superseded. They stay, for questions about what was known before.
    pub superseded: Vec<juno_domain::MemoryId>,
}

use juno_domain::MemoryId;
use serde::{Deserialize, Serialize};

use crate::{MemoryError, SensitiveKind, WriteReason};

/// What becomes of something that is to be remembered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "decision")]
pub enum WriteDecision {
    /// It is kept.
    Accept,
    /// Nothing is added: that memory says it already.
    Merge {
        /// The memory that says it.
        into: MemoryId,
    },
    /// It is refused.
    Reject,
}

/// A field of a memory in which something sensitive can lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteField {
    /// The text.
    Text,
    /// Where it comes from.
    Source,
    /// The data, names included.
    Data,
    /// The labels.
    Tags,
    /// The value of the fact.
    Fact,
}

impl WriteField {
    /// The field's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Source => "source",
            Self::Data => "data",
            Self::Tags => "tags",
            Self::Fact => "fact",
        }
    }
}

/// What a verdict goes by. It names places and memories, and never repeats what is sensitive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteEvidence {
    /// A memory, and how much it is like what is to be written: 0 to 1.
    Memory {
        /// Which.
        id: MemoryId,
        /// How much.
        likeness: f64,
    },
    /// Something sensitive, and in which field.
    Sensitive {
        /// What it is.
        what: SensitiveKind,
        /// Where.
        field: WriteField,
    },
    /// How many content words it has.
    Words(usize),
}

/// What becomes of something that is to be remembered, why, and by which evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WriteVerdict {
    /// What becomes of it.
    #[serde(flatten)]
    pub decision: WriteDecision,
    /// Why.
    pub reason: WriteReason,
    /// How much speaks for the reason: 0 to 1; of something new, how much it is like the nearest memory.
    pub score: f64,
    /// What it goes by.
    pub evidence: Vec<WriteEvidence>,
}

impl WriteVerdict {
    /// The error that a refusal is to whoever wanted to write; `None` for what is kept or merged.
    #[must_use]
    pub fn refusal(&self) -> Option<MemoryError> {
        let say = |evidence: &WriteEvidence| match evidence {
            WriteEvidence::Memory { id, likeness } => {
                format!("memory `{id}`, {:.0} % alike", likeness * 100.0)
            }
            WriteEvidence::Sensitive { what, field } => {
                format!("`{}` in `{}`", what.as_str(), field.as_str())
            }
            WriteEvidence::Words(count) => format!("content words: {count}"),
        };
        let evidence = || self.evidence.iter().map(say).collect::<Vec<_>>().join(", ");
        (self.decision == WriteDecision::Reject)
            .then(|| MemoryError::Rejected { reason: self.reason, evidence: evidence() })
    }
}

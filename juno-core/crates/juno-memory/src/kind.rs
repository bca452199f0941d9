use std::fmt;
use std::str::FromStr;

use juno_domain::DomainError;
use serde::{Deserialize, Serialize};

/// What sort of thing a memory holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemoryKind {
    /// Something that happened: a decision, an outcome, a turn of a conversation.
    Episodic,
    /// A fact or a pattern.
    Semantic,
    /// What works: a workflow pattern with its success rate.
    Procedural,
    /// Scratch of one session; bounded in number and in time by [`WorkingLimits`](crate::WorkingLimits).
    Working,
}

impl MemoryKind {
    /// Every kind, in declaration order.
    pub const ALL: [Self; 4] = [Self::Episodic, Self::Semantic, Self::Procedural, Self::Working];

    /// The word for it: `episodic`, `semantic`, `procedural` or `working`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Episodic => "episodic",
            Self::Semantic => "semantic",
            Self::Procedural => "procedural",
            Self::Working => "working",
        }
    }
}

impl fmt::Display for MemoryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for MemoryKind {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Self, DomainError> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| DomainError::UnknownWord {
            what: "memory kind",
            value: text.chars().take(40).collect(),
            allowed: "episodic, semantic, procedural, working",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_every_kind_reads_back_and_no_other_does() {
        for kind in MemoryKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{kind}\""));
        }
        assert!("Episodic".parse::<MemoryKind>().is_err());
        assert!(serde_json::from_str::<MemoryKind>("\"other\"").is_err());
    }
}

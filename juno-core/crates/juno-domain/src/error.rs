use serde::{Deserialize, Serialize};

/// What a caller can do about an error. Every error of every JUNO crate has one.
///
/// | kind | do |
/// | --- | --- |
/// | invalid input | change the input |
/// | not found | check the id or the scope |
/// | not enough data | wait for more history, or accept the stated fallback |
/// | conflict | read again and retry with what is current |
/// | approval required | ask the named role |
/// | denied | do not retry; a new request may cite this one |
/// | unavailable | retry later |
/// | cancelled | nothing: the caller asked for it |
/// | corrupt | restore or inspect the named record |
/// | unsupported | enable the named feature or choose another |
/// | internal | report it |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The input breaks a stated rule.
    InvalidInput,
    /// Nothing has that id in that scope.
    NotFound,
    /// The history is too short for an honest answer.
    NotEnoughData,
    /// Somebody else changed the thing first.
    Conflict,
    /// A person with the named role has to decide first.
    ApprovalRequired,
    /// Policy or a person said no.
    Denied,
    /// A resource cannot be reached now; a retry may work.
    Unavailable,
    /// The caller cancelled.
    Cancelled,
    /// Stored data is damaged.
    Corrupt,
    /// This build or backend cannot do it.
    Unsupported,
    /// A broken promise inside JUNO.
    Internal,
}

impl ErrorKind {
    /// Every kind, in declaration order.
    pub const ALL: [Self; 11] = [
        Self::InvalidInput,
        Self::NotFound,
        Self::NotEnoughData,
        Self::Conflict,
        Self::ApprovalRequired,
        Self::Denied,
        Self::Unavailable,
        Self::Cancelled,
        Self::Corrupt,
        Self::Unsupported,
        Self::Internal,
    ];

    /// The stable code of this kind, the same in every language: `JUNO_NOT_FOUND`, ….
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::InvalidInput => "JUNO_INVALID_INPUT",
            Self::NotFound => "JUNO_NOT_FOUND",
            Self::NotEnoughData => "JUNO_NOT_ENOUGH_DATA",
            Self::Conflict => "JUNO_CONFLICT",
            Self::ApprovalRequired => "JUNO_APPROVAL_REQUIRED",
            Self::Denied => "JUNO_DENIED",
            Self::Unavailable => "JUNO_UNAVAILABLE",
            Self::Cancelled => "JUNO_CANCELLED",
            Self::Corrupt => "JUNO_CORRUPT",
            Self::Unsupported => "JUNO_UNSUPPORTED",
            Self::Internal => "JUNO_INTERNAL",
        }
    }
}

/// A value that breaks a rule of the vocabulary.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DomainError {
    /// A probability outside `[0, 1]`, or not a number.
    #[error("`{0}` is no probability: give a number from 0 to 1")]
    Probability(f64),
    /// Story points below zero, infinite, or not a number.
    #[error("`{0}` is no number of story points: give a finite number of 0 or more")]
    StoryPoints(f64),
    /// Bounds that are not finite or not in order.
    #[error("`[{lower}, {upper}]` is no interval: give finite bounds, the lower one first")]
    Interval {
        /// The lower bound as given.
        lower: f64,
        /// The upper bound as given.
        upper: f64,
    },
    /// An identifier that is empty, too long, or holds control characters.
    #[error("`{value}` is no {what}: {rule}")]
    Id {
        /// Which identifier.
        what: &'static str,
        /// What was given, shortened.
        value: String,
        /// The rule it breaks.
        rule: &'static str,
    },
    /// A word that is not one of a closed list.
    #[error("`{value}` is no {what}: use one of {allowed}")]
    UnknownWord {
        /// What was expected.
        what: &'static str,
        /// What was given.
        value: String,
        /// The accepted words, comma separated.
        allowed: &'static str,
    },
    /// A digest that is not 64 hexadecimal characters.
    #[error("`{0}` is no digest: give 64 hexadecimal characters")]
    Digest(String),
    /// A span of time that ends before it starts.
    #[error("{what} ends before it starts: check `{start}` and `{end}`")]
    EndsBeforeStart {
        /// The thing with the dates.
        what: String,
        /// Its start.
        start: String,
        /// Its end.
        end: String,
    },
    /// A clock that was asked to run backwards.
    #[error("a clock cannot go back from `{from}` to `{to}`")]
    ClockBackwards {
        /// Where it stands.
        from: String,
        /// Where it was asked to go.
        to: String,
    },
    /// The caller cancelled through the progress handle.
    #[error("cancelled while {0}")]
    Cancelled(String),
}

impl DomainError {
    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Cancelled(_) => ErrorKind::Cancelled,
            _ => ErrorKind::InvalidInput,
        }
    }
}

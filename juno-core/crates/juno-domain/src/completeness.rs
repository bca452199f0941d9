use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Field, IssueKey, SprintId};

/// Whether a history is whole. Every answer built on an incomplete one carries the reasons.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Completeness(Vec<IncompleteReason>);

impl Completeness {
    /// A whole history.
    pub const COMPLETE: Self = Self(Vec::new());

    /// Whether nothing is known to be missing.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.0.is_empty()
    }

    /// Why it is not complete; empty if it is.
    #[must_use]
    pub fn reasons(&self) -> &[IncompleteReason] {
        &self.0
    }

    /// Adds a reason once.
    pub fn add(&mut self, reason: IncompleteReason) {
        if !self.0.contains(&reason) {
            self.0.push(reason);
        }
    }

    /// Adds every reason of `other` once.
    pub fn merge(&mut self, other: &Self) {
        for reason in &other.0 {
            self.add(reason.clone());
        }
    }
}

/// A reason why a history cannot answer every as-of question exactly.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
#[non_exhaustive]
pub enum IncompleteReason {
    /// The source has no changelog at all (a CSV export, or a request without `expand=changelog`).
    NoChangelog,
    /// The source kept only part of the changelog.
    Truncated {
        /// Entries the source has.
        total: u64,
        /// Entries it delivered.
        received: u64,
    },
    /// Dates came without a time zone, or without a time.
    NoTimeZone,
    /// A step starts at another value than the step before it ended at.
    BrokenChain {
        /// The field.
        field: Field,
        /// The instant of the step.
        at: DateTime<Utc>,
    },
    /// The changelog ends at another value than the field shows now; the current value wins.
    EndsElsewhere {
        /// The field.
        field: Field,
    },
    /// A sprint that history names but no source describes, so its dates are unknown.
    UnknownSprint {
        /// The sprint.
        sprint: SprintId,
    },
    /// A sprint that is not planned any more, but whose start or closing instant no source gives.
    SprintWithoutDates {
        /// The sprint.
        sprint: SprintId,
    },
    /// A link, or the state of the issue at its other end, of which only today's is known.
    LinkWithoutHistory {
        /// The issue at the other end.
        other: IssueKey,
    },
    /// An entry of the changelog could not be read.
    UnreadableEntry {
        /// The entry's id or position.
        entry: String,
    },
    /// A record gives no creation instant, so the first interval has no certain beginning.
    NoCreation,
}

impl fmt::Display for IncompleteReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoChangelog => write!(f, "the source has no changelog"),
            Self::Truncated { total, received } => {
                write!(f, "the changelog was cut: {received} of {total} entries")
            }
            Self::NoTimeZone => write!(f, "dates came without a time zone"),
            Self::BrokenChain { field, at } => {
                write!(
                    f,
                    "{field}: the step at {} does not start where the one before ended",
                    at.to_rfc3339()
                )
            }
            Self::EndsElsewhere { field } => {
                write!(f, "{field}: the changelog ends at another value than the field shows")
            }
            Self::UnknownSprint { sprint } => {
                write!(f, "sprint {sprint} is in the history but in no sprint list")
            }
            Self::SprintWithoutDates { sprint } => write!(f, "sprint {sprint} has no start or closing date"),
            Self::LinkWithoutHistory { other } => {
                write!(f, "of the link to {other} only today's state is known")
            }
            Self::UnreadableEntry { entry } => write!(f, "changelog entry {entry} could not be read"),
            Self::NoCreation => write!(f, "the creation instant is missing"),
        }
    }
}

use chrono::{DateTime, Utc};
use juno_domain::{DomainError, ErrorKind, IssueKey, SprintId, TeamId};

/// Why an analytic answer could not be given.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AnalyticsError {
    /// A value that breaks a rule of the vocabulary, or a cancelled run.
    #[error(transparent)]
    Domain(#[from] DomainError),
    /// A sprint that no source describes.
    #[error("no source describes sprint `{0}`: load the board's sprint list, or check the id")]
    UnknownSprint(SprintId),
    /// An issue that is not in the data.
    #[error("no issue has the key `{0}`: check it, or load the pages that hold it")]
    UnknownIssue(IssueKey),
    /// Too little history for an honest answer.
    #[error("{what} needs `{need}`, the history has `{have}`: load more history, or widen the selection")]
    NotEnoughData {
        /// What was asked for.
        what: &'static str,
        /// How many are there.
        have: usize,
        /// How many are needed.
        need: usize,
    },
    /// A range that ends before it begins, or is too long to fill.
    #[error("`{from}` to `{to}` is no usable range: {rule}")]
    Range {
        /// First instant.
        from: DateTime<Utc>,
        /// Last instant.
        to: DateTime<Utc>,
        /// The rule it breaks.
        rule: &'static str,
    },
    /// A number outside its range, or not a number.
    #[error("`{value}` is no {what}: {rule}")]
    Number {
        /// What was expected.
        what: &'static str,
        /// What was given.
        value: f64,
        /// The rule it breaks.
        rule: &'static str,
    },
    /// A row of another team in a team's velocity.
    #[error("sprint `{sprint}` belongs to team `{team}`, not to `{expected}`: give one team's sprints")]
    ForeignRow {
        /// The sprint.
        sprint: SprintId,
        /// Its team.
        team: TeamId,
        /// The team asked for.
        expected: TeamId,
    },
    /// A row that was not over at the instant asked for.
    #[error("sprint `{sprint}` was not over at `{as_of}`: give sprints closed by then")]
    FutureRow {
        /// The sprint.
        sprint: SprintId,
        /// The instant asked for.
        as_of: DateTime<Utc>,
    },
    /// Rows that do not run from old to new.
    #[error("sprint `{0}` stands after a later one: sort the sprints by closing time, then id")]
    UnsortedRow(SprintId),
    /// The same sprint twice.
    #[error("sprint `{0}` is given twice: give each sprint once")]
    DuplicateRow(SprintId),
}

impl AnalyticsError {
    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Domain(error) => error.kind(),
            Self::UnknownSprint(_) | Self::UnknownIssue(_) => ErrorKind::NotFound,
            Self::NotEnoughData { .. } => ErrorKind::NotEnoughData,
            Self::Range { .. }
            | Self::Number { .. }
            | Self::ForeignRow { .. }
            | Self::FutureRow { .. }
            | Self::UnsortedRow(_)
            | Self::DuplicateRow(_) => ErrorKind::InvalidInput,
        }
    }
}

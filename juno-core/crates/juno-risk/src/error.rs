use juno_confidence::ConfidenceError;
use juno_domain::{DomainError, ErrorKind, ProjectKey, SprintId};
use juno_learn::LearnError;
use thiserror::Error;

/// Why a forecast could not be given.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum RiskError {
    /// The history holds what was not known at the snapshot.
    #[error("sprint `{history}` was not over when sprint `{sprint}` was seen; leave it out of the history")]
    FutureHistory {
        /// The sprint to forecast.
        sprint: SprintId,
        /// The sprint of the history.
        history: SprintId,
    },
    /// The history holds the very sprint that is to be forecast.
    #[error("sprint `{sprint}` is in its own history; leave it out")]
    OwnSprint {
        /// The sprint.
        sprint: SprintId,
    },
    /// The same sprint twice where each may come once.
    #[error("sprint `{sprint}` of `{project}` is there twice; keep one")]
    Duplicate {
        /// Its project.
        project: ProjectKey,
        /// The sprint.
        sprint: SprintId,
    },
    /// A table that puts a sprint into a part of an evaluation that is none.
    #[error(
        "split `{split}` is none of train, calib, test, unestimated; mend the row of sprint `{sprint}` of `{project}`"
    )]
    Part {
        /// Its project.
        project: ProjectKey,
        /// The sprint.
        sprint: SprintId,
        /// What the table says.
        split: String,
    },
    /// A part of a backtest that no sprint is in.
    #[error(
        "no sprint is in the part `{part}` that is to be evaluated ({there}); evaluate another part, or every sprint with a \
         fit on other data"
    )]
    EmptyPart {
        /// The part.
        part: &'static str,
        /// How many are in the others.
        there: String,
    },
    /// Columns of one table that are not equally long.
    #[error(
        "column `{name}` has {length} rows and `project` has {rows}; hand back the columns as they were given"
    )]
    Columns {
        /// The column.
        name: &'static str,
        /// How long it is.
        length: usize,
        /// How long the first one is.
        rows: usize,
    },
    /// Somebody asked the work to stop.
    #[error("{0} was stopped before its end; start it again")]
    Cancelled(&'static str),
    /// Two models that could not be told apart.
    #[error("two models are called `{0}`; give each its own name")]
    SameName(String),
    /// No finished sprint can be compared with this one.
    #[error("{0}; finish a sprint or load more history")]
    NotEnoughHistory(String),
    /// There is no commitment to miss.
    #[error("nothing is committed in sprint `{sprint}`; put issues into it")]
    NothingCommitted {
        /// The sprint.
        sprint: SprintId,
    },
    /// There is nothing left to forecast.
    #[error("sprint `{sprint}` is over; read its result instead of a forecast")]
    Finished {
        /// The sprint.
        sprint: SprintId,
    },
    /// A model broke its contract.
    #[error("risk model `{model}` is wrong about sprint `{sprint}`: {reason}")]
    Model {
        /// The model's name.
        model: String,
        /// The sprint.
        sprint: SprintId,
        /// What it did.
        reason: String,
    },
    /// Nothing is known that the index could be made of.
    #[error("no category of the risk index is known; give at least one input")]
    NothingKnown,
    /// A number outside what it can be.
    #[error("{what} cannot be `{value}`; {rule}")]
    OutOfRange {
        /// What the number is.
        what: &'static str,
        /// The number.
        value: f64,
        /// What it must be.
        rule: &'static str,
    },
    /// What a model was saved as cannot be used.
    #[error("the saved model cannot be used: {0}; train it again or get the whole file")]
    Saved(String),
    /// What a model was saved as is whole, but not for this version.
    #[error("the saved model is of another kind: {0}; train it again with this version")]
    OtherModel(String),
    /// A file of a model could not be read or written.
    #[error("cannot {doing} the model file `{path}`: {reason}")]
    ModelFile {
        /// `read` or `write`.
        doing: &'static str,
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
        /// What the caller can do about it.
        kind: ErrorKind,
    },
    /// A learner could not be fitted or asked.
    #[error(transparent)]
    Learn(#[from] LearnError),
    /// A calculation with confidence or intervals failed.
    #[error(transparent)]
    Confidence(#[from] ConfidenceError),
    /// A value of the domain is not valid.
    #[error(transparent)]
    Domain(#[from] DomainError),
}

impl RiskError {
    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::FutureHistory { .. }
            | Self::OwnSprint { .. }
            | Self::Duplicate { .. }
            | Self::Part { .. }
            | Self::Columns { .. }
            | Self::NothingCommitted { .. }
            | Self::Finished { .. }
            | Self::Model { .. }
            | Self::SameName(_)
            | Self::OutOfRange { .. } => ErrorKind::InvalidInput,
            Self::Cancelled(_) => ErrorKind::Cancelled,
            Self::NotEnoughHistory(_) | Self::NothingKnown | Self::EmptyPart { .. } => {
                ErrorKind::NotEnoughData
            }
            Self::Saved(_) => ErrorKind::Corrupt,
            Self::OtherModel(_) => ErrorKind::Unsupported,
            Self::ModelFile { kind, .. } => *kind,
            Self::Learn(error) => error.kind(),
            Self::Confidence(error) => error.kind(),
            Self::Domain(error) => error.kind(),
        }
    }
}

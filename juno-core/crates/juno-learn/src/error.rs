use juno_domain::ErrorKind;
use thiserror::Error;

/// Why a learner could not be fitted, asked or loaded.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum LearnError {
    /// A parameter outside its range.
    #[error("parameter `{name}` cannot be `{value}`; {rule}")]
    Parameter {
        /// The parameter.
        name: &'static str,
        /// What was given.
        value: f64,
        /// What it must be.
        rule: &'static str,
    },
    /// No rows, or no columns.
    #[error("the matrix of {rows} row(s) and {columns} column(s) is empty; give at least one of each")]
    Empty {
        /// Its rows.
        rows: usize,
        /// Its columns.
        columns: usize,
    },
    /// More rows and trees than the nodes can be numbered for.
    #[error("{trees} trees over {rows} rows are too many to number their nodes; use fewer of either")]
    TooManyNodes {
        /// Trees asked for.
        trees: usize,
        /// Rows given.
        rows: usize,
    },
    /// All labels are the same.
    #[error("every one of the {rows} labels is the same class, `{class}`; both classes are needed")]
    OneClass {
        /// The only label.
        class: bool,
        /// How often it came.
        rows: usize,
    },
    /// A list that does not fit the matrix or the model.
    #[error("{what} has length {have} and must have {need}; give one value for each")]
    Width {
        /// Which list.
        what: &'static str,
        /// Its length.
        have: usize,
        /// The length it must have.
        need: usize,
    },
    /// NaN, infinity, or a number so large that its square is not finite.
    #[error(
        "{what} has `{value}` at row {row}, column {column} (NaN, infinity or beyond ±1e100); fill, drop or rescale it"
    )]
    NotFinite {
        /// Where it was found.
        what: &'static str,
        /// The number.
        value: f64,
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
    },
    /// A weight that is not above zero.
    #[error("the weight `{value}` of row {row} is unusable; it must be above 0 and finite")]
    Weight {
        /// The weight.
        value: f64,
        /// Its row, from 0.
        row: usize,
    },
    /// The search for the best weights did not end.
    #[error("no logistic fit was found; lower `c`, or bring the weights of rows closer together")]
    NotConverged,
    /// linfa refused a data set.
    #[error("linfa refused the data set: {0}")]
    Linfa(String),
    /// A saved model that contradicts itself.
    #[error("the saved model is damaged: {0}; restore it from a copy or fit it again")]
    Damaged(&'static str),
}

impl LearnError {
    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Parameter { .. }
            | Self::TooManyNodes { .. }
            | Self::Width { .. }
            | Self::Linfa(_)
            | Self::NotFinite { .. }
            | Self::Weight { .. } => ErrorKind::InvalidInput,
            Self::Empty { .. } | Self::OneClass { .. } | Self::NotConverged => ErrorKind::NotEnoughData,
            Self::Damaged(_) => ErrorKind::Corrupt,
        }
    }
}

impl From<linfa::Error> for LearnError {
    fn from(error: linfa::Error) -> Self {
        Self::Linfa(error.to_string())
    }
}

use juno_domain::{DomainError, ErrorKind};
use thiserror::Error;

use crate::Factor;

/// Why a confidence, a calibration or a score of forecasts could not be given.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ConfidenceError {
    /// No factor with a weight has anything to go by.
    #[error("no factor can be scored; give at least one of {}", names(.missing))]
    NothingKnown {
        /// The factors nothing is known about.
        missing: Vec<Factor>,
    },
    /// Fewer cases than the method needs.
    #[error("{what} needs at least {need} {of}, and there are {have}; wait for more")]
    NotEnoughData {
        /// The method.
        what: &'static str,
        /// What is counted.
        of: &'static str,
        /// How many there are.
        have: usize,
        /// How many are needed.
        need: usize,
    },
    /// Outcomes that no finite fit describes: every right one scored at least as high as every wrong one.
    #[error(
        "`{method}` has no finite fit, because no right outcome scored below a wrong one; record more outcomes or use `platt`"
    )]
    Separated {
        /// The method.
        method: &'static str,
    },
    /// More successes than cases.
    #[error("`{right}` of `{total}` cannot be right; count each case once")]
    Count {
        /// Cases that went well.
        right: u64,
        /// All cases.
        total: u64,
    },
    /// Weights nothing can be averaged with.
    #[error("the weights `{given:?}` are unusable; each must be finite and 0 or more, and their sum above 0")]
    Weights {
        /// What was given, in the order of [`Factor::ALL`].
        given: [f64; 5],
    },
    /// A number outside what the method takes.
    #[error("{what} cannot be `{value}`; {rule}")]
    OutOfRange {
        /// What the number is.
        what: &'static str,
        /// The number.
        value: f64,
        /// What it must be.
        rule: &'static str,
    },
    /// A number in a list that does not belong there.
    #[error("`{what}` has `{value}` at position {index}; {rule}")]
    Item {
        /// The list.
        what: &'static str,
        /// The place, from 0.
        index: usize,
        /// The number.
        value: f64,
        /// What it must be.
        rule: &'static str,
    },
    /// Two lists that do not belong together.
    #[error("`{what}` has {have} values and `{other}` has {need}; give one for each")]
    Length {
        /// A list.
        what: &'static str,
        /// Its length.
        have: usize,
        /// The list it goes with.
        other: &'static str,
        /// That one's length.
        need: usize,
    },
    /// A value of the domain is not valid.
    #[error(transparent)]
    Domain(#[from] DomainError),
}

impl ConfidenceError {
    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::NothingKnown { .. } | Self::NotEnoughData { .. } | Self::Separated { .. } => {
                ErrorKind::NotEnoughData
            }
            Self::Count { .. }
            | Self::Weights { .. }
            | Self::OutOfRange { .. }
            | Self::Item { .. }
            | Self::Length { .. } => ErrorKind::InvalidInput,
            Self::Domain(error) => error.kind(),
        }
    }
}

fn names(factors: &[Factor]) -> String {
    factors.iter().map(|f| format!("`{}`", f.name())).collect::<Vec<_>>().join(", ")
}

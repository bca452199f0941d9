use serde::{Deserialize, Serialize};

use crate::{DomainError, Probability};

/// A range that holds the true value with a stated chance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawInterval")]
pub struct Interval {
    lower: f64,
    upper: f64,
    level: Probability,
}

#[derive(Deserialize)]
struct RawInterval {
    lower: f64,
    upper: f64,
    level: Probability,
}

impl Interval {
    /// The range from `lower` to `upper`, meant to hold the true value with probability `level` (0.8 for 80 %).
    ///
    /// # Errors
    /// If a bound is not finite or `upper < lower`.
    pub fn new(lower: f64, upper: f64, level: Probability) -> Result<Self, DomainError> {
        if lower.is_finite() && upper.is_finite() && lower <= upper {
            Ok(Self { lower, upper, level })
        } else {
            Err(DomainError::Interval { lower, upper })
        }
    }

    /// The lower bound, inside the range.
    #[must_use]
    pub const fn lower(&self) -> f64 {
        self.lower
    }

    /// The upper bound, inside the range.
    #[must_use]
    pub const fn upper(&self) -> f64 {
        self.upper
    }

    /// The chance that the range holds the true value.
    #[must_use]
    pub const fn level(&self) -> Probability {
        self.level
    }

    /// The distance between the bounds.
    #[must_use]
    pub fn width(&self) -> f64 {
        self.upper - self.lower
    }

    /// Whether `value` lies in the range.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        (self.lower..=self.upper).contains(&value)
    }
}

impl TryFrom<RawInterval> for Interval {
    type Error = DomainError;
    fn try_from(raw: RawInterval) -> Result<Self, DomainError> {
        Self::new(raw.lower, raw.upper, raw.level)
    }
}

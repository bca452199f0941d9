use std::iter::Sum;
use std::ops::Add;

use serde::{Deserialize, Serialize};

use crate::DomainError;

/// An amount of story points: finite and 0 or more.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct StoryPoints(f64);

impl StoryPoints {
    /// No points.
    pub const ZERO: Self = Self(0.0);

    /// Takes a checked amount.
    ///
    /// # Errors
    /// If `value` is negative, infinite or not a number.
    pub fn new(value: f64) -> Result<Self, DomainError> {
        if value.is_finite() && value >= 0.0 {
            Ok(Self(value + 0.0))
        } else {
            Err(DomainError::StoryPoints(value))
        }
    }

    /// The number of points.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }

    /// The difference, or zero where it would be negative.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self((self.0 - other.0).max(0.0))
    }
}

impl Add for StoryPoints {
    type Output = Self;
    /// The sum; it stops at the largest finite number.
    fn add(self, other: Self) -> Self {
        Self((self.0 + other.0).min(f64::MAX))
    }
}

impl Sum for StoryPoints {
    fn sum<I: Iterator<Item = Self>>(points: I) -> Self {
        points.fold(Self::ZERO, Add::add)
    }
}

impl TryFrom<f64> for StoryPoints {
    type Error = DomainError;
    fn try_from(value: f64) -> Result<Self, DomainError> {
        Self::new(value)
    }
}

impl From<StoryPoints> for f64 {
    fn from(points: StoryPoints) -> Self {
        points.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_stay_finite_and_not_negative() {
        for bad in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(StoryPoints::new(bad).is_err());
        }
        let huge = StoryPoints::new(f64::MAX).unwrap();
        assert_eq!((huge + huge).get(), f64::MAX);
        assert_eq!(StoryPoints::ZERO.saturating_sub(huge), StoryPoints::ZERO);
    }
}

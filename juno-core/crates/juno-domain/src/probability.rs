use serde::{Deserialize, Serialize};

use crate::DomainError;

/// A probability: a number from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Probability(f64);

impl Probability {
    /// Impossible.
    pub const ZERO: Self = Self(0.0);
    /// As likely as not.
    pub const HALF: Self = Self(0.5);
    /// Certain.
    pub const ONE: Self = Self(1.0);

    /// Takes a checked probability.
    ///
    /// # Errors
    /// If `value` is outside `[0, 1]` or not a number.
    pub fn new(value: f64) -> Result<Self, DomainError> {
        // Adding zero turns -0.0 into 0.0, so that equal values have equal bytes.
        if (0.0..=1.0).contains(&value) {
            Ok(Self(value + 0.0))
        } else {
            Err(DomainError::Probability(value))
        }
    }

    /// The nearest probability to a computed value; not a number gives `None`.
    #[must_use]
    pub fn saturating(value: f64) -> Option<Self> {
        (!value.is_nan()).then(|| Self(value.clamp(0.0, 1.0) + 0.0))
    }

    /// The number, from 0 to 1.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }

    /// The probability of the opposite.
    #[must_use]
    pub fn complement(self) -> Self {
        Self(1.0 - self.0)
    }
}

impl TryFrom<f64> for Probability {
    type Error = DomainError;
    fn try_from(value: f64) -> Result<Self, DomainError> {
        Self::new(value)
    }
}

impl From<Probability> for f64 {
    fn from(p: Probability) -> Self {
        p.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_zero_to_one_passes() {
        for bad in [-0.1, 1.1, 7.0, f64::NAN, f64::INFINITY] {
            assert!(Probability::new(bad).is_err());
        }
        assert_eq!(Probability::new(-0.0).unwrap().get().to_bits(), 0.0_f64.to_bits());
        assert_eq!(Probability::saturating(7.0), Some(Probability::ONE));
        assert_eq!(Probability::saturating(f64::NAN), None);
    }
}

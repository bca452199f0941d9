use serde::{Deserialize, Serialize};

use crate::Probability;

/// Whether a confidence has been held against what really happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Calibration {
    /// A score nobody has checked: 0.9 need not mean right nine times in ten.
    Uncalibrated,
    /// Mapped through recorded outcomes: among cases at 0.9, about nine in ten were right.
    Calibrated {
        /// How it was mapped, such as `platt`.
        method: String,
        /// How many outcomes it rests on.
        outcomes: u32,
    },
}

/// How sure JUNO is that a statement is right, and whether that number has been checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Confidence {
    /// From 0 (surely wrong) to 1 (surely right).
    pub value: Probability,
    /// Whether outcomes have calibrated `value`.
    pub calibration: Calibration,
}

impl Confidence {
    /// A score that no outcome has checked yet.
    #[must_use]
    pub const fn uncalibrated(value: Probability) -> Self {
        Self { value, calibration: Calibration::Uncalibrated }
    }

    /// Whether outcomes have calibrated the value.
    #[must_use]
    pub const fn is_calibrated(&self) -> bool {
        matches!(self.calibration, Calibration::Calibrated { .. })
    }

    /// The word for the value.
    #[must_use]
    pub fn level(&self) -> ConfidenceLevel {
        ConfidenceLevel::of(self.value)
    }
}

/// A word for a confidence: very low < 0.3 ≤ low < 0.5 ≤ medium < 0.7 ≤ high < 0.9 ≤ very high.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfidenceLevel {
    /// Below 0.3.
    VeryLow,
    /// From 0.3.
    Low,
    /// From 0.5.
    Medium,
    /// From 0.7.
    High,
    /// From 0.9.
    VeryHigh,
}

impl ConfidenceLevel {
    /// The level of a value.
    #[must_use]
    pub fn of(value: Probability) -> Self {
        match value.get() {
            v if v < 0.3 => Self::VeryLow,
            v if v < 0.5 => Self::Low,
            v if v < 0.7 => Self::Medium,
            v if v < 0.9 => Self::High,
            _ => Self::VeryHigh,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_begins_at_its_bound() {
        let level = |v| ConfidenceLevel::of(Probability::new(v).unwrap());
        assert_eq!([0.0, 0.3, 0.5, 0.7, 0.9, 1.0].map(level), {
            use ConfidenceLevel::{High, Low, Medium, VeryHigh, VeryLow};
            [VeryLow, Low, Medium, High, VeryHigh, VeryHigh]
        });
    }
}

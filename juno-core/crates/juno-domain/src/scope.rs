use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

use crate::StoryPoints;

/// What a forecast counts: points, or issues where a sprint was never estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Story points.
    Points,
    /// Number of issues.
    Issues,
}

/// An amount of work, counted both ways.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Scope {
    /// Number of issues.
    pub issues: u32,
    /// Sum of their estimates; an issue without one counts 0.
    pub points: StoryPoints,
}

impl Scope {
    /// Nothing.
    pub const ZERO: Self = Self { issues: 0, points: StoryPoints::ZERO };

    /// The amount in one measure.
    #[must_use]
    pub fn in_measure(&self, measure: Measure) -> f64 {
        match measure {
            Measure::Points => self.points.get(),
            Measure::Issues => f64::from(self.issues),
        }
    }

    /// The difference, each part stopping at zero.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self {
            issues: self.issues.saturating_sub(other.issues),
            points: self.points.saturating_sub(other.points),
        }
    }
}

impl Add for Scope {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { issues: self.issues.saturating_add(other.issues), points: self.points + other.points }
    }
}

impl AddAssign for Scope {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

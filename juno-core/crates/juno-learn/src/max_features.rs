use serde::{Deserialize, Serialize};

use crate::{LearnError, checks};

/// How many features, drawn at random, a node of a tree may choose from. At least one is always tried.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaxFeatures {
    /// Every feature.
    All,
    /// The square root of their number, rounded down.
    Sqrt,
    /// A share of them, above 0 and at most 1, rounded down.
    Share(f64),
    /// That many, at least 1; more than there are means all.
    Count(usize),
}

impl MaxFeatures {
    pub(crate) fn check(self) -> Result<(), LearnError> {
        match self {
            Self::All | Self::Sqrt => Ok(()),
            Self::Share(share) => {
                let fine = share > 0.0 && share <= 1.0;
                checks::parameter("max_features", share, fine, "a share must be above 0 and at most 1")
            }
            Self::Count(count) => {
                checks::parameter("max_features", count as f64, count > 0, "a count must be at least 1")
            }
        }
    }

    /// The number of features tried of `width`.
    pub(crate) fn of(self, width: usize) -> usize {
        let count = match self {
            Self::All => width,
            Self::Sqrt => width.isqrt(),
            Self::Share(share) => (share * width as f64) as usize,
            Self::Count(count) => count,
        };
        count.clamp(1, width.max(1))
    }
}

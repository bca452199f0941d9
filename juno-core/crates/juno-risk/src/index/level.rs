use juno_domain::Probability;
use serde::{Deserialize, Serialize};

/// A word for the risk index: minimal < 0.3 ≤ low < 0.6 ≤ medium < 0.8 ≤ high < 0.9 ≤ critical.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RiskLevel {
    /// Below 0.3.
    Minimal,
    /// From 0.3.
    Low,
    /// From 0.6.
    Medium,
    /// From 0.8.
    High,
    /// From 0.9.
    Critical,
}

impl RiskLevel {
    /// The level of an index.
    #[must_use]
    pub fn of(index: Probability) -> Self {
        match index.get() {
            v if v < 0.3 => Self::Minimal,
            v if v < 0.6 => Self::Low,
            v if v < 0.8 => Self::Medium,
            v if v < 0.9 => Self::High,
            _ => Self::Critical,
        }
    }
}

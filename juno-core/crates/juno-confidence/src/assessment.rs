use juno_domain::{Confidence, Probability};
use serde::{Deserialize, Serialize};

use crate::Factor;

/// A confidence with the grounds it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConfidenceAssessment {
    /// The confidence; uncalibrated when a scorer gives it.
    pub confidence: Confidence,
    /// The factors that could be scored.
    pub factors: Vec<FactorScore>,
    /// The factors nothing is known about. Their weight went to the others in proportion.
    pub missing: Vec<Factor>,
}

/// How one factor came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FactorScore {
    /// The factor.
    pub factor: Factor,
    /// From 0 to 1.
    pub score: Probability,
    /// Its share in the result after missing factors were left out; the shares sum to 1.
    pub weight: f64,
    /// What the score rests on, in one phrase with its numbers.
    pub basis: String,
}

impl FactorScore {
    /// What the factor adds to the result; the contributions sum to the confidence.
    #[must_use]
    pub fn contribution(&self) -> f64 {
        self.weight * self.score.get()
    }
}

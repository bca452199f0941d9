use chrono::{DateTime, Utc};

use crate::{ConfidenceAssessment, ConfidenceError, ConfidenceInputs};

/// Turns what is known about a claim into a confidence.
///
/// An implementation must keep true:
/// - the same inputs and `now` give the same answer; it reads no clock;
/// - the confidence is *uncalibrated*: only a [`Calibrator`](crate::Calibrator) with recorded outcomes may say otherwise;
/// - what it does not know it lists as missing and never fills in.
pub trait ConfidenceScorer: Send + Sync {
    /// The confidence at `now`.
    ///
    /// # Errors
    /// Not enough data if nothing is known; invalid input if a count contradicts itself.
    fn score(
        &self,
        inputs: &ConfidenceInputs,
        now: DateTime<Utc>,
    ) -> Result<ConfidenceAssessment, ConfidenceError>;
}

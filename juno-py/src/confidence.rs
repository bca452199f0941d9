use juno_core::confidence::{ConfidenceAssessment, ConfidenceInputs, ConfidenceScorer, WeightedScorer};
use pyo3::prelude::*;

use crate::convert::Instant;
use crate::error::Fault;
use crate::plain::Plain;

/// How far to trust a claim at `now`, from five weighted factors; those left out are listed as missing.
#[pyfunction]
pub(crate) fn score_confidence(
    inputs: Plain<ConfidenceInputs>,
    now: Instant,
) -> Result<Plain<ConfidenceAssessment>, Fault> {
    Ok(Plain(WeightedScorer::default().score(&inputs.0, now.0)?))
}

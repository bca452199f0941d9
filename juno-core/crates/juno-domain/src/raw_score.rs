use serde::{Deserialize, Serialize};

use crate::Probability;

/// The score a confidence was made from, before any outcome was taken into account: what outcomes are held against
/// later, to calibrate the scores to come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawScore {
    /// The score.
    pub value: Probability,
    /// What it rests on, as the reasoner that gave it names it, such as `stale_triage:silence`. Scores of one ground are
    /// calibrated together, so two reasoners never share a name.
    pub ground: String,
}

use chrono::{DateTime, Utc};
use juno_confidence::{
    ConfidenceError, ConsistencyBin, EceBand, ReliabilityBin, brier, consistency_band, ece_band,
    expected_calibration_error, reliability_curve,
};
use juno_domain::{Probability, Seed};
use serde::{Deserialize, Serialize};

use crate::judged::Judged;
use crate::triage::teams;
use crate::{AgentError, Records, TriageHandle};

/// Stretches of confidence.
const BINS: usize = 10;
/// Simulations of a perfectly calibrated proposer: plenty for two digits.
const SIMULATIONS: usize = 1_000;
/// The same records give the same band.
const SEED: Seed = Seed(42);

/// Whether proposals were right as often as their confidence said, of those of which it is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProposalReliability {
    /// The instant of the question; nothing later was used.
    pub as_of: DateTime<Utc>,
    /// Of those whose confidence was calibrated; `None` where there are none.
    pub calibrated: Option<Reliability>,
    /// Of those whose confidence was not: this is what a calibration has to mend. `None` where there are none.
    pub uncalibrated: Option<Reliability>,
}

/// Confidence against what was right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    /// How many proposals.
    pub n: u32,
    /// How many of them were right.
    pub right: u32,
    /// Brier score: mean squared distance, 0 is best and always saying one half gives 0.25.
    pub brier: f64,
    /// Expected calibration error in ten stretches: 0 is best.
    pub ece: f64,
    /// The calibration error that perfectly calibrated confidences would have by chance on so few; 95 %.
    pub ece_band: EceBand,
    /// Confidence against the share that was right, for each of ten stretches that holds any.
    pub curve: Vec<ReliabilityBin>,
    /// For the same stretches: the shares that perfectly calibrated confidences would show by chance; 95 %.
    pub by_chance: Vec<ConsistencyBin>,
}

impl Reliability {
    /// `None` of nothing.
    fn of(judged: &[(Probability, bool)]) -> Result<Option<Self>, ConfidenceError> {
        // Sorted, so that sums come out the same whatever the order of the memories.
        let mut sorted = judged.to_vec();
        sorted.sort_by(|a, b| a.0.get().total_cmp(&b.0.get()).then(a.1.cmp(&b.1)));
        let Some((brier, ece)) = brier(&sorted).zip(expected_calibration_error(&sorted, BINS)?) else {
            return Ok(None);
        };
        let confidences: Vec<Probability> = sorted.iter().map(|(confidence, _)| *confidence).collect();
        let level = Probability::new(0.95)?;
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(Some(Self {
            n: count(judged.len()),
            right: count(judged.iter().filter(|(_, right)| *right).count()),
            brier,
            ece,
            ece_band: ece_band(&confidences, BINS, level, SIMULATIONS, SEED)?,
            curve: reliability_curve(&sorted, BINS)?,
            by_chance: consistency_band(&confidences, BINS, level)?,
        }))
    }
}

impl TriageHandle {
    /// Whether proposals to the teams of these records were right as often as their confidence said, by `as_of`: each
    /// confidence as it was when the proposal was made, against what is known to have become of it
    /// ([`Experience`](juno_reasoning::Experience) says what counts as right). Only proposals that were made and judged are
    /// seen: what was only said, because the confidence was too low, is not.
    ///
    /// # Errors
    /// If a store cannot be reached.
    pub async fn reliability(
        &self,
        records: &Records,
        as_of: DateTime<Utc>,
    ) -> Result<ProposalReliability, AgentError> {
        let (mut calibrated, mut uncalibrated) = (Vec::new(), Vec::new());
        for judged in self.0.judged(&teams(records), as_of).await? {
            let Judged { right, .. } = judged;
            match judged.confidence() {
                Some(confidence) if confidence.is_calibrated() => calibrated.push((confidence.value, right)),
                Some(confidence) => uncalibrated.push((confidence.value, right)),
                None => {}
            }
        }
        let (calibrated, uncalibrated) = (Reliability::of(&calibrated)?, Reliability::of(&uncalibrated)?);
        Ok(ProposalReliability { as_of, calibrated, uncalibrated })
    }
}

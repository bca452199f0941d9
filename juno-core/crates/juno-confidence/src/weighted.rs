use chrono::{DateTime, Utc};
use juno_domain::{Confidence, Probability};

use crate::{
    Agreement, ConfidenceAssessment, ConfidenceError, ConfidenceInputs, ConfidenceScorer, Factor,
    FactorScore, Outcomes, Weights,
};

/// Answers added on each side before the share of right ones is taken: four in all, half of them right. With these the
/// share is the middle of a 95 % Wilson interval, near enough; two right of two then score 0.67 and not 1.
const PRIOR_EACH_SIDE: f64 = 2.0;
/// Age at which freshness has fallen halfway from 1 to its floor.
const HALFWAY_HOURS: f64 = 240.0;
/// How gradually it falls.
const STEEPNESS: f64 = 0.75;
/// What the oldest observation still counts.
const FLOOR: f64 = 0.3;

/// The weighted mean of the five factors; the weight of missing ones goes to the others in proportion.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct WeightedScorer {
    /// How much each factor counts.
    pub weights: Weights,
}

impl WeightedScorer {
    /// A scorer with these weights.
    #[must_use]
    pub const fn new(weights: Weights) -> Self {
        Self { weights }
    }
}

impl ConfidenceScorer for WeightedScorer {
    fn score(
        &self,
        inputs: &ConfidenceInputs,
        now: DateTime<Utc>,
    ) -> Result<ConfidenceAssessment, ConfidenceError> {
        let mut known = Vec::new();
        let mut missing = Vec::new();
        for factor in Factor::ALL {
            match score_factor(factor, inputs, now)? {
                Some((score, basis)) => known.push((factor, score, basis)),
                None => missing.push(factor),
            }
        }
        let total: f64 = known.iter().map(|(factor, ..)| self.weights.of(*factor)).sum();
        if total <= 0.0 {
            return Err(ConfidenceError::NothingKnown { missing });
        }
        let factors: Vec<FactorScore> = known
            .into_iter()
            .map(|(factor, score, basis)| FactorScore {
                factor,
                score,
                weight: self.weights.of(factor) / total,
                basis,
            })
            .collect();
        let value = checked("the confidence", factors.iter().map(FactorScore::contribution).sum())?;
        Ok(ConfidenceAssessment { confidence: Confidence::uncalibrated(value), factors, missing })
    }
}

/// How fresh an observation is: 1 at age 0, then falling smoothly towards 0.3; 0 for one that lies after `now`.
///
/// `0.3 + 0.7 / (1 + (hours / 240)^0.75)`: 0.99 after an hour, 0.89 after a day, 0.70 after a week, 0.51 after 30 days,
/// 0.34 after two years.
#[must_use]
pub fn freshness(observed_at: DateTime<Utc>, now: DateTime<Utc>) -> Probability {
    let millis = (now - observed_at).num_milliseconds();
    if observed_at > now {
        return Probability::ZERO;
    }
    let hours = millis.max(0) as f64 / 3_600_000.0;
    let value = FLOOR + (1.0 - FLOOR) / (1.0 + (hours / HALFWAY_HOURS).powf(STEEPNESS));
    Probability::saturating(value).unwrap_or(Probability::ZERO)
}

type Scored = Option<(Probability, String)>;

fn score_factor(
    factor: Factor,
    inputs: &ConfidenceInputs,
    now: DateTime<Utc>,
) -> Result<Scored, ConfidenceError> {
    match factor {
        Factor::DataQuality => inputs.qualities.as_deref().map_or(Ok(None), data_quality),
        Factor::HistoricalAccuracy => inputs.outcomes.map_or(Ok(None), historical_accuracy),
        Factor::PatternStrength => {
            Ok(inputs.pattern_strength.map(|p| (p, format!("pattern strength {:.2}", p.get()))))
        }
        Factor::TemporalRelevance => {
            inputs.observed_at.as_deref().map_or(Ok(None), |at| temporal_relevance(at, now))
        }
        Factor::ConsensusScore => inputs.agreement.as_ref().map_or(Ok(None), consensus),
    }
}

/// Every source counts the same: weighting a source by its own quality would let a worthless one vanish.
fn data_quality(qualities: &[Probability]) -> Result<Scored, ConfidenceError> {
    let Some(mean) = mean(qualities.iter().map(|q| q.get())) else { return Ok(None) };
    let basis = format!("mean quality {mean:.2} of {}", counted(qualities.len(), "source"));
    Ok(Some((checked("the mean quality", mean)?, basis)))
}

fn historical_accuracy(Outcomes { right, total }: Outcomes) -> Result<Scored, ConfidenceError> {
    if right > total {
        return Err(ConfidenceError::Count { right: right.into(), total: total.into() });
    }
    if total == 0 {
        return Ok(None);
    }
    let share = (f64::from(right) + PRIOR_EACH_SIDE) / (f64::from(total) + 2.0 * PRIOR_EACH_SIDE);
    let basis = format!("{right} of {} right", counted(total as usize, "checked answer"));
    Ok(Some((checked("the shrunk accuracy", share)?, basis)))
}

fn temporal_relevance(observed_at: &[DateTime<Utc>], now: DateTime<Utc>) -> Result<Scored, ConfidenceError> {
    let Some(mean) = mean(observed_at.iter().map(|at| freshness(*at, now).get())) else { return Ok(None) };
    let future = observed_at.iter().filter(|at| **at > now).count();
    let mut basis = format!("mean freshness {mean:.2} of {}", counted(observed_at.len(), "observation"));
    if future > 0 {
        basis.push_str(&format!("; {future} dated after now, counted 0"));
    }
    Ok(Some((checked("the mean freshness", mean)?, basis)))
}

/// Votes: the share in support. Estimates: 1 − twice their mean distance from their mean, which is 1 when all are equal and
/// 0 when half say surely and half say never.
fn consensus(agreement: &Agreement) -> Result<Scored, ConfidenceError> {
    let (score, basis) = match agreement {
        Agreement::Votes { agree, disagree } => {
            let total = u64::from(*agree) + u64::from(*disagree);
            if total < 2 {
                return Ok(None);
            }
            (f64::from(*agree) / total as f64, format!("{agree} of {total} sources agree"))
        }
        Agreement::Estimates(estimates) => {
            let centre = mean(estimates.iter().map(|p| p.get()));
            let (Some(centre), 2..) = (centre, estimates.len()) else { return Ok(None) };
            let spread = mean(estimates.iter().map(|p| (p.get() - centre).abs())).unwrap_or(0.0);
            let basis = format!("{} estimates lie {spread:.2} from their mean", estimates.len());
            (1.0 - 2.0 * spread, basis)
        }
    };
    Ok(Some((checked("the agreement", score)?, basis)))
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> Option<f64> {
    let n = values.len();
    (n > 0).then(|| values.sum::<f64>() / n as f64)
}

/// Rounding may leave a mean a hair outside `[0, 1]`; anything that is not a number is refused.
fn checked(what: &'static str, value: f64) -> Result<Probability, ConfidenceError> {
    Probability::saturating(value).ok_or(ConfidenceError::OutOfRange {
        what,
        value,
        rule: "it must be a number",
    })
}

fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

#[cfg(test)]
#[path = "weighted/tests.rs"]
mod tests;

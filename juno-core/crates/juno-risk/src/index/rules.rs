use juno_domain::Probability;
use serde::{Deserialize, Serialize};

use super::{
    CategoryScore, CategoryThresholds, CategoryWeights, RiskCategory, RiskIndex, RiskIndexInputs, RiskLevel,
    signal::{Signal, signals},
};
use crate::RiskError;

/// How far one category at its very worst lifts the index towards 1.
const LIFT: f64 = 0.6;
/// From this score on a signal's mitigation is shown: where the level *low* begins.
const WORTH_ACTING: f64 = 0.3;

/// How inputs become the index.
///
/// - A category's score is `1 − Π(1 − s)` over its signals: two troubles are worse than one, and neither can hide the other.
/// - The base is the mean of the category scores by weight; missing categories are left out and the weights of the others
///   scaled up.
/// - A mean alone would hide one burning category behind four calm ones. So each category past its threshold lifts the
///   index: with `e` the share of the way from threshold to 1, `index = 1 − (1 − mean) · Π(1 − 0.6 · e)`. One category at
///   its very worst makes at least 0.66 (medium), two 0.89 (high), three 0.97 (critical).
///
/// Every step rises with every input and has no jump, stays within `[0, 1]`, and reaches both ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RiskIndexRules {
    /// How much each category counts.
    pub weights: CategoryWeights,
    /// From which score each category raises an alert.
    pub thresholds: CategoryThresholds,
}

impl RiskIndexRules {
    /// The index of these inputs.
    ///
    /// # Errors
    /// Invalid input if a number is out of range; not enough data if no category with a weight is known.
    pub fn index(&self, inputs: &RiskIndexInputs) -> Result<RiskIndex, RiskError> {
        inputs.check()?;
        let mut signals = signals(inputs);
        signals.sort_by(|a, b| b.score.total_cmp(&a.score));
        let (known, missing): (Vec<_>, Vec<_>) = RiskCategory::ALL
            .into_iter()
            .partition(|category| signals.iter().any(|signal| signal.category == *category));
        let total: f64 = known.iter().map(|category| self.weights.of(*category)).sum();
        if total <= 0.0 {
            return Err(RiskError::NothingKnown);
        }

        let mut categories = Vec::new();
        for category in known {
            let own = || signals.iter().filter(|signal| signal.category == category);
            categories.push(self.score(category, total, own)?);
        }
        let mean: f64 = categories.iter().map(|c| c.weight * c.score.get()).sum();
        let lifts: Vec<f64> = categories.iter().map(|c| LIFT * excess(c)).collect();
        let left = (1.0 - mean) * lifts.iter().map(|lift| 1.0 - lift).product::<f64>();
        let index = (1.0 - left).clamp(0.0, 1.0);
        // What the alarms add beyond the mean is shared in proportion to their lift.
        let (lifted, all_lifts) = (index - mean, lifts.iter().sum::<f64>());
        for (category, lift) in categories.iter_mut().zip(lifts) {
            let part = if all_lifts > 0.0 { lifted * lift / all_lifts } else { 0.0 };
            category.contribution = category.weight * category.score.get() + part;
        }
        categories.sort_by(|a, b| b.score.get().total_cmp(&a.score.get()));
        let value = Probability::new(index)?;
        Ok(RiskIndex { value, level: RiskLevel::of(value), categories, missing })
    }

    fn score<'a, I>(
        &self,
        category: RiskCategory,
        total: f64,
        signals: impl Fn() -> I,
    ) -> Result<CategoryScore, RiskError>
    where
        I: Iterator<Item = &'a Signal>,
    {
        let calm: f64 = signals().map(|signal| 1.0 - signal.score).product();
        let score = Probability::new(1.0 - calm)?;
        let threshold = self.thresholds.of(category);
        Ok(CategoryScore {
            category,
            score,
            weight: self.weights.of(category) / total,
            threshold,
            alert: score.get() >= threshold,
            contribution: 0.0,
            log_odds: None,
            // Beside trouble, what is as usual only distracts.
            evidence: signals()
                .filter(|signal| signal.score > 0.0 || calm >= 1.0)
                .map(|signal| signal.evidence.clone())
                .collect(),
            mitigations: signals()
                .filter(|signal| signal.score >= WORTH_ACTING)
                .map(|signal| signal.mitigation.to_owned())
                .collect(),
        })
    }
}

/// The share of the way from the threshold to 1.
fn excess(category: &CategoryScore) -> f64 {
    ((category.score.get() - category.threshold) / (1.0 - category.threshold)).max(0.0)
}

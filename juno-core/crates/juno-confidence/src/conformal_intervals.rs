use juno_domain::{Interval, Probability};
use serde::{Deserialize, Serialize};

use crate::conformal::ceil;
use crate::{AdaptiveLevel, ConfidenceError, Distribution, nested_set_interval, nested_set_score};

/// Calibration scores, kept sorted: gives the split-conformal quantile at any level and takes in new scores as outcomes
/// arrive.
///
/// [`quantile`](Self::quantile) serves any score; [`interval`](Self::interval), [`adapted`](Self::adapted) and
/// [`learn`](Self::learn) are for [nested-set scores](nested_set_score).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f64>", into = "Vec<f64>")]
pub struct ConformalIntervals {
    scores: Vec<f64>,
}

impl ConformalIntervals {
    /// From scores in any order.
    ///
    /// # Errors
    /// If a score is not finite.
    pub fn new(mut scores: Vec<f64>) -> Result<Self, ConfidenceError> {
        for score in &mut scores {
            *score = finite(*score)?;
        }
        scores.sort_unstable_by(f64::total_cmp);
        Ok(Self { scores })
    }

    /// The scores, rising.
    #[must_use]
    pub fn scores(&self) -> &[f64] {
        &self.scores
    }

    /// Takes in one more score, in time linear in their number.
    ///
    /// # Errors
    /// If it is not finite.
    pub fn absorb(&mut self, score: f64) -> Result<(), ConfidenceError> {
        let score = finite(score)?;
        self.scores.insert(self.scores.partition_point(|s| *s <= score), score);
        Ok(())
    }

    /// Scores an outcome against its forecast and takes the score in.
    ///
    /// # Errors
    /// If the outcome is not a number.
    pub fn learn(&mut self, forecast: &Distribution, outcome: f64) -> Result<(), ConfidenceError> {
        self.absorb(nested_set_score(forecast, outcome)?)
    }

    /// The ⌈(n + 1) · level⌉-th smallest score, which a new, exchangeable score does not exceed with probability `level` or
    /// more. `None` where that is beyond the last one: no finite score is honest then, as always at level 1.
    #[must_use]
    pub fn quantile(&self, level: Probability) -> Option<f64> {
        self.scores.get(self.rank(level).checked_sub(1)?).copied()
    }

    /// The range of `forecast` that holds the outcome with probability `level` or more, if the case is exchangeable with
    /// those scored and the outcome lies among the forecast's values (see [`nested_set_interval`]).
    ///
    /// # Errors
    /// Not enough data below ⌈level / (1 − level)⌉ scores (4 at 80 %, 9 at 90 %); invalid input if `level` is 1 or the
    /// scores are not nested-set scores.
    pub fn interval(&self, forecast: &Distribution, level: Probability) -> Result<Interval, ConfidenceError> {
        nested_set_interval(forecast, self.enough(level)?, level)
    }

    /// As [`interval`](Self::interval) at the target of `adaptive`, but as wide as its level asks for now. Where that level
    /// asks for more than the scores can say, the range is all of the forecast's values.
    ///
    /// # Errors
    /// As [`interval`](Self::interval) at the target.
    pub fn adapted(
        &self,
        forecast: &Distribution,
        adaptive: &AdaptiveLevel,
    ) -> Result<Interval, ConfidenceError> {
        self.enough(adaptive.target())?;
        let q = self.quantile(adaptive.level()).unwrap_or(f64::INFINITY);
        nested_set_interval(forecast, q, adaptive.target())
    }

    fn enough(&self, level: Probability) -> Result<f64, ConfidenceError> {
        if level == Probability::ONE {
            let rule = "it must be below 1";
            return Err(ConfidenceError::OutOfRange { what: "the level", value: 1.0, rule });
        }
        self.quantile(level).ok_or(ConfidenceError::NotEnoughData {
            what: "a conformal quantile",
            of: "scores",
            have: self.scores.len(),
            need: ceil(level.get() / (1.0 - level.get())),
        })
    }

    fn rank(&self, level: Probability) -> usize {
        ceil(level.get() * (self.scores.len() as f64 + 1.0)).max(1)
    }
}

impl TryFrom<Vec<f64>> for ConformalIntervals {
    type Error = ConfidenceError;
    fn try_from(scores: Vec<f64>) -> Result<Self, ConfidenceError> {
        Self::new(scores)
    }
}

impl From<ConformalIntervals> for Vec<f64> {
    fn from(intervals: ConformalIntervals) -> Self {
        intervals.scores
    }
}

/// Adding zero turns -0.0 into 0.0: sorting tells them apart, and comparing does not.
fn finite(score: f64) -> Result<f64, ConfidenceError> {
    if !score.is_finite() {
        let rule = "it must be finite";
        return Err(ConfidenceError::OutOfRange { what: "a calibration score", value: score, rule });
    }
    Ok(score + 0.0)
}

#[cfg(test)]
mod tests {
    use juno_domain::{ErrorKind, Seed};
    use proptest::prelude::*;
    use rand::Rng;

    use super::*;
    use crate::split_conformal_quantile;

    fn p(value: f64) -> Probability {
        Probability::new(value).unwrap()
    }

    /// Delivered share of a sprint: nothing in 20 %, everything in 30 %, anything between in the rest.
    fn outcome(rng: &mut impl Rng) -> f64 {
        match rng.r#gen::<f64>() {
            u if u < 0.2 => 0.0,
            u if u > 0.7 => 1.0,
            _ => rng.r#gen::<f64>(),
        }
    }

    #[test]
    fn coverage_holds_with_weight_at_0_and_1_and_a_forecast_that_is_wrong() {
        let mut rng = Seed(11).rng();
        // Too sure of everything being delivered, and blind to a fifth of the range.
        let points = (0..=100).map(|i| (f64::from(i) / 100.0, if i == 100 { 90.0 } else { 1.0 })).collect();
        let forecast = Distribution::new(points).unwrap();
        let (trials, mut held) = (3000, [0_u32; 2]);
        for _ in 0..trials {
            let mut calibration = ConformalIntervals::default();
            (0..30).for_each(|_| calibration.learn(&forecast, outcome(&mut rng)).unwrap());
            let y = outcome(&mut rng);
            for (held, level) in held.iter_mut().zip([0.8, 0.9]) {
                *held += u32::from(calibration.interval(&forecast, p(level)).unwrap().contains(y));
            }
        }
        let share = held.map(|n| f64::from(n) / f64::from(trials));
        // Three standard errors below the level are allowed: 0.022 and 0.016.
        assert!(share[0] >= 0.778 && share[1] >= 0.884, "{share:?}");
    }

    #[test]
    fn fault_weight_at_0_and_1_makes_every_range_hold_everything() {
        let mut rng = Seed(12).rng();
        let forecast = Distribution::new((0..4000).map(|_| (outcome(&mut rng), 1.0)).collect()).unwrap();
        // The quantiles of a plain 70 % range are both atoms: distances to them tie at 0 and the range holds all.
        assert_eq!((forecast.quantile(p(0.15)), forecast.quantile(p(0.85))), (0.0, 1.0));
        let mut calibration = ConformalIntervals::default();
        (0..1000).for_each(|_| calibration.learn(&forecast, outcome(&mut rng)).unwrap());
        let range = calibration.interval(&forecast, p(0.7)).unwrap();
        let n = 4000;
        let held = (0..n).filter(|_| range.contains(outcome(&mut rng))).count() as f64 / f64::from(n);
        assert!((0.66..0.78).contains(&held), "{held} in {range:?}");
    }

    #[test]
    fn too_few_scores_are_refused_and_the_adapted_range_never_invents_one() {
        let forecast = Distribution::new((0..100).map(|i| (f64::from(i), 1.0)).collect()).unwrap();
        let scores = ConformalIntervals::new(vec![0.1; 8]).unwrap();
        let error = scores.interval(&forecast, p(0.9)).unwrap_err();
        assert!(error.to_string().contains("at least 9 scores, and there are 8"), "{error}");
        assert_eq!(scores.interval(&forecast, Probability::ONE).unwrap_err().kind(), ErrorKind::InvalidInput);
        let mut adaptive = AdaptiveLevel::new(p(0.8), 0.1).unwrap();
        assert_eq!(scores.adapted(&forecast, &adaptive), scores.interval(&forecast, p(0.8)));
        (0..5).for_each(|_| adaptive.update(false));
        let widest = scores.adapted(&forecast, &adaptive).unwrap();
        assert_eq!((widest.lower(), widest.upper(), widest.level()), (0.0, 99.0, p(0.8)));
        let few = ConformalIntervals::new(vec![0.1; 3]).unwrap();
        assert_eq!(few.adapted(&forecast, &adaptive).unwrap_err().kind(), ErrorKind::NotEnoughData);
    }

    #[test]
    fn what_is_no_score_is_refused() {
        assert!(ConformalIntervals::new(vec![0.1, f64::NAN]).is_err());
        assert!(ConformalIntervals::default().absorb(f64::INFINITY).is_err());
        assert!(serde_json::from_str::<ConformalIntervals>("[0.1, null]").is_err());
        let given = ConformalIntervals::new(vec![0.3, 0.1]).unwrap();
        let json = serde_json::to_string(&given).unwrap();
        assert_eq!(json, "[0.1,0.3]");
        assert_eq!(serde_json::from_str::<ConformalIntervals>(&json).unwrap(), given);
    }

    proptest! {
        #[test]
        fn absorbing_is_the_same_as_starting_with_them(
            scores in prop::collection::vec(0.0..0.5_f64, 20..60), level in 0.0..0.95_f64
        ) {
            let whole = ConformalIntervals::new(scores.clone()).unwrap();
            let mut grown = ConformalIntervals::default();
            scores.iter().for_each(|score| grown.absorb(*score).unwrap());
            prop_assert_eq!(&whole, &grown);
            prop_assert_eq!(whole.quantile(p(level)), split_conformal_quantile(&scores, p(level)).ok());
        }

        #[test]
        fn a_higher_level_is_never_narrower(
            scores in prop::collection::vec(0.0..0.6_f64, 40..80), level in 0.1..0.8_f64,
            points in prop::collection::vec((0.0..9.0_f64, 0.1..2.0_f64), 1..40)
        ) {
            let (scores, forecast) = (ConformalIntervals::new(scores).unwrap(), Distribution::new(points).unwrap());
            let narrow = scores.interval(&forecast, p(level)).unwrap();
            let wide = scores.interval(&forecast, p(level + 0.1)).unwrap();
            prop_assert!(wide.lower() <= narrow.lower() && narrow.upper() <= wide.upper());
        }
    }
}

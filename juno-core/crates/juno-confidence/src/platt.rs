use juno_domain::Probability;
use serde::{Deserialize, Serialize};

use crate::logistic::{Case, logit, newton, sigmoid};
use crate::recorded::{counted, sorted_outcomes, stored, stored_outcomes};
use crate::{Calibrator, ConfidenceError};

/// Fewest recorded outcomes a fit takes.
const MIN_OUTCOMES: usize = 30;
/// Fewest outcomes of each class, right and wrong, a fit takes.
const MIN_OF_EACH: usize = 5;

/// Platt scaling: `p = 1 / (1 + exp(-(slope · logit(score) + intercept)))`, fitted to recorded outcomes.
///
/// Works on the logit of the score, so slope 1 with intercept 0 leaves a score as it is. Targets are smoothed as in
/// [Platt 1999](https://home.cs.colorado.edu/~mozer/Teaching/syllabi/6622/papers/Platt1999.pdf): `(N₊+1)/(N₊+2)` and
/// `1/(N₋+2)` stand for 1 and 0. The slope is never negative: where higher scores went with worse outcomes, the best fit
/// without a falling line is flat, and every score maps to the smoothed share of right ones.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawPlatt")]
pub struct PlattCalibrator {
    slope: f64,
    intercept: f64,
    outcomes: u32,
}

impl PlattCalibrator {
    /// Fits to recorded outcomes: each a score and whether it turned out right. Their order does not matter.
    ///
    /// # Errors
    /// Not enough data below 30 outcomes, or below 5 right or 5 wrong ones.
    pub fn fit(recorded: &[(Probability, bool)]) -> Result<Self, ConfidenceError> {
        let sorted = sorted_outcomes(recorded, MIN_OUTCOMES, MIN_OF_EACH)?;
        let right = sorted.iter().filter(|(_, right)| *right).count() as f64;
        let wrong = sorted.len() as f64 - right;
        let (target_right, target_wrong) = ((right + 1.0) / (right + 2.0), 1.0 / (wrong + 2.0));
        let cases: Vec<Case<2>> = sorted
            .iter()
            .map(|(score, right)| ([logit(*score), 1.0], if *right { target_right } else { target_wrong }))
            .collect();
        let rate = cases.iter().map(|(_, target)| target).sum::<f64>() / cases.len() as f64;
        let flat = (rate / (1.0 - rate)).ln();
        // Sorted, so equal ends mean that all scores are equal and say nothing about a slope.
        let varied = cases.first().map(|(x, _)| x) != cases.last().map(|(x, _)| x);
        let [slope, intercept] = if varied { newton(&cases, [0.0, flat]) } else { [0.0, flat] };
        let (slope, intercept) = if slope > 0.0 { (slope, intercept) } else { (0.0, flat) };
        Ok(Self { slope, intercept, outcomes: counted(recorded) })
    }

    /// How much the logit of the answer rises with the logit of the score: 0 or more. Below 1 the scores were overconfident.
    #[must_use]
    pub const fn slope(&self) -> f64 {
        self.slope
    }

    /// The logit of the answer for a score of one half.
    #[must_use]
    pub const fn intercept(&self) -> f64 {
        self.intercept
    }
}

impl Calibrator for PlattCalibrator {
    fn method(&self) -> &str {
        "platt"
    }

    fn outcomes(&self) -> u32 {
        self.outcomes
    }

    fn apply(&self, score: Probability) -> Probability {
        let p = sigmoid(self.slope * logit(score.get()) + self.intercept);
        Probability::saturating(p).unwrap_or(score)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPlatt {
    slope: f64,
    intercept: f64,
    outcomes: u32,
}

impl TryFrom<RawPlatt> for PlattCalibrator {
    type Error = ConfidenceError;
    fn try_from(RawPlatt { slope, intercept, outcomes }: RawPlatt) -> Result<Self, ConfidenceError> {
        Ok(Self {
            slope: stored("the slope of a calibration", slope, 0.0)?,
            intercept: stored("the intercept of a calibration", intercept, f64::MIN)?,
            outcomes: stored_outcomes(outcomes, MIN_OUTCOMES)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use juno_domain::{Calibration, Confidence};
    use proptest::prelude::*;

    use super::*;

    fn p(value: f64) -> Probability {
        Probability::new(value).unwrap()
    }

    /// `n` outcomes at `score`, `right` of them right.
    fn at(score: f64, n: usize, right: usize) -> Vec<(Probability, bool)> {
        (0..n).map(|i| (p(score), i < right)).collect()
    }

    #[test]
    fn two_scores_have_a_closed_form() {
        // Two groups, two parameters: the fit meets both groups' mean targets exactly.
        let recorded = [at(0.9, 40, 28), at(0.3, 40, 8)].concat();
        let fitted = PlattCalibrator::fit(&recorded).unwrap();
        let (t1, t0) = (37.0 / 38.0, 1.0 / 46.0);
        let want = |n: f64, right: f64| (right * t1 + (n - right) * t0) / n;
        assert!((fitted.apply(p(0.9)).get() - want(40.0, 28.0)).abs() < 1e-9);
        assert!((fitted.apply(p(0.3)).get() - want(40.0, 8.0)).abs() < 1e-9);
        assert!(fitted.slope() > 0.0 && fitted.slope() < 1.0, "the scores were overconfident");
    }

    #[test]
    fn the_type_says_it_is_calibrated_and_by_how_much() {
        let fitted = PlattCalibrator::fit(&[at(0.9, 40, 28), at(0.3, 40, 8)].concat()).unwrap();
        let got = fitted.calibrate(&Confidence::uncalibrated(p(0.9)));
        assert_eq!(got.calibration, Calibration::Calibrated { method: "platt".into(), outcomes: 80 });
        assert!(got.value < p(0.9));
        assert_eq!(fitted.calibrate(&got), got, "once is enough");
    }

    #[test]
    fn too_few_outcomes_are_not_enough_data() {
        let error = |recorded: &[_]| PlattCalibrator::fit(recorded).unwrap_err().to_string();
        assert!(error(&at(0.5, 29, 15)).contains("at least 30 recorded outcomes, and there are 29"));
        assert!(error(&at(0.5, 40, 36)).contains("at least 5 wrong outcomes, and there are 4"));
        assert!(error(&at(0.5, 40, 4)).contains("at least 5 right outcomes"));
        assert!(PlattCalibrator::fit(&[]).is_err());
    }

    #[test]
    fn scores_that_point_the_wrong_way_fall_back_to_the_base_rate() {
        let fitted = PlattCalibrator::fit(&[at(0.9, 20, 5), at(0.1, 20, 15)].concat()).unwrap();
        assert_eq!(fitted.slope(), 0.0);
        assert!((fitted.apply(p(0.99)).get() - 0.5).abs() < 1e-9);
        let constant = PlattCalibrator::fit(&at(0.7, 40, 10)).unwrap();
        assert_eq!(constant.slope(), 0.0);
        let smoothed = (10.0 * (11.0 / 12.0) + 30.0 / 32.0) / 40.0;
        assert!((constant.apply(p(0.7)).get() - smoothed).abs() < 1e-9);
    }

    #[test]
    fn a_perfect_separation_still_ends_in_a_finite_line() {
        let fitted = PlattCalibrator::fit(&[at(1.0, 20, 20), at(0.0, 20, 0)].concat()).unwrap();
        assert!((fitted.apply(p(1.0)).get() - 21.0 / 22.0).abs() < 1e-9);
    }

    #[test]
    fn saved_and_loaded_it_maps_the_same_and_damage_is_refused() {
        let fitted = PlattCalibrator::fit(&[at(0.9, 40, 28), at(0.3, 40, 8)].concat()).unwrap();
        let json = serde_json::to_string(&fitted).unwrap();
        assert_eq!(serde_json::from_str::<PlattCalibrator>(&json).unwrap(), fitted);
        for bad in [
            r#"{"slope": -1, "intercept": 0, "outcomes": 40}"#,
            r#"{"slope": 1, "intercept": 0, "outcomes": 3}"#,
            r#"{"slope": 1, "outcomes": 40}"#,
        ] {
            assert!(serde_json::from_str::<PlattCalibrator>(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_calibrated_score_is_a_probability_and_keeps_the_order(
            recorded in prop::collection::vec((0.0..=1.0_f64, any::<bool>()), 60), low in 0.0..=1.0_f64, high in 0.0..=1.0_f64
        ) {
            let recorded: Vec<_> = recorded.into_iter().map(|(s, right)| (p(s), right)).collect();
            let Ok(fitted) = PlattCalibrator::fit(&recorded) else { return Ok(()) };
            let (low, high) = (low.min(high), low.max(high));
            prop_assert!(fitted.apply(p(low)) <= fitted.apply(p(high)));
            // Where the slope is free, the fit meets the mean target: calibration in the large.
            if fitted.slope() > 0.0 {
                let right = recorded.iter().filter(|(_, right)| *right).count() as f64;
                let wrong = recorded.len() as f64 - right;
                let targets = right * (right + 1.0) / (right + 2.0) + wrong / (wrong + 2.0);
                let mapped: f64 = recorded.iter().map(|(s, _)| fitted.apply(*s).get()).sum();
                prop_assert!((mapped - targets).abs() < 1e-6, "{} {}", mapped, targets);
            }
        }
    }
}

use juno_domain::Probability;
use serde::{Deserialize, Serialize};

use crate::logistic::{Case, clipped, loss, newton, sigmoid};
use crate::recorded::{counted, sorted_outcomes, stored, stored_outcomes};
use crate::{Calibrator, ConfidenceError};

/// Fewest recorded outcomes a fit takes: it has three parameters where Platt's has two.
const MIN_OUTCOMES: usize = 50;
/// Fewest outcomes of each class, right and wrong, a fit takes.
const MIN_OF_EACH: usize = 10;

/// Beta calibration: `p = 1 / (1 + exp(-(a · ln(score) − b · ln(1 − score) + c)))` with a, b ≥ 0, fitted to recorded outcomes
/// ([Kull, Silva Filho, Flach 2017](https://proceedings.mlr.press/v54/kull17a.html)).
///
/// Unlike Platt scaling it can bend the two ends of the scale differently; a = b = 1 with c = 0 leaves a score as it is. The
/// parameters are those of least log loss among all with a, b ≥ 0, without penalty and without smoothed targets. Scores are
/// taken no nearer to 0 or 1 than 0.001.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawBeta")]
pub struct BetaCalibrator {
    a: f64,
    b: f64,
    c: f64,
    outcomes: u32,
}

impl BetaCalibrator {
    /// Fits to recorded outcomes: each a score and whether it turned out right. Their order does not matter.
    ///
    /// # Errors
    /// Not enough data below 50 outcomes, below 10 right or 10 wrong ones, or where no right outcome scored below a wrong
    /// one: the best parameters are then infinite.
    pub fn fit(recorded: &[(Probability, bool)]) -> Result<Self, ConfidenceError> {
        let sorted = sorted_outcomes(recorded, MIN_OUTCOMES, MIN_OF_EACH)?;
        let cases: Vec<Case<3>> = sorted
            .iter()
            .map(|(score, right)| {
                let p = clipped(*score);
                ([p.ln(), -(-p).ln_1p(), 1.0], f64::from(u8::from(*right)))
            })
            .collect();
        let rate = cases.iter().map(|(_, target)| target).sum::<f64>() / cases.len() as f64;
        let flat = (rate / (1.0 - rate)).ln();
        let [a, b, c] = if cases.first().map(|(x, _)| x) == cases.last().map(|(x, _)| x) {
            [0.0, 0.0, flat]
        } else if separated(&sorted) {
            return Err(ConfidenceError::Separated { method: "beta" });
        } else {
            rising(&cases, flat)
        };
        Ok(Self { a, b, c, outcomes: counted(recorded) })
    }

    /// How much the logit of the answer rises with the logarithm of the score: 0 or more; rules near 0.
    #[must_use]
    pub const fn a(&self) -> f64 {
        self.a
    }

    /// How much it falls with the logarithm of one minus the score: 0 or more; rules near 1.
    #[must_use]
    pub const fn b(&self) -> f64 {
        self.b
    }

    /// What is added.
    #[must_use]
    pub const fn c(&self) -> f64 {
        self.c
    }
}

/// Whether no right outcome scored below a wrong one.
fn separated(sorted: &[(f64, bool)]) -> bool {
    let lowest_right = sorted.iter().find(|(_, right)| *right);
    let highest_wrong = sorted.iter().rfind(|(_, right)| !*right);
    match (lowest_right, highest_wrong) {
        (Some((right, _)), Some((wrong, _))) => clipped(*right) >= clipped(*wrong),
        _ => true,
    }
}

/// The best of all a, b ≥ 0. The loss is convex: if the free optimum has a negative part, the best lies on the edge where one
/// of them is 0, so looking at each edge finds it.
fn rising(cases: &[Case<3>], flat: f64) -> [f64; 3] {
    let free = newton(cases, [1.0, 1.0, 0.0]);
    if let [a, b, _] = free
        && a >= 0.0
        && b >= 0.0
    {
        return free;
    }
    let edge = |pick: fn(&[f64; 3]) -> f64| {
        let cases: Vec<Case<2>> = cases.iter().map(|(x, target)| ([pick(x), 1.0], *target)).collect();
        newton(&cases, [0.0, flat])
    };
    let [a, with_a] = edge(|[a, ..]| *a);
    let [b, with_b] = edge(|[_, b, _]| *b);
    let candidates = [(a, [a, 0.0, with_a]), (b, [0.0, b, with_b])];
    let mut best = ([0.0, 0.0, flat], loss(cases, &[0.0, 0.0, flat]));
    for (_, theta) in candidates.into_iter().filter(|(slope, _)| *slope >= 0.0) {
        let reached = loss(cases, &theta);
        if reached < best.1 {
            best = (theta, reached);
        }
    }
    best.0
}

impl Calibrator for BetaCalibrator {
    fn method(&self) -> &str {
        "beta"
    }

    fn outcomes(&self) -> u32 {
        self.outcomes
    }

    fn apply(&self, score: Probability) -> Probability {
        let p = clipped(score.get());
        Probability::saturating(sigmoid(self.a * p.ln() - self.b * (-p).ln_1p() + self.c)).unwrap_or(score)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBeta {
    a: f64,
    b: f64,
    c: f64,
    outcomes: u32,
}

impl TryFrom<RawBeta> for BetaCalibrator {
    type Error = ConfidenceError;
    fn try_from(RawBeta { a, b, c, outcomes }: RawBeta) -> Result<Self, ConfidenceError> {
        Ok(Self {
            a: stored("a slope of a calibration", a, 0.0)?,
            b: stored("a slope of a calibration", b, 0.0)?,
            c: stored("the intercept of a calibration", c, f64::MIN)?,
            outcomes: stored_outcomes(outcomes, MIN_OUTCOMES)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn p(value: f64) -> Probability {
        Probability::new(value).unwrap()
    }

    fn at(score: f64, n: usize, right: usize) -> Vec<(Probability, bool)> {
        (0..n).map(|i| (p(score), i < right)).collect()
    }

    #[test]
    fn three_scores_have_a_closed_form() {
        let recorded = [at(0.1, 40, 8), at(0.5, 40, 16), at(0.9, 40, 34)].concat();
        let fitted = BetaCalibrator::fit(&recorded).unwrap();
        for (score, rate) in [(0.1, 0.2), (0.5, 0.4), (0.9, 0.85)] {
            assert!((fitted.apply(p(score)).get() - rate).abs() < 1e-9, "{score}");
        }
        assert!(fitted.a() > 0.0 && fitted.b() > 0.0);
    }

    #[test]
    fn a_slope_that_would_fall_is_held_at_0() {
        // Below one half the scores point the wrong way; freely fitted, a would be negative.
        let bent = [at(0.05, 40, 14), at(0.5, 40, 8), at(0.95, 40, 34)].concat();
        let fitted = BetaCalibrator::fit(&bent).unwrap();
        assert_eq!(fitted.a(), 0.0);
        assert!(fitted.b() > 0.0);
        let upside_down = BetaCalibrator::fit(&[at(0.2, 40, 30), at(0.8, 40, 10)].concat()).unwrap();
        assert_eq!((upside_down.a(), upside_down.b()), (0.0, 0.0));
        assert!((upside_down.apply(p(0.3)).get() - 0.5).abs() < 1e-12);
        let constant = BetaCalibrator::fit(&at(0.7, 60, 45)).unwrap();
        assert!((constant.apply(p(0.2)).get() - 0.75).abs() < 1e-12);
    }

    #[test]
    fn what_has_no_finite_fit_is_not_enough_data() {
        let parted = [at(0.2, 30, 0), at(0.5, 10, 5), at(0.8, 30, 30)].concat();
        assert_eq!(BetaCalibrator::fit(&parted), Err(ConfidenceError::Separated { method: "beta" }));
        assert!(BetaCalibrator::fit(&at(0.5, 49, 25)).is_err());
        assert!(BetaCalibrator::fit(&at(0.5, 60, 9)).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn no_other_rising_map_of_the_kind_fits_better(
            recorded in prop::collection::vec((0.0..=1.0_f64, any::<bool>()), 60..90),
            a in 0.0..3.0_f64, b in 0.0..3.0_f64, c in -2.0..2.0_f64
        ) {
            let given: Vec<_> = recorded.iter().map(|(s, right)| (p(*s), *right)).collect();
            let Ok(fitted) = BetaCalibrator::fit(&given) else { return Ok(()) };
            let loss_of = |calibrator: &BetaCalibrator| {
                let mapped: Vec<_> = given.iter().map(|(s, right)| (calibrator.apply(*s), *right)).collect();
                crate::log_loss(&mapped).unwrap()
            };
            let other = BetaCalibrator { a, b, c, outcomes: 60 };
            prop_assert!(loss_of(&fitted) <= loss_of(&other) + 1e-9);
        }
    }
}

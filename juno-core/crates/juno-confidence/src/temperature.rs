use juno_domain::Probability;
use serde::{Deserialize, Serialize};

use crate::logistic::{Case, logit, newton, sigmoid};
use crate::recorded::{counted, sorted_outcomes, stored, stored_outcomes};
use crate::{Calibrator, ConfidenceError};

/// Fewest recorded outcomes a fit takes.
const MIN_OUTCOMES: usize = 30;
/// Fewest outcomes of each class, right and wrong, a fit takes.
const MIN_OF_EACH: usize = 5;

/// Temperature scaling: `p = 1 / (1 + exp(-slope · logit(score)))` with the slope (one over the temperature) of least log
/// loss on recorded outcomes ([Guo et al. 2017](https://proceedings.mlr.press/v70/guo17a.html)).
///
/// One parameter, so it cannot follow noise and cannot move a score across one half; a score of one half stays. The slope is
/// never negative: where higher scores went with worse outcomes it is 0, and every score maps to one half. Scores are taken
/// no nearer to 0 or 1 than 0.001.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawTemperature")]
pub struct TemperatureCalibrator {
    slope: f64,
    outcomes: u32,
}

impl TemperatureCalibrator {
    /// Fits to recorded outcomes: each a score and whether it turned out right. Their order does not matter.
    ///
    /// # Errors
    /// Not enough data below 30 outcomes, below 5 right or 5 wrong ones, or where every score above one half was right and
    /// every one below was wrong: the best slope is then infinite.
    pub fn fit(recorded: &[(Probability, bool)]) -> Result<Self, ConfidenceError> {
        let sorted = sorted_outcomes(recorded, MIN_OUTCOMES, MIN_OF_EACH)?;
        let cases: Vec<Case<1>> =
            sorted.iter().map(|(score, right)| ([logit(*score)], f64::from(u8::from(*right)))).collect();
        let pull: Vec<f64> = cases.iter().map(|([x], target)| x * (target - 0.5)).collect();
        if pull.iter().all(|pull| *pull >= 0.0) && pull.iter().any(|pull| *pull > 0.0) {
            return Err(ConfidenceError::Separated { method: "temperature" });
        }
        // From 1: where all scores are one half, nothing moves it.
        let [slope] = newton(&cases, [1.0]);
        Ok(Self { slope: slope.max(0.0), outcomes: counted(recorded) })
    }

    /// How much the logit of the answer rises with the logit of the score: 0 or more. Below 1 the scores were overconfident.
    #[must_use]
    pub const fn slope(&self) -> f64 {
        self.slope
    }
}

impl Calibrator for TemperatureCalibrator {
    fn method(&self) -> &str {
        "temperature"
    }

    fn outcomes(&self) -> u32 {
        self.outcomes
    }

    fn apply(&self, score: Probability) -> Probability {
        Probability::saturating(sigmoid(self.slope * logit(score.get()))).unwrap_or(score)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTemperature {
    slope: f64,
    outcomes: u32,
}

impl TryFrom<RawTemperature> for TemperatureCalibrator {
    type Error = ConfidenceError;
    fn try_from(RawTemperature { slope, outcomes }: RawTemperature) -> Result<Self, ConfidenceError> {
        Ok(Self {
            slope: stored("the slope of a calibration", slope, 0.0)?,
            outcomes: stored_outcomes(outcomes, MIN_OUTCOMES)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use juno_domain::ErrorKind;

    use super::*;

    fn p(value: f64) -> Probability {
        Probability::new(value).unwrap()
    }

    fn at(score: f64, n: usize, right: usize) -> Vec<(Probability, bool)> {
        (0..n).map(|i| (p(score), i < right)).collect()
    }

    #[test]
    fn one_score_has_a_closed_form() {
        let fitted = TemperatureCalibrator::fit(&at(0.9, 40, 30)).unwrap();
        assert!((fitted.slope() - 3.0_f64.ln() / 9.0_f64.ln()).abs() < 1e-9);
        assert!((fitted.apply(p(0.9)).get() - 0.75).abs() < 1e-9);
        assert!((fitted.apply(p(0.1)).get() - 0.25).abs() < 1e-9);
        assert_eq!(fitted.apply(p(0.5)), Probability::HALF);
    }

    #[test]
    fn the_ends_of_what_it_can_say() {
        let upside_down = TemperatureCalibrator::fit(&at(0.9, 40, 10)).unwrap();
        assert_eq!((upside_down.slope(), upside_down.apply(p(0.99))), (0.0, Probability::HALF));
        assert_eq!(TemperatureCalibrator::fit(&at(0.5, 40, 10)).unwrap().slope(), 1.0);
        let parted = [at(0.9, 20, 20), at(0.5, 5, 3), at(0.2, 20, 0)].concat();
        let error = TemperatureCalibrator::fit(&parted).unwrap_err();
        assert_eq!(error, ConfidenceError::Separated { method: "temperature" });
        assert_eq!(error.kind(), ErrorKind::NotEnoughData);
    }
}

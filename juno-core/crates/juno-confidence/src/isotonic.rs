use juno_domain::Probability;
use serde::{Deserialize, Serialize};

use crate::recorded::{counted, sorted_outcomes, stored_outcomes};
use crate::{Calibrator, ConfidenceError};

/// Fewest recorded outcomes a fit takes: with fewer the steps follow noise, and the order of the scores suffers
/// ([Niculescu-Mizil, Caruana 2005](https://doi.org/10.1145/1102351.1102430)).
const MIN_OUTCOMES: usize = 1000;
/// Fewest outcomes of each class, right and wrong, a fit takes.
const MIN_OF_EACH: usize = 5;

/// Isotonic calibration: the rising map of least squared error to recorded outcomes, found by pooling neighbours that are out
/// of order ([Zadrozny, Elkan 2002](https://doi.org/10.1145/775047.775151)).
///
/// Any rising shape, so it needs much data: below 1,000 outcomes it is refused. Between the scores seen it goes straight from
/// step to step, and beyond them it stays at the first and last. It may answer 0 or 1 where all low or high scores agreed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawIsotonic")]
pub struct IsotonicCalibrator {
    /// Scores, strictly rising, and what they map to, never falling.
    knots: Vec<(f64, f64)>,
    outcomes: u32,
}

impl IsotonicCalibrator {
    /// Fits to recorded outcomes: each a score and whether it turned out right. Their order does not matter.
    ///
    /// # Errors
    /// Not enough data below 1,000 outcomes, or below 5 right or 5 wrong ones.
    pub fn fit(recorded: &[(Probability, bool)]) -> Result<Self, ConfidenceError> {
        let sorted = sorted_outcomes(recorded, MIN_OUTCOMES, MIN_OF_EACH)?;
        let mut steps: Vec<Step> = Vec::new();
        for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
            let Some((score, _)) = tied.first() else { continue };
            let right = tied.iter().filter(|(_, right)| *right).count() as u64;
            let mut step = Step { first: *score, last: *score, right, all: tied.len() as u64 };
            while let Some(before) = steps.pop_if(|before| before.reaches(&step)) {
                step = before.with(&step);
            }
            steps.push(step);
        }
        let mut knots = Vec::with_capacity(2 * steps.len());
        for step in &steps {
            knots.push((step.first, step.rate()));
            if step.first < step.last {
                knots.push((step.last, step.rate()));
            }
        }
        Ok(Self { knots, outcomes: counted(recorded) })
    }

    /// The corners of the map: scores, strictly rising, and what they map to, never falling.
    #[must_use]
    pub fn knots(&self) -> &[(f64, f64)] {
        &self.knots
    }
}

/// Neighbouring scores that share one rate. Counts, so that comparing rates is exact.
struct Step {
    first: f64,
    last: f64,
    right: u64,
    all: u64,
}

impl Step {
    fn rate(&self) -> f64 {
        self.right as f64 / self.all as f64
    }

    fn reaches(&self, next: &Self) -> bool {
        u128::from(self.right) * u128::from(next.all) >= u128::from(next.right) * u128::from(self.all)
    }

    fn with(self, next: &Self) -> Self {
        Self { first: self.first, last: next.last, right: self.right + next.right, all: self.all + next.all }
    }
}

impl Calibrator for IsotonicCalibrator {
    fn method(&self) -> &str {
        "isotonic"
    }

    fn outcomes(&self) -> u32 {
        self.outcomes
    }

    fn apply(&self, score: Probability) -> Probability {
        let x = score.get();
        let after = self.knots.partition_point(|(knot, _)| *knot <= x);
        let before = after.checked_sub(1).and_then(|i| self.knots.get(i));
        let value = match (before, self.knots.get(after)) {
            // Clamped: rounding must not carry it past the next corner.
            (Some((x0, y0)), Some((x1, y1))) => (y0 + (y1 - y0) * ((x - x0) / (x1 - x0))).clamp(*y0, *y1),
            (Some((_, end)), None) | (None, Some((_, end))) => *end,
            // INVARIANT: there is at least one knot.
            (None, None) => x,
        };
        Probability::saturating(value).unwrap_or(score)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawIsotonic {
    knots: Vec<(f64, f64)>,
    outcomes: u32,
}

impl TryFrom<RawIsotonic> for IsotonicCalibrator {
    type Error = ConfidenceError;
    fn try_from(RawIsotonic { knots, outcomes }: RawIsotonic) -> Result<Self, ConfidenceError> {
        let refuse = |value, rule| {
            Err(ConfidenceError::OutOfRange { what: "a corner of an isotonic calibration", value, rule })
        };
        if knots.is_empty() {
            return refuse(f64::NAN, "there must be at least one");
        }
        let inside = |value: &f64| (0.0..=1.0).contains(value);
        if let Some((x, y)) = knots.iter().find(|(x, y)| !(inside(x) && inside(y))) {
            return refuse(if inside(x) { *y } else { *x }, "it must be 0 to 1");
        }
        let next = knots.iter().zip(knots.iter().skip(1)).find(|(a, b)| a.0 >= b.0 || a.1 > b.1);
        if let Some((_, (x, _))) = next {
            return refuse(*x, "scores must rise and their answers must not fall");
        }
        Ok(Self { knots, outcomes: stored_outcomes(outcomes, MIN_OUTCOMES)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(value: f64) -> Probability {
        Probability::new(value).unwrap()
    }

    fn at(score: f64, n: usize, right: usize) -> Vec<(Probability, bool)> {
        (0..n).map(|i| (p(score), i < right)).collect()
    }

    #[test]
    fn neighbours_out_of_order_share_their_rate() {
        let recorded = [at(0.2, 400, 40), at(0.4, 200, 100), at(0.6, 200, 60), at(0.8, 400, 360)].concat();
        let fitted = IsotonicCalibrator::fit(&recorded).unwrap();
        assert_eq!(fitted.knots(), [(0.2, 0.1), (0.4, 0.4), (0.6, 0.4), (0.8, 0.9)]);
        let apply = |score| fitted.apply(p(score)).get();
        assert_eq!([0.0, 0.2, 0.5, 0.6, 0.8, 1.0].map(apply), [0.1, 0.1, 0.4, 0.4, 0.9, 0.9]);
        assert!((apply(0.3) - 0.25).abs() < 1e-12 && (apply(0.7) - 0.65).abs() < 1e-12);
    }

    #[test]
    fn below_a_thousand_outcomes_it_is_refused() {
        let error = IsotonicCalibrator::fit(&at(0.5, 999, 500)).unwrap_err();
        assert!(error.to_string().contains("at least 1000 recorded outcomes, and there are 999"), "{error}");
        assert!(IsotonicCalibrator::fit(&at(0.5, 1000, 1000)).is_err());
        assert_eq!(IsotonicCalibrator::fit(&at(0.5, 1000, 250)).unwrap().knots(), [(0.5, 0.25)]);
    }

    #[test]
    fn damage_is_refused() {
        let read = |knots: &str, outcomes: u32| {
            serde_json::from_str::<IsotonicCalibrator>(&format!(
                r#"{{"knots": {knots}, "outcomes": {outcomes}}}"#
            ))
        };
        assert!(read("[[0.1, 0.2], [0.5, 0.2]]", 1000).is_ok());
        assert!(read("[[0.1, 0.2]]", 999).is_err());
        for bad in
            ["[]", "[[0.1, 1.2]]", "[[-0.1, 0.2]]", "[[0.1, 0.2], [0.1, 0.3]]", "[[0.1, 0.2], [0.2, 0.1]]"]
        {
            assert!(read(bad, 1000).is_err(), "{bad}");
        }
    }
}

use juno_domain::Probability;
use serde::{Deserialize, Serialize};

use crate::{
    BetaCalibrator, CalibrationMethod, Calibrator, ConfidenceError, IsotonicCalibrator, PlattCalibrator,
    TemperatureCalibrator,
};

/// A calibrator fitted by a method that settings name; stored with the method, as in `{"method": "platt", …}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum FittedCalibrator {
    /// See [`PlattCalibrator`].
    Platt(PlattCalibrator),
    /// See [`BetaCalibrator`].
    Beta(BetaCalibrator),
    /// See [`IsotonicCalibrator`].
    Isotonic(IsotonicCalibrator),
    /// See [`TemperatureCalibrator`].
    Temperature(TemperatureCalibrator),
}

impl FittedCalibrator {
    /// Fits to recorded outcomes: each a score and whether it turned out right. Their order does not matter.
    ///
    /// # Errors
    /// Not enough data where the method needs more outcomes, or outcomes that differ more.
    pub fn fit(method: CalibrationMethod, recorded: &[(Probability, bool)]) -> Result<Self, ConfidenceError> {
        Ok(match method {
            CalibrationMethod::Platt => Self::Platt(PlattCalibrator::fit(recorded)?),
            CalibrationMethod::Beta => Self::Beta(BetaCalibrator::fit(recorded)?),
            CalibrationMethod::Isotonic => Self::Isotonic(IsotonicCalibrator::fit(recorded)?),
            CalibrationMethod::Temperature => Self::Temperature(TemperatureCalibrator::fit(recorded)?),
        })
    }

    fn inner(&self) -> &dyn Calibrator {
        match self {
            Self::Platt(fitted) => fitted,
            Self::Beta(fitted) => fitted,
            Self::Isotonic(fitted) => fitted,
            Self::Temperature(fitted) => fitted,
        }
    }
}

impl Calibrator for FittedCalibrator {
    fn method(&self) -> &str {
        self.inner().method()
    }

    fn outcomes(&self) -> u32 {
        self.inner().outcomes()
    }

    fn apply(&self, score: Probability) -> Probability {
        self.inner().apply(score)
    }
}

#[cfg(test)]
mod tests {
    use juno_domain::{Calibration, Confidence, ErrorKind, Seed};
    use proptest::prelude::*;
    use rand::Rng;
    use rand::seq::SliceRandom;

    use super::*;
    use crate::log_loss;

    fn p(value: f64) -> Probability {
        Probability::new(value).unwrap()
    }

    /// Scores that are too sure: the truth lies halfway to one half on the logit.
    fn too_sure(n: usize, seed: u64) -> Vec<(Probability, bool)> {
        let mut rng = Seed(seed).rng();
        (0..n)
            .map(|_| {
                let score = (rng.r#gen::<f64>() * 200.0).round() / 200.0;
                let odds = (score / (1.0 - score)).sqrt();
                (p(score), rng.r#gen::<f64>() * (1.0 + odds) < odds || score == 1.0)
            })
            .collect()
    }

    #[test]
    fn shuffled_outcomes_give_the_same_bytes_for_every_method() {
        let recorded = too_sure(1500, 3);
        let mut shuffled = recorded.clone();
        shuffled.shuffle(&mut Seed(4).rng());
        for method in CalibrationMethod::ALL {
            let json = |of| serde_json::to_string(&FittedCalibrator::fit(method, of).unwrap()).unwrap();
            assert_eq!(json(&recorded), json(&shuffled), "{method:?}");
        }
    }

    #[test]
    fn every_method_repairs_scores_that_are_too_sure_and_says_so_in_the_type() {
        let (recorded, fresh) = (too_sure(3000, 5), too_sure(3000, 6));
        for method in CalibrationMethod::ALL {
            let fitted = FittedCalibrator::fit(method, &recorded).unwrap();
            let mapped: Vec<_> = fresh.iter().map(|(s, right)| (fitted.apply(*s), *right)).collect();
            assert!(log_loss(&mapped).unwrap() < log_loss(&fresh).unwrap() - 0.02, "{method:?}");
            let said = fitted.calibrate(&Confidence::uncalibrated(p(0.9)));
            let want = Calibration::Calibrated { method: method.name().into(), outcomes: 3000 };
            assert_eq!(said.calibration, want);
            assert!(said.value < p(0.9));
        }
    }

    #[test]
    fn stored_under_the_name_of_its_method() {
        let recorded = too_sure(1500, 3);
        for method in CalibrationMethod::ALL {
            let fitted = FittedCalibrator::fit(method, &recorded).unwrap();
            let json = serde_json::to_string(&fitted).unwrap();
            assert!(json.starts_with(&format!(r#"{{"method":"{}","#, method.name())), "{json}");
            assert_eq!(serde_json::from_str::<FittedCalibrator>(&json).unwrap(), fitted);
            assert_eq!(serde_json::to_string(&method).unwrap(), format!("\"{}\"", method.name()));
        }
        for bad in [
            r#"{"method": "guess", "slope": 1.0, "outcomes": 40}"#,
            r#"{"method": "temperature", "slope": -1.0, "outcomes": 40}"#,
            r#"{"method": "temperature", "slope": 1.0, "outcomes": 40, "more": 1}"#,
            r#"{"method": "beta", "a": 1.0, "b": 1.0, "c": 0.0, "outcomes": 49}"#,
            r#"{"slope": 1.0, "outcomes": 40}"#,
        ] {
            assert!(serde_json::from_str::<FittedCalibrator>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn nothing_recorded_and_one_class_only_are_not_enough_data() {
        let one_class: Vec<_> = (0..2000).map(|i| (p(f64::from(i) / 2000.0), true)).collect();
        for method in CalibrationMethod::ALL {
            for recorded in [&[][..], &one_class] {
                let error = FittedCalibrator::fit(method, recorded).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::NotEnoughData, "{method:?}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn every_map_is_a_probability_that_never_falls(
            recorded in prop::collection::vec((0..=40_u8, any::<bool>()), 60..120), times in 1..3_usize,
            scores in prop::collection::vec(0.0..=1.0_f64, 20)
        ) {
            // Repeated, so that isotonic has its thousand in some of the cases.
            let once: Vec<_> = recorded.iter().map(|(s, right)| (p(f64::from(*s) / 40.0), *right)).collect();
            let recorded = once.repeat(if times == 1 { 1 } else { 20 });
            let mut scores: Vec<_> = scores.into_iter().map(p).chain([Probability::ZERO, Probability::ONE]).collect();
            scores.sort_by(|a, b| a.get().total_cmp(&b.get()));
            for method in CalibrationMethod::ALL {
                let Ok(fitted) = FittedCalibrator::fit(method, &recorded) else { continue };
                let mapped: Vec<_> = scores.iter().map(|s| fitted.apply(*s)).collect();
                prop_assert!(mapped.is_sorted(), "{:?} {:?}", method, mapped);
            }
        }
    }
}

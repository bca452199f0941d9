//! Every score and calibrator against scikit-learn; `reference/generate.py` made the vectors.
//!
//! Closed forms agree within 1e-10. Fits agree within 5e-6 of a probability: scikit-learn stops its own fits at a tolerance
//! (L-BFGS for Platt), ours run on until rounding. Isotonic regression has no tolerance and agrees within 1e-10.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use juno_confidence::{
    CalibrationMethod, Calibrator, Distribution, FittedCalibrator, accuracy, auc, brier, crps, crps_normal,
    expected_calibration_error, f1, interval_score, log_loss, reliability_curve, sharpness,
};
use juno_domain::{Interval, Probability};
use serde::Deserialize;

const CLOSED: f64 = 1e-10;
const FITTED: f64 = 5e-6;

#[derive(Deserialize)]
struct Vectors {
    grid: Vec<Probability>,
    calibration: BTreeMap<String, Calibrated>,
    crps: Vec<Crps>,
    crps_normal: Vec<CrpsNormal>,
    interval_score: Vec<Winkler>,
}

#[derive(Deserialize)]
struct Calibrated {
    score: Vec<Probability>,
    outcome: Vec<u8>,
    scores: Scores,
    mapped: BTreeMap<CalibrationMethod, Vec<f64>>,
}

#[derive(Deserialize)]
struct Scores {
    brier: f64,
    log_loss: f64,
    auc: f64,
    accuracy: f64,
    f1: f64,
    sharpness: f64,
    ece: f64,
    curve_rate: Vec<f64>,
    curve_mean: Vec<f64>,
}

#[derive(Deserialize)]
struct Crps {
    value: Vec<f64>,
    weight: Vec<f64>,
    outcome: f64,
    crps: f64,
}

#[derive(Deserialize)]
struct CrpsNormal {
    mean: f64,
    sd: f64,
    outcome: f64,
    crps: f64,
}

#[derive(Deserialize)]
struct Winkler {
    lower: f64,
    upper: f64,
    level: Probability,
    outcome: f64,
    score: f64,
}

impl Calibrated {
    fn cases(&self) -> Vec<(Probability, bool)> {
        self.score.iter().copied().zip(self.outcome.iter().map(|y| *y == 1)).collect()
    }
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("reference/vectors.json")).unwrap()
}

fn close(got: f64, want: f64, tolerance: f64, what: &str) {
    assert!((got - want).abs() <= tolerance, "{what}: {got} instead of {want}");
}

#[test]
fn scores_of_probabilities() {
    for (name, set) in vectors().calibration {
        let (cases, want) = (set.cases(), &set.scores);
        let is =
            |got: Option<f64>, want, what: &str| close(got.unwrap(), want, CLOSED, &format!("{name} {what}"));
        is(brier(&cases), want.brier, "brier");
        is(log_loss(&cases), want.log_loss, "log loss");
        is(auc(&cases), want.auc, "auc");
        is(accuracy(&cases, Probability::HALF), want.accuracy, "accuracy");
        is(f1(&cases, Probability::HALF), want.f1, "f1");
        is(sharpness(&set.score), want.sharpness, "sharpness");
    }
}

#[test]
fn reliability_curves() {
    for (name, set) in vectors().calibration {
        let curve = reliability_curve(&set.cases(), 10).unwrap();
        assert_eq!(curve.len(), set.scores.curve_rate.len(), "{name}");
        for (bin, (rate, mean)) in curve.iter().zip(set.scores.curve_rate.iter().zip(&set.scores.curve_mean))
        {
            close(bin.rate.get(), *rate, CLOSED, &name);
            close(bin.mean_forecast.get(), *mean, CLOSED, &name);
        }
        close(expected_calibration_error(&set.cases(), 10).unwrap().unwrap(), set.scores.ece, CLOSED, &name);
    }
}

#[test]
fn calibrators() {
    let Vectors { grid, calibration, .. } = vectors();
    let mut compared = 0;
    for (name, set) in calibration {
        for (method, want) in &set.mapped {
            let fitted = FittedCalibrator::fit(*method, &set.cases()).unwrap();
            let tolerance = if *method == CalibrationMethod::Isotonic { CLOSED } else { FITTED };
            for (score, want) in grid.iter().zip(want) {
                close(fitted.apply(*score).get(), *want, tolerance, &format!("{name} {method:?}"));
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 10 * 25);
}

#[test]
fn scores_of_distributions_and_ranges() {
    let Vectors { crps: whole, crps_normal: normal, interval_score: ranges, .. } = vectors();
    assert!(whole.len() == 8 && normal.len() == 8 && ranges.len() == 8);
    for case in whole {
        let points = case.value.iter().copied().zip(case.weight).collect();
        let got = crps(&Distribution::new(points).unwrap(), case.outcome).unwrap();
        close(got, case.crps, CLOSED, "crps");
    }
    for CrpsNormal { mean, sd, outcome, crps } in normal {
        close(crps_normal(mean, sd, outcome).unwrap(), crps, CLOSED, "crps of a normal forecast");
    }
    for Winkler { lower, upper, level, outcome, score } in ranges {
        let range = Interval::new(lower, upper, level).unwrap();
        close(interval_score(&range, outcome).unwrap(), score, CLOSED, "interval score");
    }
}

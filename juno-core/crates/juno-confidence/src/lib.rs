#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod assessment;
mod calibrator;
mod conformal;
mod error;
mod factor;
mod inputs;
mod normal;
mod platt;
mod reliability;
mod scorer;
mod scoring;
mod weighted;
mod weights;
mod wilson;

pub use assessment::{ConfidenceAssessment, FactorScore};
pub use calibrator::Calibrator;
pub use conformal::{empirical_interval, split_conformal_quantile};
pub use error::ConfidenceError;
pub use factor::Factor;
pub use inputs::{Agreement, ConfidenceInputs, Outcomes};
pub use platt::PlattCalibrator;
pub use reliability::{ReliabilityBin, expected_calibration_error, reliability_curve};
pub use scorer::ConfidenceScorer;
pub use scoring::{brier, log_loss};
pub use weighted::{WeightedScorer, freshness};
pub use weights::Weights;
pub use wilson::wilson_interval;

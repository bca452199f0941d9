#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod adaptive_level;
mod assessment;
mod brier_parts;
mod calibrator;
mod conformal;
mod conformal_intervals;
mod crps;
mod discrimination;
mod distribution;
mod error;
mod factor;
mod inputs;
mod interval_score;
mod nested_set;
mod normal;
mod platt;
mod reliability;
mod scorer;
mod scoring;
mod weighted;
mod weights;
mod wilson;

pub use adaptive_level::AdaptiveLevel;
pub use assessment::{ConfidenceAssessment, FactorScore};
pub use brier_parts::{BrierParts, brier_parts};
pub use calibrator::Calibrator;
pub use conformal::{empirical_interval, split_conformal_quantile};
pub use conformal_intervals::ConformalIntervals;
pub use crps::{crps, crps_normal};
pub use discrimination::{accuracy, auc, f1};
pub use distribution::Distribution;
pub use error::ConfidenceError;
pub use factor::Factor;
pub use inputs::{Agreement, ConfidenceInputs, Outcomes};
pub use interval_score::{coverage, interval_score};
pub use nested_set::{nested_set_interval, nested_set_score};
pub use platt::PlattCalibrator;
pub use reliability::{ReliabilityBin, expected_calibration_error, reliability_curve};
pub use scorer::ConfidenceScorer;
pub use scoring::{brier, log_loss, sharpness};
pub use weighted::{WeightedScorer, freshness};
pub use weights::Weights;
pub use wilson::wilson_interval;

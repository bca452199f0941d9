//! The life of a fitted model beyond the fit: its file, its card.

mod bias;
mod card;
mod drift;
mod drift_test;
mod limits;
mod model_file;
mod page;
mod paired;
mod retrain;
mod saved;
mod schema;
mod whole_file;

pub use bias::{BiasReport, GroupBias, GroupCoverage, GroupedBy};
pub use card::{CardInput, CardStage, ModelCard};
pub use drift::{CalibrationDrift, DriftLevel, DriftReport, ForecastRange, InputDrift};
pub use retrain::{Compared, DataChange, Retraining, SettingChange, SideBySide, Verdict};
pub use schema::feature_schema;

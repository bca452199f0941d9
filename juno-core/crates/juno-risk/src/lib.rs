#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod assessor;
mod attribution;
pub mod backtest;
mod base_rate;
mod blend;
mod columns;
mod counterfactual;
mod error;
mod features;
mod finish;
mod forecast;
mod history;
mod index;
mod last_velocity;
mod lifecycle;
mod maturity;
mod model;
mod prediction;
mod prediction_reply;
mod ratios;
mod rows;
mod shrunk_history;
mod standing;
#[cfg(test)]
mod testing;
mod trainer;
mod training;

pub use assessor::RiskAssessor;
pub use attribution::{Attribution, InputContribution};
pub use base_rate::BaseRateModel;
pub use blend::{BlendParams, BlendRiskModel, BlendTrainer};
pub use columns::{BoundColumns, ForecastColumns, PredictionColumns};
pub use counterfactual::{Change, Counterfactual, Effect, Expected, counterfactuals, most_useful};
pub use error::RiskError;
pub use features::{Features, Input};
pub use finish::{FinishEstimate, FinishForecast};
pub use forecast::{Forecast, Outlook};
pub use history::{check_history, known_before, missed};
pub use index::{
    CategoryScore, CategoryThresholds, CategoryWeights, RiskCategory, RiskIndex, RiskIndexInputs,
    RiskIndexRules, RiskLevel,
};
pub use last_velocity::LastVelocityModel;
pub use lifecycle::{
    BiasReport, CalibrationDrift, CardInput, CardStage, Compared, DataChange, DriftLevel, DriftReport,
    ForecastRange, GroupBias, GroupCoverage, GroupedBy, InputDrift, ModelCard, Retraining, SettingChange,
    SideBySide, Verdict, feature_schema,
};
pub use maturity::Maturity;
pub use model::{PreparedModel, RiskModel};
pub use prediction::{Basis, Prediction};
pub use prediction_reply::{IntervalReply, PredictionReply};
pub use shrunk_history::ShrunkHistoryModel;
pub use trainer::RiskTrainer;
pub use training::{
    DataReport, DataSummary, Finding, FindingKind, GroupCount, Severity, StageData, TrainingSet,
};

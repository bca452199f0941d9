//! What models are fitted on.

mod check;
mod data_report;
mod finding;
mod summary;
mod training_set;

pub use data_report::{DataReport, GroupCount, StageData};
pub use finding::{Finding, FindingKind, Severity};
pub use summary::DataSummary;
pub use training_set::TrainingSet;

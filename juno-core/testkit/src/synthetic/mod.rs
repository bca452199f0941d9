//! Simulated Jira sites: realistic agile teams, their data in Jira's own REST shape, and the truth behind it.
//!
//! [`SyntheticProject::generate`] makes a site from [`SyntheticParams`]; [`sample_project`] is the one shipped in
//! `examples/data`; [`project_with_issues`] and [`write_issues`] make big ones for load tests; [`shuffled`] and
//! [`doubled`] disturb the order of delivery, which must not matter to a reader.

mod blemish;
mod board;
mod catalogue;
mod dice;
mod disorder;
mod fault_count;
mod issue_truth;
mod life;
mod load;
mod mess;
mod model;
mod numbers;
mod params;
mod past;
mod project;
mod render;
mod sample;
mod simulate;
mod sprint_report;
mod team_plan;
mod team_run;
mod timeline;
mod truth;
mod truth_build;
mod words;
mod worktime;

#[cfg(test)]
mod tests;

pub use disorder::{doubled, shuffled};
pub use issue_truth::{HistoryGap, IssueTruth, StatusValue};
pub use load::{Layout, LoadSize, project_with_issues, write_issues};
pub use mess::Mess;
pub use params::{CsvDates, Dialect, FieldIds, SyntheticParams};
pub use project::SyntheticProject;
pub use sample::{SAMPLE_SEED, sample_files, sample_project};
pub use sprint_report::{ReportLine, SprintReport};
pub use timeline::{Span, Timeline};
pub use truth::{BadRecord, QuietSpell, SprintTruth, TeamTruth, Truth};

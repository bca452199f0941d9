#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod activity;
mod blocked;
mod chain;
mod cycle_time;
mod delta;
mod error;
mod export;
mod history;
mod issue_history;
mod log;
mod options;
mod percentile;
mod scope_walk;
mod snapshot;
mod sprint_report;
mod sprint_state;
mod staleness;
mod stay;
mod survival;
mod team;
mod throughput;
mod timeline;
mod value;
mod velocity;
mod workflow;

#[cfg(test)]
mod tests;

pub use activity::{Activity, ActivityKind};
pub use cycle_time::{CycleTimeRule, Durations, Excluded, IssueDuration};
pub use error::AnalyticsError;
pub use export::{
    AssigneeInterval, HistoryLine, Interval, IssueFields, IssueLine, Number, PartLine, SprintLine,
    StatusInterval, issue_line,
};
pub use history::History;
pub use issue_history::{IssueHistory, IssueState};
pub use log::{IssueLog, LogEntry, Origin};
pub use options::HistoryOptions;
pub use percentile::{PercentileMethod, percentile};
pub use snapshot::STAGES;
pub use sprint_report::{ReportBasis, ReportPart, SprintReport};
pub use staleness::{SilentSpell, Staleness, StalenessGroup, StalenessModel};
pub use survival::SurvivalCurve;
pub use throughput::{Period, PeriodCount, Throughput};
pub use timeline::{FieldTimeline, Span};
pub use velocity::{Velocity, VelocityRow, VelocitySummary};
pub use workflow::{Workflow, WorkflowNote, WorkflowOptions};

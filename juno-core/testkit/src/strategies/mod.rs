//! Proptest strategies for the domain: values, issues with random pasts, sprints, and exports in disorder.

mod export;
mod history;
mod sprint;
mod value;

#[cfg(test)]
mod tests;

pub use export::{disordered, export};
pub use history::{FOLLOWED, IssueHistory, dataset, issue_history};
pub use sprint::{snapshot, team_history};
pub use value::{instant, points, probability};

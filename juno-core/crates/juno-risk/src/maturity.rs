use juno_domain::{FinishedSprint, SprintSnapshot};
use serde::{Deserialize, Serialize};

/// How long JUNO has known a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Maturity {
    /// Fewer than 14 days or 3 finished sprints of the team: forecasts rest on other teams, and nothing is proposed.
    Learning,
    /// Fewer than 28 days or 6 finished sprints.
    Provisional,
    /// From 28 days and 6 finished sprints.
    Mature,
}

impl Maturity {
    /// How long the snapshot's team is known from its history. Days count from the start (or else the end) of its first
    /// finished sprint to the snapshot; where the source has no dates, only the number of sprints decides.
    #[must_use]
    pub fn of(snapshot: &SprintSnapshot, history: &[FinishedSprint]) -> Self {
        let own = || history.iter().filter(|past| past.team == snapshot.team);
        let sprints = own().count();
        let first = own().filter_map(|past| past.started_at.or(past.closed_at)).min();
        let days = match (snapshot.at, first) {
            (Some(at), Some(first)) => (at - first).num_seconds() as f64 / 86_400.0,
            _ => f64::INFINITY,
        };
        match (sprints, days) {
            (0..3, _) => Self::Learning,
            (_, days) if days < 14.0 => Self::Learning,
            (3..6, _) => Self::Provisional,
            (_, days) if days < 28.0 => Self::Provisional,
            _ => Self::Mature,
        }
    }
}

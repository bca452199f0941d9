use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{BoardId, SprintId};

/// Where a sprint stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SprintState {
    /// Planned, not started.
    Future,
    /// Running.
    Active,
    /// Finished.
    Closed,
}

/// A sprint as its source shows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Sprint {
    /// Its id.
    pub id: SprintId,
    /// Its name.
    pub name: String,
    /// The board it was made on.
    pub board: Option<BoardId>,
    /// Where it stands now.
    pub state: SprintState,
    /// Its goal; empty if there is none.
    pub goal: String,
    /// Start: real where the source tells it apart from the plan, else planned.
    pub start: Option<DateTime<Utc>>,
    /// Planned end.
    pub end: Option<DateTime<Utc>>,
    /// When it was really closed.
    pub closed_at: Option<DateTime<Utc>>,
}

impl Sprint {
    /// The planned length in days; `None` without both dates, or where the end is not after the start.
    #[must_use]
    pub fn planned_days(&self) -> Option<f64> {
        let millis = (self.end? - self.start?).num_milliseconds();
        (millis > 0).then(|| millis as f64 / 86_400_000.0)
    }

    /// The elapsed share of planned start → end at `at`: 0 before the start, at most 1; `None` without usable dates.
    #[must_use]
    pub fn elapsed_share(&self, at: DateTime<Utc>) -> Option<f64> {
        let days = self.planned_days()?;
        let gone = (at - self.start?).num_milliseconds() as f64 / 86_400_000.0;
        Some((gone / days).clamp(0.0, 1.0))
    }

    /// Whether the sprint was running at `at`, judged by its dates.
    #[must_use]
    pub fn is_running(&self, at: DateTime<Utc>) -> bool {
        self.start.is_some_and(|s| s <= at)
            && self.state != SprintState::Future
            && match self.closed_at {
                Some(closed) => at < closed,
                None => self.state == SprintState::Active,
            }
    }
}

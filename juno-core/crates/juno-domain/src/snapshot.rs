use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Completeness, Measure, Probability, ProjectKey, Scope, SprintId, TeamId};

/// Where a sprint stood at the moment of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SprintPhase {
    /// Not started: `t` is 0.
    Planned,
    /// Running.
    Running,
    /// Closed.
    Finished,
}

/// A sprint at one instant, from issue events or from a row of a sprint table. It knows nothing later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SprintSnapshot {
    /// The project most of its issues belong to.
    pub project: ProjectKey,
    /// The sprint.
    pub sprint: SprintId,
    /// The team.
    pub team: TeamId,
    /// The sprint's name.
    pub name: String,
    /// The instant; `None` where the source has no dates.
    pub at: Option<DateTime<Utc>>,
    /// Elapsed share of planned start → end, 0 to 1.
    pub t: Probability,
    /// Where it stood.
    pub phase: SprintPhase,
    /// Planned length in days, where the source tells one. Where it tells 0, nothing is forecast from it.
    pub planned_days: Option<f64>,
    /// Scope at the start; for a planned sprint, scope so far.
    pub started_with: Scope,
    /// Added between start and `at`.
    pub added: Scope,
    /// Removed between start and `at`.
    pub removed: Scope,
    /// In the sprint and not started.
    pub todo: Scope,
    /// In the sprint and in progress.
    pub in_progress: Scope,
    /// In the sprint and done.
    pub done: Scope,
    /// In the sprint, not done, and flagged or waiting for an unfinished issue; `None` where the source cannot tell.
    pub blocked: Option<Scope>,
    /// Open defects in the sprint; `None` where the source cannot tell.
    pub open_defects: Option<u32>,
    /// Issues in the sprint without an estimate; `None` where the source cannot tell.
    pub unestimated: Option<u32>,
    /// People assigned to its issues.
    pub members: u32,
    /// What the answer could not see.
    pub completeness: Completeness,
}

impl SprintSnapshot {
    /// The commitment: started with + added − removed, never below zero.
    #[must_use]
    pub fn committed(&self) -> Scope {
        (self.started_with + self.added).saturating_sub(self.removed)
    }

    /// What to count in: points, or issues where nothing committed has points.
    #[must_use]
    pub fn measure(&self) -> Measure {
        if self.committed().points.get() > 0.0 { Measure::Points } else { Measure::Issues }
    }
}

/// A sprint that is over: what it looked like on the way and what it delivered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FinishedSprint {
    /// Its project.
    pub project: ProjectKey,
    /// Its id; ids rise with creation time and order sprints whose dates are unknown.
    pub sprint: SprintId,
    /// Its team.
    pub team: TeamId,
    /// When it started, where known.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was closed, where known.
    pub closed_at: Option<DateTime<Utc>>,
    /// Snapshots at rising `t`; usually at 0, 0.3, 0.5 and 0.8.
    pub stages: Vec<SprintSnapshot>,
    /// What was done at the actual close, work added on the way included.
    pub delivered: Scope,
    /// Whether the source tells delivered issues; if not, `delivered.issues` is 0 and means nothing.
    pub delivered_issues_known: bool,
}

impl FinishedSprint {
    /// What was delivered in one measure; `None` where the source does not tell it.
    #[must_use]
    pub fn delivered_in(&self, measure: Measure) -> Option<f64> {
        (measure == Measure::Points || self.delivered_issues_known)
            .then(|| self.delivered.in_measure(measure))
    }

    /// The stage nearest to `t`; the earlier one of two equally near.
    #[must_use]
    pub fn stage_near(&self, t: Probability) -> Option<&SprintSnapshot> {
        let mut nearest: Option<(&SprintSnapshot, f64)> = None;
        for stage in &self.stages {
            let far = (stage.t.get() - t.get()).abs();
            if nearest.is_none_or(|(_, least)| far < least) {
                nearest = Some((stage, far));
            }
            if far == 0.0 {
                break;
            }
        }
        nearest.map(|(stage, _)| stage)
    }
}

use juno_domain::{
    FinishedSprint, Interval, Measure, Probability, ProjectKey, SprintId, SprintSnapshot, TeamId,
};
use serde::{Deserialize, Serialize};

use crate::missed;

/// A sprint at one stage, as it was evaluated: what was known, and what came of it. In points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BacktestCase {
    /// Its project.
    pub project: ProjectKey,
    /// The sprint.
    pub sprint: SprintId,
    /// Its team.
    pub team: TeamId,
    /// The stage it was seen at: elapsed share of the planned time.
    pub t: Probability,
    /// Planned length in days, where known.
    pub planned_days: Option<f64>,
    /// What was committed by then; above 0.
    pub committed: f64,
    /// What was delivered in the end.
    pub delivered: f64,
    /// Whether that missed the commitment.
    pub missed: bool,
    /// The fold it was evaluated in, from 0.
    pub fold: u32,
}

impl BacktestCase {
    /// The case of a sprint at a stage; `None` where nothing is committed in points.
    pub(super) fn new(
        sprint: &FinishedSprint,
        stage: &SprintSnapshot,
        t: Probability,
        fold: u32,
    ) -> Option<Self> {
        let committed = stage.committed().in_measure(Measure::Points);
        let delivered = sprint.delivered.in_measure(Measure::Points);
        (committed > 0.0).then(|| Self {
            project: sprint.project.clone(),
            sprint: sprint.sprint,
            team: sprint.team.clone(),
            t,
            planned_days: stage.planned_days,
            committed,
            delivered,
            missed: missed(delivered, committed),
            fold,
        })
    }

    /// Delivered − committed: below 0 where it missed.
    #[must_use]
    pub fn velocity_diff(&self) -> f64 {
        self.delivered - self.committed
    }
}

/// What a model said about a [`BacktestCase`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CasePrediction {
    /// The chance of a miss.
    pub p_miss: Probability,
    /// What will be delivered.
    pub delivered: f64,
    /// Ranges for it, narrowest level first; those the model dared to give.
    pub intervals: Vec<Interval>,
    /// The model had nothing to go by, so this is the prior: even odds, and the commitment taken at its word.
    pub even_odds: bool,
}

impl CasePrediction {
    /// The range of this level.
    #[must_use]
    pub fn interval(&self, level: Probability) -> Option<&Interval> {
        self.intervals.iter().find(|interval| (interval.level().get() - level.get()).abs() < 1e-9)
    }
}

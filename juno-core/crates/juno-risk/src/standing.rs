use std::collections::HashMap;

use juno_domain::{FinishedSprint, Measure, SprintSnapshot, TeamId};

use crate::{RiskError, check_history, history::in_order, missed};

/// How many of a team's latest sprints make its velocity.
pub(crate) const VELOCITY_SPRINTS: usize = 5;
/// With fewer finished sprints a team has no velocity, and nothing else that could be called usual.
pub(crate) const MIN_TEAM_SPRINTS: usize = 3;
/// A stage further from the snapshot's `t` than this does not show how a sprint stood at the time.
const MAX_STAGE_GAP: f64 = 0.25;

/// How a sprint stood: what makes two sprints alike.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    /// Done ÷ committed, 0 to 1.
    pub(crate) done: f64,
    /// In progress ÷ committed, 0 to 1.
    pub(crate) in_progress: f64,
    /// ln of committed ÷ the team's velocity before the sprint, one added to each; 0, as usual, where there is no velocity.
    pub(crate) load: f64,
}

/// A finished sprint as a case to compare with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) same_team: bool,
    pub(crate) same_project: bool,
    pub(crate) missed: bool,
    /// Delivered ÷ committed at the stage nearest to the snapshot's `t`.
    pub(crate) ratio: f64,
    /// How it stood at that stage; `None` where that stage is too far off.
    pub(crate) standing: Option<Standing>,
}

/// A snapshot and the finished sprints it can be compared with, oldest first.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) measure: Measure,
    pub(crate) committed: f64,
    pub(crate) done: f64,
    pub(crate) standing: Standing,
    pub(crate) cases: Vec<Case>,
}

impl Comparison {
    /// Lays a snapshot beside its history. A finished sprint is a case if it had a commitment in the snapshot's measure at the
    /// nearest stage and its source tells what it delivered in that measure.
    pub(crate) fn new(snapshot: &SprintSnapshot, history: &[FinishedSprint]) -> Result<Self, RiskError> {
        check_history(snapshot, history)?;
        let sprint = snapshot.sprint;
        if snapshot.phase == juno_domain::SprintPhase::Finished {
            return Err(RiskError::Finished { sprint });
        }
        let measure = snapshot.measure();
        let committed = snapshot.committed().in_measure(measure);
        if committed <= 0.0 {
            return Err(RiskError::NothingCommitted { sprint });
        }
        let mut velocities: HashMap<&TeamId, Velocity> = HashMap::new();
        let mut cases = Vec::with_capacity(history.len());
        for past in in_order(history.iter()) {
            let Some(stage) = past.stage_near(snapshot.t) else { continue };
            let Some(delivered) = past.delivered_in(measure) else { continue };
            let then = stage.committed().in_measure(measure);
            if then <= 0.0 {
                continue;
            }
            let velocity = velocities.entry(&past.team).or_default();
            let near = (stage.t.get() - snapshot.t.get()).abs() <= MAX_STAGE_GAP;
            cases.push(Case {
                same_team: past.team == snapshot.team,
                same_project: past.project == snapshot.project,
                missed: missed(delivered, then),
                ratio: (delivered / then).min(f64::MAX),
                standing: near.then(|| standing(stage, measure, velocity.mean())),
            });
            velocity.add(delivered);
        }
        if cases.is_empty() {
            let unit = match measure {
                Measure::Points => "points",
                Measure::Issues => "issues",
            };
            return Err(RiskError::NotEnoughHistory(format!(
                "no finished sprint with a commitment and a delivery in {unit} is known before sprint `{sprint}`"
            )));
        }
        let velocity = velocities.get(&snapshot.team).and_then(Velocity::mean);
        Ok(Self {
            measure,
            committed,
            done: snapshot.done.in_measure(measure),
            standing: standing(snapshot, measure, velocity),
            cases,
        })
    }
}

fn standing(stage: &SprintSnapshot, measure: Measure, velocity: Option<f64>) -> Standing {
    let committed = stage.committed().in_measure(measure);
    let share = |part: f64| if committed > 0.0 { (part / committed).min(1.0) } else { 0.0 };
    Standing {
        done: share(stage.done.in_measure(measure)),
        in_progress: share(stage.in_progress.in_measure(measure)),
        load: velocity.map_or(0.0, |velocity| ((committed + 1.0) / (velocity + 1.0)).ln()),
    }
}

/// The mean of the latest few deliveries, once there are enough.
#[derive(Debug, Default)]
struct Velocity {
    latest: [f64; VELOCITY_SPRINTS],
    seen: usize,
}

impl Velocity {
    fn add(&mut self, delivered: f64) {
        if let Some(slot) = self.latest.get_mut(self.seen % VELOCITY_SPRINTS) {
            *slot = delivered;
        }
        self.seen += 1;
    }

    fn mean(&self) -> Option<f64> {
        let n = self.seen.min(VELOCITY_SPRINTS);
        // Divided before it is added up, so that huge deliveries stay finite.
        (n >= MIN_TEAM_SPRINTS)
            .then(|| self.latest.iter().take(n).map(|delivered| delivered / n as f64).sum())
    }
}

use juno_domain::{FinishedSprint, Measure, Scope, SprintPhase, SprintSnapshot};

use super::RiskIndexInputs;
use crate::{
    RiskError, check_history,
    history::in_order,
    standing::{MIN_TEAM_SPRINTS, VELOCITY_SPRINTS},
};

/// A usual open share below this is taken as this, so that a little open work near the end is no full load.
const MIN_OPEN_SHARE: f64 = 0.2;

impl RiskIndexInputs {
    /// What the snapshot and the team's last five finished sprints tell.
    ///
    /// - A finished sprint has nothing left that could go wrong: no input.
    /// - A planned sprint has no pace, no change of scope and no overload yet: its scope is a plan, not a commitment.
    /// - With fewer than three finished sprints of the team nothing is usual: no shortfall, pace, load or missing people.
    /// - Scope and blocked work are taken in points and in issues, and the larger share counts.
    ///
    /// # Errors
    /// If the history holds the sprint itself or what was not known at the snapshot.
    pub fn from_snapshot(snapshot: &SprintSnapshot, history: &[FinishedSprint]) -> Result<Self, RiskError> {
        check_history(snapshot, history)?;
        if snapshot.phase == SprintPhase::Finished {
            return Ok(Self::default());
        }
        let measure = snapshot.measure();
        let running = snapshot.phase == SprintPhase::Running;
        let usual = Usual::of(snapshot, history, measure);
        let committed = snapshot.committed();
        let open = committed.saturating_sub(snapshot.done);
        let ever = snapshot.started_with + snapshot.added;
        // Shares of what the sprint began with cannot be watered down by what came later.
        let begun = if snapshot.started_with == Scope::ZERO { ever } else { snapshot.started_with };
        let estimated = measure == Measure::Points;
        let of_issues = |count: Option<u32>| share(f64::from(count?), f64::from(begun.issues));
        Ok(Self {
            past_shortfall: usual.as_ref().map(|usual| usual.shortfall),
            behind_pace: usual.as_ref().filter(|_| running).and_then(|usual| {
                let done = share(snapshot.done.in_measure(measure), committed.in_measure(measure))?;
                Some((usual.done_share - done).max(0.0))
            }),
            added_share: if running { larger_share(snapshot.added, ever) } else { None },
            removed_share: if running { larger_share(snapshot.removed, begun) } else { None },
            load: usual.as_ref().filter(|_| running).and_then(|usual| {
                let load = committed.in_measure(measure) / usual.velocity;
                let open = share(open.in_measure(measure), committed.in_measure(measure))?;
                let ahead = (open / (1.0 - usual.done_share).max(MIN_OPEN_SHARE)).min(1.0);
                (usual.velocity > 0.0).then(|| (load * ahead).min(f64::MAX))
            }),
            missing_members: usual.as_ref().filter(|_| running).and_then(|usual| {
                let here = share(f64::from(snapshot.members), usual.members)?;
                Some(1.0 - here)
            }),
            defect_share: of_issues(snapshot.open_defects),
            unestimated_share: of_issues(snapshot.unestimated).filter(|_| estimated),
            blocked_share: snapshot.blocked.and_then(|blocked| larger_share(blocked, begun)),
        })
    }
}

/// What the team's last finished sprints looked like at the nearest stage.
struct Usual {
    /// Mean delivery.
    velocity: f64,
    /// Mean undone share of the commitment.
    shortfall: f64,
    /// Mean done share at the stage.
    done_share: f64,
    /// Mean number of people at the stage.
    members: f64,
}

impl Usual {
    fn of(snapshot: &SprintSnapshot, history: &[FinishedSprint], measure: Measure) -> Option<Self> {
        let own = in_order(history.iter().filter(|past| past.team == snapshot.team));
        let mut latest = Vec::new();
        for past in own.into_iter().rev() {
            let Some(stage) = past.stage_near(snapshot.t) else { continue };
            let Some(delivered) = past.delivered_in(measure) else { continue };
            let committed = stage.committed().in_measure(measure);
            let (Some(done), Some(kept)) =
                (share(stage.done.in_measure(measure), committed), share(delivered, committed))
            else {
                continue;
            };
            latest.push((delivered, 1.0 - kept, done, f64::from(stage.members)));
            if latest.len() == VELOCITY_SPRINTS {
                break;
            }
        }
        let n = latest.len();
        let mean = |part: fn(&(f64, f64, f64, f64)) -> f64| -> f64 {
            latest.iter().map(|case| part(case) / n as f64).sum()
        };
        (n >= MIN_TEAM_SPRINTS).then(|| Self {
            velocity: mean(|case| case.0),
            // Rounding may leave a mean of shares a hair above 1.
            shortfall: mean(|case| case.1).min(1.0),
            done_share: mean(|case| case.2).min(1.0),
            members: mean(|case| case.3),
        })
    }
}

/// The share of a part, at most 1; `None` of nothing.
fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| (part / whole).min(1.0))
}

/// The larger of the shares in points and in issues.
fn larger_share(part: Scope, whole: Scope) -> Option<f64> {
    let of = |measure| share(part.in_measure(measure), whole.in_measure(measure));
    [of(Measure::Points), of(Measure::Issues)].into_iter().flatten().max_by(f64::total_cmp)
}

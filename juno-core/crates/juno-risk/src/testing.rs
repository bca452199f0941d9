//! Sprints for this crate's tests.

use juno_domain::{
    Completeness, FinishedSprint, Probability, ProjectKey, Scope, SprintId, SprintPhase, SprintSnapshot,
    StoryPoints, TableRow, TeamId,
};

pub(crate) fn p(value: f64) -> Probability {
    Probability::new(value).unwrap()
}

/// So many points, in issues of three.
pub(crate) fn scope(points: f64) -> Scope {
    Scope { issues: (points / 3.0).ceil() as u32, points: StoryPoints::new(points).unwrap() }
}

/// A running sprint of team `team` in project PAY at `t`, with no dates.
pub(crate) fn running(sprint: u64, team: &str, t: f64, committed: f64, done: f64) -> SprintSnapshot {
    SprintSnapshot {
        project: ProjectKey::new("PAY").unwrap(),
        sprint: SprintId(sprint),
        team: TeamId::new(team).unwrap(),
        name: format!("Payments {sprint}"),
        at: None,
        t: p(t),
        phase: SprintPhase::Running,
        planned_days: Some(14.0),
        started_with: scope(committed),
        added: Scope::ZERO,
        removed: Scope::ZERO,
        todo: scope(committed).saturating_sub(scope(done)),
        in_progress: Scope::ZERO,
        done: scope(done),
        blocked: None,
        open_defects: None,
        unestimated: None,
        members: 5,
        completeness: Completeness::COMPLETE,
    }
}

/// A sprint seen at 0 and 0.5 (with `half` done) that delivered `delivered` of `committed` points.
pub(crate) fn finished(sprint: u64, team: &str, committed: f64, half: f64, delivered: f64) -> FinishedSprint {
    row(sprint, team, committed, half, Some(delivered)).finished().unwrap()
}

/// The same as a row of a table.
pub(crate) fn row(sprint: u64, team: &str, committed: f64, half: f64, delivered: Option<f64>) -> TableRow {
    TableRow {
        stages: vec![running(sprint, team, 0.0, committed, 0.0), running(sprint, team, 0.5, committed, half)],
        delivered: delivered.map(scope),
        delivered_issues_known: true,
    }
}

/// Ten sprints of team `7`, ids 1 to 10, 30 points each, half done at half time; 3, 6 and 9 delivered 21 points only.
pub(crate) fn ten() -> Vec<FinishedSprint> {
    (1..=10).map(|id| finished(id, "7", 30.0, 15.0, if id % 3 == 0 { 21.0 } else { 30.0 })).collect()
}

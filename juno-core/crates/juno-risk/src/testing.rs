//! Sprints for this crate's tests.

use juno_domain::{
    Completeness, FinishedSprint, Probability, ProjectKey, Scope, Seed, SprintId, SprintPhase,
    SprintSnapshot, StoryPoints, TableRow, TeamId,
};
use rand::Rng;

use crate::BlendParams;

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
        split: None,
    }
}

/// Ten sprints of team `7`, ids 1 to 10, 30 points each, half done at half time; 3, 6 and 9 delivered 21 points only.
pub(crate) fn ten() -> Vec<FinishedSprint> {
    (1..=10).map(|id| finished(id, "7", 30.0, 15.0, if id % 3 == 0 { 21.0 } else { 30.0 })).collect()
}

/// Finished sprints of projects `P0`, `P1`, … with ids from 1, drawn at random: each has a commitment around 30 points, is
/// further along at 0.3, 0.5 and 0.8 the more it will deliver, and misses about every other time. No dates.
pub(crate) fn drawn(projects: usize, sprints: u64, seed: u64) -> Vec<FinishedSprint> {
    let mut rng = Seed(seed).rng();
    let mut out = Vec::new();
    for project in 0..projects {
        let project = ProjectKey::new(format!("P{project}")).unwrap();
        for id in 1..=sprints {
            let team = format!("{project}-{}", rng.r#gen_range(0..2));
            let committed = (15.0 + 30.0 * rng.r#gen::<f64>()).round();
            let share: f64 = if rng.r#gen_bool(0.5) { 1.0 } else { 0.3 + 0.65 * rng.r#gen::<f64>() };
            let delivered = (committed * share).floor();
            let stages = [0.0, 0.3, 0.5, 0.8].map(|t| {
                let done = (delivered * t * (0.5 + 0.7 * rng.r#gen::<f64>())).min(delivered).round();
                let mut stage = running(id, &team, t, committed, done);
                stage.project = project.clone();
                stage.in_progress = scope(((committed - done) * 0.4 * rng.r#gen::<f64>()).round());
                stage.todo = stage.todo.saturating_sub(stage.in_progress);
                stage
            });
            let stages = stages.to_vec();
            let row = TableRow {
                stages,
                delivered: Some(scope(delivered)),
                delivered_issues_known: true,
                split: None,
            };
            out.push(row.finished().unwrap());
        }
    }
    out
}

/// A small blend, quick to fit.
pub(crate) fn small_blend() -> BlendParams {
    BlendParams { n_trees: 5, ..BlendParams::default() }
}

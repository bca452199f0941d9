//! The blend on a small made-up world whose misses follow what can be seen.

mod adapting;
mod edges;
mod faults;
mod fit;
mod laws;
mod prepared;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{
    FinishedSprint, Progress, ProjectKey, Scope, Seed, SprintId, SprintSnapshot, StoryPoints, TeamId,
};
use rand::Rng;

use crate::testing::{p, running};
use crate::{BlendParams, BlendRiskModel, TrainingSet};

const STAGES: [f64; 4] = [0.0, 0.3, 0.5, 0.8];

/// Small enough for debug builds.
fn small() -> BlendParams {
    BlendParams { n_trees: 12, ..BlendParams::default() }
}

fn fit(params: BlendParams, sprints: Vec<FinishedSprint>) -> BlendRiskModel {
    let training = TrainingSet::new(sprints).unwrap();
    params.check().unwrap().fit(&training, &Progress::silent()).unwrap()
}

/// The small model of [`world`], fitted once for all tests.
fn usual(seed: u64, n: u64) -> Arc<BlendRiskModel> {
    static FITTED: Mutex<BTreeMap<(u64, u64), Arc<BlendRiskModel>>> = Mutex::new(BTreeMap::new());
    let mut fitted = FITTED.lock().unwrap();
    fitted.entry((seed, n)).or_insert_with(|| Arc::new(fit(small(), world(seed, n)))).clone()
}

fn amount(issues: u32, points: f64) -> Scope {
    Scope { issues, points: StoryPoints::new(points).unwrap() }
}

fn project(key: &str) -> ProjectKey {
    ProjectKey::new(key).unwrap()
}

fn at(hours: i64) -> Option<DateTime<Utc>> {
    Some(DateTime::UNIX_EPOCH + TimeDelta::hours(hours))
}

/// A sprint of `project` that delivers `ratio` of 12 issues of `size` points, at an even pace but for `noise`.
fn sprint(key: &str, id: u64, team: &str, size: f64, ratio: f64, noise: f64) -> FinishedSprint {
    let whole = amount(12, 12.0 * size);
    let stages = STAGES.map(|t| {
        let share = (ratio * t + noise * t * (1.0 - t)).clamp(0.0, 1.0);
        let done_issues = (12.0 * share).floor();
        let done = amount(done_issues as u32, done_issues * size);
        let open = whole.saturating_sub(done);
        let started = (f64::from(open.issues) * t).floor();
        let in_progress = amount(started as u32, started * size);
        SprintSnapshot {
            project: project(key),
            team: TeamId::new(team).unwrap(),
            started_with: whole,
            todo: open.saturating_sub(in_progress),
            in_progress,
            done,
            blocked: Some(amount(u32::from(ratio < 0.8), 0.0)),
            ..running(id, team, t, 0.0, 0.0)
        }
    });
    let delivered = (12.0 * ratio).round();
    FinishedSprint {
        project: project(key),
        sprint: SprintId(id),
        team: TeamId::new(team).unwrap(),
        started_at: None,
        closed_at: None,
        stages: stages.to_vec(),
        delivered: amount(delivered as u32, delivered * size),
        delivered_issues_known: true,
    }
}

/// `n` sprints of each of two projects; team `a` of a project mostly meets its commitment, team `b` mostly does not.
fn world(seed: u64, n: u64) -> Vec<FinishedSprint> {
    let mut rng = Seed(seed).rng();
    let mut sprints = Vec::new();
    for key in ["PAY", "WEB"] {
        for id in 1..=n {
            let (team, chance) = if id % 2 == 0 { ("a", 0.25) } else { ("b", 0.65) };
            let ratio = if rng.gen_bool(chance) { rng.gen_range(0.2..0.95) } else { rng.gen_range(1.0..1.2) };
            let (size, noise) = (rng.gen_range(1.0..5.0_f64).round(), rng.gen_range(-0.4..0.4));
            sprints.push(sprint(key, id, team, size, ratio, noise));
        }
    }
    sprints
}

/// The same with dates: a sprint starts every third day and lasts ten, so that several run at once.
fn dated(mut sprints: Vec<FinishedSprint>) -> Vec<FinishedSprint> {
    for past in &mut sprints {
        let start = 72 * i64::try_from(past.sprint.0).unwrap();
        past.started_at = at(start);
        past.closed_at = at(start + 240);
        for stage in &mut past.stages {
            stage.at = at(start + (240.0 * stage.t.get()) as i64);
            stage.planned_days = Some(10.0);
        }
    }
    sprints
}

/// The sprints of PAY.
fn pay(sprints: &[FinishedSprint]) -> Vec<FinishedSprint> {
    sprints.iter().filter(|past| past.project == project("PAY")).cloned().collect()
}

/// A sprint of PAY after all of `world` at `t`, with `done` of its 12 issues done.
fn open(id: u64, team: &str, t: f64, done: u32) -> SprintSnapshot {
    let mut snapshot = sprint("PAY", id, team, 3.0, 1.0, 0.0).stages.remove(0);
    snapshot.t = p(t);
    snapshot.done = amount(done, 3.0 * f64::from(done));
    snapshot.todo = snapshot.started_with.saturating_sub(snapshot.done);
    snapshot
}

/// The same without estimates.
fn unestimated(mut snapshot: SprintSnapshot) -> SprintSnapshot {
    for part in
        [&mut snapshot.started_with, &mut snapshot.todo, &mut snapshot.in_progress, &mut snapshot.done]
    {
        part.points = StoryPoints::ZERO;
    }
    snapshot
}

fn unestimated_past(mut past: FinishedSprint) -> FinishedSprint {
    past.stages = past.stages.into_iter().map(unestimated).collect();
    past.delivered.points = StoryPoints::ZERO;
    past
}

//! Sprint-risk forecasts: one, and a table of them.
#![expect(clippy::unwrap_used, reason = "a bench stops at the first failure")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use juno_benches::{chance, name, quick, slow, team};
use juno_domain::{
    Completeness, FinishedSprint, ProjectKey, Scope, Seed, SprintId, SprintPhase, SprintSnapshot,
    StoryPoints, TableRow,
};
use juno_risk::{BaseRateModel, RiskAssessor};
use rand::Rng;

const TEAMS: usize = 10;

/// Sprints of ten teams of one project, each seen at its start, at 30, 50 and 80 %, with what came of it.
fn sprints(count: usize) -> Vec<FinishedSprint> {
    let mut dice = Seed(1).rng();
    let mut scope = |low: u32, high: u32| {
        let issues = dice.gen_range(low..=high);
        Scope { issues, points: StoryPoints::new(f64::from(issues) * 2.5).unwrap() }
    };
    (0..count)
        .map(|n| {
            let (started_with, added, removed) = (scope(8, 20), scope(0, 3), scope(0, 2));
            let (delivered, blocked) = (scope(5, 20), scope(0, 2));
            let stages = [0.0, 0.3, 0.5, 0.8].map(|t| {
                let part = |whole: Scope, share: f64| Scope {
                    issues: (f64::from(whole.issues) * share) as u32,
                    points: StoryPoints::new((whole.points.get() * share).floor()).unwrap(),
                };
                let (added, removed, done) = (part(added, t), part(removed, t), part(delivered, t));
                let open = (started_with + added).saturating_sub(removed).saturating_sub(done);
                let in_progress = part(open, t / 2.0);
                SprintSnapshot {
                    project: ProjectKey::new("PAY").unwrap(),
                    sprint: SprintId(n as u64),
                    team: team(n % TEAMS),
                    name: format!("Sprint {n}"),
                    at: None,
                    t: chance(t),
                    phase: SprintPhase::Running,
                    planned_days: Some(14.0),
                    started_with,
                    added,
                    removed,
                    todo: open.saturating_sub(in_progress),
                    in_progress,
                    done,
                    blocked: Some(part(blocked, t)),
                    open_defects: Some(1),
                    unestimated: Some(2),
                    members: 5,
                    completeness: Completeness::COMPLETE,
                }
            });
            FinishedSprint {
                project: stages[0].project.clone(),
                sprint: stages[0].sprint,
                team: stages[0].team.clone(),
                started_at: None,
                closed_at: None,
                stages: stages.into(),
                delivered,
                delivered_issues_known: true,
            }
        })
        .collect()
}

/// One forecast, by how many finished sprints are known.
fn one(c: &mut Criterion) {
    let mut group = c.benchmark_group("forecast_one");
    for known in [10, 100, 1_000] {
        let mut all = sprints(known + 1);
        let open = all.pop().unwrap().stages.swap_remove(2);
        let (shrunk, base) = (RiskAssessor::default(), RiskAssessor::new(Arc::new(BaseRateModel)));
        assert!(shrunk.assess(&open, &all).unwrap().p_miss.is_some());
        for (label, assessor) in [("juno", shrunk), ("base_rate_model", base)] {
            group.bench_function(BenchmarkId::new(label, name(known)), |b| {
                b.iter(|| assessor.assess(black_box(&open), &all).unwrap());
            });
        }
    }
}

/// Every row of a sprint table at its four stages, each from the rows before it.
fn table(c: &mut Criterion) {
    let mut group = c.benchmark_group("forecast_table");
    for rows in [100, 300, 1_000] {
        let rows: Vec<TableRow> = sprints(rows)
            .into_iter()
            .map(|s| TableRow {
                stages: s.stages,
                delivered: Some(s.delivered),
                delivered_issues_known: true,
                split: None,
            })
            .collect();
        group.throughput(Throughput::Elements(rows.len() as u64 * 4));
        let assessor = RiskAssessor::default();
        group.bench_function(BenchmarkId::new("juno", name(rows.len())), |b| {
            b.iter(|| assessor.assess_rows(&rows).unwrap());
        });
    }
}

criterion_group!(name = single; config = quick(); targets = one);
criterion_group!(name = whole; config = slow(); targets = table);
criterion_main!(single, whole);

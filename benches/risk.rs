//! The sprint-risk model that learns: fitting it, beside scikit-learn where `JUNO_PEER_PYTHON` names a Python that has it,
//! and asking it. Fitted on the public sprints where `JUNO_DATA` names their folder, else on made-up ones.
#![expect(clippy::unwrap_used, reason = "a bench stops at the first failure")]

use std::hint::black_box;
use std::io::Write;
use std::path::PathBuf;
use std::{env, thread};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use juno_benches::{Peer, chance, name, quick, slow, team};
use juno_connectors::{ConnectorSettings, load_blocking};
use juno_domain::{
    Completeness, FinishedSprint, Measure, Progress, ProjectKey, Scope, Seed, SprintId, SprintPhase,
    SprintSnapshot, StoryPoints,
};
use juno_learn::{ExtraTrees, Logistic, MaxFeatures};
use juno_risk::{
    BlendRiskModel, BlendTrainer, Features, Input, LastVelocityModel, RiskModel, ShrunkHistoryModel,
    TrainingSet, missed,
};
use ndarray::{Array2, s};
use rand::Rng;
use tempfile::NamedTempFile;

const STAGES: [f64; 4] = [0.0, 0.3, 0.5, 0.8];
const TEAMS: usize = 10;
/// Inputs, their squares and products: what the logistic sees.
const TERMS: usize = Input::COUNT + 13;

/// Sprints of ten teams of one project that deliver more or less of what they commit to.
fn sprints(key: &str, count: usize) -> Vec<FinishedSprint> {
    let mut dice = Seed(1).rng();
    let project = ProjectKey::new(key).unwrap();
    (0..count)
        .map(|n| {
            let issues: u32 = dice.gen_range(8..=20);
            let size = dice.gen_range(1.0..4.0_f64).round();
            let scope =
                |issues: u32| Scope { issues, points: StoryPoints::new(f64::from(issues) * size).unwrap() };
            let share = |whole: u32, share: f64| (f64::from(whole) * share) as u32;
            // Some teams deliver less, and what is done on the way tells most of it.
            let ratio: f64 = dice.gen_range(0.5..1.4) - 0.03 * (n % TEAMS) as f64;
            let (added, removed) = (dice.gen_range(0..4), dice.gen_range(0..3));
            let stages = STAGES.map(|t| {
                let (added, removed) = (share(added, t), share(removed, t));
                let committed = issues + added - removed;
                let done = share(committed, (ratio * t * dice.gen_range(0.7..1.3)).min(1.0));
                let in_progress = share(committed - done, t / 2.0);
                SprintSnapshot {
                    project: project.clone(),
                    sprint: SprintId(n as u64),
                    team: team(n % TEAMS),
                    name: format!("Sprint {n}"),
                    at: None,
                    t: chance(t),
                    phase: SprintPhase::Running,
                    planned_days: Some(14.0),
                    started_with: scope(issues),
                    added: scope(added),
                    removed: scope(removed),
                    todo: scope(committed - done - in_progress),
                    in_progress: scope(in_progress),
                    done: scope(done),
                    blocked: None,
                    open_defects: None,
                    unestimated: None,
                    members: 5,
                    completeness: Completeness::COMPLETE,
                }
            });
            FinishedSprint {
                project: project.clone(),
                sprint: SprintId(n as u64),
                team: team(n % TEAMS),
                started_at: None,
                closed_at: None,
                stages: stages.into(),
                delivered: scope(share(issues, ratio)),
                delivered_issues_known: true,
            }
        })
        .collect()
}

/// The public sprints, or made-up ones of three projects.
fn training() -> TrainingSet {
    let Some(folder) = env::var_os("JUNO_DATA").filter(|folder| !folder.is_empty()) else {
        eprintln!("made-up sprints are used: set JUNO_DATA to the folder that holds sprints/iterations.csv");
        let projects = ["PAY", "WEB", "OPS"].map(|key| sprints(key, 297));
        return TrainingSet::new(projects.into_iter().flatten().collect()).unwrap();
    };
    let path = PathBuf::from(folder).join("sprints/iterations.csv");
    let data = load_blocking(&[path], &ConnectorSettings::default(), &Progress::silent()).unwrap();
    TrainingSet::from_rows(&data.rows).unwrap()
}

/// What a stage is fitted on: the inputs of each sprint, as many terms as the logistic sees, and whether it missed.
struct Stage {
    x: Array2<f64>,
    labels: Vec<bool>,
    file: NamedTempFile,
}

impl Stage {
    fn new(training: &TrainingSet, t: f64) -> Self {
        let (mut x, mut labels) = (Vec::new(), Vec::new());
        for sprint in training.sprints() {
            let Some(seen) = sprint.stage_near(chance(t)) else { continue };
            let committed = seen.committed().in_measure(seen.measure());
            let Some(delivered) = sprint.delivered_in(seen.measure()).filter(|_| committed > 0.0) else {
                continue;
            };
            let known: Vec<FinishedSprint> = training.known_before(seen).into_iter().cloned().collect();
            let mut row = Features::of(seen, chance(t), &known).unwrap().values().to_vec();
            row.iter_mut().filter(|value| value.is_nan()).for_each(|value| *value = 0.0);
            // The same number of squares and products as the model has; which ones makes no difference here.
            for (a, b) in (3..9).map(|i| (i, i)).chain((3..10).map(|i| (i, i + 16))) {
                row.push(row[a] * row[b]);
            }
            x.extend(row);
            labels.push(missed(delivered, committed));
        }
        let x = Array2::from_shape_vec((labels.len(), TERMS), x).unwrap();
        let mut file = NamedTempFile::new().unwrap();
        for (row, missed) in x.rows().into_iter().zip(&labels) {
            row.iter().for_each(|value| write!(file, "{value},").unwrap());
            writeln!(file, "{}", u8::from(*missed)).unwrap();
        }
        Self { x, labels, file }
    }
}

/// The classifiers of all four stages, and the whole model: with a quantile forest, and all of it four times more on parts,
/// to score intervals.
fn fit(c: &mut Criterion) {
    let training = training();
    let stages = STAGES.map(|t| Stage::new(&training, t));
    let size = name(stages[0].labels.len());
    let peer = Peer::start();
    let trees =
        ExtraTrees::params().min_samples_leaf(5).max_features(MaxFeatures::Share(0.5)).check().unwrap();
    let logistic = Logistic::params().c(0.03).check().unwrap();

    let mut group = c.benchmark_group("risk_fit_classifiers");
    group.bench_function(BenchmarkId::new("juno", &size), |b| {
        b.iter(|| {
            for stage in &stages {
                let inputs = stage.x.slice(s![.., ..Input::COUNT]);
                black_box(trees.fit(inputs, &stage.labels, None).unwrap());
                black_box(logistic.fit(stage.x.view(), &stage.labels, None).unwrap());
            }
        });
    });
    let files: Vec<&NamedTempFile> = stages.iter().map(|stage| &stage.file).collect();
    Peer::beside(peer.as_ref(), &mut group, "risk", &size, &files);
    group.finish();

    let mut group = c.benchmark_group("risk_fit");
    group.bench_function(BenchmarkId::new("juno", &size), |b| {
        b.iter(|| BlendTrainer::default().fit(black_box(&training), &Progress::silent()).unwrap());
    });
}

fn fitted() -> BlendRiskModel {
    BlendTrainer::default().fit(&training(), &Progress::silent()).unwrap()
}

/// A project the fit has not seen: its finished sprints, and open ones half way.
fn asked(known: usize) -> (Vec<SprintSnapshot>, Vec<FinishedSprint>) {
    let mut all = sprints("NEW", known + 200);
    let open = all.split_off(known).into_iter().map(|mut sprint| {
        let stage = sprint.stages.swap_remove(2);
        assert_eq!(stage.measure(), Measure::Points);
        stage
    });
    (open.collect(), all)
}

/// One assessment, by the finished sprints that are known.
fn ask(c: &mut Criterion) {
    let model = fitted();
    for known in [10, 100, 300] {
        let (open, history) = asked(known);
        let size = name(known);
        let mut turn = 0;
        let mut next = || {
            turn = (turn + 1) % open.len();
            &open[turn]
        };
        let mut group = c.benchmark_group("risk_explain");
        group.bench_function(BenchmarkId::new("juno", &size), |b| {
            b.iter(|| model.explain(next(), black_box(&history)).unwrap().unwrap());
        });
        // Two stages speak.
        let between = SprintSnapshot { t: chance(0.4), ..open[0].clone() };
        group.bench_function(BenchmarkId::new("between_stages", &size), |b| {
            b.iter(|| model.explain(&between, black_box(&history)).unwrap().unwrap());
        });
        group.finish();

        let mut group = c.benchmark_group("risk_predict");
        group.bench_function(BenchmarkId::new("juno", &size), |b| {
            b.iter(|| model.predict(next(), black_box(&history)).unwrap());
        });
        let prepared = model.prepare(&history);
        group.bench_function(BenchmarkId::new("prepared", &size), |b| {
            b.iter(|| prepared.predict(next()).unwrap());
        });
        for other in [&ShrunkHistoryModel as &dyn RiskModel, &LastVelocityModel] {
            group.bench_function(BenchmarkId::new(other.name(), &size), |b| {
                b.iter(|| other.predict(next(), black_box(&history)).unwrap());
            });
        }
        group.finish();
    }
}

/// A hundred thousand assessments with their contributions, a hundred finished sprints known, on one thread and on two.
fn many(c: &mut Criterion) {
    const MANY: usize = 100_000;
    let model = fitted();
    let (open, history) = asked(100);
    let mut group = c.benchmark_group("risk_explain_many");
    group.throughput(Throughput::Elements(MANY as u64));
    for (way, threads) in [("juno", 1), ("two_threads", 2)] {
        group.bench_function(BenchmarkId::new(way, name(MANY)), |b| {
            b.iter(|| {
                thread::scope(|scope| {
                    for first in 0..threads {
                        let (model, open, history) = (&model, &open, &history);
                        scope.spawn(move || {
                            for nth in (first..MANY).step_by(threads) {
                                black_box(model.explain(&open[nth % open.len()], history).unwrap());
                            }
                        });
                    }
                });
            });
        });
    }
}

criterion_group!(name = fitting; config = slow(); targets = fit, many);
criterion_group!(name = asking; config = quick(); targets = ask);
criterion_main!(fitting, asking);

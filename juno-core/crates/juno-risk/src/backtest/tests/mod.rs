//! Backtests of models that are written here, so that what must come out is known.

mod dated;
mod edges;
mod look_ahead;
mod numbers;
mod splits;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use juno_domain::{
    FinishedSprint, Interval, Measure, Probability, Progress, ProjectKey, SprintId, SprintSnapshot,
};

use super::*;
use crate::testing::{finished, p};
use crate::{Basis, Prediction, RiskError, RiskModel, RiskTrainer, TrainingSet};

/// A sprint of a project that committed to so many points and delivered so many; seen at 0 and 0.5.
fn sprint(project: &str, id: u64, committed: f64, delivered: f64) -> FinishedSprint {
    let mut sprint = finished(id, "7", committed, committed / 2.0, delivered);
    sprint.project = ProjectKey::new(project).unwrap();
    sprint.stages.iter_mut().for_each(|stage| stage.project = sprint.project.clone());
    sprint
}

fn key(project: &str, id: u64) -> (ProjectKey, SprintId) {
    (ProjectKey::new(project).unwrap(), SprintId(id))
}

fn set(sprints: &[FinishedSprint]) -> TrainingSet {
    TrainingSet::new(sprints.to_vec()).unwrap()
}

/// Twenty sprints of 30 points; every third one, and the last of all, delivered 21.
fn twenty() -> TrainingSet {
    let delivered = |id: u64| if id.is_multiple_of(3) || id == 20 { 21.0 } else { 30.0 };
    set(&(1..=20).map(|id| sprint("PAY", id, 30.0, delivered(id))).collect::<Vec<_>>())
}

const TEST: Split = Split::Shares { evaluate: Part::Test };

/// What a backtest with a single stage at 0 says.
fn at_start() -> Backtest {
    Backtest::default().with_stages([Probability::ZERO]).with_resamples(100)
}

fn prediction(p_miss: f64, delivered: f64, intervals: Vec<Interval>) -> Prediction {
    let basis = Basis { n_team: 0, n_pooled: 0, model: "told".to_owned() };
    Prediction {
        p_miss: p(p_miss),
        delivered,
        measure: Measure::Points,
        intervals,
        basis,
        attribution: None,
        finish: Vec::new(),
    }
}

type Answer =
    dyn Fn(&TrainingSet, &SprintSnapshot, &[FinishedSprint]) -> Result<Prediction, RiskError> + Send + Sync;

/// A model that answers with a function of all it gets to see, and keeps the sets it was fitted on.
#[derive(Clone)]
struct Told {
    name: &'static str,
    answer: Arc<Answer>,
    fitted: Arc<Mutex<Vec<TrainingSet>>>,
    fit: TrainingSet,
}

fn told(
    name: &'static str,
    answer: impl Fn(&TrainingSet, &SprintSnapshot, &[FinishedSprint]) -> Result<Prediction, RiskError>
    + Send
    + Sync
    + 'static,
) -> Told {
    Told { name, answer: Arc::new(answer), fitted: Arc::default(), fit: TrainingSet::default() }
}

impl RiskTrainer for Told {
    fn name(&self) -> &str {
        self.name
    }

    fn train(&self, training: &TrainingSet, _: &Progress) -> Result<Arc<dyn RiskModel>, RiskError> {
        self.fitted.lock().unwrap().push(training.clone());
        Ok(Arc::new(Self { fit: training.clone(), ..self.clone() }))
    }
}

impl RiskModel for Told {
    fn name(&self) -> &str {
        self.name
    }

    fn predict(
        &self,
        snapshot: &SprintSnapshot,
        history: &[FinishedSprint],
    ) -> Result<Prediction, RiskError> {
        crate::check_history(snapshot, history)?;
        (self.answer)(&self.fit, snapshot, history)
    }
}

/// A model whose every answer changes with anything it was fitted on and anything in the history.
fn spy() -> Told {
    told("spy", |fit, snapshot, history| {
        let sum = |sprints: &[FinishedSprint]| -> f64 {
            let of = |past: &FinishedSprint| {
                let seen: f64 = past.stages.iter().map(|stage| stage.committed().points.get()).sum();
                past.delivered.points.get() * 1.1 + seen * 1.7 + past.sprint.0 as f64
            };
            sprints.iter().map(of).sum()
        };
        let seen = sum(fit.sprints()) * 0.0123 + sum(history) * 0.0457;
        Ok(prediction(seen.fract(), seen + snapshot.committed().points.get(), Vec::new()))
    })
}

/// A model that knows how everything ends.
fn oracle(data: &TrainingSet) -> Told {
    let ends: BTreeMap<_, f64> = data
        .sprints()
        .iter()
        .map(|sprint| ((sprint.project.clone(), sprint.sprint), sprint.delivered.points.get()))
        .collect();
    told("oracle", move |_, snapshot, _| {
        let end = ends[&(snapshot.project.clone(), snapshot.sprint)];
        let misses = crate::missed(end, snapshot.committed().points.get());
        let around = |level| Interval::new(end, end, p(level)).unwrap();
        Ok(prediction(f64::from(u8::from(misses)), end, vec![around(0.8), around(0.9)]))
    })
}

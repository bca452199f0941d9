use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{panic, thread};

use juno_domain::{ErrorKind, Probability, Progress, ProjectKey, SprintSnapshot};

use super::case::CasePrediction;
use crate::{PreparedModel, RiskError, RiskModel, TrainingSet};

/// How many cases lie between two words about progress.
const STEP: u64 = 32;

/// A snapshot to forecast, with the models that may.
pub(super) struct Question<'d> {
    pub(super) snapshot: &'d SprintSnapshot,
    /// Whose models they are.
    pub(super) fold: usize,
    pub(super) models: &'d [Arc<dyn RiskModel>],
}

/// What each model says to each question, by question, then by model. The answers do not depend on the number of threads.
pub(super) fn answers<'d>(
    data: &'d TrainingSet,
    questions: &[Question<'d>],
    threads: NonZeroUsize,
    progress: &Progress,
) -> Result<Vec<Vec<CasePrediction>>, RiskError> {
    let threads = threads.get().min(questions.len()).max(1);
    let done = AtomicU64::new(0);
    let prepared = prepared(data, questions);
    // Histories grow along the questions, so each thread takes every so-manieth one.
    let work = |first: usize| -> Vec<(usize, Result<Vec<CasePrediction>, RiskError>)> {
        let mut out = Vec::with_capacity(questions.len() / threads + 1);
        for (index, question) in questions.iter().enumerate().skip(first).step_by(threads) {
            let nth = done.fetch_add(1, Ordering::Relaxed);
            let told = if nth.is_multiple_of(STEP) { said(progress, nth, questions.len()) } else { Ok(()) };
            let answer = told.and_then(|()| answer(&prepared, question));
            let failed = answer.is_err();
            out.push((index, answer));
            if failed {
                break;
            }
        }
        out
    };
    let mut all: Vec<_> = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|first| scope.spawn(move || work(first))).collect();
        let mut all = work(0);
        for other in others {
            all.extend(other.join().unwrap_or_else(|reason| panic::resume_unwind(reason)));
        }
        all
    });
    // Each thread answers in order up to its first error, so the first error of all is the same on any number of threads.
    all.sort_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, answer)| answer).collect()
}

pub(super) fn said(progress: &Progress, done: u64, total: usize) -> Result<(), RiskError> {
    progress
        .step("predicting", done, u64::try_from(total).ok())
        .map_err(|_| RiskError::Cancelled("the backtest"))
}

/// The models of each fold with the history of each project that they are asked about.
type Prepared<'d> = BTreeMap<(usize, &'d ProjectKey), Vec<Box<dyn PreparedModel + 'd>>>;

fn prepared<'d>(data: &'d TrainingSet, questions: &[Question<'d>]) -> Prepared<'d> {
    let mut prepared = Prepared::new();
    for Question { snapshot, fold, models } in questions {
        prepared.entry((*fold, &snapshot.project)).or_insert_with(|| {
            let history = data.of_project(&snapshot.project);
            models.iter().map(|model| model.prepare(history)).collect()
        });
    }
    prepared
}

fn answer(prepared: &Prepared<'_>, question: &Question<'_>) -> Result<Vec<CasePrediction>, RiskError> {
    let Question { snapshot, fold, models } = question;
    let with_history = prepared.get(&(*fold, &snapshot.project)).into_iter().flatten();
    models
        .iter()
        .zip(with_history)
        .map(|(model, prepared)| ask(model.name(), prepared.as_ref(), snapshot))
        .collect()
}

fn ask(
    name: &str,
    model: &dyn PreparedModel,
    snapshot: &SprintSnapshot,
) -> Result<CasePrediction, RiskError> {
    match model.predict(snapshot) {
        Ok(prediction) => {
            prediction.check(name, snapshot)?;
            let crate::Prediction { p_miss, delivered, intervals, .. } = prediction;
            Ok(CasePrediction { p_miss, delivered, intervals, even_odds: false })
        }
        Err(error) if error.kind() == ErrorKind::NotEnoughData => Ok(CasePrediction {
            p_miss: Probability::HALF,
            delivered: snapshot.committed().in_measure(snapshot.measure()),
            intervals: Vec::new(),
            even_odds: true,
        }),
        Err(error) => Err(error),
    }
}

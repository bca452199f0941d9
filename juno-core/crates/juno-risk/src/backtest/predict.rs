use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{panic, thread};

use juno_domain::{ErrorKind, FinishedSprint, Probability, Progress, SprintSnapshot};

use super::case::CasePrediction;
use crate::{RiskError, RiskModel, TrainingSet, history::is_known_before};

/// How many cases lie between two words about progress.
const STEP: u64 = 32;

/// A snapshot to forecast, with the models that may.
pub(super) struct Question<'d> {
    pub(super) snapshot: &'d SprintSnapshot,
    pub(super) models: &'d [Arc<dyn RiskModel>],
}

/// What each model says to each question, by question, then by model. The answers do not depend on the number of threads.
pub(super) fn answers(
    data: &TrainingSet,
    questions: &[Question<'_>],
    threads: NonZeroUsize,
    progress: &Progress,
) -> Result<Vec<Vec<CasePrediction>>, RiskError> {
    let threads = threads.get().min(questions.len()).max(1);
    let done = AtomicU64::new(0);
    // Histories grow along the questions, so each thread takes every so-manieth one.
    let work = |first: usize| -> Vec<(usize, Result<Vec<CasePrediction>, RiskError>)> {
        let mut out = Vec::with_capacity(questions.len() / threads + 1);
        for (index, question) in questions.iter().enumerate().skip(first).step_by(threads) {
            let nth = done.fetch_add(1, Ordering::Relaxed);
            let told = if nth.is_multiple_of(STEP) { said(progress, nth, questions.len()) } else { Ok(()) };
            let answer = told.and_then(|()| answer(data, question));
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

fn answer(data: &TrainingSet, question: &Question<'_>) -> Result<Vec<CasePrediction>, RiskError> {
    let Question { snapshot, models } = question;
    let sprints = data.of_project(&snapshot.project);
    let is_known = |past: &&FinishedSprint| is_known_before(snapshot, past);
    // In order of time, what was known is usually what comes first: nothing is copied then.
    let first = sprints.iter().take_while(is_known).count();
    let (before, behind) = sprints.split_at(first);
    let scattered: Vec<FinishedSprint>;
    let history = if behind.iter().any(|past| is_known(&past)) {
        scattered = sprints.iter().filter(is_known).cloned().collect();
        &scattered
    } else {
        before
    };
    models.iter().map(|model| ask(model.as_ref(), snapshot, history)).collect()
}

fn ask(
    model: &dyn RiskModel,
    snapshot: &SprintSnapshot,
    history: &[FinishedSprint],
) -> Result<CasePrediction, RiskError> {
    match model.predict(snapshot, history) {
        Ok(prediction) => {
            prediction.check(model.name(), snapshot)?;
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

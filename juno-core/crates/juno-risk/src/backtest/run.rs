use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use juno_confidence::Bootstrap;
use juno_domain::{ErrorKind, Probability, Progress, Seed};

use super::case::CasePrediction;
use super::evaluated::{Evaluated, Guess, evaluated};
use super::fitted_rate::FittedRate;
use super::fold::{Fold, folds, other_data};
use super::predict::{Question, answers};
use super::report::{BacktestReport, FoldReport, ModelReport, NotFitted, Protocol};
use super::sampling::{Difference, Estimate, Resampler, Sampling};
use super::scores::{Scores, mean_over_stages};
use super::split::{Split, is_estimated, no_empty_part};
use super::stage::{Stage, count};
use crate::{LastVelocityModel, RiskError, RiskModel, RiskTrainer, ShrunkHistoryModel, TrainingSet};

/// The stages that are evaluated unless others are asked for.
const STAGES: [f64; 4] = [0.0, 0.3, 0.5, 0.8];
/// The resamples of the sampling error unless others are asked for.
const RESAMPLES: usize = 1000;

/// Measures how well models forecast sprints they were not fitted on.
///
/// Evaluated is every sprint at every stage at which it had points committed. A forecast sees the snapshot, the sprints of its
/// project that were over by then (also evaluated ones), and the fit; never a later sprint or its own outcome. Three naive
/// baselines always stand beside the candidates: `base_rate` (the share of the fitted sprints that missed), `last_velocity`
/// ([`LastVelocityModel`]) and `shrunk_history` ([`ShrunkHistoryModel`]). Where a model has nothing to go by, even odds and the
/// commitment itself are scored in its place, and counted, so that all models are scored on the same sprints. Where a candidate
/// cannot be fitted for want of data, `shrunk_history` answers for it, and the report says so.
#[derive(Debug, Clone)]
pub struct Backtest {
    stages: Vec<Probability>,
    resamples: usize,
    seed: Seed,
    threads: NonZeroUsize,
}

impl Default for Backtest {
    /// Stages 0, 0.3, 0.5 and 0.8; 1,000 resamples; seed 42; as many threads as the machine has.
    fn default() -> Self {
        Self {
            stages: STAGES.iter().filter_map(|t| Probability::new(*t).ok()).collect(),
            resamples: RESAMPLES,
            seed: Seed::default(),
            threads: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        }
    }
}

impl Backtest {
    /// The same at these stages. A snapshot belongs to a stage if it was taken within half a percent of it.
    #[must_use]
    pub fn with_stages(mut self, stages: impl IntoIterator<Item = Probability>) -> Self {
        self.stages = stages.into_iter().collect();
        self.stages.sort_by(|a, b| a.get().total_cmp(&b.get()));
        self.stages.dedup();
        self
    }

    /// The same with this many resamples for the sampling error, at most 100,000; below 39 there is none.
    #[must_use]
    pub fn with_resamples(self, resamples: usize) -> Self {
        Self { resamples, ..self }
    }

    /// The same with another start of random numbers: of the resamples and the bands of calibration. Candidates have their own.
    #[must_use]
    pub fn with_seed(self, seed: Seed) -> Self {
        Self { seed, ..self }
    }

    /// The same on this many threads. The report does not depend on it.
    #[must_use]
    pub fn with_threads(self, threads: NonZeroUsize) -> Self {
        Self { threads, ..self }
    }

    /// Fits the candidates and the baselines on what stands before the evaluated sprints, and scores them. Per project what
    /// stands before was also over before: where there are dates, a sprint that was not is left out of the fit, and counted.
    ///
    /// # Errors
    /// Not enough data if nothing is evaluated; invalid input if two models have the same name or the split is none;
    /// cancelled where `progress` says so; whatever a candidate answers with.
    pub fn run(
        &self,
        data: &TrainingSet,
        split: &Split,
        candidates: &[&dyn RiskTrainer],
        progress: &Progress,
    ) -> Result<BacktestReport, RiskError> {
        let protocol = match split {
            Split::Shares { evaluate } => Protocol::Shares { evaluated: *evaluate },
            Split::Given { evaluate, .. } => Protocol::Given { evaluated: *evaluate },
            Split::Rolling { folds, first } => Protocol::Rolling { folds: *folds, first: *first },
            Split::Later { folds, .. } => Protocol::Later { folds: *folds },
        };
        let folds = folds(data, split)?;
        if folds.is_empty() {
            no_empty_part(data, split)?;
        }
        self.evaluate(data, &folds, protocol, candidates, progress)
    }

    /// Fits the candidates and the baselines on one set of sprints, and scores them on all of another. Sprints to fit on that
    /// are of an evaluated project, and were not over before its first sprint was seen, are left out and counted.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn run_on_other(
        &self,
        fit: &TrainingSet,
        data: &TrainingSet,
        candidates: &[&dyn RiskTrainer],
        progress: &Progress,
    ) -> Result<BacktestReport, RiskError> {
        self.evaluate(data, &[other_data(fit, data)?], Protocol::OtherData, candidates, progress)
    }

    fn evaluate(
        &self,
        data: &TrainingSet,
        folds: &[Fold<'_>],
        protocol: Protocol,
        candidates: &[&dyn RiskTrainer],
        progress: &Progress,
    ) -> Result<BacktestReport, RiskError> {
        let baselines: [&dyn RiskTrainer; 3] = [&FittedRate, &LastVelocityModel, &ShrunkHistoryModel];
        let trainers: Vec<&dyn RiskTrainer> = baselines.iter().chain(candidates).copied().collect();
        different_names(&trainers)?;
        let guess = if protocol == Protocol::OtherData { Guess::Earlier } else { Guess::Fitted };
        let cases = evaluated(data, folds, &self.stages, guess);
        if cases.is_empty() {
            let none = "no sprint with points committed at these stages is there to be evaluated";
            return Err(RiskError::NotEnoughHistory(none.to_owned()));
        }
        let (fitted, not_fitted) = fitted(folds, &trainers, progress)?;
        let question = |case: &Evaluated<'_>| {
            let fold = case.case.fold as usize;
            Some((fold, fitted.get(fold)?))
        };
        let questions: Vec<Question<'_>> = cases
            .iter()
            .filter_map(|case| {
                let (fold, models) = question(case)?;
                Some(Question { snapshot: case.snapshot, fold, models })
            })
            .collect();
        let predictions = by_model(answers(data, &questions, self.threads, progress)?, trainers.len());

        let stages = self.stages.iter().enumerate();
        let stages: Vec<Stage<'_>> = stages.filter_map(|(i, t)| Stage::new(i, *t, data, &cases)).collect();
        let sprints = cases.last().map_or(0, |case| case.sprint + 1);
        let judged =
            predictions.iter().map(|of_model| stages.iter().map(|stage| stage.judged(of_model)).collect());
        let mut resampler = Resampler::new(judged.collect(), sprints, self.resamples, self.seed);
        let mut models: Vec<ModelReport> = Vec::with_capacity(trainers.len());
        let answered = trainers.iter().zip(predictions).zip(not_fitted);
        for (index, ((trainer, predictions), not_fitted)) in answered.enumerate() {
            let scores = stages
                .iter()
                .enumerate()
                // A seed for each stage, the same for all models: equal forecasts get equal bands.
                .map(|(nth, stage)| stage.score(&predictions, self.seed.part(nth as u64)))
                .collect::<Result<Vec<_>, _>>()?;
            let mean = mean_over_stages(&scores);
            let mut against = Vec::new();
            for (baseline, other) in models.iter().take(baselines.len()).enumerate() {
                let spread = resampler.of_difference(index, baseline)?;
                against.push(difference(&mean, &other.name, &other.mean, spread));
            }
            models.push(ModelReport {
                name: trainer.name().to_owned(),
                baseline: index < baselines.len(),
                not_fitted,
                sampling: sampling(&mean, resampler.of_model(index)?),
                stages: scores,
                mean,
                against,
                predictions,
            });
        }
        let stages = stages.iter().map(Stage::report).collect::<Result<_, _>>()?;
        Ok(BacktestReport {
            protocol,
            seed: self.seed,
            resamples: count(self.resamples),
            folds: folds.iter().enumerate().map(|(nth, fold)| fold_report(nth, fold, &cases)).collect(),
            stages,
            models,
            cases: cases.into_iter().map(|case| case.case).collect(),
        })
    }
}

fn different_names(trainers: &[&dyn RiskTrainer]) -> Result<(), RiskError> {
    let mut seen = BTreeSet::new();
    match trainers.iter().find(|trainer| !seen.insert(trainer.name())) {
        Some(again) => Err(RiskError::SameName(again.name().to_owned())),
        None => Ok(()),
    }
}

/// Every model, by fold, then in the order of the trainers; and which of them could not be fitted, by trainer.
type Fitted = (Vec<Vec<Arc<dyn RiskModel>>>, Vec<Vec<NotFitted>>);

fn fitted(
    folds: &[Fold<'_>],
    trainers: &[&dyn RiskTrainer],
    progress: &Progress,
) -> Result<Fitted, RiskError> {
    let total = u64::try_from(folds.len()).ok();
    let mut fitted = Vec::with_capacity(folds.len());
    let mut not_fitted = vec![Vec::new(); trainers.len()];
    for (nth, fold) in folds.iter().enumerate() {
        progress.step("fitting", nth as u64, total).map_err(|_| RiskError::Cancelled("the backtest"))?;
        let mut models: Vec<Arc<dyn RiskModel>> = Vec::with_capacity(trainers.len());
        for (trainer, not_fitted) in trainers.iter().zip(&mut not_fitted) {
            models.push(match trainer.train(&fold.fit, progress) {
                Ok(model) => model,
                Err(error) if error.kind() == ErrorKind::NotEnoughData => {
                    not_fitted.push(NotFitted { fold: count(nth), reason: error.to_string() });
                    Arc::new(ShrunkHistoryModel)
                }
                Err(error) => return Err(error),
            });
        }
        fitted.push(models);
    }
    Ok((fitted, not_fitted))
}

fn by_model(answers: Vec<Vec<CasePrediction>>, models: usize) -> Vec<Vec<CasePrediction>> {
    let mut by_model: Vec<Vec<CasePrediction>> = vec![Vec::with_capacity(answers.len()); models];
    for answer in answers {
        by_model.iter_mut().zip(answer).for_each(|(of_model, said)| of_model.push(said));
    }
    by_model
}

/// Drops the sampling error of what is absent.
fn sampling(mean: &Scores, [auc, brier, log_loss, accuracy]: [Option<Bootstrap>; 4]) -> Sampling {
    Sampling {
        auc: auc.filter(|_| mean.auc.is_some()),
        brier: brier.filter(|_| mean.brier.is_some()),
        log_loss: log_loss.filter(|_| mean.log_loss.is_some()),
        accuracy: accuracy.filter(|_| mean.accuracy.is_some()),
    }
}

fn difference(
    model: &Scores,
    name: &str,
    baseline: &Scores,
    [auc, brier, log_loss, accuracy]: [Option<Bootstrap>; 4],
) -> Difference {
    let estimate = |of: fn(&Scores) -> Option<f64>, sampling| {
        Some(Estimate { value: of(model)? - of(baseline)?, sampling })
    };
    Difference {
        baseline: name.to_owned(),
        auc: estimate(|s| s.auc, auc),
        brier: estimate(|s| s.brier, brier),
        log_loss: estimate(|s| s.log_loss, log_loss),
        accuracy: estimate(|s| s.accuracy, accuracy),
    }
}

fn fold_report(nth: usize, fold: &Fold<'_>, cases: &[Evaluated<'_>]) -> FoldReport {
    let sprints = cases.chunk_by(|a, b| a.sprint == b.sprint);
    let here = sprints.filter(|of| of.first().is_some_and(|case| case.case.fold as usize == nth));
    FoldReport {
        fitted: count(fold.fit.sprints().iter().filter(|sprint| is_estimated(sprint)).count()),
        evaluated: count(here.count()),
        left_out: count(fold.left_out),
    }
}

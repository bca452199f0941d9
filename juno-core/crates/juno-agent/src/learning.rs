//! Fitting and judging risk models on what was read.
use std::num::NonZeroUsize;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use juno_domain::{Probability, Progress, Quarantined, Seed};
use juno_risk::backtest::{Backtest, BacktestReport, Part, Split, parts_of_rows};
use juno_risk::{
    BiasReport, BlendParams, BlendRiskModel, DataReport, Forecast, PredictionColumns, Retraining,
    RiskAssessor, RiskError, RiskTrainer, TrainingSet,
};
use serde::{Deserialize, Serialize};

use crate::{AgentError, Records};

/// Fits the default model that learns to every finished sprint of the records that can be used; `trained_at` stands in its
/// card.
///
/// # Errors
/// If a setting is out of range, there are too few sprints, or `progress` was cancelled.
pub fn train(
    records: &Records,
    params: BlendParams,
    trained_at: Option<DateTime<Utc>>,
    progress: &Progress,
) -> Result<BlendRiskModel, AgentError> {
    let trainer = params.check()?;
    let model = trainer.fit(&check(records)?.0, progress).map_err(|error| with_unread(error, records))?;
    Ok(match trained_at {
        Some(at) => model.with_trained_at(at),
        None => model,
    })
}

/// The finished sprints that can be used, and what is wrong with the others.
///
/// # Errors
/// If the histories contradict themselves. What cannot be used is no error: the report says why.
pub fn check(records: &Records) -> Result<(TrainingSet, DataReport), AgentError> {
    Ok(TrainingSet::check(records.finished_sprints()?))
}

/// Which finished sprints a fit would use, what is wrong with the others, and what could not even be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataCheck {
    /// What was found in what could be read.
    #[serde(flatten)]
    pub report: DataReport,
    /// What could not be used at all, each with its place and the reason; of very many the first.
    pub quarantined: Vec<Quarantined>,
    /// What was assumed while reading.
    pub notes: Vec<String>,
}

/// Looks at the records before a fit.
///
/// # Errors
/// As [`check`].
pub fn check_data(records: &Records) -> Result<DataCheck, AgentError> {
    let quarantined = records.dataset().quarantined.clone();
    Ok(DataCheck { report: check(records)?.1, quarantined, notes: records.notes() })
}

/// Where there is too little to learn from, also says what could not be read: that may be why.
fn with_unread(error: RiskError, records: &Records) -> RiskError {
    let (data, RiskError::NotEnoughHistory(what)) = (records.dataset(), &error) else { return error };
    let Some(first) = data.quarantined.first() else { return error };
    let n = data.quarantined_total();
    RiskError::NotEnoughHistory(format!(
        "{what}; {n} records could not be used, the first in `{}`, {}: {}",
        first.source, first.position, first.reason
    ))
}

/// A forecast of every stage of every row of the records' sprint tables, from the rows before it.
///
/// # Errors
/// If the records come from issues: those are forecast by [`Juno`](crate::Juno). Whatever the model fails with.
pub fn forecast_rows(assessor: &RiskAssessor, records: &Records) -> Result<Vec<Forecast>, AgentError> {
    if records.dataset().rows.is_empty() {
        let advice = "there is no sprint table in these records; to forecast what issues tell, make a `Juno` with this model";
        return Err(RiskError::NotEnoughHistory(advice.to_owned()).into());
    }
    Ok(assessor.assess_rows(&records.dataset().rows)?)
}

/// How to judge the default model that learns, as plain values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BacktestOptions {
    /// The part that is evaluated; default `test`.
    pub eval: Part,
    /// Instead: a rolling origin with that many blocks.
    pub folds: Option<u32>,
    /// The share that is only fitted on, of a rolling origin; default one half.
    pub first: Probability,
    /// Resamples for the sampling error; default 1,000.
    pub resamples: usize,
    /// Of resamples and bands; default 42. The model has its own.
    pub seed: Seed,
    /// At most this many at a time; default as many as the machine has. The report is the same.
    pub threads: Option<NonZeroUsize>,
    /// Settings of the model.
    pub model: BlendParams,
}

impl Default for BacktestOptions {
    fn default() -> Self {
        Self {
            eval: Part::Test,
            folds: None,
            first: Probability::HALF,
            resamples: 1000,
            seed: Seed::default(),
            threads: None,
            model: BlendParams::default(),
        }
    }
}

/// A backtest: the scores, and every forecast of the model as columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BacktestAnswer {
    /// The scores of the model and the baselines.
    #[serde(flatten)]
    pub report: BacktestReport,
    /// What the model said about each evaluated sprint, beside what came of it.
    pub predictions: PredictionColumns,
}

impl BacktestAnswer {
    /// The report with its cases and what the model said about each; of the baselines only scores are there.
    ///
    /// # Errors
    /// If the predictions are not the columns that a backtest gave.
    pub fn with_cases(self) -> Result<BacktestReport, AgentError> {
        let Self { mut report, predictions } = self;
        let (cases, said) = predictions.cases()?.into_iter().unzip();
        report.cases = cases;
        if let Some(model) = report.models.iter_mut().rev().find(|model| !model.baseline) {
            model.predictions = said;
        }
        Ok(report)
    }

    /// How the model served teams, projects and planned lengths.
    ///
    /// # Errors
    /// As [`with_cases`](Self::with_cases).
    pub fn bias(self) -> Result<BiasReport, AgentError> {
        let cases = self.predictions.cases()?;
        Ok(BiasReport::of(cases.iter().map(|(case, said)| (case, said)))?)
    }
}

/// Whether a model trained with these settings on the records should take the place of `before`, and why.
///
/// # Errors
/// If a setting is out of range, or `progress` was cancelled. Too few sprints are no error: the two are not compared then.
pub fn compare(
    before: &Arc<BlendRiskModel>,
    records: &Records,
    params: BlendParams,
    progress: &Progress,
) -> Result<Retraining, AgentError> {
    let backtest = Backtest::default().with_seed(params.seed);
    Ok(params.check()?.compare(before, &check(records)?.0, &backtest, progress)?)
}

impl BacktestOptions {
    /// Judges the model on the records, beside the naive baselines. It is fitted on the sprints before the evaluated ones
    /// or, with `train`, on all of those.
    ///
    /// The parts are those of the column `split` of sprint tables, where it is there; otherwise the first half of each
    /// project's estimated sprints, the next fifth and the rest.
    ///
    /// # Errors
    /// If a setting is out of range, there are too few sprints, or `progress` was cancelled.
    pub fn run(
        &self,
        records: &Records,
        train: Option<&Records>,
        progress: &Progress,
    ) -> Result<BacktestAnswer, AgentError> {
        let trainer = self.model.clone().check()?;
        let mut backtest = Backtest::default().with_resamples(self.resamples).with_seed(self.seed);
        if let Some(threads) = self.threads {
            backtest = backtest.with_threads(threads);
        }
        let (data, _) = check(records)?;
        let candidates: [&dyn RiskTrainer; 1] = [&trainer];
        let report = match train {
            Some(train) => backtest.run_on_other(&check(train)?.0, &data, &candidates, progress),
            None => backtest.run(&data, &self.split(records)?, &candidates, progress),
        };
        let report = report.map_err(|error| with_unread(error, records))?;
        let predictions = PredictionColumns::of(&report, trainer.name());
        Ok(BacktestAnswer { report: report.without_cases(), predictions })
    }

    fn split(&self, records: &Records) -> Result<Split, AgentError> {
        if let Some(folds) = self.folds {
            return Ok(Split::Rolling { folds, first: self.first });
        }
        Ok(match parts_of_rows(&records.dataset().rows)? {
            Some(parts) => Split::Given { parts, evaluate: self.eval },
            None => Split::Shares { evaluate: self.eval },
        })
    }
}

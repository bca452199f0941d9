//! Risk models that are fitted on sprints of one's own, and how good they are.
use std::sync::Arc;

use chrono::{DateTime, Utc};
use juno_core::agent::learning::{self, BacktestOptions};
use juno_core::domain::{FinishedSprint, Progress, SprintSnapshot};
use juno_core::risk::backtest::BacktestReport;
use juno_core::risk::{BlendParams, BlendRiskModel, Forecast, ForecastColumns, RiskAssessor, RiskModel};
use napi::bindgen_prelude::{Env, PromiseRaw, Uint8Array, Unknown};
use napi_derive::napi;

use crate::data::Data;
use crate::error::Fault;
use crate::plain::{from_plain, named_options, options as options_of, plain, read};
use crate::progress::{Listener, listening};
use crate::runtime::{plain_promise, promise};

/// A risk model fitted by `train`. `new Juno(settings, { model })` forecasts with it.
#[napi]
#[derive(Clone)]
pub struct TrainedModel(pub(crate) Arc<BlendRiskModel>);

#[napi]
impl TrainedModel {
    /// Reads a model that `save` wrote; a damaged file, or one of another version, is refused.
    #[napi(ts_return_type = "Promise<TrainedModel>")]
    pub fn load<'env>(env: &'env Env, path: String) -> Result<PromiseRaw<'env, Self>, Fault> {
        promise(env, async move { Ok(Self(Arc::new(BlendRiskModel::load(path)?))) })
    }

    /// Reads a model that `toBytes` gave.
    #[napi(factory)]
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        Ok(Self(Arc::new(BlendRiskModel::from_bytes(bytes)?)))
    }

    /// Writes it to a file: whole, or not at all.
    #[napi]
    pub fn save<'env>(&self, env: &'env Env, path: String) -> Result<PromiseRaw<'env, ()>, Fault> {
        let model = self.0.clone();
        promise(env, async move { Ok(model.save(path)?) })
    }

    /// What `save` writes.
    #[napi]
    pub fn to_bytes(&self) -> Result<Uint8Array, Fault> {
        Ok(Uint8Array::new(self.0.to_bytes()?))
    }

    /// What forecasts call it.
    #[napi(getter)]
    pub fn name(&self) -> String {
        self.0.name().to_owned()
    }

    /// What it was fitted on, how, what it looks at, how good it is where a backtest said so, and its limits.
    #[napi(getter, ts_return_type = "ModelCard")]
    pub fn card<'env>(&self, env: &'env Env) -> Result<Unknown<'env>, Fault> {
        plain(env, &self.0.card())
    }

    /// The card as a page of Markdown.
    #[napi]
    pub fn card_markdown(&self) -> String {
        self.0.card().to_markdown()
    }

    /// The same model with what a backtest of models fitted like it found, for its card.
    #[napi]
    pub fn with_scores(
        &self,
        #[napi(ts_arg_type = "BacktestReport")] report: Unknown<'_>,
    ) -> Result<Self, Fault> {
        let report: BacktestReport = from_plain("`report`", report)?;
        Ok(Self(Arc::new(BlendRiskModel::clone(&self.0).with_scores(report))))
    }

    /// What will come of the sprint seen in `snapshot`, given the sprints of its project that were over by then.
    #[napi(ts_return_type = "Prediction")]
    pub fn predict<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "SprintSnapshot")] snapshot: Unknown<'_>,
        #[napi(ts_arg_type = "FinishedSprint[]")] history: Unknown<'_>,
    ) -> Result<Unknown<'env>, Fault> {
        let snapshot: SprintSnapshot = from_plain("`snapshot`", snapshot)?;
        let history: Vec<FinishedSprint> = from_plain("`history`", history)?;
        plain(env, &self.0.predict(&snapshot, &history)?)
    }

    /// Everything to say about that sprint: the prediction, what each input did to it, and the risk index.
    #[napi(ts_return_type = "Forecast")]
    pub fn explain<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "SprintSnapshot")] snapshot: Unknown<'_>,
        #[napi(ts_arg_type = "FinishedSprint[]")] history: Unknown<'_>,
    ) -> Result<Unknown<'env>, Fault> {
        let snapshot: SprintSnapshot = from_plain("`snapshot`", snapshot)?;
        let history: Vec<FinishedSprint> = from_plain("`history`", history)?;
        plain(env, &RiskAssessor::new(self.0.clone()).assess(&snapshot, &history)?)
    }

    /// What the team can still change about that sprint, and what the model expects then: no promise of cause and effect.
    #[napi(ts_return_type = "Counterfactual[]")]
    pub fn what_would_change<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "SprintSnapshot")] snapshot: Unknown<'_>,
        #[napi(ts_arg_type = "FinishedSprint[]")] history: Unknown<'_>,
    ) -> Result<Unknown<'env>, Fault> {
        let snapshot: SprintSnapshot = from_plain("`snapshot`", snapshot)?;
        let history: Vec<FinishedSprint> = from_plain("`history`", history)?;
        plain(env, &RiskAssessor::new(self.0.clone()).what_would_change(&snapshot, &history)?)
    }

    /// A forecast of every stage of every row of a sprint table, from the rows before it. What issues tell is forecast by
    /// `new Juno(settings, { model })`.
    #[napi(ts_return_type = "Promise<Forecast[]>")]
    pub fn forecast<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "TrainingData")] data: Unknown<'_>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (assessor, data) = (RiskAssessor::new(self.0.clone()), Data::of("`data`", data)?);
        plain_promise(env, async move {
            let records = data.records(&Progress::silent()).await?;
            Ok(learning::forecast_rows(&assessor, &records)?)
        })
    }

    /// How far newer sprints differ from those it was fitted on, and whether its chances still hold.
    #[napi(ts_return_type = "Promise<DriftReport>")]
    pub fn drift<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "TrainingData")] data: Unknown<'_>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (model, data) = (self.0.clone(), Data::of("`data`", data)?);
        plain_promise(env, async move {
            let progress = Progress::silent();
            let records = data.records(&progress).await?;
            Ok(model.drift(&learning::check(&records)?.0, &progress)?)
        })
    }

    /// Whether a model trained on `data` should take this one's place: what changed, both on the same sprints, and a verdict.
    /// `better`, `no_worse` and `not_compared` speak for the new one.
    #[napi(ts_return_type = "Promise<Retraining>")]
    pub fn compare<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "TrainingData")] data: Unknown<'_>,
        #[napi(ts_arg_type = "ModelOptions | null | undefined")] options: Option<Unknown<'_>>,
        #[napi(ts_arg_type = "Progress")] progress: Option<Listener<'_>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (model, data) = (self.0.clone(), Data::of("`data`", data)?);
        let params: BlendParams = options_of("`options`", options)?;
        let progress = progress.map_or_else(|| Ok(Progress::silent()), listening)?;
        plain_promise(env, async move {
            let records = data.records(&progress).await?;
            Ok(learning::compare(&model, &records, params, &progress)?)
        })
    }
}

/// Fits the model that learns to finished sprints: of records, paths, or a sprint table as an array of objects.
///
/// `progress(what, done, total)` is called now and then, and must not throw.
#[napi(ts_return_type = "Promise<TrainedModel>")]
pub(crate) fn train<'env>(
    env: &'env Env,
    #[napi(ts_arg_type = "TrainingData")] data: Unknown<'_>,
    #[napi(ts_arg_type = "TrainOptions | null | undefined")] options: Option<Unknown<'_>>,
    #[napi(ts_arg_type = "Progress")] progress: Option<Listener<'_>>,
) -> Result<PromiseRaw<'env, TrainedModel>, Fault> {
    let data = Data::of("`data`", data)?;
    let mut given = named_options("`options`", options, &[])?;
    let trained_at = given.as_object_mut().and_then(|given| given.remove("trained_at"));
    let trained_at: Option<DateTime<Utc>> = read("`trainedAt`", trained_at.unwrap_or_default())?;
    let params: BlendParams = read("`options`", given)?;
    let progress = progress.map_or_else(|| Ok(Progress::silent()), listening)?;
    promise(env, async move {
        let records = data.records(&progress).await?;
        Ok(TrainedModel(Arc::new(learning::train(&records, params, trained_at, &progress)?)))
    })
}

/// How good the model that learns is on sprints it was not fitted on, beside naive baselines; with every forecast.
///
/// With `train`, it is fitted on all of that and judged on all of `data`.
#[napi(ts_return_type = "Promise<BacktestReport>")]
pub(crate) fn backtest<'env>(
    env: &'env Env,
    #[napi(ts_arg_type = "TrainingData")] data: Unknown<'_>,
    #[napi(ts_arg_type = "BacktestOptions | null | undefined")] options: Option<Unknown<'_>>,
    #[napi(ts_arg_type = "TrainingData | null | undefined")] train: Option<Unknown<'_>>,
    #[napi(ts_arg_type = "Progress")] progress: Option<Listener<'_>>,
) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
    let data = Data::of("`data`", data)?;
    let train = train.map(|train| Data::of("`train`", train)).transpose()?;
    let options: BacktestOptions = read("`options`", named_options("`options`", options, &["model"])?)?;
    let progress = progress.map_or_else(|| Ok(Progress::silent()), listening)?;
    plain_promise(env, async move {
        let records = data.records(&progress).await?;
        let train = match train {
            Some(train) => Some(train.records(&progress).await?),
            None => None,
        };
        Ok(options.run(&records, train.as_deref(), &progress)?)
    })
}

/// Which finished sprints a fit would use, what is wrong with the others, and what could not even be read.
#[napi(ts_return_type = "Promise<DataReport>")]
pub(crate) fn check_data<'env>(
    env: &'env Env,
    #[napi(ts_arg_type = "TrainingData")] data: Unknown<'_>,
) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
    let data = Data::of("`data`", data)?;
    plain_promise(env, async move {
        let records = data.records(&Progress::silent()).await?;
        Ok(learning::check_data(&records)?)
    })
}

/// Forecasts as columns of equal length, ready for a library of data frames.
#[napi(ts_return_type = "ForecastColumns")]
pub(crate) fn forecast_columns<'env>(
    env: &'env Env,
    #[napi(ts_arg_type = "Forecast[]")] forecasts: Unknown<'_>,
) -> Result<Unknown<'env>, Fault> {
    let forecasts: Vec<Forecast> = from_plain("`forecasts`", forecasts)?;
    plain(env, &forecasts.iter().collect::<ForecastColumns>())
}

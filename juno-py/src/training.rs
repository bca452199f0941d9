//! Risk models that are fitted on sprints of one's own, and how good they are.
use std::path::PathBuf;
use std::sync::Arc;

use juno_core::agent::learning::{self, BacktestAnswer, BacktestOptions, DataCheck};
use juno_core::domain::{FinishedSprint, Progress, SprintSnapshot};
use juno_core::risk::backtest::BacktestReport;
use juno_core::risk::{
    BlendParams, BlendRiskModel, Counterfactual, DriftReport, Forecast, ForecastColumns, ModelCard,
    Prediction, Retraining, RiskAssessor, RiskModel,
};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyType};

use crate::call::Call;
use crate::convert::Instant;
use crate::data::Data;
use crate::error::Fault;
use crate::plain::{Keywords, Plain};
use crate::runtime;

/// A risk model fitted by `train`. `Juno(model=…)` forecasts with it.
#[pyclass(module = "juno", frozen, skip_from_py_object)]
#[derive(Clone)]
pub(crate) struct TrainedModel(pub(crate) Arc<BlendRiskModel>);

#[pymethods]
impl TrainedModel {
    /// Reads a model that `save` wrote; a damaged file, or one of another version, is refused.
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> Result<Self, Fault> {
        Ok(Self(Arc::new(py.detach(|| BlendRiskModel::load(path))?)))
    }

    /// Reads a model that `to_bytes` gave.
    #[staticmethod]
    fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        Ok(Self(Arc::new(BlendRiskModel::from_bytes(bytes)?)))
    }

    /// Writes it to a file: whole, or not at all.
    fn save(&self, py: Python<'_>, path: PathBuf) -> Result<(), Fault> {
        Ok(py.detach(|| self.0.save(path))?)
    }

    /// What `save` writes.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyBytes>, Fault> {
        Ok(PyBytes::new(py, &self.0.to_bytes()?))
    }

    /// What forecasts call it.
    #[getter]
    fn name(&self) -> &str {
        self.0.name()
    }

    /// What it was fitted on, how, what it looks at, how good it is where a backtest said so, and its limits.
    #[getter]
    fn card(&self) -> Plain<ModelCard> {
        Plain(self.0.card())
    }

    /// The card as a page of Markdown.
    fn card_markdown(&self) -> String {
        self.0.card().to_markdown()
    }

    /// The same model with what a backtest of models fitted like it found, for its card.
    fn with_scores(&self, report: Plain<BacktestReport>) -> Self {
        Self(Arc::new(BlendRiskModel::clone(&self.0).with_scores(report.0)))
    }

    /// What will come of the sprint seen in `snapshot`, given the sprints of its project that were over by then.
    fn predict(
        &self,
        snapshot: Plain<SprintSnapshot>,
        history: Plain<Vec<FinishedSprint>>,
    ) -> Result<Plain<Prediction>, Fault> {
        Ok(Plain(self.0.predict(&snapshot.0, &history.0)?))
    }

    /// Everything to say about that sprint: the prediction, what each input did to it, and the risk index.
    fn explain(
        &self,
        snapshot: Plain<SprintSnapshot>,
        history: Plain<Vec<FinishedSprint>>,
    ) -> Result<Plain<Forecast>, Fault> {
        Ok(Plain(self.assessor().assess(&snapshot.0, &history.0)?))
    }

    /// What the team can still change about that sprint, and what the model expects then: no promise of cause and effect.
    fn what_would_change(
        &self,
        snapshot: Plain<SprintSnapshot>,
        history: Plain<Vec<FinishedSprint>>,
    ) -> Result<Plain<Vec<Counterfactual>>, Fault> {
        Ok(Plain(self.assessor().what_would_change(&snapshot.0, &history.0)?))
    }

    /// A forecast of every stage of every row of a sprint table, from the rows before it. What issues tell is forecast by
    /// `Juno(model=…)`.
    fn forecast(&self, py: Python<'_>, data: Data) -> Result<Plain<Vec<Forecast>>, Fault> {
        let assessor = self.assessor();
        runtime::wait(py, async move {
            let records = data.records(&Call::progress(None)).await?;
            Ok(Plain(learning::forecast_rows(&assessor, &records)?))
        })
    }

    /// How far newer sprints differ from those it was fitted on, and whether its chances still hold.
    fn drift(&self, py: Python<'_>, data: Data) -> Result<Plain<DriftReport>, Fault> {
        let model = self.0.clone();
        runtime::wait(py, async move {
            let progress = Call::progress(None);
            let records = data.records(&progress).await?;
            Ok(Plain(model.drift(&learning::check(&records)?.0, &progress)?))
        })
    }

    /// Whether a model trained on `data` should take this one's place: what changed, both on the same sprints, and a verdict.
    ///
    /// Keywords: those of `train`.
    #[pyo3(signature = (data, *, progress = None, **params))]
    fn compare(
        &self,
        py: Python<'_>,
        data: Data,
        progress: Option<Py<PyAny>>,
        params: Option<Keywords>,
    ) -> Result<Plain<Retraining>, Fault> {
        let (model, params) = (self.0.clone(), params.unwrap_or_default().read()?);
        runtime::wait(py, async move {
            let progress = Call::progress(progress);
            let records = data.records(&progress).await?;
            Ok(Plain(learning::compare(&model, &records, params, &progress)?))
        })
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> Result<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,)), Fault> {
        Ok((PyType::new::<Self>(py).getattr("from_bytes")?, (self.to_bytes(py)?,)))
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    fn __repr__(&self) -> String {
        let data = self.0.data();
        format!("TrainedModel({} sprints)", data.sprints)
    }
}

impl TrainedModel {
    fn assessor(&self) -> RiskAssessor {
        RiskAssessor::new(self.0.clone())
    }
}

/// A fit that waits to be made.
struct Fit {
    data: Data,
    params: BlendParams,
    trained_at: Option<Instant>,
    progress: Option<Py<PyAny>>,
}

impl Fit {
    async fn run(self) -> Result<TrainedModel, Fault> {
        let progress = Call::progress(self.progress);
        let records = self.data.records(&progress).await?;
        let at = self.trained_at.map(|at| at.0);
        Ok(TrainedModel(Arc::new(learning::train(&records, self.params, at, &progress)?)))
    }
}

/// Fits the model that learns to finished sprints: of records, paths, or a sprint table as a data frame or list of dicts.
///
/// Keywords: c, n_trees, min_samples_leaf, delivery_min_samples_leaf, max_features, tree_weight, gamma, min_sprints,
/// min_of_each, seed, threads. `progress(what, done, total)` is called now and then; if it raises, the fit stops.
#[pyfunction]
#[pyo3(signature = (data, *, trained_at = None, progress = None, **params))]
pub(crate) fn train(
    py: Python<'_>,
    data: Data,
    trained_at: Option<Instant>,
    progress: Option<Py<PyAny>>,
    params: Option<Keywords>,
) -> Result<TrainedModel, Fault> {
    let params = params.unwrap_or_default().read()?;
    runtime::wait(py, Fit { data, params, trained_at, progress }.run())
}

/// `train` for use with `await`: the event loop runs on meanwhile.
#[pyfunction]
#[pyo3(signature = (data, *, trained_at = None, progress = None, **params))]
pub(crate) fn train_async<'py>(
    py: Python<'py>,
    data: Data,
    trained_at: Option<Instant>,
    progress: Option<Py<PyAny>>,
    params: Option<Keywords>,
) -> PyResult<Bound<'py, PyAny>> {
    let params = params.unwrap_or_default().read()?;
    runtime::awaitable(py, Fit { data, params, trained_at, progress }.run())
}

/// A backtest that waits to be run.
struct Trial {
    data: Data,
    train: Option<Data>,
    options: BacktestOptions,
    progress: Option<Py<PyAny>>,
}

impl Trial {
    async fn run(self) -> Result<Plain<BacktestAnswer>, Fault> {
        let progress = Call::progress(self.progress);
        let records = self.data.records(&progress).await?;
        let train = match self.train {
            Some(train) => Some(train.records(&progress).await?),
            None => None,
        };
        Ok(Plain(self.options.run(&records, train.as_deref(), &progress)?))
    }
}

/// How good the model that learns is on sprints it was not fitted on, beside naive baselines; with every forecast.
///
/// With `train`, it is fitted on all of that and judged on all of `data`. Keywords: eval ("test" or "calib"), folds and
/// first (a rolling origin instead), resamples, seed, threads, model (settings as of `train`).
#[pyfunction]
#[pyo3(signature = (data, *, train = None, progress = None, **options))]
pub(crate) fn backtest(
    py: Python<'_>,
    data: Data,
    train: Option<Data>,
    progress: Option<Py<PyAny>>,
    options: Option<Keywords>,
) -> Result<Plain<BacktestAnswer>, Fault> {
    let options = options.unwrap_or_default().read()?;
    runtime::wait(py, Trial { data, train, options, progress }.run())
}

/// `backtest` for use with `await`: the event loop runs on meanwhile.
#[pyfunction]
#[pyo3(signature = (data, *, train = None, progress = None, **options))]
pub(crate) fn backtest_async<'py>(
    py: Python<'py>,
    data: Data,
    train: Option<Data>,
    progress: Option<Py<PyAny>>,
    options: Option<Keywords>,
) -> PyResult<Bound<'py, PyAny>> {
    let options = options.unwrap_or_default().read()?;
    runtime::awaitable(py, Trial { data, train, options, progress }.run())
}

/// Which finished sprints a fit would use, what is wrong with the others, and what could not even be read.
#[pyfunction]
pub(crate) fn check_data(py: Python<'_>, data: Data) -> Result<Plain<DataCheck>, Fault> {
    runtime::wait(py, async move {
        let records = data.records(&Progress::silent()).await?;
        Ok(Plain(learning::check_data(&records)?))
    })
}

/// Forecasts as columns of equal length, ready for a data frame: `pandas.DataFrame(forecast_columns(…))`.
#[pyfunction]
pub(crate) fn forecast_columns(forecasts: Plain<Vec<Forecast>>) -> Plain<ForecastColumns> {
    Plain(forecasts.0.iter().collect())
}

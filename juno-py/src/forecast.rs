//! The chance that something goes wrong, also by models written in Python.
use juno_core::agent::Forecasts;
use juno_core::domain::{FinishedSprint, SprintSnapshot};
use juno_core::risk::{
    Forecast, Prediction, PredictionReply, RiskAssessor, RiskError, RiskIndex, RiskIndexInputs,
    RiskIndexRules, RiskModel,
};
use pyo3::prelude::*;

use crate::call::Kept;
use crate::convert::Instant;
use crate::error::Fault;
use crate::plain::Plain;
use crate::plugin::Plugin;
use crate::records::Records;
use crate::runtime::waits;

/// A model written in Python: a text `name` and a method `predict(snapshot, history)`.
pub(crate) struct PythonModel {
    plugin: Plugin,
    name: String,
}

impl PythonModel {
    pub(crate) fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (plugin, name) = Plugin::new(object, "risk model", "predict", "name")?;
        Ok(Self { plugin, name })
    }
}

impl RiskModel for PythonModel {
    fn name(&self) -> &str {
        &self.name
    }

    /// A model that answers None knows too little; one that fails gives no number.
    fn predict(
        &self,
        snapshot: &SprintSnapshot,
        history: &[FinishedSprint],
    ) -> Result<Prediction, RiskError> {
        match self.plugin.call::<Option<PredictionReply>>("predict", &[snapshot, &history]) {
            Ok(Some(reply)) => reply.for_snapshot(&self.name, snapshot, history).map_err(Plugin::keep),
            Ok(None) => Err(RiskError::NotEnoughHistory(format!("model `{}` knows too little", self.name))),
            Err(Kept(reason)) => {
                Err(RiskError::Model { model: self.name.clone(), sprint: snapshot.sprint, reason })
            }
        }
    }
}

waits! {
    /// Forecasts every sprint that is running or planned at `as_of`, from what was known then.
    forecast / forecast_async (records, as_of = None)
    |juno, records: Records, as_of: Option<Instant>| -> Plain<Forecasts> {
        let as_of = juno.clock.as_of(&records.0, as_of.map(|at| at.0));
        Plain(juno.core.forecast.open_sprints(&records.0, as_of)?)
    }
}

/// The transparent risk index of known signals, each a share from 0 to 1 (`load`: 0 or more); those left out are missing.
#[pyfunction]
pub(crate) fn risk_index(inputs: Plain<RiskIndexInputs>) -> Result<Plain<RiskIndex>, Fault> {
    Ok(Plain(RiskIndexRules::default().index(&inputs.0)?))
}

/// The forecast of one sprint seen in `snapshot`, given the finished sprints known by then, with the default model.
#[pyfunction]
pub(crate) fn assess(
    snapshot: Plain<SprintSnapshot>,
    history: Plain<Vec<FinishedSprint>>,
) -> Result<Plain<Forecast>, Fault> {
    Ok(Plain(RiskAssessor::default().assess(&snapshot.0, &history.0)?))
}

//! Risk models written in Python.
use juno_core::domain::{FinishedSprint, SprintSnapshot};
use juno_core::risk::{Prediction, PredictionReply, RiskError, RiskModel};
use pyo3::prelude::*;

use crate::call::Kept;
use crate::plugin::Plugin;

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

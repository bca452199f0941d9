//! Risk models written in JavaScript.
use juno_core::domain::{FinishedSprint, SprintSnapshot};
use juno_core::risk::{Prediction, PredictionReply, RiskError, RiskModel};
use napi::bindgen_prelude::{FnArgs, Object};
use serde_json::Value;

use crate::call::{Call, Kept};
use crate::error::Fault;
use crate::plain::to_plain;
use crate::plugin::Plugin;

/// A model written in JavaScript: a text `name` and a method `predict(snapshot, history)`.
pub(crate) struct JavaScriptModel {
    plugin: Plugin<FnArgs<(Value, Value)>>,
    name: String,
}

impl JavaScriptModel {
    pub(crate) fn new(object: &Object<'_>) -> Result<Self, Fault> {
        let (plugin, name) = Plugin::new(object, "risk model", "predict", "name")?;
        Ok(Self { plugin, name })
    }
}

impl RiskModel for JavaScriptModel {
    fn name(&self) -> &str {
        &self.name
    }

    /// A model that answers null knows too little; one that fails gives no number.
    fn predict(
        &self,
        snapshot: &SprintSnapshot,
        history: &[FinishedSprint],
    ) -> Result<Prediction, RiskError> {
        let arguments = || Ok((to_plain(snapshot)?, to_plain(&history)?).into());
        match self.plugin.call::<Option<PredictionReply>>(arguments) {
            Ok(Some(reply)) => reply.for_snapshot(&self.name, snapshot, history).inspect_err(|error| {
                Call::keep(error.clone().into());
            }),
            Ok(None) => Err(RiskError::NotEnoughHistory(format!("model `{}` knows too little", self.name))),
            Err(Kept(reason)) => {
                Err(RiskError::Model { model: self.name.clone(), sprint: snapshot.sprint, reason })
            }
        }
    }
}

//! The chance that something goes wrong, also by models written in JavaScript.
use juno_core::domain::{FinishedSprint, SprintSnapshot};
use juno_core::risk::{
    Prediction, PredictionReply, RiskAssessor, RiskError, RiskIndexInputs, RiskIndexRules, RiskModel,
};
use napi::JsDate;
use napi::bindgen_prelude::{Env, FnArgs, Object, PromiseRaw, Unknown};
use napi_derive::napi;
use serde_json::Value;

use crate::call::{Call, Kept};
use crate::convert::moment;
use crate::error::{Fault, plain_promise};
use crate::juno::Juno;
use crate::plain::{from_plain, plain, to_plain};
use crate::plugin::Plugin;
use crate::records::Records;

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

#[napi]
impl Juno {
    /// Forecasts every sprint that is running or planned at `asOf`, from what was known then.
    #[napi(ts_return_type = "Promise<Forecasts>")]
    pub fn forecast<'env>(
        &self,
        env: &'env Env,
        records: &Records,
        as_of: Option<JsDate<'_>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, records, as_of) = (self.clone(), records.clone(), moment(as_of)?);
        plain_promise(env, async move {
            let as_of = juno.clock.as_of(&records.0, as_of);
            Ok(juno.core.forecast.open_sprints(&records.0, as_of)?)
        })
    }
}

/// The transparent risk index of known signals, each a share from 0 to 1 (`load`: 0 or more); those left out are missing.
#[napi(ts_return_type = "RiskIndex")]
pub(crate) fn risk_index<'env>(
    env: &'env Env,
    #[napi(ts_arg_type = "RiskIndexInputs")] inputs: Unknown<'_>,
) -> Result<Unknown<'env>, Fault> {
    let inputs: RiskIndexInputs = from_plain("`inputs`", inputs)?;
    plain(env, &RiskIndexRules::default().index(&inputs)?)
}

/// The forecast of one sprint seen in `snapshot`, given the finished sprints known by then, with the default model.
#[napi(ts_return_type = "Forecast")]
pub(crate) fn assess<'env>(
    env: &'env Env,
    #[napi(ts_arg_type = "SprintSnapshot")] snapshot: Unknown<'_>,
    #[napi(ts_arg_type = "FinishedSprint[]")] history: Unknown<'_>,
) -> Result<Unknown<'env>, Fault> {
    let snapshot: SprintSnapshot = from_plain("`snapshot`", snapshot)?;
    let history: Vec<FinishedSprint> = from_plain("`history`", history)?;
    plain(env, &RiskAssessor::default().assess(&snapshot, &history)?)
}

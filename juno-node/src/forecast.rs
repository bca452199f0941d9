//! The chance that something goes wrong.
use juno_core::domain::{FinishedSprint, SprintId, SprintSnapshot};
use juno_core::risk::{RiskAssessor, RiskIndexInputs, RiskIndexRules};
use napi::JsDate;
use napi::bindgen_prelude::{Env, PromiseRaw, Unknown};
use napi_derive::napi;

use crate::convert::moment;
use crate::error::Fault;
use crate::juno::Juno;
use crate::plain::{count, from_plain, plain};
use crate::records::Records;
use crate::runtime::plain_promise;

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

    /// What the team can still change about a sprint that is open at `asOf`, and what the model expects then: no promise of
    /// cause and effect. Empty where nothing can be changed any more.
    #[napi(ts_return_type = "Promise<Counterfactual[]>")]
    pub fn what_would_change<'env>(
        &self,
        env: &'env Env,
        records: &Records,
        sprint: f64,
        as_of: Option<JsDate<'_>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, records, as_of) = (self.clone(), records.clone(), moment(as_of)?);
        let sprint = SprintId(count("`sprint`", Some(sprint), 0)?);
        plain_promise(env, async move {
            let as_of = juno.clock.as_of(&records.0, as_of);
            Ok(juno.core.forecast.what_would_change(&records.0, sprint, as_of)?)
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

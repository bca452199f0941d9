use juno_core::domain::{Action, Progress};
use napi::JsDate;
use napi::bindgen_prelude::{Env, PromiseRaw, Unknown};
use napi_derive::napi;

use crate::convert::moment;
use crate::error::Fault;
use crate::juno::Juno;
use crate::plain::{from_plain, json};
use crate::records::Records;
use crate::runtime::plain_promise;

#[napi]
impl Juno {
    /// What should be done at `asOf`, with the reasoning; from what was known then. Nothing is submitted.
    #[napi(ts_return_type = "Promise<Findings>")]
    pub fn triage<'env>(
        &self,
        env: &'env Env,
        records: &Records,
        as_of: Option<JsDate<'_>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, records, as_of) = (self.clone(), records.clone(), moment(as_of)?);
        plain_promise(env, async move {
            let as_of = juno.clock.as_of(&records.0, as_of);
            let forecasts = juno.core.forecast.open_sprints(&records.0, as_of)?.forecasts;
            Ok(juno.core.triage.find(&records.0, &forecasts, as_of, &Progress::silent()).await?)
        })
    }

    /// Whether proposals to the teams of these records were right as often as their confidence said, by `asOf`.
    #[napi(ts_return_type = "Promise<ProposalReliability>")]
    pub fn reliability<'env>(
        &self,
        env: &'env Env,
        records: &Records,
        as_of: Option<JsDate<'_>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, records, as_of) = (self.clone(), records.clone(), moment(as_of)?);
        plain_promise(env, async move {
            let as_of = juno.clock.as_of(&records.0, as_of);
            Ok(juno.core.triage.reliability(&records.0, as_of).await?)
        })
    }
}

/// The id of a proposal: a digest of the action and of what about the situation made it right.
#[napi]
pub(crate) fn proposal_id(
    #[napi(ts_arg_type = "Action")] action: Unknown<'_>,
    #[napi(ts_arg_type = "unknown")] situation: Unknown<'_>,
) -> Result<String, Fault> {
    let action: Action = from_plain("`action`", action)?;
    Ok(juno_core::reasoning::proposal_id(&action, &json("`situation`", situation)?)?.to_string())
}

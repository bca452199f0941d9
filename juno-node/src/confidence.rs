use juno_core::confidence::{ConfidenceInputs, ConfidenceScorer, WeightedScorer};
use napi::JsDate;
use napi::bindgen_prelude::{Env, Unknown};
use napi_derive::napi;

use crate::convert::instant;
use crate::error::Fault;
use crate::plain::{from_plain, plain};

/// How far to trust a claim at `now`, from five weighted factors; those left out are listed as missing.
#[napi(ts_return_type = "ConfidenceAssessment")]
pub(crate) fn score_confidence<'env>(
    env: &'env Env,
    #[napi(ts_arg_type = "ConfidenceInputs")] inputs: Unknown<'_>,
    now: JsDate<'_>,
) -> Result<Unknown<'env>, Fault> {
    let inputs: ConfidenceInputs = from_plain("`inputs`", inputs)?;
    plain(env, &WeightedScorer::default().score(&inputs, instant(&now)?)?)
}

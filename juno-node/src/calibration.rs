use juno_core::confidence::{self, CalibrationMethod, Calibrator as _, FittedCalibrator};
use napi::bindgen_prelude::{Env, Float64Array, Unknown};
use napi_derive::napi;

use crate::arrays::numbers;
use crate::error::Fault;
use crate::plain::{from_plain, plain};

/// Maps scores to chances that recorded outcomes bear out. Made by `Calibrator.fit`, read back by `fromDict`.
#[napi]
pub struct Calibrator(FittedCalibrator);

#[napi]
impl Calibrator {
    /// Fits a method to scores (0 to 1) and whether each turned out right.
    #[napi(factory)]
    pub fn fit(
        #[napi(ts_arg_type = "CalibrationMethod")] method: Unknown<'_>,
        #[napi(ts_arg_type = "Numbers")] scores: Unknown<'_>,
        #[napi(ts_arg_type = "Outcomes")] outcomes: Unknown<'_>,
    ) -> Result<Self, Fault> {
        let method: CalibrationMethod = from_plain("`method`", method)?;
        let recorded = confidence::judged(&numbers("scores", scores)?, &numbers("outcomes", outcomes)?)?;
        Ok(Self(FittedCalibrator::fit(method, &recorded)?))
    }

    /// A calibrator that was written with `toDict`.
    #[napi(factory)]
    pub fn from_dict(
        #[napi(ts_arg_type = "{ [field: string]: unknown }")] values: Unknown<'_>,
    ) -> Result<Self, Fault> {
        Ok(Self(from_plain("`values`", values)?))
    }

    /// The calibrated chances of scores.
    #[napi]
    pub fn apply(&self, #[napi(ts_arg_type = "Numbers")] scores: Unknown<'_>) -> Result<Float64Array, Fault> {
        let checked = confidence::probabilities("scores", &numbers("scores", scores)?)?;
        Ok(Float64Array::new(checked.into_iter().map(|score| self.0.apply(score).get()).collect()))
    }

    /// The method's name.
    #[napi(getter, ts_return_type = "CalibrationMethod")]
    pub fn method(&self) -> String {
        self.0.method().to_owned()
    }

    /// How many outcomes it was fitted on.
    #[napi(getter)]
    pub fn outcomes(&self) -> u32 {
        self.0.outcomes()
    }

    /// What was fitted, as plain values: `fromDict` reads it back.
    #[napi(ts_return_type = "{ [field: string]: unknown }")]
    pub fn to_dict<'env>(&self, env: &'env Env) -> Result<Unknown<'env>, Fault> {
        plain(env, &self.0)
    }
}

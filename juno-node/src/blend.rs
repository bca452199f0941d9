use std::sync::Arc;

use juno_core::confidence::happened;
use juno_core::learn::{self, BlendOptions};
use napi::bindgen_prelude::{Env, Float64Array, PromiseRaw, Unknown};
use napi_derive::napi;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::arrays::{matrix, numbers};
use crate::error::Fault;
use crate::plain::{from_plain, options, plain};
use crate::runtime::promise;

/// What `toDict` writes and `fromDict` reads, also in Python, where the two classes may be of any kind.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fitted {
    classes: [Value; 2],
    options: BlendOptions,
    model: learn::BlendClassifier,
}

/// The learner behind JUNO's forecasts for data of your own: two classes, by the mean of the log odds of an L2 logistic
/// regression and of Extra-Trees. Made by `BlendClassifier.fit`.
#[napi]
pub struct BlendClassifier(Arc<Fitted>);

#[napi]
impl BlendClassifier {
    /// Fits to rows of numbers and, for each, whether it is of the second class. The work is done on another thread.
    #[napi(ts_return_type = "Promise<BlendClassifier>")]
    pub fn fit<'env>(
        env: &'env Env,
        #[napi(ts_arg_type = "Matrix")] x: Unknown<'_>,
        #[napi(ts_arg_type = "Outcomes")] y: Unknown<'_>,
        #[napi(ts_arg_type = "BlendOptions | null | undefined")] options: Option<Unknown<'_>>,
    ) -> Result<PromiseRaw<'env, Self>, Fault> {
        let options: BlendOptions = self::options("`options`", options)?;
        let params = options.params()?.check()?;
        let (x, y) = (matrix("x", x)?, happened("y", &numbers("y", y)?)?);
        promise(env, async move {
            let model = params.fit(x.view(), &y, None)?;
            Ok(Self(Arc::new(Fitted { classes: [false.into(), true.into()], options, model })))
        })
    }

    /// A classifier that was written with `toDict`.
    #[napi(factory)]
    pub fn from_dict(
        #[napi(ts_arg_type = "{ [field: string]: unknown }")] values: Unknown<'_>,
    ) -> Result<Self, Fault> {
        Ok(Self(Arc::new(from_plain("`values`", values)?)))
    }

    /// What was fitted, as plain values: `fromDict` reads it back, in Python too.
    #[napi(ts_return_type = "{ [field: string]: unknown }")]
    pub fn to_dict<'env>(&self, env: &'env Env) -> Result<Unknown<'env>, Fault> {
        plain(env, &*self.0)
    }

    /// The log odds that every row's contributions start from.
    #[napi(getter)]
    pub fn base(&self) -> f64 {
        self.0.model.base()
    }

    /// The log odds of the second class, for each row.
    #[napi]
    pub fn decision_function(
        &self,
        #[napi(ts_arg_type = "Matrix")] x: Unknown<'_>,
    ) -> Result<Float64Array, Fault> {
        let x = matrix("x", x)?;
        Ok(Float64Array::new(self.0.model.logit_many(x.view(), self.0.options.threads)?))
    }

    /// The chance of the second class, for each row.
    #[napi]
    pub fn predict_proba(
        &self,
        #[napi(ts_arg_type = "Matrix")] x: Unknown<'_>,
    ) -> Result<Float64Array, Fault> {
        let x = matrix("x", x)?;
        Ok(Float64Array::new(self.0.model.predict_many(x.view(), self.0.options.threads)?))
    }

    /// Whether each row is more likely of the second class.
    #[napi]
    pub fn predict(&self, #[napi(ts_arg_type = "Matrix")] x: Unknown<'_>) -> Result<Vec<bool>, Fault> {
        let x = matrix("x", x)?;
        let logits = self.0.model.logit_many(x.view(), self.0.options.threads)?;
        Ok(logits.into_iter().map(|logit| logit > 0.0).collect())
    }

    /// What each feature added to the log odds, for each row: `base` and they sum to `decisionFunction`.
    #[napi]
    pub fn contributions(
        &self,
        #[napi(ts_arg_type = "Matrix")] x: Unknown<'_>,
    ) -> Result<Vec<Float64Array>, Fault> {
        let x = matrix("x", x)?;
        let (_, all) = self.0.model.contributions_many(x.view(), self.0.options.threads)?;
        Ok(all.rows().into_iter().map(|row| Float64Array::new(row.to_vec())).collect())
    }
}

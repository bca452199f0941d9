use std::sync::Arc;

use chrono::{DateTime, Utc};
use napi::JsDate;
use napi::bindgen_prelude::{Env, Unknown};
use napi_derive::napi;

use crate::convert::moment;
use crate::error::Fault;
use crate::plain::plain;

/// What `Juno.load` read, with every issue's history rebuilt.
#[napi]
#[derive(Clone)]
pub struct Records(pub(crate) Arc<juno_core::Records>);

impl Records {
    pub(crate) fn new(records: juno_core::Records) -> Self {
        Self(Arc::new(records))
    }
}

#[napi]
impl Records {
    /// The newest instant at which anything happened; null where the input has no dates.
    #[napi(getter)]
    pub fn newest(&self) -> Option<DateTime<Utc>> {
        self.0.newest()
    }

    /// How much was read.
    #[napi(getter, ts_return_type = "Loaded")]
    pub fn summary<'env>(&self, env: &'env Env) -> Result<Unknown<'env>, Fault> {
        plain(env, &self.0.summary())
    }

    /// What was assumed while reading.
    #[napi(getter)]
    pub fn notes(&self) -> Vec<String> {
        self.0.notes()
    }

    /// What could not be used, each with its place and the reason.
    #[napi(getter, ts_return_type = "Quarantined[]")]
    pub fn quarantined<'env>(&self, env: &'env Env) -> Result<Unknown<'env>, Fault> {
        plain(env, &self.0.dataset().quarantined)
    }

    /// History as known at `at` (all of it without): one object per issue, then one per sprint with its report.
    #[napi(ts_return_type = "{ [field: string]: unknown }[]")]
    pub fn replay<'env>(&self, env: &'env Env, at: Option<JsDate<'_>>) -> Result<Unknown<'env>, Fault> {
        plain(env, &self.0.history().lines(moment(at)?)?)
    }
}

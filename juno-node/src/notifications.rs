//! Who is told.
use juno_core::governance::DeliveryFilter;
use napi::bindgen_prelude::{Env, PromiseRaw, Unknown};
use napi_derive::napi;

use crate::error::Fault;
use crate::juno::Juno;
use crate::plain::options;
use crate::runtime::plain_promise;

#[napi]
impl Juno {
    /// Delivers what is due on every channel that settings name, at least once, and counts what became of it. Call it from
    /// time to time, beside `tick`.
    #[napi(ts_return_type = "Promise<Delivered>")]
    pub fn deliver_notifications<'env>(
        &self,
        env: &'env Env,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let juno = self.clone();
        plain_promise(env, async move { Ok(juno.core.notifications.deliver().await?) })
    }

    /// What waits to be delivered or was given up, oldest first.
    #[napi(ts_return_type = "Promise<Delivery[]>")]
    pub fn notifications<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "DeliveryFilter | null | undefined")] filter: Option<Unknown<'_>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, filter): (_, DeliveryFilter) = (self.clone(), options("`filter`", filter)?);
        plain_promise(env, async move { Ok(juno.core.notifications.list(&filter).await?) })
    }

    /// Puts a notification that was given up, or that waits, back to its first attempt, due now.
    #[napi(ts_return_type = "Promise<Delivery>")]
    pub fn retry_notification<'env>(
        &self,
        env: &'env Env,
        key: String,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let juno = self.clone();
        plain_promise(env, async move { Ok(juno.core.notifications.retry(&key).await?) })
    }
}

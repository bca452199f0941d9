//! Promises: the work runs on JUNO's own threads, the answer is made on the thread that asked.
use std::future::Future;

use napi::bindgen_prelude::{Env, PromiseRaw, ToNapiValue, Unknown};
use serde::Serialize;

use crate::call::Call;
use crate::error::Fault;
use crate::plain::{parse, text};

/// The promise of what `work` gives. A rejection carries `code` as a thrown error does.
pub(crate) fn promise<'env, F, T>(env: &'env Env, work: F) -> Result<PromiseRaw<'env, T>, Fault>
where
    F: Future<Output = Result<T, Fault>> + Send + 'static,
    T: ToNapiValue + Send + 'static,
{
    settle(env, work, |_, value| Ok(value))
}

/// The promise of a value of the core.
pub(crate) fn plain_promise<'env, F, T>(
    env: &'env Env,
    work: F,
) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault>
where
    F: Future<Output = Result<T, Fault>> + Send + 'static,
    T: Serialize,
{
    settle(env, async move { text(&work.await?) }, parse)
}

fn settle<'env, F, T, V>(
    env: &'env Env,
    work: F,
    finish: impl FnOnce(&'env Env, T) -> napi::Result<V> + 'static,
) -> Result<PromiseRaw<'env, V>, Fault>
where
    F: Future<Output = Result<T, Fault>> + Send + 'static,
    T: Send + 'static,
    V: ToNapiValue,
{
    let call = async move { Ok(Call::run(work).await) };
    let promise = env.spawn_future_with_callback(call, |env, output| match output {
        Ok(value) => finish(env, value),
        Err(fault) => Err(fault.rejection(env)),
    });
    Ok(promise?)
}

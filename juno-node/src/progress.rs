//! Progress that JavaScript hears about.
use juno_core::domain::Progress;
use napi::bindgen_prelude::{FnArgs, Function};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;

use crate::error::Fault;

/// A function of JavaScript that takes what is done, how far it has come, and the total.
pub(crate) type Listener<'env> = Function<'env, FnArgs<(String, f64, Option<f64>)>, ()>;

/// Progress that a function of JavaScript hears about.
pub(crate) fn listening(listener: Listener<'_>) -> Result<Progress, Fault> {
    let listener = listener.build_threadsafe_function().weak::<true>().build()?;
    Ok(Progress::listening(move |what, done, total| {
        let arguments = (what.to_owned(), done as f64, total.map(|total| total as f64));
        // While Node shuts down nobody listens any more.
        let _closing = listener.call(arguments.into(), ThreadsafeFunctionCallMode::NonBlocking);
    }))
}

/// The same where a function was given; silent without.
pub(crate) fn heard(listener: Option<Listener<'_>>) -> Result<Progress, Fault> {
    listener.map_or_else(|| Ok(Progress::silent()), listening)
}

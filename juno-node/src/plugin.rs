//! Lets a JavaScript object stand behind one of JUNO's traits.
use std::sync::mpsc;
use std::thread::{self, ThreadId};

use juno_core::domain::ErrorKind;
use napi::bindgen_prelude::{
    CallbackContext, FromNapiValue, Function, JsObjectValue, JsValue, JsValuesTupleIntoVec, Object,
    PromiseRaw, Status, Unknown,
};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::runtime::Handle;

use crate::call::{Call, Kept};
use crate::error::Fault;
use crate::plain::{json, read};

/// Where the thread that waits gets its answer from.
type Sender = mpsc::Sender<Result<Value, Fault>>;

/// A method that any thread may call. It does not keep the process alive.
type Method<A> = ThreadsafeFunction<A, Unknown<'static>, A, Status, false, true>;

/// A JavaScript object whose one method takes and gives plain values; it may be `async`.
///
/// JavaScript runs on the thread that made the object, and every other thread waits for its turn there. That thread
/// itself must never wait: functions that may reach a plugin return a promise and do their work elsewhere.
pub(crate) struct Plugin<A: JsValuesTupleIntoVec + 'static> {
    method: Method<A>,
    home: ThreadId,
    /// What its answers are called in errors: ``the answer of `decide` of policy `mine` ``.
    answer: String,
}

impl<A: JsValuesTupleIntoVec + Send + 'static> Plugin<A> {
    /// Wraps `object`, which must have this method and, as a property, a text that names it.
    pub(crate) fn new(
        object: &Object<'_>,
        what: &str,
        method: &str,
        named_by: &str,
    ) -> Result<(Self, String), Fault> {
        let lacks = |part: String| Fault::new(ErrorKind::InvalidInput, format!("this is no {what}: {part}"));
        let function: Function<'_, A, Unknown<'static>> =
            object.get_named_property(method).map_err(|_| lacks(format!("give it a method `{method}`")))?;
        let name: String =
            object.get_named_property(named_by).map_err(|_| lacks(format!("give it a text `{named_by}`")))?;
        let answer = format!("the answer of `{method}` of {what} `{name}`");
        let method = function.bind(*object)?.build_threadsafe_function().weak::<true>().build()?;
        Ok((Self { method, home: thread::current().id(), answer }, name))
    }

    /// Calls the method and waits for its answer, and for that of its promise.
    pub(crate) fn call<R: DeserializeOwned>(
        &self,
        arguments: impl FnOnce() -> Result<A, Fault>,
    ) -> Result<R, Kept> {
        let answer = arguments().and_then(|arguments| self.ask(arguments));
        answer.and_then(|answer| read(&self.answer, answer)).map_err(Call::keep)
    }

    fn ask(&self, arguments: A) -> Result<Value, Fault> {
        if thread::current().id() == self.home {
            let message = "a plugin was called on the thread that has to run it: report this";
            return Err(Fault::new(ErrorKind::Internal, message));
        }
        let (sender, receiver) = mpsc::channel();
        let what = self.answer.clone();
        let pass_on = move |answer, _env| {
            if let Err(failed) = pass_on(&what, answer, &sender) {
                // Nobody listens any more if the waiting thread has gone.
                let _gone = sender.send(Err(failed));
            }
            Ok(())
        };
        self.method.call_with_return_value(arguments, ThreadsafeFunctionCallMode::Blocking, pass_on);
        // While Node shuts down it drops the call, and the sender with it.
        let closing = |_| Fault::new(ErrorKind::Cancelled, "Node is shutting down");
        let wait = || receiver.recv().map_err(closing)?;
        if Handle::try_current().is_ok() { tokio::task::block_in_place(wait) } else { wait() }
    }
}

/// Sends what a method gave, or what its promise will give.
fn pass_on(what: &str, answer: napi::Result<Unknown<'_>>, sender: &Sender) -> Result<(), Fault> {
    let answer = answer?;
    if answer.is_promise()? {
        let (fulfilled, rejected, what) = (sender.clone(), sender.clone(), what.to_owned());
        PromiseRaw::<Unknown<'_>>::from_unknown(answer)?
            .then(move |context| {
                let _gone = fulfilled.send(json(&what, context.value));
                Ok(())
            })?
            .catch(move |context: CallbackContext<Unknown<'_>>| {
                let error = napi::Error::from_unknown_without_coercion(context.value);
                let _gone = rejected.send(Err(error.into()));
                Ok(())
            })?;
    } else {
        let _gone = sender.send(Ok(json(what, answer)?));
    }
    Ok(())
}

//! Lets a JavaScript object stand behind one of JUNO's traits.
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::{self, ThreadId};

use juno_domain::ErrorKind;
use napi::bindgen_prelude::{
    CallbackContext, FromNapiValue, Function, JsObjectValue, JsValue, Object, PromiseRaw, Status, Unknown,
};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::runtime::Handle;

use crate::error::Fault;
use crate::plain::{json, read, to_plain};

/// Where the thread that waits gets its answer from.
type Sender = mpsc::Sender<Result<Value, Fault>>;

/// A method that any thread may call. It does not keep the process alive.
type Method = ThreadsafeFunction<Value, Unknown<'static>, Value, Status, false, true>;

/// A JavaScript object whose methods take and give plain values; they may be `async`.
///
/// JavaScript runs on the thread that made the object, and every other thread waits for its turn there. That thread
/// itself must never wait: functions that may reach a plugin return a promise and do their work elsewhere.
///
/// JUNO's traits that only compute have no way to fail, so a failure is kept: the caller gives a safe answer
/// instead, and the promise of the function that set the work going rejects with what was kept.
pub(crate) struct Plugin {
    methods: BTreeMap<&'static str, Method>,
    home: ThreadId,
    kept: Mutex<Option<Fault>>,
}

impl Plugin {
    /// Wraps `object`, which must have these methods.
    pub(crate) fn new(object: &Object<'_>, what: &str, names: &[&'static str]) -> Result<Self, Fault> {
        let mut methods = BTreeMap::new();
        for &name in names {
            let method =
                object.get_named_property::<Function<'_, Value, Unknown<'static>>>(name).map_err(|_| {
                    Fault::new(
                        ErrorKind::InvalidInput,
                        format!("this is no {what}: give it a method `{name}`"),
                    )
                })?;
            let method = method.bind(*object)?;
            let method = method.build_threadsafe_function().weak::<true>().build()?;
            methods.insert(name, method);
        }
        Ok(Self { methods, home: thread::current().id(), kept: Mutex::new(None) })
    }

    /// Calls a method and waits for its answer, and for that of its promise.
    pub(crate) fn call<A: Serialize, R: DeserializeOwned>(
        &self,
        name: &'static str,
        argument: &A,
    ) -> Result<R, Kept> {
        let answer = to_plain(argument).and_then(|argument| self.ask(name, argument));
        answer.and_then(|answer| read(&answer_of(name), answer)).map_err(|fault| self.keep(fault))
    }

    fn ask(&self, name: &'static str, argument: Value) -> Result<Value, Fault> {
        let internal = |message| Fault::new(ErrorKind::Internal, message);
        if thread::current().id() == self.home {
            return Err(internal("a plugin was called on the thread that has to run it: report this"));
        }
        let method =
            self.methods.get(name).ok_or_else(|| internal("a plugin lacks a method: report this"))?;
        let (sender, receiver) = mpsc::channel();
        method.call_with_return_value(argument, ThreadsafeFunctionCallMode::Blocking, move |answer, _env| {
            if let Err(failed) = pass_on(name, answer, &sender) {
                // Nobody listens any more if the waiting thread has gone.
                let _gone = sender.send(Err(failed));
            }
            Ok(())
        });
        // While Node shuts down it drops the call, and the sender with it.
        let closing = |_| Fault::new(ErrorKind::Cancelled, "Node is shutting down");
        let wait = || receiver.recv().map_err(closing)?;
        if Handle::try_current().is_ok() { tokio::task::block_in_place(wait) } else { wait() }
    }

    /// Keeps a failure, the first one wins, and gives its text.
    pub(crate) fn keep(&self, fault: Fault) -> Kept {
        let text = fault.message().to_owned();
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(fault);
        Kept(text)
    }

    /// Fails with what was kept since the last time.
    pub(crate) fn raise(&self) -> Result<(), Fault> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
    }
}

/// The text of a failure that is kept to be raised later.
pub(crate) struct Kept(pub(crate) String);

/// Sends what a method gave, or what its promise will give.
fn pass_on(name: &'static str, answer: napi::Result<Unknown<'_>>, sender: &Sender) -> Result<(), Fault> {
    let answer = answer?;
    if answer.is_promise()? {
        let (fulfilled, rejected) = (sender.clone(), sender.clone());
        PromiseRaw::<Unknown<'_>>::from_unknown(answer)?
            .then(move |context| {
                let _gone = fulfilled.send(json(&answer_of(name), context.value));
                Ok(())
            })?
            .catch(move |context: CallbackContext<Unknown<'_>>| {
                let error = napi::Error::from_unknown_without_coercion(context.value);
                let _gone = rejected.send(Err(error.into()));
                Ok(())
            })?;
    } else {
        let _gone = sender.send(Ok(json(&answer_of(name), answer)?));
    }
    Ok(())
}

fn answer_of(name: &str) -> String {
    format!("the answer of `{name}`")
}

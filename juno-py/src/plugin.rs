//! Lets a Python object stand behind one of JUNO's traits.
use std::sync::{Mutex, PoisonError};

use juno_domain::ErrorKind;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Fault;

/// A Python object whose methods take and give plain values.
///
/// JUNO's traits that only compute have no way to fail, so a failure is kept: the caller gives a safe answer
/// instead, and the binding function that set the work going raises what was kept once the work is done.
pub(crate) struct Plugin {
    object: Py<PyAny>,
    kept: Mutex<Option<PyErr>>,
}

impl Plugin {
    /// Wraps `object`, which must have these methods.
    pub(crate) fn new(object: &Bound<'_, PyAny>, what: &str, methods: &[&str]) -> PyResult<Self> {
        for method in methods {
            if !object.getattr_opt(*method)?.is_some_and(|found| found.is_callable()) {
                let class = object.get_type().name()?;
                return Err(PyTypeError::new_err(format!(
                    "`{class}` is no {what}: give it a method `{method}`"
                )));
            }
        }
        Ok(Self { object: object.clone().unbind(), kept: Mutex::new(None) })
    }

    /// Calls a method, from any thread, attached to the interpreter or not.
    pub(crate) fn call<A: Serialize, R: DeserializeOwned>(
        &self,
        method: &str,
        argument: &A,
    ) -> Result<R, Kept> {
        // `None` while the interpreter shuts down: then nobody is left to be told why.
        let answer = Python::try_attach(|py| {
            let argument = pythonize::pythonize(py, argument)?;
            let answer = self.object.bind(py).call_method1(method, (argument,))?;
            pythonize::depythonize(&answer).map_err(|error| {
                let message = format!("the answer of `{method}` cannot be read: {error}");
                Fault::new(ErrorKind::InvalidInput, message).into()
            })
        });
        match answer {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(raised)) => Err(self.keep(raised)),
            None => Err(Kept("the interpreter is shutting down".into())),
        }
    }

    /// Keeps a failure, the first one wins, and gives its text.
    pub(crate) fn keep(&self, raised: PyErr) -> Kept {
        let text = raised.to_string();
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(raised);
        Kept(text)
    }

    /// Raises what was kept since the last time.
    pub(crate) fn raise(&self) -> PyResult<()> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
    }
}

/// The text of a failure that is kept to be raised later.
pub(crate) struct Kept(pub(crate) String);

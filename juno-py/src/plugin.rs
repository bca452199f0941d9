//! Lets a Python object stand behind one of JUNO's traits.
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::call::{Call, Kept};
use crate::error::Fault;
use crate::plain::{json, read};

/// A Python object whose methods take and give plain values.
pub(crate) struct Plugin {
    object: Py<PyAny>,
    /// What it is called in errors: ``policy `mine` ``.
    title: String,
}

impl Plugin {
    /// Wraps `object`, which must have this method and, as an attribute, a text that names it.
    pub(crate) fn new(
        object: &Bound<'_, PyAny>,
        what: &str,
        method: &str,
        named_by: &str,
    ) -> PyResult<(Self, String)> {
        let class = object.get_type().name()?;
        if !object.getattr_opt(method)?.is_some_and(|found| found.is_callable()) {
            return Err(PyTypeError::new_err(format!("`{class}` is no {what}: give it a method `{method}`")));
        }
        let name = object.getattr_opt(named_by)?.and_then(|name| name.extract::<String>().ok());
        let name = name.ok_or_else(|| {
            PyTypeError::new_err(format!("`{class}` is no {what}: give it a text `{named_by}`"))
        })?;
        Ok((Self { object: object.clone().unbind(), title: format!("{what} `{name}`") }, name))
    }

    /// Calls a method, from any thread, attached to the interpreter or not.
    pub(crate) fn call<R: DeserializeOwned>(
        &self,
        method: &str,
        arguments: &[&dyn PlainArgument],
    ) -> Result<R, Kept> {
        if Call::is_interrupted() {
            return Err(Kept("the call was interrupted".into()));
        }
        // `None` while the interpreter shuts down: then nobody is left to be told why.
        let answer = Python::try_attach(|py| {
            let ask = || -> Result<R, Fault> {
                let arguments = arguments.iter().map(|argument| argument.in_python(py));
                let arguments = PyTuple::new(py, arguments.collect::<PyResult<Vec<_>>>()?)?;
                let answer = self.object.bind(py).call_method1(method, arguments)?;
                let what = format!("the answer of `{method}` of {}", self.title);
                read(&what, json(&what, &answer)?)
            };
            ask().map_err(|failed| Call::keep(py, failed.into()))
        });
        answer.unwrap_or_else(|| Err(Kept("the interpreter is shutting down".into())))
    }

    /// Keeps an error of the core to be raised later, and gives it back.
    pub(crate) fn keep<E: Clone + Into<Fault>>(error: E) -> E {
        Python::try_attach(|py| Call::keep(py, error.clone().into().into()));
        error
    }
}

/// A value of the core that a plugin gets to see.
pub(crate) trait PlainArgument {
    /// As dicts, lists and plain values.
    fn in_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>>;
}

impl<T: Serialize> PlainArgument for T {
    fn in_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(pythonize::pythonize(py, self)?)
    }
}

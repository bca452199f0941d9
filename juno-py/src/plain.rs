//! Dicts, lists and plain values of Python: the form in which values of the core cross the border, as their JSON.
use juno_core::domain::ErrorKind;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDate, PyDateTime, PyFloat, PyInt, PyMapping, PySequence, PyString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

use crate::convert::Instant;
use crate::error::Fault;

/// Deeper than any value of the core, and shallow enough for every stack: a cycle ends here.
const MAX_DEPTH: u32 = 64;

/// A value of the core that Python sees as dicts, lists and plain values, the same as its JSON.
///
/// On the way in a `datetime` is its instant in text, a `date` its day, and any mapping or sequence will do; what JSON
/// cannot say (NaN, sets, objects) is an error.
pub(crate) struct Plain<T>(pub(crate) T);

impl<'py, T: DeserializeOwned> FromPyObject<'_, 'py> for Plain<T> {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(Self(read("the value", json("the value", &object.to_owned())?)?))
    }
}

impl<'py, T: Serialize> IntoPyObject<'py> for Plain<T> {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        Ok(pythonize::pythonize(py, &self.0)?)
    }
}

/// Keyword arguments that the core reads as one value.
#[derive(Default)]
pub(crate) struct Keywords(Map<String, Value>);

impl<'py> FromPyObject<'_, 'py> for Keywords {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(Self(read("the call", json("the call", &object.to_owned())?)?))
    }
}

impl Keywords {
    /// The same with one more.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// The value they are.
    pub(crate) fn read<T: DeserializeOwned>(self) -> Result<T, Fault> {
        read("the call", Value::Object(self.0))
    }
}

/// A value of the core out of its JSON; `what` names it in errors.
pub(crate) fn read<T: DeserializeOwned>(what: &str, value: Value) -> Result<T, Fault> {
    serde_json::from_value(value).map_err(|error| unreadable(what, error))
}

/// The JSON of a Python value.
pub(crate) fn json(what: &str, value: &Bound<'_, PyAny>) -> Result<Value, Fault> {
    json_at(what, value, MAX_DEPTH)
}

fn json_at(what: &str, value: &Bound<'_, PyAny>, depth: u32) -> Result<Value, Fault> {
    let depth =
        depth.checked_sub(1).ok_or_else(|| unreadable(what, "it is nested too deeply, or in a circle"))?;
    if value.is_none() {
        Ok(Value::Null)
    } else if value.is_instance_of::<PyBool>() {
        Ok(Value::Bool(value.extract()?))
    } else if value.is_instance_of::<PyInt>() {
        let number =
            value.extract::<i64>().map(Number::from).or_else(|_| value.extract::<u64>().map(Number::from));
        number.map(Value::Number).map_err(|_| unreadable(what, format!("`{value}` needs more than 64 bits")))
    } else if value.is_instance_of::<PyFloat>() {
        let number = Number::from_f64(value.extract()?);
        number.map(Value::Number).ok_or_else(|| unreadable(what, format!("`{value}` is no finite number")))
    } else if value.is_instance_of::<PyString>() {
        Ok(Value::String(value.extract()?))
    } else if value.is_instance_of::<PyDateTime>() {
        let at = value.extract::<Instant>()?.0;
        Ok(Value::String(at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)))
    } else if value.is_instance_of::<PyDate>() {
        Ok(Value::String(value.str()?.extract()?))
    } else if value.hasattr("__fspath__")? {
        Ok(Value::String(value.call_method0("__fspath__")?.extract()?))
    } else if let Ok(mapping) = value.cast::<PyMapping>() {
        let mut map = Map::new();
        for item in mapping.items()?.iter() {
            let (key, value) = item.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
            let key = key
                .extract::<String>()
                .map_err(|_| unreadable(what, format!("the key `{key}` is no text")))?;
            map.insert(key, json_at(what, &value, depth)?);
        }
        Ok(Value::Object(map))
    } else if let Ok(sequence) = value.cast::<PySequence>() {
        sequence.try_iter()?.map(|item| json_at(what, &item?, depth)).collect()
    } else {
        Err(unreadable(what, format!("there is a `{}` in it", value.get_type().name()?)))
    }
}

fn unreadable(what: &str, why: impl std::fmt::Display) -> Fault {
    Fault::new(ErrorKind::InvalidInput, format!("{what} cannot be read: {why}"))
}

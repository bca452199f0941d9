//! Values that Python and JUNO write differently.
use chrono::{DateTime, FixedOffset, Utc};
use juno_domain::ErrorKind;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Fault;

/// An instant: an aware `datetime` of any zone. A naive one is refused, for it names no instant.
pub(crate) struct Instant(pub(crate) DateTime<Utc>);

impl<'py> FromPyObject<'_, 'py> for Instant {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match object.extract::<DateTime<FixedOffset>>() {
            Ok(at) => Ok(Self(at.to_utc())),
            Err(_) if object.getattr("tzinfo").is_ok_and(|zone| zone.is_none()) => {
                Err(PyTypeError::new_err(format!(
                    "`{}` has no time zone: give an aware datetime, such as `datetime.now(timezone.utc)`",
                    object.str()?
                )))
            }
            Err(error) => Err(error),
        }
    }
}

/// A value of the core that Python sees as dicts, lists and plain values, the same as its JSON.
pub(crate) struct Plain<T>(pub(crate) T);

impl<'py, T: DeserializeOwned> FromPyObject<'_, 'py> for Plain<T> {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        pythonize::depythonize(&object.to_owned())
            .map(Self)
            .map_err(|error| Fault::new(ErrorKind::InvalidInput, error.to_string()).into())
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

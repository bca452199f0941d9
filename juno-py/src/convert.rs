//! Instants, which Python and JUNO write differently.
use chrono::{DateTime, FixedOffset, Utc};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

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

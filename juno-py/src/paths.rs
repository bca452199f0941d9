use std::path::PathBuf;

use pyo3::prelude::*;

/// One path or several.
pub(crate) struct Paths(pub(crate) Vec<PathBuf>);

impl<'py> FromPyObject<'_, 'py> for Paths {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        object.extract::<PathBuf>().map(|path| Self(vec![path])).or_else(|_| object.extract().map(Self))
    }
}

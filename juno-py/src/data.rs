//! What models are fitted on and asked about.
use std::path::PathBuf;
use std::sync::Arc;

use juno_core::connectors::csv_of_records;
use juno_core::domain::Progress;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PySequence, PyString};

use crate::error::Fault;
use crate::plain::Plain;
use crate::records::Records;

/// What a table that is no file is called in messages.
const TABLE: &str = "the table";

/// Records, paths to read them from, or a sprint table in memory: a data frame or a list of dicts.
pub(crate) enum Data {
    Records(Records),
    Paths(Vec<PathBuf>),
    Table(Vec<u8>),
}

impl<'py> FromPyObject<'_, 'py> for Data {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(records) = object.extract() {
            return Ok(Self::Records(records));
        }
        if let Some(csv) = csv_of_frame(&object)? {
            return Ok(Self::Table(csv));
        }
        if let Ok(path) = object.extract() {
            return Ok(Self::Paths(vec![path]));
        }
        let list = object.cast::<PySequence>().map_err(|_| {
            let class = object.get_type().name();
            PyTypeError::new_err(format!(
                "a `{}` is no data: give records, paths, a data frame (collected, where it is lazy) or a list of dicts",
                class.map(|name| name.to_string()).unwrap_or_default()
            ))
        })?;
        let is_table = list.get_item(0).is_ok_and(|first| first.cast::<PyMapping>().is_ok());
        if is_table {
            let Plain(records): Plain<Vec<_>> = list.extract()?;
            return Ok(Self::Table(csv_of_records(TABLE, &records).map_err(Fault::from)?));
        }
        Ok(Self::Paths(list.extract()?))
    }
}

impl Data {
    /// Reads what is not read yet.
    pub(crate) async fn records(self, progress: &Progress) -> Result<Arc<juno_core::Records>, Fault> {
        Ok(match self {
            Self::Records(records) => records.0,
            Self::Paths(paths) => Arc::new(juno_core::Records::read(&paths, progress).await?),
            Self::Table(csv) => Arc::new(juno_core::Records::read_table(TABLE, &csv, progress)?),
        })
    }
}

/// The text that the library of a data frame writes; `None` for what is no data frame.
fn csv_of_frame(object: &Bound<'_, PyAny>) -> PyResult<Option<Vec<u8>>> {
    let py = object.py();
    let text = if object.hasattr("write_csv")? {
        object.call_method0("write_csv")?
    } else if object.hasattr("to_csv")? {
        let options = PyDict::new(py);
        options.set_item("index", false)?;
        object.call_method("to_csv", (), Some(&options))?
    } else if object.hasattr("to_batches")? {
        let sink = py.import("io")?.call_method0("BytesIO")?;
        py.import("pyarrow.csv")?.call_method1("write_csv", (object, &sink))?;
        sink.call_method0("getvalue")?
    } else {
        return Ok(None);
    };
    if let Ok(text) = text.cast::<PyString>() {
        return Ok(Some(text.to_str()?.as_bytes().to_vec()));
    }
    Ok(Some(text.extract()?))
}

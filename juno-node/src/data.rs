//! What models are fitted on and asked about.
use std::path::PathBuf;
use std::sync::Arc;

use juno_core::connectors::csv_of_records;
use juno_core::domain::{ErrorKind, Progress};
use napi::ValueType;
use napi::bindgen_prelude::{Array, ClassInstance, FromNapiValue, JsValue, Unknown};

use crate::error::Fault;
use crate::plain::from_plain;
use crate::records::Records;

/// What a table that is no file is called in messages.
const TABLE: &str = "the table";

/// Records, paths to read them from, or a sprint table as an array of objects.
pub(crate) enum Data {
    Records(Records),
    Paths(Vec<PathBuf>),
    Table(Vec<u8>),
}

impl Data {
    pub(crate) fn of(what: &str, value: Unknown<'_>) -> Result<Self, Fault> {
        let kind = value.get_type()?;
        if kind == ValueType::String {
            return Ok(Self::Paths(vec![String::from_unknown(value)?.into()]));
        }
        if value.is_array()? {
            let first = Array::from_unknown(value)?.get::<Unknown<'_>>(0)?;
            if first.is_some_and(|first| first.get_type().is_ok_and(|kind| kind == ValueType::Object)) {
                let records: Vec<_> = from_plain(what, value)?;
                return Ok(Self::Table(csv_of_records(TABLE, &records)?));
            }
            return Ok(Self::Paths(from_plain(what, value)?));
        }
        if kind == ValueType::Object
            && let Ok(records) = ClassInstance::<Records>::from_unknown(value)
        {
            return Ok(Self::Records(Records::clone(&records)));
        }
        let message = format!("{what} is no data: give records, paths, or an array of objects");
        Err(Fault::new(ErrorKind::InvalidInput, message))
    }

    /// Reads what is not read yet.
    pub(crate) async fn records(self, progress: &Progress) -> Result<Arc<juno_core::Records>, Fault> {
        Ok(match self {
            Self::Records(records) => records.0,
            Self::Paths(paths) => Arc::new(juno_core::Records::read(&paths, progress).await?),
            Self::Table(csv) => Arc::new(juno_core::Records::read_table(TABLE, &csv, progress)?),
        })
    }
}

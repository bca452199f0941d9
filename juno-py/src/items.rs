//! Values by namespace and key, and what is imported from elsewhere.
use std::path::PathBuf;

use juno_core::agent::{ImportReport, ImportSource, ItemAnswer, ItemOp};
use juno_core::domain::TeamId;
use pyo3::prelude::*;

use crate::call::Call;
use crate::plain::{Plain, json};
use crate::runtime::waits;

waits! {
    /// Carries out several steps on values that are kept by namespace and key, and gives the answer to each.
    item_batch / item_batch_async (steps, team = None)
    |juno, steps: Plain<Vec<ItemOp>>, team: Option<Plain<TeamId>>| -> Plain<Vec<ItemAnswer>> {
        Plain(juno.core.memory.items(team.map(|team| team.0)).batch(&steps.0).await?)
    }

    /// Imports memories of mem0: paths of what `get_all()` gave, saved as JSON or JSON Lines, or the rows themselves.
    import_mem0 / import_mem0_async (source, *, team = None, progress = None)
    |juno, source: Source, team: Option<Plain<TeamId>>, progress: Option<Py<PyAny>>| -> Plain<ImportReport> {
        let team = team.map(|team| team.0);
        Plain(juno.core.memory.import_mem0(&source.0, team.as_ref(), &Call::progress(progress)).await?)
    }

    /// Imports items of a LangGraph store: what `Item.dict()` gave, or rows of the table of its PostgreSQL store.
    import_langgraph / import_langgraph_async (source, *, team = None, progress = None)
    |juno, source: Source, team: Option<Plain<TeamId>>, progress: Option<Py<PyAny>>| -> Plain<ImportReport> {
        let team = team.map(|team| team.0);
        Plain(juno.core.memory.import_langgraph(&source.0, team.as_ref(), &Call::progress(progress)).await?)
    }
}

/// A path, paths, or rows.
struct Source(ImportSource);

impl<'py> FromPyObject<'_, 'py> for Source {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(path) = object.extract::<PathBuf>() {
            return Ok(Self(ImportSource::Files(vec![path])));
        }
        if let Some(paths) = object.extract::<Vec<PathBuf>>().ok().filter(|paths| !paths.is_empty()) {
            return Ok(Self(ImportSource::Files(paths)));
        }
        let rows = json("what is to be imported", &object.to_owned())?;
        Ok(Self(ImportSource::Rows(vec![rows])))
    }
}

use std::sync::Arc;

use chrono::{DateTime, Utc};
use juno_core::agent::LoadSummary;
use juno_core::analytics::HistoryLine;
use juno_core::domain::Quarantined;
use pyo3::prelude::*;

use crate::convert::Instant;
use crate::error::Fault;
use crate::plain::Plain;

/// What `Juno.load` read, with every issue's history rebuilt.
#[pyclass(module = "juno", frozen, from_py_object)]
#[derive(Clone)]
pub(crate) struct Records(pub(crate) Arc<juno_core::Records>);

impl Records {
    pub(crate) fn new(records: juno_core::Records) -> Self {
        Self(Arc::new(records))
    }
}

#[pymethods]
impl Records {
    /// The newest instant at which anything happened; None where the input has no dates.
    #[getter]
    fn newest(&self) -> Option<DateTime<Utc>> {
        self.0.newest()
    }

    /// How much was read.
    #[getter]
    fn summary(&self) -> Plain<LoadSummary> {
        Plain(self.0.summary())
    }

    /// What was assumed while reading.
    #[getter]
    fn notes(&self) -> Vec<String> {
        self.0.notes()
    }

    /// What could not be used, each with its place and the reason.
    #[getter]
    fn quarantined(&self) -> Plain<&[Quarantined]> {
        Plain(&self.0.dataset().quarantined)
    }

    /// History as known at `at` (all of it without): one dict per issue, then one per sprint with its report.
    #[pyo3(signature = (at = None))]
    fn replay(&self, py: Python<'_>, at: Option<Instant>) -> Result<Plain<Vec<HistoryLine>>, Fault> {
        Ok(Plain(py.detach(|| self.0.history().lines(at.map(|at| at.0)))?))
    }

    fn __repr__(&self) -> String {
        let LoadSummary { issues, sprints, events } = self.0.summary();
        format!("Records(issues={issues}, sprints={sprints}, events={events})")
    }
}

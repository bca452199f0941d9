use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use juno_core::domain::Clock;
use juno_core::{HostClock, JunoBuilder, Settings};
use pyo3::prelude::*;

use crate::call::Call;
use crate::convert::Instant;
use crate::error::Fault;
use crate::model::PythonModel;
use crate::paths::Paths;
use crate::plain::Plain;
use crate::policy::PythonPolicy;
use crate::records::Records;
use crate::rules::RulePolicy;
use crate::runtime::{self, waits};
use crate::training::TrainedModel;

/// JUNO on one database: forecasts, triage, governed action, memory and proof. Threads and tasks may share one.
///
/// `settings` are dotted keys (`{"governance.supervisor_mode": False}`); with `folder`, its `juno.toml` and `.env` and
/// the environment are read first, and `defaults` count where these say nothing. `database` is a file or `":memory:"`.
/// Without `now` the time is the machine's; with it the clock stands there, and `review` moves it on to its `as_of`, so
/// that the past is reviewed as it was.
#[pyclass(module = "juno", frozen, skip_from_py_object)]
#[derive(Clone)]
pub(crate) struct Juno {
    pub(crate) core: juno_core::Juno,
    pub(crate) clock: HostClock,
}

#[pymethods]
impl Juno {
    #[new]
    #[pyo3(signature = (settings = None, *, defaults = None, database = None, folder = None, now = None, policy = None, model = None))]
    #[expect(clippy::too_many_arguments, reason = "in Python they are keywords with defaults")]
    fn new(
        py: Python<'_>,
        settings: Option<Plain<BTreeMap<String, serde_json::Value>>>,
        defaults: Option<Plain<BTreeMap<String, serde_json::Value>>>,
        database: Option<PathBuf>,
        folder: Option<PathBuf>,
        now: Option<Instant>,
        policy: Option<&Bound<'_, PyAny>>,
        model: Option<&Bound<'_, PyAny>>,
    ) -> Result<Self, Fault> {
        let given = settings.map(|given| given.0).unwrap_or_default();
        let defaults = defaults.map(|given| given.0).unwrap_or_default();
        let database = database.as_deref().map(Path::to_string_lossy);
        let settings = Settings::of_host(folder.as_deref(), &defaults, &given, database.as_deref())?;
        let clock = HostClock::new(now.map(|now| now.0));
        let mut builder = JunoBuilder::new(settings).clock(Arc::new(clock.clone()));
        if let Some(policy) = policy {
            builder = builder.policy(match policy.extract::<RulePolicy>() {
                Ok(rules) => rules.0,
                Err(_) => Arc::new(PythonPolicy::new(policy)?),
            });
        }
        if let Some(model) = model {
            builder = builder.model(match model.cast::<TrainedModel>() {
                Ok(trained) => trained.get().0.clone(),
                Err(_) => Arc::new(PythonModel::new(model)?),
            });
        }
        let core = runtime::wait(py, async move { Ok(builder.open().await?) })?;
        Ok(Self { core, clock })
    }

    /// The time by which decisions are made and deadlines count.
    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Moves a standing clock on; an error before its time, or where the clock is the machine's.
    fn set_now(&self, to: Instant) -> Result<(), Fault> {
        Ok(self.clock.set(to.0)?)
    }
}

waits! {
    /// Reads exports: files, or folders of them. A bad record is quarantined, never fatal.
    ///
    /// `progress(what, done, total)` is called now and then; if it raises, the loading stops.
    load / load_async (paths, progress = None)
    |juno, paths: Paths, progress: Option<Py<PyAny>>| -> Records {
        Records::new(juno.core.load(&paths.0, &Call::progress(progress)).await?)
    }

    /// The main job: fires deadlines, forecasts, triages, asks the policy, carries out what is approved, verifies the log.
    ///
    /// `as_of` bounds what is known; default the newest event of the records.
    review / review_async (records, as_of = None)
    |juno, records: Records, as_of: Option<Instant>| -> Plain<juno_core::Review> {
        let as_of = juno.clock.review_at(&records.0, as_of.map(|at| at.0))?;
        Plain(juno.core.review(&records.0, as_of, &Call::progress(None)).await?)
    }
}

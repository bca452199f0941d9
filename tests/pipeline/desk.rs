//! A `Juno` for a test: its settings, its stores, its clock moved by hand.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use chrono::{DateTime, TimeDelta, Utc};
use juno_core::agent::Stores;
use juno_core::connectors::{ConnectorSettings, load_blocking};
use juno_core::domain::{Dataset, PrincipalId};
use juno_core::prelude::*;
use juno_core::sqlite::{SqliteConfig, SqliteStore};

/// The people of these tests, everywhere.
const ROLES: &str = r#"{"team_lead":["lea"],"project_manager":["pam"],"engineering_manager":["eva"],"director":["dan"],"admin":["ada"]}"#;

/// A day after the sample's last event is as good as any.
pub(crate) fn start() -> DateTime<Utc> {
    "2026-11-13T10:30:00Z".parse().unwrap()
}

/// Settings in which policy may let something run.
pub(crate) fn trusting() -> Settings {
    Settings::default()
        .with("database.url", "memory:")
        .and_then(|settings| settings.with("governance.supervisor_mode", "false"))
        .and_then(|settings| settings.with("roles", ROLES))
        .unwrap()
}

pub(crate) fn person(name: &str) -> PrincipalId {
    PrincipalId::new(name).unwrap()
}

pub(crate) fn stores_of(path: &Path) -> Stores {
    let file = SqliteStore::open(path, SqliteConfig::default()).unwrap();
    Stores {
        memory: Arc::new(file.memory()),
        approvals: Arc::new(file.approvals()),
        executions: Arc::new(file.executions()),
        notifications: Arc::new(file.notifications()),
        audit: Arc::new(file.audit()),
        outbox: Arc::new(file.outbox()),
        texts: None,
        tiers: None,
    }
}

pub(crate) struct Desk {
    pub(crate) juno: Juno,
    pub(crate) stores: Stores,
    pub(crate) clock: ManualClock,
}

impl Desk {
    /// A desk over stores, with whatever else `with` puts in.
    pub(crate) async fn open(
        settings: Settings,
        stores: Stores,
        with: impl FnOnce(JunoBuilder) -> JunoBuilder,
    ) -> Self {
        let clock = ManualClock::new(start());
        let builder = JunoBuilder::new(settings).stores(stores.clone()).clock(Arc::new(clock.clone()));
        Self { juno: with(builder).open().await.unwrap(), stores, clock }
    }

    /// A desk whose state ends with it.
    pub(crate) async fn new(settings: Settings) -> Self {
        Self::open(settings, Stores::in_memory(), |builder| builder).await
    }

    /// The review of these records at the clock's instant.
    pub(crate) async fn review(&self, records: &Records) -> Review {
        self.juno.review(records, self.clock.now(), &Progress::silent()).await.unwrap()
    }

    pub(crate) fn wait(&self, hours: i64) {
        self.clock.advance(TimeDelta::hours(hours)).unwrap();
    }

    pub(crate) fn records(&self, dataset: Dataset) -> Records {
        Records::new(dataset, self.juno.config(), &Progress::silent()).unwrap()
    }

    pub(crate) fn sample(&self) -> Records {
        self.records(SAMPLE.clone())
    }

    /// No issues at all: only what a scripted reasoner says.
    pub(crate) fn nothing(&self) -> Records {
        self.records(Dataset::default())
    }
}

/// The shipped sample.
pub(crate) static SAMPLE: LazyLock<Dataset> = LazyLock::new(|| {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples/data/sample");
    load_blocking(&[folder], &ConnectorSettings::default(), &Progress::silent()).unwrap()
});

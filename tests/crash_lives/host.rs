//! A program on stores that outlive it, and a file as the outside world.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use juno_core::action::{ActionError, DryRunExecutor, Effect, Finding, Preview, Probe, inverse_of};
use juno_core::agent::Stores;
use juno_core::audit::{PersonalFields, Sealing};
use juno_core::crypto::{FileKeys, SystemRandom};
use juno_core::domain::Action;
use juno_core::governance::RequestFilter;
use juno_core::prelude::*;
use juno_postgres::{PostgresConfig, PostgresStore};
use juno_sqlite::{SqliteConfig, SqliteStore};
use juno_testkit::faults::{
    Faults, FaultyApprovalStore, FaultyAuditLog, FaultyExecutionStore, FaultyExecutor, FaultyMemoryStore,
    FaultyNotificationStore, FaultyOutbox,
};

pub(crate) const ROLES: &str = r#"{"team_lead":["lea"],"project_manager":["pam"],"engineering_manager":["eva"],"director":["dan"],"admin":["ada"]}"#;

pub(crate) fn start() -> DateTime<Utc> {
    "2026-11-13T10:30:00Z".parse().expect("a time")
}

/// A line in a file for each effect.
#[derive(Clone)]
pub(crate) struct World(PathBuf);

impl World {
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self(folder.join("effects"))
    }

    pub(crate) fn effects(&self) -> Vec<String> {
        std::fs::read_to_string(&self.0).unwrap_or_default().lines().map(str::to_owned).collect()
    }
}

#[async_trait]
impl ActionExecutor for World {
    fn name(&self) -> &str {
        "world"
    }

    async fn preview(&self, action: &Action) -> Result<Preview, ActionError> {
        DryRunExecutor.preview(action).await
    }

    async fn execute(&self, action: &Action, key: &str) -> Result<Effect, ActionError> {
        if action.target() == "PAY-666" {
            return Err(ActionError::NotDone("the other side refused it".into()));
        }
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&self.0);
        let written = file.and_then(|mut file| writeln!(file, "{key}"));
        written.map_err(|error| ActionError::Uncertain(error.to_string()))?;
        Ok(Effect { dry_run: false, detail: "written".into() })
    }

    async fn inverse(&self, action: &Action) -> Result<Option<Action>, ActionError> {
        Ok(inverse_of(action))
    }

    fn can_probe(&self) -> bool {
        true
    }

    async fn probe(&self, _: &Action, key: &str, _: u64) -> Result<Probe, ActionError> {
        // Whoever was to write is dead: what is not there will not come.
        let there = self.effects().iter().any(|line| line == key);
        Ok(if there { Probe::Done("found".into()) } else { Probe::NotDone("not there".into()) })
    }

    fn check_within(&self, action: &Action) -> Option<TimeDelta> {
        action.target().starts_with("CHECK-").then(|| TimeDelta::minutes(10))
    }

    async fn holds(&self, action: &Action) -> Result<Finding, ActionError> {
        Ok(Finding { holds: action.target() == "CHECK-1", detail: "looked".into() })
    }
}

/// `sqlite PATH`, or `postgres SCHEMA URL`; `folder` holds the keys of what can be erased.
pub(crate) fn open(address: &str, folder: &Path) -> Stores {
    let sealing = Sealing::new(PersonalFields::reasons(), Arc::new(SystemRandom));
    if let Some(path) = address.strip_prefix("sqlite ") {
        let store = SqliteStore::open(path, SqliteConfig::default()).expect("open");
        return Stores {
            memory: Arc::new(store.memory()),
            approvals: Arc::new(store.approvals()),
            executions: Arc::new(store.executions()),
            notifications: Arc::new(store.notifications()),
            audit: Arc::new(store.audit().with_sealing(sealing)),
            outbox: Arc::new(store.outbox()),
            texts: None,
            tiers: None,
        };
    }
    let parts = address.strip_prefix("postgres ").and_then(|rest| rest.split_once(' '));
    let (schema, url) = parts.expect("stores");
    let config = PostgresConfig { schema: schema.into(), max_connections: 4, ..PostgresConfig::default() };
    let store = PostgresStore::open(url, config).expect("open");
    let keys = FileKeys::open(folder.join("keys"), Arc::new(SystemRandom)).expect("keys");
    Stores {
        memory: Arc::new(store.memory()),
        approvals: Arc::new(store.approvals()),
        executions: Arc::new(store.executions()),
        notifications: Arc::new(store.notifications()),
        audit: Arc::new(store.audit().with_sealing(sealing, Arc::new(keys))),
        outbox: Arc::new(store.outbox()),
        texts: None,
        tiers: None,
    }
}

fn failing(stores: &Stores, faults: &Faults) -> Stores {
    Stores {
        memory: Arc::new(FaultyMemoryStore::new(stores.memory.clone(), faults.clone())),
        approvals: Arc::new(FaultyApprovalStore::new(stores.approvals.clone(), faults.clone())),
        executions: Arc::new(FaultyExecutionStore::new(stores.executions.clone(), faults.clone())),
        notifications: Arc::new(FaultyNotificationStore::new(stores.notifications.clone(), faults.clone())),
        audit: Arc::new(FaultyAuditLog::new(stores.audit.clone(), faults.clone())),
        outbox: Arc::new(FaultyOutbox::new(stores.outbox.clone(), faults.clone())),
        texts: stores.texts.clone(),
        tiers: None,
    }
}

/// One process: a `Juno` on the stores, its clock, and the world it acts on.
pub(crate) struct Host {
    pub(crate) juno: Juno,
    pub(crate) clock: ManualClock,
    pub(crate) stores: Stores,
    pub(crate) world: FaultyExecutor,
}

impl Host {
    pub(crate) async fn open(stores: Stores, folder: &Path, faults: &Faults, at: DateTime<Utc>) -> Self {
        let clock = ManualClock::new(at);
        let settings = Settings::default().with("database.url", "memory:").expect("settings");
        let settings = settings.with("roles", ROLES).expect("roles");
        let world = FaultyExecutor::new(Arc::new(World::in_folder(folder)), faults.clone());
        let builder = JunoBuilder::new(settings).stores(failing(&stores, faults));
        let builder = builder.clock(Arc::new(clock.clone())).executor(Arc::new(world.clone()));
        Self { juno: builder.open().await.expect("open"), clock, stores, world }
    }

    pub(crate) fn wait(&self, time: TimeDelta) {
        self.clock.advance(time).expect("a time");
    }

    /// Says what the stores hold by now: all of it was acknowledged.
    pub(crate) async fn say(&self) {
        for request in self.stores.approvals.list(&RequestFilter::default()).await.expect("list") {
            println!("ack request {} {}", request.id(), request.version());
            if let Some(execution) = self.stores.executions.get(request.id()).await.expect("get") {
                println!("ack execution {} {}", request.id(), execution.version);
            }
        }
        println!("ack records {}", self.stores.audit.head().await.expect("head").size);
    }
}

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use juno_core::prelude::*;
use juno_core::{Juno, Stores};
use juno_domain::{ManualClock, PrincipalId, RequestId};
use juno_governance::{Choice, Delivered, Delivery, DeliveryFilter, DeliveryState, Notifier};
use juno_sqlite::{SqliteConfig, SqliteStore};
use juno_testkit::conformance::approval_sample::{sample_proposal, start};
use juno_testkit::faults::{
    Faults, FaultyApprovalStore, FaultyAuditLog, FaultyExecutionStore, FaultyNotificationStore,
    FaultyNotifier, FaultyOutbox,
};

/// A JUNO with channels, and a clock that is moved by hand.
pub(crate) struct Bureau {
    pub(crate) juno: Juno,
    pub(crate) stores: Stores,
    pub(crate) clock: ManualClock,
}

/// One holder of each deciding role, and nobody else.
pub(crate) fn settings() -> Settings {
    let roles = r#"{"team_lead":["lead"],"project_manager":["manager"],"engineering_manager":["engineer"],
        "director":["director"]}"#;
    let sure = [("memory.enabled", "false"), ("confidence.threshold", "0.1"), ("roles", roles)];
    let with = |settings: Settings, (path, value): (&str, &str)| settings.with(path, value);
    sure.into_iter().try_fold(Settings::default(), with).expect("settings")
}

pub(crate) fn person(name: &str) -> PrincipalId {
    PrincipalId::new(name).expect("a principal")
}

pub(crate) fn stores_of(path: &Path) -> Stores {
    let file = SqliteStore::open(path, SqliteConfig::default()).expect("open");
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

/// The stores, all of which fail as `faults` says.
pub(crate) fn failing(stores: &Stores, faults: &Faults) -> Stores {
    Stores {
        memory: stores.memory.clone(),
        approvals: Arc::new(FaultyApprovalStore::new(stores.approvals.clone(), faults.clone())),
        executions: Arc::new(FaultyExecutionStore::new(stores.executions.clone(), faults.clone())),
        notifications: Arc::new(FaultyNotificationStore::new(stores.notifications.clone(), faults.clone())),
        audit: Arc::new(FaultyAuditLog::new(stores.audit.clone(), faults.clone())),
        outbox: Arc::new(FaultyOutbox::new(stores.outbox.clone(), faults.clone())),
        texts: stores.texts.clone(),
        tiers: stores.tiers.clone(),
    }
}

/// A channel that works, and what it delivered.
pub(crate) fn channel(name: &str) -> FaultyNotifier {
    FaultyNotifier::new(name, Faults::new())
}

impl Bureau {
    pub(crate) async fn open(settings: Settings, stores: Stores, channels: &[FaultyNotifier]) -> Self {
        let notifiers = channels.iter().map(|it| Arc::new(it.clone()) as Arc<dyn Notifier>).collect();
        Self::with(settings, stores, notifiers).await
    }

    pub(crate) async fn with(settings: Settings, stores: Stores, notifiers: Vec<Arc<dyn Notifier>>) -> Self {
        let clock = ManualClock::new(start());
        let mut builder = JunoBuilder::new(settings).stores(stores.clone()).clock(Arc::new(clock.clone()));
        for notifier in notifiers {
            builder = builder.notifier(notifier);
        }
        Self { juno: builder.open().await.expect("open"), stores, clock }
    }

    /// State that ends with it.
    pub(crate) async fn new(channels: &[FaultyNotifier]) -> Self {
        Self::open(settings(), Stores::in_memory(), channels).await
    }

    pub(crate) async fn submit(&self, proposal: &str) -> RequestId {
        let proposal = sample_proposal(proposal, "PAY", self.now());
        self.juno.gate.submit(&proposal).await.expect("submit").request.id().clone()
    }

    pub(crate) async fn approve(&self, id: &RequestId, by: &str) {
        let seen = self.juno.gate.request(id).await.expect("request");
        self.juno.gate.vote(&seen, &person(by), Choice::Approve, "fine").await.expect("vote");
    }

    pub(crate) async fn deliver(&self) -> Delivered {
        self.juno.notifications.deliver().await.expect("deliver")
    }

    pub(crate) async fn dead(&self) -> Vec<Delivery> {
        self.list(DeliveryState::Dead).await
    }

    /// What waits, but for reminders whose time has not come.
    pub(crate) async fn waiting(&self) -> Vec<Delivery> {
        let kind = juno_governance::NotificationKind::OverdueSoon;
        let mut waiting = self.list(DeliveryState::Waiting).await;
        waiting.retain(|delivery| delivery.notification.kind != kind);
        waiting
    }

    async fn list(&self, state: DeliveryState) -> Vec<Delivery> {
        let filter = DeliveryFilter { state: Some(state), ..DeliveryFilter::default() };
        self.juno.notifications.list(&filter).await.expect("list")
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        juno_domain::Clock::now(&self.clock)
    }

    pub(crate) fn wait(&self, time: TimeDelta) {
        self.clock.advance(time).expect("forwards");
    }
}

/// What arrived: the kind, and for whom.
pub(crate) fn told(channel: &FaultyNotifier) -> Vec<(&'static str, Vec<String>)> {
    let delivered = channel.delivered();
    let read = |it: juno_governance::Notification| {
        (it.kind.as_str(), it.recipients.iter().map(ToString::to_string).collect())
    };
    delivered.into_iter().map(read).collect()
}

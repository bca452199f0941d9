use std::sync::Arc;

use juno_action::{ExecutionStore, InMemoryExecutionStore};
use juno_audit::{AuditLog, InMemoryAuditLog, Outbox, PersonalTexts};
use juno_domain::EventBuffer;
use juno_governance::{ApprovalStore, InMemoryApprovalStore, InMemoryNotificationStore, NotificationStore};
use juno_memory::{InMemoryMemoryStore, MemoryStore, TieredMemoryStore, WorkingLimits};

use crate::texts_in_memory::TextsInMemory;

/// Where state lives. All stores of one set write their events to the same outbox.
#[derive(Clone)]
pub struct Stores {
    /// Memories.
    pub memory: Arc<dyn MemoryStore>,
    /// Requests for approval.
    pub approvals: Arc<dyn ApprovalStore>,
    /// Executions.
    pub executions: Arc<dyn ExecutionStore>,
    /// Notifications on their way.
    pub notifications: Arc<dyn NotificationStore>,
    /// The log.
    pub audit: Arc<dyn AuditLog>,
    /// Events the log has not taken yet.
    pub outbox: Arc<dyn Outbox>,
    /// The texts that requests, executions and waiting events hold, to erase them with what the log keeps apart. None where
    /// the log keeps nothing apart, as nothing is personal then.
    pub texts: Option<Arc<dyn PersonalTexts>>,
    /// The same memories by tiers, where they are kept in tiers, to move them.
    pub tiers: Option<Arc<TieredMemoryStore>>,
}

impl Stores {
    /// Stores that live as long as this process.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::in_memory_with(InMemoryAuditLog::new())
    }

    /// The same around this log.
    #[must_use]
    pub fn in_memory_with(audit: InMemoryAuditLog) -> Self {
        Self::in_memory_within(audit, WorkingLimits::DEFAULT)
    }

    /// The same with other bounds on the working memory of a session.
    #[must_use]
    pub fn in_memory_within(audit: InMemoryAuditLog, working: WorkingLimits) -> Self {
        let events = Arc::new(EventBuffer::default());
        let memory = InMemoryMemoryStore::new(events.clone()).with_working_limits(working);
        let approvals = Arc::new(InMemoryApprovalStore::new(events.clone()));
        let executions = Arc::new(InMemoryExecutionStore::new(events.clone()));
        let texts = audit.sealing().map(|sealing| {
            let (approvals, executions) = (approvals.clone(), executions.clone());
            let fields = sealing.fields().clone();
            let texts = TextsInMemory { approvals, executions, events: events.clone(), fields };
            Arc::new(texts) as Arc<dyn PersonalTexts>
        });
        Self {
            memory: Arc::new(memory),
            approvals,
            executions,
            texts,
            notifications: Arc::new(InMemoryNotificationStore::new(events.clone())),
            audit: Arc::new(audit),
            outbox: events,
            tiers: None,
        }
    }
}

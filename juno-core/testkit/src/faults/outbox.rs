use std::sync::Arc;

use async_trait::async_trait;
use juno_audit::{AuditError, Outbox};
use juno_domain::{DomainEvent, EventId};

use super::Faults;

/// An outbox that fails on demand.
#[derive(Clone)]
pub struct FaultyOutbox {
    inner: Arc<dyn Outbox>,
    faults: Faults,
}

impl FaultyOutbox {
    /// `inner`, failing as `faults` says.
    #[must_use]
    pub fn new(inner: Arc<dyn Outbox>, faults: Faults) -> Self {
        Self { inner, faults }
    }
}

#[async_trait]
impl Outbox for FaultyOutbox {
    async fn waiting(&self, limit: usize) -> Result<Vec<DomainEvent>, AuditError> {
        self.faults.around_read(self.inner.waiting(limit), AuditError::Unavailable).await
    }

    async fn acknowledge(&self, ids: &[EventId]) -> Result<(), AuditError> {
        self.faults.around(self.inner.acknowledge(ids), AuditError::Unavailable).await
    }
}

use std::sync::Arc;

use async_trait::async_trait;
use juno_audit::{AuditError, AuditLog, StoredRecord, TreeHead};
use juno_domain::DomainEvent;

use super::Faults;

/// A log that fails on demand.
#[derive(Clone)]
pub struct FaultyAuditLog {
    inner: Arc<dyn AuditLog>,
    faults: Faults,
}

impl FaultyAuditLog {
    /// `inner`, failing as `faults` says.
    #[must_use]
    pub fn new(inner: Arc<dyn AuditLog>, faults: Faults) -> Self {
        Self { inner, faults }
    }
}

#[async_trait]
impl AuditLog for FaultyAuditLog {
    async fn append(&self, events: &[DomainEvent]) -> Result<Vec<u64>, AuditError> {
        self.faults.around(self.inner.append(events), AuditError::Unavailable).await
    }

    async fn head(&self) -> Result<TreeHead, AuditError> {
        self.faults.around(self.inner.head(), AuditError::Unavailable).await
    }

    async fn stored(&self, from: u64, limit: usize) -> Result<Vec<StoredRecord>, AuditError> {
        self.faults.around(self.inner.stored(from, limit), AuditError::Unavailable).await
    }
}

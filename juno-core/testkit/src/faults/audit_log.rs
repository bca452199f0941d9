use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_audit::{AuditError, AuditLog, AuditPage, AuditQuery, Kept, StoredRecord, TreeHead};
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
        self.faults.around_read(self.inner.head(), AuditError::Unavailable).await
    }

    async fn stored(&self, from: u64, limit: usize) -> Result<Vec<StoredRecord>, AuditError> {
        self.faults.around_read(self.inner.stored(from, limit), AuditError::Unavailable).await
    }

    async fn search(&self, query: &AuditQuery) -> Result<AuditPage, AuditError> {
        self.faults.around_read(self.inner.search(query), AuditError::Unavailable).await
    }

    async fn kept(
        &self,
        person: Option<&str>,
        before: Option<DateTime<Utc>>,
    ) -> Result<Vec<Kept>, AuditError> {
        self.faults.around_read(self.inner.kept(person, before), AuditError::Unavailable).await
    }

    async fn forget(
        &self,
        size: u64,
        indices: &[u64],
        receipt: &DomainEvent,
    ) -> Result<Option<u64>, AuditError> {
        self.faults.around(self.inner.forget(size, indices, receipt), AuditError::Unavailable).await
    }

    async fn scrub(&self) -> Result<bool, AuditError> {
        self.faults.around(self.inner.scrub(), AuditError::Unavailable).await
    }
}

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{DomainEvent, MemoryId, PrincipalId, TenantId};
use juno_memory::{
    FactOutcome, LegalHold, Memory, MemoryError, MemoryFilter, MemoryHealth, MemoryPage, MemoryRemoval,
    MemoryScope, MemoryStore, MemoryWrite, RecallQuery, Recalled, Reencrypted,
};

use super::Faults;

/// A store of memories that fails on demand.
#[derive(Clone)]
pub struct FaultyMemoryStore {
    inner: Arc<dyn MemoryStore>,
    faults: Faults,
}

impl FaultyMemoryStore {
    /// `inner`, failing as `faults` says.
    #[must_use]
    pub fn new(inner: Arc<dyn MemoryStore>, faults: Faults) -> Self {
        Self { inner, faults }
    }
}

const fn fault(reason: String) -> MemoryError {
    MemoryError::Unavailable { reason }
}

#[async_trait]
impl MemoryStore for FaultyMemoryStore {
    async fn put(&self, memory: &Memory, events: &[DomainEvent]) -> Result<(), MemoryError> {
        self.faults.around(self.inner.put(memory, events), fault).await
    }

    async fn put_all(&self, writes: &[MemoryWrite]) -> Result<(), MemoryError> {
        self.faults.around(self.inner.put_all(writes), fault).await
    }

    async fn record_fact(&self, memory: &Memory, actor: &PrincipalId) -> Result<FactOutcome, MemoryError> {
        self.faults.around(self.inner.record_fact(memory, actor), fault).await
    }

    async fn get(
        &self,
        scope: &MemoryScope,
        id: &MemoryId,
        now: DateTime<Utc>,
    ) -> Result<Option<Memory>, MemoryError> {
        self.faults.around_read(self.inner.get(scope, id, now), fault).await
    }

    fn vectors(&self) -> Option<&dyn juno_memory::MemoryVectors> {
        self.inner.vectors()
    }

    async fn recall(&self, query: &RecallQuery, now: DateTime<Utc>) -> Result<Vec<Recalled>, MemoryError> {
        self.faults.around_read(self.inner.recall(query, now), fault).await
    }

    async fn list(&self, filter: &MemoryFilter, now: DateTime<Utc>) -> Result<Vec<Memory>, MemoryError> {
        self.faults.around_read(self.inner.list(filter, now), fault).await
    }

    async fn forget(
        &self,
        scope: &MemoryScope,
        id: &MemoryId,
        events: &[DomainEvent],
    ) -> Result<bool, MemoryError> {
        self.faults.around(self.inner.forget(scope, id, events), fault).await
    }

    async fn purge_expired(&self, now: DateTime<Utc>, actor: &PrincipalId) -> Result<u64, MemoryError> {
        self.faults.around(self.inner.purge_expired(now, actor), fault).await
    }

    async fn update(&self, old: &Memory, new: &Memory, events: &[DomainEvent]) -> Result<(), MemoryError> {
        self.faults.around(self.inner.update(old, new, events), fault).await
    }

    async fn forget_all(&self, removals: &[MemoryRemoval]) -> Result<u64, MemoryError> {
        self.faults.around(self.inner.forget_all(removals), fault).await
    }

    async fn scan(
        &self,
        tenant: &TenantId,
        after: Option<&MemoryId>,
        limit: usize,
    ) -> Result<MemoryPage, MemoryError> {
        self.faults.around_read(self.inner.scan(tenant, after, limit), fault).await
    }

    async fn holds(&self, tenant: &TenantId) -> Result<Vec<LegalHold>, MemoryError> {
        self.faults.around_read(self.inner.holds(tenant), fault).await
    }

    async fn hold(&self, hold: &LegalHold, events: &[DomainEvent]) -> Result<(), MemoryError> {
        self.faults.around(self.inner.hold(hold, events), fault).await
    }

    async fn release(
        &self,
        tenant: &TenantId,
        subject: &str,
        events: &[DomainEvent],
    ) -> Result<bool, MemoryError> {
        self.faults.around(self.inner.release(tenant, subject, events), fault).await
    }

    async fn compact(&self) -> Result<bool, MemoryError> {
        self.faults.around(self.inner.compact(), fault).await
    }

    async fn destroy_keys(&self, tenant: &TenantId, subject: &str) -> Result<u64, MemoryError> {
        self.faults.around(self.inner.destroy_keys(tenant, subject), fault).await
    }

    async fn rotate_keys(&self, tenant: &TenantId) -> Result<(), MemoryError> {
        self.faults.around(self.inner.rotate_keys(tenant), fault).await
    }

    async fn reencrypt_page(
        &self,
        tenant: &TenantId,
        after: Option<&MemoryId>,
        limit: usize,
    ) -> Result<Reencrypted, MemoryError> {
        self.faults.around(self.inner.reencrypt_page(tenant, after, limit), fault).await
    }

    async fn drop_old_keys(&self, tenant: &TenantId) -> Result<u64, MemoryError> {
        self.faults.around(self.inner.drop_old_keys(tenant), fault).await
    }

    async fn health(&self, tenant: &TenantId, now: DateTime<Utc>) -> Result<MemoryHealth, MemoryError> {
        self.faults.around_read(self.inner.health(tenant, now), fault).await
    }
}

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{MemoryId, TenantId};
use juno_memory::{Memory, MemoryArchive, MemoryError, MemoryPage, MemoryScope};

use super::Faults;

/// An archive of memories that fails on demand.
#[derive(Clone)]
pub struct FaultyMemoryArchive {
    inner: Arc<dyn MemoryArchive>,
    faults: Faults,
}

impl FaultyMemoryArchive {
    /// `inner`, failing as `faults` says.
    #[must_use]
    pub fn new(inner: Arc<dyn MemoryArchive>, faults: Faults) -> Self {
        Self { inner, faults }
    }
}

const fn fault(reason: String) -> MemoryError {
    MemoryError::Unavailable { reason }
}

#[async_trait]
impl MemoryArchive for FaultyMemoryArchive {
    async fn store(&self, tenant: &TenantId, memories: &[Memory]) -> Result<(), MemoryError> {
        self.faults.around(self.inner.store(tenant, memories), fault).await
    }

    async fn get(&self, scope: &MemoryScope, id: &MemoryId) -> Result<Option<Memory>, MemoryError> {
        self.faults.around(self.inner.get(scope, id), fault).await
    }

    async fn owner(&self, tenant: &TenantId, id: &MemoryId) -> Result<Option<MemoryScope>, MemoryError> {
        self.faults.around(self.inner.owner(tenant, id), fault).await
    }

    async fn scan(
        &self,
        tenant: &TenantId,
        scope: Option<&MemoryScope>,
        after: Option<&MemoryId>,
        limit: usize,
    ) -> Result<MemoryPage, MemoryError> {
        self.faults.around(self.inner.scan(tenant, scope, after, limit), fault).await
    }

    async fn expired(
        &self,
        tenant: &TenantId,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Memory>, MemoryError> {
        self.faults.around(self.inner.expired(tenant, now, limit), fault).await
    }

    async fn remove(&self, tenant: &TenantId, ids: &BTreeSet<MemoryId>) -> Result<u64, MemoryError> {
        self.faults.around(self.inner.remove(tenant, ids), fault).await
    }

    async fn tenants(&self) -> Result<Vec<TenantId>, MemoryError> {
        self.faults.around(self.inner.tenants(), fault).await
    }

    async fn compact(&self) -> Result<bool, MemoryError> {
        self.faults.around(self.inner.compact(), fault).await
    }
}

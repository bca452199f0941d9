use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{DomainEvent, MemoryId, PrincipalId, TenantId};

use crate::{
    Embedder, FactOutcome, LegalHold, Memory, MemoryError, MemoryFilter, MemoryHealth, MemoryPage,
    MemoryRemoval, MemoryScope, MemoryStore, MemoryVectors, MemoryWrite, RecallQuery, Recalled, Reencrypted,
    SemanticMemoryStore,
};

#[async_trait]
impl MemoryStore for SemanticMemoryStore {
    async fn put(&self, memory: &Memory, events: &[DomainEvent]) -> Result<(), MemoryError> {
        self.inner.put(memory, events).await?;
        self.embed_written(&[memory]).await;
        Ok(())
    }

    async fn put_all(&self, writes: &[MemoryWrite]) -> Result<(), MemoryError> {
        self.inner.put_all(writes).await?;
        let written: Vec<&Memory> = writes.iter().map(|write| &write.memory).collect();
        self.embed_written(&written).await;
        Ok(())
    }

    async fn update(&self, old: &Memory, new: &Memory, events: &[DomainEvent]) -> Result<(), MemoryError> {
        self.inner.update(old, new, events).await?;
        self.embed_written(&[new]).await;
        Ok(())
    }

    async fn record_fact(&self, memory: &Memory, actor: &PrincipalId) -> Result<FactOutcome, MemoryError> {
        let outcome = self.inner.record_fact(memory, actor).await?;
        self.embed_written(&[memory]).await;
        Ok(outcome)
    }

    async fn get(
        &self,
        scope: &MemoryScope,
        id: &MemoryId,
        now: DateTime<Utc>,
    ) -> Result<Option<Memory>, MemoryError> {
        self.inner.get(scope, id, now).await
    }

    async fn recall(&self, query: &RecallQuery, now: DateTime<Utc>) -> Result<Vec<Recalled>, MemoryError> {
        self.recall_by_meaning(query, now).await
    }

    async fn list(&self, filter: &MemoryFilter, now: DateTime<Utc>) -> Result<Vec<Memory>, MemoryError> {
        self.inner.list(filter, now).await
    }

    async fn forget(
        &self,
        scope: &MemoryScope,
        id: &MemoryId,
        events: &[DomainEvent],
    ) -> Result<bool, MemoryError> {
        self.inner.forget(scope, id, events).await
    }

    async fn forget_all(&self, removals: &[MemoryRemoval]) -> Result<u64, MemoryError> {
        self.inner.forget_all(removals).await
    }

    async fn purge_expired(&self, now: DateTime<Utc>, actor: &PrincipalId) -> Result<u64, MemoryError> {
        self.inner.purge_expired(now, actor).await
    }

    async fn scan(
        &self,
        tenant: &TenantId,
        after: Option<&MemoryId>,
        limit: usize,
    ) -> Result<MemoryPage, MemoryError> {
        self.inner.scan(tenant, after, limit).await
    }

    async fn holds(&self, tenant: &TenantId) -> Result<Vec<LegalHold>, MemoryError> {
        self.inner.holds(tenant).await
    }

    async fn hold(&self, hold: &LegalHold, events: &[DomainEvent]) -> Result<(), MemoryError> {
        self.inner.hold(hold, events).await
    }

    async fn release(
        &self,
        tenant: &TenantId,
        subject: &str,
        events: &[DomainEvent],
    ) -> Result<bool, MemoryError> {
        self.inner.release(tenant, subject, events).await
    }

    async fn compact(&self) -> Result<bool, MemoryError> {
        self.inner.compact().await
    }

    async fn destroy_keys(&self, tenant: &TenantId, subject: &str) -> Result<u64, MemoryError> {
        self.inner.destroy_keys(tenant, subject).await
    }

    async fn rotate_keys(&self, tenant: &TenantId) -> Result<(), MemoryError> {
        self.inner.rotate_keys(tenant).await
    }

    async fn reencrypt_page(
        &self,
        tenant: &TenantId,
        after: Option<&MemoryId>,
        limit: usize,
    ) -> Result<Reencrypted, MemoryError> {
        self.inner.reencrypt_page(tenant, after, limit).await
    }

    async fn drop_old_keys(&self, tenant: &TenantId) -> Result<u64, MemoryError> {
        self.inner.drop_old_keys(tenant).await
    }

    fn vectors(&self) -> Option<&dyn MemoryVectors> {
        self.inner.vectors()
    }

    fn embedder(&self) -> Option<&dyn Embedder> {
        Some(self.embedder_of())
    }

    async fn health(&self, tenant: &TenantId, now: DateTime<Utc>) -> Result<MemoryHealth, MemoryError> {
        self.inner.health(tenant, now).await
    }
}

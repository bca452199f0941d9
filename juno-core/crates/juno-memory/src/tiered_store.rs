use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{DomainEvent, MemoryId, PrincipalId, TenantId};

use crate::store::{check_page, check_same_place};
use crate::{
    FactOutcome, LegalHold, Memory, MemoryError, MemoryFilter, MemoryKind, MemoryPage, MemoryRemoval,
    MemoryScope, MemoryStore, MemoryVectors, MemoryWrite, RecallQuery, Recalled, Reencrypted,
    TieredMemoryStore, Touched, tiered_merge,
};

#[async_trait]
impl MemoryStore for TieredMemoryStore {
    async fn put(&self, memory: &Memory, events: &[DomainEvent]) -> Result<(), MemoryError> {
        let write = MemoryWrite { memory: memory.clone(), events: events.to_vec() };
        self.put_all(&[write]).await
    }

    async fn put_all(&self, writes: &[MemoryWrite]) -> Result<(), MemoryError> {
        let working = writes.iter().filter(|write| write.memory.kind == MemoryKind::Working).count();
        if self.hot.is_some() && working != 0 && working != writes.len() {
            return Err(MemoryError::Mixed);
        }
        for write in writes {
            write.memory.check()?;
            self.check_elsewhere(&write.memory).await?;
        }
        match &self.hot {
            Some(hot) if working > 0 => hot.put_all(writes).await,
            _ => {
                let places: Vec<_> = writes
                    .iter()
                    .map(|write| (write.memory.scope.clone(), write.memory.id.clone()))
                    .collect();
                self.changing(Touched::Memories(&places), self.warm.put_all(writes)).await
            }
        }
    }

    async fn update(&self, old: &Memory, new: &Memory, events: &[DomainEvent]) -> Result<(), MemoryError> {
        check_same_place(old, new)?;
        match (self.hot_for(old.kind), self.hot_for(new.kind)) {
            (Some(hot), Some(_)) => hot.update(old, new, events).await,
            (None, None) => {
                let place = [(new.scope.clone(), new.id.clone())];
                self.changing(Touched::Memories(&place), self.warm.update(old, new, events)).await
            }
            _ => Err(MemoryError::Turned { id: old.id.clone() }),
        }
    }

    async fn record_fact(&self, memory: &Memory, actor: &PrincipalId) -> Result<FactOutcome, MemoryError> {
        memory.check()?;
        self.check_elsewhere(memory).await?;
        match self.hot_for(memory.kind) {
            Some(hot) => hot.record_fact(memory, actor).await,
            None => {
                let touched = Touched::Scope(&memory.scope);
                self.changing(touched, self.warm.record_fact(memory, actor)).await
            }
        }
    }

    async fn get(
        &self,
        scope: &MemoryScope,
        id: &MemoryId,
        now: DateTime<Utc>,
    ) -> Result<Option<Memory>, MemoryError> {
        let hot = match self.hot_in(scope) {
            Some(hot) => hot.get(scope, id, now).await,
            None => Ok(None),
        };
        if let Ok(Some(memory)) = hot {
            return Ok(Some(memory));
        }
        if let Some(memory) = self.warm_get(scope, id, now).await? {
            return Ok(Some(memory));
        }
        // It is nowhere else, so whether there is one is the hot store's to say.
        hot?;
        let Some(archive) = &self.archive else { return Ok(None) };
        let live = |memory: &Memory| memory.is_live(now);
        match archive.get(scope, id).await?.filter(live) {
            Some(memory) => Ok(Some(memory)),
            // Restored between the two looks, it has been in the warm store since before the second.
            None => self.warm.get(scope, id, now).await,
        }
    }

    async fn recall(&self, query: &RecallQuery, now: DateTime<Utc>) -> Result<Vec<Recalled>, MemoryError> {
        query.check()?;
        let warm = self.warm.recall(query, now).await?;
        let Some((hot, filter)) = self.hot_read(&query.filter) else { return Ok(warm) };
        let hot = hot.recall(&RecallQuery { filter, ..query.clone() }, now).await?;
        Ok(tiered_merge::best(warm, hot, query.filter.limit))
    }

    async fn list(&self, filter: &MemoryFilter, now: DateTime<Utc>) -> Result<Vec<Memory>, MemoryError> {
        filter.check()?;
        let warm = self.warm.list(filter, now).await?;
        let Some((hot, exact)) = self.hot_read(filter) else { return Ok(warm) };
        Ok(tiered_merge::newest(warm, hot.list(&exact, now).await?, filter.limit))
    }

    async fn forget(
        &self,
        scope: &MemoryScope,
        id: &MemoryId,
        events: &[DomainEvent],
    ) -> Result<bool, MemoryError> {
        let removal = MemoryRemoval { scope: scope.clone(), id: id.clone(), events: events.to_vec() };
        Ok(self.forget_all(&[removal]).await? > 0)
    }

    async fn forget_all(&self, removals: &[MemoryRemoval]) -> Result<u64, MemoryError> {
        let mut removed = self.forget_beyond_hot(removals).await?;
        if let Some(hot) = &self.hot {
            let mut in_sessions: BTreeMap<&TenantId, Vec<MemoryRemoval>> = BTreeMap::new();
            for removal in removals.iter().filter(|removal| removal.scope.session().is_some()) {
                in_sessions.entry(removal.scope.tenant()).or_default().push(removal.clone());
            }
            // With one removal the warm store has answered for it already, and the hot one need not be there.
            if removals.len() != 1 || removed == 0 {
                for removals in in_sessions.into_values() {
                    removed += hot.forget_all(&removals).await?;
                }
            }
        }
        Ok(removed)
    }

    async fn purge_expired(&self, now: DateTime<Utc>, actor: &PrincipalId) -> Result<u64, MemoryError> {
        let mut purged = self.changing(Touched::Everything, self.warm.purge_expired(now, actor)).await?;
        purged += self.purge_archive(now, actor).await?;
        if let Some(hot) = &self.hot {
            purged += hot.purge_expired(now, actor).await?;
        }
        Ok(purged)
    }

    async fn scan(
        &self,
        tenant: &TenantId,
        after: Option<&MemoryId>,
        limit: usize,
    ) -> Result<MemoryPage, MemoryError> {
        check_page(limit)?;
        let mut pages = vec![self.warm.scan(tenant, after, limit).await?];
        if let Some(hot) = &self.hot {
            pages.push(hot.scan(tenant, after, limit).await?);
        }
        if let Some(archive) = &self.archive {
            pages.push(archive.scan(tenant, None, after, limit).await?);
        }
        match pages.len() {
            1 => Ok(pages.remove(0)),
            // What was ended in the warm store as it moved is whole in the archive.
            _ => Ok(tiered_merge::page(pages, limit, |held, later| {
                held.expires_at.is_some_and(|ends| later.expires_at.is_none_or(|later| ends < later))
                    && held.says_the_same(later)
            })),
        }
    }

    async fn holds(&self, tenant: &TenantId) -> Result<Vec<LegalHold>, MemoryError> {
        self.warm.holds(tenant).await
    }

    async fn hold(&self, hold: &LegalHold, events: &[DomainEvent]) -> Result<(), MemoryError> {
        // The warm one answers for it, so it comes last.
        if let Some(hot) = &self.hot {
            hot.hold(hold, events).await?;
        }
        self.warm.hold(hold, events).await
    }

    async fn release(
        &self,
        tenant: &TenantId,
        subject: &str,
        events: &[DomainEvent],
    ) -> Result<bool, MemoryError> {
        if let Some(hot) = &self.hot {
            hot.release(tenant, subject, events).await?;
        }
        self.warm.release(tenant, subject, events).await
    }

    async fn destroy_keys(&self, tenant: &TenantId, subject: &str) -> Result<u64, MemoryError> {
        self.warm.destroy_keys(tenant, subject).await
    }

    async fn rotate_keys(&self, tenant: &TenantId) -> Result<(), MemoryError> {
        self.warm.rotate_keys(tenant).await
    }

    async fn reencrypt_page(
        &self,
        tenant: &TenantId,
        after: Option<&MemoryId>,
        limit: usize,
    ) -> Result<Reencrypted, MemoryError> {
        self.warm.reencrypt_page(tenant, after, limit).await
    }

    async fn drop_old_keys(&self, tenant: &TenantId) -> Result<u64, MemoryError> {
        self.warm.drop_old_keys(tenant).await
    }

    fn vectors(&self) -> Option<&dyn MemoryVectors> {
        self.warm.vectors().map(|_| self as &dyn MemoryVectors)
    }

    async fn compact(&self) -> Result<bool, MemoryError> {
        if let Some(cache) = &self.cache {
            cache.clear().await?;
        }
        let mut whole = self.warm.compact().await?;
        if let Some(archive) = &self.archive {
            whole &= archive.compact().await?;
        }
        if let Some(hot) = &self.hot {
            whole &= hot.compact().await?;
        }
        Ok(whole)
    }
}

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use juno_crypto::digest;
use juno_domain::{DomainEvent, EventId, EventKind, MemoryId, PrincipalId, TenantId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::event::written_event;
use crate::{
    ForgetReason, Memory, MemoryError, MemoryKind, MemoryRemoval, MemoryScope, TieredMemoryStore, Touched,
    forgotten_event, held_event,
};

/// What a run of [`TieredMemoryStore::tier`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tiered {
    /// Memories looked at.
    pub seen: u64,
    /// Memories moved to the archive.
    pub archived: u64,
    /// Memories that were due and were changed by somebody meanwhile: they stay for the next run.
    pub changed: u64,
    /// Memories that were both in the warm store and in the archive, left by a run that ended half-way or by a later
    /// write: the archived ones were removed.
    pub resolved: u64,
}

impl TieredMemoryStore {
    /// Moves a tenant's memories that are due to the archive, and resolves what an earlier run left half-way.
    ///
    /// Each is copied first; then, if nobody has changed it, ended in the warm store together with the record of its
    /// move, and removed by [`purge_expired`](crate::MemoryStore::purge_expired). Killed at any instant it leaves a
    /// memory in the warm store, in the archive or in both, never in none. Without an archive it does nothing.
    ///
    /// # Errors
    /// If a store or the archive fails; what was moved by then is moved.
    pub async fn tier(
        &self,
        tenant: &TenantId,
        now: DateTime<Utc>,
        actor: &PrincipalId,
    ) -> Result<Tiered, MemoryError> {
        let mut done = Tiered::default();
        self.carry_holds(tenant).await?;
        let Some(archive) = &self.archive else { return Ok(done) };
        let held = self.held(&MemoryScope::tenant_wide(tenant.clone())).await?;
        let mut after = None;
        loop {
            let page = self.warm.scan(tenant, after.as_ref(), self.policy.batch).await?;
            done.seen += page.memories.len() as u64;
            let (mut due, mut doubled) = (Vec::new(), BTreeSet::new());
            for memory in page.memories {
                let is_held = memory.subject.as_ref().is_some_and(|subject| held.contains(subject));
                if !is_held && self.policy.is_due(&memory, now) {
                    due.push(memory);
                } else if memory.is_live(now) && archive.owner(tenant, &memory.id).await?.is_some() {
                    doubled.insert(memory.id);
                }
            }
            archive.store(tenant, &due).await?;
            for memory in &due {
                match self.end(memory, now, actor).await {
                    Ok(()) => done.archived += 1,
                    Err(MemoryError::Changed { .. } | MemoryError::Held { .. }) => {
                        done.changed += 1;
                        doubled.insert(memory.id.clone());
                    }
                    Err(error) => return Err(error),
                }
            }
            done.resolved += archive.remove(tenant, &doubled).await?;
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        if done.archived > 0 {
            self.changing(Touched::Everything, self.warm.purge_expired(now, actor)).await?;
        }
        Ok(done)
    }

    /// Ends a memory in the warm store, if it is still this one, with the record of its move.
    async fn end(&self, memory: &Memory, now: DateTime<Utc>, actor: &PrincipalId) -> Result<(), MemoryError> {
        let ended = Memory { expires_at: Some(now), ..memory.clone() };
        let written = moved_event(memory, actor, now, "archived")?;
        let place = [(memory.scope.clone(), memory.id.clone())];
        self.changing(Touched::Memories(&place), self.warm.update(memory, &ended, &[written])).await
    }

    /// Brings a memory back from the archive, with a record. `None` where the archive has none; a memory that the warm
    /// store has, newer, stays as it is.
    ///
    /// # Errors
    /// If a store or the archive fails.
    pub async fn restore(
        &self,
        scope: &MemoryScope,
        id: &MemoryId,
        now: DateTime<Utc>,
        actor: &PrincipalId,
    ) -> Result<Option<Memory>, MemoryError> {
        let Some(archive) = &self.archive else { return Ok(None) };
        let Some(archived) = archive.get(scope, id).await? else { return Ok(None) };
        let newer = self.warm.get(scope, id, now).await?;
        if newer.is_none() {
            let restored = moved_event(&archived, actor, now, "restored")?;
            let place = [(scope.clone(), id.clone())];
            self.changing(Touched::Memories(&place), self.warm.put(&archived, &[restored])).await?;
        }
        archive.remove(scope.tenant(), &[id.clone()].into()).await?;
        Ok(Some(newer.unwrap_or(archived)))
    }

    /// Places the legal holds of the warm store on the hot one, which may have lost its content.
    async fn carry_holds(&self, tenant: &TenantId) -> Result<(), MemoryError> {
        let Some(hot) = &self.hot else { return Ok(()) };
        let known = hot.holds(tenant).await?;
        for hold in self.warm.holds(tenant).await? {
            if !known.contains(&hold) {
                hot.hold(&hold, &[held_event(&hold)?]).await?;
            }
        }
        Ok(())
    }

    /// Removes memories from the warm store and the archive.
    pub(crate) async fn forget_beyond_hot(&self, removals: &[MemoryRemoval]) -> Result<u64, MemoryError> {
        let places: Vec<(MemoryScope, MemoryId)> =
            removals.iter().map(|removal| (removal.scope.clone(), removal.id.clone())).collect();
        let (mut archived, mut only) = (Archived::new(), Vec::new());
        if let Some(archive) = &self.archive {
            for removal in removals {
                let MemoryRemoval { scope, id, .. } = removal;
                let Some(memory) = archive.get(scope, id).await? else { continue };
                if let Some(subject) = &memory.subject
                    && self.held(scope).await?.contains(subject)
                {
                    return Err(MemoryError::Held { id: id.clone() });
                }
                if self.warm.get(scope, id, DateTime::<Utc>::MIN_UTC).await?.is_none() {
                    only.push(removal);
                }
                archived.entry(scope.tenant().clone()).or_default().insert(id.clone());
            }
        }
        let removed = self.changing(Touched::Memories(&places), self.warm.forget_all(removals)).await?;
        for removal in &only {
            self.record(removal.scope.tenant(), &removal.events).await?;
        }
        self.remove_archived(&archived).await?;
        Ok(removed + only.len() as u64)
    }

    /// Removes what has expired in the archive, with its records, and says how many.
    pub(crate) async fn purge_archive(
        &self,
        now: DateTime<Utc>,
        actor: &PrincipalId,
    ) -> Result<u64, MemoryError> {
        let Some(archive) = &self.archive else { return Ok(0) };
        let mut purged = 0;
        for tenant in archive.tenants().await? {
            let held = self.held(&MemoryScope::tenant_wide(tenant.clone())).await?;
            let mut expired = archive.expired(&tenant, now, crate::MemoryFilter::MAX_LIMIT).await?;
            expired.retain(|memory| memory.subject.as_ref().is_none_or(|subject| !held.contains(subject)));
            for batch in expired.chunks(self.policy.batch.max(1)) {
                let mut events = Vec::new();
                for Memory { scope, id, .. } in batch {
                    // What the warm store has as well is its to record.
                    if self.warm.get(scope, id, DateTime::<Utc>::MIN_UTC).await?.is_none() {
                        events.push(forgotten_event(scope, id, actor, now, ForgetReason::Expired)?);
                    }
                }
                self.record(&tenant, &events).await?;
                let ids = batch.iter().map(|memory| memory.id.clone()).collect();
                self.remove_archived(&[(tenant.clone(), ids)].into()).await?;
                purged += events.len() as u64;
            }
        }
        Ok(purged)
    }

    async fn remove_archived(&self, archived: &Archived) -> Result<(), MemoryError> {
        if let Some(archive) = &self.archive {
            for (tenant, ids) in archived {
                archive.remove(tenant, ids).await?;
            }
        }
        Ok(())
    }

    /// Commits records of removals from the archive, which has no outbox. A store commits events only with a change of
    /// its own: so a memory that nobody can read is written with them, and removed.
    async fn record(&self, tenant: &TenantId, events: &[DomainEvent]) -> Result<(), MemoryError> {
        let Some(first) = events.first() else { return Ok(()) };
        let ids: Vec<&EventId> = events.iter().map(|event| &event.id).collect();
        let id = MemoryId::new(format!("archive-{}", digest(json!(ids).to_string().as_bytes())))?;
        let scope = MemoryScope::tenant_wide(tenant.clone());
        let text = "removals from the archive";
        let mut carrier = Memory::new(id, MemoryKind::Episodic, scope, text, "archive", DateTime::UNIX_EPOCH);
        carrier.expires_at = Some(DateTime::UNIX_EPOCH);
        let mut all = vec![written_event(&carrier, &first.actor)?];
        all.extend_from_slice(events);
        self.warm.put(&carrier, &all).await?;
        let gone =
            forgotten_event(&carrier.scope, &carrier.id, &first.actor, first.at, ForgetReason::Expired)?;
        self.warm.forget(&carrier.scope, &carrier.id, &[gone]).await?;
        Ok(())
    }
}

/// Archived ids by tenant.
type Archived = BTreeMap<TenantId, BTreeSet<MemoryId>>;

/// The record of a memory being moved between tiers by `actor` at `at`.
fn moved_event(
    memory: &Memory,
    actor: &PrincipalId,
    at: DateTime<Utc>,
    what: &str,
) -> Result<DomainEvent, MemoryError> {
    let written = written_event(memory, actor)?;
    let fact = json!([memory.scope, memory.id, at, what]).to_string();
    let payload =
        json!({ "scope": memory.scope, "tier": what, "digest": digest(memory.to_json()?.as_bytes()) });
    let id = EventId::new(format!("memory_moved-{}", digest(fact.as_bytes())))?;
    Ok(DomainEvent { id, kind: EventKind::MemoryWritten, at, payload: payload.into(), ..written })
}

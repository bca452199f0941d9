use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{DomainEvent, EventKind, MemoryId, PrincipalId, TenantId};
use juno_memory::{
    FactOutcome, LegalHold, Memory, MemoryError, MemoryFilter, MemoryPage, MemoryRemoval, MemoryScope,
    MemoryStore, MemoryWrite, RecallQuery, Recalled, check_events, check_hold_events, check_page,
    check_same_place,
};
use redis::Cmd;

use crate::change::Change;
use crate::commit::Commit;
use crate::keys::scope_of;
use crate::link::Ask;
use crate::mirror::{Fields, corrupt, read_holds, version};
use crate::scan;
use crate::session::Session;
use crate::value;

/// Memories in Redis: meant for working memory, and true to the whole contract for every kind.
///
/// A read by id is one question. `recall` and `list` answer from a mirror of the scope in this process after one
/// question whether it is still true; a change is worked out on the mirror and committed, with its records, if it was.
///
/// In a cluster one transaction cannot span tenants that lie on different servers: `put_all` and `forget_all` of such are
/// refused.
#[derive(Clone)]
pub struct RedisMemoryStore {
    session: Arc<Session>,
}

impl RedisMemoryStore {
    pub(crate) const fn new(session: Arc<Session>) -> Self {
        Self { session }
    }
}

#[async_trait]
impl MemoryStore for RedisMemoryStore {
    async fn put(&self, memory: &Memory, events: &[DomainEvent]) -> Result<(), MemoryError> {
        let write = MemoryWrite { memory: memory.clone(), events: events.to_vec() };
        self.put_all(&[write]).await
    }

    async fn put_all(&self, writes: &[MemoryWrite]) -> Result<(), MemoryError> {
        let mut owners: BTreeMap<(&TenantId, &MemoryId), &MemoryScope> = BTreeMap::new();
        for MemoryWrite { memory, events } in writes {
            memory.check()?;
            self.session.config.working.check(memory)?;
            check_events(&memory.id, EventKind::MemoryWritten, events)?;
            let owner = owners.insert((memory.scope.tenant(), &memory.id), &memory.scope);
            if owner.is_some_and(|scope| *scope != memory.scope) {
                return Err(MemoryError::Conflict { id: memory.id.clone() });
            }
        }
        let scopes = writes.iter().map(|write| &write.memory.scope);
        self.session.change(scopes, &Change::Put(writes)).await?;
        Ok(())
    }

    async fn update(&self, old: &Memory, new: &Memory, events: &[DomainEvent]) -> Result<(), MemoryError> {
        check_same_place(old, new)?;
        self.session.change([&old.scope], &Change::Update { old, new, events }).await?;
        Ok(())
    }

    async fn record_fact(&self, memory: &Memory, actor: &PrincipalId) -> Result<FactOutcome, MemoryError> {
        memory.check()?;
        let done = self.session.change([&memory.scope], &Change::Fact { memory, actor }).await?;
        done.fact
            .ok_or_else(|| MemoryError::Internal { reason: "a fact was recorded without an outcome".into() })
    }

    async fn get(
        &self,
        scope: &MemoryScope,
        id: &MemoryId,
        now: DateTime<Utc>,
    ) -> Result<Option<Memory>, MemoryError> {
        let mut read = Cmd::new();
        read.arg("HGET").arg(self.session.keys.scope(scope)).arg(format!("i{id}"));
        let stored: Option<Vec<u8>> = self.session.link.ask(Ask::Command(&read)).await?;
        let Some(stored) = stored else { return Ok(None) };
        match value::read(id.as_str(), &stored) {
            Ok(memory) if memory.scope == *scope => Ok(Some(memory).filter(|memory| memory.is_live(now))),
            Ok(_) => Err(MemoryError::Corrupt {
                id: id.to_string(),
                reason: "it is filed under another scope than its own".into(),
            }),
            Err(reason) => Err(MemoryError::Corrupt { id: id.to_string(), reason }),
        }
    }

    async fn recall(&self, query: &RecallQuery, now: DateTime<Utc>) -> Result<Vec<Recalled>, MemoryError> {
        query.check()?;
        self.session.recall(query, now).await
    }

    async fn list(&self, filter: &MemoryFilter, now: DateTime<Utc>) -> Result<Vec<Memory>, MemoryError> {
        filter.check()?;
        self.session.list(filter, now).await
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
        for MemoryRemoval { id, events, .. } in removals {
            check_events(id, EventKind::MemoryForgotten, events)?;
        }
        let scopes = removals.iter().map(|removal| &removal.scope);
        Ok(self.session.change(scopes, &Change::Forget(removals)).await?.count)
    }

    async fn purge_expired(&self, now: DateTime<Utc>, actor: &PrincipalId) -> Result<u64, MemoryError> {
        let mut purged = 0;
        for part in self.session.keys.parts() {
            // What is held stays and would come again, so each scope is looked at once.
            let mut seen = BTreeSet::new();
            let mut passed = 0_usize;
            loop {
                let mut due = Cmd::new();
                due.arg("ZRANGEBYSCORE").arg(self.session.keys.expiry(part)).arg("-inf");
                due.arg(now.timestamp_millis()).arg("LIMIT").arg(passed).arg(500);
                let places: Vec<String> = self.session.link.ask(Ask::Command(&due)).await?;
                if places.is_empty() {
                    break;
                }
                let read = |place: &String| serde_json::from_str::<(String, String)>(place).ok();
                let scopes: BTreeSet<MemoryScope> =
                    places.iter().filter_map(read).filter_map(|(scope, _)| scope_of(&scope)).collect();
                let before = purged;
                for scope in scopes {
                    if seen.insert(scope.clone()) {
                        let purge = Change::Purge { now, actor };
                        purged += self.session.change([&scope], &purge).await?.count;
                    }
                }
                if purged == before {
                    passed += places.len();
                }
            }
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
        let mut page = MemoryPage::default();
        let found = scan::page(&self.session, tenant, after, limit).await?;
        page.next = found.next.as_ref().and_then(|next| MemoryId::new(next.as_str()).ok());
        for (id, scope, stored) in found.memories {
            let read = match &stored {
                Some(stored) => value::read(&id, stored),
                None => Err("it has an owner and no content".into()),
            };
            match read {
                Ok(memory) if scope_of(&scope).as_ref() == Some(&memory.scope) => page.memories.push(memory),
                Ok(_) => {
                    page.corrupt.push(corrupt(id, "it is filed under another scope than its own".into()))
                }
                Err(reason) => page.corrupt.push(corrupt(id, reason)),
            }
        }
        Ok(page)
    }

    async fn holds(&self, tenant: &TenantId) -> Result<Vec<LegalHold>, MemoryError> {
        let fields = self.session.fields(&self.session.keys.holds(tenant)).await?;
        let mut holds = read_holds(&fields)?;
        holds.sort_by(|a, b| a.subject.cmp(&b.subject));
        Ok(holds)
    }

    async fn hold(&self, hold: &LegalHold, events: &[DomainEvent]) -> Result<(), MemoryError> {
        hold.check()?;
        check_hold_events(&hold.tenant, &hold.subject, EventKind::MemoryHeld, events)?;
        let json = serde_json::to_string(hold)
            .map_err(|error| MemoryError::Internal { reason: error.to_string() })?;
        self.set_hold(&hold.tenant, &hold.subject, Some(&json), events).await?;
        Ok(())
    }

    async fn release(
        &self,
        tenant: &TenantId,
        subject: &str,
        events: &[DomainEvent],
    ) -> Result<bool, MemoryError> {
        check_hold_events(tenant, subject, EventKind::MemoryHoldLifted, events)?;
        self.set_hold(tenant, subject, None, events).await
    }

    async fn compact(&self) -> Result<bool, MemoryError> {
        Ok(self.session.rewrite_files().await?)
    }
}

impl RedisMemoryStore {
    /// Places a hold, or lifts it; `false` where there was none to lift.
    async fn set_hold(
        &self,
        tenant: &TenantId,
        subject: &str,
        hold: Option<&str>,
        events: &[DomainEvent],
    ) -> Result<bool, MemoryError> {
        let Session { keys, link, .. } = &*self.session;
        let (key, field) = (keys.holds(tenant), format!("s{subject}"));
        for _ in 0..Session::TRIES {
            let fields: Fields = self.session.fields(&key).await?;
            if hold.is_none() && !fields.contains_key(field.as_bytes()) {
                return Ok(false);
            }
            let mut commit = Commit::new(keys, keys.part(tenant));
            commit.events(events)?;
            let before = version(&fields);
            commit.check(&key, "v", &before);
            match hold {
                Some(json) => commit.set(&key, &field, json),
                None => commit.unset(&key, &field),
            }
            // The version stays when the last hold is lifted: mirrors rest on it.
            let after = commit.version_after(&before);
            commit.set(&key, "v", &after);
            if commit.run(link).await? {
                return Ok(true);
            }
        }
        Err(crate::RedisStoreError::Contended.into())
    }
}

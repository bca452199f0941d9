use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{DomainEvent, EventKind, MemoryId, PrincipalId, TenantId};
use juno_memory::{
    Card, Fact, FactOutcome, ForgetReason, LegalHold, Memory, MemoryError, MemoryFilter, MemoryPage,
    MemoryRemoval, MemoryScope, MemoryStore, MemoryWrite, RecallQuery, Recalled, arrange, check_events,
    check_hold_events, check_page, check_same_place, forgotten_event,
};

use crate::database::Database;
use crate::error::PostgresError;
use crate::memory_plan::{self, prepare};
use crate::memory_row::{COLUMNS, Damaged, Stored, read};
use crate::memory_scope::{Held, Levels, hold, hold_existing, read_scope};
use crate::memory_write::{Change, Ready, apply};
use crate::outbox::Prepared;
use crate::time::nanos;
use crate::transact::transact;
use crate::{memory_compact, memory_holds, memory_scan, memory_search};

/// Expired memories removed in one transaction.
const PURGE_BATCH: i64 = 500;

/// Memories in the database.
///
/// The ranking is that of `juno_memory::rank`, the same as in memory and in SQLite. A search asks the server three
/// times: where the words stand, what the ranking wants to know of these memories and their threads, and the text of
/// what is given. Every key and every index begins with the scope. Writers of one scope take turns through the lock of
/// its row, always in the order of names; writers of different scopes do not meet. Reads wait for nobody and see one
/// state of the database.
#[derive(Clone)]
pub struct PostgresMemoryStore {
    database: Arc<Database>,
}

impl PostgresMemoryStore {
    pub(crate) const fn new(database: Arc<Database>) -> Self {
        Self { database }
    }

    /// Checks a write and makes everything for it that needs no transaction.
    fn ready<'m>(&self, memory: &'m Memory, events: &'m [DomainEvent]) -> Result<Ready<'m>, MemoryError> {
        memory.check()?;
        self.database.working().check(memory)?;
        let actor = &check_events(&memory.id, EventKind::MemoryWritten, events)?.actor;
        let (card, words) = Card::of(memory);
        let (words, events) = (words.join(" "), prepare(events)?);
        Ok(Ready { memory, actor, body: memory.to_json()?, card, words, events })
    }

    async fn write(&self, ready: &[Ready<'_>]) -> Result<(), MemoryError> {
        if ready.is_empty() {
            return Ok(());
        }
        let max = self.database.working().max_entries;
        transact!(self.database, Write, |tx| -> Result<(), MemoryError> {
            memory_plan::write(tx, ready, max).await
        })
    }

    /// Removes some of what has expired, each with its record. `None` where there was nothing.
    async fn purge_batch(&self, now: DateTime<Utc>, actor: &PrincipalId) -> Result<Option<u64>, MemoryError> {
        transact!(self.database, Write, |tx| -> Result<Option<u64>, MemoryError> {
            let sql = "SELECT m.key, s.tenant, s.team, s.agent, s.session
                 FROM memories m JOIN memory_scopes s ON s.key = m.scope
                 WHERE m.expires_at <= $1 AND NOT EXISTS (
                     SELECT 1 FROM memory_holds h WHERE h.tenant = m.tenant AND h.subject = m.subject)
                 ORDER BY m.expires_at LIMIT $2";
            let expired = tx.all(sql, &[&nanos(now), &PURGE_BATCH]).await?;
            if expired.is_empty() {
                return Ok(None);
            }
            let (mut keys, mut scopes) = (Vec::with_capacity(expired.len()), BTreeSet::new());
            for row in expired {
                keys.push(row.try_get(0).map_err(PostgresError::from)?);
                scopes.insert(read_scope(&row, 1)??);
            }
            let held = hold_existing(tx, &scopes).await?;
            // Others may have been there first.
            let expired = Stored::expired(tx, &keys, nanos(now)).await?;
            let (mut changes, mut events) = (Vec::new(), Vec::new());
            for (scope, held) in &held {
                for old in expired.iter().filter(|old| old.scope == held.key) {
                    let (id, reason) = (MemoryId::new(old.id.clone())?, ForgetReason::Expired);
                    events.push(forgotten_event(scope, &id, actor, now, reason)?);
                    changes.push(Change { old: Some(old.clone()), new: None, indexed: true });
                }
            }
            let held: Vec<Held> = held.into_values().collect();
            apply(tx, &held, &changes).await?;
            prepare(&events)?.push(tx).await?;
            Ok(Some(changes.len() as u64))
        })
    }

    /// Forgets scopes that hold nothing any more and that nobody is writing to.
    async fn tidy(&self) -> Result<(), MemoryError> {
        transact!(self.database, Write, |tx| -> Result<(), MemoryError> {
            let sql = "DELETE FROM memory_scopes WHERE key IN (
                 SELECT key FROM memory_scopes WHERE memories = 0
                 ORDER BY tenant, team, agent, session FOR UPDATE SKIP LOCKED)";
            tx.execute(sql, &[]).await?;
            Ok(())
        })
    }
}

#[async_trait]
impl MemoryStore for PostgresMemoryStore {
    async fn put(&self, memory: &Memory, events: &[DomainEvent]) -> Result<(), MemoryError> {
        self.write(&[self.ready(memory, events)?]).await
    }

    async fn put_all(&self, writes: &[MemoryWrite]) -> Result<(), MemoryError> {
        let ready = writes.iter().map(|write| self.ready(&write.memory, &write.events));
        self.write(&ready.collect::<Result<Vec<_>, _>>()?).await
    }

    async fn update(&self, old: &Memory, new: &Memory, events: &[DomainEvent]) -> Result<(), MemoryError> {
        check_same_place(old, new)?;
        let ready = [self.ready(new, events)?];
        let (changed, scopes) =
            (|| MemoryError::Changed { id: old.id.clone() }, BTreeSet::from([old.scope.clone()]));
        let max = self.database.working().max_entries;
        transact!(self.database, Write, |tx| -> Result<(), MemoryError> {
            let held = hold_existing(tx, &scopes).await?;
            let key = held.get(&old.scope).ok_or_else(changed)?.key;
            let sql = format!(
                "SELECT {COLUMNS} FROM memories m WHERE m.tenant = $1 AND m.id = $2 AND m.scope = $3"
            );
            let row = tx.one(&sql, &[&old.scope.tenant().as_str(), &old.id.as_str(), &key]).await?;
            let found = row.as_ref().map(|row| read(row, 0, &old.scope)).transpose()?;
            match found.ok_or_else(changed)? {
                Ok(found) if found == *old => memory_plan::write(tx, &ready, max).await,
                _ => Err(changed()),
            }
        })
    }

    async fn record_fact(&self, memory: &Memory, actor: &PrincipalId) -> Result<FactOutcome, MemoryError> {
        memory.check()?;
        self.database.working().check(memory)?;
        let fact = memory.fact.as_ref().map(Fact::key);
        let scopes = BTreeSet::from([memory.scope.clone()]);
        let max = self.database.working().max_entries;
        transact!(self.database, Write, |tx| -> Result<FactOutcome, MemoryError> {
            let held = hold(tx, &scopes).await?;
            let key = held.values().next().map(|held| held.key);
            let sql = format!("SELECT {COLUMNS} FROM memories m WHERE m.scope = $1 AND m.fact = $2");
            let mut known = Vec::new();
            for row in tx.all(&sql, &[&key, &fact]).await? {
                let memory = read(&row, 0, &memory.scope)?;
                known.push(memory.map_err(|Damaged { id, reason }| MemoryError::Corrupt { id, reason })?);
            }
            let (outcome, writes) = arrange(&known, memory)?;
            let writes = writes.into_iter().map(|memory| MemoryWrite::new(memory, actor));
            let writes = writes.collect::<Result<Vec<_>, _>>()?;
            let ready = writes.iter().map(|write| self.ready(&write.memory, &write.events));
            memory_plan::write(tx, &ready.collect::<Result<Vec<_>, _>>()?, max).await?;
            Ok(outcome)
        })
    }

    async fn get(
        &self,
        scope: &MemoryScope,
        id: &MemoryId,
        now: DateTime<Utc>,
    ) -> Result<Option<Memory>, MemoryError> {
        let sql = "SELECT m.id, m.kind, m.recorded_at, m.expires_at, m.subject, m.body
             FROM memories m JOIN memory_scopes s ON s.key = m.scope
             WHERE m.tenant = $1 AND m.id = $2 AND (m.expires_at IS NULL OR m.expires_at > $3)
                 AND s.tenant = $1 AND s.team = $4 AND s.agent = $5 AND s.session = $6";
        let levels = Levels::of([scope]);
        let [team, agent, session] =
            [1, 2, 3].map(|level| levels.columns().get(level).and_then(|l| l.first()));
        let params: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
            [&scope.tenant().as_str(), &id.as_str(), &nanos(now), &team, &agent, &session];
        let Some(row) = self.database.one(sql, &params).await? else { return Ok(None) };
        match read(&row, 0, scope)? {
            Ok(memory) => Ok(Some(memory)),
            Err(Damaged { id, reason }) => Err(MemoryError::Corrupt { id, reason }),
        }
    }

    async fn recall(&self, query: &RecallQuery, now: DateTime<Utc>) -> Result<Vec<Recalled>, MemoryError> {
        query.check()?;
        transact!(self.database, Read, |tx| -> Result<Vec<Recalled>, MemoryError> {
            Ok(memory_search::recall(tx, query, now).await?)
        })
    }

    async fn list(&self, filter: &MemoryFilter, now: DateTime<Utc>) -> Result<Vec<Memory>, MemoryError> {
        filter.check()?;
        transact!(self.database, Read, |tx| -> Result<Vec<Memory>, MemoryError> {
            Ok(memory_search::newest(tx, filter, now).await?)
        })
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
        let ready = removals.iter().map(|removal| {
            check_events(&removal.id, EventKind::MemoryForgotten, &removal.events)?;
            Ok((removal, prepare(&removal.events)?))
        });
        let ready = ready.collect::<Result<Vec<_>, MemoryError>>()?;
        let scopes: BTreeSet<MemoryScope> = removals.iter().map(|removal| removal.scope.clone()).collect();
        transact!(self.database, Write, |tx| -> Result<u64, MemoryError> {
            let held = hold_existing(tx, &scopes).await?;
            let ids = removals.iter().map(|removal| (removal.scope.tenant(), &removal.id));
            let found = Stored::find(tx, ids.collect::<BTreeSet<_>>()).await?;
            let mut stored: BTreeMap<(i64, &str), &Stored> =
                found.iter().map(|old| ((old.scope, old.id.as_str()), old)).collect();
            let (mut changes, mut events) = (Vec::new(), Prepared::default());
            for (MemoryRemoval { scope, id, .. }, prepared) in &ready {
                let Some(held) = held.get(scope) else { continue };
                let Some(old) = stored.remove(&(held.key, id.as_str())) else { continue };
                if old.held {
                    return Err(MemoryError::Held { id: id.clone() });
                }
                changes.push(Change { old: Some(old.clone()), new: None, indexed: true });
                events.extend(prepared);
            }
            let held: Vec<Held> = held.into_values().collect();
            apply(tx, &held, &changes).await?;
            events.push(tx).await?;
            Ok(changes.len() as u64)
        })
    }

    async fn purge_expired(&self, now: DateTime<Utc>, actor: &PrincipalId) -> Result<u64, MemoryError> {
        let mut removed = 0;
        while let Some(more) = self.purge_batch(now, actor).await? {
            removed += more;
        }
        self.tidy().await?;
        Ok(removed)
    }

    async fn scan(
        &self,
        tenant: &TenantId,
        after: Option<&MemoryId>,
        limit: usize,
    ) -> Result<MemoryPage, MemoryError> {
        check_page(limit)?;
        transact!(self.database, Read, |tx| -> Result<MemoryPage, MemoryError> {
            Ok(memory_scan::page(tx, tenant, after, limit).await?)
        })
    }

    async fn holds(&self, tenant: &TenantId) -> Result<Vec<LegalHold>, MemoryError> {
        transact!(self.database, Read, |tx| -> Result<Vec<LegalHold>, MemoryError> {
            memory_holds::all(tx, tenant).await
        })
    }

    async fn hold(&self, hold: &LegalHold, events: &[DomainEvent]) -> Result<(), MemoryError> {
        hold.check()?;
        check_hold_events(&hold.tenant, &hold.subject, EventKind::MemoryHeld, events)?;
        let prepared = prepare(events)?;
        transact!(self.database, Write, |tx| -> Result<(), MemoryError> {
            memory_holds::place(tx, hold).await?;
            Ok(prepared.push(tx).await?)
        })
    }

    async fn release(
        &self,
        tenant: &TenantId,
        subject: &str,
        events: &[DomainEvent],
    ) -> Result<bool, MemoryError> {
        check_hold_events(tenant, subject, EventKind::MemoryHoldLifted, events)?;
        let prepared = prepare(events)?;
        transact!(self.database, Write, |tx| -> Result<bool, MemoryError> {
            let lifted = memory_holds::lift(tx, tenant, subject).await?;
            if lifted {
                prepared.push(tx).await?;
            }
            Ok(lifted)
        })
    }

    /// Writes the tables of memories anew; readers and writers of a table wait meanwhile. What the server's write-ahead
    /// log and its backups hold stays there until they are recycled: that is the server's, and out of reach.
    async fn compact(&self) -> Result<bool, MemoryError> {
        let work = async { memory_compact::compact(self.database.connection().await?).await };
        Ok(self.database.reactor().run(work).await?)
    }
}

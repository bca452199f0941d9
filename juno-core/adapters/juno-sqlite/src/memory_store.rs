use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_audit::AuditError;
use juno_domain::{DomainEvent, EventKind, MemoryId, PrincipalId, TenantId};
use juno_memory::{
    CorruptMemory, Fact, FactOutcome, ForgetReason, Memory, MemoryError, MemoryFilter, MemoryHealth,
    MemoryKind, MemoryScope, MemoryStore, MemoryWrite, RecallQuery, Recalled, arrange, check_events,
    forgotten_event,
};

use crate::database::Database;
use crate::memory_row::{self, COLUMNS, Damaged, Stored, read, read_scope, scope_key};
use crate::memory_search;
use crate::outbox::Prepared;
use crate::time::nanos;
use crate::tx::Tx;

/// Expired memories removed in one transaction.
const PURGE_BATCH: i64 = 500;

/// Memories in the file.
///
/// Reads answer inline, on the caller's thread. Words are found through a full-text index in which each scope has its
/// own postings; the ranking is that of `juno_memory::rank`, the same as in memory. What is forgotten or replaced is
/// overwritten in the file's pages and in the index; the write-ahead log keeps it until the next checkpoint.
#[derive(Clone)]
pub struct SqliteMemoryStore {
    database: Arc<Database>,
}

/// A checked write.
struct Ready<'m> {
    memory: &'m Memory,
    actor: &'m PrincipalId,
    body: String,
    events: Prepared,
}

impl SqliteMemoryStore {
    pub(crate) const fn new(database: Arc<Database>) -> Self {
        Self { database }
    }

    /// Checks a write and makes everything for it that needs no transaction.
    fn ready<'m>(&self, memory: &'m Memory, events: &'m [DomainEvent]) -> Result<Ready<'m>, MemoryError> {
        memory.check()?;
        self.database.config().working.check(memory)?;
        let actor = &check_events(&memory.id, EventKind::MemoryWritten, events)?.actor;
        Ok(Ready { memory, actor, body: memory.to_json()?, events: prepare(events)? })
    }

    fn write(&self, tx: &Tx<'_>, ready: Ready<'_>) -> Result<(), MemoryError> {
        let Ready { memory, actor, body, events } = ready;
        let scope = memory_row::put(tx, memory, &body)?;
        events.push(tx)?;
        if memory.kind == MemoryKind::Working {
            prepare(&self.keep_limit(tx, scope, memory, actor)?)?.push(tx)?;
        }
        Ok(())
    }

    /// Forgets the oldest working memories of a session beyond the limit, never the one just written, and gives the
    /// records of that.
    fn keep_limit(
        &self,
        tx: &Tx<'_>,
        scope: i64,
        written: &Memory,
        actor: &PrincipalId,
    ) -> Result<Vec<DomainEvent>, MemoryError> {
        let max = i64::try_from(self.database.config().working.max_entries).unwrap_or(i64::MAX);
        let held = "SELECT count(*) FROM memories WHERE scope = ?1 AND kind = 'working'";
        let excess = tx.one(held, [scope], |row| row.get::<_, i64>(0))?.unwrap_or(0).saturating_sub(max);
        if excess <= 0 {
            return Ok(Vec::new());
        }
        let oldest = tx.all(
            "SELECT key, scope, words, word_count, who, id FROM memories
             WHERE scope = ?1 AND kind = 'working' AND id <> ?2 ORDER BY recorded_at, id LIMIT ?3",
            (scope, written.id.as_str(), excess),
            |row| Ok((Stored::read(row)?, row.get::<_, String>(5)?)),
        )?;
        let mut events = Vec::with_capacity(oldest.len());
        for (stored, id) in oldest {
            stored.remove(tx)?;
            let (id, reason) = (MemoryId::new(id)?, ForgetReason::WorkingLimit);
            events.push(forgotten_event(&written.scope, &id, actor, written.recorded_at, reason)?);
        }
        Ok(events)
    }

    /// Removes some of what has expired, each with its record.
    fn purge_batch(&self, now: DateTime<Utc>, actor: &PrincipalId) -> Result<u64, MemoryError> {
        self.database.write(|tx| {
            let expired = tx.all(
                "SELECT m.key, m.scope, m.words, m.word_count, m.who, m.id, s.tenant, s.team, s.agent, s.session
                 FROM scopes s CROSS JOIN memories m ON m.scope = s.key WHERE m.expires_at <= ?1 LIMIT ?2",
                [nanos(now), PURGE_BATCH],
                |row| Ok((Stored::read(row)?, row.get::<_, String>(5)?, read_scope(row, 6)?)),
            )?;
            let removed = expired.len() as u64;
            let mut events = Vec::with_capacity(expired.len());
            for (stored, id, scope) in expired {
                stored.remove(tx)?;
                events.push(forgotten_event(
                    &scope?,
                    &MemoryId::new(id)?,
                    actor,
                    now,
                    ForgetReason::Expired,
                )?);
            }
            prepare(&events)?.push(tx)?;
            Ok(removed)
        })
    }
}

#[async_trait]
impl MemoryStore for SqliteMemoryStore {
    async fn put(&self, memory: &Memory, events: &[DomainEvent]) -> Result<(), MemoryError> {
        let ready = self.ready(memory, events)?;
        self.database.write(|tx| self.write(tx, ready))
    }

    async fn put_all(&self, writes: &[MemoryWrite]) -> Result<(), MemoryError> {
        let ready = writes.iter().map(|write| self.ready(&write.memory, &write.events));
        let ready = ready.collect::<Result<Vec<_>, _>>()?;
        self.database.write(|tx| ready.into_iter().try_for_each(|ready| self.write(tx, ready)))
    }

    async fn record_fact(&self, memory: &Memory, actor: &PrincipalId) -> Result<FactOutcome, MemoryError> {
        memory.check()?;
        self.database.config().working.check(memory)?;
        let fact = memory.fact.as_ref().map(Fact::key);
        self.database.write(|tx| {
            let known = match scope_key(tx, &memory.scope)? {
                Some(scope) => {
                    let sql = format!("SELECT {COLUMNS} FROM memories m WHERE m.scope = ?1 AND m.fact = ?2");
                    tx.all(&sql, (scope, fact), |row| read(row, &memory.scope))?
                }
                None => Vec::new(),
            };
            let known = known.into_iter().collect::<Result<Vec<_>, _>>();
            let known = known.map_err(|Damaged { id, reason }| MemoryError::Corrupt { id, reason })?;
            let (outcome, writes) = arrange(&known, memory)?;
            for memory in writes {
                let write = MemoryWrite::new(memory, actor)?;
                self.write(tx, self.ready(&write.memory, &write.events)?)?;
            }
            Ok(outcome)
        })
    }

    async fn get(
        &self,
        scope: &MemoryScope,
        id: &MemoryId,
        now: DateTime<Utc>,
    ) -> Result<Option<Memory>, MemoryError> {
        let sql = "SELECT m.id, m.kind, m.recorded_at, m.expires_at, m.body FROM memories m
             WHERE m.tenant = ?1 AND m.id = ?2 AND m.scope = ?3 AND (m.expires_at IS NULL OR m.expires_at > ?4)";
        self.database.read(|tx| {
            let Some(key) = scope_key(tx, scope)? else { return Ok(None) };
            let params = (scope.tenant().as_str(), id.as_str(), key, nanos(now));
            let found = tx.one(sql, params, |row| read(row, scope))?.transpose();
            found.map_err(|damaged| MemoryError::Corrupt { id: damaged.id, reason: damaged.reason })
        })
    }

    async fn recall(&self, query: &RecallQuery, now: DateTime<Utc>) -> Result<Vec<Recalled>, MemoryError> {
        query.check()?;
        Ok(self.database.read(|tx| memory_search::recall(tx, query, now))?)
    }

    async fn list(&self, filter: &MemoryFilter, now: DateTime<Utc>) -> Result<Vec<Memory>, MemoryError> {
        filter.check()?;
        Ok(self.database.read(|tx| memory_search::newest(tx, filter, now))?)
    }

    async fn forget(
        &self,
        scope: &MemoryScope,
        id: &MemoryId,
        events: &[DomainEvent],
    ) -> Result<bool, MemoryError> {
        check_events(id, EventKind::MemoryForgotten, events)?;
        let prepared = prepare(events)?;
        self.database.write(|tx| {
            let Some(key) = scope_key(tx, scope)? else { return Ok(false) };
            match Stored::find(tx, scope.tenant(), id)?.filter(|stored| stored.scope == key) {
                None => Ok(false),
                Some(stored) => {
                    stored.remove(tx)?;
                    prepared.push(tx)?;
                    Ok(true)
                }
            }
        })
    }

    async fn purge_expired(&self, now: DateTime<Utc>, actor: &PrincipalId) -> Result<u64, MemoryError> {
        let mut removed = 0;
        loop {
            match self.purge_batch(now, actor)? {
                0 => return Ok(removed),
                more => removed += more,
            }
        }
    }

    async fn health(&self, tenant: &TenantId, now: DateTime<Utc>) -> Result<MemoryHealth, MemoryError> {
        self.database.read(|tx| health(tx, tenant, now))
    }
}

fn prepare(events: &[DomainEvent]) -> Result<Prepared, MemoryError> {
    Prepared::new(events).map_err(|error| match error {
        AuditError::Event { id, source } => MemoryError::Event { id, reason: source.to_string() },
        other => MemoryError::Internal { reason: other.to_string() },
    })
}

/// Reads every memory of a tenant.
fn health(tx: &Tx<'_>, tenant: &TenantId, now: DateTime<Utc>) -> Result<MemoryHealth, MemoryError> {
    let mut health = MemoryHealth::default();
    let sql = format!(
        "SELECT {COLUMNS}, s.tenant, s.team, s.agent, s.session FROM scopes s JOIN memories m ON m.scope = s.key
         WHERE s.tenant = ?1 ORDER BY m.id"
    );
    let rows = tx.all(&sql, [tenant.as_str()], |row| {
        Ok(match read_scope(row, 5)? {
            Err(error) => Err((row.get::<_, String>(0)?, error.to_string())),
            Ok(scope) => read(row, &scope)?
                .map(|memory| (memory.kind, memory.is_live(now)))
                .map_err(|damaged| (damaged.id, damaged.reason)),
        })
    })?;
    for row in rows {
        match row {
            Ok((kind, true)) => *health.by_kind.entry(kind).or_default() += 1,
            Ok((_, false)) => health.expired += 1,
            Err((id, reason)) => health.corrupt.push(CorruptMemory { id, reason }),
        }
    }
    Ok(health)
}

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_audit::AuditError;
use juno_domain::{DomainEvent, EventKind, MemoryId, PrincipalId, TenantId};
use juno_memory::{
    Fact, FactOutcome, ForgetReason, LegalHold, Memory, MemoryCipher, MemoryError, MemoryFilter, MemoryKind,
    MemoryPage, MemoryRemoval, MemoryScope, MemoryStore, MemoryVectors, MemoryWrite, RecallQuery, Recalled,
    Reencrypted, arrange, check_events, check_hold_events, check_page, check_same_place, forgotten_event,
};

use crate::database::Database;
use crate::error::SqliteError;
use crate::memory_holds::NOT_HELD;
use crate::memory_row::{self, COLUMNS, Stored, read, read_scope, scope_key, scope_row};
use crate::memory_vault::Vault;
use crate::outbox::Prepared;
use crate::time::nanos;
use crate::tx::Tx;
use crate::{memory_holds, memory_keys, memory_scan, memory_search, memory_vector_row};

/// Expired memories removed in one transaction.
const PURGE_BATCH: i64 = 500;

/// Memories in the file.
///
/// Reads answer inline, on the caller's thread. Words are found through a full-text index in which each scope has its
/// own postings; the ranking is that of `juno_memory::rank`, the same as in memory. What is forgotten or replaced is
/// overwritten in the file's pages and in the index; the write-ahead log keeps it until the next checkpoint.
///
/// With a [`MemoryCipher`] what memories say is encrypted, and what they are found by are marks.
#[derive(Clone)]
pub struct SqliteMemoryStore {
    pub(crate) database: Arc<Database>,
    pub(crate) cipher: Option<MemoryCipher>,
}

/// A checked write.
struct Ready<'m> {
    memory: &'m Memory,
    actor: &'m PrincipalId,
    events: &'m [DomainEvent],
    prepared: Prepared,
}

impl SqliteMemoryStore {
    pub(crate) const fn new(database: Arc<Database>, cipher: Option<MemoryCipher>) -> Self {
        Self { database, cipher }
    }

    /// For changes of what memories say.
    pub(crate) fn to_write(&self, tx: &Tx<'_>, tenant: &TenantId) -> Result<Vault<'_>, MemoryError> {
        memory_keys::to_write(tx, self.cipher.as_ref(), tenant)
    }

    fn to_read(&self, tx: &Tx<'_>, tenant: &TenantId) -> Result<Vault<'_>, MemoryError> {
        Vault::to_read(tx, self.cipher.as_ref(), tenant)
    }

    fn cipher(&self) -> Result<&MemoryCipher, MemoryError> {
        self.cipher.as_ref().ok_or(MemoryError::Unsupported {
            what: "encrypting again",
            hint: "open the file with keys: set `memory.encryption.keys`",
        })
    }

    /// Checks a write and makes everything for it that needs no transaction.
    fn ready<'m>(&self, memory: &'m Memory, events: &'m [DomainEvent]) -> Result<Ready<'m>, MemoryError> {
        memory.check()?;
        self.database.config().working.check(memory)?;
        let actor = &check_events(&memory.id, EventKind::MemoryWritten, events)?.actor;
        Ok(Ready { memory, actor, events, prepared: prepare(events)? })
    }

    fn write(&self, tx: &Tx<'_>, vault: &Vault<'_>, ready: Ready<'_>) -> Result<(), MemoryError> {
        let Ready { memory, actor, events, prepared } = ready;
        let (scope, key_name) = memory_row::put(tx, vault, memory)?;
        match key_name {
            None => prepared.push(tx)?,
            Some(key_name) => {
                let records = events.iter().map(|event| vault.record(&key_name, memory, event));
                prepare(&records.collect::<Result<Vec<_>, _>>()?)?.push(tx)?;
            }
        }
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
        let oldest = format!(
            "SELECT {}, m.id FROM memories m WHERE m.scope = ?1 AND m.kind = 'working' AND m.id <> ?2 AND {NOT_HELD}
             ORDER BY m.recorded_at, m.id LIMIT ?3",
            Stored::COLUMNS
        );
        let oldest = tx.all(&oldest, (scope, written.id.as_str(), excess), |row| {
            Ok((Stored::read(row)?, row.get::<_, String>(Stored::WIDTH)?))
        })?;
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
            let expired = format!(
                "SELECT {}, m.id, s.tenant, s.team, s.agent, s.session
                 FROM scopes s CROSS JOIN memories m ON m.scope = s.key WHERE m.expires_at <= ?1 AND {NOT_HELD} LIMIT ?2",
                Stored::COLUMNS
            );
            let expired = tx.all(&expired, [nanos(now), PURGE_BATCH], |row| {
                let id = row.get::<_, String>(Stored::WIDTH)?;
                Ok((Stored::read(row)?, id, read_scope(row, Stored::WIDTH + 1)?))
            })?;
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
        self.database.write(|tx| self.write(tx, &self.to_write(tx, memory.scope.tenant())?, ready))
    }

    async fn put_all(&self, writes: &[MemoryWrite]) -> Result<(), MemoryError> {
        let ready = writes.iter().map(|write| self.ready(&write.memory, &write.events));
        let ready = ready.collect::<Result<Vec<_>, _>>()?;
        self.database.write(|tx| {
            let mut vault: Option<(&TenantId, Vault<'_>)> = None;
            for ready in ready {
                let tenant = ready.memory.scope.tenant();
                let (of, open) = match vault.take() {
                    Some(known) if known.0 == tenant => known,
                    _ => (tenant, self.to_write(tx, tenant)?),
                };
                self.write(tx, &open, ready)?;
                vault = Some((of, open));
            }
            Ok(())
        })
    }

    async fn update(&self, old: &Memory, new: &Memory, events: &[DomainEvent]) -> Result<(), MemoryError> {
        check_same_place(old, new)?;
        let ready = self.ready(new, events)?;
        let changed = || MemoryError::Changed { id: old.id.clone() };
        self.database.write(|tx| {
            let vault = self.to_write(tx, old.scope.tenant())?;
            let scope = scope_key(tx, &old.scope)?.ok_or_else(changed)?;
            let sql = format!(
                "SELECT {COLUMNS} FROM memories m WHERE m.tenant = ?1 AND m.id = ?2 AND m.scope = ?3"
            );
            let params = (old.scope.tenant().as_str(), old.id.as_str(), scope);
            match tx.one(&sql, params, |row| read(row, &old.scope, &vault))?.ok_or_else(changed)?? {
                stored if stored == *old => self.write(tx, &vault, ready),
                _ => Err(changed()),
            }
        })
    }

    async fn record_fact(&self, memory: &Memory, actor: &PrincipalId) -> Result<FactOutcome, MemoryError> {
        memory.check()?;
        self.database.config().working.check(memory)?;
        let fact = memory.fact.as_ref().map(Fact::key).unwrap_or_default();
        self.database.write(|tx| {
            let vault = self.to_write(tx, memory.scope.tenant())?;
            let mut known = Vec::new();
            if let Some(place) = scope_row(tx, &memory.scope)? {
                let sql = format!("SELECT {COLUMNS} FROM memories m WHERE m.scope = ?1 AND m.fact = ?2");
                for fact in vault.forms(&memory.scope, &place)?.fact(&fact) {
                    known.extend(tx.all(&sql, (place.key, fact), |row| read(row, &memory.scope, &vault))?);
                }
            }
            let known = known.into_iter().collect::<Result<Vec<_>, _>>()?;
            let (outcome, writes) = vault.hide_versions((&known, memory), arrange(&known, memory)?)?;
            for memory in writes {
                let write = MemoryWrite::new(memory, actor)?;
                self.write(tx, &vault, self.ready(&write.memory, &write.events)?)?;
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
        let sql = "SELECT m.id, m.kind, m.recorded_at, m.expires_at, m.subject, m.body, m.key_name, m.sealed
             FROM memories m
             WHERE m.tenant = ?1 AND m.id = ?2 AND m.scope = ?3 AND (m.expires_at IS NULL OR m.expires_at > ?4)";
        self.database.read(|tx| {
            let Some(key) = scope_key(tx, scope)? else { return Ok(None) };
            let params = (scope.tenant().as_str(), id.as_str(), key, nanos(now));
            let vault = self.to_read(tx, scope.tenant())?;
            tx.one(sql, params, |row| read(row, scope, &vault))?.transpose()
        })
    }

    async fn recall(&self, query: &RecallQuery, now: DateTime<Utc>) -> Result<Vec<Recalled>, MemoryError> {
        query.check()?;
        self.database.read(|tx| memory_search::recall(tx, self.cipher.as_ref(), query, None, now))
    }

    async fn list(&self, filter: &MemoryFilter, now: DateTime<Utc>) -> Result<Vec<Memory>, MemoryError> {
        filter.check()?;
        self.database
            .read(|tx| memory_search::newest(tx, &self.to_read(tx, filter.scope.tenant())?, filter, now))
    }

    async fn forget(
        &self,
        scope: &MemoryScope,
        id: &MemoryId,
        events: &[DomainEvent],
    ) -> Result<bool, MemoryError> {
        check_events(id, EventKind::MemoryForgotten, events)?;
        let prepared = prepare(events)?;
        let removed = self.database.write(|tx| remove(tx, scope, id, &prepared));
        self.database.vectors().clear();
        removed
    }

    async fn forget_all(&self, removals: &[MemoryRemoval]) -> Result<u64, MemoryError> {
        let ready = removals.iter().map(|MemoryRemoval { scope, id, events }| {
            check_events(id, EventKind::MemoryForgotten, events)?;
            Ok((scope, id, prepare(events)?))
        });
        let ready = ready.collect::<Result<Vec<_>, MemoryError>>()?;
        let removed = self.database.write(|tx| {
            ready.iter().try_fold(0, |removed, (scope, id, events)| {
                Ok(removed + u64::from(remove(tx, scope, id, events)?))
            })
        });
        self.database.vectors().clear();
        removed
    }

    async fn purge_expired(&self, now: DateTime<Utc>, actor: &PrincipalId) -> Result<u64, MemoryError> {
        let mut removed = 0;
        loop {
            let batch = self.purge_batch(now, actor);
            self.database.vectors().clear();
            match batch? {
                0 => return Ok(removed),
                more => removed += more,
            }
        }
    }

    async fn scan(
        &self,
        tenant: &TenantId,
        after: Option<&MemoryId>,
        limit: usize,
    ) -> Result<MemoryPage, MemoryError> {
        check_page(limit)?;
        self.database.read(|tx| memory_scan::page(tx, &self.to_read(tx, tenant)?, tenant, after, limit))
    }

    async fn holds(&self, tenant: &TenantId) -> Result<Vec<LegalHold>, MemoryError> {
        self.database.read(|tx| memory_holds::all(tx, &self.to_read(tx, tenant)?, tenant))
    }

    async fn hold(&self, hold: &LegalHold, events: &[DomainEvent]) -> Result<(), MemoryError> {
        hold.check()?;
        check_hold_events(&hold.tenant, &hold.subject, EventKind::MemoryHeld, events)?;
        let prepared = prepare(events)?;
        self.database.write(|tx| {
            memory_holds::place(tx, &self.to_write(tx, &hold.tenant)?, hold)?;
            Ok(prepared.push(tx)?)
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
        self.database.write(|tx| {
            let lifted = memory_holds::lift(tx, &self.to_write(tx, tenant)?, tenant, subject)?;
            if lifted {
                prepared.push(tx)?;
            }
            Ok(lifted)
        })
    }

    async fn destroy_keys(&self, tenant: &TenantId, subject: &str) -> Result<u64, MemoryError> {
        let encrypted = "SELECT 1 FROM facts WHERE name = 'memory_encrypted'";
        let destroyed = self.database.write(|tx| match &self.cipher {
            Some(cipher) => {
                // Vectors that lie decrypted in other processes are read again there, and then cannot be.
                memory_vector_row::renumbered(tx)?;
                memory_keys::destroy(tx, cipher, tenant, subject)
            }
            // There are keys, and they are out of reach: that is never an answer of none.
            None if tx.one(encrypted, [], |_| Ok(()))?.is_some() => Err(MemoryError::Locked),
            None => Ok(0),
        });
        self.database.vectors().clear();
        destroyed
    }

    async fn rotate_keys(&self, tenant: &TenantId) -> Result<(), MemoryError> {
        let cipher = self.cipher()?;
        self.database.write(|tx| memory_keys::rotate(tx, cipher, tenant))
    }

    async fn reencrypt_page(
        &self,
        tenant: &TenantId,
        after: Option<&MemoryId>,
        limit: usize,
    ) -> Result<Reencrypted, MemoryError> {
        check_page(limit)?;
        let cipher = self.cipher()?;
        self.database.write(|tx| memory_keys::reencrypt(tx, cipher, tenant, after, limit))
    }

    async fn drop_old_keys(&self, tenant: &TenantId) -> Result<u64, MemoryError> {
        let cipher = self.cipher()?;
        self.database.write(|tx| memory_keys::drop_old(tx, cipher, tenant))
    }

    fn vectors(&self) -> Option<&dyn MemoryVectors> {
        Some(self)
    }

    /// Merges the index of words, writes the file anew without its free pages, and empties the write-ahead log. It needs
    /// as much free space as the file is large, and holds up writers meanwhile.
    async fn compact(&self) -> Result<bool, MemoryError> {
        self.database.vectors().clear();
        let merged = self.database.write::<_, SqliteError>(|tx| {
            tx.execute("INSERT INTO memory_words (memory_words) VALUES ('optimize')", [])
        });
        match merged {
            Err(SqliteError::Busy(_)) => Ok(false),
            other => Ok(other.and_then(|_| self.database.scrub())?),
        }
    }
}

/// Removes one memory with its events; `false` where there is none.
fn remove(tx: &Tx<'_>, scope: &MemoryScope, id: &MemoryId, events: &Prepared) -> Result<bool, MemoryError> {
    let Some(key) = scope_key(tx, scope)? else { return Ok(false) };
    let stored = Stored::find(tx, scope.tenant(), id)?.filter(|stored| stored.scope == key);
    let Some(stored) = stored else { return Ok(false) };
    if stored.is_held(tx, scope.tenant())? {
        return Err(MemoryError::Held { id: id.clone() });
    }
    stored.remove(tx)?;
    events.push(tx)?;
    Ok(true)
}

fn prepare(events: &[DomainEvent]) -> Result<Prepared, MemoryError> {
    Prepared::new(events).map_err(|error| match error {
        AuditError::Event { id, source } => MemoryError::Event { id, reason: source.to_string() },
        other => MemoryError::Internal { reason: other.to_string() },
    })
}

//! Writes one after the other, and what comes of them together.

use std::collections::{BTreeMap, BTreeSet};

use juno_domain::{MemoryId, TenantId};
use juno_memory::{ForgetReason, MemoryError, MemoryKind, MemoryScope, forgotten_event};

use crate::error::PostgresError;
use crate::memory_row::Stored;
use crate::memory_scope::{Held, hold};
use crate::memory_write::{Change, Ready, apply};
use crate::outbox::Prepared;
use crate::time::nanos;
use crate::tx::Tx;

/// Writes taken together in one step of a transaction.
const STEP: usize = 4_000;

/// Writes memories as if one after the other, with their events, and forgets of working memory what is beyond `max`
/// in its session.
pub(crate) async fn write(tx: &Tx<'_>, writes: &[Ready<'_>], max: usize) -> Result<(), MemoryError> {
    let scopes: BTreeSet<MemoryScope> = writes.iter().map(|ready| ready.memory.scope.clone()).collect();
    for (nth, step) in writes.chunks(STEP).enumerate() {
        // Again for each step, as the one before counted on.
        let held = hold(tx, &scopes).await?;
        let plan = Plan::of(tx, &held, step, max).await?;
        let last = (nth + 1) * STEP >= writes.len();
        let of_step: Vec<Held> = held.values().copied().collect();
        let (applied, pushed) = tokio::join!(apply(tx, &of_step, &plan.changes), plan.events.push(tx));
        applied?;
        pushed?;
        if last {
            break;
        }
    }
    Ok(())
}

type Owner = (TenantId, MemoryId);

struct Plan<'r> {
    changes: Vec<Change<'r>>,
    events: Prepared,
}

impl<'r> Plan<'r> {
    async fn of(
        tx: &Tx<'_>,
        held: &BTreeMap<MemoryScope, Held>,
        writes: &'r [Ready<'r>],
        max: usize,
    ) -> Result<Self, MemoryError> {
        let owner = |ready: &Ready<'_>| (ready.memory.scope.tenant().clone(), ready.memory.id.clone());
        let ids: BTreeSet<Owner> = writes.iter().map(owner).collect();
        let mut stored: BTreeMap<Owner, Stored> = BTreeMap::new();
        for old in Stored::find(tx, ids.iter().map(|(tenant, id)| (tenant, id))).await? {
            stored.insert((TenantId::new(old.tenant.clone())?, MemoryId::new(old.id.clone())?), old);
        }
        let mut scope_of: BTreeMap<Owner, i64> =
            stored.iter().map(|(owner, old)| (owner.clone(), old.scope)).collect();
        for ready in writes {
            let scope = scope_key(held, &ready.memory.scope)?;
            if *scope_of.entry(owner(ready)).or_insert(scope) != scope {
                return Err(MemoryError::Conflict { id: ready.memory.id.clone() });
            }
            if stored.get(&owner(ready)).is_some_and(|old| !old.yields_to(ready.memory)) {
                return Err(MemoryError::Held { id: ready.memory.id.clone() });
            }
        }
        let mut working = Working::load(tx, held, writes, max).await?;
        let mut last: BTreeMap<Owner, Option<usize>> = BTreeMap::new();
        let mut events = Prepared::default();
        for (nth, ready) in writes.iter().enumerate() {
            last.insert(owner(ready), Some(nth));
            events.extend(&ready.events);
            for (id, reason) in working.write(ready, scope_key(held, &ready.memory.scope)?) {
                let (memory, id) = (ready.memory, MemoryId::new(id)?);
                let event = forgotten_event(&memory.scope, &id, ready.actor, memory.recorded_at, reason)?;
                events.extend(&prepare(&[event])?);
                last.insert((memory.scope.tenant().clone(), id), None);
            }
        }
        // Working memories that go and that nobody wrote just now.
        let others: Vec<&Owner> = last.keys().filter(|owner| !ids.contains(owner)).collect();
        if !others.is_empty() {
            for old in Stored::find(tx, others.iter().map(|(tenant, id)| (tenant, id))).await? {
                stored.insert((TenantId::new(old.tenant.clone())?, MemoryId::new(old.id.clone())?), old);
            }
        }
        let mut changes: Vec<(Option<usize>, Change<'r>)> = Vec::with_capacity(last.len());
        for (owner, nth) in last {
            let ready = nth.and_then(|nth| writes.get(nth));
            let new = match ready {
                Some(ready) => Some((scope_key(held, &ready.memory.scope)?, ready)),
                None => None,
            };
            let old = stored.remove(&owner);
            if old.is_some() || new.is_some() {
                changes.push((nth, Change { old, new, indexed: true }));
            }
        }
        changes.sort_by_key(|(nth, _)| *nth);
        Ok(Self { changes: changes.into_iter().map(|(_, change)| change).collect(), events })
    }
}

fn scope_key(held: &BTreeMap<MemoryScope, Held>, scope: &MemoryScope) -> Result<i64, PostgresError> {
    let held = held.get(scope).map(|held| held.key);
    held.ok_or_else(|| PostgresError::Internal("a scope without a row".into()))
}

/// The working memories of the sessions that are written to, where there may be too many of them.
struct Working {
    max: usize,
    /// By session: when recorded, the id, and whether it is under legal hold.
    sessions: BTreeMap<i64, BTreeSet<(i64, String, bool)>>,
    /// Who is under legal hold, of those whose memories are written.
    subjects: BTreeSet<(String, Vec<u8>)>,
}

impl Working {
    async fn load(
        tx: &Tx<'_>,
        held: &BTreeMap<MemoryScope, Held>,
        writes: &[Ready<'_>],
        max: usize,
    ) -> Result<Self, PostgresError> {
        let mut more: BTreeMap<i64, i64> = BTreeMap::new();
        for ready in writes.iter().filter(|ready| ready.memory.kind == MemoryKind::Working) {
            *more.entry(scope_key(held, &ready.memory.scope)?).or_default() += 1;
        }
        let mut working = Self { max, sessions: BTreeMap::new(), subjects: BTreeSet::new() };
        if more.is_empty() {
            return Ok(working);
        }
        let (scopes, more): (Vec<i64>, Vec<i64>) = more.into_iter().unzip();
        let max = i64::try_from(max).unwrap_or(i64::MAX);
        let sql = "SELECT w.scope FROM unnest($1::bigint[], $2::bigint[]) AS w (scope, more)
             WHERE w.more > $3 - (SELECT count(*) FROM memories m WHERE m.scope = w.scope AND m.kind = 'working')";
        let full = tx.all(sql, &[&scopes, &more, &max]).await?;
        let full = full.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>()?;
        if full.is_empty() {
            return Ok(working);
        }
        working.sessions = full.iter().map(|scope| (*scope, BTreeSet::new())).collect();
        let sql = "SELECT m.scope, m.recorded_at, m.id, EXISTS (
                 SELECT 1 FROM memory_holds h WHERE h.tenant = m.tenant AND h.subject = m.subject)
             FROM memories m WHERE m.scope = ANY($1) AND m.kind = 'working'";
        for row in tx.all(sql, &[&full]).await? {
            let of_session = working.sessions.entry(row.try_get(0)?).or_default();
            of_session.insert((row.try_get(1)?, row.try_get(2)?, row.try_get(3)?));
        }
        let subjects: BTreeSet<&[u8]> = writes.iter().filter_map(Ready::subject).collect();
        if !subjects.is_empty() {
            let subjects: Vec<&[u8]> = subjects.into_iter().collect();
            let sql = "SELECT tenant, subject FROM memory_holds WHERE subject = ANY($1)";
            for row in tx.all(sql, &[&subjects]).await? {
                working.subjects.insert((row.try_get(0)?, row.try_get(1)?));
            }
        }
        Ok(working)
    }

    /// Takes a write into account, and gives what has to go for it: the oldest, never the one just written.
    fn write(&mut self, ready: &Ready<'_>, scope: i64) -> Vec<(String, ForgetReason)> {
        let Some(session) = self.sessions.get_mut(&scope) else { return Vec::new() };
        let (memory, id) = (ready.memory, ready.memory.id.as_str());
        session.retain(|(_, other, _)| other != id);
        if memory.kind != MemoryKind::Working {
            return Vec::new();
        }
        let tenant = memory.scope.tenant().as_str();
        let held = ready.subject().is_some_and(|s| self.subjects.contains(&(tenant.to_owned(), s.to_vec())));
        session.insert((nanos(memory.recorded_at), id.to_owned(), held));
        let excess = session.len().saturating_sub(self.max);
        let may_go = session.iter().filter(|(_, other, held)| other != id && !held);
        let gone: Vec<(i64, String, bool)> = may_go.take(excess).cloned().collect();
        for one in &gone {
            session.remove(one);
        }
        gone.into_iter().map(|(_, id, _)| (id, ForgetReason::WorkingLimit)).collect()
    }
}

/// Events ready to be stored.
pub(crate) fn prepare(events: &[juno_domain::DomainEvent]) -> Result<Prepared, MemoryError> {
    Prepared::new(events).map_err(|error| match error {
        juno_audit::AuditError::Event { id, source } => MemoryError::Event { id, reason: source.to_string() },
        other => MemoryError::Internal { reason: other.to_string() },
    })
}

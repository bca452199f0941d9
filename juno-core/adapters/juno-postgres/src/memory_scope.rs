//! The scopes that hold memories: their rows, and the locks that writers hold.

use std::collections::{BTreeMap, BTreeSet};

use juno_domain::{PrincipalId, SessionId, TeamId, TenantId};
use juno_memory::{MemoryError, MemoryScope};
use tokio_postgres::Row;

use crate::error::PostgresError;
use crate::tx::Tx;

/// Scopes as columns, side by side: no id is empty, so '' is free for "not named".
pub(crate) struct Levels<'s>([Vec<&'s str>; 4]);

/// Four columns of scopes as a table `w`, with its place among the given ones in `place`.
pub(crate) const WANTED: &str = "unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS w (tenant, team, agent, session, place)";

impl<'s> Levels<'s> {
    pub(crate) fn of(scopes: impl IntoIterator<Item = &'s MemoryScope>) -> Self {
        let mut levels: [Vec<&str>; 4] = Default::default();
        for scope in scopes {
            let [tenants, teams, agents, sessions] = &mut levels;
            tenants.push(scope.tenant().as_str());
            teams.push(scope.team().map_or("", TeamId::as_str));
            agents.push(scope.agent().map_or("", PrincipalId::as_str));
            sessions.push(scope.session().map_or("", SessionId::as_str));
        }
        Self(levels)
    }

    /// The four parameters of [`WANTED`].
    pub(crate) const fn columns(&self) -> &[Vec<&'s str>; 4] {
        &self.0
    }
}

/// The scope in the four columns from `first` on.
pub(crate) fn read_scope(row: &Row, first: usize) -> Result<Result<MemoryScope, MemoryError>, PostgresError> {
    let level = |at: usize| row.try_get::<_, String>(first + at);
    let named = |text: String| (!text.is_empty()).then_some(text);
    let (tenant, team, agent, session) = (level(0)?, named(level(1)?), named(level(2)?), named(level(3)?));
    let scope = || {
        MemoryScope::new(
            TenantId::new(tenant)?,
            team.map(TeamId::new).transpose()?,
            agent.map(PrincipalId::new).transpose()?,
            session.map(SessionId::new).transpose()?,
        )
    };
    Ok(scope())
}

/// A scope whose lock is held.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    pub(crate) key: i64,
    /// The number given last.
    pub(crate) last: i64,
    /// Up to this number words are merged.
    pub(crate) merged: i64,
    /// How many are not.
    pub(crate) fresh: i64,
}

/// Takes the locks of scopes, and makes those that are missing. Always in the order of their names, so that no two
/// writers wait for each other.
pub(crate) async fn hold(
    tx: &Tx<'_>,
    scopes: &BTreeSet<MemoryScope>,
) -> Result<BTreeMap<MemoryScope, Held>, PostgresError> {
    let several = scopes.len() > 1;
    // Of several, the missing ones come first, as others may be making them; nothing is held until then.
    if several && count(tx, scopes).await? < scopes.len() {
        make(tx, scopes).await?;
    }
    let mut held = hold_existing(tx, scopes).await?;
    if !several && held.is_empty() && !scopes.is_empty() {
        make(tx, scopes).await?;
        held = hold_existing(tx, scopes).await?;
    }
    if held.len() < scopes.len() {
        return Err(tx.start_over("a scope was tidied away"));
    }
    Ok(held)
}

/// Takes the locks of those that exist.
pub(crate) async fn hold_existing(
    tx: &Tx<'_>,
    scopes: &BTreeSet<MemoryScope>,
) -> Result<BTreeMap<MemoryScope, Held>, PostgresError> {
    let names: Vec<&MemoryScope> = scopes.iter().collect();
    let levels = Levels::of(names.iter().copied());
    let [tenants, teams, agents, sessions] = levels.columns();
    let sql = format!(
        "SELECT w.place, s.key, s.last, s.merged, s.fresh FROM {WANTED}
         JOIN memory_scopes s ON (s.tenant, s.team, s.agent, s.session) = (w.tenant, w.team, w.agent, w.session)
         ORDER BY s.tenant, s.team, s.agent, s.session FOR UPDATE OF s"
    );
    let mut held = BTreeMap::new();
    for row in tx.all(&sql, &[tenants, teams, agents, sessions]).await? {
        let place: i64 = row.try_get(0)?;
        let scope = usize::try_from(place - 1).ok().and_then(|place| names.get(place));
        let Some(scope) = scope else { continue };
        let found = Held {
            key: row.try_get(1)?,
            last: row.try_get(2)?,
            merged: row.try_get(3)?,
            fresh: row.try_get(4)?,
        };
        held.insert((*scope).clone(), found);
    }
    Ok(held)
}

async fn count(tx: &Tx<'_>, scopes: &BTreeSet<MemoryScope>) -> Result<usize, PostgresError> {
    let levels = Levels::of(scopes);
    let [tenants, teams, agents, sessions] = levels.columns();
    let sql = format!(
        "SELECT count(*) FROM {WANTED}
         JOIN memory_scopes s ON (s.tenant, s.team, s.agent, s.session) = (w.tenant, w.team, w.agent, w.session)"
    );
    let row = tx.one(&sql, &[tenants, teams, agents, sessions]).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get(0))?;
    Ok(usize::try_from(count).unwrap_or(0))
}

async fn make(tx: &Tx<'_>, scopes: &BTreeSet<MemoryScope>) -> Result<(), PostgresError> {
    let levels = Levels::of(scopes);
    let [tenants, teams, agents, sessions] = levels.columns();
    let sql = format!(
        "INSERT INTO memory_scopes (tenant, team, agent, session)
         SELECT w.tenant, w.team, w.agent, w.session FROM {WANTED}
         WHERE NOT EXISTS (SELECT 1 FROM memory_scopes s
             WHERE (s.tenant, s.team, s.agent, s.session) = (w.tenant, w.team, w.agent, w.session))
         ORDER BY w.tenant COLLATE \"C\", w.team COLLATE \"C\", w.agent COLLATE \"C\", w.session COLLATE \"C\"
         ON CONFLICT DO NOTHING"
    );
    tx.execute(&sql, &[tenants, teams, agents, sessions]).await?;
    Ok(())
}

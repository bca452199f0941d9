use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{DomainEvent, EventId, RequestId};
use juno_governance::{
    ApprovalRequest, ApprovalStore, GovernanceError, RequestFilter, Stop, check_successor,
};
use tokio_postgres::Row;

use crate::database::Database;
use crate::error::PostgresError;
use crate::execution_store::wait_for_the_disk;
use crate::outbox::Prepared;
use crate::parts::{Body, PartKeys, Parts};
use crate::time::nanos;
use crate::transact::transact;
use crate::tx::Tx;

/// Approval requests in the database.
///
/// A damaged request is an error of `get` and `transition`; the lists pass over it, so that it does not keep the
/// others from being decided, and [`PostgresStore::check`](crate::PostgresStore::check) names it.
#[derive(Clone)]
pub struct PostgresApprovalStore {
    database: Arc<Database>,
}

impl PostgresApprovalStore {
    pub(crate) const fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

#[async_trait]
impl ApprovalStore for PostgresApprovalStore {
    async fn create(&self, request: &ApprovalRequest, events: &[DomainEvent]) -> Result<(), GovernanceError> {
        let (row, events) = (Columns::of(request)?, prepare(events)?);
        let sql =
            "INSERT INTO approvals (id, version, team, state, created_at, deadline, authorized_at, body, part_keys, parts)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO NOTHING";
        transact!(self.database, Write, |tx| -> Result<(), GovernanceError> {
            let body = Body::of(tx, &name(request.id()), request).await?;
            if row.execute(tx, sql, &body).await? == 0 {
                return Err(GovernanceError::Exists(request.id().clone()));
            }
            Ok(events.push(tx).await?)
        })
    }

    async fn get(&self, id: &RequestId) -> Result<Option<ApprovalRequest>, GovernanceError> {
        let row = self
            .database
            .one("SELECT id, body, part_keys, parts FROM approvals WHERE id = $1", &[&id.as_str()])
            .await?;
        known(row.as_ref(), id, &mut PartKeys::new(self.database.vault()))
    }

    async fn list(&self, filter: &RequestFilter) -> Result<Vec<ApprovalRequest>, GovernanceError> {
        let limit = filter.limit.unwrap_or(usize::MAX);
        let states = filter.states.iter().map(word).collect::<Result<Vec<_>, _>>()?;
        // The empty list of states means all.
        let among = "($1::text IS NULL OR team = $1) AND ($2::text[] = '{}' OR state = ANY($2))";
        // Two statements, as one for both would be planned without the index.
        let since =
            if filter.authorized_since.is_some() { "authorized_at >= $3" } else { "$3::bigint IS NULL" };
        let sql = format!(
            "SELECT id, body, part_keys, parts FROM approvals WHERE {since} AND {among} ORDER BY created_at, id"
        );
        let team = filter.team.as_ref().map(|team| team.as_str());
        let since = filter.authorized_since.map(nanos);
        transact!(self.database, Read, |tx| -> Result<Vec<ApprovalRequest>, GovernanceError> {
            let mut found = Vec::new();
            let mut keys = PartKeys::new(tx.vault());
            tx.each(&sql, &[&team, &states, &since], |row| {
                if found.len() >= limit {
                    return Ok(ControlFlow::Break(()));
                }
                found.extend(read(row, &mut keys)?.ok().filter(|request| filter.matches(request)));
                Ok(ControlFlow::Continue(()))
            })
            .await?;
            Ok(found)
        })
    }

    async fn list_due(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<ApprovalRequest>, GovernanceError> {
        let sql =
            "SELECT id, body, part_keys, parts FROM approvals WHERE deadline <= $1 ORDER BY deadline, id";
        transact!(self.database, Read, |tx| -> Result<Vec<ApprovalRequest>, GovernanceError> {
            let mut found = Vec::new();
            let mut keys = PartKeys::new(tx.vault());
            tx.each(sql, &[&nanos(now)], |row| {
                if found.len() >= limit {
                    return Ok(ControlFlow::Break(()));
                }
                found.extend(read(row, &mut keys)?.ok().filter(|request| request.is_due(now)));
                Ok(ControlFlow::Continue(()))
            })
            .await?;
            Ok(found)
        })
    }

    async fn transition(
        &self,
        expected_version: u64,
        next: &ApprovalRequest,
        events: &[DomainEvent],
    ) -> Result<(), GovernanceError> {
        check_successor(expected_version, next)?;
        let (row, events) = (Columns::of(next)?, prepare(events)?);
        transact!(self.database, Write, |tx| -> Result<(), GovernanceError> {
            let id = next.id();
            // Locks of keys come before those of rows: an erasure takes them in this order too.
            let body = Body::of(tx, &name(id), next).await?;
            // The row's lock makes others wait until this commits; then they see its version.
            let sql = "SELECT id, body, part_keys, parts FROM approvals WHERE id = $1 FOR UPDATE";
            let stored = tx.one(sql, &[&id.as_str()]).await?;
            let stored = known(stored.as_ref(), id, &mut PartKeys::new(tx.vault()))?;
            let found = stored.ok_or_else(|| GovernanceError::NotFound(id.clone()))?.version();
            if found != expected_version {
                let request = id.clone();
                return Err(GovernanceError::Changed { request, expected: expected_version, found });
            }
            let sql = "UPDATE approvals SET version = $2, team = $3, state = $4, created_at = $5,
                     deadline = $6, authorized_at = $7, body = $8, part_keys = $9, parts = $10 WHERE id = $1";
            row.execute(tx, sql, &body).await?;
            Ok(events.push(tx).await?)
        })
    }

    async fn stop(&self, stop: &Stop, events: &[DomainEvent]) -> Result<(), GovernanceError> {
        let (body, events) = (serde_json::to_string(stop).map_err(internal)?, prepare(events)?);
        transact!(self.database, Write, |tx| -> Result<(), GovernanceError> {
            // It has to outlive a crash of the server: what it holds back must not run after one.
            wait_for_the_disk(tx).await?;
            let sql = "INSERT INTO stops (id, body) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING";
            tx.execute(sql, &[&stop.id.as_str(), &body]).await?;
            Ok(events.push(tx).await?)
        })
    }

    async fn stops(&self) -> Result<Vec<Stop>, GovernanceError> {
        let rows = self.database.all("SELECT id, body FROM stops ORDER BY id", &[]).await?;
        let read = |row: &Row| -> Result<Stop, GovernanceError> {
            let (id, body): (&str, &str) =
                (row.try_get(0).map_err(internal)?, row.try_get(1).map_err(internal)?);
            serde_json::from_str(body).map_err(|error| GovernanceError::Corrupt {
                request: id.to_owned(),
                what: format!("as the stop it is: {error}"),
            })
        };
        rows.iter().map(read).collect()
    }

    async fn end_stops(&self, ended: &[EventId], events: &[DomainEvent]) -> Result<(), GovernanceError> {
        let ids: Vec<&str> = ended.iter().map(|id| id.as_str()).collect();
        let events = prepare(events)?;
        transact!(self.database, Write, |tx| -> Result<(), GovernanceError> {
            tx.execute("DELETE FROM stops WHERE id = ANY($1)", &[&ids]).await?;
            Ok(events.push(tx).await?)
        })
    }
}

/// What the columns say about a request.
struct Columns<'a> {
    id: &'a str,
    version: i64,
    team: &'a str,
    state: String,
    created_at: i64,
    deadline: Option<i64>,
    authorized_at: Option<i64>,
}

impl<'a> Columns<'a> {
    fn of(request: &'a ApprovalRequest) -> Result<Self, GovernanceError> {
        Ok(Self {
            id: request.id().as_str(),
            version: i64::try_from(request.version()).map_err(internal)?,
            team: request.team().as_str(),
            state: word(&request.kind())?,
            created_at: nanos(request.created_at()),
            deadline: request.pending().map(|pending| nanos(pending.deadline)),
            authorized_at: request.authorized_at().map(nanos),
        })
    }

    /// Runs a statement that takes the columns as $1 to $10, in their order.
    async fn execute(&self, tx: &Tx<'_>, sql: &str, body: &Body) -> Result<u64, PostgresError> {
        tx.execute(
            sql,
            &[
                &self.id,
                &self.version,
                &self.team,
                &self.state,
                &self.created_at,
                &self.deadline,
                &self.authorized_at,
                &body.json,
                &body.parts.keys,
                &body.parts.parts,
            ],
        )
        .await
    }
}

/// The word serde has for a unit variant.
fn word(value: &impl serde::Serialize) -> Result<String, GovernanceError> {
    match serde_json::to_value(value).map_err(internal)? {
        serde_json::Value::String(word) => Ok(word),
        other => Err(internal(format!("`{other}` is no word"))),
    }
}

pub(crate) fn internal(error: impl std::fmt::Display) -> GovernanceError {
    GovernanceError::Internal(error.to_string())
}

pub(crate) fn prepare(events: &[DomainEvent]) -> Result<Prepared, GovernanceError> {
    Prepared::new(events).map_err(|error| match error {
        juno_audit::AuditError::Event { source, .. } => GovernanceError::Digest(source),
        other => internal(other),
    })
}

/// The request of a row, if there is one.
fn known(
    row: Option<&Row>,
    id: &RequestId,
    keys: &mut PartKeys<'_>,
) -> Result<Option<ApprovalRequest>, GovernanceError> {
    let request = row.map(|row| read(row, keys)).transpose()?.transpose();
    request.map_err(|what| GovernanceError::Corrupt { request: id.to_string(), what })
}

/// What the parts of a request are bound to.
fn name(id: &RequestId) -> String {
    format!("approvals {id}")
}

/// The request of a row of `id, body, part_keys, parts`, or what is wrong with it.
fn read(row: &Row, keys: &mut PartKeys<'_>) -> Result<Result<ApprovalRequest, String>, PostgresError> {
    let (id, body): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
    let parts = Parts { keys: row.try_get(2)?, parts: row.try_get(3)? };
    Ok(keys.whole::<ApprovalRequest>(&format!("approvals {id}"), body, &parts)?.and_then(|request| {
        if request.id().as_str() == id {
            Ok(request)
        } else {
            Err(format!("it is filed under another id than `{}`", request.id()))
        }
    }))
}

/// Every damaged request: its id and what is wrong.
pub(crate) async fn damaged(tx: &Tx<'_>) -> Result<Vec<(String, String)>, PostgresError> {
    let mut damaged = Vec::new();
    let mut keys = PartKeys::new(tx.vault());
    tx.each("SELECT id, body, part_keys, parts FROM approvals ORDER BY id", &[], |row| {
        if let Err(what) = read(row, &mut keys)? {
            damaged.push((row.try_get(0)?, what));
        }
        Ok(ControlFlow::Continue(()))
    })
    .await?;
    Ok(damaged)
}

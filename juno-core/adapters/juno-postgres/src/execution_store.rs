use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_action::{ActionError, Execution, ExecutionStore, Limits, Load, check_successor};
use juno_domain::{DomainEvent, RequestId, TeamId};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::database::Database;
use crate::error::PostgresError;
use crate::outbox::Prepared;
use crate::parts::{Body, PartKeys, Parts};
use crate::time::nanos;
use crate::transact::transact;
use crate::tx::Tx;

/// Executions in the database.
///
/// What announces an effect is on the server's disk when `create` or `transition` returns, whatever
/// `synchronous_commit` the server has by default: the effect comes after it. A damaged execution is an error of `get`
/// and `transition`, still keeps its request from running again, is passed over by the lists, and named by
/// [`PostgresStore::check`](crate::PostgresStore::check).
#[derive(Clone)]
pub struct PostgresExecutionStore {
    database: Arc<Database>,
}

impl PostgresExecutionStore {
    pub(crate) const fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

#[async_trait]
impl ExecutionStore for PostgresExecutionStore {
    async fn create(
        &self,
        execution: &Execution,
        limits: &Limits,
        events: &[DomainEvent],
    ) -> Result<(), ActionError> {
        let (row, events) = (Columns::of(execution)?, prepare(events)?);
        transact!(self.database, Write, |tx| -> Result<(), ActionError> {
            wait_for_the_disk(tx).await?;
            let body = Body::of(tx, &name(&execution.request), execution).await?;
            if limits.needs_load() {
                // Callers at once count one after the other, each what the one before it committed.
                let lock = "SELECT pg_advisory_xact_lock(
                         hashtextextended('juno executions ' || current_schema(), 0))";
                tx.one(lock, &[]).await?;
            }
            let sql = "INSERT INTO executions
                         (request, state, started_at, body, team, target, blast_radius, due_at, part_keys, parts)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (request) DO NOTHING";
            if tx.execute(sql, &row.params(&body)).await? == 0 {
                return Err(ActionError::Exists(execution.request.clone()));
            }
            let load = if limits.needs_load() {
                load(tx, row.team, row.target, execution.started_at, row.request).await?
            } else {
                Load::default()
            };
            limits.admit(execution, load)?;
            Ok(events.push(tx).await?)
        })
    }

    async fn get(&self, request: &RequestId) -> Result<Option<Execution>, ActionError> {
        let sql = "SELECT request, body, part_keys, parts FROM executions WHERE request = $1";
        let row = self.database.one(sql, &[&request.as_str()]).await?;
        known(row.as_ref(), request, &mut PartKeys::new(self.database.vault()))
    }

    async fn load(
        &self,
        team: &TeamId,
        target: &str,
        at: DateTime<Utc>,
        except: &RequestId,
    ) -> Result<Load, ActionError> {
        transact!(self.database, Read, |tx| -> Result<Load, ActionError> {
            Ok(load(tx, team.as_str(), target, at, except.as_str()).await?)
        })
    }

    async fn transition(
        &self,
        expected_version: u64,
        next: &Execution,
        events: &[DomainEvent],
    ) -> Result<(), ActionError> {
        check_successor(expected_version, next)?;
        let (row, events) = (Columns::of(next)?, prepare(events)?);
        transact!(self.database, Write, |tx| -> Result<(), ActionError> {
            let request = &next.request;
            if next.state.announces_effect() {
                wait_for_the_disk(tx).await?;
            }
            // Locks of keys come before those of rows: an erasure takes them in this order too.
            let body = Body::of(tx, &name(request), next).await?;
            // The row's lock makes others wait until this commits; then they see its version.
            let sql = "SELECT request, body, part_keys, parts FROM executions WHERE request = $1 FOR UPDATE";
            let stored = tx.one(sql, &[&request.as_str()]).await?;
            let stored = known(stored.as_ref(), request, &mut PartKeys::new(tx.vault()))?;
            let found = stored.ok_or_else(|| ActionError::NotFound(request.clone()))?.version;
            if found != expected_version {
                let request = request.clone();
                return Err(ActionError::Changed { request, expected: expected_version, found });
            }
            let sql = "UPDATE executions SET state = $2, started_at = $3, body = $4, team = $5, target = $6,
                         blast_radius = $7, due_at = $8, part_keys = $9, parts = $10 WHERE request = $1";
            tx.execute(sql, &row.params(&body)).await?;
            Ok(events.push(tx).await?)
        })
    }

    async fn list_due(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<Execution>, ActionError> {
        let sql = "SELECT request, body, part_keys, parts FROM executions WHERE due_at <= $1 ORDER BY due_at, request";
        transact!(self.database, Read, |tx| -> Result<Vec<Execution>, ActionError> {
            let mut due = Vec::new();
            let mut keys = PartKeys::new(tx.vault());
            tx.each(sql, &[&nanos(now)], |row| {
                if due.len() >= limit {
                    return Ok(ControlFlow::Break(()));
                }
                due.extend(
                    read(row, &mut keys)?.ok().filter(|found| found.due_at().is_some_and(|at| at <= now)),
                );
                Ok(ControlFlow::Continue(()))
            })
            .await?;
            Ok(due)
        })
    }

    async fn unsettled(&self) -> Result<Vec<Execution>, ActionError> {
        let sql = "SELECT request, body, part_keys, parts FROM executions
             WHERE state IN ('approved', 'executing', 'unknown', 'reversing') ORDER BY started_at, request";
        let mut open = Vec::new();
        let mut keys = PartKeys::new(self.database.vault());
        for row in self.database.all(sql, &[]).await? {
            open.extend(read(&row, &mut keys)?.ok());
        }
        Ok(open)
    }
}

/// A server set to `off` would acknowledge what a crash of it can take back. Whoever wants less than the default
/// elsewhere, such as not to wait for a replica, still gets the disk here.
pub(crate) async fn wait_for_the_disk(tx: &Tx<'_>) -> Result<(), PostgresError> {
    let sql = "SELECT set_config('synchronous_commit', 'local', true)
             WHERE current_setting('synchronous_commit') = 'off'";
    tx.one(sql, &[]).await?;
    Ok(())
}

/// What the columns say about an execution.
struct Columns<'a> {
    request: &'a str,
    state: &'static str,
    started_at: i64,
    team: &'a str,
    target: &'a str,
    blast_radius: i64,
    due_at: Option<i64>,
}

impl<'a> Columns<'a> {
    fn of(execution: &'a Execution) -> Result<Self, ActionError> {
        Ok(Self {
            request: execution.request.as_str(),
            state: execution.state.as_str(),
            started_at: nanos(execution.started_at),
            team: execution.team.as_str(),
            target: execution.action.target(),
            blast_radius: i64::from(execution.blast_radius),
            due_at: execution.due_at().map(nanos),
        })
    }

    fn params<'b>(&'b self, body: &'b Body) -> [&'b (dyn ToSql + Sync); 10] {
        [
            &self.request,
            &self.state,
            &self.started_at,
            &body.json,
            &self.team,
            &self.target,
            &self.blast_radius,
            &self.due_at,
            &body.parts.keys,
            &body.parts.parts,
        ]
    }
}

/// What is there on a team and a target at a time, beside the execution of `request`.
async fn load(
    tx: &Tx<'_>,
    team: &str,
    target: &str,
    at: DateTime<Utc>,
    request: &str,
) -> Result<Load, PostgresError> {
    let (hour, day) = (nanos(Limits::hour_before(at)), nanos(Limits::day_before(at)));
    let sql = "SELECT count(*), coalesce(sum(blast_radius), 0)::bigint FROM executions
         WHERE team = $1 AND started_at > $2 AND state <> 'dry_run' AND request <> $3";
    let team = tx.one(sql, &[&team, &hour, &request]).await?;
    let sql = "SELECT count(*) FILTER (WHERE started_at > $2), count(*) FILTER (WHERE state <> 'failed')
         FROM executions WHERE target = $1 AND state <> 'dry_run' AND request <> $3";
    let target = tx.one(sql, &[&target, &day, &request]).await?;
    let number = |row: &Option<Row>, at: usize| -> Result<u64, PostgresError> {
        Ok(row.as_ref().map(|row| row.try_get::<_, i64>(at)).transpose()?.unwrap_or_default().unsigned_abs())
    };
    Ok(Load {
        team_last_hour: number(&team, 0)?,
        touched_last_hour: number(&team, 1)?,
        target_last_day: number(&target, 0)?,
        target_ever: number(&target, 1)?,
    })
}

fn prepare(events: &[DomainEvent]) -> Result<Prepared, ActionError> {
    Prepared::new(events).map_err(|error| match error {
        juno_audit::AuditError::Event { source, .. } => ActionError::Digest(source),
        other => ActionError::Internal(other.to_string()),
    })
}

/// The execution of a row, if there is one.
fn known(
    row: Option<&Row>,
    request: &RequestId,
    keys: &mut PartKeys<'_>,
) -> Result<Option<Execution>, ActionError> {
    let execution = row.map(|row| read(row, keys)).transpose()?.transpose();
    execution.map_err(|what| ActionError::Corrupt { request: request.to_string(), what })
}

/// What the parts of an execution are bound to.
fn name(request: &RequestId) -> String {
    format!("executions {request}")
}

/// The execution of a row of `request, body, part_keys, parts`, or what is wrong with it.
fn read(row: &Row, keys: &mut PartKeys<'_>) -> Result<Result<Execution, String>, PostgresError> {
    let (request, body): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
    let parts = Parts { keys: row.try_get(2)?, parts: row.try_get(3)? };
    Ok(keys.whole::<Execution>(&format!("executions {request}"), body, &parts)?.and_then(|execution| {
        if execution.request.as_str() == request {
            Ok(execution)
        } else {
            Err(format!("it is filed under another request than `{}`", execution.request))
        }
    }))
}

/// Every damaged execution: its request and what is wrong.
pub(crate) async fn damaged(tx: &Tx<'_>) -> Result<Vec<(String, String)>, PostgresError> {
    let mut damaged = Vec::new();
    let mut keys = PartKeys::new(tx.vault());
    tx.each("SELECT request, body, part_keys, parts FROM executions ORDER BY request", &[], |row| {
        if let Err(what) = read(row, &mut keys)? {
            damaged.push((row.try_get(0)?, what));
        }
        Ok(ControlFlow::Continue(()))
    })
    .await?;
    Ok(damaged)
}

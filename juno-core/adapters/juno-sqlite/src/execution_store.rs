use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_action::{ActionError, Execution, ExecutionStore, Limits, Load, check_successor};
use juno_domain::{DomainEvent, RequestId, TeamId};
use rusqlite::Row;

use crate::database::Database;
use crate::error::SqliteError;
use crate::outbox::Prepared;
use crate::time::nanos;
use crate::tx::Tx;

/// Executions in the file.
///
/// What announces an effect is on the disk when `create` or `transition` returns, whatever the configured durability:
/// the effect comes after it, and a power loss must not make it run twice. A damaged execution is an error of `get` and
/// `transition`, still keeps its request from running again, is passed over by the lists, and named by
/// [`SqliteStore::check`](crate::SqliteStore::check).
#[derive(Clone)]
pub struct SqliteExecutionStore {
    database: Arc<Database>,
}

impl SqliteExecutionStore {
    pub(crate) const fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

#[async_trait]
impl ExecutionStore for SqliteExecutionStore {
    async fn create(
        &self,
        execution: &Execution,
        limits: &Limits,
        events: &[DomainEvent],
    ) -> Result<(), ActionError> {
        let (row, events) = (Columns::of(execution)?, prepare(events)?);
        self.database.write_through(|tx| {
            let inserted = tx.execute(
                "INSERT OR IGNORE INTO executions
                     (request, state, started_at, body, team, target, blast_radius, due_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                row.params(),
            )?;
            if inserted == 0 {
                return Err(ActionError::Exists(execution.request.clone()));
            }
            let (at, request) = (execution.started_at, row.request);
            let of_others = || load(tx, row.team, row.target, at, request);
            let load = if limits.needs_load() { of_others()? } else { Load::default() };
            limits.admit(execution, load)?;
            Ok(events.push(tx)?)
        })
    }

    async fn get(&self, request: &RequestId) -> Result<Option<Execution>, ActionError> {
        self.database.read(|tx| stored(tx, request))
    }

    async fn load(
        &self,
        team: &TeamId,
        target: &str,
        at: DateTime<Utc>,
        except: &RequestId,
    ) -> Result<Load, ActionError> {
        self.database.read(|tx| -> Result<_, ActionError> {
            Ok(load(tx, team.as_str(), target, at, except.as_str())?)
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
        let change = |tx: &Tx<'_>| {
            let request = &next.request;
            let known = stored(tx, request)?.ok_or_else(|| ActionError::NotFound(request.clone()))?;
            if known.version != expected_version {
                return Err(ActionError::Changed {
                    request: request.clone(),
                    expected: expected_version,
                    found: known.version,
                });
            }
            tx.execute(
                "UPDATE executions SET state = ?2, started_at = ?3, body = ?4, team = ?5, target = ?6,
                     blast_radius = ?7, due_at = ?8 WHERE request = ?1",
                row.params(),
            )?;
            Ok(events.push(tx)?)
        };
        if next.state.announces_effect() {
            self.database.write_through(change)
        } else {
            self.database.write(change)
        }
    }

    async fn list_due(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<Execution>, ActionError> {
        let sql = "SELECT request, body FROM executions WHERE due_at <= ?1 ORDER BY due_at, request";
        self.database.read(|tx| {
            let mut due = Vec::new();
            tx.each(sql, [nanos(now)], |row| {
                if due.len() >= limit {
                    return Ok(ControlFlow::Break(()));
                }
                due.extend(read(row)?.ok().filter(|found| found.due_at().is_some_and(|at| at <= now)));
                Ok(ControlFlow::Continue(()))
            })?;
            Ok(due)
        })
    }

    async fn unsettled(&self) -> Result<Vec<Execution>, ActionError> {
        let sql = "SELECT request, body FROM executions
             WHERE state IN ('approved', 'executing', 'unknown', 'reversing') ORDER BY started_at, request";
        self.database.read(|tx| {
            let mut open = Vec::new();
            tx.each(sql, [], |row| {
                open.extend(read(row)?.ok());
                Ok(ControlFlow::Continue(()))
            })?;
            Ok(open)
        })
    }
}

/// What the columns say about an execution.
struct Columns<'a> {
    request: &'a str,
    state: &'static str,
    started_at: i64,
    body: String,
    team: &'a str,
    target: &'a str,
    blast_radius: u32,
    due_at: Option<i64>,
}

impl<'a> Columns<'a> {
    fn of(execution: &'a Execution) -> Result<Self, ActionError> {
        Ok(Self {
            request: execution.request.as_str(),
            state: execution.state.as_str(),
            started_at: nanos(execution.started_at),
            body: serde_json::to_string(execution)
                .map_err(|error| ActionError::Internal(error.to_string()))?,
            team: execution.team.as_str(),
            target: execution.action.target(),
            blast_radius: execution.blast_radius,
            due_at: execution.due_at().map(nanos),
        })
    }

    fn params(&self) -> impl rusqlite::Params + '_ {
        (
            self.request,
            self.state,
            self.started_at,
            &self.body,
            self.team,
            self.target,
            self.blast_radius,
            self.due_at,
        )
    }
}

/// What is there on a team and a target at a time, beside the execution of `request`.
fn load(
    tx: &Tx<'_>,
    team: &str,
    target: &str,
    at: DateTime<Utc>,
    request: &str,
) -> Result<Load, SqliteError> {
    let (hour, day) = (nanos(Limits::hour_before(at)), nanos(Limits::day_before(at)));
    let team = tx.one(
        "SELECT count(*), coalesce(sum(blast_radius), 0) FROM executions
         WHERE team = ?1 AND started_at > ?2 AND state <> 'dry_run' AND request <> ?3",
        (team, hour, request),
        |found| Ok((found.get::<_, i64>(0)?, found.get::<_, i64>(1)?)),
    )?;
    let target = tx.one(
        "SELECT coalesce(sum(started_at > ?2), 0), coalesce(sum(state <> 'failed'), 0) FROM executions
         WHERE target = ?1 AND state <> 'dry_run' AND request <> ?3",
        (target, day, request),
        |found| Ok((found.get::<_, i64>(0)?, found.get::<_, i64>(1)?)),
    )?;
    let ((count, touched), (lately, ever)) = (team.unwrap_or_default(), target.unwrap_or_default());
    Ok(Load {
        team_last_hour: count.unsigned_abs(),
        touched_last_hour: touched.unsigned_abs(),
        target_last_day: lately.unsigned_abs(),
        target_ever: ever.unsigned_abs(),
    })
}

fn prepare(events: &[DomainEvent]) -> Result<Prepared, ActionError> {
    Prepared::new(events).map_err(|error| match error {
        juno_audit::AuditError::Event { source, .. } => ActionError::Digest(source),
        other => ActionError::Internal(other.to_string()),
    })
}

fn stored(tx: &Tx<'_>, request: &RequestId) -> Result<Option<Execution>, ActionError> {
    let row = tx.one("SELECT request, body FROM executions WHERE request = ?1", [request.as_str()], read)?;
    row.transpose().map_err(|what| ActionError::Corrupt { request: request.to_string(), what })
}

/// The execution of a row of `request, body`, or what is wrong with it.
fn read(row: &Row<'_>) -> rusqlite::Result<Result<Execution, String>> {
    let (request, body) = (row.get_ref(0)?.as_bytes()?, row.get_ref(1)?.as_bytes()?);
    Ok(serde_json::from_slice::<Execution>(body).map_err(|error| error.to_string()).and_then(|execution| {
        if execution.request.as_str().as_bytes() == request {
            Ok(execution)
        } else {
            Err(format!("it is filed under another request than `{}`", execution.request))
        }
    }))
}

/// Every damaged execution: its request and what is wrong.
pub(crate) fn damaged(tx: &Tx<'_>) -> Result<Vec<(String, String)>, SqliteError> {
    let rows = tx.all("SELECT request, body FROM executions ORDER BY request", [], |row| {
        let request = String::from_utf8_lossy(row.get_ref(0)?.as_bytes()?).into_owned();
        Ok((request, read(row)?))
    })?;
    Ok(rows.into_iter().filter_map(|(request, row)| Some((request, row.err()?))).collect())
}

use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use juno_action::{ActionError, Execution, ExecutionState, ExecutionStore};
use juno_domain::{DomainEvent, RequestId};
use rusqlite::Row;

use crate::database::Database;
use crate::error::SqliteError;
use crate::outbox::Prepared;
use crate::time::nanos;
use crate::tx::Tx;

/// Executions in the file.
///
/// The start of one is on the disk when `begin` returns, whatever the configured durability: its effect comes after
/// it, and a power loss must not make it run twice. A damaged execution is an error of `get` and `settle`, still keeps
/// its request from running again, is passed over by `unsettled`, and named by
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
    async fn begin(&self, execution: &Execution, events: &[DomainEvent]) -> Result<(), ActionError> {
        let (body, events) = (body(execution)?, prepare(events)?);
        self.database.write_through(|tx| {
            let inserted = tx.execute(
                "INSERT OR IGNORE INTO executions (request, state, started_at, body) VALUES (?1, ?2, ?3, ?4)",
                (execution.request.as_str(), execution.state.as_str(), nanos(execution.started_at), &body),
            )?;
            if inserted == 0 {
                return Err(ActionError::Exists(execution.request.clone()));
            }
            Ok(events.push(tx)?)
        })
    }

    async fn get(&self, request: &RequestId) -> Result<Option<Execution>, ActionError> {
        self.database.read(|tx| stored(tx, request))
    }

    async fn settle(
        &self,
        expected: ExecutionState,
        execution: &Execution,
        events: &[DomainEvent],
    ) -> Result<(), ActionError> {
        let (body, events) = (body(execution)?, prepare(events)?);
        self.database.write(|tx| {
            let request = &execution.request;
            let known = stored(tx, request)?.ok_or_else(|| ActionError::NotFound(request.clone()))?;
            if known.state != expected {
                return Err(ActionError::Changed { request: request.clone(), expected, found: known.state });
            }
            tx.execute(
                "UPDATE executions SET state = ?2, started_at = ?3, body = ?4 WHERE request = ?1",
                (request.as_str(), execution.state.as_str(), nanos(execution.started_at), &body),
            )?;
            Ok(events.push(tx)?)
        })
    }

    async fn unsettled(&self) -> Result<Vec<Execution>, ActionError> {
        let sql = "SELECT request, body FROM executions WHERE state IN ('started', 'unknown')
             ORDER BY started_at, request";
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

fn body(execution: &Execution) -> Result<String, ActionError> {
    serde_json::to_string(execution).map_err(|error| ActionError::Internal(error.to_string()))
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

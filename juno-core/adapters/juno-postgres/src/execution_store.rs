use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use juno_action::{ActionError, Execution, ExecutionState, ExecutionStore};
use juno_domain::{DomainEvent, RequestId};
use tokio_postgres::Row;

use crate::database::Database;
use crate::error::PostgresError;
use crate::outbox::Prepared;
use crate::time::nanos;
use crate::transact::transact;
use crate::tx::Tx;

/// Executions in the database.
///
/// The start of one is on the server's disk when `begin` returns, whatever `synchronous_commit` the server has by
/// default: its effect comes after it. A damaged execution is an error of `get` and `settle`, still keeps its request
/// from running again, is passed over by `unsettled`, and named by
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
    async fn begin(&self, execution: &Execution, events: &[DomainEvent]) -> Result<(), ActionError> {
        let (body, events) = (body(execution)?, prepare(events)?);
        transact!(self.database, Write, |tx| -> Result<(), ActionError> {
            let request = &execution.request;
            let (state, started_at) = (execution.state.as_str(), nanos(execution.started_at));
            // A server set to `off` would acknowledge what a crash of it can take back. Whoever wants less than
            // the default elsewhere, such as not to wait for a replica, still gets the disk here.
            tx.one(
                "SELECT set_config('synchronous_commit', 'local', true)
                     WHERE current_setting('synchronous_commit') = 'off'",
                &[],
            )
            .await?;
            let sql = "INSERT INTO executions (request, state, started_at, body) VALUES ($1, $2, $3, $4)
                     ON CONFLICT (request) DO NOTHING";
            if tx.execute(sql, &[&request.as_str(), &state, &started_at, &body]).await? == 0 {
                return Err(ActionError::Exists(request.clone()));
            }
            Ok(events.push(tx).await?)
        })
    }

    async fn get(&self, request: &RequestId) -> Result<Option<Execution>, ActionError> {
        let sql = "SELECT request, body FROM executions WHERE request = $1";
        known(self.database.one(sql, &[&request.as_str()]).await?.as_ref(), request)
    }

    async fn settle(
        &self,
        expected: ExecutionState,
        execution: &Execution,
        events: &[DomainEvent],
    ) -> Result<(), ActionError> {
        let (body, events) = (body(execution)?, prepare(events)?);
        transact!(self.database, Write, |tx| -> Result<(), ActionError> {
            let request = &execution.request;
            // The row's lock makes others wait until this commits; then they see its state.
            let sql = "SELECT request, body FROM executions WHERE request = $1 FOR UPDATE";
            let stored = known(tx.one(sql, &[&request.as_str()]).await?.as_ref(), request)?;
            let found = stored.ok_or_else(|| ActionError::NotFound(request.clone()))?.state;
            if found != expected {
                return Err(ActionError::Changed { request: request.clone(), expected, found });
            }
            let (state, started_at) = (execution.state.as_str(), nanos(execution.started_at));
            let sql = "UPDATE executions SET state = $2, started_at = $3, body = $4 WHERE request = $1";
            tx.execute(sql, &[&request.as_str(), &state, &started_at, &body]).await?;
            Ok(events.push(tx).await?)
        })
    }

    async fn unsettled(&self) -> Result<Vec<Execution>, ActionError> {
        let sql = "SELECT request, body FROM executions WHERE state IN ('started', 'unknown')
             ORDER BY started_at, request";
        let mut open = Vec::new();
        for row in self.database.all(sql, &[]).await? {
            open.extend(read(&row)?.ok());
        }
        Ok(open)
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

/// The execution of a row, if there is one.
fn known(row: Option<&Row>, request: &RequestId) -> Result<Option<Execution>, ActionError> {
    let execution = row.map(read).transpose()?.transpose();
    execution.map_err(|what| ActionError::Corrupt { request: request.to_string(), what })
}

/// The execution of a row of `request, body`, or what is wrong with it.
fn read(row: &Row) -> Result<Result<Execution, String>, PostgresError> {
    let (request, body): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
    Ok(serde_json::from_str::<Execution>(body).map_err(|error| error.to_string()).and_then(|execution| {
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
    tx.each("SELECT request, body FROM executions ORDER BY request", &[], |row| {
        if let Err(what) = read(row)? {
            damaged.push((row.try_get(0)?, what));
        }
        Ok(ControlFlow::Continue(()))
    })
    .await?;
    Ok(damaged)
}

use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{DomainEvent, EventId, RequestId};
use juno_governance::{
    ApprovalRequest, ApprovalStore, GovernanceError, RequestFilter, Stop, check_successor,
};
use rusqlite::Row;

use crate::database::Database;
use crate::error::SqliteError;
use crate::outbox::Prepared;
use crate::time::nanos;
use crate::tx::Tx;

/// Approval requests in the file.
///
/// A damaged request is an error of `get` and `transition`; the lists pass over it, so that it does not keep the
/// others from being decided, and [`SqliteStore::check`](crate::SqliteStore::check) names it.
#[derive(Clone)]
pub struct SqliteApprovalStore {
    database: Arc<Database>,
}

impl SqliteApprovalStore {
    pub(crate) const fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

#[async_trait]
impl ApprovalStore for SqliteApprovalStore {
    async fn create(&self, request: &ApprovalRequest, events: &[DomainEvent]) -> Result<(), GovernanceError> {
        let (row, events) = (Columns::of(request)?, prepare(events)?);
        self.database.write(|tx| {
            let inserted = tx.execute(
                "INSERT OR IGNORE INTO approvals (id, version, team, state, created_at, deadline, authorized_at, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                row.values(),
            )?;
            if inserted == 0 {
                return Err(GovernanceError::Exists(request.id().clone()));
            }
            Ok(events.push(tx)?)
        })
    }

    async fn get(&self, id: &RequestId) -> Result<Option<ApprovalRequest>, GovernanceError> {
        self.database.read(|tx| stored(tx, id))
    }

    async fn list(&self, filter: &RequestFilter) -> Result<Vec<ApprovalRequest>, GovernanceError> {
        let limit = filter.limit.unwrap_or(usize::MAX);
        let states = filter.states.iter().map(word).collect::<Result<Vec<_>, _>>()?;
        let states = serde_json::to_string(&states).map_err(internal)?;
        // The empty list of states means all.
        let among = "(?1 IS NULL OR team = ?1) AND (?2 = '[]' OR state IN (SELECT value FROM json_each(?2)))";
        let sql = match filter.authorized_since {
            None => {
                format!("SELECT id, body FROM approvals WHERE ?3 IS NULL AND {among} ORDER BY created_at, id")
            }
            Some(_) => format!(
                "SELECT id, body FROM approvals INDEXED BY approvals_authorized
                 WHERE authorized_at >= ?3 AND {among} ORDER BY created_at, id"
            ),
        };
        let team = filter.team.as_ref().map(|team| team.as_str());
        let since = filter.authorized_since.map(nanos);
        self.database.read(|tx| {
            let mut found = Vec::new();
            tx.each(&sql, (team, &states, since), |row| {
                if found.len() >= limit {
                    return Ok(ControlFlow::Break(()));
                }
                found.extend(read(row)?.ok().filter(|request| filter.matches(request)));
                Ok(ControlFlow::Continue(()))
            })?;
            Ok(found)
        })
    }

    async fn list_due(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<ApprovalRequest>, GovernanceError> {
        let sql = "SELECT id, body FROM approvals WHERE deadline <= ?1 ORDER BY deadline, id";
        self.database.read(|tx| {
            let mut found = Vec::new();
            tx.each(sql, [nanos(now)], |row| {
                if found.len() >= limit {
                    return Ok(ControlFlow::Break(()));
                }
                found.extend(read(row)?.ok().filter(|request| request.is_due(now)));
                Ok(ControlFlow::Continue(()))
            })?;
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
        self.database.write(|tx| {
            let known = stored(tx, next.id())?.ok_or_else(|| GovernanceError::NotFound(next.id().clone()))?;
            if known.version() != expected_version {
                return Err(GovernanceError::Changed {
                    request: next.id().clone(),
                    expected: expected_version,
                    found: known.version(),
                });
            }
            tx.execute(
                "UPDATE approvals SET version = ?2, team = ?3, state = ?4, created_at = ?5, deadline = ?6,
                 authorized_at = ?7, body = ?8 WHERE id = ?1",
                row.values(),
            )?;
            Ok(events.push(tx)?)
        })
    }

    async fn stop(&self, stop: &Stop, events: &[DomainEvent]) -> Result<(), GovernanceError> {
        let (body, events) = (serde_json::to_string(stop).map_err(internal)?, prepare(events)?);
        // It has to outlive a power loss: what it holds back must not run after one.
        self.database.write_through(|tx| {
            tx.execute("INSERT OR IGNORE INTO stops (id, body) VALUES (?1, ?2)", (stop.id.as_str(), &body))?;
            Ok(events.push(tx)?)
        })
    }

    async fn stops(&self) -> Result<Vec<Stop>, GovernanceError> {
        let rows: Vec<(String, Vec<u8>)> = self.database.read(|tx| -> Result<_, GovernanceError> {
            Ok(tx.all("SELECT id, body FROM stops ORDER BY id", [], |row| {
                Ok((row.get(0)?, row.get_ref(1)?.as_bytes()?.to_vec()))
            })?)
        })?;
        let read = |(id, body): (String, Vec<u8>)| {
            let what = |error: serde_json::Error| format!("as the stop it is: {error}");
            serde_json::from_slice(&body)
                .map_err(|error| GovernanceError::Corrupt { request: id, what: what(error) })
        };
        rows.into_iter().map(read).collect()
    }

    async fn end_stops(&self, ended: &[EventId], events: &[DomainEvent]) -> Result<(), GovernanceError> {
        let events = prepare(events)?;
        self.database.write(|tx| {
            for id in ended {
                tx.execute("DELETE FROM stops WHERE id = ?1", [id.as_str()])?;
            }
            Ok(events.push(tx)?)
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
    body: String,
}

type Values<'v> = (&'v str, i64, &'v str, &'v str, i64, Option<i64>, Option<i64>, &'v str);

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
            body: serde_json::to_string(request).map_err(internal)?,
        })
    }

    /// As ?1 to ?8.
    fn values(&self) -> Values<'_> {
        let Self { id, version, team, state, created_at, deadline, authorized_at, body } = self;
        (id, *version, team, state, *created_at, *deadline, *authorized_at, body)
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

fn stored(tx: &Tx<'_>, id: &RequestId) -> Result<Option<ApprovalRequest>, GovernanceError> {
    let row = tx.one("SELECT id, body FROM approvals WHERE id = ?1", [id.as_str()], read)?;
    row.transpose().map_err(|what| GovernanceError::Corrupt { request: id.to_string(), what })
}

/// The request of a row of `id, body`, or what is wrong with it.
pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Result<ApprovalRequest, String>> {
    let (id, body) = (row.get_ref(0)?.as_bytes()?, row.get_ref(1)?.as_bytes()?);
    Ok(serde_json::from_slice::<ApprovalRequest>(body).map_err(|error| error.to_string()).and_then(
        |request| {
            if request.id().as_str().as_bytes() == id {
                Ok(request)
            } else {
                Err(format!("it is filed under another id than `{}`", request.id()))
            }
        },
    ))
}

/// Every damaged request: its id and what is wrong.
pub(crate) fn damaged(tx: &Tx<'_>) -> Result<Vec<(String, String)>, SqliteError> {
    let rows = tx.all("SELECT id, body FROM approvals ORDER BY id", [], |row| {
        let id = String::from_utf8_lossy(row.get_ref(0)?.as_bytes()?).into_owned();
        Ok((id, read(row)?))
    })?;
    Ok(rows.into_iter().filter_map(|(id, row)| Some((id, row.err()?))).collect())
}

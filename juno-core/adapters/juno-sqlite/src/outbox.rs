use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use juno_audit::{AuditError, Outbox, waiting_json};
use juno_domain::{DomainEvent, EventId};
use rusqlite::types::ValueRef;

use crate::database::Database;
use crate::error::SqliteError;
use crate::tx::Tx;

/// The events that the stores of one file committed and that the audit log has not taken yet.
///
/// A damaged event holds up no other: `waiting` passes over it while there are others, and reports it as corrupt
/// once it is all that is left.
#[derive(Clone)]
pub struct SqliteOutbox {
    database: Arc<Database>,
}

impl SqliteOutbox {
    pub(crate) const fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

/// Events ready to be stored, made before a transaction begins.
pub(crate) struct Prepared(Vec<(String, String)>);

impl Prepared {
    pub(crate) fn new(events: &[DomainEvent]) -> Result<Self, AuditError> {
        let prepare = |event: &DomainEvent| {
            let json = waiting_json(event)?;
            Ok((event.id.to_string(), json))
        };
        Ok(Self(events.iter().map(prepare).collect::<Result<_, AuditError>>()?))
    }

    /// Puts the events behind those that wait. One whose id waits already, or was taken, is passed over.
    pub(crate) fn push(&self, tx: &Tx<'_>) -> Result<(), SqliteError> {
        for (id, content) in &self.0 {
            tx.execute(
                "INSERT OR IGNORE INTO outbox (event_id, content) SELECT ?1, ?2
                 WHERE NOT EXISTS (SELECT 1 FROM outbox_taken WHERE event_id = ?1) AND NOT EXISTS
                     (SELECT 1 FROM audit WHERE iif(json_valid(content), json_extract(content, '$.id'), NULL) = ?1)",
                (id, content),
            )?;
        }
        Ok(())
    }
}

#[async_trait]
impl Outbox for SqliteOutbox {
    async fn waiting(&self, limit: usize) -> Result<Vec<DomainEvent>, AuditError> {
        self.database.read(|tx| {
            let mut good: Vec<DomainEvent> = Vec::new();
            let mut damaged = None;
            tx.each("SELECT place, event_id, content FROM outbox ORDER BY place", [], |row| {
                if good.len() >= limit {
                    return Ok(ControlFlow::Break(()));
                }
                match read_event(row.get_ref(1)?, row.get_ref(2)?) {
                    Ok(event) => good.push(event),
                    Err(reason) => drop(damaged.get_or_insert((row.get::<_, i64>(0)?, reason))),
                }
                Ok(ControlFlow::Continue(()))
            })?;
            match damaged {
                Some((place, reason)) if good.is_empty() && limit > 0 => Err(AuditError::Corrupt {
                    index: place.unsigned_abs(),
                    reason: format!("it waits in the outbox, not in the log yet: {reason}"),
                }),
                _ => Ok(good),
            }
        })
    }

    async fn acknowledge(&self, ids: &[EventId]) -> Result<(), AuditError> {
        self.database.write(|tx| {
            for id in ids {
                tx.execute(
                    "INSERT INTO outbox_taken (event_id) SELECT event_id FROM outbox WHERE event_id = ?1 AND NOT EXISTS
                         (SELECT 1 FROM audit WHERE iif(json_valid(content), json_extract(content, '$.id'), NULL) = ?1)",
                    [id.as_str()],
                )?;
                tx.execute("DELETE FROM outbox WHERE event_id = ?1", [id.as_str()])?;
            }
            Ok(())
        })
    }
}

/// The event of a row, or what is wrong with it.
fn read_event(id: ValueRef<'_>, content: ValueRef<'_>) -> Result<DomainEvent, String> {
    let text = |value: ValueRef<'_>| value.as_bytes().map(<[u8]>::to_vec).map_err(|error| error.to_string());
    let event: DomainEvent = serde_json::from_slice(&text(content)?).map_err(|error| error.to_string())?;
    if event.id.as_str().as_bytes() != text(id)? {
        return Err(format!("it is filed under another id than `{}`", event.id));
    }
    Ok(event)
}

/// Every damaged event: its id and what is wrong.
pub(crate) fn damaged(tx: &Tx<'_>) -> Result<Vec<(String, String)>, SqliteError> {
    let rows = tx.all("SELECT event_id, content FROM outbox ORDER BY place", [], |row| {
        let id = String::from_utf8_lossy(row.get_ref(0)?.as_bytes()?).into_owned();
        Ok((id, read_event(row.get_ref(0)?, row.get_ref(1)?)))
    })?;
    Ok(rows.into_iter().filter_map(|(id, row)| Some((id, row.err()?))).collect())
}

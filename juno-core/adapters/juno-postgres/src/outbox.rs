use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use juno_audit::{AuditError, Outbox, PersonalFields, waiting_json};
use juno_domain::{DomainEvent, EventId};
use tokio_postgres::Row;

use crate::database::Database;
use crate::error::PostgresError;
use crate::parts::{PartKeys, event_apart};
use crate::transact::transact;
use crate::tx::Tx;

/// The events that the stores of one schema committed and that the audit log has not taken yet.
///
/// A damaged event holds up no other: `waiting` passes over it while there are others, and reports it as corrupt
/// once it is all that is left.
#[derive(Clone)]
pub struct PostgresOutbox {
    database: Arc<Database>,
}

impl PostgresOutbox {
    pub(crate) const fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

/// Events ready to be stored, made before a transaction begins.
#[derive(Default)]
pub(crate) struct Prepared {
    ids: Vec<String>,
    contents: Vec<String>,
    events: Vec<DomainEvent>,
}

impl Prepared {
    pub(crate) fn new(events: &[DomainEvent]) -> Result<Self, AuditError> {
        let mut prepared = Self::default();
        for event in events {
            let json = waiting_json(event)?;
            prepared.ids.push(event.id.to_string());
            prepared.contents.push(json);
            prepared.events.push(event.clone());
        }
        Ok(prepared)
    }

    /// Adds others behind these.
    pub(crate) fn extend(&mut self, others: &Self) {
        self.ids.extend_from_slice(&others.ids);
        self.contents.extend_from_slice(&others.contents);
        self.events.extend_from_slice(&others.events);
    }

    /// Puts the events behind those that wait. One whose id waits already, or was taken, is passed over.
    pub(crate) async fn push(&self, tx: &Tx<'_>) -> Result<(), PostgresError> {
        if self.ids.is_empty() {
            return Ok(());
        }
        let (mut contents, mut keys, mut parts) = (Vec::new(), Vec::new(), Vec::new());
        for (event, content) in self.events.iter().zip(&self.contents) {
            match event_apart(tx, event).await? {
                None => {
                    contents.push(content.clone());
                    keys.push(None);
                    parts.push(None);
                }
                Some((rest, key, part)) => {
                    contents.push(rest);
                    keys.push(Some(key));
                    parts.push(Some(part));
                }
            }
        }
        let sql = "INSERT INTO outbox (event_id, content, part_key, part)
             SELECT new.id, new.content, new.key, new.part
             FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[])
                 WITH ORDINALITY AS new (id, content, key, part, nth)
             WHERE NOT EXISTS (SELECT 1 FROM outbox_taken WHERE event_id = new.id)
                 AND NOT EXISTS (SELECT 1 FROM audit WHERE event_id = new.id)
             ORDER BY new.nth ON CONFLICT (event_id) DO NOTHING";
        tx.execute(sql, &[&self.ids, &contents, &keys, &parts]).await?;
        Ok(())
    }
}

#[async_trait]
impl Outbox for PostgresOutbox {
    async fn waiting(&self, limit: usize) -> Result<Vec<DomainEvent>, AuditError> {
        transact!(self.database, Read, |tx| -> Result<Vec<DomainEvent>, AuditError> {
            let mut good: Vec<DomainEvent> = Vec::new();
            let mut damaged: Option<(i64, String)> = None;
            let mut keys = PartKeys::new(tx.vault());
            tx.each(WAITING, &[], |row| {
                if good.len() >= limit {
                    return Ok(ControlFlow::Break(()));
                }
                match read(row, &mut keys)? {
                    Ok(event) => good.push(event),
                    Err(reason) if damaged.is_none() => damaged = Some((row.try_get(0)?, reason)),
                    Err(_) => {}
                }
                Ok(ControlFlow::Continue(()))
            })
            .await?;
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
        let mut ids: Vec<&str> = ids.iter().map(EventId::as_str).collect();
        // Several at once take their locks in one order.
        ids.sort_unstable();
        transact!(self.database, Write, |tx| -> Result<(), AuditError> {
            let sql = "WITH gone AS (
                         DELETE FROM outbox WHERE place IN (
                             SELECT place FROM outbox WHERE event_id = ANY($1) ORDER BY event_id FOR UPDATE)
                         RETURNING event_id)
                     INSERT INTO outbox_taken (event_id) SELECT event_id FROM gone
                     WHERE NOT EXISTS (SELECT 1 FROM audit WHERE audit.event_id = gone.event_id)
                     ON CONFLICT (event_id) DO NOTHING";
            tx.execute(sql, &[&ids]).await?;
            Ok(())
        })
    }
}

/// The rows that [`read`] reads.
const WAITING: &str = "SELECT place, event_id, content, part_key, part FROM outbox ORDER BY place";

/// The event of a row, or what is wrong with it. Its personal part stays erased if the key of that was destroyed.
fn read(row: &Row, keys: &mut PartKeys<'_>) -> Result<Result<DomainEvent, String>, PostgresError> {
    let (id, content): (&str, &str) = (row.try_get(1)?, row.try_get(2)?);
    let (key, part): (Option<&str>, Option<&[u8]>) = (row.try_get(3)?, row.try_get(4)?);
    let mut event = match serde_json::from_str::<DomainEvent>(content) {
        Ok(event) => event,
        Err(error) => return Ok(Err(error.to_string())),
    };
    if event.id.as_str() != id {
        return Ok(Err(format!("it is filed under another id than `{}`", event.id)));
    }
    if let Some((key, part)) = key.zip(part) {
        match keys.open(id, key, part)? {
            Some(Err(what)) => return Ok(Err(what)),
            None => {}
            Some(Ok(part)) => {
                let fits = PersonalFields::rejoin(&mut event, part);
                if !fits {
                    return Ok(Err("it has texts that belong nowhere".into()));
                }
            }
        }
    }
    Ok(Ok(event))
}

/// Every damaged event: its id and what is wrong.
pub(crate) async fn damaged(tx: &Tx<'_>) -> Result<Vec<(String, String)>, PostgresError> {
    let mut damaged = Vec::new();
    let mut keys = PartKeys::new(tx.vault());
    tx.each(WAITING, &[], |row| {
        if let Err(what) = read(row, &mut keys)? {
            damaged.push((row.try_get(1)?, what));
        }
        Ok(ControlFlow::Continue(()))
    })
    .await?;
    Ok(damaged)
}

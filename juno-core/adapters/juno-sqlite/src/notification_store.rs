use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::DomainEvent;
use juno_governance::{Delivery, DeliveryFilter, DeliveryState, GovernanceError, NotificationStore};
use rusqlite::Row;

use crate::approval_store::{internal, prepare};
use crate::database::Database;
use crate::error::SqliteError;
use crate::time::nanos;
use crate::tx::Tx;

/// Notifications in the file.
///
/// A damaged one is an error of `get`; the lists pass over it, so that it does not keep the others from being delivered,
/// and [`SqliteStore::check`](crate::SqliteStore::check) names it.
#[derive(Clone)]
pub struct SqliteNotificationStore {
    database: Arc<Database>,
}

impl SqliteNotificationStore {
    pub(crate) const fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

#[async_trait]
impl NotificationStore for SqliteNotificationStore {
    async fn position(&self) -> Result<Option<u64>, GovernanceError> {
        self.database.read(|tx| Ok(position(tx)?))
    }

    async fn advance(
        &self,
        from: Option<u64>,
        to: u64,
        deliveries: &[Delivery],
    ) -> Result<bool, GovernanceError> {
        let rows = deliveries.iter().map(Columns::of).collect::<Result<Vec<_>, _>>()?;
        let to = i64::try_from(to).map_err(internal)?;
        self.database.write(|tx| {
            if position(tx)? != from {
                return Ok(false);
            }
            tx.execute(
                "INSERT INTO facts (name, value) VALUES ('notifications_read', ?1)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                [to],
            )?;
            for row in &rows {
                tx.execute(
                    "INSERT OR IGNORE INTO notifications (key, channel, lane, state, not_before, version, body)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    (row.key, row.channel, row.lane, row.state, row.not_before, row.version, &row.body),
                )?;
            }
            Ok(true)
        })
    }

    async fn due(
        &self,
        channel: &str,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Delivery>, GovernanceError> {
        let sql = "SELECT key, body, lane, place FROM notifications AS first
             WHERE state = 'waiting' AND channel = ?1 AND not_before <= ?2 AND NOT EXISTS
                 (SELECT 1 FROM notifications AS before
                  WHERE before.lane = first.lane AND before.state = 'waiting' AND before.place < first.place)
             ORDER BY place";
        self.database.read(|tx| {
            let (mut found, mut damaged) = (Vec::new(), Vec::new());
            tx.each(sql, (channel, nanos(now)), |row| {
                if found.len() >= limit {
                    return Ok(ControlFlow::Break(()));
                }
                match read(row)? {
                    Ok(delivery) => found.push(delivery),
                    Err(_) => damaged.push((row.get::<_, String>(2)?, row.get::<_, i64>(3)?)),
                }
                Ok(ControlFlow::Continue(()))
            })?;
            for (lane, place) in damaged {
                if found.len() < limit {
                    found.extend(behind(tx, &lane, place)?.filter(|next| next.not_before <= now));
                }
            }
            Ok(found)
        })
    }

    async fn get(&self, key: &str) -> Result<Option<Delivery>, GovernanceError> {
        self.database.read(|tx| {
            let row = tx.one("SELECT key, body FROM notifications WHERE key = ?1", [key], read)?;
            row.transpose().map_err(|what| GovernanceError::Corrupt { request: key.to_owned(), what })
        })
    }

    async fn list(&self, filter: &DeliveryFilter) -> Result<Vec<Delivery>, GovernanceError> {
        let limit = filter.limit.unwrap_or(usize::MAX);
        let sql = "SELECT key, body FROM notifications
             WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR channel = ?2) ORDER BY place";
        self.database.read(|tx| {
            let mut found = Vec::new();
            tx.each(sql, (filter.state.map(DeliveryState::as_str), &filter.channel), |row| {
                if found.len() >= limit {
                    return Ok(ControlFlow::Break(()));
                }
                found.extend(read(row)?.ok().filter(|delivery| filter.matches(delivery)));
                Ok(ControlFlow::Continue(()))
            })?;
            Ok(found)
        })
    }

    async fn settle(
        &self,
        key: &str,
        expected_version: u64,
        next: Option<&Delivery>,
        events: &[DomainEvent],
    ) -> Result<bool, GovernanceError> {
        let (next, events) = (next.map(Columns::of).transpose()?, prepare(events)?);
        let version = i64::try_from(expected_version).map_err(internal)?;
        self.database.write(|tx| {
            let changed = match &next {
                Some(row) => tx.execute(
                    "UPDATE notifications SET channel = ?3, lane = ?4, state = ?5, not_before = ?6, version = ?7,
                     body = ?8 WHERE key = ?1 AND version = ?2",
                    (
                        key, version, row.channel, row.lane, row.state, row.not_before, row.version, &row.body,
                    ),
                )?,
                None => {
                    tx.execute("DELETE FROM notifications WHERE key = ?1 AND version = ?2", (key, version))?
                }
            };
            if changed == 0 {
                return Ok(false);
            }
            events.push(tx)?;
            Ok(true)
        })
    }
}

/// What the columns say about a delivery.
struct Columns<'a> {
    key: &'a str,
    channel: &'a str,
    lane: &'a str,
    state: &'static str,
    not_before: i64,
    version: i64,
    body: String,
}

impl<'a> Columns<'a> {
    fn of(delivery: &'a Delivery) -> Result<Self, GovernanceError> {
        Ok(Self {
            key: delivery.key(),
            channel: &delivery.channel,
            lane: &delivery.lane,
            state: delivery.state.as_str(),
            not_before: nanos(delivery.not_before),
            version: i64::try_from(delivery.version).map_err(internal)?,
            body: serde_json::to_string(delivery).map_err(internal)?,
        })
    }
}

fn position(tx: &Tx<'_>) -> Result<Option<u64>, SqliteError> {
    let read = tx.one("SELECT value FROM facts WHERE name = 'notifications_read'", [], |row| row.get(0))?;
    Ok(read.map(i64::unsigned_abs))
}

/// The first delivery of a lane that waits behind a damaged one and reads.
fn behind(tx: &Tx<'_>, lane: &str, place: i64) -> Result<Option<Delivery>, SqliteError> {
    let sql = "SELECT key, body FROM notifications
         WHERE lane = ?1 AND state = 'waiting' AND place > ?2 ORDER BY place";
    let mut found = None;
    tx.each(sql, (lane, place), |row| {
        found = read(row)?.ok();
        Ok(if found.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(found)
}

/// The delivery of a row of `key, body`, or what is wrong with it.
fn read(row: &Row<'_>) -> rusqlite::Result<Result<Delivery, String>> {
    let (key, body) = (row.get_ref(0)?.as_bytes()?, row.get_ref(1)?.as_bytes()?);
    Ok(serde_json::from_slice::<Delivery>(body).map_err(|error| error.to_string()).and_then(|delivery| {
        if delivery.key().as_bytes() == key {
            Ok(delivery)
        } else {
            Err(format!("it is filed under another key than `{}`", delivery.key()))
        }
    }))
}

/// Every damaged delivery: its key and what is wrong.
pub(crate) fn damaged(tx: &Tx<'_>) -> Result<Vec<(String, String)>, SqliteError> {
    let rows = tx.all("SELECT key, body FROM notifications ORDER BY place", [], |row| {
        let key = String::from_utf8_lossy(row.get_ref(0)?.as_bytes()?).into_owned();
        Ok((key, read(row)?))
    })?;
    Ok(rows.into_iter().filter_map(|(key, row)| Some((key, row.err()?))).collect())
}

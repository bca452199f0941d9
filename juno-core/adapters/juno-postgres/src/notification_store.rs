use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::DomainEvent;
use juno_governance::{Delivery, DeliveryFilter, DeliveryState, GovernanceError, NotificationStore};
use tokio_postgres::Row;

use crate::approval_store::{internal, prepare};
use crate::database::Database;
use crate::error::PostgresError;
use crate::time::nanos;
use crate::transact::transact;
use crate::tx::Tx;

/// Notifications in the database.
///
/// A damaged one is an error of `get`; the lists pass over it, so that it does not keep the others from being delivered,
/// and [`PostgresStore::check`](crate::PostgresStore::check) names it.
#[derive(Clone)]
pub struct PostgresNotificationStore {
    database: Arc<Database>,
}

impl PostgresNotificationStore {
    pub(crate) const fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

#[async_trait]
impl NotificationStore for PostgresNotificationStore {
    async fn position(&self) -> Result<Option<u64>, GovernanceError> {
        let row = self.database.one("SELECT next FROM notification_position", &[]).await?;
        let next: Option<i64> = row.map(|row| row.try_get(0)).transpose().map_err(PostgresError::from)?;
        Ok(next.map(i64::unsigned_abs))
    }

    async fn advance(
        &self,
        from: Option<u64>,
        to: u64,
        deliveries: &[Delivery],
    ) -> Result<bool, GovernanceError> {
        let rows = deliveries.iter().map(Columns::of).collect::<Result<Vec<_>, _>>()?;
        let from = from.map(i64::try_from).transpose().map_err(internal)?;
        let to = i64::try_from(to).map_err(internal)?;
        transact!(self.database, Write, |tx| -> Result<bool, GovernanceError> {
            let moved = match from {
                None => {
                    let sql = "INSERT INTO notification_position (only_one, next) VALUES (TRUE, $1)
                         ON CONFLICT (only_one) DO NOTHING";
                    tx.execute(sql, &[&to]).await?
                }
                Some(from) => {
                    let sql = "UPDATE notification_position SET next = $2 WHERE next = $1";
                    tx.execute(sql, &[&from, &to]).await?
                }
            };
            if moved == 0 {
                return Ok(false);
            }
            for row in &rows {
                let sql = "INSERT INTO notifications (key, channel, lane, state, not_before, version, body)
                     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (key) DO NOTHING";
                tx.execute(
                    sql,
                    &[
                        &row.key,
                        &row.channel,
                        &row.lane,
                        &row.state,
                        &row.not_before,
                        &row.version,
                        &row.body,
                    ],
                )
                .await?;
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
             WHERE state = 'waiting' AND channel = $1 AND not_before <= $2 AND NOT EXISTS
                 (SELECT 1 FROM notifications AS before
                  WHERE before.lane = first.lane AND before.state = 'waiting' AND before.place < first.place)
             ORDER BY place";
        transact!(self.database, Read, |tx| -> Result<Vec<Delivery>, GovernanceError> {
            let (mut found, mut damaged): (Vec<Delivery>, Vec<(String, i64)>) = (Vec::new(), Vec::new());
            tx.each(sql, &[&channel, &nanos(now)], |row| {
                if found.len() >= limit {
                    return Ok(ControlFlow::Break(()));
                }
                match read(row)? {
                    Ok(delivery) => found.push(delivery),
                    Err(_) => damaged.push((row.try_get(2)?, row.try_get(3)?)),
                }
                Ok(ControlFlow::Continue(()))
            })
            .await?;
            for (lane, place) in damaged {
                if found.len() < limit {
                    let next = behind(tx, &lane, place).await?;
                    found.extend(next.filter(|next| next.not_before <= now));
                }
            }
            Ok(found)
        })
    }

    async fn get(&self, key: &str) -> Result<Option<Delivery>, GovernanceError> {
        let row = self.database.one("SELECT key, body FROM notifications WHERE key = $1", &[&key]).await?;
        let delivery = row.as_ref().map(read).transpose()?.transpose();
        delivery.map_err(|what| GovernanceError::Corrupt { request: key.to_owned(), what })
    }

    async fn list(&self, filter: &DeliveryFilter) -> Result<Vec<Delivery>, GovernanceError> {
        let limit = filter.limit.unwrap_or(usize::MAX);
        let state = filter.state.map(DeliveryState::as_str);
        let sql = "SELECT key, body FROM notifications
             WHERE ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR channel = $2) ORDER BY place";
        transact!(self.database, Read, |tx| -> Result<Vec<Delivery>, GovernanceError> {
            let mut found = Vec::new();
            tx.each(sql, &[&state, &filter.channel], |row| {
                if found.len() >= limit {
                    return Ok(ControlFlow::Break(()));
                }
                found.extend(read(row)?.ok().filter(|delivery| filter.matches(delivery)));
                Ok(ControlFlow::Continue(()))
            })
            .await?;
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
        transact!(self.database, Write, |tx| -> Result<bool, GovernanceError> {
            let changed = match &next {
                Some(row) => {
                    let sql = "UPDATE notifications SET channel = $3, lane = $4, state = $5, not_before = $6,
                             version = $7, body = $8 WHERE key = $1 AND version = $2";
                    tx.execute(
                        sql,
                        &[
                            &key,
                            &version,
                            &row.channel,
                            &row.lane,
                            &row.state,
                            &row.not_before,
                            &row.version,
                            &row.body,
                        ],
                    )
                    .await?
                }
                None => {
                    let sql = "DELETE FROM notifications WHERE key = $1 AND version = $2";
                    tx.execute(sql, &[&key, &version]).await?
                }
            };
            if changed == 0 {
                return Ok(false);
            }
            events.push(tx).await?;
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

/// The first delivery of a lane that waits behind a damaged one and reads.
async fn behind(tx: &Tx<'_>, lane: &str, place: i64) -> Result<Option<Delivery>, PostgresError> {
    let sql = "SELECT key, body FROM notifications
         WHERE lane = $1 AND state = 'waiting' AND place > $2 ORDER BY place";
    let mut found = None;
    tx.each(sql, &[&lane, &place], |row| {
        found = read(row)?.ok();
        Ok(if found.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })
    .await?;
    Ok(found)
}

/// The delivery of a row of `key, body`, or what is wrong with it.
fn read(row: &Row) -> Result<Result<Delivery, String>, PostgresError> {
    let (key, body): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
    Ok(serde_json::from_str::<Delivery>(body).map_err(|error| error.to_string()).and_then(|delivery| {
        if delivery.key() == key {
            Ok(delivery)
        } else {
            Err(format!("it is filed under another key than `{}`", delivery.key()))
        }
    }))
}

/// Every damaged delivery: its key and what is wrong.
pub(crate) async fn damaged(tx: &Tx<'_>) -> Result<Vec<(String, String)>, PostgresError> {
    let mut damaged = Vec::new();
    tx.each("SELECT key, body FROM notifications ORDER BY place", &[], |row| {
        if let Err(what) = read(row)? {
            damaged.push((row.try_get(0)?, what));
        }
        Ok(ControlFlow::Continue(()))
    })
    .await?;
    Ok(damaged)
}

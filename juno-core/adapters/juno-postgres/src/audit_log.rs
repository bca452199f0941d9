use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use async_trait::async_trait;
use juno_audit::{AuditError, AuditLog, Frontier, Leaf, StoredRecord, TreeHead};
use juno_domain::{Digest, DomainEvent, EventId};
use serde::Deserialize;
use tokio_postgres::Row;

use crate::database::Database;
use crate::error::PostgresError;
use crate::transact::transact;
use crate::tx::Tx;

/// The tamper-evident log in the database.
///
/// A row holds the canonical JSON of its event and the leaf hash; beside the rows stands the right edge of the
/// Merkle tree. Whatever is changed with plain SQL, [`verify`](AuditLog::verify) finds it. Several processes can
/// append at once: they take turns through the lock on the edge. A call is one transaction and a handful of
/// statements, however many events it brings; `juno_audit::drain` brings 256 at a time.
#[derive(Clone)]
pub struct PostgresAuditLog {
    database: Arc<Database>,
}

impl PostgresAuditLog {
    pub(crate) const fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

#[async_trait]
impl AuditLog for PostgresAuditLog {
    async fn append(&self, events: &[DomainEvent]) -> Result<Vec<u64>, AuditError> {
        let leaves = events.iter().map(Leaf::of).collect::<Result<Vec<_>, AuditError>>()?;
        if leaves.is_empty() {
            return Ok(Vec::new());
        }
        transact!(self.database, Write, |tx| -> Result<Vec<u64>, AuditError> {
            append(tx, events, &leaves).await
        })
    }

    async fn head(&self) -> Result<TreeHead, AuditError> {
        let row = self.database.one("SELECT size, nodes FROM audit_tree", &[]).await?;
        Ok(frontier(row.as_ref())?.head())
    }

    async fn stored(&self, from: u64, limit: usize) -> Result<Vec<StoredRecord>, AuditError> {
        let (Ok(from), limit) = (i64::try_from(from), i64::try_from(limit).unwrap_or(i64::MAX)) else {
            return Ok(Vec::new());
        };
        let sql =
            "SELECT place, leaf, content, event_id FROM audit WHERE place >= $1 ORDER BY place LIMIT $2";
        let rows = self.database.all(sql, &[&from, &limit]).await?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }
}

/// Records what is new among the events, under the lock of the edge.
async fn append(tx: &Tx<'_>, events: &[DomainEvent], leaves: &[Leaf]) -> Result<Vec<u64>, AuditError> {
    let row = tx.one("SELECT size, nodes FROM audit_tree FOR UPDATE", &[]).await?;
    let mut frontier = frontier(row.as_ref())?;
    let ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
    let sql = "SELECT place, leaf, content, event_id FROM audit WHERE event_id = ANY($1)";
    let mut known: HashMap<String, (u64, Vec<u8>)> = HashMap::new();
    for row in tx.all(sql, &[&ids]).await? {
        let stored = read(&row)?;
        known.insert(row.try_get(3).map_err(PostgresError::from)?, (stored.index, stored.content));
    }
    let mut places = Vec::with_capacity(events.len());
    let mut new = NewRows::default();
    for (event, leaf) in events.iter().zip(leaves) {
        match known.entry(event.id.to_string()) {
            Entry::Occupied(entry) => {
                let (index, content) = entry.get();
                if *content != leaf.content {
                    return Err(AuditError::Conflict { id: event.id.clone() });
                }
                places.push(*index);
            }
            Entry::Vacant(entry) => {
                new.add(frontier.size(), &event.id, leaf)?;
                let index = frontier.append(leaf.hash);
                entry.insert((index, leaf.content.clone()));
                places.push(index);
            }
        }
    }
    if !new.places.is_empty() {
        new.insert(tx).await?;
        let nodes: Vec<u8> = frontier.nodes().iter().flat_map(|node| node.0).collect();
        tx.execute("UPDATE audit_tree SET size = $1, nodes = $2", &[&number(frontier.size())?, &nodes])
            .await?;
    }
    Ok(places)
}

/// Rows to insert, column by column.
#[derive(Default)]
struct NewRows<'a> {
    places: Vec<i64>,
    ids: Vec<String>,
    leaves: Vec<&'a [u8]>,
    contents: Vec<&'a str>,
}

impl<'a> NewRows<'a> {
    fn add(&mut self, place: u64, id: &EventId, leaf: &'a Leaf) -> Result<(), AuditError> {
        let content = std::str::from_utf8(&leaf.content);
        self.places.push(number(place)?);
        self.ids.push(id.to_string());
        self.leaves.push(&leaf.hash.0);
        self.contents.push(content.map_err(|error| AuditError::Internal(error.to_string()))?);
        Ok(())
    }

    async fn insert(&self, tx: &Tx<'_>) -> Result<u64, PostgresError> {
        let sql = "INSERT INTO audit (place, event_id, leaf, content)
             SELECT * FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::text[])";
        tx.execute(sql, &[&self.places, &self.ids, &self.leaves, &self.contents]).await
    }
}

fn number(size: u64) -> Result<i64, AuditError> {
    i64::try_from(size).map_err(|_| AuditError::Internal("the log is full".into()))
}

/// What has to agree with the column of the same name.
#[derive(Deserialize)]
struct Named {
    id: EventId,
}

/// A row of `place, leaf, content, event_id` as it lies there. What is no hash, or is filed under another id than its
/// content says, gets a hash that fits nothing, so that checking names the row.
fn read(row: &Row) -> Result<StoredRecord, PostgresError> {
    let (place, leaf, content): (i64, &[u8], &str) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let filed: &str = row.try_get(3)?;
    // Content that does not even read has a hash of its own to betray it.
    let misfiled = serde_json::from_str::<Named>(content).is_ok_and(|named| named.id.as_str() != filed);
    let leaf = <[u8; 32]>::try_from(leaf).ok().filter(|_| !misfiled).unwrap_or_default();
    let index = u64::try_from(place).unwrap_or(u64::MAX);
    Ok(StoredRecord { index, leaf: Digest(leaf), content: content.as_bytes().to_vec() })
}

/// The right edge, from a row of `size, nodes`.
fn frontier(row: Option<&Row>) -> Result<Frontier, AuditError> {
    let row = row.ok_or_else(|| PostgresError::Damaged("the tree of the audit log is gone".into()))?;
    let size: i64 = row.try_get(0).map_err(PostgresError::from)?;
    let bytes: &[u8] = row.try_get(1).map_err(PostgresError::from)?;
    let (nodes, rest) = bytes.as_chunks::<32>();
    // Digests that are cut off count as one too many, which the frontier refuses.
    let mut nodes: Vec<Digest> = nodes.iter().copied().map(Digest).collect();
    nodes.extend((!rest.is_empty()).then_some(Digest([0; 32])));
    Frontier::from_parts(u64::try_from(size).unwrap_or(u64::MAX), nodes)
}

//! How records, their personal parts and the right edge of the tree lie in the file.

use std::collections::BTreeMap;

use juno_audit::{AuditError, Entry, Frontier, SealedPayload, StoredRecord};
use juno_domain::{Digest, DomainEvent};
use rusqlite::Row;

use crate::error::SqliteError;
use crate::time::nanos;
use crate::tx::Tx;

/// The columns [`read_stored`] reads, of `audit a` and `audit_payload p`.
pub(crate) const STORED: &str = "a.place, a.leaf, a.content, p.salt, p.content";

/// A row as it lies there. What cannot even be a hash or a salt becomes one that fits nothing, so that checking names
/// the row.
pub(crate) fn read_stored(row: &Row<'_>) -> rusqlite::Result<StoredRecord> {
    let index = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(u64::MAX);
    let leaf = row.get_ref(1)?.as_bytes().ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let content = row.get_ref(2)?.as_bytes().map(<[u8]>::to_vec).unwrap_or_default();
    let payload = match row.get_ref(3)?.as_bytes_or_null()? {
        None => None,
        Some(salt) => Some(SealedPayload {
            salt: <[u8; 32]>::try_from(salt).unwrap_or_default(),
            content: row.get_ref(4)?.as_bytes().map(<[u8]>::to_vec).unwrap_or_default(),
        }),
    };
    Ok(StoredRecord { index, leaf: Digest(leaf.unwrap_or_default()), content, payload })
}

/// Appends the events of one call. On a conflict nothing of it was written.
pub(crate) fn append_all(
    tx: &Tx<'_>,
    frontier: &mut Frontier,
    rows: &[(DomainEvent, Entry)],
) -> Result<Vec<u64>, AuditError> {
    let mut known = Vec::with_capacity(rows.len());
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (nth, (event, entry)) in rows.iter().enumerate() {
        let found = find(tx, event)?;
        // Of an event that comes twice in one call, the first one counts.
        let twin = *first.entry(event.id.as_str()).or_insert(nth);
        let same = match (&found, rows.get(twin)) {
            (Some(stored), _) => entry.is_in(stored, event)?,
            (None, Some((other, _))) => twin == nth || same_content(other, event)?,
            (None, None) => true,
        };
        if !same {
            return Err(AuditError::Conflict { id: event.id.clone() });
        }
        known.push((found.map(|stored| stored.index), twin));
    }
    let mut places: Vec<u64> = Vec::with_capacity(rows.len());
    for ((event, entry), (found, twin)) in rows.iter().zip(known) {
        let place = match (found, places.get(twin)) {
            (Some(place), _) => place,
            (None, Some(place)) => *place,
            (None, None) => insert(tx, frontier, event, entry)?,
        };
        places.push(place);
    }
    Ok(places)
}

fn same_content(a: &DomainEvent, b: &DomainEvent) -> Result<bool, AuditError> {
    let whole = |event| Ok::<_, AuditError>(Entry::of(event, None)?.leaf.content);
    Ok(whole(a)? == whole(b)?)
}

fn find(tx: &Tx<'_>, event: &DomainEvent) -> Result<Option<StoredRecord>, AuditError> {
    let sql = "SELECT a.place, a.leaf, a.content, p.salt, p.content
         FROM audit a LEFT JOIN audit_payload p ON p.place = a.place
         WHERE iif(json_valid(a.content), json_extract(a.content, '$.id'), NULL) = ?1";
    Ok(tx.one(sql, [event.id.as_str()], read_stored)?)
}

fn insert(
    tx: &Tx<'_>,
    frontier: &mut Frontier,
    event: &DomainEvent,
    entry: &Entry,
) -> Result<u64, AuditError> {
    let place = number(frontier.size())?;
    tx.execute(
        "INSERT INTO audit (place, leaf, content) VALUES (?1, ?2, CAST(?3 AS TEXT))",
        (place, &entry.leaf.hash.0[..], &entry.leaf.content),
    )?;
    if let Some((person, payload)) = &entry.payload {
        tx.execute(
            "INSERT INTO audit_payload (place, person, at, salt, content) VALUES (?1, ?2, ?3, ?4, CAST(?5 AS TEXT))",
            (place, person, nanos(event.at), &payload.salt[..], &payload.content),
        )?;
    }
    Ok(frontier.append(entry.leaf.hash))
}

pub(crate) fn number(place: u64) -> Result<i64, AuditError> {
    i64::try_from(place).map_err(|_| AuditError::Internal("the log is full".into()))
}

pub(crate) fn read_frontier(tx: &Tx<'_>) -> Result<Frontier, AuditError> {
    let row = tx.one("SELECT size, nodes FROM audit_tree", [], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))
    })?;
    let (size, bytes) =
        row.ok_or_else(|| SqliteError::Damaged("the tree of the audit log is gone".into()))?;
    let (nodes, rest) = bytes.as_chunks::<32>();
    // Digests that are cut off count as one too many, which the frontier refuses.
    let mut nodes: Vec<Digest> = nodes.iter().copied().map(Digest).collect();
    nodes.extend((!rest.is_empty()).then_some(Digest([0; 32])));
    Frontier::from_parts(u64::try_from(size).unwrap_or(u64::MAX), nodes)
}

pub(crate) fn write_frontier(tx: &Tx<'_>, frontier: &Frontier) -> Result<(), AuditError> {
    let nodes: Vec<u8> = frontier.nodes().iter().flat_map(|node| node.0).collect();
    tx.execute("UPDATE audit_tree SET size = ?1, nodes = ?2", (number(frontier.size())?, nodes))?;
    Ok(())
}

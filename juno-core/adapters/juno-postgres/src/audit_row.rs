//! How records, their personal parts and the right edge of the tree lie in the tables.

use juno_audit::{AuditError, Frontier, StoredRecord};
use juno_domain::{Digest, EventId};
use serde::Deserialize;
use tokio_postgres::Row;

use crate::audit_keys::{Opener, PayloadRow};
use crate::error::PostgresError;

/// The columns [`read`] reads, of `audit a` and `audit_payload p`.
pub(crate) const STORED: &str = "a.place, a.leaf, a.content, a.event_id, p.key_name, p.content";

/// What has to agree with the column of the same name.
#[derive(Deserialize)]
struct Named {
    id: EventId,
}

/// A row of [`STORED`] as it lies there, its personal part decrypted. What is no hash, or is filed under another id than
/// its content says, gets a hash that fits nothing, so that checking names the row.
pub(crate) fn read(row: &Row, opener: &mut Opener<'_>) -> Result<StoredRecord, AuditError> {
    let (mut stored, filed, payload) = read_raw(row)?;
    if let Some(payload) = payload {
        stored.payload = opener.open(&filed, &payload)?;
    }
    Ok(stored)
}

fn read_raw(row: &Row) -> Result<(StoredRecord, String, Option<PayloadRow>), PostgresError> {
    let (place, leaf, content): (i64, &[u8], &str) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let filed: String = row.try_get(3)?;
    // Content that does not even read has a hash of its own to betray it.
    let misfiled = serde_json::from_str::<Named>(content).is_ok_and(|named| named.id.as_str() != filed);
    let leaf = <[u8; 32]>::try_from(leaf).ok().filter(|_| !misfiled).unwrap_or_default();
    let index = u64::try_from(place).unwrap_or(u64::MAX);
    let (key_name, sealed): (Option<String>, Option<Vec<u8>>) = (row.try_get(4)?, row.try_get(5)?);
    let payload = key_name.zip(sealed).map(|(key_name, content)| PayloadRow { key_name, content });
    let content = content.as_bytes().to_vec();
    Ok((StoredRecord { index, leaf: Digest(leaf), content, payload: None }, filed, payload))
}

/// The right edge, from a row of `size, nodes`.
pub(crate) fn frontier(row: Option<&Row>) -> Result<Frontier, AuditError> {
    let row = row.ok_or_else(|| PostgresError::Damaged("the tree of the audit log is gone".into()))?;
    let size: i64 = row.try_get(0).map_err(PostgresError::from)?;
    let bytes: &[u8] = row.try_get(1).map_err(PostgresError::from)?;
    let (nodes, rest) = bytes.as_chunks::<32>();
    // Digests that are cut off count as one too many, which the frontier refuses.
    let mut nodes: Vec<Digest> = nodes.iter().copied().map(Digest).collect();
    nodes.extend((!rest.is_empty()).then_some(Digest([0; 32])));
    Frontier::from_parts(u64::try_from(size).unwrap_or(u64::MAX), nodes)
}

pub(crate) fn number(place: u64) -> Result<i64, AuditError> {
    i64::try_from(place).map_err(|_| AuditError::Internal("the log is full".into()))
}

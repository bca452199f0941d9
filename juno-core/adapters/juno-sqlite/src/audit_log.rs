use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use juno_audit::{
    AuditError, AuditLog, ConsistencyProof, Frontier, InclusionProof, Leaf, MerkleTree, StoredRecord,
    TreeHead,
};
use juno_domain::{Digest, DomainEvent};
use rusqlite::Row;

use crate::database::Database;
use crate::error::SqliteError;
use crate::tx::Tx;

/// The tamper-evident log in the file.
///
/// A row holds the canonical JSON of its event and the leaf hash; beside the rows stands the right edge of the
/// Merkle tree. Whatever is changed with plain SQL, [`verify`](AuditLog::verify) finds it. Several processes can
/// append at once: the edge is read and written under the file's write lock.
///
/// The first proof reads all leaf hashes; from then on the handle and its clones keep the tree in memory, 64 bytes a
/// record, and read only what came since.
#[derive(Clone)]
pub struct SqliteAuditLog {
    database: Arc<Database>,
    tree: Arc<Mutex<MerkleTree>>,
}

impl SqliteAuditLog {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database, tree: Arc::default() }
    }

    /// Runs `ask` on the tree of everything in the file.
    fn with_tree<T>(&self, ask: impl FnOnce(&MerkleTree) -> Result<T, AuditError>) -> Result<T, AuditError> {
        let mut tree = self.tree.lock().unwrap_or_else(PoisonError::into_inner);
        let caught_up = self.database.read(|tx| catch_up(tx, &mut tree));
        if caught_up.is_err() {
            // What is remembered may be of rows that were replaced: begin anew next time.
            *tree = MerkleTree::new();
        }
        caught_up?;
        ask(&tree)
    }
}

/// Appends the leaf hashes the tree has not seen, and checks that they give the root the file keeps.
fn catch_up(tx: &Tx<'_>, tree: &mut MerkleTree) -> Result<(), AuditError> {
    let frontier = read_frontier(tx)?;
    let from = i64::try_from(tree.size()).map_err(|_| AuditError::Internal("the log is full".into()))?;
    if tree.size() < frontier.size() {
        let sql = "SELECT place, leaf, x'' FROM audit WHERE place >= ?1 ORDER BY place";
        tx.each(sql, [from], |row| {
            let stored = read_stored(row)?;
            if stored.index != tree.size() || stored.index >= frontier.size() {
                return Ok(ControlFlow::Break(()));
            }
            tree.append(stored.leaf);
            Ok(ControlFlow::Continue(()))
        })?;
    }
    if tree.root_at(frontier.size()).ok() != Some(frontier.root()) {
        let reason = "the leaf hashes up to here do not give the root of the log: verify it".into();
        return Err(AuditError::Corrupt { index: tree.size().min(frontier.size()), reason });
    }
    Ok(())
}

#[async_trait]
impl AuditLog for SqliteAuditLog {
    async fn append(&self, events: &[DomainEvent]) -> Result<Vec<u64>, AuditError> {
        let leaves = events
            .iter()
            .map(|event| Ok((event, Leaf::of(event)?)))
            .collect::<Result<Vec<_>, AuditError>>()?;
        if leaves.is_empty() {
            return Ok(Vec::new());
        }
        self.database.write(|tx| {
            let mut frontier = read_frontier(tx)?;
            let before = frontier.size();
            let mut places = Vec::with_capacity(leaves.len());
            for (event, leaf) in &leaves {
                places.push(append_one(tx, &mut frontier, event, leaf)?);
            }
            if frontier.size() > before {
                write_frontier(tx, &frontier)?;
            }
            Ok(places)
        })
    }

    async fn head(&self) -> Result<TreeHead, AuditError> {
        self.database.read(|tx| Ok(read_frontier(tx)?.head()))
    }

    async fn stored(&self, from: u64, limit: usize) -> Result<Vec<StoredRecord>, AuditError> {
        let (Ok(from), limit) = (i64::try_from(from), i64::try_from(limit).unwrap_or(i64::MAX)) else {
            return Ok(Vec::new());
        };
        let sql = "SELECT place, leaf, content FROM audit WHERE place >= ?1 ORDER BY place LIMIT ?2";
        Ok(self.database.read(|tx| tx.all(sql, (from, limit), read_stored))?)
    }

    async fn inclusion_proof(&self, index: u64, size: u64) -> Result<InclusionProof, AuditError> {
        self.with_tree(|tree| tree.inclusion_proof(index, size))
    }

    async fn consistency_proof(&self, older: u64, newer: u64) -> Result<ConsistencyProof, AuditError> {
        self.with_tree(|tree| tree.consistency_proof(older, newer))
    }
}

/// A row as it lies there. What cannot even be a hash becomes one that fits nothing, so that checking names the row.
fn read_stored(row: &Row<'_>) -> rusqlite::Result<StoredRecord> {
    let index = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(u64::MAX);
    let leaf = row.get_ref(1)?.as_bytes().ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let content = row.get_ref(2)?.as_bytes().map(<[u8]>::to_vec).unwrap_or_default();
    Ok(StoredRecord { index, leaf: Digest(leaf.unwrap_or_default()), content })
}

fn append_one(
    tx: &Tx<'_>,
    frontier: &mut Frontier,
    event: &DomainEvent,
    leaf: &Leaf,
) -> Result<u64, AuditError> {
    let known = tx.one(
        "SELECT place, leaf, content FROM audit
         WHERE iif(json_valid(content), json_extract(content, '$.id'), NULL) = ?1",
        [event.id.as_str()],
        read_stored,
    )?;
    if let Some(known) = known {
        if known.content == leaf.content {
            return Ok(known.index);
        }
        return Err(AuditError::Conflict { id: event.id.clone() });
    }
    let place = i64::try_from(frontier.size()).map_err(|_| AuditError::Internal("the log is full".into()))?;
    tx.execute(
        "INSERT INTO audit (place, leaf, content) VALUES (?1, ?2, CAST(?3 AS TEXT))",
        (place, &leaf.hash.0[..], &leaf.content),
    )?;
    Ok(frontier.append(leaf.hash))
}

fn read_frontier(tx: &Tx<'_>) -> Result<Frontier, AuditError> {
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

fn write_frontier(tx: &Tx<'_>, frontier: &Frontier) -> Result<(), AuditError> {
    let size = i64::try_from(frontier.size()).map_err(|_| AuditError::Internal("the log is full".into()))?;
    let nodes: Vec<u8> = frontier.nodes().iter().flat_map(|node| node.0).collect();
    tx.execute("UPDATE audit_tree SET size = ?1, nodes = ?2", (size, nodes))?;
    Ok(())
}

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_audit::{
    AuditError, AuditLog, AuditPage, AuditQuery, ConsistencyProof, Entry, InclusionProof, Kept, MerkleTree,
    Sealing, StoredRecord, TreeHead,
};
use juno_domain::DomainEvent;

use crate::audit_group::{Call, Group};
use crate::audit_row::{STORED, append_all, number, read_frontier, read_stored, write_frontier};
use crate::audit_search;
use crate::database::Database;
use crate::time::nanos;
use crate::tx::Tx;

/// The tamper-evident log in the file.
///
/// A row holds the canonical JSON of its event and the leaf hash; beside the rows stands the right edge of the
/// Merkle tree. Whatever is changed with plain SQL, [`verify`](AuditLog::verify) finds it. Several processes can
/// append at once: the edge is read and written under the file's write lock.
///
/// The first proof reads all leaf hashes; from then on the handle and its clones keep the tree in memory, 64 bytes a
/// record, and read only what came since. The first search indexes all records, later ones what came since.
///
/// Appends that come at the same time through one handle and its clones share a commit.
#[derive(Clone)]
pub struct SqliteAuditLog {
    database: Arc<Database>,
    tree: Arc<Mutex<MerkleTree>>,
    group: Arc<Group>,
    sealing: Option<Sealing>,
}

impl SqliteAuditLog {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database, tree: Arc::default(), group: Arc::default(), sealing: None }
    }

    /// This log, keeping the personal parts of events that come from now on apart, so that they can be erased: in rows
    /// of their own, which are overwritten when they go.
    #[must_use]
    pub fn with_sealing(self, sealing: Sealing) -> Self {
        Self { sealing: Some(sealing), ..self }
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
        let sql = "SELECT place, leaf, x'', NULL, NULL FROM audit WHERE place >= ?1 ORDER BY place";
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
        let ready = |event: &DomainEvent| Ok((event.clone(), Entry::of(event, self.sealing.as_ref())?));
        let rows = events.iter().map(ready).collect::<Result<Vec<_>, AuditError>>()?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        self.group.append(&self.database, Call::new(rows))
    }

    async fn head(&self) -> Result<TreeHead, AuditError> {
        self.database.read(|tx| Ok(read_frontier(tx)?.head()))
    }

    async fn stored(&self, from: u64, limit: usize) -> Result<Vec<StoredRecord>, AuditError> {
        let (Ok(from), limit) = (i64::try_from(from), i64::try_from(limit).unwrap_or(i64::MAX)) else {
            return Ok(Vec::new());
        };
        let sql = format!(
            "SELECT {STORED} FROM audit a LEFT JOIN audit_payload p ON p.place = a.place
             WHERE a.place >= ?1 ORDER BY a.place LIMIT ?2"
        );
        Ok(self.database.read(|tx| tx.all(&sql, (from, limit), read_stored))?)
    }

    async fn search(&self, query: &AuditQuery) -> Result<AuditPage, AuditError> {
        audit_search::search(&self.database, query)
    }

    async fn kept(
        &self,
        person: Option<&str>,
        before: Option<DateTime<Utc>>,
    ) -> Result<Vec<Kept>, AuditError> {
        let sql = "SELECT place, person FROM audit_payload
             WHERE (?1 IS NULL OR person = ?1) AND (?2 IS NULL OR at < ?2) ORDER BY place";
        let read = |row: &rusqlite::Row<'_>| {
            let index = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(u64::MAX);
            Ok(Kept { index, person: row.get(1)? })
        };
        Ok(self.database.read(|tx| tx.all(sql, (person, before.map(nanos)), read))?)
    }

    async fn forget(
        &self,
        size: u64,
        indices: &[u64],
        receipt: &DomainEvent,
    ) -> Result<Option<u64>, AuditError> {
        let rows = [(receipt.clone(), Entry::of(receipt, None)?)];
        self.database.write_through(|tx| {
            let mut frontier = read_frontier(tx)?;
            if frontier.size() != size {
                return Ok(None);
            }
            for index in indices {
                tx.execute("DELETE FROM audit_payload WHERE place = ?1", [number(*index)?])?;
            }
            let places = append_all(tx, &mut frontier, &rows)?;
            write_frontier(tx, &frontier)?;
            Ok(places.first().copied())
        })
    }

    async fn scrub(&self) -> Result<bool, AuditError> {
        Ok(self.database.scrub()?)
    }

    async fn inclusion_proof(&self, index: u64, size: u64) -> Result<InclusionProof, AuditError> {
        self.with_tree(|tree| tree.inclusion_proof(index, size))
    }

    async fn consistency_proof(&self, older: u64, newer: u64) -> Result<ConsistencyProof, AuditError> {
        self.with_tree(|tree| tree.consistency_proof(older, newer))
    }
}

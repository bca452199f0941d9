use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_audit::{AuditError, AuditLog, AuditPage, AuditQuery, Entry, Kept, Sealing, StoredRecord, TreeHead};
use juno_crypto::KeyProvider;
use juno_domain::DomainEvent;
use tokio_postgres::Row;

use crate::audit_append::{append, lock_edge};
use crate::audit_group::{Call, Group};
use crate::audit_keys::Opener;
use crate::audit_row::{STORED, frontier, number, read};
use crate::audit_search;
use crate::database::Database;
use crate::error::PostgresError;
use crate::time::nanos;
use crate::transact::transact;
use crate::vault::Vault;

/// The tamper-evident log in the database.
///
/// A row holds the canonical JSON of its event and the leaf hash; beside the rows stands the right edge of the
/// Merkle tree. Whatever is changed with plain SQL, [`verify`](AuditLog::verify) finds it. Several processes can
/// append at once: they take turns through the lock on the edge, and appends that come at the same time through one
/// handle and its clones share a commit. A commit is a handful of statements, however many events it brings;
/// `juno_audit::drain` brings 256 at a time. The first search indexes all records, later ones what came since.
#[derive(Clone)]
pub struct PostgresAuditLog {
    database: Arc<Database>,
    group: Arc<Group>,
    vault: Option<Vault>,
}

impl PostgresAuditLog {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { vault: database.vault().cloned(), database, group: Arc::default() }
    }

    /// This log, keeping the personal parts of events that come from now on apart, so that they can be erased: each
    /// person's of each month encrypted under a key of their own, which goes when the parts go. What the server, its
    /// write-ahead log and backups still hold then nobody can read.
    ///
    /// A log that has such parts can only be read with its keys.
    #[must_use]
    pub fn with_sealing(self, sealing: Sealing, keys: Arc<dyn KeyProvider>) -> Self {
        Self { vault: Some(Vault { sealing, keys }), ..self }
    }
}

#[async_trait]
impl AuditLog for PostgresAuditLog {
    async fn append(&self, events: &[DomainEvent]) -> Result<Vec<u64>, AuditError> {
        let sealing = self.vault.as_ref().map(|vault| &vault.sealing);
        let ready = |event: &DomainEvent| Ok((event.clone(), Entry::of(event, sealing)?));
        let rows = events.iter().map(ready).collect::<Result<Vec<_>, AuditError>>()?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        self.group.append(&self.database, self.vault.as_ref(), Call::new(rows)).await
    }

    async fn head(&self) -> Result<TreeHead, AuditError> {
        let row = self.database.one("SELECT size, nodes FROM audit_tree", &[]).await?;
        Ok(frontier(row.as_ref())?.head())
    }

    async fn stored(&self, from: u64, limit: usize) -> Result<Vec<StoredRecord>, AuditError> {
        let (Ok(from), limit) = (i64::try_from(from), i64::try_from(limit).unwrap_or(i64::MAX)) else {
            return Ok(Vec::new());
        };
        let sql = format!(
            "SELECT {STORED} FROM audit a LEFT JOIN audit_payload p ON p.place = a.place
             WHERE a.place >= $1 ORDER BY a.place LIMIT $2"
        );
        let rows = self.database.all(&sql, &[&from, &limit]).await?;
        let mut opener = Opener::new(self.vault.as_ref());
        rows.iter().map(|row| read(row, &mut opener)).collect()
    }

    async fn search(&self, query: &AuditQuery) -> Result<AuditPage, AuditError> {
        audit_search::search(&self.database, self.vault.as_ref(), query).await
    }

    async fn kept(
        &self,
        person: Option<&str>,
        before: Option<DateTime<Utc>>,
    ) -> Result<Vec<Kept>, AuditError> {
        let before = before.map(nanos);
        let sql = "SELECT place, person FROM audit_payload
             WHERE ($1::text IS NULL OR person = $1) AND ($2::bigint IS NULL OR at < $2) ORDER BY place";
        let read = |row: &Row| -> Result<Kept, PostgresError> {
            let index = u64::try_from(row.try_get::<_, i64>(0)?).unwrap_or(u64::MAX);
            Ok(Kept { index, person: row.try_get(1)? })
        };
        let rows = self.database.all(sql, &[&person, &before]).await?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }

    async fn forget(
        &self,
        size: u64,
        indices: &[u64],
        receipt: &DomainEvent,
    ) -> Result<Option<u64>, AuditError> {
        if self.vault.is_none() {
            return Err(AuditError::Locked);
        }
        let places = indices.iter().map(|index| number(*index)).collect::<Result<Vec<i64>, _>>()?;
        let rows = [(receipt.clone(), Entry::of(receipt, None)?)];
        transact!(self.database, Write, |tx| -> Result<Option<u64>, AuditError> {
            if lock_edge(tx).await?.size() != size {
                return Ok(None);
            }
            tx.execute("DELETE FROM audit_payload WHERE place = ANY($1)", &[&places]).await?;
            // The keys are destroyed after the commit: what is not committed must still be readable.
            let doom = "WITH idle AS (DELETE FROM audit_key k
                     WHERE NOT EXISTS (SELECT 1 FROM audit_payload p WHERE p.key_name = k.name) RETURNING name)
                 INSERT INTO audit_key_doomed SELECT name FROM idle";
            tx.execute(doom, &[]).await?;
            let outcome = append(tx, None, &[&rows]).await?.pop();
            let indices = outcome.ok_or_else(|| AuditError::Internal("an append gave no index".into()))??;
            Ok(indices.first().copied())
        })
    }

    async fn scrub(&self) -> Result<bool, AuditError> {
        let Some(vault) = &self.vault else { return Ok(true) };
        destroy_doomed(&self.database, vault).await?;
        Ok(true)
    }
}

/// Destroys the keys that nothing needs any longer.
pub(crate) async fn destroy_doomed(database: &Database, vault: &Vault) -> Result<(), AuditError> {
    for row in database.all("SELECT name FROM audit_key_doomed ORDER BY name", &[]).await? {
        let name: String = row.try_get(0).map_err(PostgresError::from)?;
        vault.keys.destroy(&name)?;
        transact!(*database, Write, |tx| -> Result<(), AuditError> {
            tx.execute("DELETE FROM audit_key_doomed WHERE name = $1", &[&name]).await?;
            Ok(())
        })?;
    }
    Ok(())
}

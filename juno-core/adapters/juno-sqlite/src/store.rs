use std::path::Path;
use std::sync::Arc;

use juno_audit::PersonalFields;
use juno_memory::MemoryCipher;
use serde::{Deserialize, Serialize};

use crate::approval_store::{self, SqliteApprovalStore};
use crate::audit_log::SqliteAuditLog;
use crate::config::SqliteConfig;
use crate::database::Database;
use crate::error::SqliteError;
use crate::execution_store::{self, SqliteExecutionStore};
use crate::memory_index;
use crate::memory_store::SqliteMemoryStore;
use crate::notification_store::{self, SqliteNotificationStore};
use crate::outbox::{self, SqliteOutbox};
use crate::texts::SqliteTexts;

/// One file that holds memories, approvals, executions, notifications, the audit log and the outbox.
///
/// Several threads and processes may work on one file at once. A clone shares the connections. After a fork the
/// child has to open the file itself: a store it inherited refuses as unavailable.
#[derive(Clone)]
pub struct SqliteStore {
    database: Arc<Database>,
    cipher: Option<MemoryCipher>,
}

impl SqliteStore {
    /// Opens the file, makes it and its folder if they are missing, and brings an older schema up to date.
    ///
    /// # Errors
    /// If the path names no file or another program's database, the file was written by a newer version, is damaged,
    /// or stays busy for longer than the timeout.
    pub fn open(path: impl AsRef<Path>, config: SqliteConfig) -> Result<Self, SqliteError> {
        Self::open_with(path, config, None)
    }

    /// As [`open`](Self::open); memories are encrypted with `cipher`. Those that a file holds in the clear stay readable, and
    /// [`reencrypt`](juno_memory::reencrypt) encrypts them. Once anything is encrypted, a store that was opened without
    /// the cipher refuses memories, except to forget them.
    ///
    /// # Errors
    /// As `open`; or if the keys are not those of the file.
    pub fn open_with(
        path: impl AsRef<Path>,
        config: SqliteConfig,
        cipher: Option<MemoryCipher>,
    ) -> Result<Self, SqliteError> {
        let database = Database::open(path.as_ref(), config)?;
        memory_index::bring_up_to_date(&database, cipher.as_ref())?;
        Ok(Self { database: Arc::new(database), cipher })
    }

    #[cfg(test)]
    pub(crate) fn over(database: Database) -> Self {
        Self { database: Arc::new(database), cipher: None }
    }

    #[cfg(test)]
    pub(crate) const fn database(&self) -> &Arc<Database> {
        &self.database
    }

    #[cfg(test)]
    pub(crate) fn faults(&self) -> &crate::faults::Faults {
        &self.database.faults
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.database.path()
    }

    /// Memories.
    #[must_use]
    pub fn memory(&self) -> SqliteMemoryStore {
        SqliteMemoryStore::new(Arc::clone(&self.database), self.cipher.clone())
    }

    /// Approval requests.
    #[must_use]
    pub fn approvals(&self) -> SqliteApprovalStore {
        SqliteApprovalStore::new(Arc::clone(&self.database))
    }

    /// Executions.
    #[must_use]
    pub fn executions(&self) -> SqliteExecutionStore {
        SqliteExecutionStore::new(Arc::clone(&self.database))
    }

    /// The audit log. `juno_audit::drain` carries the outbox into it.
    #[must_use]
    pub fn audit(&self) -> SqliteAuditLog {
        SqliteAuditLog::new(Arc::clone(&self.database))
    }

    /// Notifications that wait or were given up.
    #[must_use]
    pub fn notifications(&self) -> SqliteNotificationStore {
        SqliteNotificationStore::new(Arc::clone(&self.database))
    }

    /// The events that wait for the audit log.
    #[must_use]
    pub fn outbox(&self) -> SqliteOutbox {
        SqliteOutbox::new(Arc::clone(&self.database))
    }

    /// The texts people wrote that lie beside the log: `fields` are those the log keeps apart.
    #[must_use]
    pub fn texts(&self, fields: PersonalFields) -> SqliteTexts {
        SqliteTexts::new(Arc::clone(&self.database), fields)
    }

    /// Checks the file's structure and reads every approval, execution, notification and waiting
    /// event. Memories are read by
    /// `MemoryStore::health`, the log by `AuditLog::verify`.
    ///
    /// # Errors
    /// If the file cannot be read at all.
    pub fn check(&self) -> Result<FileCheck, SqliteError> {
        self.database.read(|tx| {
            // Its check of the full-text index trusts what this connection knew of it before others wrote; a search does
            // not, and brings that up to date.
            tx.one("SELECT rowid FROM memory_words WHERE memory_words MATCH 'x'", [], |_| Ok(()))?;
            let structure = tx.all("PRAGMA integrity_check", [], |row| row.get::<_, String>(0))?;
            let mut damaged = Vec::new();
            let mut add = |table: &str, rows: Vec<(String, String)>| {
                damaged.extend(rows.into_iter().map(|(id, reason)| DamagedRow {
                    table: table.into(),
                    id,
                    reason,
                }));
            };
            add("approvals", approval_store::damaged(tx)?);
            add("executions", execution_store::damaged(tx)?);
            add("notifications", notification_store::damaged(tx)?);
            add("outbox", outbox::damaged(tx)?);
            let structure = structure.into_iter().filter(|line| line != "ok").collect();
            Ok(FileCheck { structure, damaged })
        })
    }

    /// Moves everything from the write-ahead log into the file itself and empties the log, so that what was forgotten
    /// is in neither. `false` if another process was reading, so that a part had to stay.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn checkpoint(&self) -> Result<bool, SqliteError> {
        self.database.checkpoint()
    }
}

/// What a check of the file found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileCheck {
    /// What SQLite's own integrity check complains about; empty where all is well.
    pub structure: Vec<String>,
    /// Rows that cannot be read.
    pub damaged: Vec<DamagedRow>,
}

impl FileCheck {
    /// Whether nothing was found.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.structure.is_empty() && self.damaged.is_empty()
    }
}

/// A row that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DamagedRow {
    /// The table.
    pub table: String,
    /// The id it is filed under.
    pub id: String,
    /// What is wrong with it.
    pub reason: String,
}

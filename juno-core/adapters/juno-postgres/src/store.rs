use std::sync::Arc;

use juno_audit::Sealing;
use juno_crypto::KeyProvider;
use serde::{Deserialize, Serialize};

use crate::approval_store::{self, PostgresApprovalStore};
use crate::audit_log::PostgresAuditLog;
use crate::config::PostgresConfig;
use crate::database::Database;
use crate::error::PostgresError;
use crate::execution_store::{self, PostgresExecutionStore};
use crate::memory_index;
use crate::memory_scan;
use crate::memory_store::PostgresMemoryStore;
use crate::notification_store::{self, PostgresNotificationStore};
use crate::outbox::{self, PostgresOutbox};
use crate::texts::PostgresTexts;
use crate::transact::transact;
use crate::vault::Vault;

/// One schema of a database that holds memories, approvals, executions, notifications, the audit log and the outbox.
///
/// Several threads, processes and machines may work on one schema at once. A clone shares the connections. After a
/// fork the child has to open the store itself: one it inherited refuses as unavailable.
#[derive(Clone)]
pub struct PostgresStore {
    database: Arc<Database>,
}

impl PostgresStore {
    /// Connects to `postgresql://user:password@host:port/database?sslmode=…`, makes the schema if it is missing, and
    /// brings older tables up to date. It waits on the calling thread.
    ///
    /// # Errors
    /// If the address cannot be read, the server cannot be reached, is older than 14 or keeps its text not in UTF-8,
    /// refuses the user, or the schema holds the tables of another program or of a newer version.
    pub fn open(url: &str, config: PostgresConfig) -> Result<Self, PostgresError> {
        Self::begin(url, config, None)
    }

    /// As [`open`](Self::open); what people write is encrypted, each person's of each month under a key of their own, so
    /// that it can be erased on a server that keeps copies: in the log, in requests, executions and waiting events alike.
    /// What `sealing` names is kept apart in the log.
    ///
    /// Once anything is encrypted, a store that was opened without the keys refuses to read it.
    ///
    /// # Errors
    /// As `open`.
    pub fn open_sealed(
        url: &str,
        config: PostgresConfig,
        sealing: Sealing,
        keys: Arc<dyn KeyProvider>,
    ) -> Result<Self, PostgresError> {
        Self::begin(url, config, Some(Vault { sealing, keys }))
    }

    fn begin(url: &str, config: PostgresConfig, vault: Option<Vault>) -> Result<Self, PostgresError> {
        let schema = config.schema.clone();
        let database = Database::open(url, config)?;
        let database = Arc::new(match vault {
            Some(vault) => database.sealed(vault),
            None => database,
        });
        let indexed = Arc::clone(&database);
        database.reactor().wait(async move { memory_index::bring_up_to_date(&indexed, &schema).await })?;
        Ok(Self { database })
    }

    #[cfg(test)]
    pub(crate) fn over(database: Database) -> Self {
        Self { database: Arc::new(database) }
    }

    #[cfg(test)]
    pub(crate) fn faults(&self) -> &crate::faults::Faults {
        &self.database.faults
    }

    /// Memories.
    #[must_use]
    pub fn memory(&self) -> PostgresMemoryStore {
        PostgresMemoryStore::new(Arc::clone(&self.database))
    }

    /// Approval requests.
    #[must_use]
    pub fn approvals(&self) -> PostgresApprovalStore {
        PostgresApprovalStore::new(Arc::clone(&self.database))
    }

    /// Executions.
    #[must_use]
    pub fn executions(&self) -> PostgresExecutionStore {
        PostgresExecutionStore::new(Arc::clone(&self.database))
    }

    /// The audit log. `juno_audit::drain` carries the outbox into it.
    #[must_use]
    pub fn audit(&self) -> PostgresAuditLog {
        PostgresAuditLog::new(Arc::clone(&self.database))
    }

    /// Notifications that wait or were given up.
    #[must_use]
    pub fn notifications(&self) -> PostgresNotificationStore {
        PostgresNotificationStore::new(Arc::clone(&self.database))
    }

    /// The events that wait for the audit log.
    #[must_use]
    pub fn outbox(&self) -> PostgresOutbox {
        PostgresOutbox::new(Arc::clone(&self.database))
    }

    /// The texts people wrote that lie beside the log; None of a store that was opened without keys.
    #[must_use]
    pub fn texts(&self) -> Option<PostgresTexts> {
        let vault = self.database.vault()?.clone();
        Some(PostgresTexts::new(Arc::clone(&self.database), vault))
    }

    /// Reads every memory, approval, execution, notification and waiting event, and names those that cannot be read. The
    /// log is read by `AuditLog::verify`.
    ///
    /// # Errors
    /// If the database cannot be read at all.
    pub async fn check(&self) -> Result<Vec<DamagedRow>, PostgresError> {
        transact!(self.database, Read, |tx| -> Result<Vec<DamagedRow>, PostgresError> {
            let tables = [
                ("memories", memory_scan::damaged(tx).await?),
                ("approvals", approval_store::damaged(tx).await?),
                ("executions", execution_store::damaged(tx).await?),
                ("notifications", notification_store::damaged(tx).await?),
                ("outbox", outbox::damaged(tx).await?),
            ];
            let rows = tables.into_iter().flat_map(|(table, rows)| {
                rows.into_iter().map(move |(id, reason)| DamagedRow { table: table.into(), id, reason })
            });
            Ok(rows.collect())
        })
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

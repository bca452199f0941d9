//! Chooses between implementations: the only place that asks which features are built in.

use std::path::PathBuf;

use juno_agent::Stores;
use juno_audit::{InMemoryAuditLog, Sealing};

use crate::CoreError;

/// What the log keeps apart from its records, and the folder of the keys that this is kept under where the database keeps
/// copies of what was erased.
pub(crate) struct Personal {
    pub(crate) sealing: Sealing,
    #[cfg_attr(
        not(feature = "postgres"),
        expect(dead_code, reason = "the other stores overwrite what is erased")
    )]
    pub(crate) keys: Option<PathBuf>,
}

/// Opens the stores a database address names, with a log that keeps apart what `personal` says.
pub(crate) fn open_stores(url: &str, personal: Option<Personal>) -> Result<Stores, CoreError> {
    let sealing = |personal: Option<Personal>| personal.map(|personal| personal.sealing);
    if url == "memory:" {
        let log = sealing(personal).map_or_else(InMemoryAuditLog::new, InMemoryAuditLog::with_sealing);
        return Ok(Stores::in_memory_with(log));
    }
    match url.split_once("://") {
        // `sqlite:///file.db` is relative, `sqlite:////file.db` absolute.
        Some(("sqlite", path)) => sqlite(path.strip_prefix('/').unwrap_or(path), sealing(personal)),
        Some(("postgresql" | "postgres", _)) => postgres(url, personal),
        _ => Err(CoreError::DatabaseUrl),
    }
}

#[cfg(feature = "sqlite")]
fn sqlite(path: &str, sealing: Option<Sealing>) -> Result<Stores, CoreError> {
    use std::sync::Arc;

    let store = juno_sqlite::SqliteStore::open(path, juno_sqlite::SqliteConfig::default())?;
    let audit = store.audit();
    let audit = match sealing {
        Some(sealing) => audit.with_sealing(sealing),
        None => audit,
    };
    Ok(Stores {
        memory: Arc::new(store.memory()),
        approvals: Arc::new(store.approvals()),
        executions: Arc::new(store.executions()),
        notifications: Arc::new(store.notifications()),
        audit: Arc::new(audit),
        outbox: Arc::new(store.outbox()),
    })
}

#[cfg(not(feature = "sqlite"))]
fn sqlite(_: &str, _: Option<Sealing>) -> Result<Stores, CoreError> {
    Err(CoreError::Unsupported { what: "SQLite", hint: "build with the feature `sqlite`, or use `memory:`" })
}

#[cfg(feature = "postgres")]
fn postgres(url: &str, personal: Option<Personal>) -> Result<Stores, CoreError> {
    use std::sync::Arc;

    use juno_crypto::{FileKeys, SystemRandom};

    let keys = match personal {
        None => None,
        Some(Personal { keys: None, .. }) => return Err(CoreError::AuditKeys),
        Some(Personal { sealing, keys: Some(folder) }) => {
            let keys = FileKeys::open(folder, Arc::new(SystemRandom)).map_err(CoreError::Keys)?;
            Some((sealing, keys))
        }
    };
    let store = juno_postgres::PostgresStore::open(url, juno_postgres::PostgresConfig::default())?;
    let audit = store.audit();
    let audit = match keys {
        Some((sealing, keys)) => audit.with_sealing(sealing, Arc::new(keys)),
        None => audit,
    };
    Ok(Stores {
        memory: Arc::new(store.memory()),
        approvals: Arc::new(store.approvals()),
        executions: Arc::new(store.executions()),
        notifications: Arc::new(store.notifications()),
        audit: Arc::new(audit),
        outbox: Arc::new(store.outbox()),
    })
}

#[cfg(not(feature = "postgres"))]
fn postgres(_: &str, _: Option<Personal>) -> Result<Stores, CoreError> {
    Err(CoreError::Unsupported {
        what: "PostgreSQL",
        hint: "build with the feature `postgres`, or use `sqlite:///file.db`",
    })
}

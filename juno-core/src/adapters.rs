//! Chooses between implementations: the only place that asks which features are built in.

use juno_agent::Stores;

use crate::CoreError;

/// Opens the stores a database address names.
pub(crate) fn open_stores(url: &str) -> Result<Stores, CoreError> {
    if url == "memory:" {
        return Ok(Stores::in_memory());
    }
    match url.split_once("://") {
        // `sqlite:///file.db` is relative, `sqlite:////file.db` absolute.
        Some(("sqlite", path)) => sqlite(path.strip_prefix('/').unwrap_or(path)),
        Some(("postgresql" | "postgres", _)) => Err(CoreError::Unsupported {
            what: "PostgreSQL",
            hint: "use `sqlite:///file.db` in this version",
        }),
        _ => Err(CoreError::DatabaseUrl),
    }
}

#[cfg(feature = "sqlite")]
fn sqlite(path: &str) -> Result<Stores, CoreError> {
    use std::sync::Arc;

    let store = juno_sqlite::SqliteStore::open(path, juno_sqlite::SqliteConfig::default())?;
    Ok(Stores {
        memory: Arc::new(store.memory()),
        approvals: Arc::new(store.approvals()),
        executions: Arc::new(store.executions()),
        audit: Arc::new(store.audit()),
        outbox: Arc::new(store.outbox()),
    })
}

#[cfg(not(feature = "sqlite"))]
fn sqlite(_: &str) -> Result<Stores, CoreError> {
    Err(CoreError::Unsupported { what: "SQLite", hint: "build with the feature `sqlite`, or use `memory:`" })
}

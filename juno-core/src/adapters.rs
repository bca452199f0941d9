//! Chooses between implementations: the only place that asks which features are built in.

use juno_agent::Stores;
use juno_audit::{InMemoryAuditLog, Sealing};

use crate::CoreError;

/// Opens the stores a database address names, with a log that keeps apart what `sealing` says. `remembers` says whether
/// memories are to be kept.
pub(crate) fn open_stores(url: &str, remembers: bool, sealing: Option<Sealing>) -> Result<Stores, CoreError> {
    if url == "memory:" {
        let log = sealing.map_or_else(InMemoryAuditLog::new, InMemoryAuditLog::with_sealing);
        return Ok(Stores::in_memory_with(log));
    }
    match url.split_once("://") {
        // `sqlite:///file.db` is relative, `sqlite:////file.db` absolute.
        Some(("sqlite", path)) => sqlite(path.strip_prefix('/').unwrap_or(path), sealing),
        Some(("postgresql" | "postgres", _)) if sealing.is_some() => Err(CoreError::Unsupported {
            what: "`audit.personal` in PostgreSQL",
            hint: "open the stores yourself, with `PostgresAuditLog::with_sealing` and a `KeyProvider`",
        }),
        Some(("postgresql" | "postgres", _)) => postgres(url, remembers),
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

/// Requests, executions, the log and its outbox are in the database. Memories are not, so they must not be asked for; what
/// a host remembers by hand all the same lasts as long as this process.
#[cfg(feature = "postgres")]
fn postgres(url: &str, remembers: bool) -> Result<Stores, CoreError> {
    use std::sync::Arc;

    use juno_domain::EventBuffer;
    use juno_memory::InMemoryMemoryStore;

    if remembers {
        return Err(CoreError::Unsupported {
            what: "memory in PostgreSQL",
            hint: "set `memory.enabled` (MEMORY_ENABLED) to false, or use `sqlite:///file.db`",
        });
    }
    let store = juno_postgres::PostgresStore::open(url, juno_postgres::PostgresConfig::default())?;
    let events = Arc::new(EventBuffer::default());
    Ok(Stores {
        memory: Arc::new(InMemoryMemoryStore::new(events.clone())),
        approvals: Arc::new(store.approvals()),
        executions: Arc::new(store.executions()),
        notifications: Arc::new(store.notifications()),
        audit: Arc::new(store.audit()),
        outbox: Arc::new(crate::outboxes::Outboxes(vec![Arc::new(store.outbox()), events])),
    })
}

#[cfg(not(feature = "postgres"))]
fn postgres(_: &str, _: bool) -> Result<Stores, CoreError> {
    Err(CoreError::Unsupported {
        what: "PostgreSQL",
        hint: "build with the feature `postgres`, or use `sqlite:///file.db`",
    })
}

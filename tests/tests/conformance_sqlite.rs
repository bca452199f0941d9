//! The stores of one SQLite file do what every contract says.

use std::sync::Arc;

use juno_sqlite::{SqliteConfig, SqliteStore};
use juno_testkit::conformance::memory_store::{MemoryFixture, SUITE_LIMITS};
use tempfile::TempDir;

/// A store on a fresh file, and the folder that vanishes with it.
fn open() -> (TempDir, SqliteStore) {
    let folder = tempfile::tempdir().expect("a folder");
    let config = SqliteConfig { working: SUITE_LIMITS, ..SqliteConfig::default() };
    let store = SqliteStore::open(folder.path().join("juno.db"), config).expect("open");
    (folder, store)
}

mod memory {
    use super::*;

    fn fixture((folder, store): (TempDir, SqliteStore)) -> MemoryFixture {
        MemoryFixture {
            store: Arc::new(store.memory()),
            outbox: Arc::new(store.outbox()),
            guard: Arc::new(folder),
        }
    }

    juno_testkit::memory_store_tests!(fixture(open()));
}

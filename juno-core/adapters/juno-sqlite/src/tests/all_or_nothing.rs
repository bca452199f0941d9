//! A failure, or the end of the process, between any two statements of any change leaves all of it or none.

use std::process::Command;

use juno_audit::{AuditLog, Outbox};
use rusqlite::Connection;
use rusqlite::types::Value;

use super::operations::{ALL, config, prepare, run};
use crate::SqliteStore;

/// Tells a child of this test what to do: the operation, the statement to die after, and the file.
const CHILD: &str = "JUNO_SQLITE_DIES";

/// Every row of every table, those of the full-text index too.
fn dump(path: &std::path::Path) -> Vec<(String, Vec<Vec<Value>>)> {
    let connection = Connection::open(path).unwrap();
    let mut tables =
        connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").unwrap();
    let names: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let rows = |name: &str| {
        let mut statement = connection.prepare(&format!("SELECT * FROM \"{name}\"")).unwrap();
        let columns = statement.column_count();
        let read = |row: &rusqlite::Row<'_>| (0..columns).map(|at| row.get(at)).collect();
        statement.query_map([], read).unwrap().map(Result::unwrap).collect()
    };
    let ordinary = names.into_iter().filter(|name| name != "memory_words");
    ordinary.map(|name| (name.clone(), rows(&name))).collect()
}

/// Each step of `drain` is a transaction of its own, so what has to hold between them is said here.
async fn nothing_is_lost(store: &SqliteStore, events: usize) {
    let logged = store.audit().read(0, 1000).await.unwrap().into_iter().map(|record| record.event.id);
    let waiting = store.outbox().waiting(1000).await.unwrap().into_iter().map(|event| event.id);
    let all: std::collections::BTreeSet<_> = logged.chain(waiting).collect();
    assert_eq!(all.len(), events, "each event waits or is logged");
    assert!(store.audit().verify().await.unwrap().verified);
}

#[tokio::test]
async fn a_failure_after_any_statement_changes_nothing_and_poisons_nothing() {
    for operation in ALL {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("juno.db");
        let store = SqliteStore::open(&path, config()).unwrap();
        prepare(&store).await;
        let events = store.outbox().waiting(1000).await.unwrap().len() + 1;
        let before = dump(&path);
        let mut failures = 0;
        loop {
            store.faults().fail_after(failures + 1);
            let result = run(&store, operation).await;
            store.faults().fail_after(0);
            let Err(error) = result else { break };
            assert!(error.contains("a fault on demand"), "{operation}: {error}");
            failures += 1;
            if operation == "drain" {
                nothing_is_lost(&store, events).await;
            } else {
                assert_eq!(dump(&path), before, "{operation} failed after statement {failures}");
            }
        }
        assert!(failures > 0, "{operation} has a statement");
        assert_ne!(dump(&path), before, "{operation} does something in the end");
        assert!(store.check().unwrap().is_sound());
        assert!(store.audit().verify().await.unwrap().verified);
    }
}

#[tokio::test]
async fn a_process_that_dies_after_any_statement_leaves_all_or_nothing() {
    for operation in
        ["put", "update", "forget_all", "put_working", "vote", "finish", "append", "drain", "tell", "give_up"]
    {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("juno.db");
        let store = SqliteStore::open(&path, config()).unwrap();
        prepare(&store).await;
        let events = store.outbox().waiting(1000).await.unwrap().len() + 1;
        drop(store);
        let before = dump(&path);
        let mut deaths = 0;
        loop {
            let this = std::env::current_exe().unwrap();
            let child = Command::new(this)
                .args(["tests::all_or_nothing::the_child_that_dies", "--exact", "--nocapture"])
                .env(CHILD, format!("{operation}|{}|{}", deaths + 1, path.display()))
                .output()
                .unwrap();
            if child.status.success() {
                break;
            }
            assert_eq!(child.status.code(), None, "ended by a signal, not by a failed test");
            deaths += 1;
            if operation == "drain" {
                nothing_is_lost(&SqliteStore::open(&path, config()).unwrap(), events).await;
                // What it did before it died stays done; go on with the statements that are left.
                if deaths > 6 {
                    break;
                }
            } else {
                assert_eq!(dump(&path), before, "{operation} died after statement {deaths}");
            }
        }
        assert!(deaths > 0, "{operation} has a statement");
        let store = SqliteStore::open(&path, config()).unwrap();
        assert!(store.check().unwrap().is_sound());
        assert!(store.audit().verify().await.unwrap().verified);
    }
}

/// Does nothing unless the test above started it.
#[tokio::test]
async fn the_child_that_dies() {
    let Ok(order) = std::env::var(CHILD) else { return };
    let [operation, statement, path] = order.splitn(3, '|').collect::<Vec<_>>()[..] else {
        panic!("{order}")
    };
    let store = SqliteStore::open(path, config()).unwrap();
    store.faults().die_after(statement.parse().unwrap());
    run(&store, operation).await.unwrap();
}

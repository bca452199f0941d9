//! Several processes on the same stores, in memory and in one SQLite file: stops, budgets and changes of the rules.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/races.rs"]
mod races;

use std::path::Path;
use std::sync::Arc;

use juno_core::Stores;
use juno_core::sqlite::{SqliteConfig, SqliteStore};

fn stores_of(path: &Path) -> Stores {
    let file = SqliteStore::open(path, SqliteConfig::default()).unwrap();
    Stores {
        memory: Arc::new(file.memory()),
        approvals: Arc::new(file.approvals()),
        executions: Arc::new(file.executions()),
        notifications: Arc::new(file.notifications()),
        audit: Arc::new(file.audit()),
        outbox: Arc::new(file.outbox()),
        tiers: None,
        texts: None,
    }
}

/// control: ASI10, AIA-14-4-e
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stop_holds_in_every_process_and_after_a_restart() {
    let stores = Stores::in_memory();
    races::a_stop_holds_in_every_process_and_after_a_restart(async || stores.clone()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("juno.db");
    races::a_stop_holds_in_every_process_and_after_a_restart(async || stores_of(&file)).await;
}

/// control: ASI08
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_32_at_a_budget_as_many_as_it_allows_act() {
    for budget in [1, 2, 3] {
        let stores = Stores::in_memory();
        races::a_budget_is_spent_to_the_last_place_and_no_further(async || stores.clone(), budget).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("juno.db");
        races::a_budget_is_spent_to_the_last_place_and_no_further(async || stores_of(&file), budget).await;
    }
}

/// control: SOC2-CC8.1
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_changes_of_the_same_rules_one_comes_into_force() {
    let stores = Stores::in_memory();
    races::of_changes_of_the_same_rules_one_comes_into_force(async || stores.clone()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("juno.db");
    races::of_changes_of_the_same_rules_one_comes_into_force(async || stores_of(&file)).await;
}

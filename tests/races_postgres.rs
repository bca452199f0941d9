//! The same on PostgreSQL: stops, budgets and changes of the rules by several processes. Without a server these tests say
//! so and pass.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "support/races.rs"]
mod races;
#[path = "support/schemas.rs"]
#[expect(dead_code, reason = "other tests look at the tables")]
mod schemas;

use std::sync::Arc;

use juno_core::Stores;
use schemas::Schemas;

fn stores_of(schemas: &Schemas, schema: &str) -> Stores {
    let store = schemas.open(schema);
    Stores {
        memory: Arc::new(store.memory()),
        approvals: Arc::new(store.approvals()),
        executions: Arc::new(store.executions()),
        notifications: Arc::new(store.notifications()),
        audit: Arc::new(store.audit()),
        outbox: Arc::new(store.outbox()),
        tiers: None,
        texts: None,
    }
}

/// control: ASI10, AIA-14-4-e
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stop_on_a_server_holds_in_every_process_and_after_a_restart() {
    let Some(schemas) = Schemas::new() else { return };
    let schema = schemas.next();
    let open = async || stores_of(&schemas, &schema);
    races::a_stop_holds_in_every_process_and_after_a_restart(open).await;
}

/// control: ASI08
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_32_at_a_budget_on_a_server_as_many_as_it_allows_act() {
    let Some(schemas) = Schemas::new() else { return };
    for budget in [1, 2, 3] {
        let schema = schemas.next();
        let open = async || stores_of(&schemas, &schema);
        races::a_budget_is_spent_to_the_last_place_and_no_further(open, budget).await;
    }
}

/// control: SOC2-CC8.1
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_changes_of_the_same_rules_on_a_server_one_comes_into_force() {
    let Some(schemas) = Schemas::new() else { return };
    let schema = schemas.next();
    races::of_changes_of_the_same_rules_one_comes_into_force(async || stores_of(&schemas, &schema)).await;
}

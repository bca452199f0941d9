//! Any sequence of calls and races on the stores of requests and of executions, in memory, in a file that is opened again in
//! between, and on PostgreSQL, gives what a plain map gives.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use juno_action::{ExecutionStore, InMemoryExecutionStore};
use juno_audit::Outbox;
use juno_domain::EventBuffer;
use juno_governance::{ApprovalStore, InMemoryApprovalStore};
use juno_sqlite::{SqliteConfig, SqliteStore};
use juno_testkit::conformance::approval_model::{ApprovalOp, approval_ops, approval_store_follows_the_model};
use juno_testkit::conformance::execution_model::{
    ExecutionOp, execution_ops, execution_store_follows_the_model,
};
use proptest::prelude::*;
use tokio::runtime::Runtime;

#[path = "support/schemas.rs"]
#[expect(dead_code, reason = "no plain SQL is needed here")]
mod schemas;

use schemas::Schemas;

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn requests_in_memory(ops in approval_ops()) {
        runtime().block_on(async {
            let outbox = Arc::new(EventBuffer::default());
            let store: Arc<dyn ApprovalStore> = Arc::new(InMemoryApprovalStore::new(Arc::clone(&outbox)));
            let open = async || { (Arc::clone(&store), outbox.clone() as Arc<dyn Outbox>) };
            approval_store_follows_the_model(open, &ops).await;
        });
    }

    #[test]
    fn executions_in_memory(ops in execution_ops()) {
        runtime().block_on(async {
            let outbox = Arc::new(EventBuffer::default());
            let store: Arc<dyn ExecutionStore> = Arc::new(InMemoryExecutionStore::new(Arc::clone(&outbox)));
            let open = async || { (Arc::clone(&store), outbox.clone() as Arc<dyn Outbox>) };
            execution_store_follows_the_model(open, &ops).await;
        });
    }
}

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn requests_in_a_file(ops in approval_ops()) {
        let folder = tempfile::tempdir().expect("a folder");
        let open = async || {
            let file = SqliteStore::open(folder.path().join("juno.db"), SqliteConfig::default()).expect("open");
            (Arc::new(file.approvals()) as Arc<dyn ApprovalStore>, Arc::new(file.outbox()) as Arc<dyn Outbox>)
        };
        runtime().block_on(approval_store_follows_the_model(open, &ops));
    }

    #[test]
    fn executions_in_a_file(ops in execution_ops()) {
        let folder = tempfile::tempdir().expect("a folder");
        let open = async || {
            let file = SqliteStore::open(folder.path().join("juno.db"), SqliteConfig::default()).expect("open");
            (Arc::new(file.executions()) as Arc<dyn ExecutionStore>, Arc::new(file.outbox()) as Arc<dyn Outbox>)
        };
        runtime().block_on(execution_store_follows_the_model(open, &ops));
    }
}

async fn requests_follow(schemas: &Schemas, ops: &[ApprovalOp]) {
    let schema = schemas.next();
    let open = async || {
        let store = schemas.open(&schema);
        (Arc::new(store.approvals()) as Arc<dyn ApprovalStore>, Arc::new(store.outbox()) as Arc<dyn Outbox>)
    };
    approval_store_follows_the_model(open, ops).await;
}

async fn executions_follow(schemas: &Schemas, ops: &[ExecutionOp]) {
    let schema = schemas.next();
    let open = async || {
        let store = schemas.open(&schema);
        (Arc::new(store.executions()) as Arc<dyn ExecutionStore>, Arc::new(store.outbox()) as Arc<dyn Outbox>)
    };
    execution_store_follows_the_model(open, ops).await;
}

/// Opening a schema costs much, so there are few of them.
#[test]
fn requests_and_executions_in_a_schema() {
    let Some(schemas) = Schemas::new() else { return };
    let mut runner = proptest::test_runner::TestRunner::new(cases(4));
    let run = runner.run(&(approval_ops(), execution_ops()), |(requests, executions)| {
        runtime().block_on(async {
            requests_follow(&schemas, &requests).await;
            executions_follow(&schemas, &executions).await;
        });
        Ok(())
    });
    run.expect("the stores follow the model");
}

//! A session that ends between any two statements of any change leaves all of it or none, and one that ends once is not
//! even noticed.

use std::collections::BTreeSet;

use juno_audit::{AuditLog, Outbox};
use juno_domain::ErrorKind;
use juno_governance::{ApprovalStore, RequestFilter};

use super::fixture::Schema;
use super::operations::{ALL, prepare, run};
use crate::PostgresStore;
use crate::database::Database;

/// Each step of `drain` is a transaction of its own, so what has to hold between them is said here.
async fn nothing_is_lost(store: &PostgresStore, events: usize) {
    let logged = store.audit().read(0, 1000).await.unwrap().into_iter().map(|record| record.event.id);
    let waiting = store.outbox().waiting(1000).await.unwrap().into_iter().map(|event| event.id);
    assert_eq!(logged.chain(waiting).collect::<BTreeSet<_>>().len(), events, "each event waits or is logged");
    assert!(store.audit().verify().await.unwrap().verified);
}

async fn is_sound(store: &PostgresStore) {
    assert_eq!(store.check().await.unwrap(), []);
    assert!(store.audit().verify().await.unwrap().verified);
}

#[tokio::test]
async fn a_session_that_ends_after_any_statement_leaves_nothing_half_done() {
    for operation in ALL {
        let Some(schema) = Schema::new() else { return };
        let store = schema.open();
        prepare(&store).await;
        let events = store.outbox().waiting(1000).await.unwrap().len() + 1;
        let before = schema.dump().await;
        let mut failures = 0;
        loop {
            // Every attempt of the operation ends so.
            store.faults().end_session_after(failures + 1, 50);
            let result = run(&store, operation).await;
            store.faults().end_session_after(0, 0);
            let Err(error) = result else { break };
            assert!(error.contains("retry"), "{operation}: {error}");
            failures += 1;
            if operation == "drain" {
                nothing_is_lost(&store, events).await;
                if failures > 4 {
                    break;
                }
            } else {
                assert_eq!(schema.dump().await, before, "{operation} ended after statement {failures}");
            }
        }
        assert!(failures > 0, "{operation} has a statement");
        is_sound(&store).await;
    }
}

#[tokio::test]
async fn a_session_that_ends_once_is_made_up_for() {
    for operation in ALL {
        let Some(schema) = Schema::new() else { return };
        let store = schema.open();
        prepare(&store).await;
        let before = schema.dump().await;
        store.faults().end_session_after(1, 1);
        run(&store, operation).await.unwrap();
        assert_ne!(schema.dump().await, before, "{operation} is done");
        is_sound(&store).await;
    }
}

/// Whoever hears nothing is told so, and finds state and events both there when asking again.
#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_said_to_be_unclear_and_is_whole() {
    let Some(schema) = Schema::new() else { return };
    let store = schema.open();
    store.faults().lose_commit_answer();
    let error = run(&store, "create").await.unwrap_err();
    assert!(error.contains("nobody knows whether the change was committed"), "{error}");
    assert_eq!(store.approvals().list(&RequestFilter::default()).await.unwrap().len(), 1);
    assert!(!store.outbox().waiting(10).await.unwrap().is_empty());
    assert!(run(&store, "create").await.unwrap_err().contains("exists already"), "and it is not done twice");
}

/// A caller that goes away in the middle of a change leaves nothing half done and no lock behind.
#[tokio::test]
async fn a_caller_that_goes_away_takes_its_change_along() {
    let Some(schema) = Schema::new() else { return };
    let store = schema.open();
    let plain = schema.plain().await;
    plain.batch_execute("BEGIN; LOCK TABLE outbox").await.unwrap();
    let change = run(&store, "create");
    assert!(tokio::time::timeout(std::time::Duration::from_millis(300), change).await.is_err(), "it waits");
    plain.batch_execute("ROLLBACK").await.unwrap();
    run(&store, "append").await.unwrap();
    let requests = store.approvals().list(&RequestFilter::default()).await.unwrap();
    assert_eq!(requests, [], "it was broken off");
    run(&store, "create").await.unwrap();
}

#[tokio::test]
async fn a_forked_child_is_refused_everywhere_and_told_to_open_again() {
    let Some(schema) = Schema::new() else { return };
    drop(schema.open());
    let mut database = Database::open(&schema.url, schema.config.clone()).unwrap();
    database.pretend_opened_by(1);
    let store = PostgresStore::over(database);
    for operation in ["create", "vote", "begin", "finish", "append"] {
        let error = run(&store, operation).await.unwrap_err();
        assert!(error.contains("open it again in this process"), "{operation}: {error}");
    }
    assert_eq!(store.audit().head().await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(store.outbox().waiting(1).await.unwrap_err().kind(), ErrorKind::Unavailable);
}

/// A store serves any runtime, several after each other, and none at all.
#[test]
fn any_runtime_will_do() {
    let Some(schema) = Schema::new() else { return };
    let store = schema.open();
    for _ in 0..3 {
        let bare = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(bare.block_on(store.audit().head()).unwrap().size, 0);
    }
    let log = store.audit();
    let mut head = std::pin::pin!(log.head());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let head = loop {
        match head.as_mut().poll(&mut context) {
            std::task::Poll::Ready(head) => break head,
            std::task::Poll::Pending => std::thread::yield_now(),
        }
    };
    assert_eq!(head.unwrap().size, 0);
    // Dropped inside a runtime, where waiting for another one would panic.
    let bare = tokio::runtime::Builder::new_current_thread().build().unwrap();
    bare.block_on(async { drop(store) });
}

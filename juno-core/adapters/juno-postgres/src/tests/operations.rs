//! Every operation that changes the database, each where it has something to do.

use chrono::{DateTime, Utc};
use juno_action::{Execution, ExecutionState, ExecutionStore, Limits};
use juno_audit::{AuditLog, Outbox, drain};
use juno_domain::{DomainEvent, EventId, PrincipalId};
use juno_governance::{ApprovalEvent, ApprovalStore, Ballot, GivenUp, NotificationStore, transition};
use juno_testkit::conformance::{approval_sample, audit_log, execution_store, notification_store};

use crate::PostgresStore;

/// The operations by name.
pub(crate) const ALL: [&str; 9] =
    ["create", "vote", "begin", "finish", "append", "acknowledge", "drain", "tell", "give_up"];

pub(crate) fn start() -> DateTime<Utc> {
    "2026-03-02T09:15:00Z".parse().unwrap()
}

/// Fills a fresh schema with what the operations work on.
pub(crate) async fn prepare(store: &PostgresStore) {
    let (request, events) = approval_sample::sample_request("p1", "pay", start());
    store.approvals().create(&request, &events).await.unwrap();
    let execution = execution_store::sample_execution("r1", start());
    store.executions().create(&execution, &Limits::NONE, &record("r1 started")).await.unwrap();
    store.audit().append(&[audit_log::sample_event(0)]).await.unwrap();
    let known = [notification_store::sample_delivery("r1", 1)];
    assert!(store.notifications().advance(None, 1, &known).await.unwrap());
}

/// Runs one operation; what is wrong with it as text.
pub(crate) async fn run(store: &PostgresStore, operation: &str) -> Result<(), String> {
    match operation {
        "create" => {
            let (request, events) = approval_sample::sample_request("p2", "pay", start());
            text(store.approvals().create(&request, &events).await)
        }
        "vote" => {
            let (request, _) = approval_sample::sample_request("p1", "pay", start());
            let lead = PrincipalId::new("lead").unwrap();
            let vote = ApprovalEvent::Vote(Ballot::approve(&request, lead, "fine"));
            let (next, events) = transition(&request, &vote, &approval_sample::roles(), start()).unwrap();
            text(store.approvals().transition(request.version(), &next, &events).await)
        }
        "begin" => {
            let execution = execution_store::sample_execution("r2", start());
            text(store.executions().create(&execution, &Limits::NONE, &record("r2 started")).await)
        }
        "finish" => {
            let execution = Execution {
                version: 3,
                state: ExecutionState::Succeeded,
                ended_at: Some(start()),
                ..execution_store::sample_execution("r1", start())
            };
            let events = record("r1 succeeded");
            text(store.executions().transition(2, &execution, &events).await)
        }
        "append" => {
            let events: Vec<_> = (1..4).map(audit_log::sample_event).collect();
            text(store.audit().append(&events).await)
        }
        "acknowledge" => {
            let ids: Vec<_> =
                store.outbox().waiting(2).await.unwrap().into_iter().map(|event| event.id).collect();
            text(store.outbox().acknowledge(&ids).await)
        }
        "drain" => text(drain(&store.outbox(), &store.audit()).await),
        "tell" => {
            let more =
                [notification_store::sample_delivery("r1", 2), notification_store::sample_delivery("r2", 3)];
            text(store.notifications().advance(Some(1), 9, &more).await)
        }
        "give_up" => {
            let known = notification_store::sample_delivery("r1", 1);
            let dead = known.given_up("gone");
            let event = dead.given_up_event(GivenUp::Undeliverable, start()).unwrap();
            text(store.notifications().settle(known.key(), known.version, Some(&dead), &[event]).await)
        }
        other => Err(format!("no operation `{other}`")),
    }
}

fn text<T, E: std::fmt::Display>(result: Result<T, E>) -> Result<(), String> {
    result.map(drop).map_err(|error| error.to_string())
}

fn record(id: &str) -> Vec<DomainEvent> {
    vec![DomainEvent { id: EventId::new(id).unwrap(), ..audit_log::sample_event(99) }]
}

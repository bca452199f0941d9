//! Every operation that changes the file, each on a file where it has something to do.

use chrono::TimeDelta;
use juno_action::{Execution, ExecutionState, ExecutionStore, Limits};
use juno_audit::{AuditLog, Outbox, drain};
use juno_domain::{EventId, SessionId};
use juno_governance::{ApprovalEvent, ApprovalStore, Ballot, GivenUp, NotificationStore, transition};
use juno_memory::{
    LegalHold, Memory, MemoryKind, MemoryRemoval, MemoryStore, Quarantine, WorkingLimits, held_event,
    hold_lifted_event,
};
use juno_testkit::conformance::{approval_sample, audit_log, execution_store, notification_store};

use super::{actor, forgotten, memory, scope, start, written};
use crate::{SqliteConfig, SqliteStore};

/// The operations by name.
pub(crate) const ALL: [&str; 18] = [
    "put",
    "replace",
    "put_working",
    "update",
    "forget",
    "forget_all",
    "hold",
    "release",
    "purge",
    "create",
    "vote",
    "begin",
    "finish",
    "append",
    "acknowledge",
    "drain",
    "tell",
    "give_up",
];

/// With room for two working memories, so that a third makes one go.
pub(crate) fn config() -> SqliteConfig {
    let working = WorkingLimits { max_entries: 2, ..WorkingLimits::DEFAULT };
    SqliteConfig { working, ..SqliteConfig::default() }
}

/// Fills a fresh file with what the operations work on.
pub(crate) async fn prepare(store: &SqliteStore) {
    for known in [memory("known", "what was there before"), note("n1", 0), note("n2", 1)] {
        store.memory().put(&known, &written(&known)).await.unwrap();
    }
    let mut old = memory("old", "long gone");
    old.expires_at = Some(start() - TimeDelta::hours(1));
    store.memory().put(&old, &written(&old)).await.unwrap();
    store.memory().hold(&hold("ada"), &[held_event(&hold("ada")).unwrap()]).await.unwrap();
    let (request, events) = approval_sample::sample_request("p1", "pay", start());
    store.approvals().create(&request, &events).await.unwrap();
    let execution = execution_store::sample_execution("r1", start());
    store.executions().create(&execution, &Limits::NONE, &record("r1 started")).await.unwrap();
    store.audit().append(&[audit_log::sample_event(0)]).await.unwrap();
    let known = [notification_store::sample_delivery("r1", 1)];
    assert!(store.notifications().advance(None, 1, &known).await.unwrap());
}

/// Runs one operation; what is wrong with it as text.
pub(crate) async fn run(store: &SqliteStore, operation: &str) -> Result<(), String> {
    let memories = store.memory();
    match operation {
        "put" => {
            let mut new = memory("new", "something new");
            new.scope = scope().with_agent(actor());
            text(memories.put(&new, &written(&new)).await)
        }
        "replace" => {
            let again = memory("known", "what is there now");
            text(memories.put(&again, &written(&again)).await)
        }
        "put_working" => text(memories.put(&note("n3", 2), &written(&note("n3", 2))).await),
        "forget" => {
            let known = memory("known", "what was there before");
            text(memories.forget(&known.scope, &known.id, &forgotten(&known)).await)
        }
        "update" => {
            let known = memory("known", "what was there before");
            let mut marked = known.clone();
            marked.quarantined = Some(Quarantine::new(start(), "a test"));
            text(memories.update(&known, &marked, &written(&marked)).await)
        }
        "forget_all" => {
            let known = memory("known", "what was there before");
            let both = [known, memory("old", "long gone")];
            let removals = both.map(|memory| {
                let events = forgotten(&memory);
                MemoryRemoval { scope: memory.scope, id: memory.id, events }
            });
            text(memories.forget_all(&removals).await)
        }
        "hold" => text(memories.hold(&hold("bob"), &[held_event(&hold("bob")).unwrap()]).await),
        "release" => {
            let lifted = hold_lifted_event(scope().tenant(), "ada", "settled", &actor(), start()).unwrap();
            text(memories.release(scope().tenant(), "ada", &[lifted]).await)
        }
        "purge" => text(memories.purge_expired(start(), &actor()).await),
        "create" => {
            let (request, events) = approval_sample::sample_request("p2", "pay", start());
            text(store.approvals().create(&request, &events).await)
        }
        "vote" => {
            let (request, _) = approval_sample::sample_request("p1", "pay", start());
            let lead = juno_domain::PrincipalId::new("lead").unwrap();
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

fn hold(subject: &str) -> LegalHold {
    let (tenant, subject, reason) = (scope().tenant().clone(), subject.into(), "a case".into());
    LegalHold { tenant, subject, reason, by: actor(), at: start() }
}

fn text<T, E: std::fmt::Display>(result: Result<T, E>) -> Result<(), String> {
    result.map(drop).map_err(|error| error.to_string())
}

fn note(id: &str, minutes: i64) -> Memory {
    let session = scope().with_agent(actor()).with_session(SessionId::new("s").unwrap()).unwrap();
    let at = start() + TimeDelta::minutes(minutes);
    Memory::new(juno_domain::MemoryId::new(id).unwrap(), MemoryKind::Working, session, "scratch", "test", at)
}

fn record(id: &str) -> Vec<juno_domain::DomainEvent> {
    vec![juno_domain::DomainEvent { id: EventId::new(id).unwrap(), ..audit_log::sample_event(99) }]
}

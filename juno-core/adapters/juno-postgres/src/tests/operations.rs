//! Every operation that changes the database, each where it has something to do.

use chrono::{DateTime, Utc};
use juno_action::{Execution, ExecutionState, ExecutionStore, Limits};
use juno_audit::{AuditLog, Outbox, drain};
use juno_domain::{DomainEvent, EventId, MemoryId, PrincipalId, Probability, TenantId};
use juno_governance::{ApprovalEvent, ApprovalStore, Ballot, GivenUp, NotificationStore, transition};
use juno_memory::{
    Fact, ForgetReason, LegalHold, Memory, MemoryError, MemoryKind, MemoryRemoval, MemoryScope, MemoryStore,
    MemoryWrite, Turn, forgotten_event, held_event, hold_lifted_event, written_event,
};
use juno_testkit::conformance::{approval_sample, audit_log, execution_store, notification_store};

use crate::PostgresStore;

/// The operations by name.
pub(crate) const ALL: [&str; 18] = [
    "create",
    "vote",
    "begin",
    "finish",
    "append",
    "acknowledge",
    "drain",
    "put",
    "replace",
    "merge",
    "fact",
    "forget",
    "update",
    "forget_all",
    "hold",
    "release",
    "tell",
    "give_up",
];

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
    put(store, &[memory("m1", "the old freeze"), fact("f1", "ada")]).await.unwrap();
    store.memory().hold(&hold("eve"), &[held_event(&hold("eve")).unwrap()]).await.unwrap();
}

/// A memory in a thread, with a speaker and tags.
pub(crate) fn memory(id: &str, text: &str) -> Memory {
    let scope = MemoryScope::tenant_wide(TenantId::new("acme").unwrap());
    let id = MemoryId::new(id).unwrap();
    let mut memory = Memory::new(id, MemoryKind::Semantic, scope, text, "test", start());
    memory.tags = ["a".into(), "\u{0}\"".into()].into();
    (memory.who, memory.turn) = (Some("Ada Byron".into()), Some(Turn::new("retro", 0)));
    memory
}

fn hold(subject: &str) -> LegalHold {
    let (tenant, by) = (TenantId::new("acme").unwrap(), PrincipalId::new("counsel").unwrap());
    LegalHold { tenant, subject: subject.into(), reason: "a case".into(), by, at: start() }
}

fn fact(id: &str, owner: &str) -> Memory {
    let mut memory = memory(id, &format!("{owner} owns billing"));
    memory.fact = Some(Fact::new("billing", "owner", owner));
    memory
}

pub(crate) async fn put(store: &PostgresStore, memories: &[Memory]) -> Result<(), String> {
    let ada = PrincipalId::new("ada").unwrap();
    let writes: Vec<_> =
        memories.iter().map(|memory| MemoryWrite::new(memory.clone(), &ada).unwrap()).collect();
    text(store.memory().put_all(&writes).await)
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
        "put" => put(store, &[memory("m2", "a new freeze")]).await,
        "replace" => put(store, &[memory("m1", "another freeze")]).await,
        "merge" => {
            let many: Vec<Memory> = (0..130).map(|nth| memory(&format!("n{nth}"), "many freezes")).collect();
            put(store, &many).await
        }
        "fact" => {
            let mut bob = fact("f2", "bob");
            bob.valid_from += chrono::TimeDelta::days(1);
            text(store.memory().record_fact(&bob, &PrincipalId::new("ada").unwrap()).await)
        }
        "forget" => text(forget(store, &memory("m1", "x")).await),
        "update" => {
            let (known, mut marked) = (memory("m1", "the old freeze"), memory("m1", "the old freeze"));
            marked.importance = Probability::ONE;
            let events = [written_event(&marked, &PrincipalId::new("ada").unwrap()).unwrap()];
            text(store.memory().update(&known, &marked, &events).await)
        }
        "forget_all" => {
            let removals = ["m1", "f1"].map(|id| {
                let (memory, ada) = (memory(id, "x"), PrincipalId::new("ada").unwrap());
                let gone =
                    forgotten_event(&memory.scope, &memory.id, &ada, start(), ForgetReason::Asked).unwrap();
                MemoryRemoval { scope: memory.scope, id: memory.id, events: vec![gone] }
            });
            text(store.memory().forget_all(&removals).await)
        }
        "hold" => text(store.memory().hold(&hold("bob"), &[held_event(&hold("bob")).unwrap()]).await),
        "release" => {
            let LegalHold { tenant, subject, reason, by, at } = hold("eve");
            let lifted = hold_lifted_event(&tenant, &subject, &reason, &by, at).unwrap();
            text(store.memory().release(&tenant, &subject, &[lifted]).await)
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

pub(crate) async fn forget(store: &PostgresStore, memory: &Memory) -> Result<bool, MemoryError> {
    let ada = PrincipalId::new("ada").unwrap();
    let gone = forgotten_event(&memory.scope, &memory.id, &ada, start(), ForgetReason::Asked).unwrap();
    store.memory().forget(&memory.scope, &memory.id, &[gone]).await
}

fn text<T, E: std::fmt::Display>(result: Result<T, E>) -> Result<(), String> {
    result.map(drop).map_err(|error| error.to_string())
}

fn record(id: &str) -> Vec<DomainEvent> {
    vec![DomainEvent { id: EventId::new(id).unwrap(), ..audit_log::sample_event(99) }]
}

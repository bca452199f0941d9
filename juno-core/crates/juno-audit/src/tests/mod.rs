mod beside;
mod bundle;
mod checkpoint;
mod drain;
mod erasure;
mod export;
mod log;
mod record_export;
mod search;
mod tamper;
mod tree;

use std::future::Future;

use juno_domain::{DomainEvent, EventId, EventKind, PrincipalId, TeamId};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{InMemoryAuditLog, StoredRecord, TreeHead};

/// Waits for a future on this thread.
fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// The event number `nth` of a plausible log.
fn event(nth: u64) -> DomainEvent {
    let kinds = [EventKind::ProposalSubmitted, EventKind::DecisionMade, EventKind::VoteCast];
    DomainEvent {
        id: EventId::new(format!("event-{nth}")).unwrap(),
        kind: kinds[nth as usize % kinds.len()],
        at: "2026-03-02T09:15:00.250Z".parse().unwrap(),
        actor: PrincipalId::new(format!("person-{}", nth % 7)).unwrap(),
        subject: format!("request-{}", nth / 3),
        team: nth.is_multiple_of(2).then(|| TeamId::new("payments").unwrap()),
        payload: json!({
            "decision": "allow",
            "approver": "maria",
            "rule": "low-impact-labels",
            "policy": { "version": 3, "digest": "ab12" },
            "confidence": 0.91,
            "tags": ["a|b", "c", null, true],
            "nth": nth,
        })
        .into(),
    }
}

fn events(count: u64) -> Vec<DomainEvent> {
    (0..count).map(event).collect()
}

/// Events with awkward text, numbers and nesting.
fn any_event() -> impl Strategy<Value = DomainEvent> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        (-1e12..1e12).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[\\\\\"{}:,\n|]{1,6}".prop_map(Value::from),
    ];
    let payload = scalar.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    (any::<u32>(), "[a-zà-ü\\\\\"|,:]{1,8}", "\\PC{0,12}", prop::option::of("[a-z0-9]{1,6}"), payload)
        .prop_map(|(nth, actor, subject, team, payload)| DomainEvent {
            id: EventId::new(format!("e{nth}")).unwrap(),
            actor: PrincipalId::new(actor).unwrap(),
            subject,
            team: team.map(|team| TeamId::new(team).unwrap()),
            payload: payload.into(),
            ..event(u64::from(nth))
        })
}

/// A log of events, its stored records and its head.
fn filled(events: &[DomainEvent]) -> (InMemoryAuditLog, Vec<StoredRecord>, TreeHead) {
    use crate::AuditLog;
    let log = InMemoryAuditLog::new();
    wait(log.append(events)).unwrap();
    let stored = wait(log.stored(0, usize::MAX)).unwrap();
    let head = wait(log.head()).unwrap();
    (log, stored, head)
}

use std::collections::BTreeSet;
use std::sync::Arc;

use juno_crypto::{canonical_json, payload_of};
use juno_domain::{DomainEvent, ErrorKind};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{any_event, event, events, filled, wait};
use crate::{
    AuditError, AuditLog, InMemoryAuditLog, Leaf, TreeHead, verify_consistency, verify_inclusion,
    waiting_json,
};

#[test]
fn returned_records_are_copies() {
    let (log, _, head) = filled(&events(3));
    let mut records = wait(log.read(0, 10)).unwrap();
    records[1].event.payload.change(|payload| payload["decision"] = json!("deny"));
    records.clear();
    let mut stored = wait(log.stored(0, 10)).unwrap();
    stored[0].content.clear();
    assert_eq!(wait(log.read(1, 1)).unwrap()[0].event, event(1));
    assert!(wait(log.verify()).unwrap().verified);
    assert_eq!(wait(log.head()).unwrap(), head);
}

#[test]
fn sequence_numbers_never_repeat() {
    let log = InMemoryAuditLog::new();
    let mut seen = BTreeSet::new();
    for chunk in events(10_000).chunks(1_000) {
        for index in wait(log.append(chunk)).unwrap() {
            assert!(seen.insert(index));
        }
    }
    assert_eq!(seen, (0..10_000).collect());
    let last = wait(log.read(9_999, 5)).unwrap();
    assert_eq!((last.len(), last[0].index, &last[0].event), (1, 9_999, &event(9_999)));
}

#[test]
fn a_conflict_or_a_bad_event_leaves_no_trace() {
    let (log, _, head) = filled(&events(3));
    let other = DomainEvent { subject: "changed".into(), ..event(1) };
    for batch in [
        vec![event(7), other.clone()],
        vec![event(7), DomainEvent { subject: "changed".into(), ..event(7) }],
        vec![event(7), event(8), DomainEvent { payload: json!(u64::MAX).into(), ..event(9) }],
    ] {
        let error = wait(log.append(&batch)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Conflict | ErrorKind::InvalidInput));
        assert_eq!(wait(log.head()).unwrap(), head);
    }
    let error = wait(log.append(&[other])).unwrap_err();
    assert!(matches!(&error, AuditError::Conflict { id } if id.as_str() == "event-1"));
    assert_eq!(
        error.to_string(),
        "the event `event-1` is recorded with other content: give a new fact a new id"
    );
    // What was refused does not stand in the way of what is right.
    assert_eq!(wait(log.append(&[event(7), event(1), event(8), event(7)])).unwrap(), [3, 1, 4, 3]);
    assert_eq!(wait(log.append(&[])).unwrap(), [0_u64; 0]);
}

#[test]
fn equal_numbers_in_two_notations_are_the_same_event() {
    let log = InMemoryAuditLog::new();
    let with = |payload: Value| DomainEvent { payload: payload.into(), ..event(0) };
    assert_eq!(wait(log.append(&[with(json!({ "points": 8 }))])).unwrap(), [0]);
    assert_eq!(wait(log.append(&[with(json!({ "points": 8.0 }))])).unwrap(), [0]);
    assert!(wait(log.append(&[with(json!({ "points": 8.5 }))])).is_err());
}

#[test]
fn a_damaged_record_is_named_and_hides_no_other() {
    let (log, _, _) = filled(&events(5));
    log.state().contents.replace(2, b"{\"id\":");
    let error = wait(log.read(0, 10)).unwrap_err();
    assert!(matches!(error, AuditError::Corrupt { index: 2, .. }));
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert_eq!(wait(log.read(0, 2)).unwrap().len(), 2);
    assert_eq!(wait(log.read(3, 10)).unwrap().len(), 2);
    assert_eq!(wait(log.read(u64::MAX, 10)).unwrap(), []);
}

#[test]
fn the_log_proves_its_records_and_its_past() {
    let (log, stored, head) = filled(&events(11));
    let proof = wait(log.inclusion_proof(6, 11)).unwrap();
    assert!(verify_inclusion(&proof, &stored[6].leaf, &head));
    assert!(!verify_inclusion(&proof, &stored[7].leaf, &head));
    let (_, _, older) = filled(&events(5));
    assert!(verify_consistency(&wait(log.consistency_proof(5, 11)).unwrap(), &older, &head));
    assert!(wait(log.inclusion_proof(11, 11)).is_err());
    assert!(wait(log.consistency_proof(5, 12)).is_err());
}

#[test]
fn many_callers_at_once_get_each_event_in_once() {
    let log = Arc::new(InMemoryAuditLog::new());
    let all = events(200);
    std::thread::scope(|scope| {
        for shift in 0..8 {
            let (log, all) = (Arc::clone(&log), &all);
            scope.spawn(move || {
                for nth in 0..all.len() {
                    let at = (nth + shift * 25) % all.len();
                    wait(log.append(&all[at..=at])).unwrap();
                }
            });
        }
        scope.spawn(|| (0..20).for_each(|_| assert!(wait(log.verify()).unwrap().verified)));
    });
    assert_eq!(wait(log.head()).unwrap().size, 200);
    assert!(wait(log.verify_against(&TreeHead::empty())).unwrap().verified);
}

proptest! {
    #[test]
    fn content_is_what_the_general_way_writes(event in any_event(), nanos in 0..2_000_000_000_u32) {
        let at = chrono::DateTime::from_timestamp(i64::from(nanos) * 3, nanos % 1_000_000_000).unwrap();
        let event = DomainEvent { at, ..event };
        let general = canonical_json(&event).unwrap();
        prop_assert_eq!(&Leaf::of(&event).unwrap().content, &general);
        let written_before = payload_of(&event.payload).unwrap();
        prop_assert!(written_before.as_canonical().is_some());
        let written_before = DomainEvent { payload: written_before, ..event };
        prop_assert_eq!(&Leaf::of(&written_before).unwrap().content, &general);
        let waiting = serde_json::from_str::<DomainEvent>(&waiting_json(&written_before).unwrap()).unwrap();
        prop_assert_eq!(&Leaf::of(&waiting).unwrap().content, &general);
        prop_assert_eq!(waiting, written_before);
    }
}

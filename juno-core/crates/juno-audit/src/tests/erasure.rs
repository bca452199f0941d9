use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use juno_crypto::SeededRandom;
use juno_domain::{DomainEvent, ErrorKind, EventKind, PrincipalId};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{any_event, event, events, wait};
use crate::{
    AuditError, AuditLog, BadReason, BadRecord, Erasure, ErasureOrder, Hold, InMemoryAuditLog, Person,
    PersonalFields, PersonalPart, Retention, Sealing, erase, expire, holds, lift_hold, place_hold,
    verify_consistency, verify_inclusion, verify_jsonl, write_jsonl,
};

fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn principal(name: &str) -> PrincipalId {
    PrincipalId::new(name).unwrap()
}

/// Who approved and the tags of a decision belong to the actor; a vote whole belongs to the approver.
fn fields() -> PersonalFields {
    let own = PersonalPart {
        fields: ["/approver", "/policy/digest", "/tags/0"].map(String::from).into(),
        person: Person::Actor,
    };
    let whole = PersonalPart { fields: [String::new()].into(), person: Person::At("/approver".into()) };
    PersonalFields::new(BTreeMap::from([(EventKind::DecisionMade, own), (EventKind::VoteCast, whole)]))
        .unwrap()
}

fn sealing(seed: u64) -> Sealing {
    Sealing::new(fields(), Arc::new(SeededRandom::new(seed)))
}

fn sealed_log(events: &[DomainEvent]) -> InMemoryAuditLog {
    let log = InMemoryAuditLog::with_sealing(sealing(1));
    wait(log.append(events)).unwrap();
    log
}

fn order(person: &str) -> ErasureOrder {
    ErasureOrder { person: person.into(), by: principal("dpo"), reason: "asked for on 19 November".into() }
}

fn hold(name: &str, person: Option<&str>) -> Hold {
    Hold {
        name: name.into(),
        person: person.map(Into::into),
        by: principal("counsel"),
        reason: "suit 4711".into(),
        at: now() - TimeDelta::days(1),
    }
}

fn export(log: &InMemoryAuditLog) -> Vec<u8> {
    let mut out = Vec::new();
    wait(write_jsonl(log, &mut out)).unwrap();
    out
}

#[test]
fn what_is_sealed_reads_as_it_was_given_and_proves_as_before() {
    let all = events(12);
    let log = sealed_log(&all);
    let read: Vec<DomainEvent> =
        wait(log.read(0, 99)).unwrap().into_iter().map(|record| record.event).collect();
    assert_eq!(read, all);
    let verification = wait(log.verify()).unwrap();
    assert!(verification.verified);
    assert_eq!(verification.erased, 0);
    let stored = wait(log.stored(1, 1)).unwrap();
    let content = String::from_utf8(stored[0].content.clone()).unwrap();
    assert!(content.starts_with("{\"_sealed\":\"") && !content.contains("maria"), "{content}");
    assert!(verify_jsonl(export(&log).as_slice()).unwrap().verified);
}

/// control: GDPR-25
#[test]
fn a_salt_hides_what_a_commitment_is_of() {
    let head = |seed| {
        let log = InMemoryAuditLog::with_sealing(sealing(seed));
        wait(log.append(&events(3))).unwrap();
        wait(log.head()).unwrap()
    };
    assert_eq!(head(1), head(1), "the same source gives the same bytes");
    assert_ne!(head(1), head(2));
}

/// control: GDPR-17
#[test]
fn erasing_leaves_a_receipt_and_every_proof() {
    let log = sealed_log(&events(12));
    let older = wait(log.head()).unwrap();
    let proofs: Vec<_> = (0..12).map(|index| wait(log.inclusion_proof(index, 12)).unwrap()).collect();
    let before = wait(log.stored(0, 12)).unwrap();

    // Votes belong to the approver: all of maria's are at 2, 5, 8 and 11.
    let done = wait(erase(&log, &order("maria"), now())).unwrap();
    let records = [2, 5, 8, 11].into_iter().collect();
    assert_eq!(done, Erasure { receipt: Some(12), records, texts: 0, held: vec![], clean: true });

    let verification = wait(log.verify_against(&older)).unwrap();
    assert!(verification.verified, "{verification:?}");
    assert_eq!((verification.size, verification.erased), (13, 4));
    for (stored, proof) in before.iter().zip(&proofs) {
        assert!(verify_inclusion(proof, &stored.leaf, &older));
    }
    let newer = wait(log.head()).unwrap();
    assert!(verify_consistency(&wait(log.consistency_proof(12, 13)).unwrap(), &older, &newer));
    let records = wait(log.read(0, 99)).unwrap();
    assert_eq!(records[2].event.payload, Value::Null.into());
    assert!(records[2].erased && !records[1].erased);
    assert_eq!(records[1].event, event(1), "somebody else's stays");
    let receipt = &records[12].event;
    assert_eq!((receipt.kind, receipt.subject.as_str()), (EventKind::PayloadErased, "maria"));
    assert_eq!(receipt.payload.value()["records"], json!([[2, 2], [5, 5], [8, 8], [11, 11]]));
    assert_eq!(receipt.actor, principal("dpo"));

    let done = wait(erase(&log, &order("maria"), now())).unwrap();
    assert_eq!((done.receipt, done.records.count()), (None, 0), "nothing is left to erase");
    let found = verify_jsonl(export(&log).as_slice()).unwrap();
    assert!(found.verified);
    assert_eq!(found.erased, 4);
    wait(erase(&log, &order("person-1"), now())).unwrap();
    wait(erase(&log, &order("person-4"), now())).unwrap();
    wait(erase(&log, &order("person-0"), now())).unwrap();
    wait(erase(&log, &order("person-3"), now())).unwrap();
    assert!(wait(log.verify()).unwrap().verified);
    let records = wait(log.read(0, 12)).unwrap();
    let decisions = records.iter().filter(|record| record.event.kind == EventKind::DecisionMade);
    assert!(
        decisions
            .clone()
            .all(|record| record.erased && record.event.payload.value()["tags"][0] == Value::Null)
    );
    assert_eq!(decisions.count(), 4);
}

#[test]
fn a_payload_that_is_gone_without_a_receipt_is_found() {
    let log = sealed_log(&events(6));
    log.state().payloads.remove(&4);
    let bad = wait(log.verify()).unwrap().first_bad;
    assert_eq!(bad, Some(BadRecord { index: Some(4), reason: BadReason::PayloadMissing }));
    let bad = verify_jsonl(export(&log).as_slice()).unwrap().first_bad;
    assert_eq!(bad, Some(BadRecord { index: Some(4), reason: BadReason::PayloadMissing }));
    // A receipt for others does not cover it, and neither does one that is older.
    wait(erase(&log, &order("maria"), now())).unwrap();
    let bad = wait(log.verify()).unwrap().first_bad;
    assert_eq!(bad, Some(BadRecord { index: Some(4), reason: BadReason::PayloadMissing }));
    wait(log.append(&[DomainEvent { kind: EventKind::DecisionMade, ..event(97) }])).unwrap();
    log.state().payloads.remove(&7);
    assert_eq!(wait(log.verify()).unwrap().first_bad.unwrap().index, Some(4));
}

#[test]
fn a_changed_moved_or_added_payload_is_found() {
    let log = sealed_log(&events(6));
    let whole = log.state().payloads.clone();
    let first_bad = || wait(log.verify()).unwrap().first_bad.map(|bad| (bad.index, bad.reason));
    log.state().payloads.get_mut(&2).unwrap().sealed.salt[0] ^= 1;
    assert_eq!(first_bad(), Some((Some(2), BadReason::PayloadChanged)));
    log.state().payloads.clone_from(&whole);
    for at in 0..whole[&2].sealed.content.len() {
        log.state().payloads.get_mut(&2).unwrap().sealed.content[at] ^= 1;
        assert_eq!(first_bad(), Some((Some(2), BadReason::PayloadChanged)));
        assert_eq!(wait(log.read(2, 1)).unwrap_err().kind(), ErrorKind::Corrupt);
        log.state().payloads.clone_from(&whole);
    }
    let moved = whole[&2].clone();
    log.state().payloads.insert(5, moved.clone());
    assert_eq!(first_bad(), Some((Some(5), BadReason::PayloadChanged)));
    log.state().payloads.clone_from(&whole);
    log.state().payloads.insert(0, moved);
    assert_eq!(first_bad(), Some((Some(0), BadReason::PayloadChanged)), "the record is whole");
}

#[test]
fn every_changed_byte_of_an_export_with_payloads_is_found() {
    let log = sealed_log(&events(3));
    wait(erase(&log, &order("person-1"), now())).unwrap();
    let out = export(&log);
    assert!(verify_jsonl(out.as_slice()).unwrap().verified);
    for at in 0..out.len() {
        for flip in [0x01, 0x20, 0x80] {
            let mut bad = out.clone();
            bad[at] ^= flip;
            assert!(!verify_jsonl(bad.as_slice()).unwrap().verified, "byte {at} xor {flip}");
        }
        assert!(!verify_jsonl(&out[..at]).unwrap().verified, "up to byte {at}");
    }
    let lines: Vec<&[u8]> = out.split_inclusive(|byte| *byte == b'\n').collect();
    for at in 0..lines.len() {
        let without: Vec<u8> = [&lines[..at], &lines[at + 1..]].concat().concat();
        assert!(!verify_jsonl(without.as_slice()).unwrap().verified, "without line {at}");
        let twice: Vec<u8> = [&lines[..=at], &lines[at..]].concat().concat();
        assert!(!verify_jsonl(twice.as_slice()).unwrap().verified, "line {at} twice");
    }
    for (a, b) in (0..lines.len()).flat_map(|b| (0..b).map(move |a| (a, b))) {
        let mut swapped = lines.clone();
        swapped.swap(a, b);
        assert!(!verify_jsonl(swapped.concat().as_slice()).unwrap().verified, "lines {a} and {b}");
    }
}

/// control: GDPR-17
#[test]
fn a_held_person_is_not_erased_and_the_refusal_says_by_whom_and_why() {
    let log = sealed_log(&events(6));
    wait(place_hold(&log, &hold("case-1", Some("maria")))).unwrap();
    assert_eq!(wait(holds(&log)).unwrap(), [hold("case-1", Some("maria"))]);
    let refused = wait(erase(&log, &order("maria"), now())).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Denied);
    let text = refused.to_string();
    assert!(text.contains("case-1") && text.contains("counsel") && text.contains("suit 4711"), "{text}");
    assert_eq!(wait(log.verify()).unwrap().erased, 0);
    // Others are free.
    assert_eq!(wait(erase(&log, &order("person-1"), now())).unwrap().records.count(), 1);
    let missing = wait(lift_hold(&log, "case-2", &principal("counsel"), "", now())).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    wait(lift_hold(&log, "case-1", &principal("counsel"), "settled", now())).unwrap();
    assert_eq!(wait(holds(&log)).unwrap(), []);
    assert_eq!(wait(erase(&log, &order("maria"), now())).unwrap().records.count(), 2);

    wait(place_hold(&log, &hold("case-3", None))).unwrap();
    let refused = wait(erase(&log, &order("person-4"), now())).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Denied, "everybody is held");
    let unsaid = Hold { reason: " ".into(), ..hold("case-4", None) };
    assert_eq!(wait(place_hold(&log, &unsaid)).unwrap_err().kind(), ErrorKind::InvalidInput);
    assert!(wait(log.verify()).unwrap().verified);
}

/// control: AIA-19-1, AIA-26-6
#[test]
fn nothing_is_kept_for_less_than_six_months() {
    for months in 0..6 {
        let refused = Retention::months(months).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput);
        assert!(serde_json::from_value::<Retention>(json!(months)).is_err());
    }
    let six = Retention::months(6).unwrap();
    assert_eq!(six.cutoff(now()).unwrap().to_rfc3339(), "2026-05-01T00:00:00+00:00");
    assert_eq!(
        six.cutoff("2026-08-31T00:00:00Z".parse().unwrap()).unwrap().to_rfc3339(),
        "2026-02-01T00:00:00+00:00"
    );
}

/// control: AIA-19-1, AIA-26-6, PCI-10.5.1, GDPR-5-1-e
#[test]
fn retention_takes_what_is_old_and_free() {
    let mut all = events(12);
    for (nth, event) in (0..).zip(&mut all) {
        event.at = now() - TimeDelta::days(30 * (12 - nth));
    }
    let log = sealed_log(&all);
    wait(place_hold(&log, &hold("case-1", Some("person-1")))).unwrap();
    let by = principal("juno:retention");
    let done = wait(expire(&log, Retention::months(6).unwrap(), &by, now())).unwrap();
    // Older than 1 May: 0 to 5, of which 1, 2, 4 and 5 have personal parts, and 1 is held.
    assert_eq!(done.records, [2, 4, 5].into_iter().collect());
    assert_eq!(done.held, [hold("case-1", Some("person-1"))]);
    let verification = wait(log.verify()).unwrap();
    assert!(verification.verified);
    assert_eq!(verification.erased, 3);
    let refused = wait(expire(&log, Retention::months(6).unwrap(), &by, now())).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Denied, "all that is old is held");
    let done = wait(expire(&log, Retention::months(600).unwrap(), &by, now())).unwrap();
    assert_eq!(done.receipt, None);
}

#[test]
fn a_repeated_event_is_the_same_fact_before_and_after_it_was_erased() {
    let log = sealed_log(&events(6));
    let again = || wait(log.append(&events(6))).unwrap();
    assert_eq!(again(), [0, 1, 2, 3, 4, 5], "another salt is no other content");
    let changed = |nth: u64, path: &str| {
        let mut other = event(nth);
        other.payload.change(|payload| *payload.pointer_mut(path).unwrap() = json!("other"));
        wait(log.append(&[other])).map_err(|error| error.kind())
    };
    assert_eq!(changed(1, "/approver"), Err(ErrorKind::Conflict), "a personal field counts");
    assert_eq!(changed(1, "/rule"), Err(ErrorKind::Conflict));
    wait(erase(&log, &order("person-1"), now())).unwrap();
    assert_eq!(again(), [0, 1, 2, 3, 4, 5]);
    assert_eq!(changed(1, "/rule"), Err(ErrorKind::Conflict), "what is left still counts");
    assert_eq!(wait(log.head()).unwrap().size, 7);
}

#[test]
fn a_log_that_keeps_nothing_apart_has_nothing_to_erase() {
    let log = InMemoryAuditLog::new();
    wait(log.append(&events(6))).unwrap();
    let done = wait(erase(&log, &order("maria"), now())).unwrap();
    assert_eq!((done.receipt, done.records.count()), (None, 0));
}

#[test]
fn receipts_and_holds_have_no_personal_fields() {
    let part = || PersonalPart { fields: ["/records".to_owned()].into(), person: Person::Actor };
    for kind in [EventKind::PayloadErased, EventKind::HoldPlaced, EventKind::HoldLifted] {
        let refused = PersonalFields::new(BTreeMap::from([(kind, part())])).unwrap_err();
        assert!(matches!(refused, AuditError::Receipt(_)));
    }
    let wrong = json!({ "vote_cast": { "fields": ["reason"] } });
    assert!(serde_json::from_value::<PersonalFields>(wrong).is_err(), "no JSON pointer");
    let right = json!({ "vote_cast": { "fields": ["/vote/reason"], "person": { "at": "/vote/by" } } });
    assert!(!serde_json::from_value::<PersonalFields>(right).unwrap().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_part_of_any_event_is_put_back_where_it_was(
        event in any_event(),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let mut places = vec![String::new(), "/none".into()];
        all_places(&event.payload.value(), String::new(), &mut places);
        let fields = picks.iter().map(|pick| places[pick.index(places.len())].clone()).collect();
        let parts = BTreeMap::from([(event.kind, PersonalPart { fields, person: Person::Actor })]);
        let sealing = Sealing::new(PersonalFields::new(parts).unwrap(), Arc::new(SeededRandom::new(7)));
        let log = InMemoryAuditLog::with_sealing(sealing);
        wait(log.append(std::slice::from_ref(&event))).unwrap();
        prop_assert_eq!(&wait(log.read(0, 1)).unwrap()[0].event, &event);
        prop_assert!(wait(log.verify()).unwrap().verified);
        prop_assert_eq!(wait(log.append(&[event])).unwrap(), [0]);
    }
}

fn all_places(value: &Value, at: String, out: &mut Vec<String>) {
    let escape = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Array(items) => {
            for (nth, item) in items.iter().enumerate() {
                all_places(item, format!("{at}/{nth}"), out);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                all_places(item, format!("{at}/{}", escape(key)), out);
            }
        }
        _ => {}
    }
    out.push(at);
}

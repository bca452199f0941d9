//! What someone with write access to the store could do, and that it is found.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use juno_crypto::canonical_json;
use juno_domain::{DomainEvent, EventKind, PrincipalId};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{any_event, event, events, filled, wait};
use crate::{
    AuditError, AuditLog, BadReason, BadRecord, InMemoryAuditLog, Leaf, StoredRecord, TreeHead, Verification,
    Verifier, empty_root, leaf_hash,
};

fn check(stored: &[StoredRecord], head: &TreeHead, older: Option<&TreeHead>) -> Verification {
    let mut verifier = Verifier::new(older);
    stored.iter().for_each(|record| verifier.record(record));
    verifier.finish(head)
}

fn found(index: u64, reason: BadReason) -> Option<BadRecord> {
    Some(BadRecord { index: Some(index), reason })
}

/// Every value that differs from `value` in one place: another scalar, a member or element less or more.
fn edits(value: &Value) -> Vec<Value> {
    let mut out = Vec::new();
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let with = |edited: Option<Value>, name: &str| {
                    let mut copy = map.clone();
                    copy.remove(key);
                    copy.extend(edited.map(|edited| (name.to_owned(), edited)));
                    Value::Object(copy)
                };
                out.extend(edits(inner).into_iter().map(|edited| with(Some(edited), key)));
                out.push(with(None, key));
                out.push(with(Some(inner.clone()), &format!("{key} ")));
            }
            let mut more = map.clone();
            more.insert("added later".into(), Value::Null);
            out.push(Value::Object(more));
        }
        Value::Array(items) => {
            for (at, inner) in items.iter().enumerate() {
                let mut copy = items.clone();
                copy.remove(at);
                out.push(Value::Array(copy));
                for edited in edits(inner) {
                    let mut copy = items.clone();
                    copy[at] = edited;
                    out.push(Value::Array(copy));
                }
            }
            out.push(Value::Array([items.as_slice(), &[Value::Null]].concat()));
        }
        Value::String(text) => {
            out.extend([json!(format!("{text} ")), json!(format!("{text}\u{0}")), json!([text])]);
            out.push(json!(format!("{text}\",\"x\":\"")));
            out.push(if text.is_empty() { Value::Null } else { json!("") });
        }
        Value::Number(number) => {
            out.extend([json!(number.as_f64().unwrap() + 1.0), json!(number.to_string()), Value::Null]);
        }
        Value::Bool(flag) => out.extend([json!(!flag), json!(flag.to_string())]),
        Value::Null => out.extend([json!(false), json!("null"), json!(0)]),
    }
    out
}

/// Replaces one record's content by every edit of it and expects each to be found, with the kept leaf hash and with
/// one that was made anew.
fn every_edit_is_found(stored: &[StoredRecord], head: &TreeHead, at: usize) -> usize {
    let original: Value = serde_json::from_slice(&stored[at].content).unwrap();
    let edits = edits(&original);
    for edited in &edits {
        let content = canonical_json(edited).unwrap();
        let mut copy = stored.to_vec();
        copy[at].content.clone_from(&content);
        assert_eq!(
            check(&copy, head, None).first_bad,
            found(at as u64, BadReason::ContentChanged),
            "{edited}"
        );
        copy[at].leaf = leaf_hash(&content);
        let bad = check(&copy, head, None).first_bad.unwrap();
        assert_eq!(bad, BadRecord { index: None, reason: BadReason::RootDiffers }, "{edited}");
    }
    edits.len()
}

/// control: PCI-10.3.2, PCI-10.3.4, SOC2-CC7.2, HIPAA-164.312-c
#[test]
fn editing_decision_approver_rule_or_policy_is_detected() {
    let (log, stored, head) = filled(&events(9));
    assert!(every_edit_is_found(&stored, &head, 4) > 60);
    for (old, new) in [
        ("\"decision\":\"allow\"", "\"decision\":\"deny\""),
        ("\"approver\":\"maria\"", "\"approver\":\"pedro\""),
        ("\"rule\":\"low-impact-labels\"", "\"rule\":\"anything\""),
        ("\"version\":3", "\"version\":4"),
        ("\"actor\":\"person-4\"", "\"actor\":\"person-5\""),
        ("\"kind\":\"decision_made\"", "\"kind\":\"vote_cast\""),
        ("09:15:00.250Z", "09:15:00.251Z"),
        ("\"team\":\"payments\"", "\"team\":null"),
    ] {
        let content = String::from_utf8(stored[4].content.clone()).unwrap();
        assert!(content.contains(old), "{old} in {content}");
        log.state().contents.replace(4, content.replace(old, new).as_bytes());
        let verification = wait(log.verify()).unwrap();
        assert!(!verification.verified);
        assert_eq!(verification.first_bad, found(4, BadReason::ContentChanged));
        log.state().contents.replace(4, content.as_bytes());
    }
    assert!(wait(log.verify()).unwrap().verified);
}

#[test]
fn delimiters_cannot_make_two_records_hash_alike() {
    let with = |actor: &str, subject: &str| DomainEvent {
        actor: PrincipalId::new(actor).unwrap(),
        subject: subject.into(),
        ..event(0)
    };
    for (a, b) in [
        (with("ann|request", "1"), with("ann", "request|1")),
        (with("ann", "1\",\"team\":\"x"), with("ann", "1")),
        (with("a:b", "c"), with("a", "b:c")),
        (with("a b", ""), with("a", " b")),
    ] {
        assert_ne!(Leaf::of(&a).unwrap().hash, Leaf::of(&b).unwrap().hash);
    }
    let payload =
        |payload: Value| Leaf::of(&DomainEvent { payload: payload.into(), ..event(0) }).unwrap().hash;
    assert_ne!(payload(json!(["a,b"])), payload(json!(["a", "b"])));
    assert_ne!(payload(json!({ "a": "b\",\"c\":\"d" })), payload(json!({ "a": "b", "c": "d" })));
    assert_ne!(payload(json!("1")), payload(json!(1)));
    assert_ne!(payload(json!(null)), payload(json!("null")));
}

/// control: PCI-10.3.4, HIPAA-164.312-c
#[test]
fn swapped_dropped_inserted_and_repeated_records_are_found() {
    let (_, stored, head) = filled(&events(8));
    let renumber = |mut records: Vec<StoredRecord>| {
        (0..).zip(&mut records).for_each(|(index, record)| record.index = index);
        records
    };
    let root_differs = Some(BadRecord { index: None, reason: BadReason::RootDiffers });

    let mut swapped = stored.clone();
    swapped.swap(2, 5);
    assert_eq!(check(&swapped, &head, None).first_bad, found(2, BadReason::Misplaced));
    assert_eq!(check(&renumber(swapped), &head, None).first_bad, root_differs);

    let mut dropped = stored.clone();
    dropped.remove(3);
    assert_eq!(check(&dropped, &head, None).first_bad, found(3, BadReason::Misplaced));
    assert_eq!(check(&renumber(dropped), &head, None).first_bad, found(7, BadReason::Missing));
    assert_eq!(check(&stored[..7], &head, None).first_bad, found(7, BadReason::Missing));
    assert_eq!(check(&[], &head, None).first_bad, found(0, BadReason::Missing));

    let leaf = Leaf::of(&event(99)).unwrap();
    let mut inserted = stored.clone();
    inserted.insert(4, StoredRecord { index: 4, leaf: leaf.hash, content: leaf.content, payload: None });
    assert_eq!(check(&inserted, &head, None).first_bad, found(5, BadReason::Misplaced));
    assert_eq!(check(&renumber(inserted), &head, None).first_bad, found(8, BadReason::Surplus));

    let mut repeated = stored.clone();
    repeated.insert(1, stored[0].clone());
    assert_eq!(check(&repeated, &head, None).first_bad, found(1, BadReason::Misplaced));
    let mut replaced = stored.clone();
    replaced[1] = stored[0].clone();
    assert_eq!(check(&renumber(replaced), &head, None).first_bad, root_differs);

    let mut blank = stored.clone();
    blank[6].content.push(b' ');
    assert_eq!(check(&blank, &head, None).first_bad, found(6, BadReason::ContentChanged));
    assert!(check(&stored, &head, None).verified);
}

#[test]
fn only_the_first_of_many_faults_is_named() {
    let (_, mut stored, head) = filled(&events(8));
    stored[2].content.clear();
    stored[5].content.clear();
    stored.truncate(7);
    assert_eq!(check(&stored, &head, None).first_bad, found(2, BadReason::ContentChanged));
}

/// control: PCI-10.3.4
#[test]
fn a_log_cut_off_or_made_anew_is_found_against_an_older_head() {
    let all = events(12);
    let (log, _, _) = filled(&all[..7]);
    let older = wait(log.head()).unwrap();
    wait(log.append(&all)).unwrap();
    assert!(wait(log.verify_against(&older)).unwrap().verified);
    assert!(wait(log.verify_against(&TreeHead::empty())).unwrap().verified);
    assert!(wait(log.verify_against(&wait(log.head()).unwrap())).unwrap().verified);

    let (shorter, _, _) = filled(&all[..5]);
    assert!(wait(shorter.verify()).unwrap().verified, "by itself it looks whole");
    let verification = wait(shorter.verify_against(&older)).unwrap();
    assert_eq!(verification.first_bad, found(5, BadReason::Truncated));

    let mut rewritten = all.clone();
    rewritten[3].kind = EventKind::RolesChanged;
    let (rewritten, _, _) = filled(&rewritten);
    assert!(wait(rewritten.verify()).unwrap().verified, "by itself it looks whole");
    let bad = wait(rewritten.verify_against(&older)).unwrap().first_bad.unwrap();
    assert_eq!(bad, BadRecord { index: None, reason: BadReason::Rewritten });
    // A change behind the older head is no matter of the older head.
    let mut later = all;
    later[9].kind = EventKind::RolesChanged;
    assert!(wait(filled(&later).0.verify_against(&older)).unwrap().verified);

    let nonsense = TreeHead { size: 0, root: leaf_hash(b"") };
    assert_ne!(nonsense.root, empty_root());
    assert!(!wait(log.verify_against(&nonsense)).unwrap().verified);
}

/// A log whose head was set back; `grows` says that it is whole again when asked a second time.
struct SetBack {
    log: InMemoryAuditLog,
    head: TreeHead,
    grows: bool,
    asked: AtomicBool,
}

#[async_trait]
impl AuditLog for SetBack {
    async fn append(&self, events: &[DomainEvent]) -> Result<Vec<u64>, AuditError> {
        self.log.append(events).await
    }
    async fn head(&self) -> Result<TreeHead, AuditError> {
        let again = self.asked.swap(true, Ordering::Relaxed);
        if again && self.grows { self.log.head().await } else { Ok(self.head) }
    }
    async fn stored(&self, from: u64, limit: usize) -> Result<Vec<StoredRecord>, AuditError> {
        self.log.stored(from, limit).await
    }
}

#[test]
fn records_behind_the_head_are_found_unless_they_were_appended_meanwhile() {
    let (_, _, head) = filled(&events(3));
    for grows in [false, true] {
        let log = SetBack { log: filled(&events(5)).0, head, grows, asked: AtomicBool::new(false) };
        let verification = wait(log.verify()).unwrap();
        assert_eq!(verification.verified, grows);
        assert_eq!(verification.size, 3);
        assert_eq!(verification.first_bad, if grows { None } else { found(3, BadReason::Surplus) });
    }
}

#[test]
fn records_missing_before_the_head_are_found() {
    let (log, _, _) = filled(&events(4));
    log.state().contents.truncate(3);
    assert_eq!(wait(log.verify()).unwrap().first_bad, found(3, BadReason::Missing));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// control: PCI-10.3.4, HIPAA-164.312-c
    #[test]
    fn any_edit_of_any_field_of_any_record_is_found(
        events in prop::collection::vec(any_event(), 1..6).prop_map(|mut events| {
            events.sort_by(|a, b| a.id.cmp(&b.id));
            events.dedup_by(|a, b| a.id == b.id);
            events
        }),
        pick in any::<prop::sample::Index>(),
    ) {
        let (log, stored, head) = filled(&events);
        prop_assert!(wait(log.verify()).unwrap().verified);
        let records = wait(log.read(0, usize::MAX)).unwrap();
        prop_assert_eq!(records.into_iter().map(|record| record.event).collect::<Vec<_>>(), events);
        prop_assert!(every_edit_is_found(&stored, &head, pick.index(stored.len())) > 10);
    }
}

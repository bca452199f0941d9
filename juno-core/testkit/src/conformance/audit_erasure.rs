//! What every [`AuditLog`] that keeps personal parts apart has to do.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use juno_audit::{
    AuditLog, ErasureOrder, Hold, Person, PersonalFields, PersonalPart, Places, Retention, Sealing, TreeHead,
    Verification, erase, expire, holds, lift_hold, place_hold, verify_consistency, verify_inclusion,
    verify_jsonl, write_jsonl,
};
use juno_crypto::SystemRandom;
use juno_domain::{DomainEvent, ErrorKind, EventKind, PrincipalId};
use serde_json::{Value, json};

use super::audit_log::sample_event;

/// The text that stands in every personal part of the sample, and nowhere else.
pub const SECRET: &str = "Xylophone-7351 of Zo\u{eb}";

/// Runs every case on fresh, empty logs that `make` gives.
///
/// # Panics
/// If the log breaks the contract; the message says in which case and how.
pub async fn audit_erasure_suite(make: impl AsyncFn(Sealing) -> Arc<dyn AuditLog>) {
    sealed_records_read_and_prove_as_whole_ones(&*make(sample_sealing()).await).await;
    an_erased_person_is_gone_and_the_proofs_stay(&*make(sample_sealing()).await).await;
    holds_and_retention_are_kept_to(&*make(sample_sealing()).await).await;
    repeated_events_are_one_fact(&*make(sample_sealing()).await).await;
    erasing_takes_its_turn_with_appends(make(sample_sealing()).await).await;
}

/// Keeps the notes of votes and decisions apart: those of votes belong to who is named beside them.
///
/// # Panics
/// Never: the sample is fixed.
#[must_use]
pub fn sample_sealing() -> Sealing {
    let part =
        |person| PersonalPart { fields: ["/note".to_owned(), "/notes/0/text".to_owned()].into(), person };
    let fields = PersonalFields::new(BTreeMap::from([
        (EventKind::DecisionMade, part(Person::Actor)),
        (EventKind::VoteCast, part(Person::At("/of".into()))),
    ]));
    Sealing::new(fields.expect("the sample is sound"), Arc::new(SystemRandom))
}

/// The event `nth` of a log in which maria votes and ben decides, with a personal note each.
///
/// # Panics
/// Never: the sample is fixed.
#[must_use]
pub fn personal_event(nth: u64) -> DomainEvent {
    let kinds = [EventKind::VoteCast, EventKind::DecisionMade, EventKind::ExecutionFinished];
    let kind = kinds[nth as usize % 3];
    let mut payload =
        json!({ "of": "maria", "choice": "approve", "notes": [{ "text": 1 }, null], "nth": nth });
    if kind != EventKind::ExecutionFinished {
        payload["note"] = json!(format!("{SECRET} {nth}"));
        payload["notes"][0]["text"] = json!([SECRET]);
    }
    let actor = PrincipalId::new("ben").expect("a principal");
    DomainEvent { kind, payload: payload.into(), actor, ..sample_event(nth) }
}

/// An order to erase a person's parts.
///
/// # Panics
/// Never: the sample is fixed.
#[must_use]
pub fn sample_order(person: &str) -> ErasureOrder {
    let by = PrincipalId::new("dpo").expect("a principal");
    ErasureOrder { person: person.into(), by, reason: "on request".into() }
}

fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().expect("a time")
}

fn personal_events(count: u64) -> Vec<DomainEvent> {
    (0..count).map(personal_event).collect()
}

fn assert_whole(found: &Verification, erased: u64) {
    assert!(found.verified, "{found:?}");
    assert_eq!(found.erased, erased);
}

async fn sealed_records_read_and_prove_as_whole_ones(log: &dyn AuditLog) {
    let events = personal_events(9);
    log.append(&events).await.expect("append");
    let read: Vec<DomainEvent> =
        log.read(0, 99).await.expect("read").into_iter().map(|record| record.event).collect();
    assert_eq!(read, events);
    for stored in log.stored(0, 99).await.expect("stored") {
        assert!(!String::from_utf8_lossy(&stored.content).contains(SECRET), "record {}", stored.index);
        assert_eq!(stored.payload.is_some(), stored.index % 3 != 2);
    }
    assert_whole(&log.verify().await.expect("verify"), 0);
    let people: Vec<(u64, String)> =
        log.kept(None, None).await.expect("kept").into_iter().map(|kept| (kept.index, kept.person)).collect();
    let expected = [(0, "maria"), (1, "ben"), (3, "maria"), (4, "ben"), (6, "maria"), (7, "ben")];
    assert_eq!(people, expected.map(|(index, person)| (index, person.to_owned())));
}

async fn an_erased_person_is_gone_and_the_proofs_stay(log: &dyn AuditLog) {
    log.append(&personal_events(9)).await.expect("append");
    let older = log.head().await.expect("head");
    let before = log.stored(0, 9).await.expect("stored");
    let done = erase(log, &sample_order("maria"), now()).await.expect("erase");
    assert_eq!((done.receipt, done.records), (Some(9), Places::from_iter([0, 3, 6])));
    assert_whole(&log.verify_against(&older).await.expect("verify"), 3);
    let newer: TreeHead = log.head().await.expect("head");
    let proof = log.consistency_proof(9, 10).await.expect("consistency");
    assert!(verify_consistency(&proof, &older, &newer));
    let after = log.stored(0, 9).await.expect("stored");
    for (was, is) in before.iter().zip(&after) {
        assert_eq!((was.leaf, &was.content), (is.leaf, &is.content), "the record itself stays");
        let proof = log.inclusion_proof(is.index, 9).await.expect("inclusion");
        assert!(verify_inclusion(&proof, &is.leaf, &older));
    }
    let records = log.read(0, 99).await.expect("read");
    assert!(records[0].erased && records[0].event.payload.value().get("note").is_none());
    assert_eq!(records[1].event, personal_event(1), "somebody else's stays");
    assert_eq!(records[9].event.kind, EventKind::PayloadErased);
    assert_eq!(records[9].event.subject, "maria");
    let mut out = Vec::new();
    write_jsonl(log, &mut out).await.expect("export");
    assert_whole(&verify_jsonl(out.as_slice()).expect("read"), 3);
    let again = erase(log, &sample_order("maria"), now()).await.expect("again");
    assert_eq!((again.receipt, again.records.count()), (None, 0));
    // New events of the same person are kept again, and can be erased again.
    log.append(&[personal_event(30)]).await.expect("append");
    assert_eq!(log.read(10, 1).await.expect("read")[0].event, personal_event(30));
    let done = erase(log, &sample_order("maria"), now()).await.expect("erase");
    assert_eq!(done.records, Places::from_iter([10]));
    assert_whole(&log.verify_against(&older).await.expect("verify"), 4);
}

async fn holds_and_retention_are_kept_to(log: &dyn AuditLog) {
    let old = |nth: u64| DomainEvent { at: now() - TimeDelta::days(400), ..personal_event(nth) };
    let young = |nth: u64| DomainEvent { at: now() - TimeDelta::days(30), ..personal_event(nth) };
    log.append(&[old(0), old(1), young(3), young(4), old(6)]).await.expect("append");
    let counsel = PrincipalId::new("counsel").expect("a principal");
    let hold = Hold {
        name: "case-1".into(),
        person: Some("maria".into()),
        by: counsel.clone(),
        reason: "suit 4711".into(),
        at: now(),
    };
    place_hold(log, &hold).await.expect("hold");
    assert_eq!(holds(log).await.expect("holds"), [hold]);
    let refused = erase(log, &sample_order("maria"), now()).await.expect_err("held");
    assert_eq!(refused.kind(), ErrorKind::Denied);
    assert!(
        refused.to_string().contains("counsel") && refused.to_string().contains("suit 4711"),
        "{refused}"
    );
    let keeper = PrincipalId::new("juno:retention").expect("a principal");
    let year = Retention::months(12).expect("a year");
    let done = expire(log, year, &keeper, now()).await.expect("expire");
    assert_eq!(
        (done.records, done.held.len()),
        (Places::from_iter([1]), 1),
        "what is held and what is young stays"
    );
    let refused = expire(log, year, &keeper, now()).await.expect_err("all that is old is held");
    assert_eq!(refused.kind(), ErrorKind::Denied);
    lift_hold(log, "case-1", &counsel, "settled", now()).await.expect("lift");
    assert_eq!(holds(log).await.expect("holds"), []);
    let done = expire(log, year, &keeper, now()).await.expect("expire");
    assert_eq!(done.records, Places::from_iter([0, 4]));
    assert_whole(&log.verify().await.expect("verify"), 3);
    let kept: Vec<u64> =
        log.kept(None, None).await.expect("kept").into_iter().map(|kept| kept.index).collect();
    assert_eq!(kept, [2, 3]);
}

async fn repeated_events_are_one_fact(log: &dyn AuditLog) {
    log.append(&personal_events(6)).await.expect("append");
    let again: Vec<u64> = (0..6).collect();
    assert_eq!(
        log.append(&personal_events(6)).await.expect("again"),
        again,
        "another salt is no other content"
    );
    let mut other = personal_event(0);
    other.payload.change(|payload| payload["note"] = json!("something else"));
    let conflict = log.append(&[other.clone()]).await.expect_err("a personal part counts");
    assert_eq!(conflict.kind(), ErrorKind::Conflict);
    erase(log, &sample_order("maria"), now()).await.expect("erase");
    assert_eq!(log.append(&personal_events(6)).await.expect("again"), again);
    other.payload.change(|payload| payload["choice"] = Value::Null);
    let conflict = log.append(&[other]).await.expect_err("what is left still counts");
    assert_eq!(conflict.kind(), ErrorKind::Conflict);
    assert_eq!(log.kept(Some("maria"), None).await.expect("kept"), [], "repeating brings nothing back");
}

async fn erasing_takes_its_turn_with_appends(log: Arc<dyn AuditLog>) {
    log.append(&personal_events(6)).await.expect("append");
    let writer = {
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            for nth in 6..40 {
                log.append(&[personal_event(nth)]).await.expect("append meanwhile");
                tokio::task::yield_now().await;
            }
        })
    };
    let mut erased = 0;
    for _ in 0..4 {
        match erase(&*log, &sample_order("maria"), now()).await {
            Ok(done) => erased += done.records.count(),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}"),
        }
    }
    writer.await.expect("the writer");
    let found = log.verify().await.expect("verify");
    assert_whole(&found, erased);
    erase(&*log, &sample_order("maria"), now()).await.expect("erase the rest");
    assert_eq!(log.kept(Some("maria"), None).await.expect("kept"), []);
    assert!(log.verify().await.expect("verify").verified);
}

//! Erasing what lies beside the log with what the log keeps apart.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use juno_crypto::SeededRandom;
use juno_domain::{DomainEvent, ERASED, ErrorKind, EventId, EventKind, PrincipalId, Whose};
use serde_json::json;

use super::wait;
use crate::{
    AuditError, AuditLog, ErasureOrder, Hold, InMemoryAuditLog, PersonalFields, PersonalTexts, Retention,
    Sealing, erase_with, expire_with, place_hold,
};

/// Notes what it is asked to forget; fails as often as it is told.
#[derive(Default)]
struct Beside {
    asked: Mutex<Vec<Whose>>,
    failures: Mutex<u32>,
}

#[async_trait]
impl PersonalTexts for Beside {
    async fn forget(&self, whose: &Whose) -> Result<u64, AuditError> {
        self.asked.lock().unwrap().push(whose.clone());
        let mut failures = self.failures.lock().unwrap();
        if *failures > 0 {
            *failures -= 1;
            return Err(AuditError::Unavailable("not now".into()));
        }
        Ok(3)
    }
}

fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn vote(by: &str, at: DateTime<Utc>) -> DomainEvent {
    DomainEvent {
        id: EventId::new(format!("vote-{by}")).unwrap(),
        kind: EventKind::VoteCast,
        at,
        actor: PrincipalId::new(by).unwrap(),
        subject: "request-17".into(),
        team: None,
        payload: json!({ "vote": { "choice": "deny", "reason": "Bo is on leave" } }).into(),
    }
}

fn log(events: &[DomainEvent]) -> InMemoryAuditLog {
    let sealing = Sealing::new(PersonalFields::reasons(), Arc::new(SeededRandom::new(1)));
    let log = InMemoryAuditLog::with_sealing(sealing);
    wait(log.append(events)).unwrap();
    log
}

fn order(person: &str) -> ErasureOrder {
    ErasureOrder { person: person.into(), by: PrincipalId::new("dpo").unwrap(), reason: "asked for".into() }
}

fn hold(person: Option<&str>) -> Hold {
    let by = PrincipalId::new("counsel").unwrap();
    Hold { name: "case".into(), person: person.map(Into::into), by, reason: "suit 4711".into(), at: now() }
}

/// control: GDPR-17
#[test]
fn what_lies_beside_is_erased_with_the_log_and_again_where_that_failed() {
    let (log, beside) = (log(&[vote("maria", now())]), Beside::default());
    *beside.failures.lock().unwrap() = 1;
    let failed = wait(erase_with(&log, Some(&beside), &order("maria"), now())).unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Unavailable);
    let done = wait(erase_with(&log, Some(&beside), &order("maria"), now())).unwrap();
    assert_eq!((done.receipt, done.texts, done.clean), (None, 3, true), "the receipt was there before");
    let records = wait(log.read(0, 9)).unwrap();
    assert!(records[0].erased && records[1].event.kind == EventKind::PayloadErased);
    assert_eq!(*beside.asked.lock().unwrap(), vec![Whose::Person("maria".into()); 2]);
}

#[test]
fn a_hold_keeps_what_lies_beside_too() {
    let old = now() - TimeDelta::days(400);
    let (log, beside) = (log(&[vote("maria", old), vote("ben", old)]), Beside::default());
    wait(place_hold(&log, &hold(Some("maria")))).unwrap();
    let refused = wait(erase_with(&log, Some(&beside), &order("maria"), now())).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Denied);
    assert!(beside.asked.lock().unwrap().is_empty());
    let (six, dpo) = (Retention::months(6).unwrap(), PrincipalId::new("dpo").unwrap());
    let done = wait(expire_with(&log, Some(&beside), six, &dpo, now())).unwrap();
    assert_eq!((done.records.count(), done.texts), (1, 3));
    let (time, except) = (six.cutoff(now()).unwrap(), BTreeSet::from(["maria".to_owned()]));
    assert_eq!(*beside.asked.lock().unwrap(), [Whose::Before { time, except }]);
    // What a run left that failed after the log was done goes, although all that is left in the log is held.
    wait(expire_with(&log, Some(&beside), six, &dpo, now())).unwrap_err();
    assert_eq!(beside.asked.lock().unwrap().len(), 2);
    // With everybody held, nothing is asked for.
    wait(place_hold(&log, &hold(None))).unwrap();
    wait(expire_with(&log, Some(&beside), six, &dpo, now())).unwrap_err();
    assert_eq!(beside.asked.lock().unwrap().len(), 2);
}

#[test]
fn an_event_that_waits_can_be_erased_and_put_back_together() {
    let fields = PersonalFields::reasons();
    let whole = vote("maria", now());
    let (mut rest, person, part) = fields.apart(&whole).unwrap();
    assert_eq!((person.as_str(), rest.payload.value()["vote"]["reason"].as_str()), ("maria", Some(ERASED)));
    assert!(PersonalFields::rejoin(&mut rest, part) && rest == whole);
    let mut event = whole.clone();
    assert!(!fields.erase_from(&mut event, &Whose::Person("ben".into())) && event == whole);
    assert!(fields.erase_from(&mut event, &Whose::Person("maria".into())));
    assert_eq!(event.payload.value()["vote"]["reason"], ERASED);
    assert!(!fields.erase_from(&mut event, &Whose::Person("maria".into())), "there is nothing left");
    // What is empty stays so, and counts as nothing to erase.
    let proposal = json!({ "proposal": { "rationale": "why", "evidence": [{ "statement": "why" }] } });
    let mut other =
        DomainEvent { kind: EventKind::ProposalSubmitted, payload: proposal.into(), ..whole.clone() };
    for erased in [true, false] {
        assert_eq!(fields.erase_from(&mut other, &Whose::Person("maria".into())), erased);
        assert_eq!(*other.payload.value(), json!({ "proposal": { "rationale": ERASED, "evidence": [] } }));
    }
    // The log takes it for the event it was, once it has erased that too.
    let log = log(std::slice::from_ref(&whole));
    wait(erase_with(&log, None, &order("maria"), now())).unwrap();
    assert_eq!(wait(log.append(&[event])).unwrap(), [0]);
}

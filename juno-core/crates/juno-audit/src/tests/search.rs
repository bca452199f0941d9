use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use juno_domain::{DomainEvent, EventKind, PrincipalId, TeamId};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{event, events, filled, wait};
use crate::{AuditLog, AuditQuery, Facets, InMemoryAuditLog};

/// Three events of one request each: what was proposed about a ticket, a vote, and how it went.
fn story(nth: u64) -> [DomainEvent; 3] {
    let subject = format!("request-{nth}");
    let with = |part: u64, kind, payload: Value| DomainEvent {
        subject: subject.clone(),
        kind,
        payload: payload.into(),
        ..event(nth * 3 + part)
    };
    let kind = ["add_label", "close"][nth as usize % 2];
    let action = json!({ "type": kind, "issue": format!("PAY-{}", nth % 4) });
    [
        with(0, EventKind::ProposalSubmitted, json!({ "proposal": { "action": action } })),
        with(1, EventKind::VoteCast, json!({ "vote": { "choice": "approve" } })),
        with(2, EventKind::ExecutionFinished, json!({ "action": action, "state": "succeeded" })),
    ]
}

fn log() -> InMemoryAuditLog {
    let all: Vec<DomainEvent> = (0..20).flat_map(story).collect();
    filled(&all).0
}

fn found(log: &InMemoryAuditLog, query: AuditQuery) -> Vec<u64> {
    wait(log.search(&query)).unwrap().records.iter().map(|record| record.index).collect()
}

/// control: AIA-12-1, PCI-10.2.2
#[test]
fn every_way_to_search_finds_what_it_says() {
    let log = log();
    let query = AuditQuery::default;
    let text = |text: &str| Some(text.to_owned());
    let everything: Vec<u64> = (0..60).collect();
    assert_eq!(found(&log, query()), everything);
    let by_rule = |keep: fn(u64) -> bool| everything.iter().copied().filter(|n| keep(*n)).collect::<Vec<_>>();
    let actor = Some(PrincipalId::new("person-3").unwrap());
    assert_eq!(found(&log, AuditQuery { actor, ..query() }), by_rule(|n| n % 7 == 3));
    let team = Some(TeamId::new("payments").unwrap());
    assert_eq!(found(&log, AuditQuery { team, ..query() }), by_rule(|n| n % 2 == 0));
    let kind = Some(EventKind::VoteCast);
    assert_eq!(found(&log, AuditQuery { kind, ..query() }), by_rule(|n| n % 3 == 1));
    assert_eq!(found(&log, AuditQuery { outcome: text("approve"), ..query() }), by_rule(|n| n % 3 == 1));
    assert_eq!(found(&log, AuditQuery { outcome: text("succeeded"), ..query() }), by_rule(|n| n % 3 == 2));
    let closing = by_rule(|n| n / 3 % 2 == 1 && n % 3 != 1);
    assert_eq!(found(&log, AuditQuery { action: text("close"), ..query() }), closing);
    assert_eq!(found(&log, AuditQuery { subject: text("request-4"), ..query() }), [12, 13, 14]);
    // The votes on a ticket's requests name no ticket, and are found with them.
    assert_eq!(found(&log, AuditQuery { ticket: text("PAY-1"), ..query() }), by_rule(|n| n / 3 % 4 == 1));
    let both = AuditQuery { ticket: text("PAY-1"), kind, ..query() };
    assert_eq!(found(&log, both), by_rule(|n| n / 3 % 4 == 1 && n % 3 == 1));
    assert!(found(&log, AuditQuery { ticket: text("PAY-10"), ..query() }).is_empty());
    assert!(found(&log, AuditQuery { ticket: text("PAY-%"), ..query() }).is_empty());
}

#[test]
fn times_are_compared_as_times() {
    let at = |text: &str| -> DateTime<Utc> { text.parse().unwrap() };
    let times = [
        "2026-03-02T09:00:00Z",
        "2026-03-02T09:00:00.5Z",
        "2026-03-02T09:00:01Z",
        "2026-03-02T12:30:00+03:30",
    ];
    let all: Vec<DomainEvent> =
        (0..).zip(times).map(|(nth, time)| DomainEvent { at: at(time), ..event(nth) }).collect();
    let (log, ..) = filled(&all);
    let between = |from: &str, until: &str| {
        found(&log, AuditQuery { since: Some(at(from)), until: Some(at(until)), ..AuditQuery::default() })
    };
    assert_eq!(between("2026-03-02T09:00:00Z", "2026-03-02T09:00:01Z"), [0, 1, 3]);
    assert_eq!(between("2026-03-02T09:00:00.1Z", "2026-03-02T09:00:02Z"), [1, 2]);
}

#[test]
fn pages_follow_each_other_and_end() {
    let log = log();
    let mut query = AuditQuery { kind: Some(EventKind::VoteCast), limit: Some(7), ..AuditQuery::default() };
    let mut seen = Vec::new();
    loop {
        let page = wait(log.search(&query)).unwrap();
        assert!(page.records.len() <= 7);
        seen.extend(page.records.iter().map(|record| record.index));
        query.after = page.next;
        if page.next.is_none() {
            break;
        }
    }
    assert_eq!(seen, (0..20).map(|n| n * 3 + 1).collect::<Vec<u64>>());
    assert!(found(&log, AuditQuery { after: Some(u64::MAX), ..AuditQuery::default() }).is_empty());
    assert_eq!(found(&log, AuditQuery { limit: Some(0), ..AuditQuery::default() }), [0]);
}

#[test]
fn one_damaged_record_hides_no_other() {
    let (log, ..) = filled(&events(5));
    log.state().contents.replace(2, b"{");
    assert_eq!(found(&log, AuditQuery::default()), [0, 1, 3, 4]);
}

#[test]
fn an_unknown_field_of_a_query_is_an_error() {
    let wrong = serde_json::from_value::<AuditQuery>(json!({ "tickets": "PAY-1" }));
    assert!(wrong.unwrap_err().to_string().contains("tickets"));
    assert!(serde_json::from_value::<AuditQuery>(json!({ "kind": "party" })).is_err());
}

#[test]
fn facets_come_from_every_kind_of_payload() {
    let of = |payload: Value| Facets::of(&DomainEvent { payload: payload.into(), ..event(0) });
    let verdict = of(json!({ "decision": { "verdict": "approved" } }));
    assert_eq!(verdict.outcome.as_deref(), Some("approved"));
    assert_eq!(of(json!({ "ticket": 7, "action": [] })), Facets::default());
}

proptest! {
    #[test]
    fn what_is_found_is_what_matches(
        actor in prop::option::of(0..8_u64), outcome in prop::option::of(0..3_usize), after in prop::option::of(0..70_u64),
        limit in 1..30_usize,
    ) {
        let log = log();
        let query = AuditQuery {
            actor: actor.map(|n| PrincipalId::new(format!("person-{n}")).unwrap()),
            outcome: outcome.map(|n| ["approve", "succeeded", "none"][n].to_owned()),
            after,
            limit: Some(limit),
            ..AuditQuery::default()
        };
        let all = wait(log.read(0, 100)).unwrap();
        let expected: Vec<u64> = all
            .iter()
            .filter(|record| record.index >= query.start() && query.finds(record, &BTreeSet::new()))
            .map(|record| record.index)
            .collect();
        let page = wait(log.search(&query)).unwrap();
        prop_assert_eq!(page.next.is_some(), expected.len() > limit);
        let got: Vec<u64> = page.records.iter().map(|record| record.index).collect();
        prop_assert_eq!(&got[..], &expected[..expected.len().min(limit)]);
    }
}

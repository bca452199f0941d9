//! What every [`AuditLog`] has to do.

use std::collections::BTreeMap;
use std::sync::Arc;

use juno_audit::{
    AuditLog, AuditPage, AuditQuery, BadReason, InMemoryAuditLog, Leaf, TreeHead, Verification, drain,
    leaf_hash, root_of, verify_consistency, verify_inclusion, verify_jsonl, write_jsonl,
};
use juno_domain::{DomainEvent, ErrorKind, EventBuffer, EventId, EventKind, PrincipalId, TeamId};
use serde_json::{Value, json};

/// Runs every case, each on a fresh, empty log that `make` gives.
///
/// Call it inside a multi-threaded tokio runtime: some cases append from several tasks at once.
///
/// # Panics
/// If the log breaks the contract; the message says in which case and how.
pub async fn audit_log_suite(make: impl AsyncFn() -> Arc<dyn AuditLog>) {
    an_empty_log_is_whole(&*make().await).await;
    events_come_back_as_they_were_given(&*make().await).await;
    pages_follow_each_other(&*make().await).await;
    an_event_is_recorded_once(&*make().await).await;
    a_conflict_leaves_no_trace(&*make().await).await;
    an_event_without_canonical_form_leaves_no_trace(&*make().await).await;
    head_and_content_follow_the_definition(&*make().await).await;
    copies_do_not_change_the_log(&*make().await).await;
    older_heads_are_kept_to(&*make().await).await;
    records_and_the_past_are_proved(&*make().await).await;
    callers_at_once_share_one_order(make().await).await;
    an_outbox_drains_once(make().await).await;
    an_export_verifies(&*make().await).await;
    a_search_finds_what_a_scan_finds(&*make().await).await;
}

/// Runs what a log that outlives its handle has to do; every call of `open` opens the same, at first empty, store,
/// after all earlier handles are gone.
///
/// # Panics
/// If something is lost or changed between two handles.
pub async fn audit_log_reopening_suite(open: impl AsyncFn() -> Arc<dyn AuditLog>) {
    let mut heads = vec![TreeHead::empty()];
    for round in 0..4 {
        let log = open().await;
        assert_eq!(log.head().await.expect("head"), heads[round], "round {round}: head after reopening");
        let events = sample_events(round as u64 * 5, round as u64 * 5 + 5);
        log.append(&events).await.expect("append");
        // Known ids stay known, and conflicts stay conflicts.
        assert_eq!(log.append(&[sample_event(1)]).await.expect("again"), [1]);
        let other = DomainEvent { subject: "other".into(), ..sample_event(1) };
        assert_eq!(log.append(&[other]).await.expect_err("conflict").kind(), ErrorKind::Conflict);
        heads.push(log.head().await.expect("head"));
    }
    let log = open().await;
    assert_eq!(given_back(&*log).await, sample_events(0, 20));
    for head in &heads {
        assert_whole(&log.verify_against(head).await.expect("verify"));
    }
}

/// The sample event number `nth`: every kind, awkward text, fractions of a second, nested payload.
///
/// # Panics
/// Never: the sample is fixed.
#[must_use]
pub fn sample_event(nth: u64) -> DomainEvent {
    let kinds = [
        EventKind::ProposalSubmitted,
        EventKind::DecisionMade,
        EventKind::VoteCast,
        EventKind::RequestEscalated,
        EventKind::ExecutionFinished,
        EventKind::MemoryWritten,
        EventKind::SettingsChanged,
    ];
    let start: chrono::DateTime<chrono::Utc> = "2026-03-02T09:15:00Z".parse().expect("a time");
    DomainEvent {
        id: EventId::new(format!("event-{nth}")).expect("an id"),
        kind: kinds[nth as usize % kinds.len()],
        at: start + chrono::TimeDelta::nanoseconds(nth as i64 * 1_000_000_123),
        actor: PrincipalId::new(["maria", "Zoë \"z\" O'Neil", "a|b,c:d\\"][nth as usize % 3])
            .expect("a principal"),
        subject: format!("request-{}\n☃ \u{1F600}", nth / 3),
        team: nth.is_multiple_of(2).then(|| TeamId::new("payments").expect("a team")),
        payload: json!({
            "decision": "require_approval",
            "approver": null,
            "rule": "low-impact-labels",
            "policy": { "version": nth, "digest": "ab12", "\u{FB33}": 1, "\u{1F600}": 2 },
            "confidence": 0.1 + nth as f64 / 3.0,
            "reversible": true,
            "changes": [{ "field": "labels", "from": [], "to": ["stale", ""] }, -1, 1e21],
        })
        .into(),
    }
}

fn sample_events(from: u64, to: u64) -> Vec<DomainEvent> {
    (from..to).map(sample_event).collect()
}

async fn given_back(log: &dyn AuditLog) -> Vec<DomainEvent> {
    log.read(0, usize::MAX).await.expect("read").into_iter().map(|record| record.event).collect()
}

fn assert_whole(verification: &Verification) {
    assert!(verification.verified, "an untouched log must verify: {verification:?}");
    assert_eq!(verification.first_bad, None);
}

async fn an_empty_log_is_whole(log: &dyn AuditLog) {
    assert_eq!(log.head().await.expect("head"), TreeHead::empty());
    assert_eq!(log.read(0, 10).await.expect("read"), []);
    assert_whole(&log.verify().await.expect("verify"));
    assert_eq!(log.append(&[]).await.expect("append nothing"), [0_u64; 0]);
    assert_eq!(log.head().await.expect("head"), TreeHead::empty());
}

async fn events_come_back_as_they_were_given(log: &dyn AuditLog) {
    let mut events = sample_events(0, 30);
    events[7].payload = json!("x".repeat(300_000)).into();
    events[8].payload = Value::Null.into();
    events[9].at = chrono::DateTime::UNIX_EPOCH - chrono::TimeDelta::nanoseconds(1);
    assert_eq!(log.append(&events[..1]).await.expect("append"), [0]);
    assert_eq!(log.append(&events[1..]).await.expect("append"), (1..30).collect::<Vec<u64>>());
    assert_eq!(given_back(log).await, events);
    assert_whole(&log.verify().await.expect("verify"));
}

async fn pages_follow_each_other(log: &dyn AuditLog) {
    let events = sample_events(0, 2500);
    log.append(&events).await.expect("append");
    let mut seen = Vec::new();
    while let Some(last) = log.read(seen.len() as u64, 300).await.expect("read").last() {
        let page = log.read(seen.len() as u64, 300).await.expect("read");
        assert!(page.len() <= 300, "more than the limit");
        assert_eq!(page.first().map(|record| record.index), Some(seen.len() as u64));
        seen.extend(page.into_iter().map(|record| record.event));
        assert_eq!(last.index + 1, seen.len() as u64, "indices without gaps");
    }
    assert_eq!(seen, events);
    assert_eq!(log.read(3, 0).await.expect("nothing asked"), []);
    assert_eq!(log.read(2500, 10).await.expect("past the end"), []);
    assert_eq!(log.read(u64::MAX, usize::MAX).await.expect("far past the end"), []);
    assert_whole(&log.verify().await.expect("verify"));
}

async fn an_event_is_recorded_once(log: &dyn AuditLog) {
    log.append(&sample_events(0, 4)).await.expect("append");
    let head = log.head().await.expect("head");
    assert_eq!(log.append(&sample_events(0, 4)).await.expect("again"), [0, 1, 2, 3]);
    assert_eq!(log.append(&[sample_event(2)]).await.expect("again"), [2]);
    assert_eq!(log.head().await.expect("head"), head, "a repeated event must not change the log");
    let mixed = [sample_event(5), sample_event(1), sample_event(6), sample_event(5)];
    assert_eq!(log.append(&mixed).await.expect("mixed"), [4, 1, 5, 4]);
    assert_eq!(log.head().await.expect("head").size, 6);
    assert_whole(&log.verify().await.expect("verify"));
}

async fn a_conflict_leaves_no_trace(log: &dyn AuditLog) {
    log.append(&sample_events(0, 3)).await.expect("append");
    let head = log.head().await.expect("head");
    let changed = |nth| DomainEvent { payload: json!({ "decision": "allow" }).into(), ..sample_event(nth) };
    for batch in [
        vec![changed(1)],
        vec![sample_event(7), changed(1)],
        vec![changed(1), sample_event(7)],
        vec![sample_event(7), sample_event(8), changed(7)],
    ] {
        let error = log.append(&batch).await.expect_err("other content under a known id");
        assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
        assert_eq!(log.head().await.expect("head"), head, "all or nothing");
    }
    assert_eq!(log.append(&[sample_event(7)]).await.expect("what was refused may come again"), [3]);
    assert_whole(&log.verify_against(&head).await.expect("verify"));
}

async fn an_event_without_canonical_form_leaves_no_trace(log: &dyn AuditLog) {
    log.append(&sample_events(0, 2)).await.expect("append");
    let head = log.head().await.expect("head");
    let bad = DomainEvent { payload: json!({ "n": u64::MAX }).into(), ..sample_event(3) };
    let error = log.append(&[sample_event(2), bad]).await.expect_err("an integer no double holds");
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert_eq!(log.head().await.expect("head"), head, "all or nothing");
    assert_eq!(log.append(&[sample_event(2)]).await.expect("the good one"), [2]);
}

async fn head_and_content_follow_the_definition(log: &dyn AuditLog) {
    let mut contents: Vec<Vec<u8>> = Vec::new();
    for (size, event) in (1..).zip(sample_events(0, 40)) {
        log.append(std::slice::from_ref(&event)).await.expect("append");
        contents.push(Leaf::of(&event).expect("leaf").content);
        let head = TreeHead { size, root: root_of(&contents) };
        assert_eq!(log.head().await.expect("head"), head);
    }
    for (index, stored) in (0..).zip(log.stored(0, usize::MAX).await.expect("stored")) {
        assert_eq!(stored.index, index);
        assert_eq!(stored.content, contents[index as usize], "content is the canonical JSON of the event");
        assert_eq!(stored.leaf, leaf_hash(&stored.content));
    }
    let verification = log.verify().await.expect("verify");
    assert_eq!((verification.size, verification.root), (40, root_of(&contents)));
}

async fn copies_do_not_change_the_log(log: &dyn AuditLog) {
    let mut events = sample_events(0, 3);
    log.append(&events).await.expect("append");
    events[0].payload = Value::Null.into();
    for record in &mut log.read(0, 3).await.expect("read") {
        record.index += 7;
        record.event.payload.change(|payload| payload["decision"] = json!("allow"));
    }
    log.stored(0, 3).await.expect("stored").iter_mut().for_each(|record| record.content.clear());
    assert_eq!(given_back(log).await, sample_events(0, 3));
    assert_whole(&log.verify().await.expect("verify"));
}

async fn older_heads_are_kept_to(log: &dyn AuditLog) {
    let mut heads = vec![TreeHead::empty()];
    for chunk in sample_events(0, 20).chunks(3) {
        log.append(chunk).await.expect("append");
        heads.push(log.head().await.expect("head"));
    }
    for head in &heads {
        assert_whole(&log.verify_against(head).await.expect("verify"));
    }
    let later = TreeHead { size: 21, ..heads[7] };
    let first_bad = log.verify_against(&later).await.expect("verify").first_bad.expect("a longer past");
    assert_eq!((first_bad.index, first_bad.reason), (Some(20), BadReason::Truncated));
    let other = TreeHead { root: heads[3].root, ..heads[2] };
    let first_bad = log.verify_against(&other).await.expect("verify").first_bad.expect("another past");
    assert_eq!(first_bad.reason, BadReason::Rewritten);
}

async fn records_and_the_past_are_proved(log: &dyn AuditLog) {
    assert_eq!(log.inclusion_proof(0, 0).await.expect_err("no record").kind(), ErrorKind::InvalidInput);
    let mut heads = vec![TreeHead::empty()];
    for event in sample_events(0, 13) {
        log.append(&[event]).await.expect("append");
        heads.push(log.head().await.expect("head"));
        // Every proof of the past can still be had, and shows what it says and nothing else.
        let newest = heads.last().expect("a head");
        for older in &heads {
            let proof = log.consistency_proof(older.size, newest.size).await.expect("consistency");
            assert!(verify_consistency(&proof, older, newest), "{} in {}", older.size, newest.size);
        }
    }
    for stored in log.stored(0, 13).await.expect("stored") {
        for head in heads.iter().filter(|head| head.size > stored.index) {
            let proof = log.inclusion_proof(stored.index, head.size).await.expect("inclusion");
            assert!(verify_inclusion(&proof, &stored.leaf, head), "{} in {}", stored.index, head.size);
            assert!(!verify_inclusion(&proof, &leaf_hash(b"another"), head));
        }
    }
    for (index, size) in [(13, 13), (0, 14), (5, 5), (u64::MAX, u64::MAX)] {
        let error = log.inclusion_proof(index, size).await.expect_err("outside the log");
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{index} in {size}");
    }
    for (older, newer) in [(5, 4), (0, 14), (14, 14)] {
        let error = log.consistency_proof(older, newer).await.expect_err("outside the log");
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{older} in {newer}");
    }
}

async fn callers_at_once_share_one_order(log: Arc<dyn AuditLog>) {
    let tasks: Vec<_> = (0..8_u64)
        .map(|caller| {
            let log = Arc::clone(&log);
            tokio::spawn(async move {
                let mut given = Vec::new();
                for step in 0..12 {
                    // Neighbours overlap: each event is appended by four callers.
                    let from = (caller * 3 + step * 24) % 288;
                    let batch = sample_events(from, from + 12);
                    let indices = log.append(&batch).await.expect("append");
                    given.extend(batch.into_iter().map(|event| event.id).zip(indices));
                    assert_whole(&log.verify().await.expect("verify meanwhile"));
                }
                given
            })
        })
        .collect();
    let mut index_of: BTreeMap<EventId, u64> = BTreeMap::new();
    for task in tasks {
        for (id, index) in task.await.expect("a caller") {
            let first = *index_of.entry(id.clone()).or_insert(index);
            assert_eq!(first, index, "two indices for `{id}`");
        }
    }
    let records = log.read(0, usize::MAX).await.expect("read");
    assert_eq!(records.len(), index_of.len(), "each event once");
    for record in records {
        assert_eq!(index_of.get(&record.event.id), Some(&record.index));
    }
    assert_whole(&log.verify().await.expect("verify"));
}

async fn an_outbox_drains_once(log: Arc<dyn AuditLog>) {
    let outbox = Arc::new(EventBuffer::default());
    outbox.push_all(&sample_events(0, 700));
    let drains: Vec<_> = (0..4)
        .map(|_| {
            let (outbox, log) = (Arc::clone(&outbox), Arc::clone(&log));
            tokio::spawn(async move { drain(&*outbox, &*log).await })
        })
        .collect();
    for drain in drains {
        drain.await.expect("a drain").expect("no refusal");
    }
    assert!(outbox.waiting(1).is_empty(), "everything is acknowledged");
    assert_eq!(log.head().await.expect("head").size, 700);
    assert_whole(&log.verify().await.expect("verify"));
}

async fn an_export_verifies(log: &dyn AuditLog) {
    log.append(&sample_events(0, 1100)).await.expect("append");
    let mut bytes = Vec::new();
    let head = write_jsonl(log, &mut bytes).await.expect("export");
    assert_eq!(head, log.head().await.expect("head"));
    let verification = verify_jsonl(bytes.as_slice()).expect("read");
    assert_whole(&verification);
    assert_eq!((verification.size, verification.root), (head.size, head.root));
}

/// Queries of every kind are answered as a log in memory answers them, which reads every record.
async fn a_search_finds_what_a_scan_finds(log: &dyn AuditLog) {
    let model = InMemoryAuditLog::new();
    assert_eq!(log.search(&AuditQuery::default()).await.expect("search nothing"), AuditPage::default());
    let mut events = sample_events(0, 90);
    for (nth, event) in events.iter_mut().enumerate() {
        let kind = ["close", "add_label"][nth % 2];
        let action = json!({ "type": kind, "issue": format!("PAY_{}", nth / 9) });
        event.payload.change(|payload| payload["action"] = if nth % 3 == 0 { action } else { Value::Null });
        event.payload.change(|payload| payload["state"] = ["succeeded", "failed'--", "☃"][nth % 3].into());
    }
    // Searched before all is there: what comes later is found later.
    for part in events.chunks(40) {
        log.append(part).await.expect("append");
        model.append(part).await.expect("append");
        for query in sample_queries(&events[50]) {
            let mut query = query;
            loop {
                let found = log.search(&query).await.expect("search");
                assert_eq!(found, model.search(&query).await.expect("scan"), "{query:?}");
                query.after = found.next;
                if found.next.is_none() {
                    break;
                }
            }
        }
    }
}

fn sample_queries(event: &DomainEvent) -> Vec<AuditQuery> {
    let all = AuditQuery { limit: Some(7), ..AuditQuery::default() };
    let text = |text: &str| Some(text.to_owned());
    let mut queries = vec![
        all.clone(),
        AuditQuery { actor: Some(event.actor.clone()), ..all.clone() },
        AuditQuery { kind: Some(event.kind), ..all.clone() },
        AuditQuery { team: event.team.clone(), since: Some(event.at), ..all.clone() },
        AuditQuery { subject: Some(event.subject.clone()), ..all.clone() },
        AuditQuery { until: Some(event.at), after: Some(9), ..all.clone() },
        AuditQuery { since: Some(chrono::DateTime::<chrono::Utc>::MAX_UTC), ..all.clone() },
        AuditQuery { until: Some(chrono::DateTime::<chrono::Utc>::MIN_UTC), ..all.clone() },
        AuditQuery { after: Some(u64::MAX), ..all.clone() },
    ];
    for action in ["close", "add_label", "%"] {
        queries.push(AuditQuery { action: text(action), ..all.clone() });
    }
    for ticket in ["PAY_1", "PAY-1", "PAY_", "' OR 1=1 --"] {
        queries.push(AuditQuery { ticket: text(ticket), ..all.clone() });
        queries.push(AuditQuery { ticket: text(ticket), kind: Some(event.kind), ..all.clone() });
    }
    for outcome in ["succeeded", "failed'--", "☃", ""] {
        queries.push(AuditQuery { outcome: text(outcome), actor: Some(event.actor.clone()), ..all.clone() });
    }
    queries
}

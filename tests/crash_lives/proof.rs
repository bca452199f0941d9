//! What has to be true after a kill, and after another process went on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::TimeDelta;
use juno_core::action::ExecutionState;
use juno_core::agent::Stores;
use juno_core::audit::AuditRecord;
use juno_core::crypto::digest_of;
use juno_core::domain::{EventKind, RequestId};
use juno_core::governance::{RequestFilter, StateKind};
use juno_testkit::faults::Faults;
use serde_json::json;

use crate::host::{Host, World, start};
use crate::lives::{person, strict};

/// Nothing that was acknowledged is lost.
pub(crate) async fn nothing_is_lost(stores: &Stores, told: &BTreeSet<String>, cut: &str) {
    let waiting = stores.outbox.waiting(10_000).await.expect("waiting");
    for fact in told {
        let words: Vec<&str> = fact.split(' ').collect();
        let number = |text: &str| text.parse::<u64>().expect("a number");
        match words[..] {
            ["request", id, version] => {
                let request = stores.approvals.get(&RequestId::new(id).expect("an id")).await.expect("get");
                assert!(request.expect(cut).version() >= number(version), "{cut}: {fact}");
            }
            ["execution", id, version] => {
                let execution =
                    stores.executions.get(&RequestId::new(id).expect("an id")).await.expect("get");
                assert!(execution.expect(cut).version >= number(version), "{cut}: {fact}");
            }
            ["records", size] => {
                assert!(stores.audit.head().await.expect("head").size >= number(size), "{cut}: {fact}");
            }
            ["stopped"] | ["resumed"] => {
                let records = stores.audit.read(0, 10_000).await.expect("read");
                let events = records.iter().map(|record| &record.event).chain(&waiting);
                let switched =
                    events.filter(|event| event.subject == "stopped").map(|event| event.payload.value());
                let wanted = json!(*fact == "stopped");
                assert!(switched.into_iter().any(|payload| payload["stopped"] == wanted), "{cut}: {fact}");
            }
            ["changed"] | ["erased"] | ["whole"] => {}
            _ => panic!("{fact}"),
        }
    }
}

/// Another process goes on, until nothing is left to do, and all is as the log says.
pub(crate) async fn another_process_goes_on(
    stores: Stores,
    folder: &Path,
    life: &str,
    told: &BTreeSet<String>,
    cut: &str,
) {
    let host = Host::open(stores, folder, &Faults::new(), start() + TimeDelta::days(5)).await;
    let gate = &host.juno.gate;
    gate.recover().await.unwrap_or_else(|error| panic!("{cut}: {error}"));
    if life == "plan" {
        let requests = host.stores.approvals.list(&RequestFilter::default()).await.expect("list");
        let mut ids: Vec<_> =
            requests.iter().map(|one| (one.proposal().id.clone(), one.id().clone())).collect();
        ids.sort();
        let ids: Vec<RequestId> = ids.into_iter().map(|(_, id)| id).collect();
        // It goes on where it stands, or says why not: a step was never approved, or its approval is too old.
        drop(gate.execute_plan(&ids).await);
    }
    for _ in 0..10 {
        if gate.pending().await.expect("pending").is_empty() {
            break;
        }
        host.wait(TimeDelta::hours(30));
        gate.tick().await.unwrap_or_else(|error| panic!("{cut}: {error}"));
    }
    host.wait(TimeDelta::hours(2));
    gate.recover().await.unwrap_or_else(|error| panic!("{cut}: {error}"));
    if told.contains("changed") {
        assert!(gate.policy_version().starts_with("strict@"), "{cut}");
    }
    if life == "erase" {
        erased(&host, told, cut).await;
    }
    all_is_as_the_log_says(&host, folder, life, cut).await;
}

async fn erased(host: &Host, told: &BTreeSet<String>, cut: &str) {
    let kept = |person: &'static str| host.stores.audit.kept(Some(person), None);
    let receipts = host.stores.audit.read(0, 10_000).await.expect("read");
    let receipts = receipts.iter().filter(|record| record.event.kind == EventKind::PayloadErased).count();
    assert!(receipts == 1 || !told.contains("erased"), "{cut}: {receipts} receipts");
    // Whoever asks again, as one does who got no answer, gets it.
    host.juno
        .audit
        .erase("lea", &person("ada"), "she asked")
        .await
        .unwrap_or_else(|error| panic!("{cut}: {error}"));
    assert_eq!(kept("lea").await.expect("kept"), [], "{cut}");
    let verified = host.juno.audit.verify().await.expect("verify");
    assert!(verified.verified, "{cut}: {:?}", verified.first_bad);
}

async fn all_is_as_the_log_says(host: &Host, folder: &Path, life: &str, cut: &str) {
    let stores = &host.stores;
    let verified = stores.audit.verify().await.expect("verify");
    assert!(verified.verified, "{cut}: {:?}", verified.first_bad);
    assert_eq!(stores.outbox.waiting(1).await.expect("waiting"), [], "{cut}");
    let records = stores.audit.read(0, 10_000).await.expect("read");
    let ids: BTreeSet<String> = records.iter().map(|record| record.event.id.to_string()).collect();
    assert_eq!(ids.len(), records.len(), "{cut}: each event is recorded once");

    let effects = World::in_folder(folder).effects();
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    effects.iter().for_each(|key| *times.entry(key).or_default() += 1);
    assert!(times.values().all(|times| *times == 1), "{cut}: at most one effect: {times:?}");

    for request in stores.approvals.list(&RequestFilter::default()).await.expect("list") {
        let about = format!("{cut}: {} {:?}", request.proposal().id, request.kind());
        assert_ne!(request.kind(), StateKind::Pending, "{about}: further ticks end it");
        assert_eq!(Some(request.kind()), kind_in(&records, request.id()), "{about}");
        let version = |version: u64| {
            let id =
                |kind: &EventKind| digest_of(&("approval", request.id(), version, *kind)).expect("a digest");
            STEPS.iter().any(|kind| ids.contains(&id(kind).to_string()))
        };
        assert!((1..=request.version()).all(version), "{about}: each version has its record");
        assert!(!version(request.version() + 1), "{about}: no record is ahead of its state");

        let Some(execution) = stores.executions.get(request.id()).await.expect("get") else {
            assert_eq!(state_in(&records, request.id()), None, "{about}");
            continue;
        };
        assert_eq!(request.kind(), StateKind::Authorized, "{about}: only what was authorized began");
        let state = execution.state;
        if let Some(recorded) = state_in(&records, request.id()) {
            assert_eq!(serde_json::to_value(state).expect("a state"), recorded, "{about}");
        } else {
            assert_eq!(state, ExecutionState::Approved, "{about}: it waits for its turn");
        }
        let mut seen = |key: &str| times.remove(key).is_some();
        let (done, undone) = (seen(&execution.idempotency_key), seen(&execution.reversal_key()));
        match state {
            // A change of the rules changes no file.
            ExecutionState::Succeeded => assert!((done && !undone) || life == "rules", "{about}"),
            ExecutionState::Failed | ExecutionState::Approved => assert!(!done && !undone, "{about}"),
            ExecutionState::Reversed => assert!(done && undone, "{about}"),
            // Only the host could say how what it did itself ended.
            ExecutionState::Unknown => assert!(life == "permits" || life == "rules", "{about}"),
            other => panic!("{about}: {other}"),
        }
        if life == "rules" {
            let changed = host.juno.gate.policy_version().starts_with(&strict().name);
            assert_eq!(changed, state == ExecutionState::Succeeded, "{about}");
        }
    }
    assert!(times.is_empty(), "{cut}: an effect of nothing: {times:?}");
}

/// What may have happened to a request in one step.
const STEPS: [EventKind; 8] = [
    EventKind::ProposalSubmitted,
    EventKind::DecisionMade,
    EventKind::VoteCast,
    EventKind::RequestEscalated,
    EventKind::RequestHeld,
    EventKind::RequestCancelled,
    EventKind::RequestWithdrawn,
    EventKind::AuthorizationIssued,
];

/// The state of a request by its records alone.
fn kind_in(records: &[AuditRecord], id: &RequestId) -> Option<StateKind> {
    records.iter().filter(|record| record.event.subject == id.as_str()).fold(None, |state, record| {
        let payload = record.event.payload.value();
        match record.event.kind {
            EventKind::ProposalSubmitted => Some(StateKind::Pending),
            EventKind::RequestCancelled | EventKind::RequestWithdrawn => Some(StateKind::Cancelled),
            EventKind::AuthorizationIssued => Some(StateKind::Authorized),
            EventKind::DecisionMade => match payload["decision"]["verdict"].as_str() {
                Some("approval_required") => Some(StateKind::Pending),
                Some("approved" | "auto_approved") => Some(StateKind::Approved),
                Some("denied") => Some(StateKind::Denied),
                Some("expired") => Some(StateKind::Expired),
                Some("cancelled") => Some(StateKind::Cancelled),
                other => panic!("{other:?}"),
            },
            _ => state,
        }
    })
}

/// The state of an execution by its records alone.
fn state_in(records: &[AuditRecord], id: &RequestId) -> Option<serde_json::Value> {
    let of = |record: &&AuditRecord| {
        let kinds = [EventKind::ExecutionStarted, EventKind::ExecutionFinished];
        record.event.subject == id.as_str() && kinds.contains(&record.event.kind)
    };
    Some(records.iter().rfind(of)?.event.payload.value()["state"].clone())
}

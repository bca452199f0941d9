//! Several processes on one SQLite file, and processes that are killed while they write.
//!
//! A test starts its own executable again; the child finds its order in the environment, writes, and says on its
//! standard output what was acknowledged.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chrono::TimeDelta;
use juno_action::{Execution, ExecutionState, ExecutionStore, Limits};
use juno_audit::{AuditLog, Outbox, drain};
use juno_domain::{DomainEvent, EventId, EventKind, MemoryId, PrincipalId, RequestId, TenantId};
use juno_governance::{ApprovalEvent, ApprovalStore, Ballot, RequestFilter, transition};
use juno_memory::{Memory, MemoryFilter, MemoryKind, MemoryScope, MemoryStore, RecallQuery, written_event};
use juno_sqlite::{SqliteConfig, SqliteStore};
use juno_testkit::conformance::{approval_sample, audit_log, execution_store};

/// Where a child finds its order: a name of its own, how many rounds to write, and the file.
const ORDER: &str = "JUNO_CRASH_ORDER";

/// How many processes are killed: 15, or as many as `JUNO_KILLS` says.
fn kills() -> u64 {
    std::env::var("JUNO_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(15)
}

fn scope() -> MemoryScope {
    MemoryScope::tenant_wide(TenantId::new("acme").expect("a tenant"))
}

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path, SqliteConfig::default()).expect("open")
}

fn child(name: &str, rounds: usize, path: &Path) -> Child {
    Command::new(std::env::current_exe().expect("this executable"))
        .args(["the_child_that_writes", "--exact", "--nocapture"])
        .env(ORDER, format!("{name}|{rounds}|{}", path.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("a child")
}

/// Writes of every kind, one after the other, each acknowledged after it returned. Does nothing unless a test started
/// it.
#[tokio::test]
async fn the_child_that_writes() {
    let Ok(order) = std::env::var(ORDER) else { return };
    let [name, rounds, path] = order.splitn(3, '|').collect::<Vec<_>>()[..] else { panic!("{order}") };
    let store = open(Path::new(path));
    for round in 0..rounds.parse::<usize>().expect("a number") {
        write_round(&store, &format!("{name}-{round}")).await;
    }
}

async fn write_round(store: &SqliteStore, id: &str) {
    let start = approval_sample::start();
    let (memory_id, source) = (MemoryId::new(id).expect("an id"), "crash test");
    let memory =
        Memory::new(memory_id, MemoryKind::Episodic, scope(), format!("deployed {id}"), source, start);
    let event = written_event(&memory, &PrincipalId::new("ada").expect("a principal")).expect("an event");
    store.memory().put(&memory, &[event]).await.expect("put");
    println!("ack memory {id}");

    let (request, events) = approval_sample::sample_request(id, "pay", start);
    store.approvals().create(&request, &events).await.expect("create");
    println!("ack request {} 1", request.id());
    let lead = PrincipalId::new("lead").expect("a principal");
    let vote = ApprovalEvent::Vote(Ballot::approve(&request, lead, "fine"));
    let (next, events) = transition(&request, &vote, &approval_sample::roles(), start + TimeDelta::hours(1))
        .expect("a legal step");
    store.approvals().transition(request.version(), &next, &events).await.expect("transition");
    println!("ack request {} 2", request.id());

    let execution = execution_store::sample_execution(request.id().as_str(), start);
    store.executions().create(&execution, &Limits::NONE, &[record(&execution)]).await.expect("create");
    println!("ack execution {} started", request.id());
    let done = Execution { version: 3, state: ExecutionState::Succeeded, ended_at: Some(start), ..execution };
    store.executions().transition(2, &done, &[record(&done)]).await.expect("transition");
    println!("ack execution {} succeeded", request.id());

    drain(&store.outbox(), &store.audit()).await.expect("drain");
    println!("ack size {}", store.audit().head().await.expect("head").size);
}

fn record(execution: &Execution) -> DomainEvent {
    let kind = match execution.state {
        ExecutionState::Executing => EventKind::ExecutionStarted,
        _ => EventKind::ExecutionFinished,
    };
    DomainEvent {
        id: EventId::new(format!("{} {}", execution.request, execution.state)).expect("an id"),
        kind,
        subject: execution.request.to_string(),
        ..audit_log::sample_event(0)
    }
}

/// Everything a file says happened, and whether it adds up: each state has its records, each record its state.
async fn states_and_records(store: &SqliteStore) -> (BTreeSet<String>, u64) {
    let logged = store.audit().read(0, usize::MAX).await.expect("read");
    let waiting = store.outbox().waiting(usize::MAX).await.expect("waiting");
    // Drained and not yet acknowledged, an event stands in both, and is one all the same.
    let events = logged.into_iter().map(|record| record.event).chain(waiting);
    let once: BTreeMap<EventId, DomainEvent> = events.map(|event| (event.id.clone(), event)).collect();
    let mut records: BTreeMap<(EventKind, String), usize> = BTreeMap::new();
    for event in once.into_values() {
        *records.entry((event.kind, event.subject)).or_default() += 1;
    }

    let mut facts = BTreeSet::new();
    let mut expected: BTreeMap<(EventKind, String), usize> = BTreeMap::new();
    let mut expect = |kind, subject: &str| *expected.entry((kind, subject.to_owned())).or_default() += 1;
    let everything = MemoryFilter { limit: MemoryFilter::MAX_LIMIT, ..MemoryFilter::new(scope()) };
    for memory in store.memory().list(&everything, approval_sample::start()).await.expect("list") {
        expect(EventKind::MemoryWritten, memory.id.as_str());
        facts.insert(format!("memory {}", memory.id));
    }
    // What stands in the table stands in the index of words, and nothing else does.
    let query = RecallQuery::new("deployed", everything);
    let found = store.memory().recall(&query, approval_sample::start()).await.expect("recall");
    let found: BTreeSet<String> = found.into_iter().map(|hit| format!("memory {}", hit.memory.id)).collect();
    assert_eq!(found, facts, "the index is the table");
    for request in store.approvals().list(&RequestFilter::default()).await.expect("list") {
        let id = request.id().as_str();
        expect(EventKind::ProposalSubmitted, id);
        expect(EventKind::DecisionMade, id);
        if request.version() == 2 {
            expect(EventKind::VoteCast, id);
            expect(EventKind::DecisionMade, id);
        }
        facts.extend((1..=request.version()).map(|version| format!("request {id} {version}")));
        if let Some(execution) = store.executions().get(request.id()).await.expect("get") {
            expect(EventKind::ExecutionStarted, id);
            facts.insert(format!("execution {id} started"));
            if execution.state == ExecutionState::Succeeded {
                expect(EventKind::ExecutionFinished, id);
                facts.insert(format!("execution {id} succeeded"));
            }
        }
    }
    assert_eq!(records, expected, "no state without its record, no record without its state");
    assert!(store.check().expect("check").is_sound());
    let verified = store.audit().verify().await.expect("verify");
    assert!(verified.verified, "{:?}", verified.first_bad);
    (facts, verified.size)
}

#[tokio::test]
async fn a_kill_at_any_instant_loses_no_acknowledged_write_and_splits_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("juno.db");
    let mut acknowledged: BTreeSet<String> = BTreeSet::new();
    let mut size = 0;
    for round in 0..kills() {
        let mut child = child(&format!("k{round}"), 1_000_000, &path);
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let first = lines.by_ref().map(|line| line.expect("text")).find(|line| line.starts_with("ack "));
        // After the first acknowledgement, at instants that do not beat with the writes.
        std::thread::sleep(Duration::from_micros((round * 7_919) % 40_000));
        child.kill().expect("kill");
        child.wait().expect("wait");
        for line in first.into_iter().chain(lines.map_while(Result::ok)) {
            match line.strip_prefix("ack size ") {
                Some(number) => size = number.parse::<u64>().expect("a number").max(size),
                None => acknowledged.extend(line.strip_prefix("ack ").map(str::to_owned)),
            }
        }
        let store = open(&path);
        let (facts, logged) = states_and_records(&store).await;
        let lost: Vec<&String> = acknowledged.difference(&facts).collect();
        assert!(lost.is_empty(), "acknowledged and gone: {lost:?}");
        assert!(logged >= size, "the log shrank from {size} to {logged}");
    }
    assert!(acknowledged.len() as u64 > kills(), "the children wrote something");
}

/// F-02: eight at once failed in three rounds of eight.
#[tokio::test]
async fn eight_processes_at_once_share_one_fresh_file() {
    for _ in 0..2 {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("new").join("juno.db");
        let children: Vec<Child> = (0..8).map(|nth| child(&format!("p{nth}"), 4, &path)).collect();
        for child in children {
            let output = child.wait_with_output().expect("its output");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        }
        let store = open(&path);
        let (facts, size) = states_and_records(&store).await;
        assert_eq!(facts.len(), 8 * 4 * 5, "a memory, two versions and two states in each round");
        assert_eq!(size, 8 * 4 * 7, "and each of their events once, every one drained");
        assert_eq!(store.outbox().waiting(1).await.expect("waiting"), []);
    }
}

/// One process after another works on one file.
#[tokio::test]
async fn one_process_after_another_goes_on_where_the_last_one_ended() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("juno.db");
    for nth in 0..3_u64 {
        let output = child(&format!("p{nth}"), 2, &path).wait_with_output().expect("its output");
        assert!(output.status.success());
        let (facts, size) = states_and_records(&open(&path)).await;
        assert_eq!((facts.len() as u64, size), ((nth + 1) * 10, (nth + 1) * 14));
        let request =
            facts.iter().find_map(|fact| fact.strip_prefix("execution ")?.strip_suffix(" succeeded"));
        let request = RequestId::new(request.expect("one was executed")).expect("an id");
        let again = execution_store::sample_execution(request.as_str(), approval_sample::start());
        let refused = open(&path).executions().create(&again, &Limits::NONE, &[]).await;
        assert!(refused.is_err(), "what ran in another process does not run again");
    }
}

//! A process that is killed with `kill -9` at each call to a store and to the outside world on its way from a proposal to
//! a proved outcome, on SQLite and on PostgreSQL; and what the next process makes of it.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use juno_action::{
    ActionError, ActionExecutor, DryRunExecutor, Effect, ExecutionState, ExecutionStore, GateGuard, Preview,
    Probe, Runner, inverse_of,
};
use juno_audit::{AuditLog, Outbox, drain};
use juno_domain::{Action, FixedClock, PrincipalId, Probability, RequestId};
use juno_governance::{
    ApprovalStore, Ballot, DefaultPolicy, Gate, PolicyRules, PolicySettings, StateKind, request_id,
};
use juno_postgres::{PostgresConfig, PostgresStore};
use juno_sqlite::{SqliteConfig, SqliteStore};
use juno_testkit::conformance::approval_sample::{roles, sample_proposal, start};
use juno_testkit::faults::{
    Faults, FaultyApprovalStore, FaultyAuditLog, FaultyExecutionStore, FaultyExecutor, FaultyOutbox, When,
};
use juno_testkit::services::postgres_url;
use tokio_postgres::NoTls;

/// Where a child finds its order: at which call it dies, before or after it, the stores, and the folder.
const ORDER: &str = "JUNO_KILL_ORDER";

/// A line in a file for each effect.
struct Files(PathBuf);

impl Files {
    fn effects(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.0.join("effects")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

#[async_trait]
impl ActionExecutor for Files {
    fn name(&self) -> &str {
        "files"
    }

    async fn preview(&self, action: &Action) -> Result<Preview, ActionError> {
        DryRunExecutor.preview(action).await
    }

    async fn execute(&self, _: &Action, key: &str) -> Result<Effect, ActionError> {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(self.0.join("effects"));
        let written = file.and_then(|mut file| writeln!(file, "{key}"));
        written.map_err(|error| ActionError::Uncertain(error.to_string()))?;
        Ok(Effect { dry_run: false, detail: "written".into() })
    }

    async fn inverse(&self, action: &Action) -> Result<Option<Action>, ActionError> {
        Ok(inverse_of(action))
    }

    fn can_probe(&self) -> bool {
        true
    }

    async fn probe(&self, _: &Action, key: &str, _: u64) -> Result<Probe, ActionError> {
        // Whoever was to write is dead: what is not there will not come.
        let there = self.effects().iter().any(|line| line == key);
        Ok(if there { Probe::Done("found".into()) } else { Probe::NotDone("not there".into()) })
    }
}

struct Stores {
    approvals: Arc<dyn ApprovalStore>,
    executions: Arc<dyn ExecutionStore>,
    audit: Arc<dyn AuditLog>,
    outbox: Arc<dyn Outbox>,
}

/// `sqlite PATH`, or `postgres SCHEMA URL`.
fn open(address: &str) -> Stores {
    if let Some(path) = address.strip_prefix("sqlite ") {
        let store = SqliteStore::open(path, SqliteConfig::default()).expect("open");
        return Stores {
            approvals: Arc::new(store.approvals()),
            executions: Arc::new(store.executions()),
            audit: Arc::new(store.audit()),
            outbox: Arc::new(store.outbox()),
        };
    }
    let (schema, url) =
        address.strip_prefix("postgres ").and_then(|rest| rest.split_once(' ')).expect("stores");
    let config =
        PostgresConfig { schema: schema.to_owned(), max_connections: 2, ..PostgresConfig::default() };
    let store = PostgresStore::open(url, config).expect("open");
    Stores {
        approvals: Arc::new(store.approvals()),
        executions: Arc::new(store.executions()),
        audit: Arc::new(store.audit()),
        outbox: Arc::new(store.outbox()),
    }
}

/// Does what is left to do for one proposal, and says what the stores acknowledged.
async fn program(stores: &Stores, folder: &Path, faults: &Faults, now: DateTime<Utc>) -> RequestId {
    let approvals = FaultyApprovalStore::new(Arc::clone(&stores.approvals), faults.clone());
    let executions = FaultyExecutionStore::new(Arc::clone(&stores.executions), faults.clone());
    let outbox = FaultyOutbox::new(Arc::clone(&stores.outbox), faults.clone());
    let log = FaultyAuditLog::new(Arc::clone(&stores.audit), faults.clone());
    let files = FaultyExecutor::new(Arc::new(Files(folder.to_owned())), faults.clone());
    let settings = PolicySettings::default();
    let policy = DefaultPolicy::new(PolicyRules::default()).expect("the rules");
    let gate = Gate::new(Arc::new(approvals), Arc::new(policy), roles());
    let runner = Runner::new(Arc::new(files), Arc::new(executions))
        .with_guard(Arc::new(GateGuard::new(gate.clone(), settings)));
    let clock = FixedClock(now);

    runner.recover(&clock).await.expect("recover");
    let mut proposal = sample_proposal("p1", "pay", start());
    proposal.confidence.value = Probability::new(0.8).expect("a probability");
    let mut request = gate.submit(&proposal, settings, now).await.expect("submit").request;
    println!("ack request {} {}", request.id(), request.version());
    if request.kind() == StateKind::Pending {
        let lead = PrincipalId::new("lead").expect("a name");
        request = gate.vote(request.id(), Ballot::approve(&request, lead, "fine"), now).await.expect("vote");
        println!("ack request {} {}", request.id(), request.version());
    }
    let id = request.id().clone();
    let begun = runner.store().get(&id).await.expect("get").is_some();
    let authorization = match request.kind() {
        StateKind::Approved => Some(gate.redeem(&id, settings, now).await.expect("redeem")),
        StateKind::Authorized if !begun => {
            Some(gate.reissue(&id, &runner, settings, now).await.expect("reissue"))
        }
        _ => None,
    };
    if let Some(authorization) = authorization {
        let outcome = runner.run(authorization, &clock).await.expect("run");
        println!("ack outcome {:?}", outcome.result);
    }
    drain(&outbox, &log).await.expect("drain");
    println!("ack size {}", stores.audit.head().await.expect("head").size);
    id
}

/// Dies where it is told. Does nothing unless a test started it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_child_that_is_killed() {
    let Ok(order) = std::env::var(ORDER) else { return };
    let [nth, when, address, folder] = order.splitn(4, '|').collect::<Vec<_>>()[..] else {
        panic!("{order}")
    };
    let stores = open(address);
    let faults = Faults::new();
    let when = if when == "before" { When::Before } else { When::After };
    faults.kill_at_call(nth.parse().expect("a number"), when);
    program(&stores, Path::new(folder), &faults, start()).await;
    println!("ack whole");
}

/// Runs a child to its end; what it was told by the stores.
fn child(order: &str) -> BTreeSet<String> {
    let output = Command::new(std::env::current_exe().expect("this executable"))
        .args(["the_child_that_is_killed", "--exact", "--nocapture"])
        .env(ORDER, order)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .output()
        .expect("a child");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let told: BTreeSet<String> =
        text.lines().filter_map(|line| line.strip_prefix("ack ")).map(str::to_owned).collect();
    assert!(told.contains("whole") == output.status.success(), "it dies of nothing else: {text}");
    told
}

/// Kills a child at every call, before and after it, each time on fresh stores, and lets the next process go on.
async fn at_every_call(fresh: impl AsyncFn() -> String) {
    for (when, word) in [(When::Before, "before"), (When::After, "after")] {
        let (mut looked_up, mut acted) = (0, 0);
        for nth in 1.. {
            let cut = format!("killed {when:?} call {nth}");
            let folder = tempfile::tempdir().expect("a folder");
            let address = fresh().await.replace("{folder}", &folder.path().to_string_lossy());
            let told = child(&format!("{nth}|{word}|{address}|{}", folder.path().display()));

            // The next process, when nothing can still be under way.
            let files = Files(folder.path().to_owned());
            let (stores, now) = (open(&address), start() + TimeDelta::hours(1));
            let left = request_id(&sample_proposal("p1", "pay", start()).id, 0).expect("an id");
            let before = stores.executions.get(&left).await.expect("get");
            // Nothing acknowledged is lost.
            for fact in &told {
                if let Some((id, version)) = fact.strip_prefix("request ").and_then(|r| r.rsplit_once(' ')) {
                    let id = RequestId::new(id).expect("an id");
                    let stored = stores.approvals.get(&id).await.expect("get").expect(&cut);
                    assert!(stored.version() >= version.parse().expect("a number"), "{cut}: {fact}");
                } else if let Some(size) = fact.strip_prefix("size ") {
                    let head = stores.audit.head().await.expect("head");
                    assert!(head.size >= size.parse().expect("a number"), "{cut}: {fact}");
                } else if fact.starts_with("outcome") {
                    let state = before.as_ref().expect(&cut).state;
                    assert_eq!(state, ExecutionState::Succeeded, "{cut}: {fact}");
                }
            }
            let request = program(&stores, folder.path(), &Faults::new(), now).await;
            let execution = stores.executions.get(&request).await.expect("get").expect("an execution");
            let effects = files.effects();
            match execution.state {
                ExecutionState::Succeeded => assert_eq!(effects, [execution.idempotency_key], "{cut}"),
                // Killed between intent and effect: it did not happen, and is not made up for.
                ExecutionState::Failed => assert_eq!(effects, [] as [&str; 0], "{cut}"),
                other => panic!("{cut}: {other}"),
            }
            looked_up += usize::from(before.is_some_and(|one| one.state == ExecutionState::Executing));
            acted += effects.len();
            assert_eq!(stores.outbox.waiting(1).await.expect("waiting"), [], "{cut}");
            let verified = stores.audit.verify().await.expect("verify");
            assert!(verified.verified, "{cut}: {:?}", verified.first_bad);
            if told.contains("whole") {
                assert!(nth > 12, "every call had its turn: {nth}");
                break;
            }
        }
        assert!(looked_up >= 2, "killed between intent and result: {looked_up}");
        assert!(acted > 10, "{acted}");
    }
}

/// control: ASI08
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_each_write_point_on_sqlite_there_is_at_most_one_effect_and_nothing_is_lost() {
    at_every_call(async || "sqlite {folder}/juno.db".to_owned()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_each_write_point_on_postgresql_there_is_at_most_one_effect_and_nothing_is_lost() {
    let Some(url) = postgres_url() else { return };
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("connect");
    tokio::spawn(async move { drop(connection.await) });
    let schema = format!("kill_{}", std::process::id());
    at_every_call(async || {
        client.batch_execute(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE")).await.expect("drop");
        format!("postgres {schema} {url}")
    })
    .await;
    client.batch_execute(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE")).await.expect("drop");
}

/// The fault: a restart forgot what had been approved and begun.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_survives_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let address = format!("sqlite {}/juno.db", folder.path().display());
    let settings = PolicySettings::default();
    let host = |stores: &Stores| {
        let policy = DefaultPolicy::new(PolicyRules::default()).expect("the rules");
        let gate = Gate::new(Arc::clone(&stores.approvals), Arc::new(policy), roles());
        let files = Arc::new(Files(folder.path().to_owned()));
        (gate, Runner::new(files, Arc::clone(&stores.executions)))
    };
    let request = {
        let stores = open(&address);
        let (gate, runner) = host(&stores);
        let mut proposal = sample_proposal("p1", "pay", start());
        proposal.confidence.value = Probability::new(0.8).expect("a probability");
        let request = gate.submit(&proposal, settings, start()).await.expect("submit").request;
        let lead = PrincipalId::new("lead").expect("a name");
        let ballot = Ballot::approve(&request, lead, "fine");
        gate.vote(request.id(), ballot, start()).await.expect("vote");
        let authorization = gate.redeem(request.id(), settings, start()).await.expect("redeem");
        drop(runner.begin(authorization, &FixedClock(start())).await.expect("begin"));
        request.id().clone()
    };
    let stores = open(&address);
    let (gate, runner) = host(&stores);
    let begun = stores.executions.get(&request).await.expect("get").expect("it is remembered");
    assert_eq!(begun.state, ExecutionState::Executing);
    assert!(begun.compensation.is_some() && begun.lease.is_some(), "with its way back and its lease");
    assert!(gate.reissue(&request, &runner, settings, start()).await.is_err(), "and does not begin again");
    let later = FixedClock(start() + TimeDelta::hours(1));
    assert_eq!(runner.recover(&later).await.expect("recover").outcomes.len(), 1);
    let found = stores.executions.get(&request).await.expect("get").expect("it is remembered");
    assert_eq!(found.state, ExecutionState::Failed, "nothing had been written");
}

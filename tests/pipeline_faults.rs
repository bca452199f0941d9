//! The way from a proposal to a remembered, proved outcome over one SQLite file, cut off at every call to a store,
//! before the store was asked and after it answered.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use juno_action::{
    ActionError, ActionExecutor, Effect, ExecutionState, ExecutionStore, Preview, Runner, inverse_of,
};
use juno_audit::{AuditLog, Outbox, drain};
use juno_domain::{Action, EventKind, FixedClock, MemoryId, PrincipalId, Probability, RequestId, TenantId};
use juno_governance::{Ballot, DefaultPolicy, Gate, PolicyRules, PolicySettings, StateKind};
use juno_memory::{Memory, MemoryKind, MemoryScope, MemoryStore, written_event};
use juno_sqlite::{SqliteConfig, SqliteStore};
use juno_testkit::conformance::approval_sample::{roles, sample_proposal, start};
use juno_testkit::faults::{
    Faults, FaultyApprovalStore, FaultyAuditLog, FaultyExecutionStore, FaultyMemoryStore, FaultyOutbox, When,
};

/// The outside world: how often something was done to it.
#[derive(Default)]
struct World(AtomicUsize);

#[async_trait]
impl ActionExecutor for World {
    fn name(&self) -> &str {
        "world"
    }

    async fn preview(&self, _: &Action) -> Result<Preview, ActionError> {
        Ok(Preview { summary: "a label".into(), changes: vec![], reversible: true, blast_radius: 1 })
    }

    async fn inverse(&self, action: &Action) -> Result<Option<Action>, ActionError> {
        Ok(inverse_of(action))
    }

    async fn execute(&self, _: &Action, _: &str) -> Result<Effect, ActionError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(Effect { dry_run: false, detail: "labelled".into() })
    }
}

/// A program on the file: it starts, does what is left to do, and ends.
async fn program(path: &Path, faults: &Faults, world: &Arc<World>) -> Result<RequestId, Box<dyn Error>> {
    let file = SqliteStore::open(path, SqliteConfig::default())?;
    let approvals = FaultyApprovalStore::new(Arc::new(file.approvals()), faults.clone());
    let executions = FaultyExecutionStore::new(Arc::new(file.executions()), faults.clone());
    let memory = FaultyMemoryStore::new(Arc::new(file.memory()), faults.clone());
    let outbox = FaultyOutbox::new(Arc::new(file.outbox()), faults.clone());
    let log = FaultyAuditLog::new(Arc::new(file.audit()), faults.clone());
    let (now, settings) = (start(), PolicySettings::default());
    let gate = Gate::new(Arc::new(approvals), Arc::new(DefaultPolicy::new(PolicyRules::default())?), roles());
    let runner = Runner::new(Arc::clone(world) as Arc<dyn ActionExecutor>, Arc::new(executions));

    // Whoever began in an earlier life has had its hour.
    runner.recover(&FixedClock(now + chrono::TimeDelta::hours(1))).await?;
    let mut proposal = sample_proposal("p1", "pay", now);
    proposal.confidence.value = Probability::new(0.8)?;
    let mut request = gate.submit(&proposal, settings, now).await?.request;
    if request.kind() == StateKind::Pending {
        let vote = Ballot::approve(&request, PrincipalId::new("lead")?, "fine");
        request = gate.vote(request.id(), vote, now).await?;
    }
    let begun = runner.store().get(request.id()).await?.is_some();
    let authorization = match request.kind() {
        StateKind::Approved => Some(gate.redeem(request.id(), settings, now).await?),
        StateKind::Authorized if !begun => Some(gate.reissue(request.id(), &runner, settings, now).await?),
        _ => None,
    };
    if let Some(authorization) = authorization {
        runner.run(authorization, &FixedClock(now)).await?;
    }
    let execution = runner.store().get(request.id()).await?.ok_or("no execution")?;
    let outcome = execution.outcome().ok_or("no outcome")?;
    let scope = MemoryScope::tenant_wide(TenantId::new("acme")?);
    let text = format!("labelling PAY-12 ended as {:?}", outcome.result);
    let (id, by) = (MemoryId::new(request.id().as_str())?, PrincipalId::new("juno")?);
    let remembered = Memory::new(id, MemoryKind::Episodic, scope, text, "outcome", now);
    memory.put(&remembered, &[written_event(&remembered, &by)?]).await?;
    drain(&outbox, &log).await?;
    Ok(request.id().clone())
}

/// What is true on the file once a program has come through. Gives how the execution ended.
async fn check(path: &Path, request: &RequestId, world: &World, cut: &str) -> ExecutionState {
    let file = SqliteStore::open(path, SqliteConfig::default()).expect("open");
    let effects = world.0.load(Ordering::SeqCst);
    let execution = file.executions().get(request).await.expect("get").expect("an execution");
    match execution.state {
        ExecutionState::Succeeded => assert_eq!(effects, 1, "{cut}"),
        // Cut off between intent and result: somebody has to look, and nothing was repeated.
        ExecutionState::Unknown => assert!(effects <= 1, "{cut}"),
        other => panic!("{cut}: {other}"),
    }
    assert_eq!(file.outbox().waiting(1).await.expect("waiting"), [], "{cut}");
    assert!(file.audit().verify().await.expect("verify").verified, "{cut}");
    let mut kinds: BTreeMap<EventKind, usize> = BTreeMap::new();
    for record in file.audit().read(0, 1000).await.expect("read") {
        assert_eq!(record.event.subject, request.as_str(), "{cut}");
        *kinds.entry(record.event.kind).or_default() += 1;
    }
    // A lost authorization is issued, and recorded, again.
    let issued = kinds.remove(&EventKind::AuthorizationIssued);
    assert!(matches!(issued, Some(1 | 2)), "{cut}: {issued:?}");
    let once = [
        (EventKind::ProposalSubmitted, 1),
        (EventKind::DecisionMade, 2),
        (EventKind::VoteCast, 1),
        (EventKind::ExecutionStarted, 1),
        (EventKind::ExecutionFinished, 1),
        (EventKind::MemoryWritten, 1),
    ];
    assert_eq!(kinds, once.into(), "{cut}");
    execution.state
}

#[tokio::test]
async fn a_program_cut_off_at_any_call_to_a_store_finishes_when_started_again() {
    for when in [When::Before, When::After] {
        let mut unknown = 0;
        for nth in 1.. {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("juno.db");
            let (faults, world) = (Faults::new(), Arc::new(World::default()));
            faults.die_at_call(nth, when);
            let first = program(&path, &faults, &world).await;
            let calls = faults.calls();
            faults.heal();
            let request = program(&path, &faults, &world).await.expect("nothing stands in the way");
            let ended = check(&path, &request, &world, &format!("{when:?} call {nth}")).await;
            unknown += usize::from(ended == ExecutionState::Unknown);
            if first.is_ok() {
                assert!(nth > 12 && calls < nth, "every call had its turn");
                break;
            }
        }
        assert!(unknown >= 1, "one cut falls between intent and result");
    }
}

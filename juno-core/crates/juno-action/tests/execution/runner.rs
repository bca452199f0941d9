//! The order of writes, and what a process that dies at one of them leaves.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use juno_action::{
    ActionError, ActionExecutor, DryRunExecutor, Effect, Execution, ExecutionState, ExecutionStore,
    InMemoryExecutionStore, Limits, Load, Preview, Runner, inverse_of,
};
use juno_domain::{
    Action, Calibration, Clock, Confidence, DomainEvent, ErrorKind, EventBuffer, EventKind, FixedClock,
    Impact, IssueKey, ManualClock, OutcomeResult, PrincipalId, Probability, Proposal, ProposalId, RequestId,
    Role, TeamId,
};
use juno_governance::{
    Authorization, DefaultPolicy, Gate, GovernanceError, InMemoryApprovalStore, PolicyRules, PolicySettings,
    RoleBook,
};

const FREE: PolicySettings = PolicySettings { phase: 2, supervisor_mode: false, autonomous_actions: true };

fn start() -> DateTime<Utc> {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn gate(outbox: &Arc<EventBuffer>) -> Gate {
    let mut roles = RoleBook::new();
    roles.assign(PrincipalId::new("lead").unwrap(), Role::TeamLead, None);
    let policy = DefaultPolicy::new(PolicyRules::default()).unwrap();
    Gate::new(Arc::new(InMemoryApprovalStore::new(Arc::clone(outbox))), Arc::new(policy), roles)
}

/// A label that policy alone approves.
async fn approved(gate: &Gate, id: &str) -> RequestId {
    let proposal = Proposal {
        id: ProposalId::new(id).unwrap(),
        action: Action::AddLabel { issue: IssueKey::new("PAY-1").unwrap(), label: id.into() },
        impact: Impact::Low,
        team: TeamId::new("PAY").unwrap(),
        proposer: PrincipalId::new("juno").unwrap(),
        confidence: Confidence {
            value: Probability::new(0.95).unwrap(),
            calibration: Calibration::Calibrated { method: "platt".into(), outcomes: 100 },
        },
        score: None,
        rationale: "stale".into(),
        evidence: vec![],
        proposed_at: start(),
    };
    gate.submit(&proposal, FREE, start()).await.unwrap().request.id().clone()
}

async fn authorized(gate: &Gate, id: &str) -> Authorization {
    let request = approved(gate, id).await;
    gate.redeem(&request, FREE, start()).await.unwrap()
}

/// Counts its effects, answers as told, and takes an hour over it.
struct Counting {
    effects: AtomicUsize,
    answer: Result<Effect, ActionError>,
    clock: ManualClock,
}

impl Counting {
    fn new(answer: Result<Effect, ActionError>) -> Arc<Self> {
        Arc::new(Self { effects: AtomicUsize::new(0), answer, clock: ManualClock::new(start()) })
    }

    fn done() -> Arc<Self> {
        Self::new(Ok(Effect { dry_run: false, detail: "labelled".into() }))
    }

    fn count(&self) -> usize {
        self.effects.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl ActionExecutor for Counting {
    fn name(&self) -> &str {
        "counting"
    }
    async fn preview(&self, action: &Action) -> Result<Preview, ActionError> {
        DryRunExecutor.preview(action).await
    }
    async fn execute(&self, _: &Action, key: &str) -> Result<Effect, ActionError> {
        assert!(key.starts_with("juno-"));
        self.effects.fetch_add(1, Ordering::SeqCst);
        self.clock.advance(TimeDelta::hours(1)).unwrap();
        tokio::task::yield_now().await;
        self.answer.clone()
    }
    async fn inverse(&self, action: &Action) -> Result<Option<Action>, ActionError> {
        Ok(inverse_of(action))
    }
}

/// A store whose writes fail at one point, before or after they took effect, as when a process is killed there.
struct Failing {
    inner: Arc<InMemoryExecutionStore>,
    at: Point,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Point {
    BeforeBegin,
    AfterBegin,
    BeforeSettle,
    AfterSettle,
}

#[async_trait]
impl ExecutionStore for Failing {
    async fn create(
        &self,
        execution: &Execution,
        limits: &Limits,
        events: &[DomainEvent],
    ) -> Result<(), ActionError> {
        if self.at == Point::BeforeBegin {
            return Err(ActionError::Unavailable("gone".into()));
        }
        self.inner.create(execution, limits, events).await?;
        if self.at == Point::AfterBegin { Err(ActionError::Unavailable("gone".into())) } else { Ok(()) }
    }
    async fn get(&self, request: &RequestId) -> Result<Option<Execution>, ActionError> {
        self.inner.get(request).await
    }
    async fn load(
        &self,
        team: &TeamId,
        target: &str,
        at: DateTime<Utc>,
        except: &RequestId,
    ) -> Result<Load, ActionError> {
        self.inner.load(team, target, at, except).await
    }

    async fn transition(
        &self,
        expected: u64,
        execution: &Execution,
        events: &[DomainEvent],
    ) -> Result<(), ActionError> {
        if self.at == Point::BeforeSettle {
            return Err(ActionError::Unavailable("gone".into()));
        }
        self.inner.transition(expected, execution, events).await?;
        if self.at == Point::AfterSettle { Err(ActionError::Unavailable("gone".into())) } else { Ok(()) }
    }
    async fn list_due(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<Execution>, ActionError> {
        self.inner.list_due(now, limit).await
    }
    async fn unsettled(&self) -> Result<Vec<Execution>, ActionError> {
        self.inner.unsettled().await
    }
}

struct Bench {
    gate: Gate,
    store: Arc<InMemoryExecutionStore>,
    outbox: Arc<EventBuffer>,
}

fn bench() -> Bench {
    let outbox = Arc::new(EventBuffer::default());
    Bench { gate: gate(&outbox), store: Arc::new(InMemoryExecutionStore::new(Arc::clone(&outbox))), outbox }
}

/// control: AIA-12-1, PCI-10.2.2
#[tokio::test]
async fn intent_effect_and_result_are_recorded_in_order() {
    let bench = bench();
    let executor = Counting::done();
    let runner = Runner::new(Arc::clone(&executor) as _, Arc::clone(&bench.store) as _);
    let authorization = authorized(&bench.gate, "p1").await;
    let request = authorization.request().clone();
    let outcome = runner.run(authorization, &executor.clock).await.unwrap();
    assert_eq!((outcome.result, outcome.detail.as_str()), (OutcomeResult::Succeeded, "labelled"));
    let execution = bench.store.get(&request).await.unwrap().unwrap();
    assert_eq!(execution.started_at, start());
    assert_eq!(execution.ended_at, Some(start() + TimeDelta::hours(1)));
    assert_eq!(execution.outcome(), Some(outcome));
    let kinds: Vec<EventKind> = bench.outbox.waiting(10).into_iter().map(|event| event.kind).collect();
    use EventKind::{
        AuthorizationIssued, DecisionMade, ExecutionFinished, ExecutionStarted, ProposalSubmitted,
    };
    assert_eq!(
        kinds,
        [ProposalSubmitted, DecisionMade, AuthorizationIssued, ExecutionStarted, ExecutionFinished]
    );
    let ids: std::collections::BTreeSet<_> =
        bench.outbox.waiting(10).into_iter().map(|event| event.id).collect();
    assert_eq!(ids.len(), 5);
}

#[tokio::test]
async fn a_dry_run_changes_nothing_and_says_so() {
    let bench = bench();
    let runner = Runner::new(Arc::new(DryRunExecutor), Arc::clone(&bench.store) as _);
    let authorization = authorized(&bench.gate, "p1").await;
    let preview = runner.preview(authorization.action()).await.unwrap();
    assert_eq!(preview.changes[0].to.as_deref(), Some("p1"));
    let outcome = runner.run(authorization, &FixedClock(start())).await.unwrap();
    assert_eq!(outcome.result, OutcomeResult::DryRun);
    assert_eq!(outcome.detail, "dry run, nothing was changed: would add the label p1 to PAY-1");
}

#[tokio::test]
async fn only_a_certain_executor_fails_and_everything_else_is_unknown() {
    let cases = [
        (ActionError::NotDone("no such issue".into()), OutcomeResult::Failed),
        (
            ActionError::Unsupported { executor: "counting".into(), action: "add_label".into() },
            OutcomeResult::Failed,
        ),
        (ActionError::Uncertain("timed out".into()), OutcomeResult::Unknown),
        (ActionError::Unavailable("connection reset".into()), OutcomeResult::Unknown),
        (ActionError::Internal("panic".into()), OutcomeResult::Unknown),
    ];
    for (error, expected) in cases {
        let bench = bench();
        let executor = Counting::new(Err(error.clone()));
        let runner = Runner::new(Arc::clone(&executor) as _, Arc::clone(&bench.store) as _);
        let outcome = runner.run(authorized(&bench.gate, "p1").await, &executor.clock).await.unwrap();
        assert_eq!((outcome.result, outcome.detail), (expected, error.to_string()));
        assert_eq!(executor.count(), 1, "never repeated");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_approved_tool_runs_again_on_replay() {
    // However many authorizations are issued for one request, and whoever runs them, there is one effect.
    let bench = bench();
    let executor = Counting::done();
    let runner = Runner::new(Arc::clone(&executor) as _, Arc::clone(&bench.store) as _);
    let mut authorizations = vec![authorized(&bench.gate, "p1").await];
    let request = authorizations[0].request().clone();
    for _ in 1..32 {
        authorizations.push(bench.gate.reissue(&request, &runner, FREE, start()).await.unwrap());
    }
    let tasks: Vec<_> = authorizations
        .into_iter()
        .map(|authorization| {
            let runner = runner.clone();
            tokio::spawn(async move { runner.run(authorization, &FixedClock(start())).await })
        })
        .collect();
    let mut ran = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(outcome) => {
                assert_eq!(outcome.result, OutcomeResult::Succeeded);
                ran += 1;
            }
            Err(error) => assert_eq!(error, ActionError::Exists(request.clone())),
        }
    }
    assert_eq!((ran, executor.count()), (1, 1));
    let again = bench.gate.reissue(&request, &runner, FREE, start()).await.unwrap_err();
    assert_eq!(again, GovernanceError::ExecutionExists(request));
}

/// control: ASI08
#[tokio::test]
async fn killed_at_any_write_there_is_at_most_one_effect_and_a_way_on() {
    let later = start() + TimeDelta::hours(2);
    for at in [Point::BeforeBegin, Point::AfterBegin, Point::BeforeSettle, Point::AfterSettle] {
        let bench = bench();
        let executor = Counting::done();
        let dying = Failing { inner: Arc::clone(&bench.store), at };
        let runner = Runner::new(Arc::clone(&executor) as _, Arc::new(dying));
        let authorization = authorized(&bench.gate, "p1").await;
        let request = authorization.request().clone();
        let error = runner.run(authorization, &executor.clock).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{at:?}");
        let effects = usize::from(matches!(at, Point::BeforeSettle | Point::AfterSettle));
        assert_eq!(executor.count(), effects, "{at:?}");

        // The next process: recover, then try to get the authorization back.
        let runner = Runner::new(Arc::clone(&executor) as _, Arc::clone(&bench.store) as _);
        let marked = runner.recover(&FixedClock(later)).await.unwrap().outcomes;
        let state = bench.store.get(&request).await.unwrap().map(|execution| execution.state);
        let reissued = bench.gate.reissue(&request, &runner, FREE, later).await;
        match at {
            Point::BeforeBegin => {
                assert_eq!((state, marked.len()), (None, 0));
                runner.run(reissued.unwrap(), &executor.clock).await.unwrap();
            }
            Point::AfterBegin | Point::BeforeSettle => {
                assert_eq!((state, marked.len()), (Some(ExecutionState::Unknown), 1), "{at:?}");
                assert_eq!(marked[0].result, OutcomeResult::Unknown);
                assert!(reissued.is_err());
            }
            Point::AfterSettle => {
                assert_eq!((state, marked.len()), (Some(ExecutionState::Succeeded), 0));
                assert!(reissued.is_err());
            }
        }
        assert!(executor.count() <= 1, "{at:?}");
        assert!(
            runner.recover(&FixedClock(later)).await.unwrap().outcomes.is_empty(),
            "recovering twice marks nothing twice"
        );
    }
}

#[tokio::test]
async fn recovery_leaves_what_is_still_leased_and_a_stale_holders_result_is_refused() {
    /// Recovers everything while the action is under way.
    struct Recovering(Arc<InMemoryExecutionStore>);
    #[async_trait]
    impl ActionExecutor for Recovering {
        fn name(&self) -> &str {
            "recovering"
        }
        async fn preview(&self, action: &Action) -> Result<Preview, ActionError> {
            DryRunExecutor.preview(action).await
        }
        async fn execute(&self, _: &Action, _: &str) -> Result<Effect, ActionError> {
            let other = Runner::new(Arc::new(DryRunExecutor), Arc::clone(&self.0) as _);
            let before = start() + TimeDelta::minutes(59);
            assert!(
                other.recover(&FixedClock(before)).await.unwrap().outcomes.is_empty(),
                "its lease runs still"
            );
            let after = start() + TimeDelta::hours(1);
            assert_eq!(other.recover(&FixedClock(after)).await.unwrap().outcomes.len(), 1);
            Ok(Effect { dry_run: false, detail: "done all the same".into() })
        }
        async fn inverse(&self, action: &Action) -> Result<Option<Action>, ActionError> {
            Ok(inverse_of(action))
        }
    }
    let bench = bench();
    let runner = Runner::new(Arc::new(Recovering(Arc::clone(&bench.store))), Arc::clone(&bench.store) as _);
    let authorization = authorized(&bench.gate, "p1").await;
    let request = authorization.request().clone();
    let refused = runner.run(authorization, &FixedClock(start())).await.unwrap_err();
    assert_eq!(refused, ActionError::Stale { request: request.clone(), token: 1, current: 2 });
    let execution = bench.store.get(&request).await.unwrap().unwrap();
    assert_eq!(execution.state, ExecutionState::Unknown, "who looks decides, not who came back late");
    let finished: Vec<_> =
        bench.outbox.waiting(20).into_iter().filter(|e| e.kind == EventKind::ExecutionFinished).collect();
    assert_eq!(finished.len(), 1);
}

#[tokio::test]
async fn the_idempotency_key_belongs_to_request_and_action() {
    let bench = bench();
    let runner = Runner::new(Arc::new(DryRunExecutor), Arc::clone(&bench.store) as _);
    let mut keys = Vec::new();
    for id in ["p1", "p2"] {
        let authorization = authorized(&bench.gate, id).await;
        let request = authorization.request().clone();
        runner.run(authorization, &FixedClock(start())).await.unwrap();
        keys.push(bench.store.get(&request).await.unwrap().unwrap().idempotency_key);
    }
    assert_ne!(keys[0], keys[1]);
    let twin = self::bench();
    let runner = Runner::new(Arc::new(DryRunExecutor), Arc::clone(&twin.store) as _);
    let authorization = authorized(&twin.gate, "p1").await;
    let request = authorization.request().clone();
    let clock: &dyn Clock = &FixedClock(start() + TimeDelta::minutes(50));
    runner.run(authorization, clock).await.unwrap();
    assert_eq!(
        twin.store.get(&request).await.unwrap().unwrap().idempotency_key,
        keys[0],
        "the same on every machine"
    );
}

//! A gate over stores in memory, and an outside world that can be looked at.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use juno_action::{
    ActionError, ActionExecutor, DryRunExecutor, Effect, Finding, GateGuard, InMemoryExecutionStore, Preview,
    Probe, Runner, inverse_of,
};
use juno_domain::{
    Action, Calibration, Confidence, EventBuffer, Impact, IssueKey, ManualClock, PrincipalId, Probability,
    Proposal, ProposalId, RequestId, Role, TeamId,
};
use juno_governance::{
    Authorization, Ballot, DefaultPolicy, Gate, InMemoryApprovalStore, PolicyRules, PolicySettings, RoleBook,
    StateKind,
};

/// What policy lists may run without a person.
pub(crate) const FREE: PolicySettings =
    PolicySettings { phase: 2, supervisor_mode: false, autonomous_actions: true };

pub(crate) fn start() -> DateTime<Utc> {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

pub(crate) fn who(name: &str) -> PrincipalId {
    PrincipalId::new(name).unwrap()
}

/// Everything a host has.
pub(crate) struct Desk {
    pub(crate) approvals: Arc<InMemoryApprovalStore>,
    pub(crate) store: Arc<InMemoryExecutionStore>,
    pub(crate) outbox: Arc<EventBuffer>,
    pub(crate) gate: Gate,
    pub(crate) world: World,
    pub(crate) clock: ManualClock,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let outbox = Arc::new(EventBuffer::default());
        let approvals = Arc::new(InMemoryApprovalStore::new(Arc::clone(&outbox)));
        Self {
            gate: gate(&approvals, PolicyRules::default()),
            store: Arc::new(InMemoryExecutionStore::new(Arc::clone(&outbox))),
            approvals,
            outbox,
            world: World::default(),
            clock: ManualClock::new(start()),
        }
    }

    pub(crate) fn runner(&self) -> Runner {
        self.runner_of(&self.gate)
    }

    pub(crate) fn runner_of(&self, gate: &Gate) -> Runner {
        Runner::new(Arc::new(self.world.clone()), Arc::clone(&self.store) as _)
            .with_guard(Arc::new(GateGuard::new(gate.clone(), FREE)))
    }

    pub(crate) fn advance(&self, minutes: i64) {
        self.clock.advance(TimeDelta::minutes(minutes)).unwrap();
    }

    /// A request for an action, approved by policy where that may, by the team lead elsewhere.
    pub(crate) async fn approved(&self, id: &str, action: Action) -> RequestId {
        let proposal = Proposal {
            id: ProposalId::new(id).unwrap(),
            action,
            impact: Impact::Low,
            team: TeamId::new("PAY").unwrap(),
            proposer: who("juno"),
            confidence: Confidence {
                value: Probability::new(0.95).unwrap(),
                calibration: Calibration::Calibrated { method: "platt".into(), outcomes: 100 },
            },
            score: None,
            rationale: "stale".into(),
            evidence: vec![],
            proposed_at: start(),
        };
        let request = self.gate.submit(&proposal, FREE, start()).await.unwrap().request;
        if request.kind() == StateKind::Pending {
            let ballot = Ballot::approve(&request, who("lead"), "fine");
            self.gate.vote(request.id(), ballot, start()).await.unwrap();
        }
        request.id().clone()
    }

    pub(crate) async fn authorized(&self, id: &str, action: Action) -> Authorization {
        let request = self.approved(id, action).await;
        self.gate.redeem(&request, FREE, start()).await.unwrap()
    }
}

pub(crate) fn gate(approvals: &Arc<InMemoryApprovalStore>, rules: PolicyRules) -> Gate {
    let mut roles = RoleBook::new();
    roles.assign(who("lead"), Role::TeamLead, None);
    roles.assign(who("manager"), Role::ProjectManager, None);
    Gate::new(Arc::clone(approvals) as _, Arc::new(DefaultPolicy::new(rules).unwrap()), roles)
}

/// What policy alone approves.
pub(crate) fn label(text: &str) -> Action {
    Action::AddLabel { issue: IssueKey::new("PAY-1").unwrap(), label: text.into() }
}

/// What cannot be taken back, so that a person approves it.
pub(crate) fn question() -> Action {
    Action::RequestInfo { issue: IssueKey::new("PAY-1").unwrap(), of: None, question: "Still?".into() }
}

/// The outside world: what was done to it, in order, and how it answers.
#[derive(Clone, Default)]
pub(crate) struct World(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    done: Vec<String>,
    keys: BTreeMap<String, u64>,
    /// How the calls to come are answered, by the name of the action; done where nothing is said.
    answers: BTreeMap<String, Answer>,
    holds: bool,
    within: Option<TimeDelta>,
    blind: bool,
    no_inverse: bool,
    silent: bool,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Answer {
    Refused,
    /// It is done, and the answer gets lost.
    DoneUnheard,
    /// The request gets lost.
    Lost,
}

impl World {
    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    /// What was done, in order.
    pub(crate) fn done(&self) -> Vec<String> {
        self.inner().done.clone()
    }

    pub(crate) fn answers(&self, action: &str, answer: Answer) {
        self.inner().answers.insert(action.into(), answer);
    }

    pub(crate) fn answers_again(&self) {
        self.inner().answers.clear();
    }

    /// From now on actions have a post-condition.
    pub(crate) fn checked_within(&self, minutes: i64) {
        self.inner().within = Some(TimeDelta::minutes(minutes));
    }

    pub(crate) fn comes_true(&self) {
        self.inner().holds = true;
    }

    /// Nobody answers what holds.
    pub(crate) fn cannot_be_asked(&self, silent: bool) {
        self.inner().silent = silent;
    }

    /// Probes tell nothing.
    pub(crate) fn is_blind(&self, blind: bool) {
        self.inner().blind = blind;
    }

    /// Nothing has an inverse any more.
    pub(crate) fn undoes_nothing(&self) {
        self.inner().no_inverse = true;
    }
}

/// An action in one word.
pub(crate) fn word(action: &Action) -> String {
    match action {
        Action::AddLabel { label, .. } => format!("+{label}"),
        Action::Custom { name, arguments, .. } if name == "undo.add_label" => {
            format!("-{}", arguments["label"].as_str().unwrap())
        }
        other => other.name().to_owned(),
    }
}

#[async_trait]
impl ActionExecutor for World {
    fn name(&self) -> &str {
        "world"
    }

    async fn preview(&self, action: &Action) -> Result<Preview, ActionError> {
        DryRunExecutor.preview(action).await
    }

    async fn execute(&self, _: &Action, _: &str) -> Result<Effect, ActionError> {
        unreachable!("the token is shown")
    }

    async fn execute_fenced(&self, action: &Action, key: &str, fence: u64) -> Result<Effect, ActionError> {
        let mut inner = self.inner();
        let answer = inner.answers.get(&word(action)).copied();
        match answer {
            Some(Answer::Refused) => return Err(ActionError::NotDone("refused".into())),
            Some(Answer::Lost) => return Err(ActionError::Uncertain("no answer".into())),
            _ => {}
        }
        if inner.keys.get(key).is_some_and(|seen| fence < *seen) {
            return Err(ActionError::NotDone("somebody has looked since".into()));
        }
        inner.keys.insert(key.into(), fence);
        inner.done.push(word(action));
        if answer.is_some() {
            return Err(ActionError::Uncertain("no answer".into()));
        }
        Ok(Effect { dry_run: false, detail: "done".into() })
    }

    async fn inverse(&self, action: &Action) -> Result<Option<Action>, ActionError> {
        Ok(if self.inner().no_inverse { None } else { inverse_of(action) })
    }

    fn can_probe(&self) -> bool {
        true
    }

    async fn probe(&self, action: &Action, key: &str, fence: u64) -> Result<Probe, ActionError> {
        let mut inner = self.inner();
        if inner.blind {
            return Ok(Probe::CannotTell);
        }
        inner.keys.insert(key.into(), fence);
        Ok(if inner.done.contains(&word(action)) {
            Probe::Done("it is there".into())
        } else {
            Probe::NotDone("it is not there, and its token is refused from now on".into())
        })
    }

    fn check_within(&self, _: &Action) -> Option<TimeDelta> {
        self.inner().within
    }

    async fn holds(&self, _: &Action) -> Result<Finding, ActionError> {
        let Inner { holds, silent, .. } = *self.inner();
        if silent {
            return Err(ActionError::Unavailable("nobody answers".into()));
        }
        Ok(Finding { holds, detail: if holds { "seen" } else { "not seen" }.into() })
    }
}

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use juno_action::{ActionExecutor, ExecutionState, Runner};
use juno_confidence::ConfidenceScorer;
use juno_domain::{Clock, DecidedBy, DomainEvent, Outcome, OutcomeResult, Proposal, RequestId, Role};
use juno_governance::{
    ApprovalRequest, Authorization, Dispatcher, Facts, Gate, GovernanceError, GovernancePolicy, Notifier,
    RequestFilter, RoleBook, RuleChange, StateKind, request_id, rules_changed,
};
use juno_memory::RecentRecalls;
use juno_reasoning::Reasoner;
use juno_risk::RiskAssessor;

use crate::unfinished::Unfinished;
use crate::{AgentConfig, AgentError, Stores};

/// The objects a [`Juno`] is made of. Each can be replaced by an implementation of its trait.
#[derive(Clone)]
pub struct Parts {
    /// Where state lives.
    pub stores: Stores,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// The forecasting model with the weights of the risk index.
    pub assessor: Arc<RiskAssessor>,
    /// What finds things to do, in order.
    pub reasoners: Vec<Arc<dyn Reasoner>>,
    /// What scores confidence.
    pub scorer: Arc<dyn ConfidenceScorer>,
    /// What permits.
    pub policy: Arc<dyn GovernancePolicy>,
    /// Who holds which role.
    pub roles: RoleBook,
    /// What changes the outside world.
    pub executor: Arc<dyn ActionExecutor>,
    /// What tells people, each a channel of its own name.
    pub notifiers: Vec<Arc<dyn Notifier>>,
}

pub(crate) struct Core {
    pub(crate) config: AgentConfig,
    pub(crate) parts: Parts,
    gate: RwLock<Gate>,
    pub(crate) runner: Runner,
    pub(crate) dispatcher: Dispatcher,
    pub(crate) unfinished: Mutex<Unfinished>,
    stops: AtomicU64,
    /// What was recalled a short time ago, so that it is not written down as news.
    recent: Mutex<RecentRecalls>,
}

/// New rules that are in force once their execution has succeeded.
pub(crate) struct Change {
    gate: Gate,
    change: RuleChange,
    by: DecidedBy,
}

impl Change {
    pub(crate) fn of(gate: &Gate, authorization: &Authorization) -> Result<Self, AgentError> {
        let (gate, change) = gate.adopt(authorization)?;
        Ok(Self { gate, change, by: authorization.granted_by().clone() })
    }
}

impl Core {
    /// Brings new rules into force if they were carried out, and records it.
    pub(crate) async fn adopt(
        &self,
        id: &RequestId,
        change: Option<Change>,
        outcome: &Outcome,
    ) -> Result<(), AgentError> {
        let Some(Change { gate, change, by }) = change.filter(|_| outcome.result == OutcomeResult::Succeeded)
        else {
            return Ok(());
        };
        self.change_gate(|now| Ok(gate.with_roles(now.roles().clone())))?;
        self.record(rules_changed(id, &change, &by, outcome.at)?).await
    }

    pub(crate) fn new(
        config: AgentConfig,
        parts: Parts,
        gate: Gate,
        runner: Runner,
        dispatcher: Dispatcher,
    ) -> Self {
        let (gate, stops) = (RwLock::new(gate), AtomicU64::new(0));
        Self {
            config,
            parts,
            gate,
            runner,
            dispatcher,
            unfinished: Mutex::default(),
            stops,
            recent: Mutex::default(),
        }
    }

    /// What was recalled a short time ago.
    pub(crate) fn recent(&self) -> MutexGuard<'_, RecentRecalls> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The gate as it stands: policy and roles of one call are of one moment.
    pub(crate) fn gate(&self) -> Gate {
        self.gate.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Another policy or other roles from now on, made of those in force, so that two changes at once both count.
    pub(crate) fn change_gate(
        &self,
        change: impl FnOnce(&Gate) -> Result<Gate, GovernanceError>,
    ) -> Result<(), GovernanceError> {
        let mut gate = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        *gate = change(&gate)?;
        Ok(())
    }

    /// Whether everything is stopped: by a stop that any process on these stores put in place, or by one that could not
    /// be stored and so holds here alone.
    pub(crate) async fn is_stopped(&self) -> Result<bool, GovernanceError> {
        Ok(self.stops_here() > 0 || !self.parts.stores.approvals.stops().await?.is_empty())
    }

    /// How many stops hold here alone, because they could not be stored.
    pub(crate) fn stops_here(&self) -> u64 {
        self.stops.load(Ordering::SeqCst)
    }

    pub(crate) fn stop_here(&self) {
        self.stops.fetch_add(1, Ordering::SeqCst);
    }

    /// Ends the stops here that were seen; one that came since holds.
    pub(crate) fn go_on_here(&self, seen: u64) {
        let after = |stops: u64| Some(stops.saturating_sub(seen));
        let _ = self.stops.fetch_update(Ordering::SeqCst, Ordering::SeqCst, after);
    }

    /// The gate with what its policy has to be told about a proposal: what others have begun, where it has budgets, and
    /// whether everything is stopped. `request` is the proposal's own, if it is known, and counts against nothing.
    pub(crate) async fn gate_for(
        &self,
        proposal: &Proposal,
        request: Option<&RequestId>,
    ) -> Result<Gate, GovernanceError> {
        let (gate, stopped) = (self.gate(), self.is_stopped().await?);
        let counts = gate.policy().needs_facts();
        if !counts && !stopped {
            return Ok(gate);
        }
        let mut facts = Facts { blast_radius: 1, stopped, ..Facts::default() };
        if counts {
            let own = request.cloned().map_or_else(|| request_id(&proposal.id, 0), Ok)?;
            let (target, now) = (proposal.action.target(), self.parts.clock.now());
            let load = self.parts.stores.executions.load(&proposal.team, target, now, &own).await;
            let load = load.map_err(|error| GovernanceError::Unavailable(error.to_string()))?;
            let number = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
            facts.actions_last_hour = number(load.team_last_hour);
            facts.actions_on_target = number(load.target_last_day);
        }
        Ok(gate.knowing(facts))
    }

    /// Records something that no store keeps a state of.
    pub(crate) async fn record(&self, event: DomainEvent) -> Result<(), AgentError> {
        self.drain().await?;
        self.parts.stores.audit.append(&[event]).await?;
        Ok(())
    }

    /// Takes up the changes of the rules that were carried out before, each from the version it replaces: what people
    /// approved stays in force after a restart, as long as settings still say what it was approved to replace. Gives those
    /// that were begun and have not ended.
    pub(crate) async fn take_up_changes(&self) -> Result<Vec<RequestId>, AgentError> {
        let team = juno_domain::TeamId::new(RuleChange::TEAM)?;
        let states = [StateKind::Authorized].into();
        let filter = RequestFilter { team: Some(team), states, ..RequestFilter::default() };
        let (mut carried_out, mut under_way) = (Vec::new(), Vec::new());
        for request in self.parts.stores.approvals.list(&filter).await? {
            if !RuleChange::is(request.action()) {
                continue;
            }
            let Some(execution) = self.parts.stores.executions.get(request.id()).await? else { continue };
            match execution.state {
                ExecutionState::Succeeded => {
                    carried_out.push((execution.ended_at.unwrap_or(execution.started_at), request));
                }
                state if state.is_open() => under_way.push(request.id().clone()),
                _ => {}
            }
        }
        carried_out.sort_by(|(one, a), (two, b)| (one, a.id()).cmp(&(two, b.id())));
        // All of them at once: what was in force in between is nobody's any more.
        let before = self.gate();
        let mut gate = before.clone();
        for (at, request) in carried_out {
            if gate.check_change(&request).is_err() {
                continue;
            }
            let (next, change) = gate.adopt_again(&request)?;
            gate = next;
            if let Some(settled) = request.state().settled() {
                self.record(rules_changed(request.id(), &change, &settled.by, at)?).await?;
            }
        }
        self.change_gate(|now| {
            let same = now.policy().version() == before.policy().version();
            Ok(if same { gate.with_roles(now.roles().clone()) } else { now.clone() })
        })?;
        Ok(under_way)
    }

    /// How many changes of the rules were begun and did not fail, after all that ended were taken up: a further one may
    /// begin only if there are no more by then, so that of two made from the same version one is carried out.
    ///
    /// # Errors
    /// [`PolicyChanged`](GovernanceError::PolicyChanged) if another is being carried out.
    pub(crate) async fn changes_so_far(&self, request: &ApprovalRequest) -> Result<u64, AgentError> {
        let (team, target, now) = (request.team(), request.action().target(), self.parts.clock.now());
        let load = self.parts.stores.executions.load(team, target, now, request.id()).await?;
        let under_way = self.take_up_changes().await?;
        if under_way.iter().any(|other| other != request.id()) {
            return Err(GovernanceError::PolicyChanged(request.id().clone()).into());
        }
        Ok(load.target_ever)
    }

    /// Whether somebody may end a stop, and change who votes in whose place: an administrator or director of every team.
    pub(crate) fn may_administer(&self, by: &juno_domain::PrincipalId) -> bool {
        let (gate, now) = (self.gate(), self.parts.clock.now());
        [Role::Admin, Role::Director].into_iter().any(|role| gate.roles().holds_everywhere(by, role, now))
    }

    /// Whether somebody may decide what the log keeps, erases and holds: an administrator or director of every team.
    ///
    /// # Errors
    /// [`NotAllowed`](GovernanceError::NotAllowed) if they may not.
    pub(crate) fn keeps_records(&self, by: &juno_domain::PrincipalId) -> Result<(), GovernanceError> {
        if self.may_administer(by) {
            return Ok(());
        }
        let why =
            "is no administrator or director of every team, who decide what the log keeps, erases and holds";
        Err(GovernanceError::NotAllowed { by: by.clone(), why: why.to_owned() })
    }

    /// Moves what the stores have committed into the audit log.
    pub(crate) async fn drain(&self) -> Result<(), AgentError> {
        juno_audit::drain(self.parts.stores.outbox.as_ref(), self.parts.stores.audit.as_ref()).await?;
        Ok(())
    }
}

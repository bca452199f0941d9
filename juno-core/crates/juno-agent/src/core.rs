use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use juno_action::{ActionExecutor, ExecutionState, Runner};
use juno_confidence::ConfidenceScorer;
use juno_domain::{Clock, DecidedBy, DomainEvent, Outcome, OutcomeResult, Proposal, RequestId, Role};
use juno_governance::{
    Authorization, Dispatcher, Facts, Gate, GovernanceError, GovernancePolicy, Notifier, RequestFilter,
    RoleBook, RuleChange, StateKind, rules_changed,
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

    /// How often everything was stopped since it last went on: 0 while nothing is.
    pub(crate) fn stops(&self) -> u64 {
        self.stops.load(Ordering::SeqCst)
    }

    pub(crate) fn stop(&self) {
        self.stops.fetch_add(1, Ordering::SeqCst);
    }

    /// Ends the stops that were seen; `false` if there was another since, which holds.
    pub(crate) fn go_on(&self, seen: u64) -> bool {
        self.stops.compare_exchange(seen, 0, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// The gate with what its policy has to be told about a proposal: what was authorized before, where it has budgets,
    /// and whether everything is stopped.
    pub(crate) async fn gate_for(&self, proposal: &Proposal) -> Result<Gate, GovernanceError> {
        let (gate, stopped) = (self.gate(), self.stops() > 0);
        let counts = gate.policy().needs_facts();
        if !counts && !stopped {
            return Ok(gate);
        }
        let history = if counts {
            // Only what can count is read, however long the history is.
            let authorized_since = self.parts.clock.now().checked_sub_signed(Facts::WINDOW);
            let states = [StateKind::Authorized].into();
            let filter = RequestFilter { states, authorized_since, ..RequestFilter::default() };
            let before = self.parts.stores.approvals.list(&filter).await?;
            before.into_iter().filter(|request| request.proposal().id != proposal.id).collect()
        } else {
            Vec::new()
        };
        let counted = Facts::count(&history, proposal, self.parts.clock.now());
        Ok(gate.knowing(Facts { stopped, ..counted }))
    }

    /// Records something that no store keeps a state of.
    pub(crate) async fn record(&self, event: DomainEvent) -> Result<(), AgentError> {
        self.drain().await?;
        self.parts.stores.audit.append(&[event]).await?;
        Ok(())
    }

    /// Takes up the changes of the rules that were carried out before, each from the version it replaces: what people
    /// approved stays in force after a restart, as long as settings still say what it was approved to replace.
    pub(crate) async fn take_up_changes(&self) -> Result<(), AgentError> {
        let team = juno_domain::TeamId::new(RuleChange::TEAM)?;
        let states = [StateKind::Authorized].into();
        let filter = RequestFilter { team: Some(team), states, ..RequestFilter::default() };
        let mut carried_out = Vec::new();
        for request in self.parts.stores.approvals.list(&filter).await? {
            if !RuleChange::is(request.action()) {
                continue;
            }
            let execution = self.parts.stores.executions.get(request.id()).await?;
            let done = execution.filter(|execution| execution.state == ExecutionState::Succeeded);
            carried_out.extend(done.map(|done| (done.ended_at.unwrap_or(done.started_at), request)));
        }
        carried_out.sort_by(|(one, a), (two, b)| (one, a.id()).cmp(&(two, b.id())));
        for (at, request) in carried_out {
            let gate = self.gate();
            if gate.check_change(&request).is_err() {
                continue;
            }
            let (gate, change) = gate.adopt_again(&request)?;
            self.change_gate(|_| Ok(gate))?;
            if let Some(settled) = request.state().settled() {
                self.record(rules_changed(request.id(), &change, &settled.by, at)?).await?;
            }
        }
        Ok(())
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

//! Acting under authority, beyond carrying out one request: permits, plans, undoing, and what nobody knows the end of.

use std::collections::BTreeMap;
use std::sync::Arc;

use juno_action::{
    ActionError, ActionExecutor, Effect, Execution, ExecutionState, Permit, PlanOutcome, Recovery, Runner,
    RunnerOptions,
};
use juno_domain::{Action, Outcome, PrincipalId, RequestId};
use juno_governance::{ApprovalRequest, Authorization, GovernanceError, RuleChange, StateKind};
use juno_reasoning::Skipped;

use crate::core::Change;
use crate::live_guard::LiveGuard;
use crate::rule_executor::RuleExecutor;
use crate::{AgentError, GateHandle, Recovered, Stores};

/// The name of the executor that stands for code of the host.
const HOST: &str = "host";

impl GateHandle {
    /// Carries out an approved request through `executor` in place of the configured one, at most once ever.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    pub async fn execute_with(
        &self,
        id: &RequestId,
        executor: Arc<dyn ActionExecutor>,
    ) -> Result<Outcome, AgentError> {
        let ready = self.ready(id).await?;
        let runner = ready.runner.with_executor(Arc::new(RuleExecutor(executor)));
        let outcome = runner.run(ready.authorization, self.0.parts.clock.as_ref()).await?;
        self.0.adopt(id, ready.change, &outcome).await?;
        self.told(outcome).await
    }

    /// The permit to carry out an approved request in the caller's own code, which then says how it ended with
    /// [`finish`](Self::finish). The intent is stored first; a permit that is never finished is looked up once its lease
    /// has run out, and never given again. `undo` is the action that would undo it: what a policy alone approved needs
    /// one; it is [checked](Runner::undone_by) before. `touches` says how many tickets, people or systems it touches, which
    /// budgets count; where it is left out the executor is asked, and 1 is taken where it cannot say.
    ///
    /// # Errors
    /// As [`execute`](Self::execute), and if `undo` does not undo it.
    pub async fn permit(
        &self,
        id: &RequestId,
        undo: Option<Action>,
        touches: Option<u32>,
    ) -> Result<Permit, AgentError> {
        let request = self.no_change_of_rules(id).await?;
        let (configured, action) = (&self.0.runner, request.action());
        let undo = match undo {
            Some(undo) => Some(configured.undone_by(action, undo).await?),
            None => None,
        };
        let touches = match touches {
            Some(touches) => touches,
            None => configured.blast_radius(action).await?,
        };
        let ready = self.ready(id).await?;
        let runner = ready.runner.with_executor(Arc::new(Host));
        let clock = self.0.parts.clock.as_ref();
        let permit = runner.begin_for(ready.authorization, undo, touches, clock).await?;
        self.0.drain().await?;
        Ok(permit)
    }

    /// Says how what a permit was for ended, and gives the outcome. Only an error that is certain that nothing was
    /// changed ([`NotDone`](ActionError::NotDone)) is a failure; any other leaves the outcome unknown.
    ///
    /// # Errors
    /// If somebody took over in between, or a store cannot be reached.
    pub async fn finish(
        &self,
        permit: Permit,
        result: Result<Effect, ActionError>,
    ) -> Result<Outcome, AgentError> {
        let ended = permit.finish(result, None, self.0.parts.clock.as_ref()).await?;
        let outcome = ended.outcome().ok_or_else(|| ActionError::Internal("no outcome".into()))?;
        self.told(outcome).await
    }

    /// Carries out several approved requests in order; if one fails, those before it are undone, the last first.
    /// Called again after a crash, it goes on where the plan stands.
    ///
    /// # Errors
    /// If one is not approved, or one but the last cannot be undone: nothing was done then.
    pub async fn execute_plan(&self, ids: &[RequestId]) -> Result<PlanOutcome, AgentError> {
        let mut authorizations = BTreeMap::new();
        let mut runner = self.0.runner.clone();
        for id in ids {
            let request = self.no_change_of_rules(id).await?;
            if !matches!(request.kind(), StateKind::Approved | StateKind::Authorized) {
                return Err(not_approved(&request).into());
            }
        }
        for id in ids {
            let begun = self.0.parts.stores.executions.get(id).await?;
            if begun.is_none_or(|execution| execution.state == ExecutionState::Approved) {
                let ready = self.ready(id).await?;
                authorizations.insert(id.clone(), ready.authorization);
                runner = ready.runner;
            }
        }
        let clock = self.0.parts.clock.as_ref();
        let outcome = runner.run_plan(ids, authorizations, clock).await?;
        for step in &outcome.steps {
            self.0.remember_outcome(step).await?;
        }
        self.0.drain().await?;
        Ok(outcome)
    }

    /// Undoes what took effect, by the action that was captured before it. It needs the authority that the action needed: a
    /// role that could have let it run, and not its proposer where people approved it ([`may_undo`](juno_governance::Gate::may_undo)).
    ///
    /// # Errors
    /// If `by` has no such authority, it did not take effect or cannot be undone, or a store cannot be reached.
    pub async fn reverse(
        &self,
        id: &RequestId,
        by: &PrincipalId,
        reason: &str,
    ) -> Result<Outcome, AgentError> {
        self.may_undo(id, by).await?;
        let outcome = self.0.runner.reverse(id, by, reason, self.0.parts.clock.as_ref()).await?;
        self.told(outcome).await
    }

    /// The permit to undo a request in the caller's own code, as [`permit`](Self::permit).
    ///
    /// # Errors
    /// As [`reverse`](Self::reverse).
    pub async fn reversal_permit(
        &self,
        id: &RequestId,
        by: &PrincipalId,
        reason: &str,
    ) -> Result<Permit, AgentError> {
        self.may_undo(id, by).await?;
        let permit = self.0.runner.begin_reversal(id, by, reason, self.0.parts.clock.as_ref()).await?;
        self.0.drain().await?;
        Ok(permit)
    }

    /// Takes back what was approved or authorized and has not begun: its proposer can, an administrator, and whoever could
    /// have let it run ([`may_take_back`](juno_governance::Gate::may_take_back)).
    ///
    /// # Errors
    /// If `by` may not, it has begun, or a store cannot be reached.
    pub async fn revoke(
        &self,
        id: &RequestId,
        by: &PrincipalId,
        reason: &str,
    ) -> Result<Outcome, AgentError> {
        let (gate, now) = (self.0.gate(), self.now());
        let request = gate.get(id).await?;
        gate.may_take_back(&request, by, now)?;
        let outcome = self.0.runner.revoke(&request, by, reason, now).await?;
        self.told(outcome).await
    }

    /// A person says whether an execution that nobody knew the end of took effect. Whoever may
    /// [undo](Self::reverse) it can.
    ///
    /// # Errors
    /// If `by` may not, its end is known, or a store cannot be reached.
    pub async fn resolve(
        &self,
        id: &RequestId,
        by: &PrincipalId,
        took_effect: bool,
        reason: &str,
    ) -> Result<Outcome, AgentError> {
        self.may_undo(id, by).await?;
        let outcome = self.0.runner.resolve(id, by, took_effect, reason, self.now()).await?;
        self.told(outcome).await
    }

    /// The execution of a request, if it was begun.
    ///
    /// # Errors
    /// If a store cannot be reached or the execution is damaged.
    pub async fn execution(&self, id: &RequestId) -> Result<Option<Execution>, AgentError> {
        Ok(self.0.parts.stores.executions.get(id).await?)
    }

    /// Looks at everything that is due: what a process began and did not end becomes unknown and is looked up, never a
    /// second attempt; post-conditions are checked again.
    ///
    /// # Errors
    /// If a store cannot be reached. What goes wrong with one execution is told and stops no other.
    pub async fn recover(&self) -> Result<Recovered, AgentError> {
        let Recovery { outcomes, failed } = self.0.runner.recover(self.0.parts.clock.as_ref()).await?;
        for outcome in &outcomes {
            self.0.remember_outcome(outcome).await?;
        }
        self.0.drain().await?;
        let told = |(request, error): (RequestId, ActionError)| Skipped {
            subject: request.into(),
            reason: error.to_string(),
        };
        Ok(Recovered { outcomes, failed: failed.into_iter().map(told).collect() })
    }

    /// The authorization of an approved request; of one that was redeemed by a process that died before it began
    /// anything, issued again. Its runner asks the gate of this moment once more before anything begins.
    pub(crate) async fn ready(&self, id: &RequestId) -> Result<Ready, AgentError> {
        let core = &self.0;
        let request = core.gate().get(id).await?;
        // Others may have changed the rules through another process: those count, and not what was in force here.
        let changes = match RuleChange::is(request.action()) {
            true => Some(core.changes_so_far(&request).await?),
            false => None,
        };
        let gate = core.gate_for(request.proposal(), Some(id)).await?;
        gate.check_change(&request)?;
        let (settings, now) = (core.config.policy, self.now());
        let authorization = match request.kind() {
            StateKind::Authorized => gate.reissue(id, &core.runner, settings, now).await?,
            _ => gate.redeem(id, settings, now).await?,
        };
        let of_rules = RuleChange::is(authorization.action());
        let change = if of_rules { Some(Change::of(&gate, &authorization)?) } else { None };
        let mut runner = core.runner.clone().with_guard(Arc::new(LiveGuard(core.clone())));
        if let Some(changes) = changes {
            runner = runner.after_on_target(changes);
        }
        Ok(Ready { authorization, runner, change })
    }

    /// The request, unless it changes the rules: that goes by [`execute`](Self::execute) alone.
    async fn no_change_of_rules(&self, id: &RequestId) -> Result<ApprovalRequest, AgentError> {
        let request = self.0.gate().get(id).await?;
        if RuleChange::is(request.action()) {
            let what = format!("request `{id}` changes the rules: carry it out by `execute`, and alone");
            return Err(GovernanceError::Policy(what).into());
        }
        Ok(request)
    }

    pub(crate) async fn told(&self, outcome: Outcome) -> Result<Outcome, AgentError> {
        self.0.remember_outcome(&outcome).await?;
        self.0.drain().await?;
        Ok(outcome)
    }

    async fn may_undo(&self, id: &RequestId, by: &PrincipalId) -> Result<(), AgentError> {
        let gate = self.0.gate();
        Ok(gate.may_undo(&gate.get(id).await?, by, self.now())?)
    }
}

fn not_approved(request: &ApprovalRequest) -> GovernanceError {
    match request.pending() {
        Some(pending) => GovernanceError::ApprovalRequired {
            request: request.id().clone(),
            role: pending.role,
            deadline: pending.deadline,
            digest: request.digest(),
        },
        None => GovernanceError::Refused {
            request: request.id().clone(),
            state: request.kind(),
            why: request.decision().reasons.join("; "),
        },
    }
}

/// What is needed to carry out an approved request.
pub(crate) struct Ready {
    pub(crate) authorization: Authorization,
    /// It asks the gate of that moment once more before anything begins.
    pub(crate) runner: Runner,
    pub(crate) change: Option<Change>,
}

/// The runner of a [`Juno`](crate::Juno). Nothing begins by it before it was given a guard ([`GateHandle::ready`]).
pub(crate) fn runner(executor: Arc<dyn ActionExecutor>, stores: &Stores, options: RunnerOptions) -> Runner {
    Runner::new(executor, Arc::clone(&stores.executions)).with_options(options)
}

/// Stands for code of the host, which causes its effects itself.
struct Host;

#[async_trait::async_trait]
impl ActionExecutor for Host {
    fn name(&self) -> &str {
        HOST
    }

    async fn preview(&self, action: &Action) -> Result<juno_action::Preview, ActionError> {
        Err(self.cannot(action))
    }

    async fn execute(&self, action: &Action, _: &str) -> Result<Effect, ActionError> {
        Err(self.cannot(action))
    }
}

impl Host {
    fn cannot(&self, action: &Action) -> ActionError {
        ActionError::Unsupported { executor: HOST.to_owned(), action: action.name().to_owned() }
    }
}

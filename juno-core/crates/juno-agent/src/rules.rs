use juno_crypto::digest_of;
use juno_domain::{DomainEvent, EventId, EventKind, PrincipalId, Proposal};
use juno_governance::{
    Delegation, Gate, GovernanceError, GovernancePolicy, RequestFilter, RoleBook, RuleChange, RuleSet,
    Ruling, Simulation, Submission, roles_changed, simulate,
};
use serde_json::json;

use crate::{AgentError, GateHandle};

impl GateHandle {
    /// The version of the policy in force.
    #[must_use]
    pub fn policy_version(&self) -> String {
        self.0.gate().policy().version().to_owned()
    }

    /// What the policy makes of a proposal now, within the settings. Nothing is submitted and nothing recorded.
    ///
    /// # Errors
    /// If a store cannot be reached.
    pub async fn rule(&self, proposal: &Proposal) -> Result<Ruling, AgentError> {
        let gate = self.0.gate_for(proposal).await?;
        Ok(gate.rule(proposal, self.0.config.policy, self.0.parts.clock.now()))
    }

    /// What another policy would have made of every request so far, within the settings, and what the difference costs
    /// in people's time at `minutes_per_vote`.
    ///
    /// # Errors
    /// If a store cannot be reached.
    pub async fn simulate(
        &self,
        policy: &dyn GovernancePolicy,
        minutes_per_vote: f64,
    ) -> Result<Simulation, AgentError> {
        let history = self.0.parts.stores.approvals.list(&RequestFilter::default()).await?;
        Ok(simulate(policy, self.0.config.policy, &history, minutes_per_vote))
    }

    /// Asks for other rules: a request of critical impact like any other, which only people approve. Carried out, they
    /// are in force here, and in other processes on the same stores from their next start.
    ///
    /// # Errors
    /// If the rules are not usable or in force already, a text is empty, nobody could decide on it, or a store cannot
    /// be reached.
    pub async fn propose_rules(
        &self,
        rules: RuleSet,
        by: &PrincipalId,
        justification: &str,
        risk: &str,
        rollback: &str,
    ) -> Result<Submission, AgentError> {
        let change = RuleChange::new(self.0.gate().policy(), rules, justification, risk, rollback)?;
        self.submit(&change.proposal(by.clone(), self.0.parts.clock.now())?).await
    }

    /// Stops everything in this process: nothing is allowed, asked or carried out any more, but for a change of the
    /// rules. Anybody with a role can; it is recorded.
    ///
    /// # Errors
    /// If `by` has no role, or the log cannot be written; it is stopped all the same then.
    pub async fn stop(&self, by: &PrincipalId, reason: &str) -> Result<(), AgentError> {
        if !self.0.gate().roles().has_any_role(by, self.0.parts.clock.now()) {
            return Err(refused(by, "has no role, and only who has one may stop everything").into());
        }
        self.0.stop();
        self.record_switch(by, reason, true).await
    }

    /// Ends a stop. An administrator or director of every team can; it is recorded first.
    ///
    /// # Errors
    /// If `by` is neither, or the log cannot be written.
    pub async fn resume(&self, by: &PrincipalId, reason: &str) -> Result<(), AgentError> {
        if !self.0.may_administer(by) {
            return Err(
                refused(by, "is no administrator or director of every team, who may end a stop").into()
            );
        }
        let seen = self.0.stops();
        self.record_switch(by, reason, false).await?;
        if !self.0.go_on(seen) {
            return Err(refused(by, "was overtaken by another stop, which holds").into());
        }
        Ok(())
    }

    /// Lets somebody vote in the place of another, from now on in this process. The giver can give their own place, an
    /// administrator any; it is recorded first. What is to last longer belongs in the settings.
    ///
    /// # Errors
    /// If `by` may not, the delegation cannot be, or the log cannot be written.
    pub async fn delegate(
        &self,
        delegation: Delegation,
        by: &PrincipalId,
        reason: &str,
    ) -> Result<(), AgentError> {
        if *by != delegation.by && !self.0.may_administer(by) {
            return Err(refused(by, "gives away a place that is not theirs").into());
        }
        self.change_roles(|book| book.delegate(delegation.clone()), by, reason).await
    }

    /// Ends a delegation at once, here. Giver and delegate can, and an administrator; it is recorded first.
    ///
    /// # Errors
    /// If there is no such delegation, `by` may not, or the log cannot be written.
    pub async fn end_delegation(&self, id: &str, by: &PrincipalId, reason: &str) -> Result<(), AgentError> {
        let gate = self.0.gate();
        let Some(known) = gate.roles().delegations().iter().find(|known| known.id == id) else {
            return Err(
                GovernanceError::Roles(format!("there is no delegation `{id}`: look at the roles")).into()
            );
        };
        if *by != known.by && *by != known.to && !self.0.may_administer(by) {
            return Err(refused(by, "ends a delegation that is not theirs").into());
        }
        let end = |book: &mut RoleBook| {
            book.end_delegation(id);
            Ok(())
        };
        self.change_roles(end, by, reason).await
    }

    async fn change_roles(
        &self,
        change: impl Fn(&mut RoleBook) -> Result<(), GovernanceError>,
        by: &PrincipalId,
        reason: &str,
    ) -> Result<(), AgentError> {
        let changed = |gate: &Gate| {
            let mut book = gate.roles().clone();
            change(&mut book)?;
            Ok::<_, GovernanceError>(book)
        };
        let gate = self.0.gate();
        let (book, now) = (changed(&gate)?, self.0.parts.clock.now());
        self.0.record(roles_changed(gate.roles(), &book, by, reason, now)?).await?;
        // What came into force while the record was written stays.
        Ok(self.0.change_gate(|gate| Ok(gate.with_roles(changed(gate)?)))?)
    }

    async fn record_switch(&self, by: &PrincipalId, reason: &str, stopped: bool) -> Result<(), AgentError> {
        let (at, instance) = (self.0.parts.clock.now(), &self.0.config.instance);
        let id = digest_of(&("stopped", stopped, by, instance, reason, at))?;
        let event = DomainEvent {
            id: EventId::new(id.to_string())?,
            kind: EventKind::SettingsChanged,
            at,
            actor: by.clone(),
            subject: "stopped".into(),
            team: None,
            payload: json!({ "stopped": stopped, "reason": reason, "instance": instance }).into(),
        };
        self.0.record(event).await
    }
}

fn refused(by: &PrincipalId, why: &str) -> GovernanceError {
    GovernanceError::NotAllowed { by: by.clone(), why: why.to_owned() }
}

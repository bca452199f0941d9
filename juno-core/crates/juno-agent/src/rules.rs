use juno_domain::{EventId, PrincipalId, Proposal};
use juno_governance::{
    Delegation, Gate, GovernanceError, GovernancePolicy, RequestFilter, RoleBook, RuleChange, RuleSet,
    Ruling, Simulation, Stop, Submission, roles_changed, simulate,
};

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
        let gate = self.0.gate_for(proposal, None).await?;
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

    /// Stops everything in every process on the same stores, and after a restart: nothing is allowed, asked or carried out
    /// any more, but for a change of the rules. Each process looks for stops just before each effect. Anybody with a role
    /// can; it is recorded.
    ///
    /// # Errors
    /// If `by` has no role. If it cannot be stored; here, and as long as this process lives, everything is stopped all the
    /// same then.
    pub async fn stop(&self, by: &PrincipalId, reason: &str) -> Result<(), AgentError> {
        if !self.0.gate().roles().has_any_role(by, self.0.parts.clock.now()) {
            return Err(refused(by, "has no role, and only who has one may stop everything").into());
        }
        let (stop, event) = Stop::new(by, reason, &self.0.config.instance, self.0.parts.clock.now())?;
        if let Err(error) = self.0.parts.stores.approvals.stop(&stop, &[event]).await {
            self.0.stop_here();
            return Err(error.into());
        }
        self.0.drain().await
    }

    /// The stops in force, by id, whichever process put them in place.
    ///
    /// # Errors
    /// If a store cannot be reached.
    pub async fn stops(&self) -> Result<Vec<Stop>, AgentError> {
        Ok(self.0.parts.stores.approvals.stops().await?)
    }

    /// Ends the stops that are in force. An administrator or director of every team can; it is recorded with them.
    ///
    /// # Errors
    /// If `by` is neither, the stores cannot be reached, or another stop came meanwhile, which holds.
    pub async fn resume(&self, by: &PrincipalId, reason: &str) -> Result<(), AgentError> {
        if !self.0.may_administer(by) {
            return Err(
                refused(by, "is no administrator or director of every team, who may end a stop").into()
            );
        }
        let approvals = &self.0.parts.stores.approvals;
        let (here, stops) = (self.0.stops_here(), approvals.stops().await?);
        let ended = Stop::ended(&stops, by, reason, &self.0.config.instance, self.0.parts.clock.now())?;
        let ids: Vec<EventId> = stops.into_iter().map(|stop| stop.id).collect();
        approvals.end_stops(&ids, &[ended]).await?;
        self.0.go_on_here(here);
        self.0.drain().await?;
        if self.0.is_stopped().await? {
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
}

fn refused(by: &PrincipalId, why: &str) -> GovernanceError {
    GovernanceError::NotAllowed { by: by.clone(), why: why.to_owned() }
}

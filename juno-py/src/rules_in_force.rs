//! The policy in force: asking it, changing it, stopping everything.
use juno_core::domain::{PrincipalId, Proposal};
use juno_core::governance::{Delegation, Ruling, Simulation, Stop, Submission};
use pyo3::prelude::*;

use crate::juno::Juno;
use crate::plain::Plain;
use crate::rules::RulePolicy;
use crate::runtime::waits;

#[pymethods]
impl Juno {
    /// The version of the policy in force.
    #[getter]
    fn policy_version(&self) -> String {
        self.core.gate.policy_version()
    }
}

waits! {
    /// What the policy makes of a proposal now; with a `narrowed` action if it makes it smaller. Nothing is recorded.
    rule / rule_async (proposal)
    |juno, proposal: Plain<Proposal>| -> Plain<Ruling> {
        Plain(juno.core.gate.rule(&proposal.0).await?)
    }

    /// What other rules would have made of every request so far, and what the difference costs in people's time.
    simulate / simulate_async (policy, minutes_per_vote = 5.0)
    |juno, policy: RulePolicy, minutes_per_vote: f64| -> Plain<Simulation> {
        Plain(juno.core.gate.simulate(policy.0.as_ref(), minutes_per_vote).await?)
    }

    /// Asks for other rules: a request of critical impact that only people approve; carried out, they are in force.
    propose_rules / propose_rules_async (policy, by, justification, risk, rollback)
    |juno, policy: RulePolicy, by: Plain<PrincipalId>, justification: String, risk: String, rollback: String| -> Plain<Submission> {
        let rules = policy.0.rules().clone();
        Plain(juno.core.gate.propose_rules(rules, &by.0, &justification, &risk, &rollback).await?)
    }

    /// Stops everything in every process on the same database, and after a restart: nothing is allowed, asked or carried
    /// out. Anybody with a role can.
    stop / stop_async (by, reason)
    |juno, by: Plain<PrincipalId>, reason: String| -> () {
        juno.core.gate.stop(&by.0, &reason).await?;
    }

    /// The stops in force, whichever process put them in place.
    stops / stops_async ()
    |juno| -> Plain<Vec<Stop>> {
        Plain(juno.core.gate.stops().await?)
    }

    /// Ends the stops in force. An administrator or director of every team can.
    resume / resume_async (by, reason)
    |juno, by: Plain<PrincipalId>, reason: String| -> () {
        juno.core.gate.resume(&by.0, &reason).await?;
    }

    /// Lets somebody vote in the place of another for some time, in this process. It is recorded.
    delegate / delegate_async (delegation, by, reason)
    |juno, delegation: Plain<Delegation>, by: Plain<PrincipalId>, reason: String| -> () {
        juno.core.gate.delegate(delegation.0, &by.0, &reason).await?;
    }

    /// Ends a delegation at once, in this process. It is recorded.
    end_delegation / end_delegation_async (id, by, reason)
    |juno, id: String, by: Plain<PrincipalId>, reason: String| -> () {
        juno.core.gate.end_delegation(&id, &by.0, &reason).await?;
    }
}

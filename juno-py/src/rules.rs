//! Policies as data, and changing them.
use std::path::PathBuf;
use std::sync::Arc;

use juno_core::domain::{PrincipalId, Proposal};
use juno_core::governance::{
    self, ApprovalRequest, Delegation, Facts, PolicySettings, RuleSet, Ruling, Simulation, Submission,
};
use pyo3::prelude::*;

use crate::convert::Instant;
use crate::error::Fault;
use crate::plain::{Plain, json};
use crate::runtime::waits;

/// A policy as data: rules, budgets, quiet hours and a kill switch. Made of a mapping, of TOML, or of a file.
///
/// An unknown key, role, impact, category, action or field is an error that names the nearest known one.
#[pyclass(module = "juno", frozen, from_py_object)]
#[derive(Clone)]
pub(crate) struct RulePolicy(pub(crate) Arc<governance::RulePolicy>);

impl RulePolicy {
    fn of(rules: RuleSet) -> Result<Self, Fault> {
        Ok(Self(Arc::new(governance::RulePolicy::new(rules)?)))
    }
}

#[pymethods]
impl RulePolicy {
    #[new]
    fn new(rules: &Bound<'_, PyAny>) -> Result<Self, Fault> {
        Self::of(RuleSet::from_json(&json("`rules`", rules)?.to_string())?)
    }

    /// Reads rules from TOML.
    #[staticmethod]
    fn from_toml(text: &str) -> Result<Self, Fault> {
        Self::of(RuleSet::from_toml(text)?)
    }

    /// Reads rules from a file: JSON if its name ends in `.json`, else TOML.
    #[staticmethod]
    fn load(path: PathBuf) -> Result<Self, Fault> {
        Self::of(RuleSet::load(&path)?)
    }

    /// The name of the rules and the start of their digest: it changes with any of them.
    #[getter]
    fn version(&self) -> &str {
        governance::GovernancePolicy::version(self.0.as_ref())
    }

    /// The rules as plain values: `RulePolicy(...)` reads them back.
    fn to_dict(&self) -> Plain<&RuleSet> {
        Plain(self.0.rules())
    }

    /// What the rules make of a proposal; with a `narrowed` action if they make it smaller. Nothing is recorded.
    #[pyo3(signature = (proposal, settings, now, facts = None))]
    fn decide(
        &self,
        proposal: Plain<Proposal>,
        settings: Plain<PolicySettings>,
        now: Instant,
        facts: Option<Plain<Facts>>,
    ) -> Plain<Ruling> {
        let facts = facts.map(|facts| facts.0);
        Plain(settings.0.rule(self.0.as_ref(), &proposal.0, facts.as_ref(), now.0))
    }

    /// What the rules would have made of requests, and what the difference costs in people's time.
    #[pyo3(signature = (history, settings, *, minutes_per_vote = 5.0))]
    fn simulate(
        &self,
        history: Plain<Vec<ApprovalRequest>>,
        settings: Plain<PolicySettings>,
        minutes_per_vote: f64,
    ) -> Plain<Simulation> {
        Plain(governance::simulate(self.0.as_ref(), settings.0, &history.0, minutes_per_vote))
    }

    fn __repr__(&self) -> String {
        format!("RulePolicy({})", self.version())
    }
}

#[pymethods]
impl crate::juno::Juno {
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

    /// Stops everything in this process: nothing is allowed, asked or carried out. Anybody with a role can.
    stop / stop_async (by, reason)
    |juno, by: Plain<PrincipalId>, reason: String| -> () {
        juno.core.gate.stop(&by.0, &reason).await?;
    }

    /// Ends a stop. An administrator or director of every team can.
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

//! Policies as data.
use std::path::PathBuf;
use std::sync::Arc;

use juno_core::domain::Proposal;
use juno_core::governance::{self, ApprovalRequest, Facts, PolicySettings, RuleSet, Ruling, Simulation};
use pyo3::prelude::*;

use crate::convert::Instant;
use crate::error::Fault;
use crate::plain::{Plain, json};

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

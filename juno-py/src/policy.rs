//! Policies, also those written in Python.
use juno_core::domain::Proposal;
use juno_core::governance::{
    DefaultPolicy, GovernancePolicy, PolicyContext, PolicyDecision, PolicyReply, PolicyRules, PolicySettings,
    PolicyVerdict,
};
use pyo3::prelude::*;

use crate::call::{Call, Kept};
use crate::convert::Instant;
use crate::error::Fault;
use crate::plain::Plain;
use crate::plugin::Plugin;
use crate::runtime;

/// A policy written in Python: a text `version` and a method `decide(context)`.
pub(crate) struct PythonPolicy {
    plugin: Plugin,
    version: String,
}

impl PythonPolicy {
    pub(crate) fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (plugin, version) = Plugin::new(object, "policy", "decide", "version")?;
        Ok(Self { plugin, version })
    }
}

impl GovernancePolicy for PythonPolicy {
    fn version(&self) -> &str {
        &self.version
    }

    /// A policy that fails lets nothing run.
    fn decide(&self, context: &PolicyContext<'_>) -> PolicyDecision {
        let reply = self.plugin.call::<PolicyReply>("decide", &[context]);
        let decision = reply.and_then(|reply| {
            reply.for_impact(context.proposal.impact).map_err(|error| Kept(Plugin::keep(error).to_string()))
        });
        decision.unwrap_or_else(|Kept(why)| {
            PolicyDecision::because(PolicyVerdict::Deny, format!("policy `{}` failed: {why}", self.version))
        })
    }
}

/// What the default policy says about a proposal. Nothing is submitted and nothing recorded.
#[pyfunction]
#[pyo3(signature = (proposal, settings, now))]
pub(crate) fn decide(
    proposal: Plain<Proposal>,
    settings: Plain<PolicySettings>,
    now: Instant,
) -> Result<Plain<PolicyDecision>, Fault> {
    let policy = DefaultPolicy::new(PolicyRules::default())?;
    Ok(Plain(policy.decide(&settings.0.context(&proposal.0, now.0))))
}

/// A policy and the proposals it is tried on.
struct Trial {
    policy: PythonPolicy,
    proposals: Vec<Proposal>,
    settings: PolicySettings,
    now: Instant,
}

impl Trial {
    async fn run(self) -> Result<Plain<Vec<PolicyDecision>>, Fault> {
        let decide = |proposal| {
            let decision = self.policy.decide(&self.settings.context(proposal, self.now.0));
            Call::raise().map(|()| decision)
        };
        Ok(Plain(self.proposals.iter().map(decide).collect::<Result<_, Fault>>()?))
    }
}

/// What a policy written in Python says about proposals. Nothing is submitted and nothing recorded.
#[pyfunction]
#[pyo3(signature = (policy, proposals, *, now, phase = 2, supervisor_mode = true, autonomous_actions = true))]
pub(crate) fn try_policy(
    py: Python<'_>,
    policy: &Bound<'_, PyAny>,
    proposals: Plain<Vec<Proposal>>,
    now: Instant,
    phase: u8,
    supervisor_mode: bool,
    autonomous_actions: bool,
) -> Result<Plain<Vec<PolicyDecision>>, Fault> {
    let settings = PolicySettings { phase, supervisor_mode, autonomous_actions };
    let trial = Trial { policy: PythonPolicy::new(policy)?, proposals: proposals.0, settings, now };
    runtime::wait(py, trial.run())
}

/// `try_policy` for use with `await`: the event loop runs on meanwhile.
#[pyfunction]
#[pyo3(signature = (policy, proposals, *, now, phase = 2, supervisor_mode = true, autonomous_actions = true))]
pub(crate) fn try_policy_async<'py>(
    py: Python<'py>,
    policy: &Bound<'py, PyAny>,
    proposals: Plain<Vec<Proposal>>,
    now: Instant,
    phase: u8,
    supervisor_mode: bool,
    autonomous_actions: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let settings = PolicySettings { phase, supervisor_mode, autonomous_actions };
    let trial = Trial { policy: PythonPolicy::new(policy)?, proposals: proposals.0, settings, now };
    runtime::awaitable(py, trial.run())
}

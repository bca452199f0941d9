//! Permits: policies, also those written in Python.
use juno_domain::Proposal;
use juno_governance::{
    GovernancePolicy, PolicyContext, PolicyDecision, PolicyReply, PolicySettings, PolicyVerdict,
};
use pyo3::prelude::*;

use crate::convert::{Instant, Plain};
use crate::error::Fault;
use crate::plugin::{Kept, Plugin};
use crate::runtime;

/// A policy written in Python: an attribute `version` and a method `decide(context)`.
struct PythonPolicy {
    plugin: Plugin,
    version: String,
}

impl PythonPolicy {
    fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let plugin = Plugin::new(object, "policy", &["decide"])?;
        Ok(Self { plugin, version: object.getattr("version")?.extract()? })
    }
}

impl GovernancePolicy for PythonPolicy {
    fn version(&self) -> &str {
        &self.version
    }

    /// A policy that fails lets nothing run.
    fn decide(&self, context: &PolicyContext<'_>) -> PolicyDecision {
        let impact = context.proposal.impact;
        let reply = self.plugin.call::<_, PolicyReply>("decide", context).and_then(|reply| {
            reply.for_impact(impact).map_err(|error| self.plugin.keep(Fault::from(error).into()))
        });
        reply.unwrap_or_else(|Kept(why)| {
            let reason = format!("policy `{}` failed: {why}", self.version);
            PolicyDecision::because(PolicyVerdict::Deny, reason)
        })
    }
}

/// A policy and the proposals it is tried on.
struct Trial {
    policy: PythonPolicy,
    proposals: Vec<Proposal>,
    settings: PolicySettings,
    now: Instant,
}

impl Trial {
    async fn run(&self) -> Result<Plain<Vec<PolicyDecision>>, Fault> {
        let decide = |proposal| {
            let decision = self.policy.decide(&self.settings.context(proposal, self.now.0));
            self.policy.plugin.raise().map(|()| decision)
        };
        Ok(Plain(self.proposals.iter().map(decide).collect::<PyResult<_>>()?))
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
    runtime::wait(py, trial.run())?
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
) -> Result<Bound<'py, PyAny>, Fault> {
    let settings = PolicySettings { phase, supervisor_mode, autonomous_actions };
    let trial = Trial { policy: PythonPolicy::new(policy)?, proposals: proposals.0, settings, now };
    Ok(runtime::awaitable(py, async move { trial.run().await })?)
}

//! Permits: policies, also those written in JavaScript.
use chrono::{DateTime, Utc};
use juno_domain::Proposal;
use juno_governance::{
    GovernancePolicy, PolicyContext, PolicyDecision, PolicyReply, PolicySettings, PolicyVerdict,
};
use napi::JsDate;
use napi::bindgen_prelude::{Env, JsObjectValue, Object, PromiseRaw, Unknown};
use napi_derive::napi;
use serde_json::Value;

use crate::convert::instant;
use crate::error::{Fault, promise};
use crate::plain::{from_plain, to_plain};
use crate::plugin::{Kept, Plugin};

/// A policy written in JavaScript: a property `version` and a method `decide(context)`.
struct JavaScriptPolicy {
    plugin: Plugin,
    version: String,
}

impl JavaScriptPolicy {
    fn new(object: &Object<'_>) -> Result<Self, Fault> {
        let plugin = Plugin::new(object, "policy", &["decide"])?;
        Ok(Self { plugin, version: object.get_named_property("version")? })
    }
}

impl GovernancePolicy for JavaScriptPolicy {
    fn version(&self) -> &str {
        &self.version
    }

    /// A policy that fails lets nothing run.
    fn decide(&self, context: &PolicyContext<'_>) -> PolicyDecision {
        let impact = context.proposal.impact;
        let reply = self
            .plugin
            .call::<_, PolicyReply>("decide", context)
            .and_then(|reply| reply.for_impact(impact).map_err(|error| self.plugin.keep(error.into())));
        reply.unwrap_or_else(|Kept(why)| {
            let reason = format!("policy `{}` failed: {why}", self.version);
            PolicyDecision::because(PolicyVerdict::Deny, reason)
        })
    }
}

/// When a policy is asked, and under which settings.
#[napi(object, object_to_js = false)]
pub(crate) struct TryPolicyOptions<'env> {
    /// The instant of the decision.
    pub now: JsDate<'env>,
    /// 1 only reads, 2 and above may propose and act under governance; default 2.
    pub phase: Option<u8>,
    /// Whether every action needs a person; default true.
    pub supervisor_mode: Option<bool>,
    /// Whether anything may run without a person; default true.
    pub autonomous_actions: Option<bool>,
}

/// A policy and the proposals it is tried on.
struct Trial {
    policy: JavaScriptPolicy,
    proposals: Vec<Proposal>,
    settings: PolicySettings,
    now: DateTime<Utc>,
}

impl Trial {
    fn run(&self) -> Result<Value, Fault> {
        let decide = |proposal| {
            let decision = self.policy.decide(&self.settings.context(proposal, self.now));
            self.policy.plugin.raise().map(|()| decision)
        };
        to_plain(&self.proposals.iter().map(decide).collect::<Result<Vec<_>, _>>()?)
    }
}

/// What a policy written in JavaScript says about proposals. Nothing is submitted and nothing recorded.
#[napi(ts_return_type = "Promise<PolicyDecision[]>")]
pub(crate) fn try_policy<'env>(
    env: &'env Env,
    #[napi(ts_arg_type = "GovernancePolicy")] policy: Object<'_>,
    #[napi(ts_arg_type = "Proposal[]")] proposals: Unknown<'_>,
    options: TryPolicyOptions<'_>,
) -> Result<PromiseRaw<'env, Value>, Fault> {
    let usual = PolicySettings::default();
    let trial = Trial {
        policy: JavaScriptPolicy::new(&policy)?,
        proposals: from_plain("`proposals`", proposals)?,
        settings: PolicySettings {
            phase: options.phase.unwrap_or(usual.phase),
            supervisor_mode: options.supervisor_mode.unwrap_or(usual.supervisor_mode),
            autonomous_actions: options.autonomous_actions.unwrap_or(usual.autonomous_actions),
        },
        now: instant(&options.now)?,
    };
    promise(env, async move { trial.run() })
}

//! Policies, also those written in JavaScript.
use chrono::{DateTime, Utc};
use juno_core::domain::Proposal;
use juno_core::governance::{
    DefaultPolicy, GovernancePolicy, PolicyContext, PolicyDecision, PolicyReply, PolicyRules, PolicySettings,
    PolicyVerdict,
};
use napi::JsDate;
use napi::bindgen_prelude::{Env, FnArgs, Object, PromiseRaw, Unknown};
use napi_derive::napi;
use serde_json::Value;

use crate::call::{Call, Kept};
use crate::convert::instant;
use crate::error::Fault;
use crate::plain::{from_plain, plain, to_plain};
use crate::plugin::Plugin;
use crate::runtime::plain_promise;

/// A policy written in JavaScript: a text `version` and a method `decide(context)`.
pub(crate) struct JavaScriptPolicy {
    plugin: Plugin<FnArgs<(Value,)>>,
    version: String,
}

impl JavaScriptPolicy {
    pub(crate) fn new(object: &Object<'_>) -> Result<Self, Fault> {
        let (plugin, version) = Plugin::new(object, "policy", "decide", "version")?;
        Ok(Self { plugin, version })
    }
}

impl GovernancePolicy for JavaScriptPolicy {
    fn version(&self) -> &str {
        &self.version
    }

    /// A policy that fails lets nothing run.
    fn decide(&self, context: &PolicyContext<'_>) -> PolicyDecision {
        let reply = self.plugin.call::<PolicyReply>(|| Ok((to_plain(context)?,).into()));
        let decision = reply.and_then(|reply| {
            reply.for_impact(context.proposal.impact).map_err(|error| Call::keep(error.into()))
        });
        decision.unwrap_or_else(|Kept(why)| {
            PolicyDecision::because(PolicyVerdict::Deny, format!("policy `{}` failed: {why}", self.version))
        })
    }
}

/// What the default policy says about a proposal. Nothing is submitted and nothing recorded.
#[napi(ts_return_type = "PolicyDecision")]
pub(crate) fn decide<'env>(
    env: &'env Env,
    #[napi(ts_arg_type = "Proposal")] proposal: Unknown<'_>,
    #[napi(ts_arg_type = "PolicySettings")] settings: Unknown<'_>,
    now: JsDate<'_>,
) -> Result<Unknown<'env>, Fault> {
    let proposal: Proposal = from_plain("`proposal`", proposal)?;
    let settings: PolicySettings = from_plain("`settings`", settings)?;
    let policy = DefaultPolicy::new(PolicyRules::default())?;
    plain(env, &policy.decide(&settings.context(&proposal, instant(&now)?)))
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
    fn run(&self) -> Result<Vec<PolicyDecision>, Fault> {
        let decide = |proposal| {
            let decision = self.policy.decide(&self.settings.context(proposal, self.now));
            Call::raise().map(|()| decision)
        };
        self.proposals.iter().map(decide).collect()
    }
}

/// What a policy written in JavaScript says about proposals. Nothing is submitted and nothing recorded.
#[napi(ts_return_type = "Promise<PolicyDecision[]>")]
pub(crate) fn try_policy<'env>(
    env: &'env Env,
    #[napi(ts_arg_type = "GovernancePolicy")] policy: Object<'_>,
    #[napi(ts_arg_type = "Proposal[]")] proposals: Unknown<'_>,
    options: TryPolicyOptions<'_>,
) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
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
    plain_promise(env, async move { trial.run() })
}

//! The policy in force: asking it, changing it, stopping everything.
use juno_core::domain::{PrincipalId, Proposal};
use juno_core::governance::Delegation;
use napi::bindgen_prelude::{ClassInstance, Env, PromiseRaw, Unknown};
use napi_derive::napi;

use crate::error::Fault;
use crate::juno::Juno;
use crate::plain::from_plain;
use crate::rules::{MINUTES, RulePolicy};
use crate::runtime::{plain_promise, promise};

#[napi]
impl Juno {
    /// The version of the policy in force.
    #[napi(getter)]
    pub fn policy_version(&self) -> String {
        self.core.gate.policy_version()
    }

    /// What the policy makes of a proposal now; with a `narrowed` action if it makes it smaller. Nothing is recorded.
    #[napi(ts_return_type = "Promise<Ruling>")]
    pub fn rule<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "Proposal")] proposal: Unknown<'_>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, proposal) = (self.clone(), from_plain::<Proposal>("`proposal`", proposal)?);
        plain_promise(env, async move { Ok(juno.core.gate.rule(&proposal).await?) })
    }

    /// What other rules would have made of every request so far, and what the difference costs in people's time.
    #[napi(ts_return_type = "Promise<Simulation>")]
    pub fn simulate<'env>(
        &self,
        env: &'env Env,
        policy: ClassInstance<'_, RulePolicy>,
        minutes_per_vote: Option<f64>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, policy) = (self.clone(), policy.0.clone());
        let minutes = minutes_per_vote.unwrap_or(MINUTES);
        plain_promise(env, async move { Ok(juno.core.gate.simulate(policy.as_ref(), minutes).await?) })
    }

    /// Asks for other rules: a request of critical impact that only people approve; carried out, they are in force.
    #[napi(ts_return_type = "Promise<Submission>")]
    pub fn propose_rules<'env>(
        &self,
        env: &'env Env,
        policy: ClassInstance<'_, RulePolicy>,
        by: String,
        justification: String,
        risk: String,
        rollback: String,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, rules, by) = (self.clone(), policy.0.rules().clone(), PrincipalId::new(by)?);
        plain_promise(env, async move {
            Ok(juno.core.gate.propose_rules(rules, &by, &justification, &risk, &rollback).await?)
        })
    }

    /// Stops everything in every process on the same database, and after a restart: nothing is allowed, asked or carried
    /// out. Anybody with a role can.
    #[napi]
    pub fn stop<'env>(
        &self,
        env: &'env Env,
        by: String,
        reason: String,
    ) -> Result<PromiseRaw<'env, ()>, Fault> {
        let (juno, by) = (self.clone(), PrincipalId::new(by)?);
        promise(env, async move { Ok(juno.core.gate.stop(&by, &reason).await?) })
    }

    /// The stops in force, whichever process put them in place.
    #[napi(ts_return_type = "Promise<Stop[]>")]
    pub fn stops<'env>(&self, env: &'env Env) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let juno = self.clone();
        plain_promise(env, async move { Ok(juno.core.gate.stops().await?) })
    }

    /// Ends the stops in force. An administrator or director of every team can.
    #[napi]
    pub fn resume<'env>(
        &self,
        env: &'env Env,
        by: String,
        reason: String,
    ) -> Result<PromiseRaw<'env, ()>, Fault> {
        let (juno, by) = (self.clone(), PrincipalId::new(by)?);
        promise(env, async move { Ok(juno.core.gate.resume(&by, &reason).await?) })
    }

    /// Lets somebody vote in the place of another for some time, in this process. It is recorded.
    #[napi]
    pub fn delegate<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "Delegation")] delegation: Unknown<'_>,
        by: String,
        reason: String,
    ) -> Result<PromiseRaw<'env, ()>, Fault> {
        let (juno, by) = (self.clone(), PrincipalId::new(by)?);
        let delegation: Delegation = from_plain("`delegation`", delegation)?;
        promise(env, async move { Ok(juno.core.gate.delegate(delegation, &by, &reason).await?) })
    }

    /// Ends a delegation at once, in this process. It is recorded.
    #[napi]
    pub fn end_delegation<'env>(
        &self,
        env: &'env Env,
        id: String,
        by: String,
        reason: String,
    ) -> Result<PromiseRaw<'env, ()>, Fault> {
        let (juno, by) = (self.clone(), PrincipalId::new(by)?);
        promise(env, async move { Ok(juno.core.gate.end_delegation(&id, &by, &reason).await?) })
    }
}

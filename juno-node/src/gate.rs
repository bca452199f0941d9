//! Authority, and acting under it.
use juno_core::domain::{Action, PrincipalId, Proposal, RequestId};
use juno_core::governance::{Choice, Seen};
use napi::bindgen_prelude::{Env, PromiseRaw, Unknown};
use napi_derive::napi;

use crate::error::Fault;
use crate::juno::Juno;
use crate::permit::Gate;
use crate::plain::{from_plain, read};
use crate::runtime::plain_promise;

#[napi]
impl Juno {
    /// Asks whether a proposal may run. The same proposal is the same request.
    #[napi(ts_return_type = "Promise<Submission>")]
    pub fn submit<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "Proposal")] proposal: Unknown<'_>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, proposal) = (self.clone(), from_plain::<Proposal>("`proposal`", proposal)?);
        plain_promise(env, async move { Ok(juno.core.gate.submit(&proposal).await?) })
    }

    /// What waits for a person, the nearest deadline first.
    #[napi(ts_return_type = "Promise<Pending[]>")]
    pub fn pending<'env>(&self, env: &'env Env) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let juno = self.clone();
        plain_promise(env, async move { Ok(juno.core.gate.pending().await?) })
    }

    /// Votes `approve` or `deny` on the action the voter saw: what `pending` listed or `request` showed, or its `request`
    /// and `digest`. If the request holds another action by now, the vote is void.
    #[napi(ts_return_type = "Promise<Decision>")]
    pub fn vote<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "Seen")] seen: Unknown<'_>,
        by: String,
        #[napi(ts_arg_type = "'approve' | 'deny'")] choice: String,
        reason: String,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, by) = (self.clone(), PrincipalId::new(by)?);
        let (seen, choice) =
            (from_plain::<Seen>("`seen`", seen)?, read::<Choice>("`choice`", choice.into())?);
        plain_promise(env, async move { Ok(juno.core.gate.vote(seen, &by, choice, &reason).await?) })
    }

    /// Ends a request that has not run. Who may decide it can, and an administrator; its proposer withdraws it.
    #[napi(ts_return_type = "Promise<Decision>")]
    pub fn cancel<'env>(
        &self,
        env: &'env Env,
        request: String,
        by: String,
        reason: String,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, request, by) = (self.clone(), RequestId::new(request)?, PrincipalId::new(by)?);
        plain_promise(env, async move { Ok(juno.core.gate.cancel(&request, &by, &reason).await?) })
    }

    /// Takes a request back that has not run. Only its proposer can.
    #[napi(ts_return_type = "Promise<Decision>")]
    pub fn withdraw<'env>(
        &self,
        env: &'env Env,
        request: String,
        by: String,
        reason: String,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, request, by) = (self.clone(), RequestId::new(request)?, PrincipalId::new(by)?);
        plain_promise(env, async move { Ok(juno.core.gate.withdraw(&request, &by, &reason).await?) })
    }

    /// Passes a request to the next role up, with a fresh deadline. Who may vote on it now can.
    #[napi(ts_return_type = "Promise<Decision>")]
    pub fn escalate<'env>(
        &self,
        env: &'env Env,
        request: String,
        by: String,
        reason: String,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, request, by) = (self.clone(), RequestId::new(request)?, PrincipalId::new(by)?);
        plain_promise(env, async move { Ok(juno.core.gate.escalate(&request, &by, &reason).await?) })
    }

    /// Appeals against a request that people refused or let expire: a new one, for a higher role and other people.
    #[napi(ts_return_type = "Promise<Submission>")]
    pub fn appeal<'env>(
        &self,
        env: &'env Env,
        request: String,
        by: String,
        reason: String,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, request, by) = (self.clone(), RequestId::new(request)?, PrincipalId::new(by)?);
        plain_promise(env, async move { Ok(juno.core.gate.appeal(&request, &by, &reason).await?) })
    }

    /// Fires every deadline that has passed: the request goes one role up, is held, or ends. Call it from time to time.
    #[napi(ts_return_type = "Promise<{ [field: string]: unknown }[]>")]
    pub fn tick<'env>(&self, env: &'env Env) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let juno = self.clone();
        plain_promise(env, async move { Ok(juno.core.gate.tick().await?) })
    }

    /// Effects that the host causes itself, each under an approved request.
    #[napi(getter)]
    pub fn gate(&self) -> Gate {
        Gate(self.clone())
    }

    /// Carries out several approved requests in order; if one fails, those before it are undone, the last first.
    #[napi(ts_return_type = "Promise<PlanOutcome>")]
    pub fn execute_plan<'env>(
        &self,
        env: &'env Env,
        requests: Vec<String>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let juno = self.clone();
        let requests = requests.into_iter().map(RequestId::new).collect::<Result<Vec<_>, _>>()?;
        plain_promise(env, async move { Ok(juno.core.gate.execute_plan(&requests).await?) })
    }

    /// A request with its votes and state.
    #[napi(ts_return_type = "Promise<ApprovalRequest>")]
    pub fn request<'env>(
        &self,
        env: &'env Env,
        request: String,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, request) = (self.clone(), RequestId::new(request)?);
        plain_promise(env, async move { Ok(juno.core.gate.request(&request).await?) })
    }

    /// The execution of a request; null where none was begun.
    #[napi(ts_return_type = "Promise<{ [field: string]: unknown } | null>")]
    pub fn execution<'env>(
        &self,
        env: &'env Env,
        request: String,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, request) = (self.clone(), RequestId::new(request)?);
        plain_promise(env, async move { Ok(juno.core.gate.execution(&request).await?) })
    }

    /// Takes back what was approved and has not begun. Its proposer can, an administrator, and who could have let it run.
    #[napi(ts_return_type = "Promise<Outcome>")]
    pub fn revoke<'env>(
        &self,
        env: &'env Env,
        request: String,
        by: String,
        reason: String,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, request, by) = (self.clone(), RequestId::new(request)?, PrincipalId::new(by)?);
        plain_promise(env, async move { Ok(juno.core.gate.revoke(&request, &by, &reason).await?) })
    }

    /// Undoes what took effect, by the action captured before it. Who could have let it run can; not its proposer, if people did.
    #[napi(ts_return_type = "Promise<Outcome>")]
    pub fn reverse<'env>(
        &self,
        env: &'env Env,
        request: String,
        by: String,
        reason: String,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, request, by) = (self.clone(), RequestId::new(request)?, PrincipalId::new(by)?);
        plain_promise(env, async move { Ok(juno.core.gate.reverse(&request, &by, &reason).await?) })
    }

    /// Says whether an execution that nobody knew the end of took effect. Who may reverse it can.
    #[napi(ts_return_type = "Promise<Outcome>")]
    pub fn resolve<'env>(
        &self,
        env: &'env Env,
        request: String,
        by: String,
        took_effect: bool,
        reason: String,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, request, by) = (self.clone(), RequestId::new(request)?, PrincipalId::new(by)?);
        plain_promise(
            env,
            async move { Ok(juno.core.gate.resolve(&request, &by, took_effect, &reason).await?) },
        )
    }

    /// Looks at executions whose process died: they become unknown and are looked up, never a second attempt. `outcomes`
    /// says what changed, `failed` what could not be looked after and why.
    #[napi(ts_return_type = "Promise<Recovered>")]
    pub fn recover<'env>(&self, env: &'env Env) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let juno = self.clone();
        plain_promise(env, async move { Ok(juno.core.gate.recover().await?) })
    }

    /// Carries out an approved request, at most once ever. An effect that failed is no error: the outcome says so.
    #[napi(ts_return_type = "Promise<Outcome>")]
    pub fn execute<'env>(
        &self,
        env: &'env Env,
        request: String,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, request) = (self.clone(), RequestId::new(request)?);
        plain_promise(env, async move { Ok(juno.core.gate.execute(&request).await?) })
    }
}

/// The digest that votes bind to: SHA-256 over the action's canonical JSON.
#[napi]
pub(crate) fn action_digest(#[napi(ts_arg_type = "Action")] action: Unknown<'_>) -> Result<String, Fault> {
    Ok(juno_core::governance::action_digest(&from_plain::<Action>("`action`", action)?)?.to_string())
}

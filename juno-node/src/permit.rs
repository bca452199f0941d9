//! Effects that the host causes itself: `await using permit = await juno.gate.execute(request)`.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use juno_core::action::{ActionError, Effect, Permit as Allowed};
use juno_core::domain::{Action, ErrorKind, Outcome, RequestId};
use napi::bindgen_prelude::{Env, FnArgs, Function, Object, PromiseRaw, This, Unknown};
use napi_derive::napi;

use crate::error::Fault;
use crate::juno::Juno;
use crate::plain::{from_plain, plain};
use crate::runtime::{plain_promise, promise};
use crate::triage::proposal_id;

/// What `Gate.guard` makes of a function.
const GUARD: &str = include_str!("guard.js");

/// What it makes it of: the gate, the function, the options, and what asks.
type Parts<'env> = FnArgs<(
    Object<'env>,
    Function<'env, Unknown<'env>, Unknown<'env>>,
    Object<'env>,
    Juno,
    Function<'env, FnArgs<(Unknown<'env>, Unknown<'env>)>, String>,
)>;

/// Effects that the host causes itself, each under an approved request.
#[napi]
pub struct Gate(pub(crate) Juno);

#[napi]
impl Gate {
    /// The permit to carry out an approved request, at most once ever: `await using permit = await gate.execute(…)`.
    ///
    /// The intent is stored, or the promise rejects: an error with the code `JUNO_APPROVAL_REQUIRED` carries the `request`
    /// to wait for. Say how it ended with `finish`; a permit that is left without leaves the outcome unknown. `undo` is the
    /// action that would undo it, on the same target: what a policy alone approved needs one. `touches` says how many
    /// tickets, people or systems it touches, which budgets count.
    #[napi]
    pub fn execute<'env>(
        &self,
        env: &'env Env,
        request: String,
        #[napi(ts_arg_type = "Action | null | undefined")] undo: Option<Unknown<'_>>,
        touches: Option<u32>,
    ) -> Result<PromiseRaw<'env, Permit>, Fault> {
        let (juno, request) = (self.0.clone(), RequestId::new(request)?);
        let undo = undo.map(|undo| from_plain::<Action>("`undo`", undo)).transpose()?;
        promise(env, async move {
            let allowed = juno.core.gate.permit(&request, undo, touches).await?;
            let (action, key) = (allowed.action().clone(), allowed.idempotency_key());
            let fence = allowed.fence();
            let inner = Inner {
                juno,
                request,
                action,
                key,
                fence,
                state: Mutex::new(State::Running(Box::new(allowed))),
            };
            Ok(Permit(Arc::new(inner)))
        })
    }

    /// Makes a function ask before it runs: each call is a proposal, and runs once it is approved.
    ///
    /// The arguments of the call are those of the action, and the first is what it acts on. A call that waits for a person
    /// rejects with the code `JUNO_APPROVAL_REQUIRED`; called again with the same arguments after the approval, also after a
    /// restart, it runs, and never again: `key` tells calls with the same arguments apart.
    #[napi(
        ts_generic_types = "A extends readonly unknown[], R",
        ts_args_type = "fn: (...args: A) => R | Promise<R>, options: GuardOptions<A>",
        ts_return_type = "(...args: A) => Promise<R>"
    )]
    pub fn guard<'env>(
        &self,
        env: &'env Env,
        this: This<'env>,
        function: Function<'env, Unknown<'env>, Unknown<'env>>,
        options: Object<'env>,
    ) -> Result<Unknown<'env>, Fault> {
        let id: Function<'env, FnArgs<(Unknown<'env>, Unknown<'env>)>, String> = env
            .create_function_from_closure("proposalId", |call| {
                let id = proposal_id(call.get(0)?, call.get(1)?);
                id.map_err(|fault| fault.rejection(call.env))
            })?;
        let make: Function<'env, Parts<'env>, Unknown<'env>> = env.run_script(GUARD)?;
        Ok(make.call(FnArgs::from((this.object, function, options, self.0.clone(), id)))?)
    }
}

/// The right to cause one effect.
#[napi]
pub struct Permit(Arc<Inner>);

struct Inner {
    juno: Juno,
    request: RequestId,
    action: Action,
    key: String,
    fence: u64,
    state: Mutex<State>,
}

enum State {
    Running(Box<Allowed>),
    /// A call is under way.
    Busy,
    Ended(Outcome),
}

impl Inner {
    /// Each change under this lock is one assignment, so a panic elsewhere leaves a sound state.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it was in, out of the lock; a call is under way now.
    fn take(&self) -> State {
        std::mem::replace(&mut *self.state(), State::Busy)
    }

    async fn finish(&self, result: Result<Effect, ActionError>) -> Result<Outcome, Fault> {
        let allowed = match self.take() {
            State::Running(allowed) => allowed,
            other => {
                *self.state() = other;
                return Err(Fault::new(ErrorKind::Conflict, "this permit was finished before"));
            }
        };
        let outcome = self.juno.core.gate.finish(*allowed, result).await?;
        *self.state() = State::Ended(outcome.clone());
        Ok(outcome)
    }
}

#[napi]
impl Permit {
    /// The request it is for.
    #[napi(getter)]
    pub fn request(&self) -> String {
        self.0.request.to_string()
    }

    /// What to do.
    #[napi(getter, ts_return_type = "Action")]
    pub fn action<'env>(&self, env: &'env Env) -> Result<Unknown<'env>, Fault> {
        plain(env, &self.0.action)
    }

    /// What the other side recognises a repetition by: the same for the same request on every machine.
    #[napi(getter)]
    pub fn idempotency_key(&self) -> String {
        self.0.key.clone()
    }

    /// The fencing token: an other side that can refuses one lower than it has seen.
    #[napi(getter)]
    pub fn fence(&self) -> i64 {
        i64::try_from(self.0.fence).unwrap_or(i64::MAX)
    }

    /// What came of it; null until it has ended.
    #[napi(getter, ts_return_type = "Outcome | null")]
    pub fn outcome<'env>(&self, env: &'env Env) -> Result<Unknown<'env>, Fault> {
        match &*self.0.state() {
            State::Ended(outcome) => plain(env, &Some(outcome)),
            _ => plain(env, &None::<Outcome>),
        }
    }

    /// Says how it ended: `done`, `not_done` (surely nothing was changed) or `uncertain`.
    #[napi(ts_return_type = "Promise<Outcome>")]
    pub fn finish<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "'done' | 'not_done' | 'uncertain'")] result: String,
        detail: String,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let inner = Arc::clone(&self.0);
        let result = match result.as_str() {
            "done" => Ok(Effect { dry_run: false, detail }),
            "not_done" => Err(ActionError::NotDone(detail)),
            "uncertain" => Err(ActionError::Uncertain(detail)),
            other => {
                let said = format!("`{other}` is no end: use done, not_done or uncertain");
                return Err(Fault::new(ErrorKind::InvalidInput, said));
            }
        };
        plain_promise(env, async move { inner.finish(result).await })
    }
}

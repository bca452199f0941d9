//! Conversations as they go on.
use juno_core::agent::{Place, SessionTurn};
use juno_core::domain::SessionId;
use napi::bindgen_prelude::{Env, PromiseRaw, Unknown};
use napi_derive::napi;

use crate::error::Fault;
use crate::juno::Juno;
use crate::plain::{from_plain, options, plain};
use crate::runtime::plain_promise;

/// A conversation as it goes on: its last turns, each stored once. Made by `Juno.session`.
#[napi]
#[derive(Clone)]
pub struct Session(juno_core::agent::Session, Place);

#[napi]
impl Juno {
    /// The session of that name, new or begun before, also before a restart.
    #[napi]
    pub fn session(
        &self,
        session: String,
        #[napi(ts_arg_type = "{ agent: string; team?: string }")] place: Unknown<'_>,
    ) -> Result<Session, Fault> {
        let mut place: Place = options("the place", Some(place))?;
        place.session = Some(SessionId::new(session)?);
        Ok(Session(self.core.memory.session(&place)?, place))
    }
}

#[napi]
impl Session {
    /// Where it is: team, agent and session. What is remembered there is its own too.
    #[napi(getter, ts_return_type = "{ team: string | null; agent: string; session: string }")]
    pub fn place<'env>(&self, env: &'env Env) -> Result<Unknown<'env>, Fault> {
        plain(env, &self.1)
    }

    /// Adds turns behind those that are there, or at the places they name; each is stored once by its `id` or `place`.
    #[napi(ts_return_type = "Promise<Appended>")]
    pub fn append<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "readonly SessionTurn[]")] turns: Unknown<'_>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (session, turns): (_, Vec<SessionTurn>) = (self.0.clone(), from_plain("the turns", turns)?);
        plain_promise(env, async move { Ok(session.append(turns).await?) })
    }

    /// Takes a whole conversation over, as it stands by now: what is new of it is stored, and nothing twice.
    #[napi(ts_return_type = "Promise<Appended>")]
    pub fn follow<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "readonly SessionTurn[]")] conversation: Unknown<'_>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let turns: Vec<SessionTurn> = from_plain("the conversation", conversation)?;
        let session = self.0.clone();
        plain_promise(env, async move { Ok(session.follow(turns).await?) })
    }

    /// The turns it still holds, in order.
    #[napi(ts_return_type = "Promise<Memory[]>")]
    pub fn turns<'env>(&self, env: &'env Env) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let session = self.0.clone();
        plain_promise(env, async move { Ok(session.turns().await?) })
    }

    /// Ends it: forgets its turns; with `promote` they are remembered as episodes of the agent first.
    #[napi(ts_return_type = "Promise<SessionEnd>")]
    pub fn end<'env>(
        &self,
        env: &'env Env,
        promote: Option<bool>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (session, promote) = (self.0.clone(), promote.unwrap_or_default());
        plain_promise(env, async move { Ok(session.end(promote).await?) })
    }
}

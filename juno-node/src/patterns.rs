//! What is made of memories: facts read out of episodes, preferences of teams and what works for them.
use juno_core::agent::Place;
use juno_core::domain::TeamId;
use juno_core::memory::ExtractedFact;
use napi::bindgen_prelude::{Env, PromiseRaw, Unknown};
use napi_derive::napi;
use serde_json::Value;

use crate::error::Fault;
use crate::juno::Juno;
use crate::plain::{json, named_items, options, read};
use crate::runtime::plain_promise;

#[napi]
impl Juno {
    /// Records facts that were read out of the episodes of a place, each citing them; the same again changes nothing. One
    /// that cites no episode there is left out and named.
    #[napi(ts_return_type = "Promise<Consolidation>")]
    pub fn consolidate<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "readonly ExtractedFact[]")] facts: Unknown<'_>,
        #[napi(ts_arg_type = "Place")] place: Option<Unknown<'_>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, place): (Self, Place) = (self.clone(), options("the place", place)?);
        let facts: Value = named_items(json("the facts", facts)?);
        let facts: Vec<ExtractedFact> = read("the facts", facts)?;
        let scope = juno.core.memory.at(&place)?;
        plain_promise(env, async move { Ok(juno.core.memory.consolidate(&scope, &facts).await?) })
    }

    /// What a team's people approve, and what works for it, each with its rate and Wilson's 95 % interval.
    #[napi(ts_return_type = "Promise<Pattern[]>")]
    pub fn patterns<'env>(
        &self,
        env: &'env Env,
        team: String,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, team) = (self.clone(), TeamId::new(team)?);
        plain_promise(env, async move { Ok(juno.core.memory.patterns(&team).await?) })
    }

    /// Counts the `patterns` of a team and remembers those that hold, each citing its newest cases.
    #[napi(ts_return_type = "Promise<Pattern[]>")]
    pub fn learn_patterns<'env>(
        &self,
        env: &'env Env,
        team: String,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, team) = (self.clone(), TeamId::new(team)?);
        plain_promise(env, async move { Ok(juno.core.memory.learn_patterns(&team).await?) })
    }
}

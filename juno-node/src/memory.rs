//! What was learnt.
use juno_core::agent::{Lookup, Note, Place};
use juno_core::domain::MemoryId;
use juno_core::memory::QuarantineTarget;
use napi::bindgen_prelude::{Env, PromiseRaw, Unknown};
use napi_derive::napi;
use serde_json::{Map, Value};

use crate::error::Fault;
use crate::juno::Juno;
use crate::plain::{count, options, read};
use crate::runtime::{plain_promise, promise};

#[napi]
impl Juno {
    /// Remembers `text`, and gives the memory with what the write gate said to it; of what is known already the memory that
    /// says it. The same text in the same place is kept once unless an `id` is given.
    ///
    /// By default a fact (`semantic`) of the whole tenant, true from now on, that never expires.
    #[napi(ts_return_type = "Promise<Remembered>")]
    pub fn remember<'env>(
        &self,
        env: &'env Env,
        text: String,
        #[napi(ts_arg_type = "Note")] more: Option<Unknown<'_>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let juno = self.clone();
        let mut note: Map<String, Value> = options("the note", more)?;
        note.insert("text".into(), text.into());
        let note: Note = read("the note", note.into())?;
        plain_promise(env, async move { Ok(juno.core.memory.note(note).await?) })
    }

    /// What would become of `text` if it were remembered now: kept, merged or refused, and why. Nothing is written.
    #[napi(ts_return_type = "Promise<WriteVerdict>")]
    pub fn consider<'env>(
        &self,
        env: &'env Env,
        text: String,
        #[napi(ts_arg_type = "Note")] more: Option<Unknown<'_>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let juno = self.clone();
        let mut note: Map<String, Value> = options("the note", more)?;
        note.insert("text".into(), text.into());
        let note: Note = read("the note", note.into())?;
        plain_promise(env, async move { Ok(juno.core.memory.consider(note).await?) })
    }

    /// At most `k` memories (default 10) that match the words best, each with its score and why; for blank text the newest.
    ///
    /// Reads exactly the place that is named; with `upwards` also those that enclose it (session, agent, team, tenant).
    #[napi(ts_return_type = "Promise<Recalled[]>")]
    pub fn recall<'env>(
        &self,
        env: &'env Env,
        text: String,
        k: Option<f64>,
        #[napi(ts_arg_type = "Lookup")] more: Option<Unknown<'_>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let juno = self.clone();
        let lookup: Lookup = options("the lookup", more)?;
        let k = usize::try_from(count("`k`", k, 10)?).unwrap_or(usize::MAX);
        plain_promise(env, async move { Ok(juno.core.memory.look_up(&text, k, lookup).await?) })
    }

    /// Removes a memory of exactly that place, and says whether there was one.
    #[napi]
    pub fn forget<'env>(
        &self,
        env: &'env Env,
        id: String,
        #[napi(ts_arg_type = "Place")] more: Option<Unknown<'_>>,
    ) -> Result<PromiseRaw<'env, bool>, Fault> {
        let (juno, id) = (self.clone(), MemoryId::new(id)?);
        let place: Place = options("the place", more)?;
        let scope = juno.core.memory.at(&place)?;
        promise(env, async move { Ok(juno.core.memory.forget(&scope, &id).await?) })
    }

    /// The memory with that id in exactly that place, in quarantine or not.
    #[napi(ts_return_type = "Promise<Memory | null>")]
    pub fn get_memory<'env>(
        &self,
        env: &'env Env,
        id: String,
        #[napi(ts_arg_type = "Place")] more: Option<Unknown<'_>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, id) = (self.clone(), MemoryId::new(id)?);
        let place: Place = options("the place", more)?;
        let scope = juno.core.memory.at(&place)?;
        plain_promise(env, async move { Ok(juno.core.memory.get(&scope, &id).await?) })
    }

    /// Puts a source or one memory into quarantine, with all that was made from it, and gives the ids.
    #[napi(ts_return_type = "Promise<string[]>")]
    pub fn quarantine<'env>(
        &self,
        env: &'env Env,
        reason: String,
        #[napi(ts_arg_type = "QuarantineTarget")] target: Unknown<'_>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, target) = (self.clone(), target_of(target)?);
        plain_promise(env, async move { Ok(juno.core.memory.quarantine(&target, &reason).await?) })
    }

    /// Lets out of quarantine what was put there with this source or memory, and gives the ids.
    #[napi(ts_return_type = "Promise<string[]>")]
    pub fn lift_quarantine<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "QuarantineTarget")] target: Unknown<'_>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, target) = (self.clone(), target_of(target)?);
        plain_promise(env, async move { Ok(juno.core.memory.lift_quarantine(&target).await?) })
    }

    /// What memory holds, and what is wrong with it: duplicates, stale ones, orphans, loops, secrets, contradictions, with
    /// rates and ids.
    #[napi(ts_return_type = "Promise<MemoryHealth>")]
    pub fn memory_health<'env>(&self, env: &'env Env) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let juno = self.clone();
        plain_promise(env, async move { Ok(juno.core.memory.health().await?) })
    }
}

fn target_of(target: Unknown<'_>) -> Result<QuarantineTarget, Fault> {
    let target: Map<String, Value> = options("the target", Some(target))?;
    read("the target", target.into())
}

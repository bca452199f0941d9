//! How long memories are kept, whose they are, archives.
use std::path::PathBuf;

use juno_core::agent::{ErasureReceipt, Place, SubjectErasure};
use juno_core::audit::TreeHead;
use juno_core::domain::{MemoryId, PrincipalId};
use juno_core::memory::{ArchiveQuery, MemoryColumns, MemoryRow, SubjectQuery};
use napi::JsDate;
use napi::bindgen_prelude::{Either, Env, PromiseRaw, Unknown};
use napi_derive::napi;
use serde_json::{Map, Value};

use crate::convert::instant;
use crate::error::Fault;
use crate::juno::Juno;
use crate::plain::{count, from_plain, options, plain, read};
use crate::progress::{Listener, heard};
use crate::runtime::{plain_promise, promise};

/// One path or several.
pub(crate) fn paths(given: Either<String, Vec<String>>) -> Vec<PathBuf> {
    match given {
        Either::A(path) => vec![path.into()],
        Either::B(paths) => paths.into_iter().map(PathBuf::from).collect(),
    }
}

#[napi]
impl Juno {
    /// Removes what has expired, and what was kept for as long as settings say; what is under legal hold stays.
    ///
    /// `progress(what, done, total)` is called now and then, here and below, and must not throw.
    #[napi(ts_return_type = "Promise<CleanupReport>")]
    pub fn cleanup_memory<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "Progress")] progress: Option<Listener<'_>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, progress) = (self.clone(), heard(progress)?);
        plain_promise(env, async move { Ok(juno.core.memory.cleanup(&progress).await?) })
    }

    /// All memories, page by page (`limit` 1,000), in order of id: live and expired, superseded, in quarantine; and what is
    /// damaged. `next` of one page is `after` of the following one.
    #[napi(ts_return_type = "Promise<MemoryPage>")]
    pub fn scan_memories<'env>(
        &self,
        env: &'env Env,
        after: Option<String>,
        limit: Option<f64>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, after) = (self.clone(), after.map(MemoryId::new).transpose()?);
        let limit = usize::try_from(count("`limit`", limit, 1_000)?).unwrap_or(usize::MAX);
        plain_promise(env, async move { Ok(juno.core.memory.scan(after.as_ref(), limit).await?) })
    }

    /// Notes that memories of a place, or of those that enclose it, were of use: they fade more slowly. To be found is no
    /// use; only this is.
    #[napi(ts_return_type = "Promise<UsedReport>")]
    pub fn mark_used<'env>(
        &self,
        env: &'env Env,
        ids: Vec<String>,
        #[napi(ts_arg_type = "Place")] place: Option<Unknown<'_>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, place): (Self, Place) = (self.clone(), options("the place", place)?);
        let ids = ids.into_iter().map(MemoryId::new).collect::<Result<Vec<_>, _>>()?;
        let scope = juno.core.memory.at(&place)?;
        plain_promise(env, async move { Ok(juno.core.memory.used(&scope, &ids).await?) })
    }

    /// Writes everything about a subject to a file of JSON Lines, with the manifest beside it, and gives the manifest. With
    /// `alsoSaid` also what they said.
    #[napi(ts_return_type = "Promise<ExportManifest>")]
    pub fn export_subject<'env>(
        &self,
        env: &'env Env,
        subject: String,
        path: String,
        also_said: Option<bool>,
        #[napi(ts_arg_type = "Progress")] progress: Option<Listener<'_>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, path, progress) = (self.clone(), PathBuf::from(path), heard(progress)?);
        let query = SubjectQuery { subject, also_said: also_said.unwrap_or_default() };
        plain_promise(env, async move { Ok(juno.core.memory.export_file(&path, &query, &progress).await?) })
    }

    /// Erases everything about a subject, and what was made from it, everywhere, and gives the receipt.
    #[napi(ts_return_type = "Promise<ErasureReceipt>")]
    pub fn erase_subject<'env>(
        &self,
        env: &'env Env,
        subject: String,
        by: String,
        reason: String,
        #[napi(ts_arg_type = "ErasureOptions | null")] more: Option<Unknown<'_>>,
        #[napi(ts_arg_type = "Progress")] progress: Option<Listener<'_>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, progress) = (self.clone(), heard(progress)?);
        let mut order: Map<String, Value> = options("the options", more)?;
        for (name, value) in [("subject", subject), ("by", by), ("reason", reason)] {
            order.insert(name.into(), value.into());
        }
        let order: SubjectErasure = read("the options", order.into())?;
        plain_promise(env, async move { Ok(juno.core.memory.erase_subject(&order, &progress).await?) })
    }

    /// The last receipt of a subject's erasure, proved against the log as it stands; `null` where there was none.
    #[napi(ts_return_type = "Promise<ErasureReceipt | null>")]
    pub fn erasure_receipt<'env>(
        &self,
        env: &'env Env,
        subject: String,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let juno = self.clone();
        plain_promise(env, async move { Ok(juno.core.memory.erasure_receipt(&subject).await?) })
    }

    /// Places a legal hold on what is remembered about a subject: nothing of it is removed until it is lifted.
    #[napi(ts_return_type = "Promise<MemoryHold>")]
    pub fn hold_subject<'env>(
        &self,
        env: &'env Env,
        subject: String,
        by: String,
        reason: String,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, by) = (self.clone(), PrincipalId::new(by)?);
        plain_promise(env, async move { Ok(juno.core.memory.hold_subject(&subject, &by, &reason).await?) })
    }

    /// Lifts the legal hold on a subject, and says whether there was one.
    #[napi]
    pub fn release_subject<'env>(
        &self,
        env: &'env Env,
        subject: String,
        by: String,
        reason: String,
    ) -> Result<PromiseRaw<'env, bool>, Fault> {
        let (juno, by) = (self.clone(), PrincipalId::new(by)?);
        promise(env, async move { Ok(juno.core.memory.release_subject(&subject, &by, &reason).await?) })
    }

    /// The legal holds on what is remembered, in order of subject.
    #[napi(ts_return_type = "Promise<MemoryHold[]>")]
    pub fn held_subjects<'env>(&self, env: &'env Env) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let juno = self.clone();
        plain_promise(env, async move { Ok(juno.core.memory.held_subjects().await?) })
    }

    /// Moves memories that nobody wrote or used since `before` to files in a folder.
    #[napi(ts_return_type = "Promise<ArchiveReport>")]
    pub fn archive_memories<'env>(
        &self,
        env: &'env Env,
        folder: String,
        before: JsDate<'_>,
        #[napi(ts_arg_type = "ArchiveOptions | null")] more: Option<Unknown<'_>>,
        #[napi(ts_arg_type = "Progress")] progress: Option<Listener<'_>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, folder, progress) = (self.clone(), PathBuf::from(folder), heard(progress)?);
        let mut query: Map<String, Value> = options("the options", more)?;
        query.insert("before".into(), instant(&before)?.to_rfc3339().into());
        let query: ArchiveQuery = read("the options", query.into())?;
        plain_promise(env, async move { Ok(juno.core.memory.archive(&folder, &query, &progress).await?) })
    }

    /// Brings the memories of archive files, or of folders of them, back as they were.
    #[napi(ts_return_type = "Promise<RestoreReport>")]
    pub fn restore_memories<'env>(
        &self,
        env: &'env Env,
        paths: Either<String, Vec<String>>,
        #[napi(ts_arg_type = "Progress")] progress: Option<Listener<'_>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, paths, progress) = (self.clone(), self::paths(paths), heard(progress)?);
        plain_promise(env, async move { Ok(juno.core.memory.restore(&paths, &progress).await?) })
    }

    /// Moves what is long unused to the archive that the setting `archive.url` names; without one nothing.
    #[napi(ts_return_type = "Promise<Tiered>")]
    pub fn tier_memories<'env>(&self, env: &'env Env) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let juno = self.clone();
        plain_promise(env, async move { Ok(juno.core.memory.tier().await?) })
    }

    /// Brings one memory back from the archive that `archive.url` names; `null` where it has none.
    #[napi(ts_return_type = "Promise<Memory | null>")]
    pub fn bring_back<'env>(
        &self,
        env: &'env Env,
        id: String,
        #[napi(ts_arg_type = "Place")] place: Option<Unknown<'_>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, id) = (self.clone(), MemoryId::new(id)?);
        let place: Place = options("the place", place)?;
        let scope = juno.core.memory.at(&place)?;
        plain_promise(env, async move { Ok(juno.core.memory.bring_back(&scope, &id).await?) })
    }

    /// Writes everything anew under new keys, and destroys the old ones.
    #[napi(ts_return_type = "Promise<Reencrypted>")]
    pub fn reencrypt_memory<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "Progress")] progress: Option<Listener<'_>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, progress) = (self.clone(), heard(progress)?);
        plain_promise(env, async move { Ok(juno.core.memory.reencrypt(&progress).await?) })
    }
}

/// Whether a receipt of an erasure holds: its list is the one its record is of, and the record is in the log behind `head`
/// (default the head it carries).
#[napi]
pub(crate) fn verify_receipt(
    #[napi(ts_arg_type = "ErasureReceipt")] receipt: Unknown<'_>,
    #[napi(ts_arg_type = "TreeHead | null | undefined")] head: Option<Unknown<'_>>,
) -> Result<bool, Fault> {
    let receipt: ErasureReceipt = from_plain("the receipt", receipt)?;
    Ok(match head {
        Some(head) => receipt.verify_in(&from_plain::<TreeHead>("the head", head)?)?,
        None => receipt.verify()?,
    })
}

/// Memories, or what `recall` found, as columns of equal length, ready for a data frame.
#[napi(ts_return_type = "MemoryColumns")]
pub(crate) fn memory_columns<'env>(
    env: &'env Env,
    #[napi(ts_arg_type = "readonly Memory[] | readonly Recalled[]")] memories: Unknown<'_>,
) -> Result<Unknown<'env>, Fault> {
    let memories: Vec<MemoryRow> = from_plain("the memories", memories)?;
    plain(env, &memories.iter().collect::<MemoryColumns>())
}

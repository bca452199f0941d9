//! What happened, and the proof that nobody changed it since.
use std::path::PathBuf;
use std::sync::Arc;

use juno_core::audit::{
    AuditError, AuditQuery, Checkpoint, ConsistencyProof, ExportFormat, InclusionProof, Known, Leaf,
    MerkleTree, TreeHead,
};
use juno_core::crypto::{Ed25519Signer, KeyKind, Signer, VerifierKey, Zeroizing};
use juno_core::domain::{Digest, DomainEvent, ErrorKind, PrincipalId};
use napi::bindgen_prelude::{Env, PromiseRaw, Uint8Array, Unknown};
use napi_derive::napi;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::Fault;
use crate::juno::Juno;
use crate::plain::{count, from_plain, options, plain, read};
use crate::runtime::plain_promise;

/// Signs checkpoints: the 32 secret bytes of an Ed25519 key, and the name others know it by.
#[napi]
pub struct AuditSigner(Arc<Ed25519Signer>);

#[napi]
impl AuditSigner {
    /// `name` is a URL without scheme that is nobody else's; `seed` comes from a secret store, 32 random bytes.
    #[napi(constructor)]
    pub fn new(name: String, seed: Uint8Array) -> Result<Self, Fault> {
        let bytes: [u8; 32] = seed.as_ref().try_into().map_err(|_| {
            Fault::new(ErrorKind::InvalidInput, format!("`seed` has `{}` bytes: give 32", seed.len()))
        })?;
        let signer = Ed25519Signer::new(name, KeyKind::Ed25519, &Zeroizing::new(bytes));
        Ok(Self(Arc::new(signer.map_err(AuditError::from)?)))
    }

    /// The public half, to publish: `name+id+base64`.
    #[napi(getter)]
    pub fn key(&self) -> String {
        self.0.key().to_string()
    }
}

fn word<T: DeserializeOwned>(what: &str, text: String) -> Result<T, Fault> {
    read(what, Value::String(text))
}

/// A promise of what a call on the log gives.
macro_rules! promised {
    ($env:ident, $juno:ident, |$core:ident| $work:expr) => {{
        let $core = $juno.clone().core;
        plain_promise($env, async move { Ok($work.await?) })
    }};
}

#[napi]
impl Juno {
    /// Size and root of the log.
    #[napi(ts_return_type = "Promise<TreeHead>")]
    pub fn audit_head<'env>(&self, env: &'env Env) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let juno = self.clone();
        plain_promise(env, async move { Ok(juno.core.audit.head().await?) })
    }

    /// Recomputes every digest and the root, and names the first record that was changed, if one was.
    #[napi(ts_return_type = "Promise<Verification>")]
    pub fn audit_verify<'env>(&self, env: &'env Env) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let juno = self.clone();
        plain_promise(env, async move { Ok(juno.core.audit.verify().await?) })
    }

    /// At most `limit` records (default 100) from index `start` (default 0) on.
    #[napi(ts_return_type = "Promise<AuditRecord[]>")]
    pub fn audit_records<'env>(
        &self,
        env: &'env Env,
        start: Option<f64>,
        limit: Option<f64>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let juno = self.clone();
        let (start, limit) = (count("`start`", start, 0)?, count("`limit`", limit, 100)?);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        plain_promise(env, async move { Ok(juno.core.audit.records(start, limit).await?) })
    }

    /// Finds records, page by page: `next` of one page is `after` of the following one.
    #[napi(ts_return_type = "Promise<AuditPage>")]
    pub fn audit_search<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "AuditQuery | null | undefined")] query: Option<Unknown<'_>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let query: AuditQuery = options("`query`", query)?;
        promised!(env, self, |core| core.audit.search(&query))
    }

    /// Writes the records a search finds, all pages of them, and gives how many.
    #[napi(ts_return_type = "Promise<number>")]
    pub fn audit_export_records<'env>(
        &self,
        env: &'env Env,
        path: String,
        #[napi(ts_arg_type = "ExportFormat")] format: String,
        #[napi(ts_arg_type = "AuditQuery | null | undefined")] query: Option<Unknown<'_>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (format, query): (ExportFormat, AuditQuery) =
            (word("`format`", format)?, options("`query`", query)?);
        let path = PathBuf::from(path);
        promised!(env, self, |core| core.audit.export_records_file(&path, format, &query))
    }

    /// The leaf hash of a record, which a proof of it is checked with.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn audit_leaf<'env>(
        &self,
        env: &'env Env,
        index: f64,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let index = count("`index`", Some(index), 0)?;
        promised!(env, self, |core| core.audit.leaf(index))
    }

    /// A proof that a record is in the log of `size` records, for `verifyInclusion`.
    #[napi(ts_return_type = "Promise<InclusionProof>")]
    pub fn audit_inclusion_proof<'env>(
        &self,
        env: &'env Env,
        index: f64,
        size: f64,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (index, size) = (count("`index`", Some(index), 0)?, count("`size`", Some(size), 0)?);
        promised!(env, self, |core| core.audit.inclusion_proof(index, size))
    }

    /// A proof that the log of `older` records is the beginning of that of `newer` records, for `verifyConsistency`.
    #[napi(ts_return_type = "Promise<ConsistencyProof>")]
    pub fn audit_consistency_proof<'env>(
        &self,
        env: &'env Env,
        older: f64,
        newer: f64,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (older, newer) = (count("`older`", Some(older), 0)?, count("`newer`", Some(newer), 0)?);
        promised!(env, self, |core| core.audit.consistency_proof(older, newer))
    }

    /// Verifies the log and signs its head: a few lines of text to keep where nobody can change them.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn audit_checkpoint<'env>(
        &self,
        env: &'env Env,
        signer: &AuditSigner,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let signer = signer.0.clone();
        promised!(env, self, |core| core.audit.checkpoint(signer.as_ref()))
    }

    /// Writes a bundle that third parties check without JUNO, signed now, with the proof that it continues each of the
    /// `older` checkpoints; gives the checkpoint.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn audit_export_bundle<'env>(
        &self,
        env: &'env Env,
        path: String,
        signer: &AuditSigner,
        older: Option<Vec<String>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (path, signer) = (PathBuf::from(path), signer.0.clone());
        let older = older.unwrap_or_default().into_iter().map(|text| word("`older`", text));
        let older: Vec<Checkpoint> = older.collect::<Result<_, Fault>>()?;
        promised!(env, self, |core| core.audit.export_bundle_file(&path, signer.as_ref(), &older))
    }

    /// Erases the personal parts of a person's records, and leaves a receipt in the log. The setting `audit.personal` says
    /// which parts these are; by default there are none. An administrator or director of every team can.
    #[napi(ts_return_type = "Promise<Erasure>")]
    pub fn audit_erase<'env>(
        &self,
        env: &'env Env,
        person: String,
        by: String,
        reason: String,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let by: PrincipalId = word("`by`", by)?;
        promised!(env, self, |core| core.audit.erase(&person, &by, &reason))
    }

    /// Erases the personal parts of records older than so many months, six at least, but for those under a legal hold.
    /// An administrator or director of every team can.
    #[napi(ts_return_type = "Promise<Erasure>")]
    pub fn audit_expire<'env>(
        &self,
        env: &'env Env,
        months: f64,
        by: String,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let by: PrincipalId = word("`by`", by)?;
        let months = u32::try_from(count("`months`", Some(months), 0)?).unwrap_or(u32::MAX);
        promised!(env, self, |core| core.audit.expire(months, &by))
    }

    /// The legal holds in force, by name.
    #[napi(ts_return_type = "Promise<LegalHold[]>")]
    pub fn audit_holds<'env>(&self, env: &'env Env) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        promised!(env, self, |core| core.audit.holds())
    }

    /// Places a legal hold on a person's data, or on everybody's: nothing it covers is erased until it is lifted.
    /// An administrator or director of every team can.
    #[napi(ts_return_type = "Promise<number>")]
    pub fn audit_place_hold<'env>(
        &self,
        env: &'env Env,
        name: String,
        by: String,
        reason: String,
        person: Option<String>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let by: PrincipalId = word("`by`", by)?;
        promised!(env, self, |core| core.audit.place_hold(&name, person.as_deref(), &by, &reason))
    }

    /// Lifts a legal hold. An administrator or director of every team can.
    #[napi(ts_return_type = "Promise<number>")]
    pub fn audit_lift_hold<'env>(
        &self,
        env: &'env Env,
        name: String,
        by: String,
        reason: String,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let by: PrincipalId = word("`by`", by)?;
        promised!(env, self, |core| core.audit.lift_hold(&name, &by, &reason))
    }

    /// Writes the log as JSON Lines, which `verifyAudit` checks without this database.
    #[napi(ts_return_type = "Promise<TreeHead>")]
    pub fn audit_export<'env>(
        &self,
        env: &'env Env,
        path: String,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let juno = self.clone();
        plain_promise(env, async move { Ok(juno.core.audit.export_file(path.as_ref()).await?) })
    }
}

/// The Merkle root over events (RFC 9162), each as its canonical JSON.
#[napi]
pub(crate) fn merkle_root(#[napi(ts_arg_type = "Event[]")] events: Unknown<'_>) -> Result<String, Fault> {
    let mut tree = MerkleTree::new();
    for event in &from_plain::<Vec<DomainEvent>>("`events`", events)? {
        tree.append(Leaf::of(event)?.hash);
    }
    Ok(tree.head().root.to_string())
}

/// Whether a proof shows that a record with this leaf hash is in the log behind a head.
#[napi]
pub(crate) fn verify_inclusion(
    #[napi(ts_arg_type = "InclusionProof")] proof: Unknown<'_>,
    leaf: String,
    #[napi(ts_arg_type = "TreeHead")] head: Unknown<'_>,
) -> Result<bool, Fault> {
    let (proof, head): (InclusionProof, TreeHead) =
        (from_plain("`proof`", proof)?, from_plain("`head`", head)?);
    Ok(juno_core::audit::verify_inclusion(&proof, &word::<Digest>("`leaf`", leaf)?, &head))
}

/// Whether a proof shows that the log behind the one head is the beginning of the log behind the other.
#[napi]
pub(crate) fn verify_consistency(
    #[napi(ts_arg_type = "ConsistencyProof")] proof: Unknown<'_>,
    #[napi(ts_arg_type = "TreeHead")] older: Unknown<'_>,
    #[napi(ts_arg_type = "TreeHead")] newer: Unknown<'_>,
) -> Result<bool, Fault> {
    let proof: ConsistencyProof = from_plain("`proof`", proof)?;
    let (older, newer): (TreeHead, TreeHead) = (from_plain("`older`", older)?, from_plain("`newer`", newer)?);
    Ok(juno_core::audit::verify_consistency(&proof, &older, &newer))
}

/// Size and root of a checkpoint, once its signature has been checked.
#[napi(ts_return_type = "TreeHead")]
pub(crate) fn read_checkpoint<'env>(
    env: &'env Env,
    checkpoint: String,
    key: String,
) -> Result<Unknown<'env>, Fault> {
    let (checkpoint, key): (Checkpoint, VerifierKey) =
        (word("`checkpoint`", checkpoint)?, word("`key`", key)?);
    checkpoint.verify(&key)?;
    plain(env, checkpoint.head())
}

/// Checks an exported log or bundle by itself: any changed, missing, added or moved byte is found and named.
///
/// A bundle is also checked against its published `key`, and an older checkpoint, where they are given.
#[napi(ts_return_type = "Promise<Verification>")]
pub(crate) fn verify_audit<'env>(
    env: &'env Env,
    path: String,
    key: Option<String>,
    against: Option<String>,
) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
    let key: Option<VerifierKey> = key.map(|key| word("`key`", key)).transpose()?;
    let older: Option<Checkpoint> = against.map(|text| word("`against`", text)).transpose()?;
    plain_promise(env, async move {
        let known = Known { key: key.as_ref(), older: older.as_ref() };
        Ok(juno_core::audit::verify_file_knowing(path.as_ref(), &known)?)
    })
}

//! What happened, and the proof that nobody changed it since.
use juno_core::audit::{Leaf, MerkleTree};
use juno_core::domain::DomainEvent;
use napi::bindgen_prelude::{Env, PromiseRaw, Unknown};
use napi_derive::napi;

use crate::error::Fault;
use crate::juno::Juno;
use crate::plain::{count, from_plain};
use crate::runtime::plain_promise;

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

/// Checks an exported log by itself: any changed, missing, added or moved byte is found and named.
#[napi(ts_return_type = "Promise<Verification>")]
pub(crate) fn verify_audit<'env>(
    env: &'env Env,
    path: String,
) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
    plain_promise(env, async move { Ok(juno_core::audit::verify_file(path.as_ref())?) })
}

//! What happened, and the proof that nobody changed it since.
use std::path::{Path, PathBuf};
use std::sync::Arc;

use juno_core::audit::{
    AuditError, AuditPage, AuditQuery, AuditRecord, Checkpoint, ConsistencyProof, Erasure, ExportFormat,
    Hold, InclusionProof, Known, Leaf, MerkleTree, TreeHead, Verification,
};
use juno_core::crypto::{Ed25519Signer, KeyKind, Signer, VerifierKey, Zeroizing};
use juno_core::domain::{Digest, DomainEvent, ErrorKind, PrincipalId};
use pyo3::prelude::*;

use crate::error::Fault;
use crate::plain::Plain;
use crate::runtime::{self, waits};

waits! {
    /// Size and root of the log.
    audit_head / audit_head_async ()
    |juno| -> Plain<TreeHead> {
        Plain(juno.core.audit.head().await?)
    }

    /// Recomputes every digest and the root, and names the first record that was changed, if one was.
    audit_verify / audit_verify_async ()
    |juno| -> Plain<Verification> {
        Plain(juno.core.audit.verify().await?)
    }

    /// At most `limit` records from index `start` on.
    audit_records / audit_records_async (start = 0, limit = 100)
    |juno, start: u64, limit: usize| -> Plain<Vec<AuditRecord>> {
        Plain(juno.core.audit.records(start, limit).await?)
    }

    /// Finds records, page by page: `next` of one page is `after` of the following one.
    ///
    /// Keywords: actor, kind, action, ticket, team, subject, outcome, since, until, after, limit.
    audit_search / audit_search_async (**query)
    |juno, **query| -> Plain<AuditPage> {
        let query: AuditQuery = query.unwrap_or_default().read()?;
        Plain(juno.core.audit.search(&query).await?)
    }

    /// Writes the records a search finds, all pages of them, as `json_lines`, `csv` or `cloud_events`, and gives how many.
    ///
    /// Keywords: those of `audit_search`.
    audit_export_records / audit_export_records_async (path, format, **query)
    |juno, path: PathBuf, format: Plain<ExportFormat>, **query| -> u64 {
        let query: AuditQuery = query.unwrap_or_default().read()?;
        juno.core.audit.export_records_file(&path, format.0, &query).await?
    }

    /// The leaf hash of a record, which a proof of it is checked with.
    audit_leaf / audit_leaf_async (index)
    |juno, index: u64| -> Plain<Digest> {
        Plain(juno.core.audit.leaf(index).await?)
    }

    /// A proof that a record is in the log of `size` records, for `verify_inclusion`.
    audit_inclusion_proof / audit_inclusion_proof_async (index, size)
    |juno, index: u64, size: u64| -> Plain<InclusionProof> {
        Plain(juno.core.audit.inclusion_proof(index, size).await?)
    }

    /// A proof that the log of `older` records is the beginning of that of `newer` records, for `verify_consistency`.
    audit_consistency_proof / audit_consistency_proof_async (older, newer)
    |juno, older: u64, newer: u64| -> Plain<ConsistencyProof> {
        Plain(juno.core.audit.consistency_proof(older, newer).await?)
    }

    /// Verifies the log and signs its head: a few lines of text to keep where nobody can change them.
    audit_checkpoint / audit_checkpoint_async (signer)
    |juno, signer: AuditSigner| -> String {
        juno.core.audit.checkpoint(signer.0.as_ref()).await?.to_string()
    }

    /// Writes a bundle that third parties check without JUNO, signed now, with the proof that it continues each of the
    /// `older` checkpoints; gives the checkpoint.
    audit_export_bundle / audit_export_bundle_async (path, signer, older = None)
    |juno, path: PathBuf, signer: AuditSigner, older: Option<Plain<Vec<Checkpoint>>>| -> String {
        let older = older.map(|older| older.0).unwrap_or_default();
        juno.core.audit.export_bundle_file(&path, signer.0.as_ref(), &older).await?.to_string()
    }

    /// Erases the personal parts of a person's records, and leaves a receipt in the log. The setting `audit.personal` says
    /// which parts these are; by default there are none. An administrator or director of every team can.
    audit_erase / audit_erase_async (person, by, reason)
    |juno, person: String, by: Plain<PrincipalId>, reason: String| -> Plain<Erasure> {
        Plain(juno.core.audit.erase(&person, &by.0, &reason).await?)
    }

    /// Erases the personal parts of records older than so many months, six at least, but for those under a legal hold.
    /// An administrator or director of every team can.
    audit_expire / audit_expire_async (months, by)
    |juno, months: u32, by: Plain<PrincipalId>| -> Plain<Erasure> {
        Plain(juno.core.audit.expire(months, &by.0).await?)
    }

    /// The legal holds in force, by name.
    audit_holds / audit_holds_async ()
    |juno| -> Plain<Vec<Hold>> {
        Plain(juno.core.audit.holds().await?)
    }

    /// Places a legal hold on a person's data, or on everybody's: nothing it covers is erased until it is lifted.
    /// An administrator or director of every team can.
    audit_place_hold / audit_place_hold_async (name, by, reason, person = None)
    |juno, name: String, by: Plain<PrincipalId>, reason: String, person: Option<String>| -> u64 {
        juno.core.audit.place_hold(&name, person.as_deref(), &by.0, &reason).await?
    }

    /// Lifts a legal hold. An administrator or director of every team can.
    audit_lift_hold / audit_lift_hold_async (name, by, reason)
    |juno, name: String, by: Plain<PrincipalId>, reason: String| -> u64 {
        juno.core.audit.lift_hold(&name, &by.0, &reason).await?
    }

    /// Writes the log as JSON Lines, which `verify_audit` checks without this database.
    audit_export / audit_export_async (path)
    |juno, path: PathBuf| -> Plain<TreeHead> {
        Plain(juno.core.audit.export_file(&path).await?)
    }
}

/// The Merkle root over events (RFC 9162), each as its canonical JSON.
#[pyfunction]
pub(crate) fn merkle_root(events: Plain<Vec<DomainEvent>>) -> Result<Plain<Digest>, Fault> {
    let mut tree = MerkleTree::new();
    for event in &events.0 {
        tree.append(Leaf::of(event)?.hash);
    }
    Ok(Plain(tree.head().root))
}

/// Signs checkpoints: the 32 secret bytes of an Ed25519 key, and the name others know it by.
#[pyclass(module = "juno", frozen, from_py_object)]
#[derive(Clone)]
pub(crate) struct AuditSigner(Arc<Ed25519Signer>);

#[pymethods]
impl AuditSigner {
    /// `name` is a URL without scheme that is nobody else's; `seed` comes from a secret store, 32 random bytes.
    #[new]
    fn new(name: String, seed: Vec<u8>) -> Result<Self, Fault> {
        let seed = Zeroizing::new(seed);
        let bytes: [u8; 32] = seed.as_slice().try_into().map_err(|_| {
            Fault::new(ErrorKind::InvalidInput, format!("`seed` has `{}` bytes: give 32", seed.len()))
        })?;
        let signer = Ed25519Signer::new(name, KeyKind::Ed25519, &Zeroizing::new(bytes));
        Ok(Self(Arc::new(signer.map_err(AuditError::from)?)))
    }

    /// The public half, to publish: `name+id+base64`.
    #[getter]
    fn key(&self) -> String {
        self.0.key().to_string()
    }
}

/// Whether a proof shows that a record with this leaf hash is in the log behind a head.
#[pyfunction]
pub(crate) fn verify_inclusion(
    proof: Plain<InclusionProof>,
    leaf: Plain<Digest>,
    head: Plain<TreeHead>,
) -> bool {
    juno_core::audit::verify_inclusion(&proof.0, &leaf.0, &head.0)
}

/// Whether a proof shows that the log behind the one head is the beginning of the log behind the other.
#[pyfunction]
pub(crate) fn verify_consistency(
    proof: Plain<ConsistencyProof>,
    older: Plain<TreeHead>,
    newer: Plain<TreeHead>,
) -> bool {
    juno_core::audit::verify_consistency(&proof.0, &older.0, &newer.0)
}

/// Size and root of a checkpoint, once its signature has been checked.
#[pyfunction]
pub(crate) fn read_checkpoint(
    checkpoint: Plain<Checkpoint>,
    key: Plain<VerifierKey>,
) -> Result<Plain<TreeHead>, Fault> {
    checkpoint.0.verify(&key.0)?;
    Ok(Plain(*checkpoint.0.head()))
}

/// Checks an exported log or bundle by itself: any changed, missing, added or moved byte is found and named.
///
/// A bundle is also checked against its published `key`, and an older checkpoint, where they are given.
#[pyfunction]
#[pyo3(signature = (path, key = None, against = None))]
pub(crate) fn verify_audit(
    py: Python<'_>,
    path: PathBuf,
    key: Option<Plain<VerifierKey>>,
    against: Option<Plain<Checkpoint>>,
) -> Result<Plain<Verification>, Fault> {
    runtime::wait(py, async move { check(&path, key, against) })
}

/// `verify_audit` for use with `await`: the event loop runs on meanwhile.
#[pyfunction]
#[pyo3(signature = (path, key = None, against = None))]
pub(crate) fn verify_audit_async(
    py: Python<'_>,
    path: PathBuf,
    key: Option<Plain<VerifierKey>>,
    against: Option<Plain<Checkpoint>>,
) -> PyResult<Bound<'_, PyAny>> {
    runtime::awaitable(py, async move { check(&path, key, against) })
}

fn check(
    path: &Path,
    key: Option<Plain<VerifierKey>>,
    against: Option<Plain<Checkpoint>>,
) -> Result<Plain<Verification>, Fault> {
    let known = Known { key: key.as_ref().map(|key| &key.0), older: against.as_ref().map(|older| &older.0) };
    Ok(Plain(juno_core::audit::verify_file_knowing(path, &known)?))
}

//! What happened, and the proof that nobody changed it since.
use std::path::PathBuf;

use juno_core::audit::{AuditRecord, Leaf, MerkleTree, TreeHead, Verification};
use juno_core::domain::{Digest, DomainEvent};
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

/// Checks an exported log by itself: any changed, missing, added or moved byte is found and named.
#[pyfunction]
pub(crate) fn verify_audit(py: Python<'_>, path: PathBuf) -> Result<Plain<Verification>, Fault> {
    runtime::wait(py, async move { Ok(Plain(juno_core::audit::verify_file(&path)?)) })
}

/// `verify_audit` for use with `await`: the event loop runs on meanwhile.
#[pyfunction]
pub(crate) fn verify_audit_async(py: Python<'_>, path: PathBuf) -> PyResult<Bound<'_, PyAny>> {
    runtime::awaitable(py, async move { Ok(Plain(juno_core::audit::verify_file(&path)?)) })
}

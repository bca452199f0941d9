//! How long memories are kept, whose they are, archives.
use std::path::PathBuf;

use juno_core::agent::{ArchiveReport, ErasureReceipt, Place, SubjectErasure};
use juno_core::audit::TreeHead;
use juno_core::domain::{MemoryId, PrincipalId};
use juno_core::memory::{
    ArchiveQuery, CleanupReport, ExportManifest, LegalHold, Memory, MemoryColumns, MemoryPage, MemoryRow,
    Reencrypted, RestoreReport, SubjectQuery, Tiered, UsedReport,
};
use pyo3::prelude::*;

use crate::call::Call;
use crate::convert::Instant;
use crate::error::Fault;
use crate::paths::Paths;
use crate::plain::Plain;
use crate::runtime::waits;

waits! {
    /// Removes what has expired, and what was kept for as long as settings say; what is under legal hold stays.
    cleanup_memory / cleanup_memory_async (progress = None)
    |juno, progress: Option<Py<PyAny>>| -> Plain<CleanupReport> {
        Plain(juno.core.memory.cleanup(&Call::progress(progress)).await?)
    }

    /// All memories, page by page, in order of id: live and expired, superseded, in quarantine; and what is damaged.
    ///
    /// `next` of one page is `after` of the following one.
    scan_memories / scan_memories_async (after = None, limit = 1000)
    |juno, after: Option<Plain<MemoryId>>, limit: usize| -> Plain<MemoryPage> {
        Plain(juno.core.memory.scan(after.as_ref().map(|after| &after.0), limit).await?)
    }

    /// Notes that memories of a place, or of those that enclose it, were of use: they fade more slowly.
    ///
    /// Keywords: team, agent, session.
    mark_used / mark_used_async (ids, **place)
    |juno, ids: Plain<Vec<MemoryId>>, **place| -> Plain<UsedReport> {
        let place: Place = place.unwrap_or_default().read()?;
        Plain(juno.core.memory.used(&juno.core.memory.at(&place)?, &ids.0).await?)
    }

    /// Writes everything about a subject to a file of JSON Lines, with the manifest beside it, and gives the manifest.
    export_subject / export_subject_async (subject, path, *, also_said = false, progress = None)
    |juno, subject: String, path: PathBuf, also_said: bool, progress: Option<Py<PyAny>>| -> Plain<ExportManifest> {
        let query = SubjectQuery { subject, also_said };
        Plain(juno.core.memory.export_file(&path, &query, &Call::progress(progress)).await?)
    }

    /// Erases everything about a subject, and what was made from it, everywhere, and gives the receipt.
    ///
    /// Keywords: also_said, archives.
    erase_subject / erase_subject_async (subject, by, reason, *, progress = None, **more)
    |juno, subject: String, by: String, reason: String, progress: Option<Py<PyAny>>, **more| -> Plain<ErasureReceipt> {
        let order = more.unwrap_or_default().with("subject", subject).with("by", by).with("reason", reason);
        let order: SubjectErasure = order.read()?;
        Plain(juno.core.memory.erase_subject(&order, &Call::progress(progress)).await?)
    }

    /// The last receipt of a subject's erasure, proved against the log as it stands; None where there was none.
    erasure_receipt / erasure_receipt_async (subject)
    |juno, subject: String| -> Plain<Option<ErasureReceipt>> {
        Plain(juno.core.memory.erasure_receipt(&subject).await?)
    }

    /// Places a legal hold on what is remembered about a subject: nothing of it is removed until it is lifted.
    hold_subject / hold_subject_async (subject, by, reason)
    |juno, subject: String, by: Plain<PrincipalId>, reason: String| -> Plain<LegalHold> {
        Plain(juno.core.memory.hold_subject(&subject, &by.0, &reason).await?)
    }

    /// Lifts the legal hold on a subject, and says whether there was one.
    release_subject / release_subject_async (subject, by, reason)
    |juno, subject: String, by: Plain<PrincipalId>, reason: String| -> bool {
        juno.core.memory.release_subject(&subject, &by.0, &reason).await?
    }

    /// The legal holds on what is remembered, in order of subject.
    held_subjects / held_subjects_async ()
    |juno| -> Plain<Vec<LegalHold>> {
        let holds = juno.core.memory.held_subjects().await?;
        Plain(holds)
    }

    /// Moves memories that nobody wrote or used since `before` to files in a folder. Keywords: kinds, all_tags.
    archive_memories / archive_memories_async (folder, before, *, progress = None, **more)
    |juno, folder: PathBuf, before: Instant, progress: Option<Py<PyAny>>, **more| -> Plain<ArchiveReport> {
        let before = before.0.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
        let query: ArchiveQuery = more.unwrap_or_default().with("before", before).read()?;
        Plain(juno.core.memory.archive(&folder, &query, &Call::progress(progress)).await?)
    }

    /// Brings the memories of archive files, or of folders of them, back as they were.
    restore_memories / restore_memories_async (paths, progress = None)
    |juno, paths: Paths, progress: Option<Py<PyAny>>| -> Plain<RestoreReport> {
        Plain(juno.core.memory.restore(&paths.0, &Call::progress(progress)).await?)
    }

    /// Moves what is long unused to the archive that the setting `archive.url` names; without one nothing.
    tier_memories / tier_memories_async ()
    |juno| -> Plain<Tiered> {
        let moved = juno.core.memory.tier().await?;
        Plain(moved)
    }

    /// Brings one memory back from the archive that `archive.url` names; None where it has none.
    ///
    /// Keywords: team, agent, session.
    bring_back / bring_back_async (id, **place)
    |juno, id: Plain<MemoryId>, **place| -> Plain<Option<Memory>> {
        let place: Place = place.unwrap_or_default().read()?;
        Plain(juno.core.memory.bring_back(&juno.core.memory.at(&place)?, &id.0).await?)
    }

    /// Writes everything anew under new keys, and destroys the old ones.
    reencrypt_memory / reencrypt_memory_async (progress = None)
    |juno, progress: Option<Py<PyAny>>| -> Plain<Reencrypted> {
        Plain(juno.core.memory.reencrypt(&Call::progress(progress)).await?)
    }
}

/// Whether a receipt of an erasure holds: its list is the one its record is of, and the record is in the log behind `head`
/// (default the head it carries).
#[pyfunction]
#[pyo3(signature = (receipt, head = None))]
pub(crate) fn verify_receipt(
    receipt: Plain<ErasureReceipt>,
    head: Option<Plain<TreeHead>>,
) -> Result<bool, Fault> {
    Ok(match head {
        Some(head) => receipt.0.verify_in(&head.0)?,
        None => receipt.0.verify()?,
    })
}

/// Memories, or what `recall` found, as columns of equal length, ready for a data frame.
#[pyfunction]
pub(crate) fn memory_columns(memories: Plain<Vec<MemoryRow>>) -> Plain<MemoryColumns> {
    Plain(memories.0.iter().collect())
}

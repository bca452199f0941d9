use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use juno_domain::{Digest, MemoryId, Progress};
use juno_memory::{
    ArchiveQuery, CleanupReport, Embedded, MemoryError, MemoryScope, Reencrypted, RestoreReport, Segment,
    UsedReport,
};
use serde::{Deserialize, Serialize};

use crate::memory_files::{read, segment_name, write_whole};
use crate::{AgentError, MemoryHandle};

/// Memories of one archive file at most.
const SEGMENT: usize = 10_000;

/// What an archiving did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveReport {
    /// The files that were written, or were there already with the same content.
    pub files: Vec<PathBuf>,
    /// Memories that are in them and no longer in the store.
    pub archived: u64,
    /// Memories that are in them and stay in the store too: somebody changed them or placed a legal hold meanwhile.
    pub kept: u64,
}

impl MemoryHandle {
    /// Removes what has expired, and what was kept for as long as the settings `memory.retention_days` and
    /// `memory.retention_by_kind` say. What is under legal hold stays and is counted.
    ///
    /// # Errors
    /// If a store cannot be reached, or `progress` was cancelled.
    pub async fn cleanup(&self, progress: &Progress) -> Result<CleanupReport, AgentError> {
        let (core, now) = (&self.0, self.0.parts.clock.now());
        let (store, config) = (core.parts.stores.memory.as_ref(), &core.config);
        let done =
            juno_memory::cleanup(store, &config.tenant, &config.retention, now, &config.instance, progress);
        let done = done.await;
        core.drain().await?;
        Ok(done?)
    }

    /// Makes the vectors that memories lack, with the embedder the builder was given: for what was there before it, after a
    /// change of its model, and after it failed. Beginning anew does nothing twice.
    ///
    /// # Errors
    /// Unsupported without an embedder; if it fails or a store cannot be reached; or if `progress` was cancelled. What is
    /// done stays done.
    pub async fn embed_missing(&self, progress: &Progress) -> Result<Embedded, AgentError> {
        let store = self.0.parts.stores.memory.as_ref();
        let embedder = store.embedder().ok_or(MemoryError::Unsupported {
            what: "making vectors",
            hint: "give JUNO an embedder when it is opened",
        })?;
        let mut cancelled = None;
        let mut step =
            |far: &Embedded| match progress.step("embedding", far.done + far.kept + far.passed, None) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    cancelled = Some(error);
                    ControlFlow::Break(())
                }
            };
        let done =
            juno_memory::embed_missing(store, embedder, &self.0.config.tenant, None, &mut step).await?;
        match cancelled {
            Some(error) => Err(error.into()),
            None => Ok(done),
        }
    }

    /// Notes that memories of a scope, or of those that enclose it, were of use: they fade more slowly from now on. To be
    /// found is no use; only this is.
    ///
    /// # Errors
    /// If a memory is damaged or a store cannot be reached.
    pub async fn used(&self, scope: &MemoryScope, ids: &[MemoryId]) -> Result<UsedReport, AgentError> {
        let now = self.0.parts.clock.now();
        let store = self.0.parts.stores.memory.as_ref();
        let report = juno_memory::mark_used(store, scope, ids, now, &self.0.config.instance).await;
        self.0.drain().await?;
        Ok(report?)
    }

    /// Moves memories to files in a folder, JSON Lines with a digest, at most 10,000 in each, and out of the store.
    ///
    /// A file is whole on the disk, and was read back, before anything leaves the store. Killed at any instant it loses
    /// nothing, and can be called again.
    ///
    /// # Errors
    /// If a file cannot be written, a store cannot be reached, or `progress` was cancelled.
    pub async fn archive(
        &self,
        folder: &Path,
        query: &ArchiveQuery,
        progress: &Progress,
    ) -> Result<ArchiveReport, AgentError> {
        let (store, now) = (self.0.parts.stores.memory.as_ref(), self.0.parts.clock.now());
        let (tenant, instance) = (&self.0.config.tenant, &self.0.config.instance);
        let wanted = juno_memory::wanted(store, tenant, query, now, progress).await?;
        let mut report = ArchiveReport::default();
        for memories in wanted.chunks(SEGMENT) {
            let segment = Segment { tenant: tenant.clone(), memories: memories.to_vec() };
            let bytes = segment.to_bytes()?;
            let path = folder.join(segment_name(&bytes));
            write_whole(&path, &bytes)?;
            if Segment::read(&read(&path)?)? != segment {
                let reason = format!("`{}` does not hold what was written to it", path.display());
                return Err(MemoryError::Internal { reason }.into());
            }
            report.files.push(path);
            let removed = juno_memory::remove_archived(store, memories, (now, instance), progress).await;
            self.0.drain().await?;
            let removed = removed?;
            report.archived += removed;
            report.kept += (memories.len() as u64).saturating_sub(removed);
        }
        Ok(report)
    }

    /// Puts the memories of archive files, or of folders of them, back as they were. Done again it changes nothing. What
    /// the store has in a later state stays as it is, and what was erased at its subject's request stays erased.
    ///
    /// # Errors
    /// If a file is no archive file or was changed, a store cannot be reached, or `progress` was cancelled.
    pub async fn restore(&self, paths: &[PathBuf], progress: &Progress) -> Result<RestoreReport, AgentError> {
        let (store, now) = (self.0.parts.stores.memory.as_ref(), self.0.parts.clock.now());
        let (tenant, instance) = (&self.0.config.tenant, &self.0.config.instance);
        let erased: BTreeSet<Digest> = self.erased_digests().await?;
        let mut total = RestoreReport::default();
        for path in crate::memory_files::segments_in(paths)? {
            let segment = Segment::read(&read(&path)?).map_err(|error| named(&path, error))?;
            if segment.tenant != *tenant {
                let reason = format!("it is of the tenant `{}`, not `{tenant}`", segment.tenant);
                return Err(named(&path, MemoryError::Segment { reason }).into());
            }
            let done = juno_memory::restore(store, &segment, &erased, (now, instance), progress).await;
            self.0.drain().await?;
            let done = done?;
            total.restored += done.restored;
            total.known += done.known;
            total.erased += done.erased;
            total.newer.extend(done.newer);
        }
        Ok(total)
    }

    /// Writes everything anew under new keys, and destroys the old ones.
    ///
    /// # Errors
    /// `Unsupported` where the store does not encrypt. If a store or the keeper of the keys fails, or `progress` was
    /// cancelled: what is done stays done, and beginning anew is fine.
    pub async fn reencrypt(&self, progress: &Progress) -> Result<Reencrypted, AgentError> {
        let store = self.0.parts.stores.memory.as_ref();
        let mut told = |so_far: &Reencrypted| match progress.step("encrypting anew", so_far.done, None) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        };
        let done = juno_memory::reencrypt(store, &self.0.config.tenant, None, &mut told).await?;
        if done.next.is_some() {
            progress.step("encrypting anew", done.done, None)?;
        }
        Ok(done)
    }

    /// The instant so many days ago, for [`ArchiveQuery::before`].
    #[must_use]
    pub fn days_ago(&self, days: u32) -> DateTime<Utc> {
        let now = self.0.parts.clock.now();
        now.checked_sub_signed(chrono::TimeDelta::days(i64::from(days))).unwrap_or(DateTime::<Utc>::MIN_UTC)
    }
}

/// The same error with the file it is about.
pub(crate) fn named(path: &Path, error: MemoryError) -> MemoryError {
    match error {
        MemoryError::Segment { reason } => {
            MemoryError::Segment { reason: format!("`{}`: {reason}", path.display()) }
        }
        other => other,
    }
}

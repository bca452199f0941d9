use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use juno_audit::{AuditQuery, AuditRecord, ErasureOrder, Places};
use juno_crypto::{digest, digest_of};
use juno_domain::{Digest, DomainEvent, EventId, EventKind, MemoryId, PrincipalId, Progress};
use juno_memory::{
    ERASED, ExportManifest, MemoryError, Segment, SubjectGraph, SubjectQuery, check_holds, erased_event,
    export_subject, forget_subject, subject_mark,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::erasure_receipt::{ErasedMemory, ErasureReceipt};
use crate::memory_files::{read, remove, remove_unfinished, segment_name, segments_in, write_whole};
use crate::memory_life::named;
use crate::{AgentError, MemoryHandle};

/// Whose memories to erase, and who wants it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectErasure {
    /// The subject, matched whole.
    pub subject: String,
    /// Who decided it.
    pub by: PrincipalId,
    /// Why: it stands in the receipt, so it should not say what is erased.
    pub reason: String,
    /// Also what they said ([`juno_memory::Memory::who`]).
    #[serde(default)]
    pub also_said: bool,
    /// Archive files, and folders of them, to erase from too.
    #[serde(default)]
    pub archives: Vec<PathBuf>,
}

impl SubjectErasure {
    fn query(&self) -> SubjectQuery {
        SubjectQuery { subject: self.subject.clone(), also_said: self.also_said }
    }
}

/// What the log says of the erasures of one subject.
#[derive(Default)]
struct Trail {
    receipt: Option<AuditRecord>,
    /// Removals that no receipt lists yet.
    open: Vec<ErasedMemory>,
}

impl MemoryHandle {
    /// Everything that is remembered about a subject, and what was made from it, as JSON Lines, one memory or one record
    /// of the audit log on each line, and what they are. Records come from logs that keep personal parts apart.
    ///
    /// # Errors
    /// If a store cannot be reached, or `progress` was cancelled.
    pub async fn export_lines(
        &self,
        query: &SubjectQuery,
        progress: &Progress,
    ) -> Result<(Vec<u8>, ExportManifest), AgentError> {
        self.0.drain().await?;
        let (core, now) = (&self.0, self.0.parts.clock.now());
        let store = core.parts.stores.memory.as_ref();
        let (memories, mut manifest) =
            export_subject(store, &core.config.tenant, query, now, progress).await?;
        let mut lines = Vec::new();
        let broken = |error: serde_json::Error| MemoryError::Internal { reason: error.to_string() };
        for memory in &memories {
            serde_json::to_writer(&mut lines, memory).map_err(broken)?;
            lines.push(b'\n');
        }
        let audit = core.parts.stores.audit.as_ref();
        for kept in audit.kept(Some(&query.subject), None).await? {
            for record in audit.read(kept.index, 1).await?.into_iter().filter(|r| r.index == kept.index) {
                serde_json::to_writer(&mut lines, &json!({ "record": record })).map_err(broken)?;
                lines.push(b'\n');
                manifest.records += 1;
            }
        }
        manifest.digest = digest(&lines);
        Ok((lines, manifest))
    }

    /// As [`export_lines`](Self::export_lines), to a file, with the manifest beside it in `FILE.manifest.json`.
    ///
    /// # Errors
    /// As `export_lines`, and if a file cannot be written.
    pub async fn export_file(
        &self,
        path: &Path,
        query: &SubjectQuery,
        progress: &Progress,
    ) -> Result<ExportManifest, AgentError> {
        let (lines, manifest) = self.export_lines(query, progress).await?;
        write_whole(path, &lines)?;
        let mut beside = path.as_os_str().to_owned();
        beside.push(".manifest.json");
        let text = serde_json::to_vec_pretty(&manifest)
            .map_err(|error| MemoryError::Internal { reason: error.to_string() })?;
        write_whole(Path::new(&beside), &text)?;
        Ok(manifest)
    }

    /// Erases everything that is remembered about a subject, with all its history, and everything that was made from it:
    /// in the store and every tier of it, in archive files, and in what the audit log keeps apart; destroys the subject's
    /// keys where the store encrypts, and compacts. The receipt is a record of the log, without text or name, and proves
    /// itself ([`ErasureReceipt::verify`]).
    ///
    /// A run that was killed is completed by another. With nothing left to do, the last receipt comes back.
    ///
    /// # Errors
    /// `Denied` while a legal hold covers any of it: then nothing is changed. If a store cannot be reached, an archive
    /// file is damaged, or `progress` was cancelled: call again.
    pub async fn erase_subject(
        &self,
        order: &SubjectErasure,
        progress: &Progress,
    ) -> Result<ErasureReceipt, AgentError> {
        let (core, now, query) = (&self.0, self.0.parts.clock.now(), order.query());
        let (store, audit) = (core.parts.stores.memory.as_ref(), core.parts.stores.audit.as_ref());
        let (tenant, mark) = (&core.config.tenant, subject_mark(&core.config.tenant, &order.subject));
        // What waits in the outbox is the person's too, and what was removed before has its records there.
        core.drain().await?;
        if let Some(hold) =
            juno_audit::holds(audit).await?.into_iter().find(|hold| hold.covers(&order.subject))
        {
            return Err(juno_audit::AuditError::Held(Box::new(hold)).into());
        }
        let trail = self.trail(&mark).await?;
        let gone: BTreeSet<MemoryId> = trail.open.iter().map(|erased| erased.id.clone()).collect();
        let mut graph = SubjectGraph::new(query.clone(), gone);
        let archives = self.archived(&order.archives, &mut graph)?;
        let when = (now, &order.by);
        let removed = forget_subject(store, tenant, &graph, &query, when, progress).await;
        core.drain().await?;
        let removed = removed?;
        // What was made from what the store had is theirs in the archives too; the trail knows all of it by now.
        let trail = self.trail(&mark).await?;
        let known: BTreeSet<MemoryId> = trail.open.iter().map(|erased| erased.id.clone()).collect();
        let mut graph = SubjectGraph::new(query.clone(), known);
        for (_, segment) in &archives {
            segment.memories.iter().try_for_each(|memory| graph.add(memory))?;
        }
        let theirs = graph.found();
        check_holds(&store.holds(tenant).await?, &query, &theirs)?;
        self.erase_archived(&archives, &theirs, &trail, &mark, when).await?;
        remove_unfinished(&order.archives)?;
        let keys = store.destroy_keys(tenant, &order.subject).await?;
        let parts = ErasureOrder {
            person: order.subject.clone(),
            by: order.by.clone(),
            reason: order.reason.clone(),
        };
        let parts = core.erase(&parts).await?;
        progress.step("compacting", 0, None)?;
        let compacted = store.compact().await? && parts.clean;
        let trail = self.trail(&mark).await?;
        let unchanged = trail.open.is_empty() && parts.receipt.is_none() && parts.texts == 0 && keys == 0;
        if let Some(last) = trail.receipt.filter(|last| unchanged && is_clean(last) == compacted) {
            return self.receipt_of(last).await;
        }
        let payload = json!({
            "tenant": tenant,
            "reason": order.reason,
            "also_said": order.also_said,
            "memories": trail.open.len(),
            "digest": digest_of(&listed(&trail.open))?,
            "records": trail.open.iter().map(|erased| erased.record).collect::<Places>(),
            "audit_parts": parts.records.count(),
            "audit_texts": parts.texts,
            "audit_receipt": parts.receipt,
            "keys": keys,
            "unreadable": removed.unreadable.len(),
            "compacted": compacted,
        });
        let id = digest_of(&("memory_erased", mark, &order.by, now, &payload))?;
        let event = DomainEvent {
            id: EventId::new(format!("memory_erased-{id}"))?,
            kind: EventKind::MemoryErased,
            at: now,
            actor: order.by.clone(),
            subject: mark.to_string(),
            team: None,
            payload: payload.into(),
        };
        let index = audit.append(std::slice::from_ref(&event)).await?.first().copied().unwrap_or_default();
        self.receipt_of(AuditRecord { index, event, erased: false }).await
    }

    /// The last receipt of a subject's erasure, proved against the log as it stands; `None` where there was none.
    ///
    /// # Errors
    /// If a store cannot be reached.
    pub async fn erasure_receipt(&self, subject: &str) -> Result<Option<ErasureReceipt>, AgentError> {
        self.0.drain().await?;
        match self.trail(&subject_mark(&self.0.config.tenant, subject)).await?.receipt {
            Some(record) => Ok(Some(self.receipt_of(record).await?)),
            None => Ok(None),
        }
    }

    /// The digests of all memories that were ever erased at their subject's request.
    pub(crate) async fn erased_digests(&self) -> Result<BTreeSet<Digest>, AgentError> {
        self.0.drain().await?;
        let erased = self.removals(None, |_| true).await?;
        Ok(erased.into_iter().map(|erased| erased.digest).collect())
    }

    /// The receipt of a record: what it lists, and the proof that it is in the log.
    async fn receipt_of(&self, record: AuditRecord) -> Result<ErasureReceipt, AgentError> {
        let audit = self.0.parts.stores.audit.as_ref();
        let listed = record.event.payload.value().get("records").cloned().unwrap_or_default();
        let listed: Vec<(u64, u64)> = serde_json::from_value(listed).unwrap_or_default();
        let after = listed.first().and_then(|(first, _)| first.checked_sub(1));
        let mark = record.event.subject.clone();
        let mut memories = match listed.is_empty() {
            true => Vec::new(),
            false => self.removals(after, |of| of == mark).await?,
        };
        memories.retain(|erased| listed.iter().any(|(from, to)| (*from..=*to).contains(&erased.record)));
        let head = audit.head().await?;
        let proof = audit.inclusion_proof(record.index, head.size).await?;
        Ok(ErasureReceipt { record, memories, head, proof })
    }

    async fn trail(&self, mark: &Digest) -> Result<Trail, AgentError> {
        let mark = mark.to_string();
        let receipt = self.receipts(&mark).await?.pop();
        let open = self.removals(receipt.as_ref().map(|last| last.index), |of| of == mark).await?;
        Ok(Trail { receipt, open: listed(&open) })
    }

    /// The receipts of a mark, in order.
    async fn receipts(&self, mark: &str) -> Result<Vec<AuditRecord>, AgentError> {
        let (kind, subject) = (Some(EventKind::MemoryErased), Some(mark.to_owned()));
        self.every(AuditQuery { kind, subject, ..AuditQuery::default() }, Some).await
    }

    /// The removals at subjects' requests behind an index, those of the marks that are wanted.
    async fn removals(
        &self,
        after: Option<u64>,
        wanted: impl Fn(&str) -> bool + Send + Sync,
    ) -> Result<Vec<ErasedMemory>, AgentError> {
        let kind = Some(EventKind::MemoryForgotten);
        self.every(AuditQuery { kind, after, ..AuditQuery::default() }, |record| {
            let payload = record.event.payload.value();
            let text = |name: &str| payload.get(name).and_then(|value| value.as_str());
            if text("reason") != Some(ERASED) || !wanted(text("erasure")?) {
                return None;
            }
            let (id, digest) = (MemoryId::new(record.event.subject.as_str()).ok()?, text("digest")?);
            Some(ErasedMemory { id, digest: Digest::from_hex(digest).ok()?, record: record.index })
        })
        .await
    }

    /// What `take` makes of every record a query finds.
    async fn every<T: Send>(
        &self,
        query: AuditQuery,
        mut take: impl FnMut(AuditRecord) -> Option<T> + Send,
    ) -> Result<Vec<T>, AgentError> {
        let mut query = AuditQuery { limit: Some(AuditQuery::MOST), ..query };
        let mut found = Vec::new();
        loop {
            let page = self.0.parts.stores.audit.search(&query).await?;
            found.extend(page.records.into_iter().filter_map(&mut take));
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(found),
            }
        }
    }

    /// Reads archive files of this tenant, and shows them to the graph.
    fn archived(
        &self,
        paths: &[PathBuf],
        graph: &mut SubjectGraph,
    ) -> Result<Vec<(PathBuf, Segment)>, AgentError> {
        let mut archives = Vec::new();
        for path in segments_in(paths)? {
            let segment = Segment::read(&read(&path)?).map_err(|error| named(&path, error))?;
            if segment.tenant == self.0.config.tenant {
                segment.memories.iter().try_for_each(|memory| graph.add(memory))?;
                archives.push((path, segment));
            }
        }
        Ok(archives)
    }

    /// Takes what is theirs out of archive files: the records first, so that none is lost, then file by file.
    async fn erase_archived(
        &self,
        archives: &[(PathBuf, Segment)],
        theirs: &BTreeMap<MemoryId, juno_memory::Tied>,
        trail: &Trail,
        mark: &Digest,
        (now, by): (chrono::DateTime<chrono::Utc>, &PrincipalId),
    ) -> Result<(), AgentError> {
        let mut recorded: BTreeSet<(MemoryId, Digest)> =
            trail.open.iter().map(|erased| (erased.id.clone(), erased.digest)).collect();
        for (path, segment) in archives {
            let (out, left): (Vec<_>, Vec<_>) =
                segment.memories.iter().cloned().partition(|memory| theirs.contains_key(&memory.id));
            if out.is_empty() {
                continue;
            }
            let mut events = Vec::new();
            for memory in &out {
                let content = digest(memory.to_json()?.as_bytes());
                if recorded.insert((memory.id.clone(), content)) {
                    events.push(erased_event(&memory.scope, &memory.id, &content, mark, by, now)?);
                }
            }
            self.0.parts.stores.audit.append(&events).await?;
            if !left.is_empty() {
                let bytes = Segment { tenant: segment.tenant.clone(), memories: left }.to_bytes()?;
                let folder = path.parent().unwrap_or_else(|| Path::new(""));
                write_whole(&folder.join(segment_name(&bytes)), &bytes)?;
            }
            remove(path)?;
        }
        Ok(())
    }
}

/// Each memory once, in order of record.
fn listed(erased: &[ErasedMemory]) -> Vec<ErasedMemory> {
    let mut seen = BTreeSet::new();
    erased.iter().filter(|erased| seen.insert((erased.id.clone(), erased.digest))).cloned().collect()
}

/// Whether a receipt says that nothing was left.
fn is_clean(receipt: &AuditRecord) -> bool {
    receipt.event.payload.value().get("compacted").and_then(serde_json::Value::as_bool) == Some(true)
}

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use juno_audit::{
    AuditError, AuditPage, AuditQuery, AuditRecord, Bundle, Checkpoint, ConsistencyProof, Erasure,
    ErasureOrder, ExportFormat, Hold, InclusionProof, Retention, TreeHead, Verification,
};
use juno_crypto::Signer;
use juno_domain::{Digest, PrincipalId};

use crate::core::Core;
use crate::{AgentError, AuditSummary};

/// What happened, and the proof that nobody changed it since.
#[derive(Clone)]
pub struct AuditHandle(pub(crate) Arc<Core>);

impl AuditHandle {
    /// Size and root of the log, everything committed so far included.
    ///
    /// # Errors
    /// If a store cannot be reached.
    pub async fn head(&self) -> Result<TreeHead, AgentError> {
        self.0.drain().await?;
        Ok(self.0.parts.stores.audit.head().await?)
    }

    /// Recomputes every record's digest and the root, and names the first record that was changed.
    ///
    /// # Errors
    /// If a store cannot be reached. A changed record is no error: the verification says so.
    pub async fn verify(&self) -> Result<Verification, AgentError> {
        self.0.drain().await?;
        Ok(self.0.parts.stores.audit.verify().await?)
    }

    /// At most `limit` records from index `from` on.
    ///
    /// # Errors
    /// If a store cannot be reached or a record is damaged.
    pub async fn records(&self, from: u64, limit: usize) -> Result<Vec<AuditRecord>, AgentError> {
        self.0.drain().await?;
        Ok(self.0.parts.stores.audit.read(from, limit).await?)
    }

    /// Verifies the log and signs its head. Keep checkpoints where the log's keeper cannot change them: against an
    /// older one, `juno_audit` finds a log that was cut off or made anew.
    ///
    /// # Errors
    /// `Corrupt` if the log is not as recorded: nothing is signed. If a store or the signer fails.
    pub async fn checkpoint(&self, signer: &dyn Signer) -> Result<Checkpoint, AgentError> {
        let found = self.verify().await?;
        if let Some(bad) = found.first_bad {
            let (index, reason) = (bad.index.unwrap_or(found.size), bad.reason.text().into());
            return Err(AuditError::Corrupt { index, reason }.into());
        }
        Ok(Checkpoint::sign(&TreeHead { size: found.size, root: found.root }, signer)?)
    }

    /// Finds records by who, what, which ticket, team, outcome and when, page by page.
    ///
    /// # Errors
    /// If a store cannot be reached.
    pub async fn search(&self, query: &AuditQuery) -> Result<AuditPage, AgentError> {
        self.0.drain().await?;
        Ok(self.0.parts.stores.audit.search(query).await?)
    }

    /// Writes the records a query finds in a form other programs read, and gives how many: all of them, from the query's
    /// `after` on. What can be verified is written by [`export`](Self::export) and
    /// [`export_bundle`](Self::export_bundle).
    ///
    /// # Errors
    /// If a store cannot be reached or `out` cannot be written.
    pub async fn export_records(
        &self,
        query: &AuditQuery,
        format: ExportFormat,
        out: &mut (dyn Write + Send),
    ) -> Result<u64, AgentError> {
        self.0.drain().await?;
        let (log, source) =
            (self.0.parts.stores.audit.as_ref(), format!("/{}/audit", self.0.config.instance));
        Ok(juno_audit::export_records(log, query, format, &source, out).await?)
    }

    /// As [`export_records`](Self::export_records), to a file, in place of what was in it.
    ///
    /// # Errors
    /// If a store cannot be reached or the file cannot be written.
    pub async fn export_records_file(
        &self,
        path: &Path,
        format: ExportFormat,
        query: &AuditQuery,
    ) -> Result<u64, AgentError> {
        self.export_records(query, format, &mut BufWriter::new(create(path)?)).await
    }

    /// Erases what a person wrote: every personal part of their records that the log keeps apart, and the same texts in
    /// requests, executions and waiting events, open ones too; leaves a receipt. What is open goes on: texts decide
    /// nothing. The setting `audit.personal`, or the log itself, says which parts these are; by default there are none. An
    /// administrator or director of every team can.
    ///
    /// # Errors
    /// `Denied` if `by` is neither, or while a legal hold covers the person; if a store cannot be reached: call again.
    pub async fn erase(&self, person: &str, by: &PrincipalId, reason: &str) -> Result<Erasure, AgentError> {
        self.0.keeps_records(by)?;
        let order = ErasureOrder { person: person.to_owned(), by: by.clone(), reason: reason.to_owned() };
        self.0.erase(&order).await
    }

    /// Erases the personal parts of records that are older than so many months, six at least, but for those under a
    /// legal hold, and leaves a receipt. An administrator or director of every team can.
    ///
    /// # Errors
    /// If there are fewer months; `Denied` if `by` is neither, or while legal holds cover all of it; if a store cannot be
    /// reached.
    pub async fn expire(&self, months: u32, by: &PrincipalId) -> Result<Erasure, AgentError> {
        self.0.keeps_records(by)?;
        self.0.drain().await?;
        let (log, now) = (self.0.parts.stores.audit.as_ref(), self.0.parts.clock.now());
        let texts = self.0.parts.stores.texts.as_deref();
        Ok(juno_audit::expire_with(log, texts, Retention::months(months)?, by, now).await?)
    }

    /// The legal holds in force, by name.
    ///
    /// # Errors
    /// If a store cannot be reached.
    pub async fn holds(&self) -> Result<Vec<Hold>, AgentError> {
        self.0.drain().await?;
        Ok(juno_audit::holds(self.0.parts.stores.audit.as_ref()).await?)
    }

    /// Places a legal hold on a person's data, or on everybody's if nobody is named, and gives the index of its record. An
    /// administrator or director of every team can.
    ///
    /// # Errors
    /// `Denied` if `by` is neither, if the name or the reason is empty, or a store cannot be reached.
    pub async fn place_hold(
        &self,
        name: &str,
        person: Option<&str>,
        by: &PrincipalId,
        reason: &str,
    ) -> Result<u64, AgentError> {
        self.0.keeps_records(by)?;
        self.0.drain().await?;
        let hold = Hold {
            name: name.to_owned(),
            person: person.map(str::to_owned),
            by: by.clone(),
            reason: reason.to_owned(),
            at: self.0.parts.clock.now(),
        };
        Ok(juno_audit::place_hold(self.0.parts.stores.audit.as_ref(), &hold).await?)
    }

    /// Lifts a legal hold by its name, and gives the index of the record that says so. An administrator or director of
    /// every team can.
    ///
    /// # Errors
    /// `Denied` if `by` is neither, `NotFound` if no such hold is in force, or if a store cannot be reached.
    pub async fn lift_hold(&self, name: &str, by: &PrincipalId, reason: &str) -> Result<u64, AgentError> {
        self.0.keeps_records(by)?;
        self.0.drain().await?;
        let (log, now) = (self.0.parts.stores.audit.as_ref(), self.0.parts.clock.now());
        Ok(juno_audit::lift_hold(log, name, by, reason, now).await?)
    }

    /// The leaf hash of a record, which a proof of it is checked with.
    ///
    /// # Errors
    /// `NotFound` if the log has no such record, or if a store cannot be reached.
    pub async fn leaf(&self, index: u64) -> Result<Digest, AgentError> {
        let stored = self.0.parts.stores.audit.stored(index, 1).await?;
        let found = stored.first().filter(|stored| stored.index == index);
        Ok(found.ok_or(AuditError::NoRecord(index))?.leaf)
    }

    /// A proof that the record `index` is in the log of `size` records, for somebody who has a checkpoint of it.
    ///
    /// # Errors
    /// If the log has not so many records, the index is not below `size`, or a store cannot be reached.
    pub async fn inclusion_proof(&self, index: u64, size: u64) -> Result<InclusionProof, AgentError> {
        Ok(self.0.parts.stores.audit.inclusion_proof(index, size).await?)
    }

    /// A proof that the log of `older` records is the beginning of that of `newer` records, for somebody who has a
    /// checkpoint of each.
    ///
    /// # Errors
    /// If the log has not so many records, `older` is larger than `newer`, or a store cannot be reached.
    pub async fn consistency_proof(&self, older: u64, newer: u64) -> Result<ConsistencyProof, AgentError> {
        Ok(self.0.parts.stores.audit.consistency_proof(older, newer).await?)
    }

    /// Writes the log as JSON Lines, which `juno_audit::verify_jsonl` checks without this store.
    ///
    /// # Errors
    /// If a store cannot be reached or `out` cannot be written.
    pub async fn export(&self, out: &mut (dyn Write + Send)) -> Result<TreeHead, AgentError> {
        self.0.drain().await?;
        Ok(juno_audit::write_jsonl(self.0.parts.stores.audit.as_ref(), out).await?)
    }

    /// Writes the log to a file as JSON Lines, in place of what was in it.
    ///
    /// # Errors
    /// If a store cannot be reached or the file cannot be written.
    pub async fn export_file(&self, path: &Path) -> Result<TreeHead, AgentError> {
        self.export(&mut BufWriter::new(create(path)?)).await
    }

    /// Writes everything recorded so far as a bundle that a third party checks without JUNO, signed now, with the
    /// proof that it continues each of the `older` checkpoints; gives the checkpoint, which is worth keeping elsewhere.
    ///
    /// # Errors
    /// If a checkpoint is not of this log, a store or the signer fails, or `out` cannot be written. `Corrupt` if the
    /// log is not as recorded.
    pub async fn export_bundle(
        &self,
        signer: &dyn Signer,
        older: &[Checkpoint],
        out: &mut (dyn Write + Send),
    ) -> Result<Checkpoint, AgentError> {
        let checkpoint = self.checkpoint(signer).await?;
        let bundle = Bundle { checkpoint: &checkpoint, key: signer.key(), witnesses: &[], older };
        bundle.write(self.0.parts.stores.audit.as_ref(), out).await?;
        Ok(checkpoint)
    }

    /// As [`export_bundle`](Self::export_bundle), to a file, in place of what was in it.
    ///
    /// # Errors
    /// As [`export_bundle`](Self::export_bundle), and if the file cannot be written.
    pub async fn export_bundle_file(
        &self,
        path: &Path,
        signer: &dyn Signer,
        older: &[Checkpoint],
    ) -> Result<Checkpoint, AgentError> {
        self.export_bundle(signer, older, &mut BufWriter::new(create(path)?)).await
    }

    pub(crate) async fn summary(&self) -> Result<AuditSummary, AgentError> {
        let found = self.verify().await?;
        Ok(AuditSummary { size: found.size, root: found.root, verified: found.verified })
    }
}

impl Core {
    /// Erases what a person wrote from the log and from what lies beside it.
    pub(crate) async fn erase(&self, order: &ErasureOrder) -> Result<Erasure, AgentError> {
        // What waits in the outbox is the person's too. What the log refuses stays there, and is erased there.
        match self.drain().await {
            Err(AgentError::Audit(AuditError::Refused { .. })) => {}
            drained => drained?,
        }
        let (log, texts) = (self.parts.stores.audit.as_ref(), self.parts.stores.texts.as_deref());
        Ok(juno_audit::erase_with(log, texts, order, self.parts.clock.now()).await?)
    }
}

fn create(path: &Path) -> Result<File, AuditError> {
    File::create(path).map_err(|source| AuditError::File { path: path.to_owned(), source })
}

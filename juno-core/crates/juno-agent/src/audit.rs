use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use juno_audit::{
    AuditError, AuditRecord, Bundle, Checkpoint, ConsistencyProof, InclusionProof, TreeHead, Verification,
};
use juno_crypto::Signer;

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
        let file = File::create(path).map_err(|source| AuditError::File { path: path.to_owned(), source })?;
        self.export(&mut BufWriter::new(file)).await
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

    pub(crate) async fn summary(&self) -> Result<AuditSummary, AgentError> {
        let found = self.verify().await?;
        Ok(AuditSummary { size: found.size, root: found.root, verified: found.verified })
    }
}

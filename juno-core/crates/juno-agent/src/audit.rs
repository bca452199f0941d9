use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use juno_audit::{AuditError, AuditRecord, TreeHead, Verification};

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

    pub(crate) async fn summary(&self) -> Result<AuditSummary, AgentError> {
        let found = self.verify().await?;
        Ok(AuditSummary { size: found.size, root: found.root, verified: found.verified })
    }
}

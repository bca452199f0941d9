use std::io::Write;

use juno_crypto::{VerifierKey, canonical_json};
use juno_domain::Digest;
use serde::{Deserialize, Serialize};

use crate::audit_log::AuditLog;
use crate::checkpoint::Checkpoint;
use crate::error::AuditError;
use crate::frontier::Frontier;
use crate::hash::leaf_hash;
use crate::line::{one_line, write_record};

/// Records fetched at a time.
const PAGE: usize = 1024;

/// The format that is written here.
pub(crate) const FORMAT: &str = "juno-audit-bundle/1";

/// The first line of a bundle: what it is, and whose signatures are in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    pub(crate) format: String,
    pub(crate) key: VerifierKey,
    /// How many lines with older checkpoints follow.
    pub(crate) older: usize,
    pub(crate) witnesses: Vec<VerifierKey>,
}

/// A line with an older checkpoint, and the proof that the newest one continues it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OlderLine {
    pub(crate) older: Checkpoint,
    pub(crate) path: Vec<Digest>,
}

/// The last line.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LastLine {
    pub(crate) checkpoint: Checkpoint,
}

/// What goes into a bundle beside the records: a file that shows a third party what happened, and that needs
/// neither JUNO nor its store to be checked. The format is in the docs of `juno-core`, `audit_bundle`.
#[derive(Debug, Clone, Copy)]
pub struct Bundle<'a> {
    /// The signed head; every record it covers goes into the bundle.
    pub checkpoint: &'a Checkpoint,
    /// The key of the log.
    pub key: &'a VerifierKey,
    /// The witnesses whose cosignatures go into the bundle.
    pub witnesses: &'a [VerifierKey],
    /// Older checkpoints of this log; each goes in with its consistency proof.
    pub older: &'a [Checkpoint],
}

impl Bundle<'_> {
    /// Writes it.
    ///
    /// # Errors
    /// If a signature is missing or wrong, or an older checkpoint is of a longer log or of another past; then nothing
    /// was written. `Corrupt` if the records are not those of the checkpoint: what was written by then does not
    /// verify. If the log or the writer fails.
    pub async fn write(&self, log: &dyn AuditLog, writer: &mut (dyn Write + Send)) -> Result<(), AuditError> {
        self.checkpoint.verify(self.key)?;
        let keys: Vec<&VerifierKey> = std::iter::once(self.key).chain(self.witnesses).collect();
        let checkpoint = self.checkpoint.signed_by(&keys)?;
        let head = *checkpoint.head();
        let mut older_lines = Vec::with_capacity(self.older.len());
        for older in self.older {
            older.verify(self.key)?;
            let proof = log.consistency_proof(older.head().size, head.size).await?;
            if !crate::proof::verify_consistency(&proof, older.head(), &head) {
                let reason = "an older checkpoint is of another past".into();
                return Err(AuditError::Corrupt { index: older.head().size, reason });
            }
            older_lines.push(OlderLine { older: older.signed_by(&[self.key])?, path: proof.path });
        }
        let header = Header {
            format: FORMAT.into(),
            key: self.key.clone(),
            older: older_lines.len(),
            witnesses: self.witnesses.to_vec(),
        };
        write_line(writer, &header)?;
        for line in &older_lines {
            write_line(writer, line)?;
        }
        let mut frontier = Frontier::new();
        while frontier.size() < head.size {
            let left = usize::try_from(head.size - frontier.size()).unwrap_or(usize::MAX);
            let page = log.stored(frontier.size(), left.min(PAGE)).await?;
            if page.is_empty() {
                return Err(AuditError::Corrupt { index: frontier.size(), reason: "it is missing".into() });
            }
            for record in page.iter().take(left) {
                one_line(record)?;
                write_record(writer, record)?;
                frontier.append(leaf_hash(&record.content));
            }
        }
        write_line(writer, &LastLine { checkpoint })?;
        writer.flush()?;
        if frontier.head() != head {
            let reason = "the records up to here do not give the root that was signed: verify the log".into();
            return Err(AuditError::Corrupt { index: head.size, reason });
        }
        Ok(())
    }
}

fn write_line(writer: &mut (dyn Write + Send), value: &impl Serialize) -> Result<(), AuditError> {
    let mut line = canonical_json(value)?;
    line.push(b'\n');
    Ok(writer.write_all(&line)?)
}

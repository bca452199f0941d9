use juno_audit::{AuditRecord, InclusionProof, Leaf, TreeHead, verify_inclusion};
use juno_crypto::digest_of;
use juno_domain::{Digest, MemoryId};
use serde::{Deserialize, Serialize};

use crate::AgentError;

/// A memory that was erased, without what it said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErasedMemory {
    /// Its id.
    pub id: MemoryId,
    /// The SHA-256 of its JSON.
    pub digest: Digest,
    /// The record of the audit log that says so.
    pub record: u64,
}

/// What was erased at a subject's request: a record of the audit log, what it lists, and the proof that it is there.
///
/// The record holds the subject's [mark](juno_memory::subject_mark), counts, the places of the records of each removal
/// and a digest of the list; no text, and no name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErasureReceipt {
    /// The record.
    pub record: AuditRecord,
    /// The memories, in order of their records.
    pub memories: Vec<ErasedMemory>,
    /// The log the proof is for.
    pub head: TreeHead,
    /// The proof that the record is in it.
    pub proof: InclusionProof,
}

impl ErasureReceipt {
    /// Whether nothing of what was erased was left where the stores keep it. False where others were at work: erase again.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.record.event.payload.value().get("compacted").and_then(serde_json::Value::as_bool) == Some(true)
    }

    /// Whether the receipt holds: the list is the one the record is of, and the record is in the log behind
    /// [`head`](Self::head).
    ///
    /// # Errors
    /// If the record has no canonical form, so that nothing can prove it.
    pub fn verify(&self) -> Result<bool, AgentError> {
        self.verify_in(&self.head)
    }

    /// As [`verify`](Self::verify), against a head of the log that was kept elsewhere, such as that of a signed checkpoint.
    ///
    /// # Errors
    /// If the record has no canonical form, so that nothing can prove it.
    pub fn verify_in(&self, head: &TreeHead) -> Result<bool, AgentError> {
        let payload = self.record.event.payload.value();
        let counted = payload.get("memories").and_then(serde_json::Value::as_u64);
        let listed = payload.get("digest").and_then(|digest| Digest::from_hex(digest.as_str()?).ok());
        let whole = counted == Some(self.memories.len() as u64) && listed == Some(digest_of(&self.memories)?);
        let leaf = Leaf::of(&self.record.event)?.hash;
        let proved = self.proof.index == self.record.index && verify_inclusion(&self.proof, &leaf, head);
        Ok(whole && proved)
    }
}

use std::fmt;
use std::str::FromStr;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use chrono::{DateTime, Datelike, Utc};
use juno_crypto::{KeyKind, SignedNote, Signer, VerifierKey};
use juno_domain::Digest;
use serde::{Deserialize, Serialize};

use crate::error::AuditError;
use crate::tree_head::TreeHead;

/// A tree head that its log has signed ([C2SP tlog-checkpoint]), with the cosignatures of witnesses below it.
///
/// Its text is what to publish, to hand to auditors and to keep elsewhere: it says how many records there were and
/// which, in a form that readers of other makes know. As text and in serde it is the signed note:
///
/// ```text
/// example.com/juno/audit
/// 20852163
/// CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
///
/// — example.com/juno/audit Az3grlgt…
/// — witness.example jWbPPwAAAAB…
/// ```
///
/// Reading one checks nothing: [`verify`](Self::verify) does.
///
/// [C2SP tlog-checkpoint]: https://c2sp.org/tlog-checkpoint
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Checkpoint {
    head: TreeHead,
    note: SignedNote,
}

impl Checkpoint {
    /// Signs a head in the name of the signer's key, which is the log's origin.
    ///
    /// # Errors
    /// If the signer fails, or holds a key for cosignatures.
    pub fn sign(head: &TreeHead, signer: &dyn Signer) -> Result<Self, AuditError> {
        let root = BASE64_STANDARD.encode(head.root.0);
        let text = format!("{}\n{}\n{root}\n", signer.key().name(), head.size);
        Ok(Self { head: *head, note: SignedNote::sign(text, signer)? })
    }

    /// The log it is of.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.note.text().lines().next().unwrap_or_default()
    }

    /// What was signed. Trust it after [`verify`](Self::verify).
    #[must_use]
    pub const fn head(&self) -> &TreeHead {
        &self.head
    }

    /// The signed text with all its signatures.
    #[must_use]
    pub const fn note(&self) -> &SignedNote {
        &self.note
    }

    /// Checks that the log of this key has signed it.
    ///
    /// # Errors
    /// If the key is that of another log or of a witness, or its signature is missing or wrong.
    pub fn verify(&self, key: &VerifierKey) -> Result<(), AuditError> {
        if key.kind() != KeyKind::Ed25519 || key.name() != self.origin() {
            let (origin, key) = (self.origin().into(), key.name().into());
            return Err(AuditError::OtherLog { origin, key });
        }
        self.note.verify(key)?;
        Ok(())
    }

    /// The checkpoint with the signatures of these keys, in their order, and no other.
    ///
    /// # Errors
    /// If one has not signed it, or its signature is wrong.
    pub fn signed_by(&self, keys: &[&VerifierKey]) -> Result<Self, AuditError> {
        Ok(Self { head: self.head, note: self.note.signed_by(keys)? })
    }

    /// Adds the signature of a witness at an instant, to the second. Before it signs, a witness has to know by a
    /// consistency proof that this checkpoint continues the last one it signed of this log.
    ///
    /// # Errors
    /// If the instant lies before 1970, the signer fails, or its key is not one for cosignatures.
    pub fn cosign(&mut self, witness: &dyn Signer, at: DateTime<Utc>) -> Result<(), AuditError> {
        let seconds = u64::try_from(at.timestamp())
            .map_err(|_| AuditError::CheckpointText("its time is before 1970"))?;
        Ok(self.note.cosign(witness, seconds)?)
    }

    /// Adds the lines a witness answered with. They are checked by [`cosigned_at`](Self::cosigned_at), not here.
    ///
    /// # Errors
    /// If a line is no signature; then none is added.
    pub fn add_cosignatures(&mut self, lines: &str) -> Result<(), AuditError> {
        Ok(self.note.add_lines(lines)?)
    }

    /// When the witness of this key has signed it, checked.
    ///
    /// # Errors
    /// If its signature is missing or wrong, or the key is not one for cosignatures.
    pub fn cosigned_at(&self, witness: &VerifierKey) -> Result<DateTime<Utc>, AuditError> {
        self.note
            .verify(witness)?
            .and_then(|seconds| DateTime::from_timestamp(i64::try_from(seconds).ok()?, 0))
            // Beyond it a year is not written with four digits, and not every reader knows it.
            .filter(|at| at.year() <= 9999)
            .ok_or(AuditError::CheckpointText("the key is not that of a witness, or its time is no time"))
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}

impl FromStr for Checkpoint {
    type Err = AuditError;

    /// Reads a checkpoint; its signatures are not checked yet. Extension lines are kept.
    fn from_str(text: &str) -> Result<Self, AuditError> {
        let note: SignedNote = text.parse()?;
        let mut lines = note.text().lines();
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(AuditError::CheckpointText("it has less than three lines"));
        };
        if origin.is_empty() || lines.any(str::is_empty) {
            return Err(AuditError::CheckpointText("it has an empty line"));
        }
        let size = read_size(size).ok_or(AuditError::CheckpointText("its size is no number below 2^63"))?;
        let root = BASE64_STANDARD.decode(root).ok().and_then(|bytes| bytes.try_into().ok());
        let root = root.map(Digest).ok_or(AuditError::CheckpointText("its root is no digest in base64"))?;
        Ok(Self { head: TreeHead { size, root }, note })
    }
}

/// A number in its only form: no sign, no leading zero.
fn read_size(text: &str) -> Option<u64> {
    let size: u64 = text.parse().ok()?;
    (size <= i64::MAX as u64 && size.to_string() == text).then_some(size)
}

impl TryFrom<String> for Checkpoint {
    type Error = AuditError;
    fn try_from(text: String) -> Result<Self, AuditError> {
        text.parse()
    }
}

impl From<Checkpoint> for String {
    fn from(checkpoint: Checkpoint) -> Self {
        checkpoint.to_string()
    }
}

use std::collections::BTreeSet;
use std::fmt;
use std::io::BufRead;

use chrono::{DateTime, SecondsFormat, Utc};
use juno_crypto::{KeyKind, VerifierKey};
use serde::{Deserialize, Serialize};

use crate::bundle::{FORMAT, Header, LastLine, OlderLine};
use crate::checkpoint::Checkpoint;
use crate::error::AuditError;
use crate::line::{check_payload, check_record, read_exact};
use crate::proof::{ConsistencyProof, verify_consistency};
use crate::tree_head::TreeHead;
use crate::verification::{BadReason, BadRecord, Verification};
use crate::verifier::Verifier;

/// What a reader knows from elsewhere. A bundle alone shows only that its key signed its records: that the key is
/// the right one, and that this is the whole past, follows from here.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// The key of the log, as published.
    pub key: Option<&'a VerifierKey>,
    /// A checkpoint of this log that was kept elsewhere.
    pub older: Option<&'a Checkpoint>,
}

/// What a check of a bundle found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleVerification {
    /// Whether everything holds, and the first thing that does not.
    #[serde(flatten)]
    pub verification: Verification,
    /// The log it is of; empty if not even the first line can be read.
    pub origin: String,
    /// Who saw the checkpoint, and when; empty if anything is wrong.
    pub witnesses: Vec<Witnessed>,
}

/// A witness's checked signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witnessed {
    /// The name of the witness's key.
    pub name: String,
    /// When it signed, to the second.
    pub at: DateTime<Utc>,
}

impl fmt::Display for BundleVerification {
    /// What people read, the same words in every verifier.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Verification { size, root, erased, first_bad, .. } = &self.verification;
        if let Some(bad) = first_bad {
            return write!(f, "NOT verified: {bad}");
        }
        write!(f, "verified: {size} records of {}, root {root}", self.origin)?;
        if *erased > 0 {
            write!(f, "; payload erased, commitment intact: {erased}")?;
        }
        self.witnesses.iter().try_for_each(|witness| {
            write!(
                f,
                "; seen by {} at {}",
                witness.name,
                witness.at.to_rfc3339_opts(SecondsFormat::Secs, true)
            )
        })
    }
}

/// Checks a bundle, line by line and in constant memory. Any changed, missing, added or moved byte is found, and the
/// record it is in is named.
///
/// Who holds the log's key can make another bundle with another past: [`Known::older`] finds that.
///
/// # Errors
/// If the reader fails. A bundle that is not as it was written is no error but a verification that says so.
pub fn verify_bundle(mut reader: impl BufRead, known: &Known<'_>) -> Result<BundleVerification, AuditError> {
    let mut check = Check::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        let end = reader.read_until(b'\n', &mut line)? == 0;
        if end || !check.line(&line, known) {
            return Ok(check.finish());
        }
    }
}

/// Whether this is the first line of a bundle, of whatever version, and not of a plain export.
pub(crate) fn is_bundle(line: &[u8]) -> bool {
    line.starts_with(br#"{"format":"#)
}

struct Check {
    verifier: Verifier,
    header: Option<Header>,
    older: Vec<OlderLine>,
    last: Option<Checkpoint>,
}

impl Check {
    fn new() -> Self {
        Self { verifier: Verifier::new(None), header: None, older: Vec::new(), last: None }
    }

    /// Takes a line; false if there is no use in going on.
    fn line(&mut self, line: &[u8], known: &Known<'_>) -> bool {
        // A line that is cut is as good as empty, and no line of a bundle is.
        let text = line.strip_suffix(b"\n").unwrap_or_default();
        let Some(header) = &self.header else { return self.first(text, known) };
        if self.older.len() < header.older {
            return self.older(text);
        }
        if self.last.is_some() {
            self.verifier.bad(Some(self.verifier.size()), BadReason::Surplus);
            return false;
        }
        if !text.starts_with(br#"{"checkpoint":"#) {
            return check_payload(&mut self.verifier, text) || check_record(&mut self.verifier, text);
        }
        self.last = read_exact(text)
            .map(|last: LastLine| last.checkpoint)
            .filter(|last| signed_exactly(last, &header.key, &header.witnesses));
        if self.last.is_none() {
            self.verifier.bad(None, BadReason::Unsigned);
        }
        self.last.is_some()
    }

    fn first(&mut self, text: &[u8], known: &Known<'_>) -> bool {
        let header = read_exact(text).filter(|header: &Header| {
            header.format == FORMAT
                && header.key.kind() == KeyKind::Ed25519
                && header.witnesses.iter().all(|witness| witness.kind() == KeyKind::Cosignature)
                && each_once(&header.witnesses)
        });
        let Some(header) = header else {
            self.verifier.bad(None, BadReason::HeaderUnreadable);
            return false;
        };
        if known.key.is_some_and(|key| *key != header.key) {
            self.verifier.bad(None, BadReason::OtherKey);
        }
        if let Some(older) = known.older {
            if older.verify(&header.key).is_err() {
                self.verifier.bad(None, BadReason::OlderUnsigned);
            }
            self.verifier.expect(older.head());
        }
        self.header = Some(header);
        true
    }

    fn older(&mut self, text: &[u8]) -> bool {
        let key = self.header.as_ref().map(|header| &header.key);
        let line = read_exact(text)
            .filter(|line: &OlderLine| key.is_some_and(|key| signed_exactly(&line.older, key, &[])));
        let Some(line) = line else {
            self.verifier.bad(None, BadReason::OlderWrong);
            return false;
        };
        self.verifier.expect(line.older.head());
        self.older.push(line);
        true
    }

    fn finish(mut self) -> BundleVerification {
        let origin = self.header.as_ref().map(|header| header.key.name().to_owned()).unwrap_or_default();
        let mut head = TreeHead::empty();
        match (&self.header, &self.last) {
            (None, _) => self.verifier.bad(None, BadReason::HeaderUnreadable),
            (Some(_), None) => self.verifier.bad(Some(self.verifier.size()), BadReason::CheckpointMissing),
            (Some(_), Some(last)) => head = *last.head(),
        }
        let mut verification = self.verifier.finish(&head);
        let proved = |line: &OlderLine| {
            let (older, newer) = (line.older.head().size, head.size);
            let proof = ConsistencyProof { older, newer, path: line.path.clone() };
            verify_consistency(&proof, line.older.head(), &head)
        };
        // Where the records themselves are wrong, that is said before anything about proofs.
        if verification.verified && !self.older.iter().all(proved) {
            verification.verified = false;
            verification.first_bad = Some(BadRecord { index: None, reason: BadReason::OlderWrong });
        }
        let witnesses = match (&self.header, &self.last) {
            (Some(header), Some(last)) if verification.verified => witnessed(last, &header.witnesses),
            _ => Vec::new(),
        };
        BundleVerification { verification, origin, witnesses }
    }
}

/// Whether no two witnesses have the same name and id, by which signatures are found.
fn each_once(witnesses: &[VerifierKey]) -> bool {
    let names: BTreeSet<_> = witnesses.iter().map(|witness| (witness.name(), witness.id())).collect();
    names.len() == witnesses.len()
}

/// Whether a checkpoint is of this key's log and signed by it and by these witnesses, in their order, and by no other.
fn signed_exactly(checkpoint: &Checkpoint, key: &VerifierKey, witnesses: &[VerifierKey]) -> bool {
    let keys: Vec<&VerifierKey> = std::iter::once(key).chain(witnesses).collect();
    checkpoint.origin() == key.name()
        && checkpoint.signed_by(&keys).is_ok_and(|only| only == *checkpoint)
        && witnesses.iter().all(|witness| checkpoint.cosigned_at(witness).is_ok())
}

/// Who saw a checkpoint, and when.
fn witnessed(checkpoint: &Checkpoint, witnesses: &[VerifierKey]) -> Vec<Witnessed> {
    let seen = |key: &VerifierKey| {
        Some(Witnessed { name: key.name().into(), at: checkpoint.cosigned_at(key).ok()? })
    };
    witnesses.iter().filter_map(seen).collect()
}

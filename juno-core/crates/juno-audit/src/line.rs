//! The lines of exports and bundles, each in its only form: what is not exactly as it was written is not read.

use std::io::{self, Write};

use juno_crypto::canonical_json;
use juno_domain::Digest;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::record::StoredRecord;
use crate::tree_head::TreeHead;
use crate::verification::BadReason;
use crate::verifier::Verifier;

/// Writes a record's line.
pub(crate) fn write_record(writer: &mut (dyn Write + Send), record: &StoredRecord) -> io::Result<()> {
    write!(writer, r#"{{"index":{},"leaf":"{}","event":"#, record.index, record.leaf)?;
    writer.write_all(&record.content)?;
    writer.write_all(b"}\n")
}

/// Takes the next record's line, without its line break, into a check; false if it cannot be read as one.
pub(crate) fn check_record(verifier: &mut Verifier, line: &[u8]) -> bool {
    let place = Some(verifier.size());
    let Some(stored) = read_record(line) else {
        verifier.bad(place, BadReason::Unreadable);
        return false;
    };
    verifier.record(&stored);
    // One text has one leaf, but two readers may see two things in it: a key that occurs twice, for example.
    match serde_json::from_slice::<Value>(&stored.content) {
        Ok(event) if canonical_json(&event).is_ok_and(|bytes| bytes == stored.content) => {}
        Ok(_) => verifier.bad(place, BadReason::NotCanonical),
        Err(_) => verifier.bad(place, BadReason::Unreadable),
    }
    true
}

fn read_record(line: &[u8]) -> Option<StoredRecord> {
    let rest = line.strip_prefix(br#"{"index":"#)?;
    let (index, rest) = number(rest)?;
    let (leaf, rest) = digest(rest.strip_prefix(br#","leaf":"#)?)?;
    let content = rest.strip_prefix(br#","event":"#)?.strip_suffix(b"}")?;
    Some(StoredRecord { index, leaf, content: content.to_vec() })
}

/// Reads a line with size and root.
pub(crate) fn read_head(line: &[u8]) -> Option<TreeHead> {
    let (size, rest) = number(line.strip_prefix(br#"{"size":"#)?)?;
    let (root, rest) = digest(rest.strip_prefix(br#","root":"#)?)?;
    (rest == b"}").then_some(TreeHead { size, root })
}

/// Reads a line that is the canonical JSON of one value.
pub(crate) fn read_exact<T: Serialize + DeserializeOwned>(line: &[u8]) -> Option<T> {
    let value: T = serde_json::from_slice(line).ok()?;
    (canonical_json(&value).ok()? == line).then_some(value)
}

/// A number in its only form: no sign, no leading zero.
fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at_checked(digits)?;
    let value: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (value.to_string().as_bytes() == digits).then_some((value, rest))
}

/// A digest in quotes in its only form: lower-case.
fn digest(text: &[u8]) -> Option<(Digest, &[u8])> {
    let (quoted, rest) = text.split_at_checked(66)?;
    let hex = std::str::from_utf8(quoted).ok()?.strip_prefix('"')?.strip_suffix('"')?;
    let digest = Digest::from_hex(hex).ok()?;
    (digest.to_string() == hex).then_some((digest, rest))
}

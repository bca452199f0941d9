//! The lines of exports and bundles, each in its only form: what is not exactly as it was written is not read.

use std::io::{self, Write};

use juno_crypto::canonical_json;
use juno_domain::Digest;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::AuditError;
use crate::plain::read_json;
use crate::record::StoredRecord;
use crate::sealed::SealedPayload;
use crate::tree_head::TreeHead;
use crate::verification::BadReason;
use crate::verifier::Verifier;

/// Refuses a record that would not stay in its lines.
pub(crate) fn one_line(record: &StoredRecord) -> Result<(), AuditError> {
    let payload = record.payload.as_ref().map_or(&[][..], |payload| &payload.content);
    if record.content.contains(&b'\n') || payload.contains(&b'\n') {
        return Err(AuditError::Corrupt { index: record.index, reason: "it holds a line break".into() });
    }
    Ok(())
}

/// Writes a record's line, and the one with its personal part.
pub(crate) fn write_record(writer: &mut (dyn Write + Send), record: &StoredRecord) -> io::Result<()> {
    write!(writer, r#"{{"index":{},"leaf":"{}","event":"#, record.index, record.leaf)?;
    writer.write_all(&record.content)?;
    writer.write_all(b"}\n")?;
    let Some(payload) = &record.payload else { return Ok(()) };
    writer.write_all(PAYLOAD)?;
    writer.write_all(&payload.content)?;
    writeln!(writer, r#","salt":"{}"}}"#, Digest(payload.salt))
}

/// How the line begins that follows a record whose personal part is kept.
const PAYLOAD: &[u8] = br#"{"payload":"#;

/// Takes the line with the personal part of the last record into a check, if it is one.
pub(crate) fn check_payload(verifier: &mut Verifier, line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(PAYLOAD) else { return false };
    let place = verifier.size().checked_sub(1);
    let read = || {
        let (content, salt) = rest.split_at_checked(rest.len().checked_sub(SALT)?)?;
        let (salt, end) = digest(salt.strip_prefix(br#","salt":"#)?)?;
        (end == b"}").then(|| SealedPayload { salt: salt.0, content: content.to_vec() })
    };
    match read() {
        None => verifier.bad(place, BadReason::PayloadChanged),
        Some(payload) => {
            verifier.payload(&payload);
            check_canonical(verifier, place, &payload.content);
        }
    }
    true
}

/// The length of `,"salt":"…"}`.
const SALT: usize = 8 + 66 + 1;

/// One text has one hash, but two readers may see two things in it: a key that occurs twice, for example.
fn check_canonical(verifier: &mut Verifier, place: Option<u64>, content: &[u8]) {
    match read_json(content) {
        Ok(value) if canonical_json(&value).is_ok_and(|bytes| bytes == content) => {}
        Ok(_) => verifier.bad(place, BadReason::NotCanonical),
        Err(_) => verifier.bad(place, BadReason::Unreadable),
    }
}

/// Takes the next record's line, without its line break, into a check; false if it cannot be read as one.
pub(crate) fn check_record(verifier: &mut Verifier, line: &[u8]) -> bool {
    let place = Some(verifier.size());
    let Some(stored) = read_record(line) else {
        verifier.bad(place, BadReason::Unreadable);
        return false;
    };
    verifier.record(&stored);
    check_canonical(verifier, place, &stored.content);
    true
}

fn read_record(line: &[u8]) -> Option<StoredRecord> {
    let rest = line.strip_prefix(br#"{"index":"#)?;
    let (index, rest) = number(rest)?;
    let (leaf, rest) = digest(rest.strip_prefix(br#","leaf":"#)?)?;
    let content = rest.strip_prefix(br#","event":"#)?.strip_suffix(b"}")?;
    Some(StoredRecord { index, leaf, content: content.to_vec(), payload: None })
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

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use juno_crypto::canonical_json;
use juno_domain::Digest;
use serde_json::Value;

use crate::audit_log::AuditLog;
use crate::error::AuditError;
use crate::record::StoredRecord;
use crate::tree_head::TreeHead;
use crate::verification::{BadReason, Verification};
use crate::verifier::Verifier;

/// Records fetched at a time.
const PAGE: usize = 1024;

/// Writes the log as JSON Lines and gives the head it was written for.
///
/// Each record is a line `{"index":…,"leaf":"…","event":{…}}` with the event in canonical JSON, so that the leaf is
/// SHA-256 over a zero byte and the text of the event as it stands in the line. The last line is
/// `{"size":…,"root":"…"}`.
///
/// # Errors
/// If the log or the writer fails, or a record is missing or damaged beyond a line of text: verify the log first.
pub async fn write_jsonl(
    log: &dyn AuditLog,
    writer: &mut (dyn Write + Send),
) -> Result<TreeHead, AuditError> {
    let head = log.head().await?;
    let mut next = 0;
    while next < head.size {
        let page = log.stored(next, usize::try_from(head.size - next).map_or(PAGE, |n| n.min(PAGE))).await?;
        if page.is_empty() {
            return Err(AuditError::Corrupt { index: next, reason: "it is missing".into() });
        }
        for record in page {
            if record.content.contains(&b'\n') {
                return Err(AuditError::Corrupt { index: next, reason: "it holds a line break".into() });
            }
            write!(writer, r#"{{"index":{},"leaf":"{}","event":"#, record.index, record.leaf)?;
            writer.write_all(&record.content)?;
            writer.write_all(b"}\n")?;
            next += 1;
        }
    }
    writeln!(writer, r#"{{"size":{},"root":"{}"}}"#, head.size, head.root)?;
    writer.flush()?;
    Ok(head)
}

/// Checks an export by itself, line by line: the first bad record is named by its place, which is its line counted
/// from 0. Any changed, missing, added or moved byte is found.
///
/// It cannot know whether the export as a whole was made anew: [`verify_jsonl_against`] can.
///
/// # Errors
/// If the reader fails. An export that is not as it was written is no error but a [`Verification`] that says so.
pub fn verify_jsonl(reader: impl BufRead) -> Result<Verification, AuditError> {
    check(reader, None)
}

/// As [`verify_jsonl`], and checks that the records behind an older head are still the first ones.
///
/// # Errors
/// If the reader fails.
pub fn verify_jsonl_against(reader: impl BufRead, older: &TreeHead) -> Result<Verification, AuditError> {
    check(reader, Some(older))
}

/// As [`verify_jsonl`], for an export in a file.
///
/// # Errors
/// If the file cannot be opened or read.
pub fn verify_file(path: &Path) -> Result<Verification, AuditError> {
    let file = File::open(path).map_err(|source| AuditError::File { path: path.to_owned(), source })?;
    verify_jsonl(BufReader::new(file))
}

fn check(mut reader: impl BufRead, older: Option<&TreeHead>) -> Result<Verification, AuditError> {
    let mut verifier = Verifier::new(older);
    let mut head = None;
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let place = Some(verifier.size());
        if head.is_some() {
            verifier.bad(place, BadReason::Surplus);
            break;
        }
        let Some(text) = line.strip_suffix(b"\n") else {
            verifier.bad(place, BadReason::Unreadable);
            break;
        };
        head = read_head(text);
        if head.is_some() {
            continue;
        }
        let Some(stored) = read_record(text) else {
            verifier.bad(place, BadReason::Unreadable);
            break;
        };
        // One text has one leaf, but two readers may see two things in it: a key that occurs twice, for example.
        match serde_json::from_slice::<Value>(&stored.content) {
            Ok(event) if canonical_json(&event).is_ok_and(|bytes| bytes == stored.content) => {}
            Ok(_) => verifier.bad(place, BadReason::NotCanonical),
            Err(_) => verifier.bad(place, BadReason::Unreadable),
        }
        verifier.record(&stored);
    }
    if head.is_none() {
        verifier.bad(Some(verifier.size()), BadReason::HeadMissing);
    }
    let head = head.unwrap_or_else(TreeHead::empty);
    Ok(verifier.finish(&head))
}

/// Reads a record's line if it is exactly as [`write_jsonl`] writes it.
fn read_record(line: &[u8]) -> Option<StoredRecord> {
    let rest = line.strip_prefix(br#"{"index":"#)?;
    let (index, rest) = number(rest)?;
    let (leaf, rest) = digest(rest.strip_prefix(br#","leaf":"#)?)?;
    let content = rest.strip_prefix(br#","event":"#)?.strip_suffix(b"}")?;
    Some(StoredRecord { index, leaf, content: content.to_vec() })
}

/// Reads the last line if it is exactly as [`write_jsonl`] writes it.
fn read_head(line: &[u8]) -> Option<TreeHead> {
    let (size, rest) = number(line.strip_prefix(br#"{"size":"#)?)?;
    let (root, rest) = digest(rest.strip_prefix(br#","root":"#)?)?;
    (rest == b"}").then_some(TreeHead { size, root })
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

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use crate::audit_log::AuditLog;
use crate::bundle_verification::{Known, is_bundle, verify_bundle};
use crate::error::AuditError;
use crate::line::{check_payload, check_record, one_line, read_head, write_record};
use crate::tree_head::TreeHead;
use crate::verification::{BadReason, Verification};
use crate::verifier::Verifier;

/// Records fetched at a time.
const PAGE: usize = 1024;

/// Writes the log as JSON Lines and gives the head it was written for.
///
/// Each record is a line `{"index":…,"leaf":"…","event":{…}}` with the event in canonical JSON, so that the leaf is
/// SHA-256 over a zero byte and the text of the event as it stands in the line. Where a personal part is kept apart, it
/// follows in a line `{"payload":{…},"salt":"…"}`. The last line is `{"size":…,"root":"…"}`.
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
            one_line(&record)?;
            write_record(writer, &record)?;
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

/// Checks an export or a bundle in a file by itself; see [`verify_jsonl`] and [`verify_bundle`].
///
/// # Errors
/// If the file cannot be opened or read.
pub fn verify_file(path: &Path) -> Result<Verification, AuditError> {
    verify_file_knowing(path, &Known::default())
}

/// As [`verify_file`], and checks a bundle by what the reader knows from elsewhere. A plain export has neither key nor
/// checkpoint, so where one is expected it does not pass.
///
/// # Errors
/// If the file cannot be opened or read.
pub fn verify_file_knowing(path: &Path, known: &Known<'_>) -> Result<Verification, AuditError> {
    let file = File::open(path).map_err(|source| AuditError::File { path: path.to_owned(), source })?;
    let mut reader = BufReader::new(file);
    if is_bundle(reader.fill_buf()?) || known.key.is_some() || known.older.is_some() {
        return Ok(verify_bundle(reader, known)?.verification);
    }
    verify_jsonl(reader)
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
        if !check_payload(&mut verifier, text) && !check_record(&mut verifier, text) {
            break;
        }
    }
    if head.is_none() {
        verifier.bad(Some(verifier.size()), BadReason::HeadMissing);
    }
    let head = head.unwrap_or_else(TreeHead::empty);
    Ok(verifier.finish(&head))
}

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::sheet::{JiraColumns, TableColumns, header_of};
use crate::{ConnectorError, ConnectorSettings};

/// What a file is, told from its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileFormat {
    /// JSON documents of any shape.
    Json,
    /// A JSON record on each line.
    JsonLines,
    /// A Jira CSV export.
    JiraCsv { delimiter: u8 },
    /// A table with a row per sprint.
    SprintTable { delimiter: u8 },
}

/// A file's format, and how many bytes of byte order mark stand before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Detected {
    pub(crate) format: FileFormat,
    pub(crate) mark: usize,
}

/// How far to look: a CSV header with a thousand repeated columns fits.
const LOOK: u64 = 256 * 1024;

/// Tells what the file at `path` is.
///
/// # Errors
/// If it cannot be read, or is nothing JUNO knows.
pub(crate) fn detect(path: &Path, settings: &ConnectorSettings) -> Result<Detected, ConnectorError> {
    let io = |cause| ConnectorError::io(path, cause);
    if !fs::metadata(path).map_err(io)?.is_file() {
        // A pipe cannot be read twice.
        let found = "not a regular file: save the stream to a file first".to_owned();
        return Err(ConnectorError::Unrecognised { path: path.to_owned(), found });
    }
    let head = head_of(path).map_err(io)?;
    let by_name = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let lines = matches!(by_name.to_ascii_lowercase().as_str(), "jsonl" | "ndjson");
    detect_bytes(&head, lines, settings)
        .map_err(|found| ConnectorError::Unrecognised { path: path.to_owned(), found })
}

fn head_of(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(LOOK).read_to_end(&mut head)?;
    Ok(head)
}

/// Tells what bytes are; `named_lines`: the file's name says that each line is a record.
///
/// # Errors
/// What they look like instead.
pub(crate) fn detect_bytes(
    head: &[u8],
    named_lines: bool,
    settings: &ConnectorSettings,
) -> Result<Detected, String> {
    if head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]) {
        return Err("text in UTF-16: save it as UTF-8".to_owned());
    }
    let (mark, text) = match head.strip_prefix(&[0xEF, 0xBB, 0xBF]) {
        Some(rest) => (3, rest),
        None => (0, head),
    };
    let found = |format| Ok(Detected { format, mark });
    match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => return Err("an empty file".to_owned()),
        Some(b'{' | b'[') => {
            let lines = first_line_is_whole(text).unwrap_or(named_lines);
            return found(if lines { FileFormat::JsonLines } else { FileFormat::Json });
        }
        Some(b'<') => return Err("HTML or XML, perhaps a login page".to_owned()),
        Some(_) => {}
    }
    for delimiter in *b",;\t" {
        let header = header_of(text, delimiter);
        if JiraColumns::recognise(&header) {
            return found(FileFormat::JiraCsv { delimiter });
        }
        if TableColumns::of(&header, &settings.table).is_some() {
            return found(FileFormat::SprintTable { delimiter });
        }
    }
    let first: String = String::from_utf8_lossy(text).trim_start().chars().take(60).collect();
    let first = first.lines().next().unwrap_or_default().trim_end();
    Err(format!("it begins with `{first}`, which is neither JSON nor the header of a known table"))
}

/// Whether the first line is a record of its own with more lines after it; `None` if that cannot be told yet.
fn first_line_is_whole(text: &[u8]) -> Option<bool> {
    let start = text.iter().position(|byte| !byte.is_ascii_whitespace())?;
    let rest = text.get(start..)?;
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let line = rest.get(..end)?.trim_ascii_end();
    let more = rest.get(end..)?.iter().any(|byte| !byte.is_ascii_whitespace());
    if serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok() {
        return Some(more);
    }
    // Pretty-printed JSON ends its first line with an opening bracket; a broken record hardly does.
    matches!(line.last(), Some(b'{' | b'[')).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(text: &str, named_lines: bool) -> Result<FileFormat, String> {
        detect_bytes(text.as_bytes(), named_lines, &ConnectorSettings::default()).map(|d| d.format)
    }

    #[test]
    fn the_content_decides() {
        use FileFormat::*;
        assert_eq!(detect("\u{feff}{\"issues\":[", false), Ok(Json));
        assert_eq!(detect("[\n  {", true), Ok(Json));
        assert_eq!(detect("{\"issues\": [\n{\"id\":1},", true), Ok(Json));
        assert_eq!(detect("{\"id\":1}\n{\"id\":2}\n", false), Ok(JsonLines));
        assert_eq!(detect("{\"id\":1}\n", false), Ok(Json));
        assert_eq!(detect("{\"id\":1,\n{\"id\":2}", true), Ok(JsonLines));
        assert_eq!(detect("Summary;Issue key;Status\n", false), Ok(JiraCsv { delimiter: b';' }));
        assert_eq!(detect("project,sprint_id,start_pts\r\n", false), Ok(SprintTable { delimiter: b',' }));
    }

    #[test]
    fn what_is_something_else_is_told() {
        for (text, word) in [
            ("", "empty"),
            ("  \n ", "empty"),
            ("<html>", "HTML"),
            ("project,board_id,sprint_id,type,comments_0\n", "project,board_id"),
            ("%PDF-1.4", "%PDF"),
        ] {
            assert!(detect(text, false).unwrap_err().contains(word), "{text}");
        }
        let utf16 = detect_bytes(&[0xFF, 0xFE, b'{', 0], false, &ConnectorSettings::default());
        assert!(utf16.unwrap_err().contains("UTF-16"));
    }
}

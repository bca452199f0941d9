use std::path::PathBuf;

use chrono::{DateTime, NaiveDateTime, Utc};
use juno_memory::{Memory, MemoryError};
use serde_json::Value;

use crate::AgentError;
use crate::memory_files::read;

/// What memories are imported from.
#[derive(Debug, Clone, PartialEq)]
pub enum ImportSource {
    /// Files: JSON, an array of rows or an object that has them as `results`, `memories` or `items`; or JSON Lines, with a
    /// row or such a document on each line.
    Files(Vec<PathBuf>),
    /// Rows, or such documents.
    Rows(Vec<Value>),
}

/// A row, or why it is none.
pub(crate) type Row = Result<Value, String>;

/// A memory that was read out of a row.
pub(crate) struct Imported {
    pub(crate) memory: Memory,
    /// Whether the row said when: else the time of the import is no difference.
    pub(crate) dated: bool,
    /// Whether its end is part of what it says.
    pub(crate) ends: bool,
}

impl ImportSource {
    /// The rows, in order.
    pub(crate) fn rows(&self) -> Result<Vec<Row>, AgentError> {
        let mut rows = Vec::new();
        match self {
            Self::Rows(values) => values.iter().cloned().for_each(|value| unfold(value, &mut rows)),
            Self::Files(paths) => {
                for path in paths {
                    let bytes = read(path)?;
                    let text = std::str::from_utf8(&bytes).map_err(|_| MemoryError::Import {
                        path: path.display().to_string(),
                        reason: "it is not UTF-8: write it as JSON or JSON Lines".into(),
                    })?;
                    let text = text.trim_start_matches('\u{feff}');
                    match serde_json::from_str(text) {
                        Ok(value) => unfold(value, &mut rows),
                        Err(error) => {
                            // A document that is cut off is no list of lines.
                            if text.lines().filter(|line| !line.trim().is_empty()).count() < 2 {
                                let (path, reason) = (path.display().to_string(), error.to_string());
                                return Err(MemoryError::Import { path, reason }.into());
                            }
                            lines(text, &mut rows);
                        }
                    }
                }
            }
        }
        Ok(rows)
    }
}

fn lines(text: &str, rows: &mut Vec<Row>) {
    for (nth, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_str(line) {
            Ok(value) => unfold(value, rows),
            Err(error) => rows.push(Err(format!("line {} is no JSON: {error}", nth + 1))),
        }
    }
}

/// The rows in a document: those of a list, those under the name by which services page, or the one that it is.
fn unfold(value: Value, rows: &mut Vec<Row>) {
    match value {
        Value::Array(items) => rows.extend(items.into_iter().map(Ok)),
        Value::Object(mut fields) => {
            let list = ["results", "memories", "items"].iter().find(|name| {
                fields.get(**name).is_some_and(|list| list.is_array()) && !fields.contains_key("value")
            });
            match list.and_then(|name| fields.remove(*name)) {
                Some(Value::Array(items)) => rows.extend(items.into_iter().map(Ok)),
                _ => rows.push(Ok(Value::Object(fields))),
            }
        }
        other => rows.push(Ok(other)),
    }
}

/// The text of a field: also of a number, as some services write ids; `None` where it is absent, null or blank.
pub(crate) fn text(row: &Value, name: &str) -> Option<String> {
    match row.get(name)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The instant in a field. One without a zone is taken as UTC.
pub(crate) fn instant(row: &Value, name: &str) -> Result<Option<DateTime<Utc>>, String> {
    let Some(text) = text(row, name) else { return Ok(None) };
    let zoned = ["%+", "%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z"];
    let naive = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"];
    let zoned =
        zoned.iter().find_map(|form| DateTime::parse_from_str(&text, form).ok()).map(|at| at.to_utc());
    let at = zoned.or_else(|| {
        naive.iter().find_map(|form| NaiveDateTime::parse_from_str(&text, form).ok()).map(|at| at.and_utc())
    });
    at.map(Some).ok_or_else(|| format!("`{name}` `{text}` is no instant: write it as `2026-01-31T09:00:00Z`"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_are_found_in_every_form_of_a_document() {
        let rows = |value: Value| ImportSource::Rows(vec![value]).rows().unwrap().len();
        assert_eq!(rows(json!([{"a": 1}, {"a": 2}])), 2);
        assert_eq!(rows(json!({"count": 2, "next": null, "results": [{"a": 1}, {"a": 2}]})), 2);
        assert_eq!(rows(json!({"results": [], "relations": []})), 0);
        assert_eq!(rows(json!({"key": "k", "value": {}, "items": [1, 2]})), 1);
        let folder = tempfile::tempdir().unwrap();
        let read = |text: &str| {
            let path = folder.path().join("export");
            std::fs::write(&path, text).unwrap();
            ImportSource::Files(vec![path]).rows()
        };
        let lines = read("{\"a\": 1}\n\nnot json\n[{\"a\": 2}]\n").unwrap();
        assert_eq!(lines.len(), 3);
        assert!(lines[1].as_ref().unwrap_err().starts_with("line 3 is no JSON"));
        assert!(read("[{\"a\": 1},").unwrap_err().to_string().contains("cannot be imported"));
    }

    #[test]
    fn instants_are_read_as_services_write_them() {
        for text in [
            "2024-07-01T23:00:00-07:00",
            "2024-07-02T06:00:00Z",
            "2024-07-02T06:00:00.000000+00:00",
            "2024-07-02 06:00:00+00",
            "2024-07-02T06:00:00",
            "2024-07-02 06:00:00.0",
        ] {
            let at = instant(&json!({ "at": text }), "at").unwrap().unwrap();
            assert_eq!(at.to_rfc3339(), "2024-07-02T06:00:00+00:00", "{text}");
        }
        assert_eq!(instant(&json!({ "at": null }), "at"), Ok(None));
        assert!(instant(&json!({ "at": "yesterday" }), "at").unwrap_err().contains("`yesterday`"));
    }
}

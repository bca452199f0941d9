use std::io::{self, Write};

use chrono::SecondsFormat;
use juno_crypto::canonical_json;
use juno_domain::DomainEvent;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::audit_log::AuditLog;
use crate::audit_query::AuditQuery;
use crate::error::AuditError;
use crate::facets::Facets;
use crate::record::AuditRecord;

/// A form in which other programs read records. None of them can be verified: that is what whole exports and bundles
/// are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExportFormat {
    /// One JSON object a line: index, event, and whether a part of it was erased.
    JsonLines,
    /// A table (RFC 4180) with a header, safe to open in a spreadsheet: a cell that would be taken for a formula gets an
    /// apostrophe in front.
    Csv,
    /// A JSON batch of CloudEvents 1.0.
    CloudEvents,
}

/// Writes the records a query finds, all pages of them from its `after` on, and gives how many; its `limit` is how many
/// are read at a time.
///
/// `source` names the log in CloudEvents: a URI reference, like the origin of its checkpoints.
///
/// # Errors
/// If the log or the writer fails.
pub async fn export_records(
    log: &dyn AuditLog,
    query: &AuditQuery,
    format: ExportFormat,
    source: &str,
    writer: &mut (dyn Write + Send),
) -> Result<u64, AuditError> {
    let mut query = AuditQuery { limit: Some(query.limit.unwrap_or(1000)), ..query.clone() };
    let mut count = 0_u64;
    match format {
        ExportFormat::JsonLines => {}
        ExportFormat::Csv => row(writer, &COLUMNS.map(Into::into))?,
        ExportFormat::CloudEvents => writer.write_all(b"[")?,
    }
    loop {
        let page = log.search(&query).await?;
        for record in &page.records {
            match format {
                ExportFormat::JsonLines => {
                    writer.write_all(&canonical_json(record)?)?;
                    writer.write_all(b"\n")?;
                }
                ExportFormat::Csv => row(writer, &cells(record)?)?,
                ExportFormat::CloudEvents => {
                    writer.write_all(if count == 0 { b"\n" } else { b",\n" })?;
                    writer.write_all(&canonical_json(&cloud_event(record, source))?)?;
                }
            }
            count += 1;
        }
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    if format == ExportFormat::CloudEvents {
        writer.write_all(b"\n]\n")?;
    }
    writer.flush()?;
    Ok(count)
}

const COLUMNS: [&str; 12] = [
    "index", "id", "kind", "at", "actor", "subject", "team", "action", "ticket", "outcome", "erased",
    "payload",
];

fn cells(record: &AuditRecord) -> Result<[String; 12], AuditError> {
    let DomainEvent { id, kind, at, actor, subject, team, payload } = &record.event;
    let Facets { action, ticket, outcome } = Facets::of(&record.event);
    let word = json!(kind).as_str().unwrap_or_default().to_owned();
    Ok([
        record.index.to_string(),
        id.to_string(),
        word,
        at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        actor.to_string(),
        subject.clone(),
        team.as_ref().map(ToString::to_string).unwrap_or_default(),
        action.unwrap_or_default(),
        ticket.unwrap_or_default(),
        outcome.unwrap_or_default(),
        record.erased.to_string(),
        String::from_utf8_lossy(&canonical_json(payload)?).into_owned(),
    ])
}

fn row(writer: &mut (dyn Write + Send), cells: &[String]) -> io::Result<()> {
    for (nth, cell) in cells.iter().enumerate() {
        if nth > 0 {
            writer.write_all(b",")?;
        }
        let cell = defused(cell);
        if cell.contains([',', '"', '\r', '\n', ';', '\t']) {
            write!(writer, "\"{}\"", cell.replace('"', "\"\""))?;
        } else {
            writer.write_all(cell.as_bytes())?;
        }
    }
    writer.write_all(b"\r\n")
}

/// A cell that no spreadsheet takes for a formula.
fn defused(cell: &str) -> String {
    const STARTS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if cell.starts_with(STARTS) { format!("'{cell}") } else { cell.to_owned() }
}

fn cloud_event(record: &AuditRecord, source: &str) -> Value {
    let event = &record.event;
    let kind = json!(event.kind);
    let mut out = json!({
        "specversion": "1.0",
        "id": event.id,
        "source": source,
        "type": format!("juno.audit.{}", kind.as_str().unwrap_or_default()),
        "time": event.at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        "datacontenttype": "application/json",
        "data": {
            "index": record.index,
            "actor": event.actor,
            "team": event.team,
            "payload": event.payload,
            "erased": record.erased,
        },
    });
    // An attribute is left out rather than empty.
    if let Some(attributes) = out.as_object_mut().filter(|_| !event.subject.is_empty()) {
        attributes.insert("subject".into(), json!(event.subject));
    }
    out
}

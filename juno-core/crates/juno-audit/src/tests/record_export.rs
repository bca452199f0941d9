use juno_domain::{DomainEvent, PrincipalId};
use serde_json::{Value, json};

use super::{event, events, filled, wait};
use crate::{AuditQuery, AuditRecord, ExportFormat, InMemoryAuditLog, export_records};

fn exported(log: &InMemoryAuditLog, query: &AuditQuery, format: ExportFormat) -> (u64, String) {
    let mut out = Vec::new();
    let count = wait(export_records(log, query, format, "example.com/juno/audit", &mut out)).unwrap();
    (count, String::from_utf8(out).unwrap())
}

fn all() -> AuditQuery {
    // Small pages, so that there are several.
    AuditQuery { limit: Some(3), ..AuditQuery::default() }
}

/// control: AIA-26-6
#[test]
fn lines_of_json_are_the_records() {
    let (log, ..) = filled(&events(10));
    let (count, text) = exported(&log, &all(), ExportFormat::JsonLines);
    let records: Vec<AuditRecord> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((count, records.len()), (10, 10));
    assert_eq!(records[7].event, event(7));
    let some = AuditQuery { actor: Some(PrincipalId::new("person-1").unwrap()), ..all() };
    assert_eq!(exported(&log, &some, ExportFormat::JsonLines).0, 2);
}

#[test]
fn a_table_keeps_commas_quotes_and_lines_in_their_cells() {
    let odd =
        DomainEvent { subject: "a,\"b\"\r\nc".into(), payload: json!({ "n": [1, "x"] }).into(), ..event(1) };
    let (log, ..) = filled(&[event(0), odd]);
    let (count, text) = exported(&log, &all(), ExportFormat::Csv);
    assert_eq!(count, 2);
    let (header, rest) = text.split_once("\r\n").unwrap();
    assert_eq!(header, "index,id,kind,at,actor,subject,team,action,ticket,outcome,erased,payload");
    assert!(rest.contains(
        "1,event-1,decision_made,2026-03-02T09:15:00.250Z,person-1,\"a,\"\"b\"\"\r\nc\",,,,,false,\"{\"\"n\"\":[1,\"\"x\"\"]}\"\r\n"
    ), "{rest}");
}

/// control: ASI05
#[test]
fn no_cell_of_a_table_is_a_formula() {
    for start in ["=", "+", "-", "@", "\t", "\r", "\n", "＝"] {
        let text = format!("{start}cmd|' /C calc'!A0");
        let event = DomainEvent {
            subject: text.clone(),
            payload: json!({ "vote": { "choice": text }, "ticket": text }).into(),
            ..event(0)
        };
        let (_, table) = exported(&filled(&[event]).0, &all(), ExportFormat::Csv);
        let row = table.split_once("\r\n").unwrap().1;
        let safe = format!("'{text}");
        let safe = if text.starts_with(['\t', '\r', '\n']) { format!("\"{safe}\"") } else { safe };
        assert_eq!(row.matches(&format!(",{safe}")).count(), 3, "{row}");
        assert_eq!(row.matches(&format!(",{start}")).count(), 0, "{row}");
        assert_eq!(row.matches(&format!(",\"{start}")).count(), 0, "{row}");
    }
}

#[test]
fn a_batch_holds_cloud_events() {
    let (log, ..) = filled(&[event(0), DomainEvent { subject: String::new(), ..event(1) }]);
    let (count, text) = exported(&log, &all(), ExportFormat::CloudEvents);
    assert_eq!(count, 2);
    let batch: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(
        batch[0],
        json!({
            "specversion": "1.0",
            "id": "event-0",
            "source": "example.com/juno/audit",
            "type": "juno.audit.proposal_submitted",
            "time": "2026-03-02T09:15:00.250Z",
            "subject": "request-0",
            "datacontenttype": "application/json",
            "data": {
                "index": 0, "actor": "person-0", "team": "payments", "payload": event(0).payload, "erased": false,
            },
        })
    );
    assert!(batch[1].get("subject").is_none(), "an attribute is never empty");
    let (count, text) = exported(&InMemoryAuditLog::new(), &all(), ExportFormat::CloudEvents);
    assert_eq!((count, serde_json::from_str(&text).unwrap()), (0, json!([])));
}

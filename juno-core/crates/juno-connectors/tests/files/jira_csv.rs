//! What becomes of Jira's CSV export.

use juno_connectors::{ConnectorSettings, DateOrder, synthetic_sprint_id};
use juno_domain::{IncompleteReason, SprintId, StatusCategory};
use serde_json::json;

use crate::common::*;

const HEADER: &str = "Summary,Issue key,Issue id,Issue Type,Status,Status Category,Project key,Priority,Resolution,\
    Assignee,Assignee Id,Reporter,Created,Updated,Resolved,Due Date,Labels,Labels,Component/s,Description,Sprint,Sprint,\
    Comment,Comment,Watchers,Watchers,Parent id,Inward issue link (Blocks),Custom field (Story Points),\
    Custom field (Flagged),Custom field (Rank)";

fn row(number: u64) -> String {
    format!(
        "\"Card, \"\"declined\"\"\",PAY-{number},{id},Story,In Progress,In Progress,PAY,High,,Ann Lee,acc-1,Bo Chen,\
         02/Mar/26 9:14 AM,05/Mar/26 1:00 PM,,20/Mar/26 12:00 AM,checkout,api,Gateway,\"Line one\r\nline two\",Sprint 12,\
         Sprint 11,04/Mar/26 12:00 PM;acc-3;Looks; odd,,acc-1,acc-2,10099,PAY-99,5.0,Impediment,0|i0",
        id = 10_000 + number
    )
}

fn export(rows: &[String]) -> String {
    format!("\u{feff}{HEADER}\r\n{}\r\n", rows.join("\r\n"))
}

#[test]
fn an_export_with_repeated_columns_is_read() {
    let data = load_text("jira.csv", export(&[row(1), row(2)])).unwrap();
    assert_eq!(data.quarantined, []);
    assert_eq!((data.issues.len(), data.events.len()), (2, 0));
    let one = issue(&data, "PAY-1");
    assert_eq!((one.id.as_str(), one.summary.as_str()), ("10001", "Card, \"declined\""));
    assert_eq!(one.description, "Line one\r\nline two");
    assert_eq!(one.created.to_rfc3339(), "2026-03-02T09:14:00+00:00");
    assert_eq!(one.updated.to_rfc3339(), "2026-03-05T13:00:00+00:00");
    assert_eq!((one.resolved, one.due.unwrap().to_string()), (None, "2026-03-20".to_owned()));
    assert_eq!(
        (one.labels.join(" "), one.components.join(" ")),
        ("api checkout".to_owned(), "Gateway".to_owned())
    );
    assert_eq!(one.status.category, StatusCategory::InProgress);
    assert_eq!((one.points.unwrap().get(), one.flagged, one.watchers), (5.0, true, 2));
    assert!(one.links[0].is_blocked_by());
    assert_eq!((one.comments.len(), one.comments[0].author.as_ref().unwrap().as_str()), (1, "acc-3"));
    let sprints = ["Sprint 11", "Sprint 12"].map(synthetic_sprint_id);
    assert_eq!(one.sprints.len(), 2);
    assert!(sprints.iter().all(|id| one.sprints.contains(id) && (1 << 40..1 << 52).contains(&id.0)));
    let reasons = one.completeness.reasons();
    for reason in [
        IncompleteReason::NoChangelog,
        IncompleteReason::NoTimeZone,
        IncompleteReason::UnknownSprint { sprint: sprints[0] },
    ] {
        assert!(reasons.contains(&reason), "{reason:?} in {reasons:?}");
    }
    assert!(data.notes.iter().any(|note| note.contains("`Sprint 11`")), "{:?}", data.notes);
}

#[test]
fn sprint_names_meet_their_ids_in_a_sprint_list() {
    let folder = Folder::with("jira.csv", export(&[row(1)]));
    let list = json!({"startAt": 0, "isLast": true, "values": [cloud_sprint(12, "active"), cloud_sprint(11, "closed")]});
    folder.put("sprints.json", list.to_string());
    let data = folder.load().unwrap();
    assert_eq!(data.issues[0].sprints, [SprintId(11), SprintId(12)]);
    assert_eq!(
        data.issues[0].completeness.reasons(),
        [IncompleteReason::NoChangelog, IncompleteReason::NoTimeZone]
    );
    assert_eq!(data.notes, [""; 0]);
    // Two sprints of one name: nobody can tell which it is.
    let mut twin = cloud_sprint(99, "future");
    twin["name"] = json!("Sprint 12");
    folder.put("more.json", json!({"isLast": true, "values": [twin]}).to_string());
    assert_eq!(folder.load().unwrap().issues[0].sprints, [SprintId(11), synthetic_sprint_id("Sprint 12")]);
}

#[test]
fn an_export_meets_the_same_issues_as_json() {
    let folder = Folder::with("jira.csv", export(&[row(1), row(2)]));
    folder.put("page.json", page(&[cloud_issue(1)]).to_string());
    let data = folder.load().unwrap();
    assert_eq!(data.issues.len(), 2);
    // The CSV copy is younger: it wins, and what happened since the JSON copy is unknown.
    let one = issue(&data, "PAY-1");
    assert_eq!(one.updated.to_rfc3339(), "2026-03-05T13:00:00+00:00");
    assert!(one.completeness.reasons().contains(&IncompleteReason::NoChangelog));
    assert_eq!(data.events.len(), 4);
    assert_eq!(one.sprints[0], SprintId(12));
    let names: Vec<&str> = data.members.iter().map(|m| m.id.as_str()).collect();
    assert_eq!(names, ["acc-1", "acc-2", "acc-3"], "`Bo Chen` is acc-2");
}

#[test]
fn rows_that_break_off_or_lack_a_key_are_quarantined() {
    let cut = row(2).split(",Gateway").next().unwrap().to_owned();
    let no_key = row(3).replace("PAY-3", "");
    let bad_date = row(4).replace("02/Mar/26 9:14 AM", "02/03/26 9:14 AM");
    let bad_points = row(5).replace("5.0", "large");
    let data = load_text("jira.csv", export(&[row(1), no_key, bad_date, bad_points, row(6), cut])).unwrap();
    let keys: Vec<&str> = data.issues.iter().map(|i| i.key.as_str()).collect();
    assert_eq!(keys, ["PAY-1", "PAY-5", "PAY-6"]);
    let told: Vec<String> =
        data.quarantined.iter().map(|q| format!("{}: {}", q.position, q.reason)).collect();
    for (start, word) in [
        ("issue 2, line 4", "no key"),
        ("issue 3 (PAY-4), line 6", "csv_date_order"),
        ("issue 4 (PAY-5), story points, line 8", "large"),
        ("line 12", "breaks off"),
    ] {
        assert!(told.iter().any(|t| t.starts_with(start) && t.contains(word)), "{start}: {told:#?}");
    }
    assert_eq!(told.len(), 4, "{told:#?}");
}

#[test]
fn delimiter_date_order_and_point_column_can_differ() {
    let text = "Key;Summary;Status;Created;Size\nPAY-1;One;Done;02/03/2026 09:14;8\n";
    let settings = ConnectorSettings {
        csv_date_order: Some(DateOrder::DayFirst),
        points_fields: vec!["Size".into()],
        ..Default::default()
    };
    let data = load_text_with("x.csv", text, &settings).unwrap();
    assert_eq!(data.quarantined, []);
    assert_eq!(data.issues[0].created.to_rfc3339(), "2026-03-02T09:14:00+00:00");
    assert_eq!(data.issues[0].points.unwrap().get(), 8.0);
    assert_eq!(data.issues[0].id.as_str(), "PAY-1");
    let text = "Key,Summary,Status,Created,Description\nPAY-1,One,Done,2026-03-02 09:14,\"cut he";
    let data = load_text("x.csv", text).unwrap();
    assert!(data.notes.iter().any(|note| note.contains("quotes")), "{:?}", data.notes);
    assert!(data.notes.iter().any(|note| note.contains("no story points column")), "{:?}", data.notes);
    let by_id = ConnectorSettings { sprint_field: Some("customfield_10020".into()), ..Default::default() };
    let data = load_text_with("x.csv", export(&[row(1)]), &by_id).unwrap();
    assert_eq!(data.issues[0].sprints.len(), 2, "an id says nothing about the name of the column");
    let latin1 = b"Key,Summary,Status,Created\nPAY-1,M\xfcller,Done,2026-03-02 09:14\n";
    let data = load_text("x.csv", latin1).unwrap();
    assert!(data.notes.iter().any(|note| note.contains("UTF-8")), "{:?}", data.notes);
}

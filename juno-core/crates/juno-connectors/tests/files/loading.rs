//! Files, folders, errors and cancellation.

use juno_connectors::{
    ConnectorError, ConnectorSettings, FileSource, IssueSource, Record, load, load_blocking, load_sources,
};
use juno_domain::{BoardId, Dataset, ErrorKind, Progress, SprintId, SprintState};
use serde_json::{Value, json};

use crate::common::*;

#[test]
fn every_shape_of_json_gives_the_same_dataset() {
    let issues = [cloud_issue(1), cloud_issue(2)];
    let mut expected = load_json(&page(&issues));
    expected.notes.clear();
    let named = |issue: &Value| {
        let mut issue = issue.clone();
        issue["names"] = names();
        issue
    };
    let lines = issues.each_ref().map(|i| named(i).to_string()).join("\r\n");
    let pretty = issues.each_ref().map(|i| serde_json::to_string_pretty(&named(i)).unwrap()).join("\n");
    for (what, text) in [
        ("pretty page", serde_json::to_string_pretty(&page(&issues)).unwrap()),
        ("array of issues", json!([named(&issues[0]), named(&issues[1])]).to_string()),
        ("array of pages", json!([page(&issues[..1]), page(&issues[1..])]).to_string()),
        ("JSON Lines of issues", lines),
        ("JSON Lines of pages", format!("{}\n{}\n", page(&issues[..1]), page(&issues[1..]))),
        ("one document after another", pretty),
    ] {
        for name in ["a.json", "a.jsonl"] {
            let mut data = load_text(name, &text).unwrap();
            data.notes.clear();
            assert_eq!(data, expected, "{what} as {name}");
        }
    }
    let single = load_text("a.json", named(&issues[0]).to_string()).unwrap();
    assert_eq!(single.issues, expected.issues[..1]);
}

#[test]
fn sprint_board_and_field_lists_are_read() {
    let mut closed = cloud_sprint(11, "closed");
    closed["completeDate"] = json!("2026-03-17T08:30:00.000Z");
    let folder = Folder::with("sprints.json", json!({"isLast": true, "values": [closed]}).to_string());
    let boards = json!({"isLast": true, "values": [{"id": 4, "name": "Checkout", "type": "scrum", "self": "https://x"}]});
    folder.put("boards.json", boards.to_string());
    let fields = json!([{"id": "customfield_10016", "name": "Story Points", "schema": {"type": "number"}}]);
    folder.put("fields.json", fields.to_string());
    let mut silent = cloud_issue(1);
    silent["changelog"]["histories"] = json!([]);
    silent["changelog"]["total"] = json!(0);
    folder.put("issues.json", json!({"issues": [silent]}).to_string());
    let data = folder.load().unwrap();
    assert_eq!(data.quarantined, []);
    assert_eq!(data.teams[0].name, "Checkout");
    assert_eq!(data.issues[0].points.unwrap().get(), 5.0, "the field list names the field");
    assert_eq!((data.sprints[0].id, data.sprints[0].state), (SprintId(11), SprintState::Closed));
    assert_eq!(data.sprints[0].board, Some(BoardId(4)));
}

#[test]
fn the_latest_copy_of_an_issue_wins_and_histories_unite() {
    let (mut old, mut new) = (cloud_issue(1), cloud_issue(1));
    old["fields"]["updated"] = json!("2026-03-04T10:00:00.000+0100");
    old["fields"]["summary"] = json!("Old");
    old["fields"]["customfield_10020"] = json!([cloud_sprint(12, "future")]);
    new["changelog"]["histories"].as_array_mut().unwrap().pop();
    let folder = Folder::with("1.json", page(&[new]).to_string());
    folder.put("2.json", page(&[old]).to_string());
    let data = folder.load().unwrap();
    assert_eq!((data.issues.len(), data.issues[0].summary.as_str()), (1, "Card payments fail 1"));
    assert_eq!(data.events, load_json(&page(&[cloud_issue(1)])).events);
    assert!(data.issues[0].completeness.is_complete());
    assert_eq!((data.sprints.len(), data.sprints[0].state), (1, SprintState::Active));
}

#[test]
fn pages_capped_by_the_server_are_noticed() {
    let page_at = |start: u64| {
        let mut page = page(&[cloud_issue(start + 1), cloud_issue(start + 2)]);
        page["startAt"] = json!(start);
        page["total"] = json!(6);
        page.to_string()
    };
    let folder = Folder::with("p0.json", page_at(0));
    folder.put("p4.json", page_at(4));
    let data = folder.load().unwrap();
    assert_eq!(data.issues.len(), 4);
    assert!(data.notes.iter().any(|n| n.contains("after number 2 of 6 are missing")), "{:?}", data.notes);
    folder.put("p2.json", page_at(2));
    assert_eq!(folder.load().unwrap().notes, [""; 0]);
}

#[test]
fn a_file_that_is_no_such_thing_is_one_clear_error() {
    for (name, text, word) in [
        ("a.json", "{\"name\": \"left-pad\", \"version\": \"1.0.0\"}", "left-pad"),
        ("a.json", "[1, 2]", "bare value"),
        (
            "a.json",
            "{\"errorMessages\": [\"The value 'x' does not exist\"], \"errors\": {}}",
            "does not exist",
        ),
        ("a.csv", "date,amount\n2026-01-01,3\n", "date,amount"),
        ("a.txt", "Hello", "Hello"),
        (
            "a.json",
            "[{\"id\": 7, \"number\": 1, \"state\": \"open\", \"title\": \"A GitHub issue\"}]",
            "GitHub",
        ),
        ("a.json", "", "empty"),
        ("a.json", "<!doctype html>", "login"),
    ] {
        let error = load_text(name, text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        let message = error.to_string();
        assert!(
            message.contains(name) && message.contains(word) && message.contains("CSV export"),
            "{message}"
        );
    }
}

#[test]
fn broken_json_at_the_first_record_is_one_error_with_its_place() {
    for (text, line, column) in [
        ("{\"issues\": [\n  {\"id\": \"1\", \"key\": oops}]}", 2, 22),
        ("{\"issues\": [\n  {\"id\": \"1\", ", 2, 3),
        ("{\"issues\": }", 1, 12),
        ("{\"issues\" [", 1, 11),
        ("{\"issues\": [", 1, 13),
    ] {
        match load_text("a.json", text).unwrap_err() {
            ConnectorError::Syntax { line: l, column: c, .. } => assert_eq!((l, c), (line, column), "{text}"),
            other => panic!("{text}: {other}"),
        }
    }
}

#[test]
fn a_file_that_breaks_off_keeps_what_came_before() {
    let whole = serde_json::to_string_pretty(&page(&[cloud_issue(1), cloud_issue(2)])).unwrap();
    let (second, _) = whole.match_indices("\n    {\n").nth(1).unwrap();
    let data = load_text("a.json", &whole[..second + 400]).unwrap();
    assert_eq!(data.issues.len(), 1);
    let line = whole[..=second].lines().count() + 1;
    let told = &data.quarantined[0];
    assert!(
        told.reason.contains(&format!("the file ends inside a record that begins at line {line}")),
        "{told:?}"
    );
    assert_eq!(data.quarantined_total(), 1);
}

#[test]
fn a_folder_keeps_going_past_foreign_files_and_tells_them() {
    let folder = Folder::with("issues.json", page(&[cloud_issue(1)]).to_string());
    folder.put("package.json", "{\"name\": \"left-pad\"}");
    folder.put("broken.json", "{\"issues\": [{");
    folder.put("stats.csv", "project,board_id,sprint_id,type\nA,1,2,Bug\n");
    folder.put("notes.txt", "not looked at");
    std::fs::create_dir(folder.path().join("more")).unwrap();
    let data = folder.load().unwrap();
    assert_eq!(data.issues.len(), 1);
    let whole: Vec<_> = data.quarantined.iter().filter(|q| q.position == "whole file").collect();
    assert_eq!((whole.len(), data.quarantined.len()), (3, 3), "{:#?}", data.quarantined);
    assert!(data.notes.iter().any(|note| note.contains("folders inside it")), "{:?}", data.notes);
    let foreign = Folder::with("package.json", "{\"name\": \"left-pad\"}");
    assert_eq!(foreign.load().unwrap_err().kind(), ErrorKind::InvalidInput, "nothing usable at all");
    assert_eq!(Folder::new().load().unwrap_err().kind(), ErrorKind::NotFound);
    let missing = load_blocking(&["/no/such/file.json"], &ConnectorSettings::default(), &Progress::silent());
    assert_eq!(missing.unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn a_caller_can_watch_and_stop() {
    let many: Vec<Value> = (1..=300).map(cloud_issue).collect();
    let folder = Folder::with("a.json", page(&many).to_string());
    let stop = Progress::silent();
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let (stopper, log) = (stop.clone(), seen.clone());
    let watch = Progress::listening(move |what, done, _| {
        log.lock().unwrap().push((what.to_owned(), done));
        stopper.cancel();
    });
    load_blocking(&[folder.path()], &ConnectorSettings::default(), &watch).unwrap();
    let seen = seen.lock().unwrap();
    assert!(
        seen.last().unwrap().1 >= 300 && seen.iter().any(|(what, _)| what.contains("a.json")),
        "{seen:?}"
    );
    let error = load_blocking(&[folder.path()], &ConnectorSettings::default(), &stop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
}

#[tokio::test]
async fn sources_give_batches_and_end() {
    let folder = Folder::new();
    let many: Vec<Value> = (1..=150).map(cloud_issue).collect();
    let path = folder.put("a.json", page(&many).to_string());
    let settings = ConnectorSettings::default();
    let mut source = FileSource::open(&path, &settings).unwrap();
    assert_eq!(source.name(), path.display().to_string());
    let (mut batches, mut issues) = (0, 0);
    while let Some(batch) = source.next_batch().await.unwrap() {
        assert!(!batch.is_empty() && batch.len() <= 64);
        batches += 1;
        issues += batch.iter().filter(|record| matches!(record, Record::Issue(_))).count();
    }
    assert!(batches >= 3 && issues == 150);
    assert!(source.next_batch().await.unwrap().is_none(), "an ended source stays ended");

    let mut sources: Vec<Box<dyn IssueSource>> = vec![Box::new(FileSource::open(&path, &settings).unwrap())];
    let through: Dataset = load_sources(&mut sources, &settings, &Progress::silent()).await.unwrap();
    assert_eq!(through, load(&[&path], &settings, &Progress::silent()).await.unwrap());
    drop(FileSource::open(&path, &settings).unwrap());
}

#[test]
fn the_guide_shows_tables_that_load() {
    let guide = include_str!("../../../../src/docs/exporting-from-jira.md");
    let table = guide.split("```csv\n").nth(1).unwrap().split("```").next().unwrap();
    let data = load_text("t.csv", table).unwrap();
    assert_eq!((data.rows.len(), data.quarantined_total()), (2, 0));
    assert_eq!(data.rows[1].delivered, None);
    for name in ["csv_date_order", "csv_date_format", "time_zone"] {
        assert!(guide.contains(name));
    }
}

#[test]
fn a_history_of_nothing_but_rubbish_is_told_and_does_not_stall() {
    let mut one = cloud_issue(1);
    one["changelog"] = json!({"total": 30_000, "histories": vec![json!({"created": "x"}); 30_000]});
    let data = load_json(&page(&[one]));
    assert_eq!(data.quarantined_total(), 30_000);
    assert_eq!(data.quarantined.len(), 10_000);
    assert_eq!(data.issues[0].completeness.reasons().len(), 100);
}

#[cfg(unix)]
#[test]
fn a_stream_is_refused_because_it_cannot_be_read_twice() {
    let error =
        load_blocking(&["/dev/null"], &ConnectorSettings::default(), &Progress::silent()).unwrap_err();
    assert!(error.to_string().contains("save the stream to a file first"), "{error}");
}

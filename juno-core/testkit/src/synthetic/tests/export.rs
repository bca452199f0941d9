use std::collections::BTreeMap;

use serde_json::Value;

use super::super::{CsvDates, Dialect, FieldIds, Mess, SyntheticParams, SyntheticProject};

fn issues(project: &SyntheticProject) -> impl Iterator<Item = &Value> {
    project.issue_pages.iter().flat_map(|p| p["issues"].as_array().unwrap())
}

fn entries(project: &SyntheticProject) -> impl Iterator<Item = &Value> {
    issues(project).flat_map(|i| i["changelog"]["histories"].as_array().unwrap())
}

#[test]
fn the_sample_shows_every_fault_in_its_json() {
    let sample = super::sample();
    let items = || entries(sample).filter_map(|e| e["items"].as_array()).flatten();
    assert!(entries(sample).any(|e| e["items"].is_string()));
    assert!(items().any(|i| i["fieldId"].is_null()));
    assert!(items().any(|i| i["field"] == "Key" && i["fromString"] != i["toString"]));
    assert!(items().any(|i| i["to"] == "3" && i["toString"] == "In Development"));
    assert!(items().any(|i| i["to"] == "3" && i["toString"] == "In Progress"));
    assert!(items().any(|i| i["field"] == "RemoteIssueLink"));
    assert!(items().any(|i| i["field"] == "Sprint" && i["to"].as_str().is_some_and(|s| s.contains(", "))));
    assert!(
        items()
            .any(|i| i["field"] == "Sprint" && i["toString"].as_str().is_some_and(|s| s.contains(", hard")))
    );
    let fix_versions = |e: &Value| {
        e["items"].as_array().map_or(0, |i| i.iter().filter(|i| i["field"] == "Fix Version").count())
    };
    assert!(entries(sample).any(|e| fix_versions(e) > 1));
    let listed: Vec<u64> = (sample.sprint_pages.iter())
        .flat_map(|p| p["values"].as_array().unwrap())
        .map(|s| s["id"].as_u64().unwrap())
        .collect();
    assert!(sample.truth.deleted_sprints.iter().all(|s| !listed.contains(s)));
    assert!(
        listed.iter().any(|s| listed.iter().filter(|t| *t == s).count() == 2),
        "one sprint on two boards"
    );
    let mut copies: BTreeMap<String, usize> = BTreeMap::new();
    for key in issues(sample).filter_map(|i| i["key"].as_str()) {
        *copies.entry(key.to_owned()).or_default() += 1;
    }
    assert_eq!(copies.values().filter(|n| **n > 1).count(), sample.truth.duplicates.len());
    let done_but_new = |i: &&Value| {
        let status = &i["fields"]["status"];
        status["statusCategory"]["key"] == "new" && !i["fields"]["resolutiondate"].is_null()
    };
    assert!(issues(sample).any(|i| done_but_new(&i)));
    let offsets = ["+0200", "+0100", "-0400", "-0500", "+0530"];
    for offset in offsets {
        assert!(entries(sample).any(|e| e["created"].as_str().unwrap().ends_with(offset)), "{offset}");
    }
}

#[test]
fn bad_records_stand_where_the_truth_says() {
    let sample = super::sample();
    let mut reasons = Vec::new();
    for bad in &sample.truth.bad_records {
        let record = &sample.issue_pages[bad.page]["issues"][bad.position];
        let fields = &record["fields"];
        let points = ["customfield_10016", "customfield_10026"].map(|f| fields[f].as_f64().unwrap_or(0.0));
        let good = match bad.reason {
            "no key" => !record["key"].is_null(),
            "unreadable created" => fields["created"] != "last Tuesday",
            _ => points.iter().all(|p| *p >= 0.0),
        };
        assert!(!good, "{bad:?}");
        reasons.push(bad.reason);
    }
    reasons.sort_unstable();
    assert_eq!(reasons, ["negative points", "no key", "unreadable created"]);
    let refused =
        issues(sample).filter(|i| i["key"].as_str().is_none_or(|k| !sample.truth.issues.contains_key(k)));
    assert_eq!(refused.count(), 3);
}

#[test]
fn server_writes_sprint_strings_user_keys_and_offsets() {
    let params = SyntheticParams { dialect: Dialect::Server, mess: Mess::low(), ..SyntheticParams::small(7) };
    let project = SyntheticProject::generate(params);
    let text = project.json_lines();
    assert!(text.contains("com.atlassian.greenhopper.service.sprint.Sprint@"));
    assert!(text.contains("state=ACTIVE") && text.contains("completeDate=<null>"));
    assert!(!text.contains("accountId") && text.contains("JIRAUSER10"));
    assert_eq!(project.issue_pages[0]["startAt"], 0);
    assert!(project.issue_pages[0]["total"].as_u64().unwrap() > 50);
    assert!(issues(&project).any(|i| i["fields"]["description"].is_string()));
    assert!(project.truth.sprints.values().any(|s| s.started != s.planned_start));
}

#[test]
fn cloud_pages_go_on_by_token_and_name_their_fields() {
    let params = SyntheticParams { page_size: 20, ..SyntheticParams::small(7) };
    let project = SyntheticProject::generate(params);
    let (last, others) = project.issue_pages.split_last().unwrap();
    assert!(others.len() > 1);
    assert!(others.iter().all(|p| p["isLast"] == false && p["nextPageToken"].is_string()));
    assert!(last["isLast"] == true && last["nextPageToken"].is_null());
    assert_eq!(last["names"]["customfield_10020"], "Sprint");
    assert!(issues(&project).any(|i| i["fields"]["description"]["type"] == "doc"));
}

#[test]
fn the_decoy_number_comes_before_the_points() {
    let fields = FieldIds {
        decoy: "customfield_10001".into(),
        story_points: "customfield_12310243".into(),
        ..FieldIds::default()
    };
    let project = SyntheticProject::generate(SyntheticParams { fields, ..SyntheticParams::small(7) });
    let line = project.json_lines().lines().next().unwrap().to_owned();
    let place = |name: &str| line.find(&format!("\"{name}\":")).unwrap();
    assert!(place("customfield_10001") < place("customfield_12310243"));
    assert!(issues(&project).all(|i| i["fields"]["customfield_10001"].as_f64().unwrap() >= 170_000.5));
}

/// Cells of a CSV text, by RFC 4180.
fn rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => cell.push(chars.next().unwrap()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            c => cell.push(c),
        }
    }
    rows
}

#[test]
fn the_csv_export_repeats_columns_and_has_one_row_per_issue() {
    for (dates, sample) in [(CsvDates::Jira, "AM"), (CsvDates::Iso, "2026-0")] {
        let project =
            SyntheticProject::generate(SyntheticParams { csv_dates: dates, ..SyntheticParams::small(7) });
        let rows = rows(&project.csv);
        assert_eq!(rows.len(), project.truth.issues.len() + 1);
        assert!(rows.iter().all(|r| r.len() == rows[0].len()));
        for head in ["Sprint", "Labels", "Comment"] {
            assert!(rows[0].iter().filter(|h| *h == head).count() > 1, "{head}");
        }
        let created = rows[0].iter().position(|h| h == "Created").unwrap();
        assert!(rows.iter().skip(1).any(|r| r[created].contains(sample)));
    }
    let small = super::sample().csv_of("PAY", 30);
    assert_eq!(rows(&small).len(), 31);
}

#[test]
fn the_sprint_table_holds_together() {
    let rows = rows(&super::sample().sprint_table());
    assert_eq!((rows.len(), rows[0].len()), (37, 89));
    for row in &rows[1..] {
        let get = |name: &str| row[rows[0].iter().position(|h| h == name).unwrap()].parse::<f64>().unwrap();
        for t in [0, 30, 50, 80] {
            let at = |name: &str| get(&format!("t{t}_{name}"));
            assert_eq!(at("velocity_diff"), get("delivered_pts") - at("committed_pts"));
            assert_eq!(at("committed_pts"), get("start_pts") + at("added_pts") - at("removed_pts"));
            assert_eq!(
                get("start_n") + at("added_n") - at("removed_n"),
                at("todo_n") + at("inprog_n") + at("done_n")
            );
            assert!(t == 0 || at("members") >= 1.0);
        }
        assert_eq!(get("t0_added_n") + get("t0_removed_n") + get("t0_done_n"), 0.0);
        assert_eq!(get("t0_todo_n") + get("t0_inprog_n"), get("start_n"));
        assert_eq!(get("t0_todo_pts") + get("t0_inprog_pts"), get("start_pts"));
    }
}

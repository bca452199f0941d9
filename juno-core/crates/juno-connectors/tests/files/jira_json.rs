//! What becomes of Jira's JSON.

use juno_connectors::ConnectorSettings;
use juno_domain::{
    BoardId, Change, Field, FieldValue, IncompleteReason, SprintId, SprintState, StatusCategory, StoryPoints,
};
use serde_json::{Value, json};

use crate::common::*;

#[test]
fn a_cloud_page_gives_issues_sprints_events_people_and_teams() {
    let data = load_json(&page(&[cloud_issue(1), cloud_issue(2)]));
    assert_eq!(data.quarantined, []);
    assert_eq!(data.notes, [""; 0]);
    assert_eq!((data.issues.len(), data.events.len()), (2, 8));
    let one = issue(&data, "PAY-1");
    assert!(one.completeness.is_complete(), "{:?}", one.completeness);
    assert_eq!(one.id.as_str(), "10001");
    assert_eq!((one.issue_type.as_str(), one.subtask, one.project.as_str()), ("Story", false, "PAY"));
    assert_eq!(one.description, "Declined twice.");
    assert_eq!(one.status.category, StatusCategory::InProgress);
    assert_eq!(one.assignee.as_ref().unwrap().name, "Ann Lee");
    assert_eq!(one.points, Some(StoryPoints::new(5.0).unwrap()));
    assert_eq!(one.sprints, [SprintId(12)]);
    assert!(one.flagged);
    assert_eq!(
        (one.labels.as_slice(), one.watchers),
        (["api".to_owned(), "checkout".to_owned()].as_slice(), 3)
    );
    assert!(one.links[0].is_blocked_by() && one.links[0].other.as_str() == "PAY-99");
    assert_eq!(one.comments.len(), 1);
    assert_eq!(one.due.unwrap().to_string(), "2026-03-20");

    let sprint = &data.sprints[0];
    assert_eq!(
        (data.sprints.len(), sprint.id, sprint.board, sprint.state),
        (1, SprintId(12), Some(BoardId(4)), SprintState::Active)
    );
    assert_eq!((data.teams[0].id.as_str(), data.teams[0].name.as_str()), ("4", "Board 4"));
    let members: Vec<&str> = data.members.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(members, ["Ann Lee", "Bo Chen", "Cy Dow"]);
    let statuses: Vec<_> = data.statuses.iter().map(|s| (s.id.as_deref().unwrap(), s.category)).collect();
    assert_eq!(statuses, [("1", StatusCategory::ToDo), ("3", StatusCategory::InProgress)]);
    assert!(data.events.is_sorted());
    let first = &data.events[0];
    assert_eq!(first.at.to_rfc3339(), "2026-03-01T09:00:00+00:00");
    assert_eq!(first.change.to, FieldValue::new("acc-1", "Ann Lee"));
    for field in [Field::Status, Field::Sprint, Field::Points, Field::Assignee] {
        let last = data.events.iter().rfind(|e| e.issue == one.id && e.change.field == field).unwrap();
        assert!(one.current(&field).unwrap().same_as(&last.change.to), "{field}");
    }
}

#[test]
fn utc_offset_is_kept() {
    let mut one = cloud_issue(1);
    one["fields"]["created"] = json!("2026-03-02T00:14:11.000+0100");
    one["fields"]["updated"] = json!("2026-03-02T09:14:11-05:30");
    let data = load_json(&page(&[one]));
    assert_eq!(data.issues[0].created.to_rfc3339(), "2026-03-01T23:14:11+00:00");
    assert_eq!(data.issues[0].updated.to_rfc3339(), "2026-03-02T14:44:11+00:00");
}

#[test]
fn a_date_without_zone_marks_the_issue_unless_a_zone_is_set() {
    let mut one = cloud_issue(1);
    one["fields"]["created"] = json!("2026-03-02T09:14:11");
    let data = load_json(&page(std::slice::from_ref(&one)));
    assert_eq!(data.issues[0].completeness.reasons(), [IncompleteReason::NoTimeZone]);
    let settings: ConnectorSettings = serde_json::from_str(r#"{"time_zone": "Europe/Berlin"}"#).unwrap();
    let data = load_text_with("a.json", page(&[one]).to_string(), &settings).unwrap();
    assert!(data.issues[0].completeness.is_complete());
    assert_eq!(data.issues[0].created.to_rfc3339(), "2026-03-02T08:14:11+00:00");
}

#[test]
fn resolutiondate_is_read() {
    let mut one = cloud_issue(1);
    one["fields"]["resolutiondate"] = json!("2026-03-04T10:00:00.000Z");
    one["fields"]["resolved"] = json!("2020-01-01T00:00:00.000Z");
    assert_eq!(
        load_json(&page(&[one])).issues[0].resolved.unwrap().to_rfc3339(),
        "2026-03-04T10:00:00+00:00"
    );
    let mut open = cloud_issue(1);
    open["fields"]["resolved"] = json!("2020-01-01T00:00:00.000Z");
    assert_eq!(load_json(&page(&[open])).issues[0].resolved, None);
}

#[test]
fn duedate_is_a_day() {
    for text in ["2026-03-20", "2026-03-20T00:00:00.000+1400"] {
        let mut one = cloud_issue(1);
        one["fields"]["duedate"] = json!(text);
        assert_eq!(load_json(&page(&[one])).issues[0].due.unwrap().to_string(), "2026-03-20");
    }
}

#[test]
fn first_numeric_custom_field_is_not_points() {
    // No names, and no changelog that tells: 42 and 5 could be anything.
    let mut one = cloud_issue(1);
    one["changelog"] = json!({"total": 0, "histories": []});
    let data = load_json(&json!({"issues": [one]}));
    assert_eq!(data.issues[0].points, None);
    assert!(data.notes.iter().any(|note| note.contains("no story-points field")), "{:?}", data.notes);
}

#[test]
fn points_are_found_by_name_type_changelog_and_setting() {
    let points = |value: &Value, settings: &ConnectorSettings| {
        load_text_with("a.json", value.to_string(), settings).unwrap().issues[0].points.map(StoryPoints::get)
    };
    let usual = ConnectorSettings::default();
    assert_eq!(points(&json!({"issues": [cloud_issue(1)]}), &usual), Some(5.0), "by the changelog");
    let schema = json!({"customfield_10000": {"type": "number", "custom": "com.pyxis.greenhopper.jira:jsw-story-points"}});
    let mut plain = cloud_issue(1);
    plain["changelog"]["histories"] = json!([]);
    assert_eq!(points(&json!({"issues": [plain], "schema": schema}), &usual), Some(42.0), "by the type");
    let set = |field: &str| ConnectorSettings { points_fields: vec![field.into()], ..Default::default() };
    assert_eq!(points(&page(&[cloud_issue(1)]), &set("customfield_10000")), Some(42.0));
    assert_eq!(points(&page(&[cloud_issue(1)]), &set("Business Value")), Some(42.0));
}

#[test]
fn story_points_and_story_point_estimate_live_side_by_side() {
    let mut team_managed = cloud_issue(2);
    team_managed["fields"]["customfield_10016"] = Value::Null;
    team_managed["fields"]["customfield_10030"] = json!(8);
    let item = &mut team_managed["changelog"]["histories"][1]["items"][1];
    item["field"] = json!("Story point estimate");
    item["fieldId"] = json!("customfield_10030");
    item["toString"] = json!("8.0");
    let mut value = page(&[cloud_issue(1), team_managed]);
    value["names"]["customfield_10030"] = json!("Story point estimate");
    let data = load_json(&value);
    assert_eq!(issue(&data, "PAY-1").points.unwrap().get(), 5.0);
    assert_eq!(issue(&data, "PAY-2").points.unwrap().get(), 8.0);
    let points: Vec<&Change> =
        data.events.iter().map(|e| &e.change).filter(|c| c.field == Field::Points).collect();
    assert_eq!(points.len(), 2);
    assert!(points.iter().any(|c| c.to == FieldValue::text("8")), "{points:?}");
}

#[test]
fn sprint_and_flag_are_found_by_their_values_where_nothing_names_them() {
    let mut one = cloud_issue(1);
    one["changelog"] = json!({"histories": []});
    let data = load_json(&json!({"issues": [one]}));
    assert_eq!(data.issues[0].sprints, [SprintId(12)]);
    assert!(data.issues[0].flagged);
    assert_eq!(data.sprints.len(), 1);
}

#[test]
fn a_server_issue_with_sprint_texts_and_user_keys_is_read() {
    let mut one = cloud_issue(1);
    let fields = &mut one["fields"];
    fields["description"] = json!("h2. Declined\r\nTwice.");
    fields["customfield_10020"] = json!([
        "com.atlassian.greenhopper.service.sprint.Sprint@1f[id=37,rapidViewId=4,\
        state=CLOSED,name=Sprint 1, the [big] one,startDate=2026-01-05T09:00:00.000+01:00,\
        endDate=2026-01-19T09:00:00.000+01:00,completeDate=2026-01-19T10:30:00.000+01:00,activatedDate=<null>,\
        sequence=37,goal=<null>]"
    ]);
    fields["assignee"] = json!({"name": "jsmith", "key": "JIRAUSER10100", "displayName": "John Smith"});
    fields["reporter"] = json!({"name": "ann", "key": "ann", "displayName": "Ann Lee"});
    one["changelog"]["histories"] = json!([
        {"id": "1", "author": {"name": "jsmith", "key": "JIRAUSER10100", "displayName": "John Smith"},
         "created": "2026-03-03T09:00:00.000+0100",
         "items": [{"field": "assignee", "fieldtype": "jira", "from": "ann", "fromString": "Ann Lee", "to": "jsmith",
                    "toString": "John Smith"},
                   {"field": "Sprint", "fieldtype": "custom", "from": "", "fromString": "", "to": "37, 36",
                    "toString": "Sprint 1, the [big] one, Sprint 0"}]}]);
    one["changelog"]["total"] = json!(1);
    let data = load_json(&page(&[one]));
    let one = &data.issues[0];
    assert_eq!(one.description, "h2. Declined\r\nTwice.");
    assert_eq!(data.sprints[0].name, "Sprint 1, the [big] one");
    assert_eq!(data.sprints[0].start.unwrap().to_rfc3339(), "2026-01-05T08:00:00+00:00");
    assert_eq!(one.assignee.as_ref().unwrap().id.as_str(), "JIRAUSER10100");
    let assigned = data.events.iter().find(|e| e.change.field == Field::Assignee).unwrap();
    assert_eq!(assigned.change.to.id.as_deref(), Some("JIRAUSER10100"), "one id per person");
    assert_eq!(assigned.author.as_ref().unwrap().as_str(), "JIRAUSER10100");
    let sprint = data.events.iter().find(|e| e.change.field == Field::Sprint).unwrap();
    assert_eq!(sprint.change.to.id.as_deref(), Some("36, 37"));
    assert!(one.completeness.is_complete(), "replay doubts sprint 36 from when the issue joined it");
    assert!(data.notes[0].contains("named by histories only (the first is 36)"), "{:?}", data.notes);
}

#[test]
fn items_without_field_id_and_items_as_text_are_read() {
    let mut one = cloud_issue(1);
    for history in one["changelog"]["histories"].as_array_mut().unwrap() {
        for item in history["items"].as_array_mut().unwrap() {
            item.as_object_mut().unwrap().remove("fieldId");
        }
        history["items"] = json!(history["items"].to_string());
    }
    let with = load_json(&page(&[cloud_issue(1)]));
    let without = load_json(&page(&[one]));
    assert_eq!(without.events, with.events);
    assert_eq!(without.issues, with.issues);
}

#[test]
fn several_items_of_one_field_in_one_entry_all_count() {
    let mut one = cloud_issue(1);
    let item = |id: &str, name: &str| {
        json!({"field": "Component", "fieldtype": "jira", "fieldId": "components", "from": null, "fromString": null,
            "to": id, "toString": name})
    };
    one["changelog"]["histories"][0]["items"] = json!([item("1", "Gateway"), item("2", "Web")]);
    let data = load_json(&page(&[one]));
    let added: Vec<_> = data.events.iter().filter(|e| e.change.field == Field::Components).collect();
    assert_eq!(added.len(), 2);
    assert_eq!(added[1].item, 1);
}

#[test]
fn a_changelog_under_values_is_read_too() {
    let mut one = cloud_issue(1);
    let histories = one["changelog"]["histories"].take();
    one["changelog"] = json!({"total": 3, "isLast": true, "values": histories});
    assert_eq!(load_json(&page(&[one])).events, load_json(&page(&[cloud_issue(1)])).events);
}

#[test]
fn a_truncated_changelog_is_marked_until_its_rest_is_loaded() {
    let mut one = cloud_issue(1);
    let oldest = one["changelog"]["histories"].as_array_mut().unwrap().pop().unwrap();
    let folder = Folder::with("a.json", page(&[one]).to_string());
    let data = folder.load().unwrap();
    let cut = IncompleteReason::Truncated { total: 3, received: 2 };
    assert_eq!(data.issues[0].completeness.reasons(), [cut]);

    let address = "https://acme.atlassian.net/rest/api/3/issue/10001/changelog?maxResults=100";
    let rest = json!({"self": address, "startAt": 0, "total": 3, "isLast": true, "values": [oldest]});
    folder.put("changelog.json", rest.to_string());
    let data = folder.load().unwrap();
    assert!(data.issues[0].completeness.is_complete(), "{:?}", data.issues[0].completeness);
    assert_eq!(data.events, load_json(&page(&[cloud_issue(1)])).events);

    let bulk = json!({"issueChangeLogs": [{"issueId": "10001", "changeHistories": [oldest]}]});
    folder.put("changelog.json", bulk.to_string());
    assert_eq!(folder.load().unwrap().events, data.events);
}

#[test]
fn an_issue_without_changelog_says_so() {
    let mut one = cloud_issue(1);
    one.as_object_mut().unwrap().remove("changelog");
    let data = load_json(&page(&[one]));
    assert_eq!(data.issues[0].completeness.reasons(), [IncompleteReason::NoChangelog]);
}

#[test]
fn a_moved_issue_keeps_its_id_and_its_old_projects_key() {
    let mut one = cloud_issue(1);
    one["changelog"]["histories"][0]["items"] = json!([
        {"field": "project", "fieldtype": "jira", "fieldId": "project", "from": "10009", "fromString": "Old Billing",
         "to": "10000", "toString": "Payments"},
        {"field": "Key", "fieldtype": "jira", "from": null, "fromString": "BILL-7", "to": null, "toString": "PAY-1"}]);
    let data = load_json(&page(&[one]));
    let change = |field: Field| &data.events.iter().find(|e| e.change.field == field).unwrap().change;
    assert_eq!(change(Field::Project).from.text.as_deref(), Some("BILL"));
    assert!(data.issues[0].current(&Field::Project).unwrap().same_as(&change(Field::Project).to));
    assert!(data.issues[0].current(&Field::Key).unwrap().same_as(&change(Field::Key).to));
}

#[test]
fn a_bad_issue_is_quarantined_and_the_others_stay() {
    let mut no_status = cloud_issue(2);
    no_status["fields"].as_object_mut().unwrap().remove("status");
    let only_id = json!({"id": "10003", "key": "PAY-3"});
    let mut odd_parts = cloud_issue(4);
    odd_parts["fields"]["priority"] = json!([1]);
    odd_parts["fields"]["customfield_10016"] = json!("large");
    odd_parts["changelog"]["histories"][2]["created"] = json!("last week");
    let mut no_key = cloud_issue(7);
    no_key.as_object_mut().unwrap().remove("key");
    let mut no_date = cloud_issue(8);
    no_date["fields"]["created"] = json!("last Tuesday");
    let mut negative = cloud_issue(9);
    negative["fields"]["customfield_10016"] = json!(-3);
    let issues =
        [cloud_issue(1), no_status, only_id, odd_parts, json!(7), cloud_issue(6), no_key, no_date, negative];
    let data = load_json(&page(&issues));
    let keys: Vec<&str> = data.issues.iter().map(|i| i.key.as_str()).collect();
    assert_eq!(keys, ["PAY-1", "PAY-4", "PAY-6"]);
    let told: Vec<String> =
        data.quarantined.iter().map(|q| format!("{}: {}", q.position, q.reason)).collect();
    assert_eq!(told.len(), 9, "{told:#?}");
    for (start, word) in [
        ("issue 2 (PAY-2), line 1", "status"),
        ("issue 3 (PAY-3), line 1", "fields=*all"),
        ("issue 4 (PAY-4), changelog entry 3", "last week"),
        ("issue 4 (PAY-4), priority", "kept without it"),
        ("issue 4 (PAY-4), story points", "large"),
        ("issue 5, line 1", "invalid type"),
        ("issue 7, line 1", "no key"),
        ("issue 8 (PAY-8), line 1", "last Tuesday"),
        ("issue 9 (PAY-9), line 1", "-3"),
    ] {
        assert!(told.iter().any(|t| t.starts_with(start) && t.contains(word)), "{start}: {told:#?}");
    }
    let four = issue(&data, "PAY-4");
    assert_eq!((four.points, four.priority.as_deref()), (None, None));
    assert_eq!(four.completeness.reasons(), [IncompleteReason::UnreadableEntry { entry: "100".into() }]);
}

#[test]
fn issues_of_another_site_are_quarantined_where_the_site_is_set() {
    let mut foreign = cloud_issue(2);
    foreign["self"] = json!("https://other.atlassian.net/rest/api/3/issue/10002");
    let both = page(&[cloud_issue(1), foreign]).to_string();
    let settings = ConnectorSettings { site: Some("acme.atlassian.net".into()), ..Default::default() };
    let data = load_text_with("a.json", &both, &settings).unwrap();
    assert_eq!((data.issues.len(), data.quarantined.len()), (1, 1));
    let data = load_text("a.json", &both).unwrap();
    assert!(data.notes.iter().any(|note| note.contains("several sites")), "{:?}", data.notes);
}

#[test]
fn deep_nesting_harms_one_issue_part_only() {
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let mut text = page(&[cloud_issue(1)]).to_string();
    text = text.replace("\"Declined twice.\"", &deep);
    let data = load_text("a.json", text).unwrap();
    assert_eq!((data.issues.len(), data.issues[0].description.as_str()), (1, ""));
    assert!(data.quarantined[0].position.contains("description"), "{:?}", data.quarantined);
}

#[test]
fn a_missing_creation_date_is_stood_in_for_and_told() {
    let mut one = cloud_issue(1);
    one["fields"].as_object_mut().unwrap().remove("created");
    let data = load_json(&page(&[one]));
    assert_eq!(data.issues[0].created, data.events[0].at);
    assert_eq!(data.issues[0].completeness.reasons(), [IncompleteReason::NoCreation]);
}

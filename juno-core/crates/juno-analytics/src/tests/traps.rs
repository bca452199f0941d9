//! What Jira histories really look like: one test per trap.

use juno_domain::{Field, FieldValue, IncompleteReason, SprintId, Status, StatusCategory, StoryPoints};

use super::fixture::{DOING, DONE, REVIEW, TODO, Tracker, day, value};
use crate::{IssueHistory, WorkflowNote, WorkflowOptions};

fn replay(jira: &Tracker, place: usize) -> IssueHistory {
    jira.history().issue(&jira.id(place)).unwrap().clone()
}

fn texts(issue: &IssueHistory, field: &Field) -> Vec<String> {
    let spans = issue.timeline(field).unwrap().spans();
    spans.iter().map(|span| span.value.text.as_deref().unwrap_or_default().to_owned()).collect()
}

#[test]
fn several_items_of_one_field_in_one_entry_each_count() {
    let mut jira = Tracker::new();
    let place = jira.issue("PAY-1", 0.0);
    let versions = Field::Other("Fix Version".into());
    for (item, version) in ["1:1.0", "2:1.1", "3:2.0"].into_iter().enumerate() {
        jira.raw(place, day(1.0), versions.clone(), FieldValue::EMPTY, value(version), "77").item =
            item as u32;
    }
    jira.item(place, 2.0, versions.clone(), "2:1.1", "");
    for (item, (from, to)) in [("", "8:api"), ("9:web", ""), ("", "7:db")].into_iter().enumerate() {
        jira.raw(place, day(3.0), Field::Components, value(from), value(to), "78").item = item as u32;
    }
    jira.show(place, &Field::Components, "api,db");
    let issue = replay(&jira, place);

    assert!(issue.completeness().is_complete(), "{:?}", issue.completeness());
    let version_at = |on| issue.value_at(&versions, day(on)).unwrap().clone();
    assert_eq!(version_at(0.5), FieldValue::EMPTY);
    assert_eq!(version_at(1.0), FieldValue::new("1, 2, 3", "1.0, 1.1, 2.0"));
    assert_eq!(version_at(2.0).text.as_deref(), Some("1.0, 2.0"));
    assert_eq!(issue.state_at(day(1.0)).unwrap().components, ["web"]);
    assert_eq!(issue.state_at(day(3.0)).unwrap().components, ["api", "db"]);
}

#[test]
fn a_link_noted_twice_is_one_link() {
    let mut jira = Tracker::new();
    let place = jira.issue("PAY-1", 0.0);
    for on in [1.0, 2.0] {
        jira.item(place, on, Field::Link, "", "PAY-2:This issue blocks PAY-2");
    }
    jira.item(place, 3.0, Field::Link, "PAY-2:This issue blocks PAY-2", "");
    let issue = replay(&jira, place);
    assert!(issue.completeness().is_complete());
    assert_eq!(texts(&issue, &Field::Link), ["", "This issue blocks PAY-2", ""]);
}

#[test]
fn labels_are_read_whole_or_as_comings_and_goings() {
    let mut jira = Tracker::new();
    let whole = jira.issue("PAY-1", 0.0);
    jira.set(whole, 1.0, Field::Labels, "a");
    jira.set(whole, 2.0, Field::Labels, "a b");
    let single = jira.issue("PAY-2", 0.0);
    jira.item(single, 1.0, Field::Labels, "", "a");
    jira.item(single, 2.0, Field::Labels, "", "b");
    jira.item(single, 3.0, Field::Labels, "a", "");
    jira.show(single, &Field::Labels, "b first");

    let labels = |place, on| replay(&jira, place).state_at(day(on)).unwrap().labels;
    assert_eq!(labels(whole, 2.0), ["a", "b"]);
    assert_eq!(labels(whole, 0.5), [""; 0]);
    assert_eq!(labels(single, 0.5), ["first"]);
    assert_eq!(labels(single, 2.0), ["a", "b", "first"]);
    assert_eq!(labels(single, 3.0), ["b", "first"]);
    assert!(replay(&jira, single).completeness().is_complete());
}

#[test]
fn entries_of_one_instant_follow_their_chain_not_their_ids() {
    let mut jira = Tracker::new();
    let place = jira.issue("PAY-1", 0.0);
    // The import wrote the later step with the smaller id.
    jira.raw(place, day(1.0), Field::Status, value(REVIEW), value(DONE), "100");
    jira.raw(place, day(1.0), Field::Status, value(DOING), value(REVIEW), "101");
    jira.raw(place, day(1.0), Field::Status, value(TODO), value(DOING), "102");
    jira.show(place, &Field::Status, DONE);
    let issue = replay(&jira, place);

    assert_eq!(texts(&issue, &Field::Status), ["To Do", "In Progress", "Review", "Done"]);
    assert!(issue.completeness().is_complete());
    assert_eq!(issue.status_at(day(0.5)).unwrap(), &value(TODO));
    assert_eq!(issue.status_at(day(1.0)).unwrap(), &value(DONE));
}

#[test]
fn a_circle_within_one_instant_is_entered_where_the_last_step_ended() {
    let mut jira = Tracker::new();
    let place = jira.issue("PAY-1", 0.0);
    jira.set(place, 1.0, Field::Status, DOING);
    jira.raw(place, day(2.0), Field::Status, value(TODO), value(DOING), "2001");
    jira.raw(place, day(2.0), Field::Status, value(DOING), value(TODO), "2002");
    let first = jira.issue("PAY-2", 0.0);
    // Nothing before it: the step after it tells where the circle was left.
    jira.raw(first, day(1.0), Field::Status, value(DOING), value(TODO), "2003");
    jira.raw(first, day(1.0), Field::Status, value(TODO), value(DOING), "2004");
    jira.raw(first, day(2.0), Field::Status, value(TODO), value(DONE), "2005");
    jira.show(first, &Field::Status, DONE);

    let issue = replay(&jira, place);
    assert_eq!(texts(&issue, &Field::Status), ["To Do", "In Progress", "To Do", "In Progress"]);
    assert!(issue.completeness().is_complete());
    let issue = replay(&jira, first);
    assert_eq!(texts(&issue, &Field::Status), ["To Do", "In Progress", "To Do", "Done"]);
    assert!(issue.completeness().is_complete());
}

#[test]
fn a_first_circle_begins_where_the_steps_of_a_later_instant_do() {
    let mut jira = Tracker::new();
    let place = jira.issue("PAY-1", 0.0);
    jira.raw(place, day(1.0), Field::Status, value(DOING), value(TODO), "2001");
    jira.raw(place, day(1.0), Field::Status, value(TODO), value(DOING), "2002");
    // Ids that run backwards: the second of these happened first.
    jira.raw(place, day(2.0), Field::Status, value(DOING), value(DONE), "2003");
    jira.raw(place, day(2.0), Field::Status, value(TODO), value(DOING), "2004");
    jira.show(place, &Field::Status, DONE);
    let issue = replay(&jira, place);
    assert_eq!(texts(&issue, &Field::Status), ["To Do", "In Progress", "To Do", "In Progress", "Done"]);
    assert!(issue.completeness().is_complete());
}

#[test]
fn a_group_without_a_chain_keeps_the_order_of_ids_and_is_marked() {
    let mut jira = Tracker::new();
    let place = jira.issue("PAY-1", 0.0);
    jira.raw(place, day(1.0), Field::Status, value(TODO), value(DOING), "9");
    jira.raw(place, day(1.0), Field::Status, value(REVIEW), value(DONE), "10");
    jira.show(place, &Field::Status, DONE);
    let issue = replay(&jira, place);

    assert_eq!(texts(&issue, &Field::Status), ["To Do", "In Progress", "Done"]);
    let broken = IncompleteReason::BrokenChain { field: Field::Status, at: day(1.0) };
    assert_eq!(issue.completeness().reasons(), [broken]);
    assert!(issue.completeness_at(day(0.9)).is_complete());
}

#[test]
fn a_step_that_starts_elsewhere_is_marked() {
    let mut jira = Tracker::new();
    let place = jira.issue("PAY-1", 0.0);
    jira.set(place, 1.0, Field::Status, DOING);
    jira.item(place, 2.0, Field::Status, REVIEW, DONE);
    jira.show(place, &Field::Status, DONE);
    let reasons = replay(&jira, place).completeness();
    let broken = IncompleteReason::BrokenChain { field: Field::Status, at: day(2.0) };
    assert_eq!(reasons.reasons(), [broken]);
}

#[test]
fn duplicates_count_once_even_with_other_positions() {
    let mut jira = Tracker::new();
    let place = jira.issue("PAY-1", 0.0);
    jira.set(place, 1.0, Field::Status, DOING);
    jira.set(place, 2.0, Field::Status, TODO);
    let once = replay(&jira, place);
    let mut copies = jira.data.events.clone();
    for copy in &mut copies {
        copy.item = 5;
        copy.author = None;
    }
    jira.data.events.splice(0..0, copies);
    let twice = replay(&jira, place);
    assert_eq!(twice.fields(), once.fields());
    assert!(twice.completeness().is_complete());
}

#[test]
fn a_truncated_changelog_is_marked_and_its_first_entry_tells_the_value_before() {
    let mut jira = Tracker::new();
    let place = jira.issue("PAY-1", 0.0);
    jira.item(place, 9.0, Field::Status, REVIEW, DONE);
    jira.show(place, &Field::Status, DONE);
    let cut = IncompleteReason::Truncated { total: 140, received: 100 };
    jira.get(place).completeness.add(cut.clone());
    let issue = replay(&jira, place);

    assert_eq!(issue.completeness().reasons(), std::slice::from_ref(&cut));
    assert_eq!(issue.completeness_at(day(1.0)).reasons(), [cut]);
    assert_eq!(issue.status_at(day(1.0)).unwrap(), &value(REVIEW));
    assert_eq!(issue.status_at(day(9.0)).unwrap(), &value(DONE));
}

#[test]
fn without_a_changelog_an_issue_was_not_done_before_its_resolution() {
    let mut jira = Tracker::new();
    let place = jira.issue("PAY-1", 0.0);
    jira.show(place, &Field::Status, DONE);
    jira.get(place).resolved = Some(day(6.0));
    jira.get(place).updated = day(7.0);
    jira.get(place).completeness.add(IncompleteReason::NoChangelog);
    let history = jira.history();
    let id = jira.id(place);

    assert!(history.is_open_at(&id, day(5.9)));
    assert_eq!(history.category_at(&id, day(6.0)), Some(StatusCategory::Done));
    assert!(!history.issue(&id).unwrap().completeness_at(day(1.0)).is_complete());
}

#[test]
fn a_moved_issue_keeps_one_history_under_its_id() {
    let mut jira = Tracker::new();
    let place = jira.issue("OLD-1", 0.0);
    jira.set(place, 1.0, Field::Status, DOING);
    jira.set(place, 2.0, Field::Key, "NEW-9");
    jira.item(place, 2.0, Field::Project, "10001:Old things", "10002:New things");
    jira.set(place, 3.0, Field::Status, DONE);
    let issue = replay(&jira, place);

    assert_eq!(issue.key_at(day(1.5)).unwrap().as_str(), "OLD-1");
    assert_eq!(issue.key_at(day(2.0)).unwrap().as_str(), "NEW-9");
    assert_eq!(issue.project_at(day(1.5)).unwrap().as_str(), "OLD");
    assert_eq!(texts(&issue, &Field::Status).len(), 3);
    assert!(issue.completeness().is_complete());
}

#[test]
fn a_renamed_status_keeps_its_identity_and_the_name_of_its_day() {
    let mut jira = Tracker::new();
    let place = jira.issue("PAY-1", 0.0);
    jira.item(place, 1.0, Field::Status, TODO, "3:In Progress");
    jira.item(place, 2.0, Field::Status, "3:In Development", DONE);
    jira.show(place, &Field::Status, DONE);
    jira.data.statuses[1].name = "In Development".into();
    // The source's list has a name of the past, an issue shows today's.
    let other = jira.issue("PAY-2", 0.0);
    jira.show(other, &Field::Status, "3:Building");
    let history = jira.history();
    let issue = history.issue(&jira.id(place)).unwrap();

    assert!(issue.completeness().is_complete());
    assert_eq!(texts(issue, &Field::Status), ["To Do", "In Progress", "Done"]);
    let then = issue.status_at(day(1.5)).unwrap();
    assert_eq!(history.workflow().current_name(then), Some("Building"));
    assert_eq!(history.category_at(issue.id(), day(1.5)), Some(StatusCategory::InProgress));
}

#[test]
fn a_chain_that_ends_elsewhere_is_reported_and_the_current_value_wins() {
    let mut jira = Tracker::new();
    let place = jira.issue("PAY-1", 0.0);
    jira.set(place, 1.0, Field::Status, DOING);
    jira.show(place, &Field::Status, DONE);
    jira.get(place).updated = day(5.0);
    let issue = replay(&jira, place);

    let reason = IncompleteReason::EndsElsewhere { field: Field::Status };
    assert_eq!(issue.completeness().reasons(), [reason]);
    assert_eq!(issue.status_at(day(4.9)).unwrap(), &value(DOING));
    assert_eq!(issue.status_at(day(5.0)).unwrap(), &value(DONE));
    assert!(issue.completeness_at(day(4.9)).is_complete(), "nobody knew before");
}

#[test]
fn points_written_3_and_3_0_are_one_value() {
    let mut jira = Tracker::new();
    let place = jira.issue("PAY-1", 0.0);
    jira.item(place, 1.0, Field::Points, "", "3");
    jira.item(place, 2.0, Field::Points, "3.0", "5.0");
    jira.show(place, &Field::Points, "5");
    let issue = replay(&jira, place);
    assert!(issue.completeness().is_complete());
    assert_eq!(issue.points_at(day(1.0)), StoryPoints::new(3.0).ok());
    assert_eq!(issue.points_at(day(2.0)), StoryPoints::new(5.0).ok());
}

#[test]
fn sprints_come_as_lists_of_ids_in_any_order() {
    let mut jira = Tracker::new();
    jira.sprint(5, Some(0.0), 5.0, Some(5.0));
    jira.sprint(6, Some(5.0), 9.0, None);
    let place = jira.issue("PAY-1", 0.0);
    let ids = |ids: &str, names: &str| FieldValue::new(ids, names);
    jira.raw(place, day(1.0), Field::Sprint, ids("", ""), ids("5", "Spring, part 1"), "1");
    jira.raw(
        place,
        day(5.1),
        Field::Sprint,
        ids("5", "Spring, part 1"),
        ids("5, 6", "Spring, part 1, Six"),
        "2",
    );
    jira.get(place).sprints = vec![SprintId(6), SprintId(5)];
    let issue = replay(&jira, place);
    assert!(issue.completeness().is_complete());
    assert_eq!(issue.sprints_at(day(0.5)), []);
    assert_eq!(issue.sprints_at(day(1.0)), [SprintId(5)]);
    assert_eq!(issue.sprints_at(day(6.0)), [SprintId(5), SprintId(6)]);
}

#[test]
fn a_deleted_sprint_is_named_as_unknown() {
    let mut jira = Tracker::new();
    let place = jira.issue("PAY-1", 0.0);
    jira.set(place, 1.0, Field::Sprint, "99");
    jira.set(place, 2.0, Field::Sprint, "");
    let history = jira.history();
    let reason = IncompleteReason::UnknownSprint { sprint: SprintId(99) };
    assert_eq!(history.issue(&jira.id(place)).unwrap().completeness().reasons(), [reason]);
    let error = history.sprint_report(SprintId(99), day(3.0)).unwrap_err();
    assert_eq!(error.kind(), juno_domain::ErrorKind::NotFound);
}

#[test]
fn a_value_set_at_creation_leaves_no_item() {
    let mut jira = Tracker::new();
    let place = jira.issue("PAY-1", 0.0);
    jira.show(place, &Field::Assignee, "bob");
    jira.show(place, &Field::Points, "8");
    jira.set(place, 3.0, Field::Points, "5");
    let issue = replay(&jira, place);
    assert_eq!(issue.assignee_at(day(0.0)).unwrap().as_str(), "bob");
    assert_eq!(issue.points_at(day(0.0)), StoryPoints::new(8.0).ok());
}

#[test]
fn an_event_before_creation_moves_the_beginning_and_is_marked() {
    let mut jira = Tracker::new();
    let place = jira.issue("PAY-1", 3.0);
    jira.set(place, 1.0, Field::Status, DOING);
    let issue = replay(&jira, place);
    assert_eq!(issue.created(), day(1.0));
    assert_eq!(issue.completeness().reasons(), [IncompleteReason::NoCreation]);
}

#[test]
fn a_status_full_of_resolved_issues_is_done_whatever_its_category() {
    let mut jira = Tracker::new();
    for n in 0..5 {
        let place = jira.issue(&format!("EE-{n}"), 0.0);
        jira.item(place, 1.0, Field::Status, DOING, "10:已完成");
        jira.get(place).status =
            Status { id: Some("10".into()), name: "已完成".into(), category: StatusCategory::ToDo };
        jira.get(place).resolved = (n > 0).then(|| day(1.0));
    }
    let history = jira.history();
    assert_eq!(history.category_at(&jira.id(0), day(2.0)), Some(StatusCategory::Done));
    let note = WorkflowNote::TreatedAsDone { status: "已完成".into(), issues: 5, resolved: 4 };
    assert_eq!(history.workflow().notes(), [note]);

    let overridden =
        WorkflowOptions { categories: [("已完成".to_owned(), StatusCategory::InProgress)].into() };
    let options = crate::HistoryOptions { workflow: overridden, ..Default::default() };
    let history = jira.history_with(&options);
    assert_eq!(history.category_at(&jira.id(0), day(2.0)), Some(StatusCategory::InProgress));
    assert_eq!(history.workflow().notes(), []);
}

#[test]
fn a_status_nobody_describes_is_unknown_not_guessed() {
    let mut jira = Tracker::new();
    let place = jira.issue("PAY-1", 0.0);
    jira.item(place, 1.0, Field::Status, TODO, "77:Done and dusted");
    jira.item(place, 2.0, Field::Status, "77:Done and dusted", DOING);
    jira.show(place, &Field::Status, DOING);
    let history = jira.history();
    assert_eq!(history.category_at(&jira.id(place), day(1.5)), Some(StatusCategory::Unknown));
    assert!(history.is_open_at(&jira.id(place), day(1.5)));
    let note = WorkflowNote::UnknownCategory { status: "Done and dusted".into(), id: Some("77".into()) };
    assert_eq!(history.workflow().notes(), [note]);
}

#[test]
fn events_of_issues_that_are_not_there_are_counted() {
    let mut jira = Tracker::new();
    let place = jira.issue("PAY-1", 0.0);
    jira.set(place, 1.0, Field::Status, DOING).issue = juno_domain::IssueId::new("404").unwrap();
    assert_eq!(jira.history().orphan_events(), 1);
    let taken = crate::History::build_taking_events(
        &mut jira.data.clone(),
        &crate::HistoryOptions::default(),
        &juno_domain::Progress::silent(),
    );
    assert_eq!(taken.unwrap().orphan_events(), 1);
}

use juno_domain::{Field, SprintId, StoryPoints};

use super::fixture::{DOING, DONE, TODO, Tracker, day, member};
use crate::export::issue_line;

#[test]
fn every_field_is_known_at_any_instant() {
    let mut jira = Tracker::new();
    jira.sprint(7, Some(1.0), 15.0, None);
    let issue = jira.issue("PAY-1", 0.0);
    jira.set(issue, 1.0, Field::Points, "3");
    jira.set(issue, 1.0, Field::Sprint, "7");
    jira.set(issue, 2.0, Field::Assignee, "bob");
    jira.set(issue, 2.0, Field::Status, DOING);
    jira.set(issue, 3.0, Field::Flagged, "Impediment");
    jira.set(issue, 4.0, Field::Flagged, "");
    jira.set(issue, 5.0, Field::Points, "5");
    jira.set(issue, 6.0, Field::Status, DONE);
    let history = jira.history();
    let issue = history.issue(&jira.id(issue)).unwrap();

    assert!(issue.completeness().is_complete());
    assert!(issue.state_at(day(-0.1)).is_none());
    let born = issue.state_at(day(0.0)).unwrap();
    assert_eq!(born.status.text.as_deref(), Some("To Do"));
    assert_eq!((born.assignee, born.points, born.flagged), (None, None, false));
    let then = issue.state_at(day(3.5)).unwrap();
    assert_eq!(then.assignee, Some(member("bob")));
    assert_eq!(then.sprints, [SprintId(7)]);
    assert_eq!((then.points, then.flagged), (StoryPoints::new(3.0).ok(), true));
    let now = issue.state_at(day(99.0)).unwrap();
    assert_eq!(now.status.text.as_deref(), Some("Done"));
    assert_eq!((now.points, now.flagged), (StoryPoints::new(5.0).ok(), false));
    // A change holds from its very instant.
    assert_eq!(issue.status_at(day(6.0)).unwrap().text.as_deref(), Some("Done"));
}

#[test]
fn intervals_join_begin_at_creation_and_end_open() {
    let mut jira = Tracker::new();
    let place = jira.issue("PAY-1", 0.0);
    for (on, to) in [(1.0, DOING), (2.0, TODO), (3.0, DOING), (4.0, DONE)] {
        jira.set(place, on, Field::Status, to);
    }
    let history = jira.history();
    let issue = history.issue(&jira.id(place)).unwrap();

    for timeline in issue.fields().values() {
        let spans = timeline.spans();
        assert_eq!(spans.first().map(|span| span.from), Some(day(0.0)));
        assert_eq!(spans.last().map(|span| span.to), Some(None));
        assert!(spans.windows(2).all(|pair| pair[0].to == Some(pair[1].from)));
    }
    let whole = issue_line(issue, None).unwrap().fields.status;
    let names: Vec<_> = whole.iter().map(|i| i.value.as_deref().unwrap()).collect();
    assert_eq!(names, ["To Do", "In Progress", "To Do", "In Progress", "Done"]);

    let cut = issue_line(issue, Some(day(2.5))).unwrap().fields.status;
    assert_eq!(cut.len(), 3);
    assert_eq!((cut[2].from, cut[2].to), (day(2.0), None));
    assert!(issue_line(issue, Some(day(-1.0))).is_none());
}

#[test]
fn lines_have_the_published_shape() {
    let mut jira = Tracker::new();
    jira.sprint(7, Some(1.0), 15.0, Some(15.0));
    let place = jira.issue("PAY-1", 0.0);
    jira.set(place, 0.5, Field::Sprint, "7");
    jira.set(place, 0.75, Field::Points, "2.5");
    jira.set(place, 1.5, Field::Assignee, "bob");
    jira.set(place, 2.0, Field::Status, DONE);
    let history = jira.history();

    let lines: Vec<_> = history.issue_lines(None).map(|line| serde_json::to_value(line).unwrap()).collect();
    assert_eq!(
        lines,
        [serde_json::json!({
            "key": "PAY-1", "id": "10000", "complete": true, "incomplete": [],
            "fields": {
                "status": [
                    {"value": "To Do", "id": "1", "from": "2026-01-05T09:00:00Z", "to": "2026-01-07T09:00:00Z"},
                    {"value": "Done", "id": "5", "from": "2026-01-07T09:00:00Z", "to": null}],
                "assignee": [
                    {"value": null, "name": null, "from": "2026-01-05T09:00:00Z", "to": "2026-01-06T21:00:00Z"},
                    {"value": "bob", "name": "bob", "from": "2026-01-06T21:00:00Z", "to": null}],
                "sprint": [
                    {"value": [], "from": "2026-01-05T09:00:00Z", "to": "2026-01-05T21:00:00Z"},
                    {"value": [7], "from": "2026-01-05T21:00:00Z", "to": null}],
                "points": [
                    {"value": null, "from": "2026-01-05T09:00:00Z", "to": "2026-01-06T03:00:00Z"},
                    {"value": 2.5, "from": "2026-01-06T03:00:00Z", "to": null}],
                "flagged": [{"value": false, "from": "2026-01-05T09:00:00Z", "to": null}],
            }
        })]
    );
    let sprints = serde_json::to_value(history.sprint_lines(None).unwrap()).unwrap();
    let none = serde_json::json!({"keys": [], "points": 0});
    let one = serde_json::json!({"keys": ["PAY-1"], "points": 2.5});
    assert_eq!(
        sprints,
        serde_json::json!([{
            "sprint": 7, "name": "Sprint 7", "state": "closed",
            "start": "2026-01-06T09:00:00Z", "end": "2026-01-20T09:00:00Z", "closed": "2026-01-20T09:00:00Z",
            "complete": true, "incomplete": [],
            "committed": one, "added": none, "removed": none, "completed": one, "not_completed": none,
            "completed_elsewhere": none,
        }])
    );
}

#[test]
fn an_issue_is_found_by_former_keys_and_current_ones_win() {
    let mut jira = Tracker::new();
    let moved = jira.issue("OLD-1", 0.0);
    jira.set(moved, 1.0, Field::Key, "NEW-9");
    let heir = jira.issue("OLD-1", 2.0);
    let history = jira.history();
    let by_key =
        |key: &str| history.issue_by_key(&juno_domain::IssueKey::new(key).unwrap()).unwrap().id().clone();

    assert_eq!(by_key("NEW-9"), jira.id(moved));
    assert_eq!(by_key("OLD-1"), jira.id(heir));
}

#[test]
fn cancelled_work_stops() {
    let mut jira = Tracker::new();
    jira.issue("PAY-1", 0.0);
    let progress = juno_domain::Progress::silent();
    progress.cancel();
    let error = crate::History::build(&jira.data, &crate::HistoryOptions::default(), &progress).unwrap_err();
    assert_eq!(error.kind(), juno_domain::ErrorKind::Cancelled);
}

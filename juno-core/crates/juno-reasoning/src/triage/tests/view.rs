use juno_domain::{Field, IssueKey, LinkDirection, Progress, Status, StatusCategory};

use super::fixture::{DOING, DONE, TODO, Tracker, day, id};
use crate::TriageParams;
use crate::triage::records::Records;
use crate::triage::ticket::{ActedOn, Ticket};
use crate::triage::view::View;

fn view(jira: &Tracker, place: usize, on: f64) -> Ticket {
    let (history, records) = (jira.history(), Records::new(&jira.data));
    let issue = &jira.data.issues[place];
    let spells = history.silent_spells(day(on), &Progress::silent()).unwrap();
    let spell = spells.iter().rfind(|spell| spell.issue == issue.id).unwrap();
    let view = View::new(&history, &records, day(on), &TriageParams::default());
    view.ticket(issue, history.issue(&issue.id).unwrap(), spell)
}

fn tracker() -> (Tracker, usize) {
    let mut jira = Tracker::new();
    let place = jira.issue("PAY-1", 0.0);
    (jira, place)
}

#[test]
fn fields_are_those_of_the_day() {
    let (mut jira, place) = tracker();
    jira.set(place, 10.0, Field::Priority, "High");
    jira.set(place, 10.0, Field::Labels, "b a");
    jira.set(place, 10.0, Field::Assignee, "bo");
    jira.set(place, 10.0, Field::Flagged, "Impediment");
    jira.set(place, 10.0, Field::Components, "Api");
    let before = view(&jira, place, 9.0);
    assert_eq!((before.priority, before.labels, before.assignee), (None, vec![], None));
    assert_eq!((before.flagged, before.components), (false, vec![]));
    let after = view(&jira, place, 11.0);
    assert_eq!((after.priority.as_deref(), after.flagged), (Some("High"), true));
    assert_eq!(after.labels, ["a", "b"]);
    assert_eq!(after.components, ["Api"]);
    assert_eq!(after.assignee.unwrap().name, "Bo");
}

#[test]
fn the_status_is_that_of_the_day_even_if_a_machine_set_it_during_the_silence() {
    let (mut jira, place) = tracker();
    jira.set(place, 5.0, Field::Status, DOING).author = Some(id("bot"));
    let ticket = view(&jira, place, 20.0);
    assert_eq!((ticket.status.as_str(), ticket.category), ("In Progress", StatusCategory::InProgress));
    assert_eq!((ticket.last_activity, ticket.silent_days), (day(0.0), 20));
}

#[test]
fn work_goes_back_to_the_to_do_status_it_came_from() {
    let (mut jira, place) = tracker();
    let waiting =
        |name: &str| Status { id: Some("2".into()), name: name.into(), category: StatusCategory::ToDo };
    jira.data.statuses.push(waiting("Selected"));
    let back = |jira: &Tracker, on| view(jira, place, on).todo_before;
    assert_eq!(back(&jira, 0.5), None, "it is in To Do");
    jira.set(place, 1.0, Field::Status, DOING);
    assert_eq!(back(&jira, 2.0).as_deref(), Some("To Do"));
    jira.set(place, 3.0, Field::Status, "2:Selected");
    assert_eq!(back(&jira, 3.5), None);
    jira.set(place, 4.0, Field::Status, DOING);
    assert_eq!(back(&jira, 5.0).as_deref(), Some("Selected"));
    assert_eq!(back(&jira, 2.0).as_deref(), Some("To Do"), "what comes later is not seen");
    jira.data.statuses.retain(|status| status.id.as_deref() != Some("2"));
    jira.data.statuses.push(waiting("Ready"));
    assert_eq!(back(&jira, 5.0).as_deref(), Some("Ready"), "by the name it has today");
}

#[test]
fn work_that_was_never_to_do_has_nowhere_to_go_back_to() {
    let (mut jira, place) = tracker();
    jira.show(place, &Field::Status, DOING);
    assert_eq!(view(&jira, place, 5.0).todo_before, None);
    jira.set(place, 6.0, Field::Status, DONE);
    jira.set(place, 7.0, Field::Status, DOING);
    assert_eq!(view(&jira, place, 8.0).todo_before, None);
}

#[test]
fn only_a_running_sprint_counts_and_its_end_only_while_it_lies_ahead() {
    let (mut jira, place) = tracker();
    jira.sprint(5, 0.0, 14.0, Some(14.0));
    jira.sprint(6, 14.1, 28.0, None);
    jira.set(place, 1.0, Field::Sprint, "5");
    jira.set(place, 14.0, Field::Sprint, "5,6");
    let sprint = |on| view(&jira, place, on).sprint;
    assert_eq!(sprint(0.5), None);
    assert_eq!(sprint(7.0).unwrap().name, "Sprint 5");
    assert_eq!(sprint(14.05), None, "between two sprints");
    let running = sprint(21.05).unwrap();
    assert_eq!(running.name, "Sprint 6");
    assert!((running.t.unwrap() - 0.5).abs() < 1e-9);
    assert_eq!(running.ends.unwrap().to_string(), "2026-02-02");
    let over = sprint(29.0).unwrap();
    assert_eq!((over.t, over.ends), (Some(1.0), None), "past its planned end and not closed");
}

#[test]
fn the_day_is_that_of_the_teams_calendar() {
    let (mut jira, place) = tracker();
    jira.comment(place, 1.6, "ann");
    assert_eq!(view(&jira, place, 20.0).last_day.to_string(), "2026-01-06");
    jira.options.calendar = jira.options.calendar.with_utc_offset_minutes(9 * 60).unwrap();
    assert_eq!(view(&jira, place, 20.0).last_day.to_string(), "2026-01-07");
}

#[test]
fn it_waits_for_open_issues_only() {
    let (mut jira, place) = tracker();
    let (done, open) = (jira.issue("PAY-2", 0.0), jira.issue("PAY-3", 0.0));
    jira.set(done, 5.0, Field::Status, DONE);
    jira.set(open, 5.0, Field::Status, DOING);
    jira.issue("PAY-4", 15.0);
    for other in ["PAY-3", "PAY-2", "PAY-4", "EXT-1", "EXT-2", "PAY-3", "PAY-1"] {
        jira.link(place, "Blocks", LinkDirection::Inward, other);
    }
    jira.link(place, "Blocks", LinkDirection::Outward, "PAY-3");
    jira.link(place, "Relates", LinkDirection::Inward, "PAY-3");
    let links = &mut jira.get(place).links;
    let other = |category| Some(Status { id: None, name: "x".into(), category });
    links[3].other_status = other(StatusCategory::InProgress);
    links[4].other_status = other(StatusCategory::Done);
    let waits = |on| view(&jira, place, on).blocked_by.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(waits(10.0), ["EXT-1", "PAY-3"]);
    assert_eq!(waits(3.0), ["EXT-1", "PAY-2", "PAY-3"], "as of the day, where the other's history is known");
}

#[test]
fn a_link_that_came_later_is_not_seen() {
    let (mut jira, place) = tracker();
    jira.issue("PAY-2", 0.0);
    jira.issue("PAY-3", 0.0);
    jira.wait_for(place, 10.0, "PAY-2");
    let waits = |jira: &Tracker, on| {
        view(jira, place, on).blocked_by.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(waits(&jira, 9.0), [""; 0]);
    assert_eq!(waits(&jira, 11.0), ["PAY-2"]);
    jira.link(place, "Blocks", LinkDirection::Inward, "PAY-3");
    assert_eq!(waits(&jira, 9.0), ["PAY-3"], "one of unknown date may always have been there");
}

#[test]
fn only_a_link_that_says_duplicate_makes_a_duplicate() {
    let (mut jira, place) = tracker();
    let original = jira.issue("PAY-2", 0.0);
    let of = |jira: &Tracker| view(jira, place, 10.0).duplicate_of;
    for (kind, direction) in [
        ("Relates", LinkDirection::Outward),
        ("Possible duplicate", LinkDirection::Outward),
        ("Duplicate", LinkDirection::Inward),
    ] {
        jira.link(place, kind, direction, "PAY-2");
        assert_eq!(of(&jira), None, "{kind} {direction:?}");
    }
    jira.link(place, "Duplicate", LinkDirection::Outward, "PAY-1");
    assert_eq!(of(&jira), None, "of itself");
    jira.link(place, "Duplicate", LinkDirection::Outward, "PAY-2");
    assert_eq!(of(&jira), Some(IssueKey::new("PAY-2").unwrap()));
    jira.link(original, "Duplicate", LinkDirection::Outward, "PAY-1");
    assert_eq!(of(&jira), None, "two that are each other's duplicate would both be closed");
    assert_eq!(view(&jira, original, 10.0).duplicate_of, None);
    jira.link(place, "duplicates", LinkDirection::Outward, "EXT-9");
    assert_eq!(of(&jira), Some(IssueKey::new("EXT-9").unwrap()), "an issue outside the data");
}

#[test]
fn what_juno_wrote_counts_while_people_have_time_to_react() {
    let (mut jira, place) = tracker();
    jira.set(place, 10.0, Field::Labels, "stale").author = Some(id("juno"));
    let acted = |jira: &Tracker, on| view(jira, place, on).acted_on;
    let on_day_10 = ActedOn { on: "2026-01-15".parse().unwrap(), until: "2026-01-29".parse().unwrap() };
    assert_eq!(acted(&jira, 9.0), None);
    assert_eq!(acted(&jira, 10.0), Some(on_day_10));
    assert_eq!(acted(&jira, 23.9), Some(on_day_10));
    assert_eq!(acted(&jira, 24.0), None);
    jira.comment(place, 12.0, "juno");
    assert_eq!(acted(&jira, 24.0).unwrap().on.to_string(), "2026-01-17");
    jira.comment(place, 13.0, "ann");
    assert_eq!(acted(&jira, 14.0), None, "a person reacted: a new silence");
    jira.set(place, 14.0, Field::Status, DOING).author = Some(id("bot"));
    assert_eq!(acted(&jira, 15.0), None, "other machines are not JUNO");
    jira.set(place, 16.0, Field::Status, TODO).author = None;
    assert_eq!(acted(&jira, 17.0), None);
}

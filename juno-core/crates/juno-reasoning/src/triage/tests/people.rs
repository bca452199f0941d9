use juno_domain::{Field, IssueKey, Progress, ProjectKey, Status, StatusCategory};

use super::fixture::{DOING, DONE, TODO, Tracker, day, id, member};
use crate::TriageParams;
use crate::triage::people::Workforce;
use crate::triage::records::Records;
use crate::triage::rules::{People, Trouble};
use crate::triage::ticket::Ticket;
use crate::triage::view::View;

/// What is known on a day about the people around an issue.
fn around(jira: &Tracker, place: usize, on: f64) -> People {
    around_with(jira, place, on, &TriageParams::default())
}

fn around_with(jira: &Tracker, place: usize, on: f64, params: &TriageParams) -> People {
    let (history, records) = (jira.history(), Records::new(&jira.data));
    let ticket = ticket(jira, place, on);
    let people = Workforce::learn(&history, &records, day(on), &Progress::silent()).unwrap();
    people.around(&ticket, params)
}

fn ticket(jira: &Tracker, place: usize, on: f64) -> Ticket {
    let (history, records) = (jira.history(), Records::new(&jira.data));
    let issue = &jira.data.issues[place];
    let spells = history.silent_spells(day(on), &Progress::silent()).unwrap();
    let spell = spells.iter().rfind(|spell| spell.issue == issue.id).unwrap();
    let view = View::new(&history, &records, day(on), &TriageParams::default());
    view.ticket(issue, history.issue(&issue.id).unwrap(), spell)
}

fn suggested(jira: &Tracker, place: usize, on: f64) -> Option<String> {
    around(jira, place, on).suggestion.map(|(who, why)| format!("{}: {why}", who.name))
}

/// A tracker in which each listed person finished a story of a component on a day.
fn finished(work: &[(&str, &str, f64)]) -> (Tracker, usize) {
    let mut jira = Tracker::new();
    for (n, (who, component, on)) in work.iter().enumerate() {
        let place = jira.issue(&format!("PAY-{}", 100 + n), 0.0);
        jira.set(place, 0.5, Field::Components, component).author = Some(id(who));
        jira.set(place, 1.0, Field::Assignee, who).author = Some(id(who));
        jira.set(place, *on, Field::Status, DONE).author = Some(id(who));
    }
    let place = jira.issue("PAY-1", 0.0);
    (jira, place)
}

/// Gives somebody tickets in progress.
fn busy(jira: &mut Tracker, who: &str, tickets: u32, on: f64) {
    for n in 0..tickets {
        let place = jira.issue(&format!("PAY-{who}{n}"), on);
        jira.set(place, on, Field::Assignee, who).author = Some(id(who));
        jira.set(place, on, Field::Status, DOING).author = Some(id(who));
    }
}

#[test]
fn who_finished_most_of_the_component_is_suggested_then_of_the_team_then_with_least_to_do() {
    let (mut jira, place) = finished(&[
        ("ann", "Api", 30.0),
        ("ann", "Api", 31.0),
        ("ann", "Web", 32.0),
        ("bo", "Web", 33.0),
        ("bo", "Web", 34.0),
    ]);
    let ann = "Ann: finished 3 tickets of the team in the last 90 days and has 0 in progress";
    assert_eq!(suggested(&jira, place, 40.0).unwrap(), ann);
    jira.show(place, &Field::Components, "Web");
    let bo = "Bo: finished 2 tickets of `Web` in the last 90 days and has 0 in progress";
    assert_eq!(suggested(&jira, place, 40.0).unwrap(), bo);
    jira.show(place, &Field::Components, "Ops");
    assert_eq!(suggested(&jira, place, 40.0).unwrap(), ann, "nobody knows it");

    let (mut jira, place) = finished(&[("ann", "Api", 30.0), ("bo", "Api", 30.0)]);
    let one =
        |name| format!("{name}: finished 1 ticket of the team in the last 90 days and has 0 in progress");
    assert_eq!(suggested(&jira, place, 40.0).unwrap(), one("Ann"), "the smaller id breaks the tie");
    busy(&mut jira, "ann", 1, 35.0);
    assert_eq!(suggested(&jira, place, 40.0).unwrap(), one("Bo"), "who has less to do comes first");
}

#[test]
fn a_ticket_of_two_components_is_counted_once() {
    let (mut jira, place) = finished(&[("ann", "Api", 30.0)]);
    jira.get(0).components = vec!["Api".into(), "Web".into()];
    jira.data.events.retain(|event| event.change.field != Field::Components);
    jira.show(place, &Field::Components, "Api,Web");
    assert!(suggested(&jira, place, 40.0).unwrap().starts_with("Ann: finished 1 ticket of `Api`"));
}

#[test]
fn the_present_assignee_is_never_suggested() {
    let (mut jira, place) = finished(&[("ann", "Api", 30.0), ("ann", "Api", 31.0), ("bo", "Api", 33.0)]);
    jira.show(place, &Field::Assignee, "ann");
    assert!(suggested(&jira, place, 40.0).unwrap().starts_with("Bo"));
    jira.show(place, &Field::Assignee, "bo");
    assert!(suggested(&jira, place, 40.0).unwrap().starts_with("Ann"));
}

#[test]
fn machines_strangers_and_work_of_long_ago_are_not_suggested() {
    let (jira, place) = finished(&[("bot", "Api", 30.0), ("juno", "Api", 30.0)]);
    assert_eq!(suggested(&jira, place, 40.0), None);
    let (mut jira, place) = finished(&[("ann", "Api", 30.0)]);
    jira.get(place).project = ProjectKey::new("OPS").unwrap();
    jira.get(place).key = IssueKey::new("OPS-1").unwrap();
    assert_eq!(suggested(&jira, place, 40.0), None, "another team's people");
    let (mut jira, place) = finished(&[("ann", "Api", 30.0)]);
    jira.comment(place, 130.0, "ann");
    assert_eq!(suggested(&jira, place, 131.0), None, "finished 101 days ago");
}

#[test]
fn the_future_is_not_known_when_somebody_is_suggested() {
    let (mut jira, place) = finished(&[("ann", "Api", 30.0), ("bo", "Api", 20.0)]);
    jira.show(place, &Field::Components, "Api");
    jira.show(place, &Field::Assignee, "bo");
    let before = around(&jira, place, 40.0);
    assert!(before.suggestion.as_ref().is_some_and(|(_, why)| why.starts_with("finished 1 ticket of `Api`")));
    assert!(before.trouble.is_some());
    // Later it is opened again, for another component and somebody else, and Bo comes back.
    jira.set(0, 50.0, Field::Status, TODO);
    jira.set(0, 50.0, Field::Components, "Web");
    jira.set(0, 51.0, Field::Assignee, "cy");
    let made = jira.issue("PAY-2", 50.0);
    jira.get(made).reporter = Some(member("bo"));
    assert_eq!(around(&jira, place, 40.0), before);
    jira.set(0, 52.0, Field::Status, DONE);
    jira.get(0).resolved = Some(day(52.0));
    assert_eq!(around(&jira, place, 40.0), before);
}

#[test]
fn finishing_counts_without_a_resolution_date() {
    let (jira, place) = finished(&[("ann", "Api", 30.0)]);
    assert!(jira.data.issues.iter().all(|issue| issue.resolved.is_none()));
    assert!(suggested(&jira, place, 40.0).is_some());
}

#[test]
fn moving_done_work_on_is_not_finishing_it_again() {
    let (mut jira, place) = finished(&[("ann", "Api", 30.0)]);
    jira.data.statuses.push(Status {
        id: Some("6".into()),
        name: "Closed".into(),
        category: StatusCategory::Done,
    });
    jira.set(0, 125.0, Field::Status, "6:Closed");
    assert_eq!(suggested(&jira, place, 130.0), None, "finished 100 days ago");
}

#[test]
fn who_did_nothing_for_two_weeks_is_away() {
    let (mut jira, place) = finished(&[("bo", "Api", 20.0)]);
    jira.show(place, &Field::Assignee, "bo");
    assert_eq!(around(&jira, place, 33.9).trouble, None);
    let away = Trouble::Away("Bo has done nothing in the tracker since 25 January 2026".into());
    assert_eq!(around(&jira, place, 34.0).trouble, Some(away));
    jira.comment(0, 33.0, "bo");
    assert_eq!(around(&jira, place, 34.0).trouble, None, "a comment anywhere is a trace");
}

#[test]
fn making_an_issue_is_a_trace_of_its_reporter() {
    let (mut jira, place) = finished(&[("bo", "Api", 20.0)]);
    jira.show(place, &Field::Assignee, "bo");
    let made = jira.issue("PAY-2", 30.0);
    assert!(around(&jira, place, 40.0).trouble.is_some());
    jira.get(made).reporter = Some(member("bo"));
    assert_eq!(around(&jira, place, 40.0).trouble, None);
    assert!(around(&jira, place, 45.0).trouble.is_some());
}

#[test]
fn of_who_never_did_anything_nothing_is_said() {
    let (mut jira, place) = finished(&[("ann", "Api", 30.0)]);
    jira.show(place, &Field::Assignee, "cy");
    assert_eq!(around(&jira, place, 40.0).trouble, None);
}

#[test]
fn twice_the_teams_median_is_too_much() {
    let (mut jira, place) = finished(&[("ann", "Api", 30.0), ("bo", "Api", 30.0), ("bo", "Api", 31.0)]);
    jira.show(place, &Field::Assignee, "cy");
    busy(&mut jira, "ann", 1, 35.0);
    busy(&mut jira, "bo", 2, 35.0);
    busy(&mut jira, "cy", 3, 35.0);
    assert_eq!(around(&jira, place, 40.0).trouble, None, "the median is 2");
    assert!(suggested(&jira, place, 40.0).unwrap().starts_with("Bo"));
    busy(&mut jira, "bo", 2, 36.0);
    busy(&mut jira, "cy", 3, 36.0);
    assert_eq!(around(&jira, place, 40.0).trouble, None, "the median is 4");
    for n in 0..3 {
        let small = jira.issue(&format!("PAY-8{n}"), 36.0);
        jira.set(small, 36.0, Field::Assignee, &format!("d{n}"));
        jira.set(small, 36.0, Field::Status, DOING);
    }
    let overloaded = Trouble::Overloaded("Cy has 6 tickets in progress, the team's median is 1".into());
    assert_eq!(around(&jira, place, 40.0).trouble, Some(overloaded));
    assert!(
        suggested(&jira, place, 40.0).unwrap().starts_with("Ann"),
        "Bo knows more and has too much to do"
    );
    let patient = TriageParams { overload_factor: 7.0, ..TriageParams::default() };
    assert_eq!(around_with(&jira, place, 40.0, &patient).trouble, None);
}

#[test]
fn two_tickets_are_never_too_much() {
    let (mut jira, place) = finished(&[("ann", "Api", 30.0)]);
    jira.show(place, &Field::Assignee, "cy");
    busy(&mut jira, "cy", 2, 35.0);
    let strict = TriageParams { overload_factor: 1.0, ..TriageParams::default() };
    assert_eq!(around_with(&jira, place, 40.0, &strict).trouble, None);
    busy(&mut jira, "cy", 1, 36.0);
    assert!(around_with(&jira, place, 40.0, &strict).trouble.is_some());
}

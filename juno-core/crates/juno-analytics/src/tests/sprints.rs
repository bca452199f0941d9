use juno_domain::{
    Field, IncompleteReason, IssueKey, IssueLink, LinkDirection, Scope, SprintId, SprintPhase, SprintState,
    StoryPoints,
};

use super::fixture::{DOING, DONE, TODO, Tracker, day};
use crate::{ReportBasis, ReportPart, SprintReport};

const S5: SprintId = SprintId(5);

/// Sprint 5 runs from day 1 to day 15 and was closed on day 14; sprint 6 follows.
fn two_sprints() -> Tracker {
    let mut jira = Tracker::new();
    jira.sprint(5, Some(1.0), 15.0, Some(14.0));
    jira.sprint(6, Some(14.5), 28.0, None);
    jira
}

fn story(jira: &mut Tracker, key: &str, points: &str, sprint: &str) -> usize {
    let place = jira.issue(key, 0.0);
    jira.set(place, 0.1, Field::Points, points);
    jira.set(place, 0.2, Field::Sprint, sprint);
    place
}

fn report(jira: &Tracker, at: f64) -> SprintReport {
    jira.history().sprint_report(S5, day(at)).unwrap()
}

fn part(part: &ReportPart) -> (Vec<&str>, f64) {
    (part.keys.iter().map(IssueKey::as_str).collect(), part.points.get())
}

fn scope(issues: u32, points: f64) -> Scope {
    Scope { issues, points: StoryPoints::new(points).unwrap() }
}

#[test]
fn a_closed_sprint_is_reported_as_jira_does() {
    let mut jira = two_sprints();
    let done = story(&mut jira, "PAY-1", "3", "5");
    jira.set(done, 3.0, Field::Status, DOING);
    jira.set(done, 4.0, Field::Points, "5");
    jira.set(done, 5.0, Field::Status, DONE);
    let carried = story(&mut jira, "PAY-2", "2", "5");
    jira.set(carried, 14.01, Field::Sprint, "5,6");
    jira.set(carried, 16.0, Field::Status, DONE);
    let late = story(&mut jira, "PAY-3", "1", "");
    jira.set(late, 2.0, Field::Points, "8");
    jira.set(late, 3.0, Field::Sprint, "5");
    jira.set(late, 6.0, Field::Points, "13");
    let gone = story(&mut jira, "PAY-4", "2", "5");
    jira.set(gone, 5.0, Field::Points, "3");
    jira.set(gone, 6.0, Field::Sprint, "");
    let early = story(&mut jira, "PAY-5", "1", "5");
    jira.set(early, 0.5, Field::Status, DONE);
    let elsewhere = story(&mut jira, "PAY-6", "1", "5");
    jira.set(elsewhere, 7.0, Field::Sprint, "6");
    jira.set(elsewhere, 8.0, Field::Status, DONE);

    let report = report(&jira, 30.0);
    assert_eq!((report.phase, report.basis), (SprintPhase::Finished, ReportBasis::Start));
    assert_eq!(part(&report.committed), (vec!["PAY-1", "PAY-2", "PAY-4", "PAY-6"], 8.0));
    assert_eq!(part(&report.added), (vec!["PAY-3"], 8.0));
    assert_eq!(part(&report.removed), (vec!["PAY-4", "PAY-6"], 4.0));
    assert_eq!(part(&report.completed), (vec!["PAY-1"], 5.0));
    assert_eq!(part(&report.not_completed), (vec!["PAY-2", "PAY-3"], 15.0));
    assert_eq!(part(&report.completed_elsewhere), (vec!["PAY-5", "PAY-6"], 2.0));
    assert!(report.completeness.is_complete());
}

#[test]
fn a_change_at_the_very_start_belongs_to_the_commitment() {
    let mut jira = two_sprints();
    let on_time = jira.issue("PAY-1", 0.0);
    jira.set(on_time, 1.0, Field::Sprint, "5");
    jira.set(on_time, 1.0, Field::Points, "3");
    let late = jira.issue("PAY-2", 0.0);
    jira.set(late, 1.00001, Field::Sprint, "5");
    let report = report(&jira, 14.0);
    assert_eq!(part(&report.committed), (vec!["PAY-1"], 3.0));
    assert_eq!(part(&report.added).0, ["PAY-2"]);
}

#[test]
fn a_committed_issue_that_left_and_came_back_is_committed_only() {
    let mut jira = two_sprints();
    let place = story(&mut jira, "PAY-1", "3", "5");
    jira.set(place, 2.0, Field::Sprint, "");
    jira.set(place, 3.0, Field::Sprint, "5");
    jira.set(place, 4.0, Field::Status, DONE);
    let away = report(&jira, 2.5);
    assert_eq!(part(&away.removed).0, ["PAY-1"]);
    let back = report(&jira, 30.0);
    assert_eq!((part(&back.committed).0, part(&back.completed).0), (vec!["PAY-1"], vec!["PAY-1"]));
    assert!(back.added.keys.is_empty() && back.removed.keys.is_empty());
}

#[test]
fn an_issue_reopened_in_the_sprint_comes_into_its_scope() {
    let mut jira = two_sprints();
    let place = story(&mut jira, "PAY-1", "3", "5");
    jira.set(place, 0.5, Field::Status, DONE);
    jira.set(place, 4.0, Field::Status, DOING);
    let before = report(&jira, 3.0);
    assert_eq!(part(&before.completed_elsewhere).0, ["PAY-1"]);
    let after = report(&jira, 5.0);
    assert_eq!((part(&after.added).0, part(&after.not_completed).0), (vec!["PAY-1"], vec!["PAY-1"]));
    assert!(after.committed.keys.is_empty());
}

#[test]
fn an_issue_that_comes_in_done_was_completed_elsewhere() {
    let mut jira = two_sprints();
    let place = story(&mut jira, "PAY-1", "3", "");
    jira.set(place, 2.0, Field::Status, DONE);
    jira.set(place, 4.0, Field::Sprint, "5");
    let report = report(&jira, 14.0);
    assert_eq!(part(&report.completed_elsewhere).0, ["PAY-1"]);
    assert!(report.added.keys.is_empty() && report.completed.keys.is_empty(), "no work of this sprint");
}

#[test]
fn keys_are_those_of_the_reports_instant() {
    let mut jira = two_sprints();
    let place = story(&mut jira, "OLD-1", "3", "5");
    jira.set(place, 20.0, Field::Key, "NEW-7");
    assert_eq!(part(&report(&jira, 19.0).committed).0, ["OLD-1"]);
    assert_eq!(part(&report(&jira, 20.0).committed).0, ["NEW-7"]);
}

#[test]
fn subtasks_follow_their_parent_and_those_made_inside_the_sprint_are_added() {
    let mut jira = two_sprints();
    let parent = story(&mut jira, "PAY-1", "5", "5");
    let subtask = |jira: &mut Tracker, key: &str, created: f64| {
        let place = jira.issue(key, created);
        jira.get(place).subtask = true;
        jira.get(place).parent = Some(IssueKey::new("PAY-1").unwrap());
        // What the source shows is the parent's sprint; the changelog says nothing.
        jira.show(place, &Field::Sprint, "5");
        place
    };
    subtask(&mut jira, "PAY-2", 0.1);
    subtask(&mut jira, "PAY-3", 3.0);
    let own = subtask(&mut jira, "PAY-4", 0.1);
    jira.set(own, 2.0, Field::Sprint, "6");
    jira.set(parent, 6.0, Field::Sprint, "");

    let report = report(&jira, 30.0);
    assert_eq!(part(&report.committed), (vec!["PAY-1", "PAY-2", "PAY-4"], 5.0));
    assert_eq!(part(&report.added), (vec!["PAY-3"], 0.0));
    assert_eq!(part(&report.removed), (vec!["PAY-1", "PAY-2", "PAY-3", "PAY-4"], 5.0));
    let history = jira.history();
    let follower = history.issue_by_key(&IssueKey::new("PAY-3").unwrap()).unwrap();
    assert_eq!([3.0, 5.9, 6.0].map(|at| follower.sprints_at(day(at)).len()), [1, 1, 0]);
}

#[test]
fn a_planned_sprint_shows_its_scope_so_far() {
    let mut jira = two_sprints();
    story(&mut jira, "PAY-1", "3", "5");
    let done = story(&mut jira, "PAY-2", "2", "5");
    jira.set(done, 0.4, Field::Status, DONE);
    let early = report(&jira, 0.5);
    assert_eq!((early.phase, early.basis), (SprintPhase::Planned, ReportBasis::Planned));
    assert_eq!((part(&early.committed), part(&early.not_completed).0), ((vec!["PAY-1"], 3.0), vec!["PAY-1"]));
    assert_eq!(part(&early.completed_elsewhere).0, ["PAY-2"]);
    assert_eq!(early.closed_at, None);

    let shot = jira.history().snapshot(S5, day(0.5)).unwrap();
    assert_eq!((shot.phase, shot.t.get(), shot.started_with), (SprintPhase::Planned, 0.0, scope(1, 3.0)));
}

#[test]
fn a_sprint_without_dates_is_answered_and_marked() {
    let mut jira = Tracker::new();
    jira.sprint(5, Some(1.0), 15.0, Some(14.0));
    let sprint = &mut jira.data.sprints[0];
    (sprint.start, sprint.end, sprint.closed_at) = (None, None, None);
    let place = story(&mut jira, "PAY-1", "3", "5");
    jira.set(place, 5.0, Field::Status, DONE);
    let report = report(&jira, 20.0);
    assert_eq!((report.phase, report.basis), (SprintPhase::Finished, ReportBasis::NoDates));
    assert_eq!((part(&report.committed).0, part(&report.completed).0), (vec!["PAY-1"], vec!["PAY-1"]));
    assert_eq!(report.completeness.reasons(), [IncompleteReason::SprintWithoutDates { sprint: S5 }]);
    assert!(jira.history().finished_sprints(day(20.0)).unwrap()[0].stages.is_empty());
}

#[test]
fn an_empty_sprint_is_empty() {
    let jira = two_sprints();
    let shot = jira.history().snapshot(S5, day(7.0)).unwrap();
    assert_eq!((shot.committed(), shot.done, shot.members), (Scope::ZERO, Scope::ZERO, 0));
    assert!(shot.completeness.is_complete());
}

#[test]
fn state_is_judged_as_of_the_instant_not_by_todays() {
    let history = two_sprints().history();
    let ids = |sprints: Vec<&juno_domain::Sprint>| sprints.iter().map(|s| s.id.0).collect::<Vec<_>>();
    assert_eq!(ids(history.open_sprints(day(7.0))), [5]);
    assert_eq!(ids(history.open_sprints(day(14.0))), [0; 0]);
    assert_eq!(ids(history.open_sprints(day(20.0))), [6]);
    assert_eq!(ids(history.closed_sprints(day(13.9))), [0; 0]);
    assert_eq!(ids(history.closed_sprints(day(14.0))), [5]);
    assert_eq!(history.phase_at(S5, day(0.0)).unwrap(), SprintPhase::Planned);
}

#[test]
fn a_sprint_nobody_had_heard_of_is_not_planned() {
    let mut jira = two_sprints();
    jira.sprint(7, None, 40.0, None);
    jira.data.sprints[2].state = SprintState::Future;
    let place = jira.issue("PAY-1", 0.0);
    jira.set(place, 10.0, Field::Sprint, "7");
    jira.set(place, 11.0, Field::Sprint, "");
    let history = jira.history();
    let planned = |at| history.planned_sprints(day(at)).iter().map(|s| s.id.0).collect::<Vec<_>>();
    assert_eq!(planned(9.0), [0; 0], "neither 6 nor 7 was known");
    assert_eq!(planned(10.0), [6, 7], "6 has a lower id than 7, so it was made before");
    assert_eq!(planned(20.0), [7]);
}

#[test]
fn a_snapshot_counts_work_by_state() {
    let mut jira = two_sprints();
    story(&mut jira, "PAY-1", "1", "5");
    let doing = story(&mut jira, "PAY-2", "2", "5");
    jira.set(doing, 2.0, Field::Status, DOING);
    jira.set(doing, 2.0, Field::Assignee, "bob");
    jira.set(doing, 3.0, Field::Flagged, "Impediment");
    let done = story(&mut jira, "PAY-3", "3", "5");
    jira.set(done, 2.0, Field::Status, DONE);
    jira.set(done, 2.0, Field::Assignee, "bob");
    let bug = story(&mut jira, "PAY-4", "", "5");
    jira.show(bug, &Field::IssueType, "Bug");
    jira.set(bug, 4.0, Field::Assignee, "cleo");
    let shot = jira.history().snapshot(S5, day(4.5)).unwrap();

    assert_eq!((shot.t.get(), shot.planned_days), (0.25, Some(14.0)));
    assert_eq!((shot.todo, shot.in_progress, shot.done), (scope(2, 1.0), scope(1, 2.0), scope(1, 3.0)));
    assert_eq!(shot.committed(), scope(4, 6.0));
    assert_eq!((shot.blocked, shot.open_defects, shot.unestimated), (Some(scope(1, 2.0)), Some(1), Some(1)));
    assert_eq!((shot.members, shot.project.as_str(), shot.team.as_str()), (2, "PAY", "1"));
}

#[test]
fn waiting_for_an_unfinished_issue_is_blocked_as_far_as_known() {
    let mut jira = two_sprints();
    let waits = story(&mut jira, "PAY-1", "2", "5");
    let blocker = story(&mut jira, "PAY-2", "1", "");
    let link = |other: &str| IssueLink {
        kind: "Blocks".into(),
        direction: LinkDirection::Inward,
        other: IssueKey::new(other).unwrap(),
        other_status: None,
    };
    jira.get(waits).links = vec![link("PAY-2")];
    jira.item(waits, 3.0, Field::Link, "", "PAY-2:This issue is blocked by PAY-2");
    jira.set(blocker, 6.0, Field::Status, DONE);
    let blocked = |jira: &Tracker, at| {
        let shot = jira.history().snapshot(S5, day(at)).unwrap();
        (shot.blocked.unwrap().issues, shot.completeness.is_complete())
    };
    assert_eq!([2.0, 3.0, 6.0].map(|at| blocked(&jira, at)), [(0, true), (1, true), (0, true)]);

    // The same link, found in no changelog: it is believed, and said so where it decides.
    jira.data.events.retain(|event| event.change.field != Field::Link);
    assert_eq!([2.0, 6.0].map(|at| blocked(&jira, at)), [(1, false), (0, true)]);
}

#[test]
fn finished_sprints_show_their_stages_and_what_they_delivered() {
    let mut jira = two_sprints();
    let one = story(&mut jira, "PAY-1", "3", "5");
    jira.set(one, 7.0, Field::Status, DONE);
    let two = story(&mut jira, "PAY-2", "2", "");
    jira.set(two, 6.0, Field::Sprint, "5");
    jira.set(two, 14.0, Field::Status, DONE);
    let history = jira.history();

    assert!(history.finished_sprints(day(13.9)).unwrap().is_empty());
    let finished = history.finished_sprints(day(30.0)).unwrap();
    assert_eq!(finished.len(), 1);
    let stages: Vec<_> = finished[0].stages.iter().map(|s| (s.t.get(), s.committed(), s.done)).collect();
    let (three, five) = (scope(1, 3.0), scope(2, 5.0));
    assert_eq!(
        stages,
        [(0.0, three, Scope::ZERO), (0.3, three, Scope::ZERO), (0.5, five, three), (0.8, five, three)]
    );
    assert_eq!((finished[0].delivered, finished[0].closed_at), (five, Some(day(14.0))));
    // Closed at 60 % of the plan: there never was a moment at 80 %.
    jira.data.sprints[0].closed_at = Some(day(9.4));
    assert_eq!(jira.history().finished_sprints(day(30.0)).unwrap()[0].stages.len(), 3);
}

#[test]
fn an_issue_with_a_cut_history_marks_every_sprint_it_may_have_been_in() {
    let mut jira = two_sprints();
    story(&mut jira, "PAY-1", "3", "5");
    let cut = jira.issue("PAY-2", 0.0);
    jira.set(cut, 10.0, Field::Status, DOING);
    let reason = IncompleteReason::Truncated { total: 120, received: 100 };
    jira.get(cut).completeness.add(reason.clone());
    let history = jira.history();
    assert_eq!(history.sprint_report(S5, day(30.0)).unwrap().completeness.reasons(), [reason]);
    let six = history.sprint_report(SprintId(6), day(30.0)).unwrap();
    assert!(six.completeness.is_complete(), "its changes since day 10 are all there");
}

#[test]
fn a_broken_label_history_does_not_touch_a_sprint_report() {
    let mut jira = two_sprints();
    let place = story(&mut jira, "PAY-1", "3", "5");
    jira.item(place, 2.0, Field::Priority, "Low", "High");
    jira.item(place, 3.0, Field::Priority, "Medium", "High");
    jira.show(place, &Field::Priority, "High");
    assert!(report(&jira, 30.0).completeness.is_complete());
    jira.item(place, 3.5, Field::Status, TODO, DONE);
    jira.item(place, 4.0, Field::Status, DOING, TODO);
    let marked = report(&jira, 30.0).completeness;
    assert_eq!(marked.reasons(), [IncompleteReason::BrokenChain { field: Field::Status, at: day(4.0) }]);
    assert!(report(&jira, 3.9).completeness.is_complete());
}

#[test]
fn teams_are_boards_unless_mapped() {
    let mut jira = two_sprints();
    jira.data.sprints[1].board = None;
    let inside = story(&mut jira, "PAY-1", "3", "5");
    let outside = jira.issue("PAY-2", 0.0);
    let stranger = jira.issue("OPS-1", 0.0);
    let history = jira.history();
    let team =
        |place: usize, at| history.team_of_issue(&jira.id(place), day(at)).unwrap().as_str().to_owned();
    assert_eq!(history.team_of(S5).unwrap().as_str(), "1");
    assert_eq!(history.team_of(SprintId(6)).unwrap().as_str(), "no-team");
    assert_eq!([team(inside, 3.0), team(outside, 3.0), team(stranger, 3.0)], ["1", "1", "OPS"]);
    assert_eq!(team(outside, 0.1), "PAY", "no sprint had told yet");

    let mut options = crate::HistoryOptions::default();
    options.team_of_board.insert(juno_domain::BoardId(1), juno_domain::TeamId::new("payments").unwrap());
    assert_eq!(jira.history_with(&options).team_of(S5).unwrap().as_str(), "payments");
}

use chrono::TimeDelta;
use juno_domain::{ErrorKind, Field, Progress, TeamId};

use super::fixture::{DOING, DONE, Tracker, day, member};
use crate::{ActivityKind, HistoryOptions, StalenessGroup, StalenessModel};

fn last(jira: &Tracker, options: &HistoryOptions, at: f64) -> f64 {
    let activity = jira.history_with(options).last_activity(&jira.id(0), day(at)).unwrap();
    (activity.at - day(0.0)).num_milliseconds() as f64 / 86_400_000.0
}

#[test]
fn machine_noise_and_our_own_writes_are_no_activity() {
    let mut jira = Tracker::new();
    let place = jira.issue("PAY-1", 0.0);
    jira.set(place, 1.0, Field::Status, DOING);
    jira.item(place, 2.0, Field::Other("RemoteIssueLink".into()), "", "1:page");
    jira.item(place, 3.0, Field::Other("rank".into()), "", "1:higher");
    jira.set(place, 4.0, Field::Priority, "High").author = Some(member("juno"));
    jira.set(place, 5.0, Field::Labels, "x").author = Some(member("bot"));
    jira.comment(place, 6.0, "bot");
    let people = HistoryOptions {
        own_authors: [member("juno")].into(),
        machine_authors: [member("bot")].into(),
        ..HistoryOptions::default()
    };
    assert_eq!(last(&jira, &people, 9.0), 1.0);
    assert_eq!(last(&jira, &HistoryOptions::default(), 9.0), 6.0);
    assert_eq!(last(&jira, &people, 0.5), 0.0);
    jira.comment(place, 7.0, "ann");
    assert_eq!(last(&jira, &people, 9.0), 7.0);
    assert_eq!(last(&jira, &people, 6.5), 1.0, "later comments are not seen");
    let kind = jira.history_with(&people).last_activity(&jira.id(0), day(1.0)).unwrap().kind;
    assert_eq!(kind, ActivityKind::Changed { field: Field::Status });
}

#[test]
fn being_carried_over_is_no_activity() {
    let mut jira = Tracker::new();
    jira.sprint(5, Some(1.0), 15.0, Some(14.0));
    jira.sprint(6, Some(14.5), 28.0, None);
    let place = jira.issue("PAY-1", 0.0);
    jira.set(place, 2.0, Field::Sprint, "5");
    jira.set(place, 14.001, Field::Sprint, "5,6");
    assert_eq!(last(&jira, &HistoryOptions::default(), 20.0), 2.0);
    jira.set(place, 16.0, Field::Sprint, "5");
    assert_eq!(last(&jira, &HistoryOptions::default(), 20.0), 16.0, "a person took it out");
}

#[test]
fn silences_are_those_of_open_issues_and_the_last_one_goes_on() {
    let mut jira = Tracker::new();
    let place = jira.issue("PAY-1", 0.0);
    jira.set(place, 1.0, Field::Status, DOING);
    jira.comment(place, 4.0, "ann");
    jira.set(place, 5.0, Field::Status, DONE);
    jira.comment(place, 8.0, "ann");
    jira.set(place, 9.0, Field::Status, DOING);
    let spells = |at| {
        let spells = jira.history().silent_spells(day(at), &Progress::silent()).unwrap();
        spells.iter().map(|s| (s.status.clone(), s.length().num_days(), s.ended)).collect::<Vec<_>>()
    };
    let named = |status: &str, days, ended| (status.to_owned(), days, ended);
    assert_eq!(spells(3.0), [named("To Do", 1, true), named("In Progress", 2, false)]);
    assert_eq!(
        spells(20.0),
        [
            named("To Do", 1, true),
            named("In Progress", 3, true),
            named("In Progress", 1, true),
            named("In Progress", 11, false)
        ]
    );
}

#[test]
fn a_machine_that_finishes_an_issue_cuts_the_silence() {
    let mut jira = Tracker::new();
    let place = jira.issue("PAY-1", 0.0);
    jira.set(place, 6.0, Field::Status, DONE).author = Some(member("bot"));
    let options = HistoryOptions { machine_authors: [member("bot")].into(), ..HistoryOptions::default() };
    let spells = jira.history_with(&options).silent_spells(day(20.0), &Progress::silent()).unwrap();
    assert_eq!(spells.len(), 1);
    assert_eq!((spells[0].until, spells[0].ended), (day(6.0), false));
}

/// 25 stories wait `quick` days in To Do and then a week in progress, three bugs much longer.
fn busy_team(quick: f64) -> Tracker {
    let mut jira = Tracker::new();
    for n in 0..25 {
        let start = f64::from(n);
        let place = jira.issue(&format!("PAY-{n}"), start);
        jira.set(place, start + quick, Field::Status, DOING);
        jira.set(place, start + quick + 7.0, Field::Status, DONE);
    }
    for n in 0..3 {
        let place = jira.issue(&format!("PAY-9{n}"), 0.0);
        jira.show(place, &Field::IssueType, "Bug");
        jira.set(place, 30.0, Field::Status, DOING);
    }
    jira
}

#[test]
fn staleness_is_measured_against_the_teams_own_history() {
    let history = busy_team(2.0).history();
    let model = StalenessModel::learn(&history, day(60.0), &Progress::silent()).unwrap();
    let pay = TeamId::new("PAY").unwrap();
    let ask = |kind: &str, status: &str, days| {
        let staleness = model.staleness(&pay, kind, status, TimeDelta::days(days)).unwrap();
        (staleness.percentile, staleness.group)
    };
    assert_eq!(ask("Story", "To Do", 1), (0.0, StalenessGroup::TeamTypeStatus));
    assert_eq!(ask("Story", "To Do", 3), (1.0, StalenessGroup::TeamTypeStatus));
    assert_eq!(ask("Story", "In Progress", 3), (0.0, StalenessGroup::TeamTypeStatus));
    // Three bugs are no history: the team's other issues of that status answer.
    let (percentile, group) = ask("Bug", "To Do", 3);
    assert_eq!(group, StalenessGroup::TeamStatus);
    assert!((percentile - 25.0 / 28.0).abs() < 1e-12);
    assert_eq!(ask("Bug", "Waiting", 3).1, StalenessGroup::Team);
    let stranger = TeamId::new("OPS").unwrap();
    let elsewhere = model.staleness(&stranger, "Story", "To Do", TimeDelta::days(3)).unwrap();
    assert_eq!((elsewhere.group, elsewhere.spells), (StalenessGroup::All, 56));
}

#[test]
fn what_comes_later_is_not_learnt() {
    let (short, long) = (busy_team(2.0), busy_team(2.0));
    let mut long = long;
    for place in 0..25 {
        long.comment(place, 80.0, "ann");
    }
    let learn = |jira: &Tracker| {
        let model = StalenessModel::learn(&jira.history(), day(60.0), &Progress::silent()).unwrap();
        format!("{model:?}")
    };
    assert_eq!(learn(&short), learn(&long));
}

#[test]
fn no_history_is_an_answer_of_its_own() {
    let mut jira = Tracker::new();
    jira.issue("PAY-1", 0.0);
    let model = StalenessModel::learn(&jira.history(), day(9.0), &Progress::silent()).unwrap();
    let error =
        model.staleness(&TeamId::new("PAY").unwrap(), "Story", "To Do", TimeDelta::days(9)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotEnoughData);
}

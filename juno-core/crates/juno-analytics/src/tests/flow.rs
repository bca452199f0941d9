use juno_domain::{
    ErrorKind, Field, FinishedSprint, IncompleteReason, Measure, ProjectKey, Scope, SprintId, StoryPoints,
    TeamId,
};

use super::fixture::{DOING, DONE, REVIEW, TODO, Tracker, day};
use crate::{AnalyticsError, CycleTimeRule, Excluded, HistoryOptions, PercentileMethod, Period, Velocity};

/// One issue that goes straight on, one that is reopened, one that skips in progress, one that is not finished.
fn four_ways() -> Tracker {
    let mut jira = Tracker::new();
    let straight = jira.issue("PAY-1", 0.0);
    jira.set(straight, 1.0, Field::Status, DOING);
    jira.set(straight, 3.0, Field::Status, DONE);
    jira.get(straight).resolved = Some(day(3.5));
    let reopened = jira.issue("PAY-2", 0.0);
    for (on, to) in [(1.0, DOING), (2.0, DONE), (3.0, TODO), (5.0, REVIEW), (6.0, DONE)] {
        jira.set(reopened, on, Field::Status, to);
    }
    let skipped = jira.issue("PAY-3", 0.0);
    jira.set(skipped, 4.0, Field::Status, DONE);
    let open = jira.issue("PAY-4", 0.0);
    jira.set(open, 4.0, Field::Status, DOING);
    jira
}

#[test]
fn durations_follow_their_named_rule() {
    let history = four_ways().history();
    let days = |rule| {
        let durations = history.durations(rule, day(20.0), None);
        let days: Vec<_> = durations.items.iter().map(|i| (i.key.as_str().to_owned(), i.days)).collect();
        (days, durations.excluded.into_iter().collect::<Vec<_>>())
    };
    let items = |list: &[(&str, f64)]| list.iter().map(|(k, d)| ((*k).to_owned(), *d)).collect::<Vec<_>>();
    let skipped = vec![(Excluded::NotFinished, 1), (Excluded::NeverInProgress, 1)];
    assert_eq!(
        days(CycleTimeRule::FirstInProgressToFinalDone),
        (items(&[("PAY-1", 2.0), ("PAY-2", 5.0)]), skipped.clone())
    );
    assert_eq!(
        days(CycleTimeRule::FirstInProgressToFirstDone),
        (items(&[("PAY-2", 1.0), ("PAY-1", 2.0)]), skipped.clone())
    );
    assert_eq!(days(CycleTimeRule::TimeInProgress), (items(&[("PAY-1", 2.0), ("PAY-2", 2.0)]), skipped));
    assert_eq!(
        days(CycleTimeRule::CreatedToFinalDone),
        (items(&[("PAY-1", 3.0), ("PAY-3", 4.0), ("PAY-2", 6.0)]), vec![(Excluded::NotFinished, 1)])
    );
    assert_eq!(
        days(CycleTimeRule::CreatedToResolution),
        (items(&[("PAY-1", 3.5)]), vec![(Excluded::NotFinished, 3)])
    );
}

#[test]
fn durations_know_nothing_later() {
    let history = four_ways().history();
    let then = history.durations(CycleTimeRule::FirstInProgressToFinalDone, day(2.5), None);
    assert_eq!(then.items.iter().map(|i| (i.key.as_str(), i.days)).collect::<Vec<_>>(), [("PAY-2", 1.0)]);
    let median = then.percentile(50.0, PercentileMethod::NearestRank).unwrap();
    assert_eq!((median, then.n()), (1.0, 1));
    let none = history.durations(CycleTimeRule::CreatedToFinalDone, day(0.0), None);
    let error = none.percentile(50.0, PercentileMethod::NearestRank).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotEnoughData);
}

#[test]
fn an_issue_whose_start_is_lost_has_no_cycle_time() {
    let mut jira = four_ways();
    jira.get(0).completeness.add(IncompleteReason::Truncated { total: 140, received: 100 });
    let durations = jira.history().durations(CycleTimeRule::FirstInProgressToFinalDone, day(20.0), None);
    assert_eq!((durations.n(), durations.excluded[&Excluded::HistoryMissing]), (1, 1));
}

#[test]
fn throughput_fills_empty_days_and_weeks() {
    let history = four_ways().history();
    let counts = |period, from, to| {
        let throughput = history.throughput(period, day(from), day(to), None).unwrap();
        throughput.counts.iter().map(|c| (c.done, c.whole)).collect::<Vec<_>>()
    };
    assert_eq!(
        counts(Period::Day, 2.0, 6.0),
        [(0, true), (1, true), (1, true), (0, true), (1, false)],
        "the reopened issue counts where it was finished for good"
    );
    assert_eq!(counts(Period::Week, 0.0, 14.0), [(3, true), (0, true), (0, false)]);
    assert_eq!(counts(Period::Day, 2.0, 2.0), [(1, false)], "then it was not yet reopened");
    assert!(history.throughput(Period::Day, day(3.0), day(2.0), None).is_err());
    assert!(history.throughput(Period::Day, day(-40_000.0), day(2.0), None).is_err());
}

#[test]
fn days_begin_where_the_calendar_says() {
    let jira = four_ways();
    let calendar = juno_domain::WorkingCalendar::default().with_utc_offset_minutes(16 * 60).unwrap();
    let options = HistoryOptions { calendar, ..HistoryOptions::default() };
    let throughput = jira.history_with(&options).throughput(Period::Day, day(2.0), day(4.0), None).unwrap();
    // 09:00 UTC is one in the morning of the next day there.
    assert_eq!(throughput.counts[0].first_day.to_string(), "2026-01-08");
    assert_eq!(throughput.counts.iter().map(|c| c.done).collect::<Vec<_>>(), [0, 1, 1]);
}

fn row(sprint: u64, closed: f64, delivered: f64) -> FinishedSprint {
    FinishedSprint {
        project: ProjectKey::new("PAY").unwrap(),
        sprint: SprintId(sprint),
        team: TeamId::new("1").unwrap(),
        started_at: None,
        closed_at: Some(day(closed)),
        stages: Vec::new(),
        delivered: Scope { issues: 1, points: StoryPoints::new(delivered).unwrap() },
        delivered_issues_known: true,
    }
}

fn velocity(rows: &[FinishedSprint]) -> Result<Velocity, AnalyticsError> {
    Velocity::new(&TeamId::new("1").unwrap(), rows, day(50.0))
}

#[test]
fn unsorted_foreign_future_and_repeated_rows_are_refused() {
    let foreign = FinishedSprint { team: TeamId::new("2").unwrap(), ..row(2, 20.0, 5.0) };
    let first = row(1, 10.0, 5.0);
    let refused = |second: FinishedSprint| velocity(&[first.clone(), second]).unwrap_err();
    assert!(matches!(refused(foreign), AnalyticsError::ForeignRow { .. }));
    assert!(matches!(refused(row(2, 51.0, 5.0)), AnalyticsError::FutureRow { .. }));
    assert!(matches!(refused(row(2, 9.0, 5.0)), AnalyticsError::UnsortedRow(SprintId(2))));
    assert!(matches!(refused(row(1, 10.0, 5.0)), AnalyticsError::DuplicateRow(SprintId(1))));
    assert!(velocity(&[first.clone(), row(2, 20.0, 5.0)]).is_ok());
}

#[test]
fn an_all_zero_history_has_a_velocity_of_zero() {
    let zeros = velocity(&[row(1, 10.0, 0.0), row(2, 20.0, 0.0)]).unwrap();
    let summary = zeros.summary(Measure::Points).unwrap();
    assert_eq!((summary.mean, summary.median, summary.deviation), (0.0, 0.0, Some(0.0)));
    assert_eq!(summary.kept, None);
}

#[test]
fn no_sprints_have_no_velocity() {
    assert_eq!(velocity(&[]).unwrap().summary(Measure::Points).unwrap_err().kind(), ErrorKind::NotEnoughData);
}

#[test]
fn the_largest_points_give_finite_figures_or_none() {
    let huge = velocity(&[row(1, 10.0, f64::MAX), row(2, 20.0, f64::MAX)]).unwrap();
    let summary = huge.summary(Measure::Points).unwrap();
    assert!(summary.mean.is_finite() && summary.median.is_finite());
    assert!(summary.deviation.is_none_or(f64::is_finite));
}

#[test]
fn velocity_comes_from_the_teams_finished_sprints() {
    let mut jira = Tracker::new();
    jira.sprint(5, Some(1.0), 15.0, Some(14.0));
    jira.sprint(6, Some(15.0), 29.0, Some(29.0));
    for (key, sprint, done) in [("PAY-1", "5", 3.0), ("PAY-2", "5", 20.0), ("PAY-3", "6", 20.0)] {
        let place = jira.issue(key, 0.0);
        jira.set(place, 0.1, Field::Points, "2");
        jira.set(place, 0.2, Field::Sprint, sprint);
        jira.set(place, done, Field::Status, DONE);
    }
    let history = jira.history();
    let team = TeamId::new("1").unwrap();
    let velocity = history.velocity(&team, day(50.0)).unwrap();
    let rows: Vec<_> = velocity
        .sprints
        .iter()
        .map(|r| (r.sprint.0, r.committed.unwrap().issues, r.delivered.issues))
        .collect();
    assert_eq!(rows, [(5, 2, 1), (6, 1, 1)]);
    let summary = velocity.summary(Measure::Points).unwrap();
    assert_eq!((summary.sprints, summary.mean, summary.kept), (2, 2.0, Some(4.0 / 6.0)));
    assert_eq!(history.velocity(&team, day(20.0)).unwrap().sprints.len(), 1);
}

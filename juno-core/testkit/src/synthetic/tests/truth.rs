use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::super::{
    Dialect, Mess, ReportLine, SprintReport, SyntheticParams, SyntheticProject, Timeline, Truth,
};

fn check<T: Clone + PartialEq + std::fmt::Debug>(line: &Timeline<T>, born: chrono::DateTime<chrono::Utc>) {
    let spans = line.spans();
    assert_eq!(spans[0].from, born);
    assert_eq!(spans[spans.len() - 1].to, None);
    for pair in spans.windows(2) {
        assert_eq!(pair[0].to, Some(pair[1].from));
        assert!(pair[0].from < pair[1].from);
        assert_ne!(pair[0].value, pair[1].value);
    }
}

fn projects() -> Vec<SyntheticProject> {
    let make = |seed, dialect, mess| {
        SyntheticProject::generate(SyntheticParams { dialect, mess, ..SyntheticParams::small(seed) })
    };
    vec![
        make(1, Dialect::Cloud, Mess::none()),
        make(2, Dialect::Cloud, Mess::heavy()),
        make(3, Dialect::Server, Mess::heavy()),
        super::sample().clone(),
    ]
}

#[test]
fn timelines_are_contiguous_and_begin_at_creation() {
    for project in projects() {
        for issue in project.truth.issues.values() {
            check(&issue.status, issue.created);
            check(&issue.assignee, issue.created);
            check(&issue.sprint, issue.created);
            check(&issue.points, issue.created);
            check(&issue.flagged, issue.created);
            assert!(issue.created <= issue.last_human_act && issue.last_human_act <= issue.updated);
            assert!(issue.updated <= project.truth.as_of);
            let done = issue.status.at(project.truth.as_of).unwrap().done;
            assert_eq!(done, issue.resolved.is_some(), "{}", issue.key);
        }
    }
}

#[test]
fn a_timeline_drops_what_lasted_no_time() {
    let at = |s| chrono::DateTime::from_timestamp(s, 0).unwrap();
    let mut line = Timeline::new("a", at(0));
    for (value, s) in [("b", 5), ("c", 5), ("c", 7), ("d", 9), ("c", 9)] {
        line.push(value, at(s));
    }
    let spans: Vec<_> = line.spans().iter().map(|s| (s.value, s.from, s.to)).collect();
    assert_eq!(spans, [("a", at(0), Some(at(5))), ("c", at(5), None)]);
    assert_eq!((line.at(at(4)), line.at(at(5)), line.before(at(5))), (Some(&"a"), Some(&"c"), Some(&"a")));
    assert_eq!(line.at(at(-1)), None);
}

#[test]
fn the_lists_of_a_sprint_report_add_up() {
    let keys = |lists: &[&Vec<ReportLine>]| -> BTreeSet<String> {
        lists.iter().flat_map(|l| l.iter()).map(|l| l.key.clone()).collect()
    };
    for project in projects() {
        let Truth { issues, sprints, .. } = &project.truth;
        for sprint in sprints.values() {
            let (Some(report), Some(start)) = (&sprint.report, sprint.started) else { continue };
            let last = keys(&[&report.completed, &report.not_completed, &report.completed_elsewhere]);
            let done_before = issues.values().filter(|i| {
                i.parent.is_none()
                    && i.sprint.at(start).is_some_and(|s| s.contains(&sprint.id))
                    && i.status.at(start).is_some_and(|s| s.done)
            });
            let mut came = keys(&[&report.committed, &report.added]);
            came.extend(done_before.map(|i| i.key.clone()));
            let rest: BTreeSet<String> = came.difference(&keys(&[&report.removed])).cloned().collect();
            assert_eq!(rest, last, "sprint {}", sprint.id);
            assert!(keys(&[&report.committed]).is_disjoint(&keys(&[&report.added])));
            assert_eq!(
                last.len(),
                report.completed.len() + report.not_completed.len() + report.completed_elsewhere.len()
            );
        }
    }
}

#[test]
fn the_sample_has_teams_with_different_habits() {
    let truth = &super::sample().truth;
    let hits = |board: u64, from: usize| {
        let closed = truth.sprints.values().filter(|s| s.board == board && s.closed.is_some());
        let kept = closed.skip(from).filter_map(|s| s.report.as_ref()).filter(|r| {
            let sum = SprintReport::points;
            sum(&r.completed) >= sum(&r.committed) + sum(&r.added) - sum(&r.removed)
        });
        kept.count()
    };
    for board in 1..=3 {
        let states = |state| truth.sprints.values().filter(|s| s.board == board && s.state == state).count();
        assert_eq!((states("closed"), states("active"), states("future")), (12, 1, 1));
    }
    assert!(hits(1, 0) >= 6, "the steady team keeps its commitment more often than not");
    assert!(hits(2, 0) <= 2, "the over-committing team hardly ever does");
    assert!(hits(3, 6) > hits(3, 0) - hits(3, 6), "the improving team does better in its later half");
    assert!((330..=450).contains(&truth.issues.len()));
}

#[test]
fn the_longer_a_ticket_is_silent_the_surer_it_stays_silent() {
    let truth = &super::sample().truth;
    let ahead = TimeDelta::days(14);
    let stays = |days: i64| {
        let days = TimeDelta::days(days);
        let until = |s: &super::super::QuietSpell| s.woke.unwrap_or(truth.as_of);
        let seen = truth
            .quiet_spells
            .iter()
            .filter(|s| until(s) - s.from >= days && truth.as_of - s.from >= days + ahead);
        let (stayed, woke): (Vec<_>, Vec<_>) =
            seen.partition(|s| s.woke.is_none_or(|w| w - s.from >= days + ahead));
        (stayed.len(), woke.len(), stayed.len() as f64 / (stayed.len() + woke.len()) as f64)
    };
    let episodes =
        truth.quiet_spells.iter().filter(|s| s.woke.unwrap_or(truth.as_of) - s.from >= TimeDelta::days(30));
    assert!(episodes.count() >= 150);
    let shares = [14, 21, 30, 45, 60].map(|d| stays(d).2);
    assert!(shares.windows(2).all(|w| w[0] < w[1]), "{shares:?}");
    assert!(shares[0] < 0.6 && shares[4] > 0.92, "{shares:?}");
    assert!(stays(21).0 >= 100 && stays(21).1 >= 100, "{:?}", stays(21));
    assert!(stays(60).0 >= 80, "{:?}", stays(60));
}

#[test]
fn every_fault_of_the_mess_is_there_and_none_without() {
    let heavy =
        SyntheticProject::generate(SyntheticParams { mess: Mess::heavy(), ..SyntheticParams::default() });
    for truth in [&super::sample().truth, &heavy.truth] {
        let missing: Vec<_> = truth.mess.iter().filter(|(_, n)| **n == 0).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert_eq!(truth.mess.len(), 17);
        let gaps = truth.issues.values().filter(|i| !i.is_complete()).count();
        assert!(gaps > 0 && gaps < truth.issues.len());
        assert!(truth.sprints.keys().any(|s| truth.is_derivable(*s)));
    }
    let tidy = SyntheticProject::generate(SyntheticParams::small(4)).truth;
    assert!(tidy.mess.values().all(|n| *n == 0), "{:?}", tidy.mess);
    assert!(tidy.issues.values().all(super::super::IssueTruth::is_complete));
}

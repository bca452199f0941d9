use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::super::{
    Dialect, Mess, ReportLine, SprintReport, StatusValue, SyntheticParams, SyntheticProject, Timeline, Truth,
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
    let mut seen = [0, 0, 0];
    for project in projects() {
        let Truth { issues, sprints, .. } = &project.truth;
        for sprint in sprints.values() {
            let (Some(report), Some(start)) = (&sprint.report, sprint.started) else { continue };
            let scope = keys(&[&report.completed, &report.not_completed]);
            let came = keys(&[&report.committed, &report.added]);
            let rest: BTreeSet<String> = came.difference(&keys(&[&report.removed])).cloned().collect();
            assert_eq!(rest, scope, "sprint {}", sprint.id);
            assert!(scope.is_disjoint(&keys(&[&report.completed_elsewhere])));
            assert_eq!(came.len(), report.committed.len() + report.added.len());
            assert_eq!(scope.len(), report.completed.len() + report.not_completed.len());
            let at_start =
                |key: &String| issues[key].sprint.at(start).is_some_and(|s| s.contains(&sprint.id));
            assert!(report.committed.iter().all(|l| at_start(&l.key)));
            seen[0] += report.added.len();
            seen[1] += report.removed.len();
            seen[2] += report.completed_elsewhere.len();
        }
    }
    assert!(seen.iter().all(|n| *n > 5), "{seen:?}");
}

#[test]
fn each_list_of_a_sprint_report_follows_its_rule() {
    let project = SyntheticProject::generate(SyntheticParams::small(1));
    let like = project.truth.issues.values().find(|i| i.parent.is_none()).unwrap();
    let at = |h: i64| chrono::DateTime::from_timestamp(h * 3_600, 0).unwrap();
    let done = StatusValue { id: "10002", name: "Done", done: true };
    let open = StatusValue { id: "3", name: "In Progress", done: false };
    // The sprint runs from hour 10 to 20. Steps: hour, in the sprint, done.
    type Case<'a> = (&'a str, &'a [(i64, bool, bool)], &'a str);
    let cases: [Case<'_>; 9] = [
        ("done in it", &[(5, true, false), (12, true, true)], "committed completed"),
        ("came at the start instant", &[(10, true, false)], "committed not_completed"),
        ("done before the start", &[(5, true, true)], "completed_elsewhere"),
        ("done, then reopened in it", &[(5, true, true), (14, true, false)], "added not_completed"),
        ("came done", &[(13, false, true), (14, true, true)], "completed_elsewhere"),
        ("came and went", &[(12, true, false), (14, false, false)], "added removed"),
        (
            "went and was done",
            &[(5, true, false), (12, false, false), (15, false, true)],
            "committed removed completed_elsewhere",
        ),
        (
            "went and came back",
            &[(5, true, false), (12, false, false), (15, true, false)],
            "committed not_completed",
        ),
        ("came after the end", &[(21, true, false)], ""),
    ];
    for (name, steps, wanted) in cases {
        let mut issue = super::super::IssueTruth {
            created: at(0),
            sprint: Timeline::new(vec![], at(0)),
            status: Timeline::new(open.clone(), at(0)),
            points: Timeline::new(Some(3.0), at(0)),
            ..like.clone()
        };
        for (hour, inside, is_done) in steps {
            issue.sprint.push(if *inside { vec![4, 7] } else { vec![4] }, at(*hour));
            issue.status.push(if *is_done { done.clone() } else { open.clone() }, at(*hour));
        }
        let issues = std::collections::BTreeMap::from([(issue.key.clone(), issue)]);
        let report = SprintReport::new(&issues, 7, at(10), at(20));
        let found = [
            ("committed", &report.committed),
            ("added", &report.added),
            ("removed", &report.removed),
            ("completed", &report.completed),
            ("not_completed", &report.not_completed),
            ("completed_elsewhere", &report.completed_elsewhere),
        ];
        let found: Vec<&str> = found.into_iter().filter(|l| !l.1.is_empty()).map(|l| l.0).collect();
        assert_eq!(found.join(" "), wanted, "{name}");
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

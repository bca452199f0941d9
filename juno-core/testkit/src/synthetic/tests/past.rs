use chrono::TimeDelta;

use super::super::{Dialect, Mess, SyntheticParams, SyntheticProject, Timeline};

fn known<T: Clone + PartialEq>(line: &Timeline<T>, at: chrono::DateTime<chrono::Utc>) -> Vec<(T, i64)> {
    let spans = line.spans().iter().filter(|span| span.from <= at);
    spans.map(|span| (span.value.clone(), span.from.timestamp_millis())).collect()
}

#[test]
fn an_earlier_export_shows_what_was_true_then_and_nothing_later() {
    for (dialect, mess) in [(Dialect::Cloud, Mess::none()), (Dialect::Server, Mess::heavy())] {
        let today =
            SyntheticProject::generate(SyntheticParams { dialect, mess, ..SyntheticParams::small(8) });
        for days in [0, 9, 30, 60] {
            let at = today.truth.as_of - TimeDelta::days(days);
            let then = today.exported_at(at);
            assert_eq!(then.truth.as_of, at);
            let born = today.truth.issues.values().filter(|issue| issue.created <= at).count();
            assert_eq!(then.truth.issues.len(), born);
            for issue in then.truth.issues.values() {
                let same = today.truth.issues.values().find(|other| other.id == issue.id).unwrap();
                assert!(issue.updated <= at);
                assert_eq!(known(&issue.status, at), known(&same.status, at));
                assert_eq!(known(&issue.assignee, at), known(&same.assignee, at));
                assert_eq!(known(&issue.sprint, at), known(&same.sprint, at));
                assert_eq!(known(&issue.points, at), known(&same.points, at));
                assert_eq!(known(&issue.status, at).len(), issue.status.spans().len());
            }
            let states = |state| then.truth.sprints.values().filter(|sprint| sprint.state == state).count();
            assert!(states("active") <= 2, "a team has one sprint at a time");
            assert!(
                then.truth.sprints.values().all(|sprint| sprint.closed.is_none_or(|closed| closed <= at))
            );
        }
        assert_eq!(today.exported_at(today.truth.as_of).files(), today.files());
    }
}

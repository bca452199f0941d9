//! Laws of replay, on random histories.

use chrono::{DateTime, Utc};
use juno_domain::{Dataset, Event, Field, Progress, SprintState};
use proptest::prelude::*;

use super::fixture::{CLOSED, DOING, DONE, REVIEW, TODO, Tracker, day};
use crate::{History, HistoryOptions, IssueHistory, IssueLog};

const FIELDS: [Field; 7] =
    [Field::Status, Field::Points, Field::Sprint, Field::Flagged, Field::Assignee, Field::Labels, Field::Key];

/// One thing that happens: on which half day, to which issue, in which field, with what choice of value.
type Step = (u8, usize, usize, usize);

const ISSUES: usize = 4;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((0_u8..40, 0..ISSUES, 0..FIELDS.len(), 0_usize..5), 0..60)
}

fn choice(field: &Field, issue: usize, pick: usize) -> String {
    match field {
        Field::Status => [TODO, DOING, REVIEW, DONE, CLOSED][pick].into(),
        Field::Points => ["", "1", "2", "3.5", "8"][pick].into(),
        Field::Sprint => ["", "5", "6", "5,6", "7"][pick].into(),
        Field::Flagged => ["", "Impediment"][pick % 2].into(),
        Field::Assignee => ["", "ann", "bob", "cleo", "dan"][pick].into(),
        Field::Labels => ["", "a", "b", "a b", "b c"][pick].into(),
        _ => format!("{}-{issue}", ["PAY", "OPS", "WEB", "APP", "SRE"][pick]),
    }
}

/// What happened up to `until`, seen by somebody who exports on that day.
fn observed(steps: &[Step], until: f64) -> Tracker {
    let mut jira = Tracker::new();
    let closed = |on: f64| (on <= until).then_some(on);
    jira.sprint(5, Some(2.0), 9.0, closed(8.0));
    jira.sprint(6, Some(9.0), 16.0, closed(16.5));
    jira.sprint(7, Some(16.0), 23.0, None);
    for sprint in &mut jira.data.sprints {
        if sprint.start > Some(day(until)) {
            sprint.state = SprintState::Future;
        }
    }
    for n in 0..ISSUES {
        jira.issue(&format!("PAY-{n}"), n as f64 * 2.0);
        if n == 3 {
            jira.get(n).subtask = true;
            jira.get(n).parent = Some(juno_domain::IssueKey::new("PAY-0").unwrap());
        }
    }
    let mut steps: Vec<_> = steps.to_vec();
    steps.sort_by_key(|step| step.0);
    for (n, (half_day, issue, field, pick)) in steps.into_iter().enumerate() {
        let on = f64::from(half_day) / 2.0;
        if on > until || on < issue as f64 * 2.0 {
            continue;
        }
        let field = FIELDS[field].clone();
        let to = choice(&field, issue, pick);
        // Ids that say nothing about the order, as after an import.
        let entry = (n * 7919 % 1009 * 100 + n).to_string();
        let before = jira.data.issues[issue].current(&field).unwrap();
        jira.show(issue, &field, &to);
        let after = jira.data.issues[issue].current(&field).unwrap();
        if !crate::value::same(&field, &before, &after) {
            jira.raw(issue, day(on), field, before, after, &entry);
        }
    }
    // A move of the parent changes the key its sub-task names.
    let parent = jira.data.issues[0].key.clone();
    jira.data.issues[3].parent = Some(parent);
    jira
}

fn build(data: &Dataset) -> History {
    History::build(data, &HistoryOptions::default(), &Progress::silent()).unwrap()
}

/// The state that the steps themselves say holds at `t`, field by field.
fn truth(jira: &Tracker, place: usize, field: &Field, t: DateTime<Utc>) -> Option<juno_domain::FieldValue> {
    let issue = &jira.data.issues[place];
    if t < issue.created {
        return None;
    }
    // The tracker writes events in the order they happened.
    let events: Vec<&Event> =
        jira.data.events.iter().filter(|e| e.issue == issue.id && e.change.field == *field).collect();
    let own = events.first().is_some_and(|first| first.at <= t);
    if issue.subtask && *field == Field::Sprint && !own {
        let of_parent = |e: &&Event| e.issue == jira.data.issues[0].id && e.change.field == *field;
        if jira.data.events.iter().any(|e| of_parent(&e)) {
            return truth(jira, 0, field, t);
        }
    }
    let last = events.iter().rev().find(|e| e.at <= t).map(|e| e.change.to.clone());
    last.or_else(|| events.first().map(|e| e.change.from.clone())).or_else(|| issue.current(field))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn replay_tells_what_happened_however_events_arrive(
        steps in steps(),
        seed in any::<prop::sample::Index>(),
        probes in prop::collection::vec(-1.0_f64..21.0, 6),
    ) {
        let jira = observed(&steps, 99.0);
        let mut data = jira.data.clone();
        // Twice, and in another order.
        let copies = data.events.clone();
        data.events.extend(copies);
        if !data.events.is_empty() {
            let shift = seed.index(data.events.len());
            data.events.rotate_left(shift);
        }
        data.events.reverse();
        let (plain, mixed) = (build(&jira.data), build(&data));
        let taken = History::build_taking_events(&mut data, &HistoryOptions::default(), &Progress::silent()).unwrap();
        prop_assert!(data.events.is_empty());
        prop_assert!(taken.issues().eq(mixed.issues()));
        for place in 0..ISSUES {
            let id = jira.id(place);
            let (plain, mixed) = (plain.issue(&id).unwrap(), mixed.issue(&id).unwrap());
            prop_assert_eq!(plain, mixed);
            prop_assert!(plain.completeness().is_complete(), "{:?}", plain.completeness());
            for field in &FIELDS {
                for t in probes.iter().map(|p| day(*p)) {
                    let expected = truth(&jira, place, field, t);
                    let found = plain.value_at(field, t);
                    let same = match (&expected, found) {
                        (Some(a), Some(b)) => crate::value::same(field, a, b),
                        (None, None) => true,
                        _ => false,
                    };
                    prop_assert!(same, "{field} at {t}: {found:?}, expected {expected:?}");
                }
            }
        }
    }

    #[test]
    fn the_log_cut_at_t_and_the_whole_log_agree_up_to_t(
        steps in steps(),
        cut in -1.0_f64..21.0,
        probes in prop::collection::vec(-1.0_f64..21.0, 4),
    ) {
        let jira = observed(&steps, 99.0);
        for place in 0..ISSUES {
            let log = IssueLog::derive(&jira.data.issues[place], &jira.data.events);
            let (cut_at, whole) = (day(cut), IssueHistory::from_log(log.clone()));
            let known = IssueHistory::from_log(log.up_to(cut_at));
            for t in probes.iter().map(|p| day(*p).min(cut_at)).chain([cut_at]) {
                for field in whole.fields().keys() {
                    prop_assert_eq!(known.value_at(field, t), whole.value_at(field, t));
                }
                prop_assert_eq!(known.state_at(t), whole.state_at(t));
            }
        }
    }

    #[test]
    fn nothing_later_changes_a_report_or_snapshot(
        steps in steps(),
        at in 0.0_f64..20.0,
        later in 0.0_f64..20.0,
    ) {
        let soon = build(&observed(&steps, at + later).data);
        let late = build(&observed(&steps, 99.0).data);
        for sprint in [5, 6, 7].map(juno_domain::SprintId) {
            prop_assert_eq!(soon.sprint_report(sprint, day(at)), late.sprint_report(sprint, day(at)));
            prop_assert_eq!(soon.snapshot(sprint, day(at)), late.snapshot(sprint, day(at)));
        }
        prop_assert_eq!(soon.finished_sprints(day(at)), late.finished_sprints(day(at)));
        prop_assert_eq!(soon.open_sprints(day(at)).len(), late.open_sprints(day(at)).len());
        let silence = |history: &History| history.silent_spells(day(at), &juno_domain::Progress::silent());
        prop_assert_eq!(silence(&soon), silence(&late));
    }

    #[test]
    fn committed_and_added_less_removed_is_the_scope(steps in steps(), at in 0.0_f64..30.0) {
        let history = build(&observed(&steps, 99.0).data);
        for sprint in [5, 6, 7].map(juno_domain::SprintId) {
            let report = history.sprint_report(sprint, day(at)).unwrap();
            let n = |part: &crate::ReportPart| part.keys.len();
            prop_assert_eq!(
                n(&report.committed) + n(&report.added) - n(&report.removed),
                n(&report.completed) + n(&report.not_completed)
            );
            let shot = history.snapshot(sprint, day(at)).unwrap();
            prop_assert_eq!(shot.started_with, report.committed.scope());
            prop_assert_eq!(shot.done, report.completed.scope());
            prop_assert_eq!((shot.todo + shot.in_progress).issues, report.not_completed.scope().issues);
        }
    }

    #[test]
    fn nonsense_never_panics_and_spans_stay_contiguous(
        raw in prop::collection::vec((0_u8..6, 0_usize..7, 0_usize..6, 0_usize..6, 0_u8..4), 0..40),
    ) {
        let mut jira = Tracker::new();
        let place = jira.issue("PAY-1", 2.0);
        for (at, field, from, to, entry) in raw {
            let field = [&FIELDS[..], &[Field::Components, Field::Link]].concat()[field].clone();
            let word = |n: usize| super::fixture::value(["", "1:a", "2:b", "c", "9", "1:z"][n]);
            jira.raw(place, day(f64::from(at)), field, word(from), word(to), &entry.to_string());
        }
        let history = jira.history();
        for issue in history.issues() {
            for timeline in issue.fields().values() {
                let spans = timeline.spans();
                prop_assert_eq!(spans[0].from, issue.created());
                prop_assert!(spans.windows(2).all(|w| w[0].to == Some(w[1].from) && w[0].from <= w[1].from));
                prop_assert_eq!(spans[spans.len() - 1].to, None);
            }
        }
        prop_assert_eq!(history.issue_lines(None).count(), 1);
    }
}

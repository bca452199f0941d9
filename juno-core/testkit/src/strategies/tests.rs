use std::cell::Cell;

use chrono::TimeDelta;
use juno_domain::{Event, Field, FieldValue, Measure};
use proptest::prelude::*;

use super::{FOLLOWED, dataset, disordered, issue_history, snapshot, team_history};
use crate::synthetic::{SyntheticParams, SyntheticProject};

/// Walks a field's chain: the events of each instant in the order in which one begins where another ended.
fn walk(events: &[Event], field: &Field, now: FieldValue) -> Vec<FieldValue> {
    let mut left: Vec<&Event> = events.iter().filter(|e| e.change.field == *field).collect();
    let Some(first) = left.first().map(|e| e.at) else { return vec![now] };
    let starts: Vec<&Event> = left.iter().copied().filter(|e| e.at == first).collect();
    let start = starts.iter().find(|e| !starts.iter().any(|o| o.change.to == e.change.from)).unwrap();
    let mut line = vec![start.change.from.clone()];
    while !left.is_empty() {
        let last = line[line.len() - 1].clone();
        let next = left.iter().position(|e| e.at == left[0].at && e.change.from == last).unwrap();
        line.push(left.remove(next).change.to.clone());
    }
    line
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_history_ends_where_the_issue_is(history in issue_history(3, 20)) {
        for field in &FOLLOWED {
            let now = history.issue.current(field).unwrap();
            let line = walk(&history.events, field, now.clone());
            prop_assert!(line[line.len() - 1].same_as(&now), "{field}");
            let values = &history.values[field];
            prop_assert!(values[0].1.same_as(&line[0]));
            prop_assert!(values[values.len() - 1].1.same_as(&now));
            prop_assert!(values.windows(2).all(|w| w[0].0 < w[1].0));
            prop_assert_eq!(history.value_at(field, history.issue.created - TimeDelta::seconds(1)), None);
            prop_assert_eq!(history.value_at(field, history.issue.created), Some(&values[0].1));
        }
        prop_assert!(history.events.is_sorted());
    }

    #[test]
    fn a_dataset_holds_the_events_of_its_issues((data, histories) in dataset(4, 6)) {
        prop_assert_eq!(data.issues.len(), histories.len());
        prop_assert_eq!(data.events.len(), histories.iter().map(|h| h.events.len()).sum::<usize>());
        prop_assert!(data.events.is_sorted());
    }

    #[test]
    fn a_snapshot_adds_up(s in snapshot()) {
        let inside = s.todo + s.in_progress + s.done;
        prop_assert_eq!(s.committed(), inside);
        prop_assert!(s.blocked.is_none_or(|b| b.issues <= s.todo.issues + s.in_progress.issues));
    }

    #[test]
    fn a_team_history_is_in_order(history in team_history(5)) {
        prop_assert!(history.windows(2).all(|w| w[0].sprint < w[1].sprint && w[0].closed_at <= w[1].started_at));
        prop_assert!(history.iter().all(|s| s.stages.windows(2).all(|w| w[0].t < w[1].t && w[0].at < w[1].at)));
    }
}

#[test]
fn histories_have_ids_against_the_chain_and_shared_entries_among_them() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (against, shared) = (Cell::new(0), Cell::new(0));
    let seen = runner.run(&issue_history(1, 25), |history| {
        for pair in history.events.windows(2) {
            let (a, b) = (&pair[0], &pair[1]);
            let one_field = a.change.field == b.change.field;
            against.set(against.get() + u32::from(one_field && a.at == b.at && a.change.from == b.change.to));
            shared.set(shared.get() + u32::from(a.entry == b.entry));
        }
        Ok(())
    });
    assert!(seen.is_ok());
    assert!(against.get() > 10 && shared.get() > 100, "{against:?} {shared:?}");
}

#[test]
fn snapshots_are_of_every_sort() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (empty, issues, points) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let seen = runner.run(&snapshot(), |s| {
        let count = match (s.committed().issues, s.measure()) {
            (0, _) => &empty,
            (_, Measure::Issues) => &issues,
            (_, Measure::Points) => &points,
        };
        count.set(count.get() + 1);
        Ok(())
    });
    assert!(seen.is_ok());
    assert!(empty.get() > 0 && issues.get() > 20 && points.get() > 20, "{issues:?} {points:?} {empty:?}");
}

#[test]
fn disorder_keeps_the_keys() {
    let pages = SyntheticProject::generate(SyntheticParams::small(1)).issue_pages;
    let keys = |pages: &[serde_json::Value]| -> std::collections::BTreeSet<String> {
        pages.iter().flat_map(|p| p["issues"].as_array().unwrap()).map(|i| i["key"].to_string()).collect()
    };
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(4));
    let seen = runner.run(&disordered(pages.clone()), |mixed| {
        prop_assert_eq!(keys(&mixed), keys(&pages));
        Ok(())
    });
    assert!(seen.is_ok());
}

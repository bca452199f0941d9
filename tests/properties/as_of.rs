//! State at t from everything, in any order and twice, is the state that an export made at t shows.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use juno_analytics::{History, HistoryOptions, IssueState, issue_line};
use juno_connectors::{ConnectorSettings, load_blocking};
use juno_domain::{Dataset, IssueId, Progress};
use juno_testkit::synthetic::{Dialect, Mess, SyntheticParams, SyntheticProject, doubled, shuffled};
use proptest::prelude::*;
use serde_json::Value;

/// Loads an export with these issue pages, through files as anybody does.
fn load(project: &SyntheticProject, pages: &[Value]) -> Dataset {
    let folder = tempfile::tempdir().unwrap();
    for (n, page) in pages.iter().chain(&project.sprint_pages).enumerate() {
        std::fs::write(folder.path().join(format!("{n}.json")), page.to_string()).unwrap();
    }
    load_blocking(&[folder.path()], &ConnectorSettings::default(), &Progress::silent()).unwrap()
}

fn replay(data: &Dataset) -> History {
    History::build(data, &HistoryOptions::default(), &Progress::silent()).unwrap()
}

fn states(history: &History, at: DateTime<Utc>) -> BTreeMap<IssueId, IssueState> {
    history.issues().filter_map(|issue| Some((issue.id().clone(), issue.state_at(at)?))).collect()
}

/// Everything that can happen to a history except what hides a part of it or happened at no known instant: those are
/// answers marked incomplete, see `replay_truth.rs`.
fn mess() -> Mess {
    Mess {
        truncated: 0.0,
        ends_elsewhere: 0.0,
        deleted_sprint: 0.0,
        renamed_status: false,
        wrong_category: 0.0,
        bad_records: 0,
        ..Mess::heavy()
    }
}

fn site(seed: u64, cloud: bool, tidy: bool) -> SyntheticProject {
    let dialect = if cloud { Dialect::Cloud } else { Dialect::Server };
    let mess = if tidy { Mess::none() } else { mess() };
    SyntheticProject::generate(SyntheticParams { dialect, mess, ..SyntheticParams::small(seed) })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn every_field_at_any_cut_is_what_an_export_of_that_instant_shows(
        seed in 0..1_000_u64, cloud: bool, tidy: bool, back in 0..110_000_i64, order: u64, share in 0.0..0.7_f64,
    ) {
        let today = site(seed, cloud, tidy);
        let at = today.truth.as_of - TimeDelta::minutes(back);
        let then = today.exported_at(at);
        let mixed = doubled(&shuffled(&today.issue_pages, order), order, share);
        let (now, past) = (replay(&load(&today, &mixed)), replay(&load(&then, &then.issue_pages)));

        // Status, assignee, sprints, points, flag, key, type, priority, resolution, labels, components.
        let (found, shown) = (states(&now, at), states(&past, at));
        prop_assert_eq!(&found, &shown);
        // A history that ends at t is the whole one cut at t, span by span.
        for issue in past.issues() {
            let whole = now.issue(issue.id()).unwrap();
            let (cut, alone) = (issue_line(whole, Some(at)).unwrap(), issue_line(issue, None).unwrap());
            prop_assert_eq!(&cut.fields, &alone.fields, "{}", &cut.key);
            prop_assert_eq!(cut.complete, alone.complete, "{}: {:?} {:?}", cut.key, cut.incomplete, alone.incomplete);
        }
        // Sprints: the same ones, in the same state, with the same report.
        let (cut, alone) = (now.sprint_lines(Some(at)).unwrap(), past.sprint_lines(Some(at)).unwrap());
        let started = |lines: &[juno_analytics::SprintLine]| -> Vec<juno_analytics::SprintLine> {
            lines.iter().filter(|line| line.state != "future").cloned().collect()
        };
        prop_assert_eq!(started(&cut), started(&alone));
    }
}

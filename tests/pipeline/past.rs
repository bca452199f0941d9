//! A review of the past gives the answers of the past.

use chrono::{DateTime, TimeDelta, Utc};
use juno_core::agent::Stores;
use juno_core::analytics::{History, HistoryOptions};
use juno_core::connectors::{ConnectorSettings, load_blocking};
use juno_core::domain::{Dataset, SprintPhase};
use juno_core::prelude::*;
use juno_core::risk::Forecast;
use juno_testkit::synthetic::{Mess, SyntheticParams, SyntheticProject};

use crate::desk::trusting;

fn load(project: &SyntheticProject) -> Dataset {
    let folder = tempfile::tempdir().unwrap();
    let files = project.write(folder.path()).unwrap();
    load_blocking(&files, &ConnectorSettings::default(), &Progress::silent()).unwrap()
}

fn newest(project: &SyntheticProject) -> DateTime<Utc> {
    let history = History::build(&load(project), &HistoryOptions::default(), &Progress::silent()).unwrap();
    history.observed_until().unwrap()
}

async fn review_at(project: &SyntheticProject, at: DateTime<Utc>) -> Review {
    let data = load(project);
    let clock = std::sync::Arc::new(ManualClock::new(at));
    let juno = JunoBuilder::new(trusting()).stores(Stores::in_memory()).clock(clock).open().await.unwrap();
    let records = Records::new(data, juno.config(), &Progress::silent()).unwrap();
    juno.review(&records, at, &Progress::silent()).await.unwrap()
}

/// The forecasts but for sprints nobody has put anything in: no export tells since when those exist.
fn filled(review: &Review) -> Vec<&Forecast> {
    let empty = |forecast: &Forecast| forecast.phase == SprintPhase::Planned && forecast.committed == 0.0;
    review.forecasts.iter().filter(|forecast| !empty(forecast)).collect()
}

/// Equal, or the first difference alone.
fn same<T: PartialEq + std::fmt::Debug>(found: &[T], shown: &[T], what: &str) {
    for (found, shown) in found.iter().zip(shown) {
        assert_eq!(found, shown, "{what}");
    }
    assert_eq!(found.len(), shown.len(), "{what}");
}

#[tokio::test]
async fn later_events_in_the_files_change_no_answer_about_an_earlier_instant() {
    // All that can be untidy about a history, except what hides a part of it.
    let untidy = Mess {
        truncated: 0.0,
        ends_elsewhere: 0.0,
        deleted_sprint: 0.0,
        renamed_status: false,
        wrong_category: 0.0,
        bad_records: 0,
        ..Mess::heavy()
    };
    for (seed, mess) in [(1, untidy), (2, Mess::none())] {
        let today = SyntheticProject::generate(SyntheticParams {
            seed,
            teams: 2,
            sprints_per_team: 6,
            backlog_per_team: 30,
            mess,
            ..SyntheticParams::default()
        });
        for days in [3, 17, 40] {
            let then = today.exported_at(today.truth.as_of - TimeDelta::days(days));
            // The newest event of that export, as the command line asks: how fresh the data is counts, too.
            let at = newest(&then);
            let (now, then) = (review_at(&today, at).await, review_at(&then, at).await);
            let (found, shown) = (filled(&now), filled(&then));
            assert!(found.len() >= 2);
            let what = format!("seed {seed}, {days} days back");
            same(&found, &shown, &what);
            assert_eq!(now.unforecast, then.unforecast);
            same(&now.proposals, &then.proposals, &what);
            assert_eq!(now.explanations, then.explanations);
            same(&now.advice, &then.advice, &what);
            same(&now.decisions, &then.decisions, &what);
            assert_eq!(now.audit, then.audit, "so even the log is the same");
        }
    }
}

use chrono::{DateTime, Duration, Utc};
use juno_domain::ErrorKind;

use super::*;

fn day(days: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::days(20_000 + days)
}

/// A sprint that began on one day and was closed on another, seen at its start and half way.
fn dated(id: u64, from: i64, to: i64, delivered: f64) -> FinishedSprint {
    let mut sprint = sprint("PAY", id, 30.0, delivered);
    sprint.started_at = Some(day(from));
    sprint.closed_at = Some(day(to));
    for stage in &mut sprint.stages {
        stage.at = Some(day(from) + (day(to) - day(from)) / 2 * i32::from(stage.t.get() > 0.0));
    }
    sprint
}

#[test]
fn a_sprint_that_still_ran_is_neither_fitted_on_nor_history() {
    // Sprint 3 was closed before sprint 5 was, but ran when 5 began; ids do not follow dates.
    let data = set(&[
        dated(9, 0, 10, 30.0),
        dated(2, 10, 20, 21.0),
        dated(3, 10, 31, 21.0),
        dated(4, 20, 30, 30.0),
        dated(5, 30, 40, 21.0),
        dated(1, 40, 50, 30.0),
    ]);
    let parts = [
        (9, Part::Train),
        (2, Part::Train),
        (3, Part::Train),
        (4, Part::Train),
        (5, Part::Test),
        (1, Part::Test),
    ];
    let parts = parts.into_iter().map(|(id, part)| (key("PAY", id), part)).collect();
    let spy = told("spy", |_, _, history| {
        let ids = history.iter().fold(0, |ids, past| ids * 10 + past.sprint.0);
        Ok(prediction(0.5, ids as f64, vec![]))
    });
    let split = Split::Given { parts, evaluate: Part::Test };
    let report = Backtest::default().run(&data, &split, &[&spy], &Progress::silent()).unwrap();
    let fitted: Vec<u64> = spy.fitted.lock().unwrap()[0].sprints().iter().map(|past| past.sprint.0).collect();
    assert_eq!(fitted, [9, 2, 4]);
    assert_eq!(report.folds[0].left_out, 1);
    let histories: Vec<(u64, f64, f64)> =
        report.predicted("spy").map(|(case, said)| (case.sprint.0, case.t.get(), said.delivered)).collect();
    assert_eq!(
        histories,
        [(5, 0.0, 924.0), (5, 0.5, 9243.0), (1, 0.0, 92_435.0), (1, 0.5, 92_435.0)],
        "half way through sprint 5, 3 was over"
    );
}

#[test]
fn other_data_is_evaluated_whole_with_its_own_history() {
    let fit = set(&(1..=6).map(|id| sprint("OPS", id, 10.0, 5.0)).collect::<Vec<_>>());
    let data = set(&[
        sprint("PAY", 1, 30.0, 21.0),
        sprint("PAY", 2, 30.0, 30.0),
        sprint("PAY", 3, 0.0, 0.0),
        sprint("PAY", 4, 30.0, 36.0),
    ]);
    let count = told("count", |fit, _, history| {
        Ok(prediction(0.5, (100 * fit.len() + history.len()) as f64, vec![]))
    });
    let report = at_start().run_on_other(&fit, &data, &[&count], &Progress::silent()).unwrap();
    assert_eq!(report.protocol, Protocol::OtherData);
    let said: Vec<(u64, f64)> =
        report.predicted("count").map(|(case, said)| (case.sprint.0, said.delivered)).collect();
    assert_eq!(said, [(1, 600.0), (2, 601.0), (4, 603.0)]);
    // Every fitted sprint missed, and the first of the evaluated ones has no history at all.
    assert!(report.predicted("base_rate").all(|(_, said)| (said.p_miss.get() - 7.0 / 8.0).abs() < 1e-12));
    assert_eq!(report.model("shrunk_history").unwrap().mean.even_odds, 1);
    // Guessing: 2 lies 9 from 1; 4 lies 15 and 6 from 1 and 2. The errors are 571 and 567.
    let got = report.model("count").unwrap().mean.standardised_accuracy.unwrap();
    let want = 1.0 - (571.0 + 567.0) / (9.0 + 10.5);
    assert!((got - want).abs() < 1e-9, "{got} {want}");
}

#[test]
fn fitting_on_the_evaluated_data_is_undone() {
    let data = twenty();
    let spy = spy();
    let report = at_start().run_on_other(&data, &data, &[&spy], &Progress::silent()).unwrap();
    assert!(spy.fitted.lock().unwrap()[0].is_empty());
    assert_eq!((report.folds[0].fitted, report.folds[0].left_out), (0, 20));
    let none = at_start().run_on_other(&data, &set(&[]), &[], &Progress::silent()).unwrap_err();
    assert_eq!(none.kind(), ErrorKind::NotEnoughData);
}

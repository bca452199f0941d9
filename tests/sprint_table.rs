//! Forecasts of a real sprint table: every row gets its answer, none sees later columns, and the default model beats the
//! baseline. Needs the evaluation data (`JUNO_DATA`); only its calibration rows are scored, its test rows never.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Arc;

use juno_confidence::{brier, expected_calibration_error};
use juno_connectors::{ConnectorSettings, load_blocking};
use juno_domain::{Measure, Probability, Progress, ProjectKey, SprintId, TableRow};
use juno_risk::{BaseRateModel, Forecast, Outlook, RiskAssessor, RiskModel, ShrunkHistoryModel, missed};
use juno_testkit::services::data_folder;

/// Progress stages of the table, in percent.
const STAGES: [f64; 4] = [0.0, 30.0, 50.0, 80.0];

#[derive(PartialEq)]
enum Split {
    Calib,
    Other,
    Unestimated,
}

type Splits = BTreeMap<(ProjectKey, SprintId), Split>;

/// The rows with their splits, or nothing where the data is not there.
fn table() -> Option<(Vec<TableRow>, Splits)> {
    let path = data_folder()?.join("sprints/iterations.csv");
    let dataset = load_blocking(&[&path], &ConnectorSettings::default(), &Progress::silent()).unwrap();
    assert_eq!(dataset.quarantined, [], "every row of the table is usable");
    let mut splits = BTreeMap::new();
    let mut reader = csv::Reader::from_path(&path).unwrap();
    for row in reader.deserialize() {
        let row: BTreeMap<String, String> = row.unwrap();
        let split = match row["split"].as_str() {
            "calib" => Split::Calib,
            "unestimated" => Split::Unestimated,
            _ => Split::Other,
        };
        let key =
            (ProjectKey::new(row["project"].clone()).unwrap(), SprintId(row["sprint_id"].parse().unwrap()));
        assert!(splits.insert(key, split).is_none());
    }
    assert_eq!(dataset.rows.len(), splits.len());
    Some((dataset.rows, splits))
}

fn key(row: &TableRow) -> (ProjectKey, SprintId) {
    (row.stages[0].project.clone(), row.stages[0].sprint)
}

fn forecasts(model: Arc<dyn RiskModel>, rows: &[TableRow]) -> Vec<Forecast> {
    RiskAssessor::new(model).assess_rows(rows).unwrap()
}

#[test]
fn every_row_with_a_commitment_gets_a_forecast_at_each_stage() {
    let Some((rows, splits)) = table() else { return };
    let all = forecasts(Arc::new(ShrunkHistoryModel), &rows);
    assert_eq!(all.len(), rows.len() * STAGES.len());
    let mut first = BTreeMap::new();
    for (row, forecasts) in rows.iter().zip(all.chunks(STAGES.len())) {
        for (stage, forecast) in row.stages.iter().zip(forecasts) {
            assert_eq!((stage.sprint, stage.t), (forecast.sprint_id, forecast.t));
            match forecast.measure {
                Measure::Points => {
                    let seen = first.entry((stage.project.clone(), stage.t.get().to_bits())).or_insert(0);
                    *seen += 1;
                    // Only the very first estimated sprint of a project has nothing to be compared with.
                    let answer = if *seen == 1 { Outlook::NoHistory } else { Outlook::Forecast };
                    assert_eq!(forecast.outlook, answer, "{forecast:?}");
                }
                // Without points there is no outcome in this table: it does not tell delivered issues.
                Measure::Issues => assert_eq!(forecast.p_miss, None),
            }
            if splits[&key(row)] == Split::Unestimated {
                assert_eq!(forecast.measure, Measure::Issues);
            }
        }
    }
}

#[test]
fn outcomes_of_later_rows_change_no_earlier_forecast() {
    let Some((rows, splits)) = table() else { return };
    let model = || Arc::new(ShrunkHistoryModel);
    let whole = forecasts(model(), &rows);
    // Cut every project behind its calibration rows, and take their own outcomes away too.
    let mut cut = Vec::new();
    for project in ["JBoss", "JIRA", "Spring"] {
        let of_project = |row: &&TableRow| row.stages[0].project.as_str() == project;
        let last =
            rows.iter().filter(of_project).filter(|row| splits[&key(row)] == Split::Calib).map(key).max();
        let (_, last) = last.unwrap();
        cut.extend(rows.iter().filter(of_project).filter(|row| row.stages[0].sprint <= last).cloned());
        cut.last_mut().unwrap().delivered = None;
    }
    let again = forecasts(model(), &cut);
    assert!(again.len() > 2000);
    assert!(again.iter().all(|forecast| whole.contains(forecast)));
}

#[test]
fn shrunk_history_beats_the_base_rate_on_the_calibration_rows() {
    let Some((rows, splits)) = table() else { return };
    let scores = [Arc::new(BaseRateModel) as Arc<dyn RiskModel>, Arc::new(ShrunkHistoryModel)].map(|model| {
        let name = model.name().to_owned();
        let all = forecasts(model, &rows);
        let mut mean = 0.0;
        for (nth, percent) in STAGES.iter().enumerate() {
            let mut judged: Vec<(Probability, bool)> = Vec::new();
            let mut held = BTreeMap::from([("80", (0_u32, 0_u32)), ("90", (0, 0))]);
            for (row, forecasts) in rows.iter().zip(all.chunks(STAGES.len())) {
                let forecast = &forecasts[nth];
                if splits[&key(row)] != Split::Calib || forecast.outlook != Outlook::Forecast {
                    continue;
                }
                let delivered = row.delivered.unwrap().points.get();
                judged.push((forecast.p_miss.unwrap(), missed(delivered, forecast.committed)));
                for interval in &forecast.intervals {
                    let level = if interval.level().get() < 0.85 { "80" } else { "90" };
                    let (hits, n) = held.get_mut(level).unwrap();
                    *hits += u32::from(interval.contains(delivered));
                    *n += 1;
                }
            }
            for (level, (hits, n)) in &held {
                // Delivered ÷ committed piles up at 0 and 1, so the ranges hold more than they promise, never much less.
                let share = f64::from(*hits) / f64::from(*n);
                assert!(
                    share > level.parse::<f64>().unwrap() / 100.0 - 0.06,
                    "{name} {percent} {level} {share}"
                );
            }
            let score = brier(&judged).unwrap();
            let ece = expected_calibration_error(&judged, 10).unwrap().unwrap();
            let cover: Vec<String> = held
                .iter()
                .map(|(level, (hits, n))| format!("{level} %: {:.3}", f64::from(*hits) / f64::from(*n)))
                .collect();
            println!(
                "{name} at {percent} %: n {} Brier {score:.3} ECE {ece:.3} intervals {cover:?}",
                judged.len()
            );
            mean += score / STAGES.len() as f64;
        }
        println!("{name}: mean Brier {mean:.4}");
        mean
    });
    let [base, shrunk] = scores;
    assert!(shrunk < base - 0.04, "shrunk history {shrunk:.4} against base rate {base:.4}");
    assert!(shrunk < 0.19, "{shrunk:.4}");
}

//! The backtest as a library on real sprints, and as a program: what its options do, what it prints and writes. Of the
//! evaluation data (`JUNO_DATA`) only train and calibration rows are evaluated here, its test rows never.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/example.rs"]
mod example;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::LazyLock;

use juno_connectors::{ConnectorSettings, load_blocking};
use juno_domain::{Progress, ProjectKey, SprintId};
use juno_risk::TrainingSet;
use juno_risk::backtest::{Backtest, BacktestReport, Part, Split, parts_by_share};
use juno_testkit::services::data_folder;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

type Parts = BTreeMap<(ProjectKey, SprintId), Part>;

/// The sprints and their parts, or nothing where the data is not there.
fn public_sprints() -> Option<(TrainingSet, Parts)> {
    let path = data_folder()?.join("sprints/iterations.csv");
    let dataset = load_blocking(&[&path], &ConnectorSettings::default(), &Progress::silent()).unwrap();
    let mut parts = Parts::new();
    for row in csv::Reader::from_path(&path).unwrap().deserialize() {
        let row: BTreeMap<String, String> = row.unwrap();
        if let Some(part) = Part::ALL.into_iter().find(|part| part.name() == row["split"]) {
            let project = ProjectKey::new(row["project"].clone()).unwrap();
            parts.insert((project, SprintId(row["sprint_id"].parse().unwrap())), part);
        }
    }
    Some((TrainingSet::from_rows(&dataset.rows).unwrap(), parts))
}

#[test]
fn shares_give_the_split_column_of_the_public_table() {
    let Some((data, parts)) = public_sprints() else { return };
    assert_eq!(parts_by_share(&data), parts);
    let count = |project: &str| {
        Part::ALL
            .map(|part| parts.iter().filter(|((p, _), of)| p.as_str() == project && **of == part).count())
    };
    assert_eq!(
        [count("JBoss"), count("JIRA"), count("Spring")],
        [[87, 35, 52], [276, 111, 166], [43, 17, 26]]
    );
}

#[test]
fn on_public_sprints_each_baseline_beats_the_one_below_it() {
    let Some((data, parts)) = public_sprints() else { return };
    let split = Split::Given { parts, evaluate: Part::Calib };
    let report = Backtest::default().run(&data, &split, &[], &Progress::silent()).unwrap();
    assert_eq!(report.stages.iter().map(|stage| stage.n).collect::<Vec<_>>(), [139, 156, 158, 160]);
    let brier = |name: &str| report.model(name).unwrap().mean.brier.unwrap();
    let order = ["shrunk_history", "last_velocity", "base_rate"].map(brier);
    assert!(order.is_sorted() && order[0] < order[2] - 0.04, "{order:?}");
    assert_eq!(report.model("base_rate").unwrap().mean.auc, Some(0.5));
    let shares = Split::Shares { evaluate: Part::Calib };
    let same = Backtest::default().run(&data, &shares, &[], &Progress::silent()).unwrap();
    assert_eq!(same.models, report.models);
}

static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| example::program("backtest"));

fn run(arguments: &[&str]) -> Output {
    Command::new(&*PROGRAM).env_clear().args(arguments).output().unwrap()
}

fn text(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn data(name: &str) -> String {
    format!("{ROOT}/examples/data/{name}")
}

#[test]
fn the_same_command_prints_and_writes_the_same_bytes() {
    let place = tempfile::tempdir().unwrap();
    let table = data("sprint-table.csv");
    let once = |name: &str| {
        let file = place.path().join(name);
        let arguments = ["--data", &table, "--predictions", file.to_str().unwrap(), "--seed", "5"];
        (text(&arguments), std::fs::read_to_string(&file).unwrap())
    };
    let (shown, written) = once("a.csv");
    assert_eq!((shown.clone(), written.clone()), once("b.csv"));
    assert!(
        shown.starts_with("Backtest of 12 sprints, the rows marked test, fitted on the 24 before them."),
        "{shown}"
    );
    let mut lines = written.lines();
    assert_eq!(lines.next(), Some("project,sprint_id,t,p_miss,delivered,lo80,hi80,lo90,hi90"));
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 48, "twelve sprints at four stages");
    let stages: Vec<&str> = rows.iter().map(|row| row[2]).collect();
    assert_eq!(stages[..5], ["0", "30", "50", "80", "0"]);
    for row in rows {
        assert_eq!(row.len(), 9);
        assert!(
            (0.0..=1.0).contains(&row[3].parse::<f64>().unwrap()) && row[4].parse::<f64>().unwrap() >= 0.0
        );
        for bounds in row[5..].chunks(2).filter(|bounds| !bounds[0].is_empty()) {
            assert!(bounds[0].parse::<f64>().unwrap() <= bounds[1].parse::<f64>().unwrap(), "{row:?}");
        }
    }
}

#[test]
fn json_is_the_report_without_its_cases() {
    let table = data("sprint-table.csv");
    let report: BacktestReport =
        serde_json::from_str(&text(&["--data", &table, "--eval", "calib", "--format", "json"])).unwrap();
    assert_eq!(report.cases, []);
    assert_eq!((report.folds[0].fitted, report.folds[0].evaluated), (18, 6));
    assert!(report.models.iter().all(|model| model.mean.brier.is_some() && model.predictions.is_empty()));
}

#[test]
fn an_export_and_its_table_are_backtested_alike() {
    let (table, export) = (data("sprint-table.csv"), data("sample"));
    let of = |data: &str| text(&["--data", data, "--eval", "calib"]);
    let tables = |text: String| text.split_once('\n').map(|(_, tables)| tables.to_owned());
    assert_eq!(tables(of(&table)), tables(of(&export)), "only what is said of the split differs");
}

#[test]
fn a_table_without_split_is_parted_by_shares() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("sprints.csv");
    let table = std::fs::read_to_string(data("sprint-table.csv")).unwrap();
    std::fs::write(&file, table.replacen(",split,", ",was,", 1)).unwrap();
    let (given, shares) =
        (text(&["--data", &data("sprint-table.csv")]), text(&["--data", file.to_str().unwrap()]));
    assert!(shares.starts_with("Backtest of 12 sprints, the test share of each project,"), "{shares}");
    assert_eq!(given.split_once('\n').unwrap().1, shares.split_once('\n').unwrap().1);
}

#[test]
fn with_other_data_every_sprint_is_evaluated() {
    let place = tempfile::tempdir().unwrap();
    let (fit, evaluated) = (place.path().join("fit.csv"), place.path().join("evaluated"));
    let table = std::fs::read_to_string(data("sprint-table.csv")).unwrap();
    let (header, rows) = table.split_once('\n').unwrap();
    let of = |project: &str| -> String {
        rows.lines().filter(|row| row.starts_with(project)).map(|row| format!("\n{row}")).collect()
    };
    std::fs::write(&fit, format!("{header}{}{}", of("CORE"), of("MOB"))).unwrap();
    std::fs::create_dir(&evaluated).unwrap();
    std::fs::write(evaluated.join("sprints.csv"), format!("{header}{}", of("PAY"))).unwrap();
    let file = place.path().join("said.csv");
    let arguments = [
        "--data",
        evaluated.to_str().unwrap(),
        "--train",
        fit.to_str().unwrap(),
        "--predictions",
        file.to_str().unwrap(),
    ];
    let shown = text(&arguments);
    assert!(shown.starts_with("Backtest of 12 sprints, fitted on 24 of other data."), "{shown}");
    let written = std::fs::read_to_string(&file).unwrap();
    assert_eq!(written.lines().count(), 1 + 48);
    assert!(written.lines().skip(1).all(|line| line.starts_with("PAY,")));
}

/// Each of these ends with a sentence and a code, never with a panic.
#[test]
fn what_cannot_be_done_is_said_in_a_sentence() {
    let place = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let path = place.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let table = std::fs::read_to_string(data("sprint-table.csv")).unwrap();
    let first: String = table.lines().take(2).map(|line| format!("{line}\n")).collect();
    let one = put("one.csv", &first);
    let second = table.lines().nth(2).unwrap().replace(",train,", ",calib,");
    let two = put("two.csv", &format!("{first}{second}\n"));
    let odd = put("odd.csv", &first.replace(",train,", ",practice,"));
    let open = put("open.csv", "project,sprint_id,start_pts,delivered_pts\nPAY,1,10,\n");
    let good = data("sprint-table.csv");
    for (arguments, word) in [
        (vec!["--data", "nowhere"], "nowhere"),
        (vec!["--data", &good, "--train", "nowhere"], "nowhere"),
        (vec!["--data", &good, "--eval", "all"], "possible values: calib, test"),
        (vec!["--data", &one], "no sprint is in the part `test` that is to be evaluated (`train` has 1)"),
        (vec!["--data", &one], ": use `--train OTHER` to evaluate every sprint"),
        (vec!["--data", &two], "`train` has 1, `calib` has 1"),
        (vec!["--data", &two], ": use `--eval calib`, or `--train OTHER`"),
        (vec!["--data", &odd], "`practice` is none of train, calib, test, unestimated"),
        (vec!["--data", &open], "has no finished sprint"),
        (vec!["--data", &good, "--predictions", "/nowhere/at/all.csv"], "/nowhere/at/all.csv"),
    ] {
        let output = run(&arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(word), "{arguments:?}: {said}");
        assert!(said.contains("error: ") && !said.contains("panicked"), "{said}");
    }
}

//! From finished sprints to a model file, and from there into the pipeline.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/example.rs"]
mod example;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use juno_connectors::{ConnectorSettings, load_blocking};
use juno_core::prelude::*;
use juno_core::risk::{BlendParams, BlendRiskModel, FindingKind, Severity, TrainingSet};
use juno_domain::TableRow;
use juno_testkit::synthetic::{SyntheticParams, SyntheticProject};

/// A site of six teams, each with so many finished sprints and one that is open.
fn site(sprints_per_team: usize) -> SyntheticProject {
    let params =
        SyntheticParams { teams: 6, sprints_per_team, backlog_per_team: 5, ..SyntheticParams::default() };
    SyntheticProject::generate(params)
}

/// A small model of the site's sprint table.
fn trained(site: &SyntheticProject, folder: &Path) -> BlendRiskModel {
    let table = folder.join("sprints.csv");
    std::fs::write(&table, site.sprint_table()).unwrap();
    let data = load_blocking(&[&table], &ConnectorSettings::default(), &Progress::silent()).unwrap();
    let (training, report) = TrainingSet::check(data.rows.iter().filter_map(TableRow::finished).collect());
    assert_eq!(report.findings_of(Severity::Error).count(), 0, "{report}");
    let trainer = BlendParams { n_trees: 10, ..BlendParams::default() }.check().unwrap();
    trainer.fit(&training, &Progress::silent()).unwrap_or_else(|error| panic!("{error}\n{report}"))
}

/// The models that forecast the open sprints of an export.
async fn forecast_by(
    builder: JunoBuilder,
    export: &Path,
    as_of: chrono::DateTime<chrono::Utc>,
) -> Vec<String> {
    let juno = builder.clock(Arc::new(FixedClock(as_of))).open().await.unwrap();
    let records = juno.load(&[export.to_owned()], &Progress::silent()).await.unwrap();
    let review = juno.review(&records, as_of, &Progress::silent()).await.unwrap();
    let basis = |forecast: juno_core::risk::Forecast| forecast.basis.map(|basis| basis.model);
    review.forecasts.into_iter().filter_map(basis).collect()
}

#[tokio::test]
async fn a_model_in_a_file_forecasts_where_settings_name_it() {
    let site = site(16);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("model.juno");
    trained(&site, folder.path()).save(&file).unwrap();
    let export = folder.path().join("export");
    std::fs::create_dir(&export).unwrap();
    site.write(&export).unwrap();

    let as_of = SyntheticParams { sprints_per_team: 16, ..SyntheticParams::default() }.as_of();
    let plain = Settings::default().with("database.url", "memory:").unwrap();
    let named = plain.clone().with("risk.model", &file.to_string_lossy()).unwrap();
    let with = forecast_by(JunoBuilder::new(named), &export, as_of).await;
    assert!(!with.is_empty() && with.iter().all(|model| model == "blend"), "{with:?}");
    let handed = Arc::new(BlendRiskModel::load(&file).unwrap());
    assert_eq!(forecast_by(JunoBuilder::new(plain.clone()).model(handed), &export, as_of).await, with);
    let without = forecast_by(JunoBuilder::new(plain), &export, as_of).await;
    assert!(
        without.len() == with.len() && without.iter().all(|model| model == "shrunk_history"),
        "{without:?}"
    );
}

#[test]
fn a_plan_of_no_days_in_a_table_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("sprints.csv");
    std::fs::write(
        &table,
        "project,sprint_id,planned_days,start_pts,delivered_pts\nPAY,1,14,9,9\nPAY,2,0,9,7\n",
    )
    .unwrap();
    let data = load_blocking(&[&table], &ConnectorSettings::default(), &Progress::silent()).unwrap();
    let (_, report) = TrainingSet::check(data.rows.iter().filter_map(TableRow::finished).collect());
    let found = report.findings.iter().find(|finding| finding.kind == FindingKind::ZeroLength).unwrap();
    assert_eq!((found.count, found.examples.as_slice()), (1, &["PAY 2".to_owned()][..]));
}

/// Refused before anything is read: the input is not there either.
#[test]
fn a_place_where_no_model_can_be_written_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let program = example::program("train");
    for (model, word) in
        [(".", "`.` is a folder; name a file in it"), ("no/model.juno", "there is no folder `no`")]
    {
        let arguments = ["--input", "nowhere.csv", "--model", model];
        let output = Command::new(&program).args(arguments).current_dir(folder.path()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.starts_with("error: ") && said.contains(word), "{said}");
    }
}

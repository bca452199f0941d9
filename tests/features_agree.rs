//! What a model that learns looks at is the same from issue events and from a sprint table of the same sprints.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Utc};
use juno_analytics::{History, HistoryOptions};
use juno_connectors::{ConnectorSettings, load_blocking};
use juno_domain::{FinishedSprint, Progress, ProjectKey, SprintId, SprintSnapshot, TableRow};
use juno_risk::{Features, Input, known_before};
use juno_testkit::synthetic::{Dialect, SyntheticParams, SyntheticProject};

/// What a sprint table has no columns for; the issue events tell it.
const NOT_IN_A_TABLE: [Input; 3] = [Input::Blocked, Input::Defects, Input::Unestimated];

/// The finished sprints of a simulated Jira site, from its issue events.
fn from_events(seed: u64, dialect: Dialect) -> Vec<FinishedSprint> {
    let site = SyntheticProject::generate(SyntheticParams {
        seed,
        dialect,
        sprints_per_team: 8,
        ..SyntheticParams::default()
    });
    let folder = tempfile::tempdir().unwrap();
    let files = site.write(folder.path()).unwrap();
    let data = load_blocking(&files, &ConnectorSettings::default(), &Progress::silent()).unwrap();
    let history = History::build(&data, &HistoryOptions::default(), &Progress::silent()).unwrap();
    history.finished_sprints(DateTime::<Utc>::MAX_UTC).unwrap()
}

/// Writes them as a sprint table, as a user may have one, and reads it again.
fn through_a_table(sprints: &[FinishedSprint]) -> Vec<FinishedSprint> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sprints.csv");
    write_table(sprints, &path);
    let data = load_blocking(&[&path], &ConnectorSettings::default(), &Progress::silent()).unwrap();
    assert_eq!(data.quarantined, []);
    assert_eq!(data.rows.len(), sprints.len());
    data.rows.iter().filter_map(TableRow::finished).collect()
}

fn write_table(sprints: &[FinishedSprint], path: &Path) {
    let mut file = csv::Writer::from_path(path).unwrap();
    let per_state = ["added", "removed", "todo", "inprog", "done", "committed"];
    let mut header: Vec<String> = [
        "project",
        "sprint_id",
        "board_id",
        "name",
        "planned_days",
        "start_n",
        "start_pts",
        "delivered_n",
        "delivered_pts",
    ]
    .map(str::to_owned)
    .into();
    for percent in [0, 30, 50, 80] {
        header.push(format!("t{percent}_members"));
        header
            .extend(per_state.iter().flat_map(|s| ["n", "pts"].map(|unit| format!("t{percent}_{s}_{unit}"))));
    }
    file.write_record(&header).unwrap();
    for sprint in sprints {
        let first = &sprint.stages[0];
        let days = first.planned_days.map_or(String::new(), |days| days.to_string());
        let mut row = vec![
            sprint.project.to_string(),
            sprint.sprint.to_string(),
            sprint.team.to_string(),
            first.name.clone(),
            days,
            first.started_with.issues.to_string(),
            first.started_with.points.get().to_string(),
            sprint.delivered.issues.to_string(),
            sprint.delivered.points.get().to_string(),
        ];
        for t in [0.0, 0.3, 0.5, 0.8] {
            match sprint.stages.iter().find(|stage| stage.t.get() == t) {
                Some(stage) => {
                    row.push(stage.members.to_string());
                    let scopes = [
                        stage.added,
                        stage.removed,
                        stage.todo,
                        stage.in_progress,
                        stage.done,
                        stage.committed(),
                    ];
                    row.extend(
                        scopes.iter().flat_map(|s| [s.issues.to_string(), s.points.get().to_string()]),
                    );
                }
                None => row.resize(row.len() + 1 + 2 * per_state.len(), String::new()),
            }
        }
        file.write_record(&row).unwrap();
    }
    file.flush().unwrap();
}

type Key = (ProjectKey, SprintId);

fn by_key(sprints: &[FinishedSprint]) -> BTreeMap<Key, &FinishedSprint> {
    sprints.iter().map(|sprint| ((sprint.project.clone(), sprint.sprint), sprint)).collect()
}

fn features(seen: &SprintSnapshot, all: &[FinishedSprint]) -> Features {
    // Of a table only the same project is history, as in forecasts of tables: ids of projects are no common order.
    let of_project: Vec<FinishedSprint> =
        all.iter().filter(|past| past.project == seen.project).cloned().collect();
    Features::of(seen, seen.t, &known_before(seen, &of_project)).unwrap()
}

#[test]
fn both_routes_see_the_same() {
    let mut compared = 0;
    for (seed, dialect) in [(1, Dialect::Cloud), (2, Dialect::Server), (3, Dialect::Cloud)] {
        let events = from_events(seed, dialect);
        let table = through_a_table(&events);
        let rows = by_key(&table);
        for sprint in &events {
            let row = rows[&(sprint.project.clone(), sprint.sprint)];
            assert_eq!(row.team, sprint.team);
            for seen in &sprint.stages {
                let same = row.stages.iter().find(|stage| stage.t == seen.t).unwrap();
                if seen.committed().in_measure(seen.measure()) <= 0.0 {
                    continue;
                }
                let (from_events, from_table) = (features(seen, &events), features(same, &table));
                for input in Input::ALL {
                    let values = [&from_events, &from_table].map(|features| features.get(input));
                    let context =
                        format!("seed {seed}, sprint {} at {}, {input:?}", sprint.sprint, seen.t.get());
                    if NOT_IN_A_TABLE.contains(&input) {
                        assert!(values[0].is_some() && values[1].is_none(), "{context}: {values:?}");
                    } else {
                        assert_eq!(
                            values[0].map(f64::to_bits),
                            values[1].map(f64::to_bits),
                            "{context}: {values:?}"
                        );
                        compared += 1;
                    }
                }
            }
        }
    }
    assert!(compared > 5_000, "{compared}");
}

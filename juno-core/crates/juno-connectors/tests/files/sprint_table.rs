//! What becomes of a table with one row per sprint.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use juno_connectors::{ConnectorSettings, TableMapping, load_blocking};
use juno_domain::{Measure, Progress, SprintPhase, TeamId};

use crate::common::*;

const HEADER: &str = "project,sprint_id,board_id,name,n_boards,planned_days,start_n,start_pts,delivered_pts,\
    t0_members,t0_added_n,t0_added_pts,t0_removed_n,t0_removed_pts,t0_todo_n,t0_todo_pts,t0_inprog_n,t0_inprog_pts,\
    t0_done_n,t0_done_pts,t0_committed_pts,t50_members,t50_added_n,t50_added_pts,t50_removed_n,t50_removed_pts,\
    t50_todo_n,t50_todo_pts,t50_inprog_n,t50_inprog_pts,t50_done_n,t50_done_pts,t50_committed_pts,iss_final_n";

const STAGE_0: &str = "4,0,0,0,0,8,20,2,5,0,0,25";
const STAGE_50: &str = "5,2,6,1,3,3,8,4,10,4,10,28";

fn row(id: u64, delivered: &str) -> String {
    format!("PAY,{id},4,Sprint {id},2,14,10,25,{delivered},{STAGE_0},{STAGE_50},11")
}

fn table(rows: &[String]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

#[test]
fn every_stage_becomes_a_snapshot() {
    let data = load_text("t.csv", table(&[row(17, "22"), row(18, "")])).unwrap();
    assert_eq!(data.quarantined, []);
    let first = &data.rows[0];
    let [zero, half] = first.stages.as_slice() else { panic!("{first:?}") };
    assert_eq!((zero.t.get(), half.t.get(), zero.phase), (0.0, 0.5, SprintPhase::Running));
    assert_eq!((zero.planned_days, zero.name.as_str(), zero.members), (Some(14.0), "Sprint 17", 4));
    assert_eq!((zero.committed().points.get(), zero.committed().issues), (25.0, 10));
    assert_eq!((half.committed().points.get(), half.committed().issues), (28.0, 11));
    assert_eq!((half.added.issues, half.removed.points.get(), half.done.points.get()), (2, 3.0, 10.0));
    let finished = first.finished().unwrap();
    assert_eq!(finished.delivered_in(Measure::Points), Some(22.0));
    assert_eq!(finished.delivered_in(Measure::Issues), None, "the table does not tell delivered issues");
    assert_eq!(data.rows[1].delivered, None, "it runs");
    assert_eq!((data.teams[0].id.as_str(), data.teams[0].boards.len()), ("4", 1));
}

#[test]
fn nothing_of_a_later_stage_enters_an_earlier_one() {
    let later = row(17, "99").replace(STAGE_50, "9,5,5,2,2,1,1,1,1,11,26,28");
    let one = load_text("t.csv", table(&[row(17, "22")])).unwrap();
    let two = load_text("t.csv", table(&[later])).unwrap();
    assert_ne!(one.rows[0].stages[1], two.rows[0].stages[1]);
    assert_eq!(one.rows[0].stages[0], two.rows[0].stages[0]);
    let open = row(17, "").replace(STAGE_50, ",,,,,,,,,,,");
    let open = load_text("t.csv", table(&[open])).unwrap();
    assert_eq!(
        open.rows[0].stages,
        [one.rows[0].stages[0].clone()],
        "a stage not reached yet is no snapshot"
    );
}

#[test]
fn impossible_rows_are_quarantined_with_their_reason() {
    let bad = [
        row(1, "22").replace(",14,10,25,", ",14,-10,25,"),
        row(2, "NaN"),
        row(3, "22").replace(STAGE_50, "5,2,6,1,3,3,8,4,10,4,10,31"),
        row(4, "22").replace(STAGE_50, "5,2,6,13,3,3,8,4,10,4,10,28"),
        row(5, "22").replace(STAGE_50, "5,2,,1,3,3,8,4,10,4,10,28"),
        row(6, "22").replace("PAY,6", "PAY,six"),
        row(7, "22").replace(STAGE_0, "4,0.5,0,0,0,8,20,2,5,0,0,25"),
        row(8, "22") + ",1",
        row(9, "22"),
    ];
    let data = load_text("t.csv", table(&bad)).unwrap();
    assert_eq!(data.rows.len(), 1);
    let told: Vec<String> =
        data.quarantined.iter().map(|q| format!("{}: {}", q.position, q.reason)).collect();
    for (line, word) in [
        ("line 2 (PAY 1)", "start_n is `-10`"),
        ("line 3 (PAY 2)", "`NaN`"),
        ("line 4 (PAY 3)", "28 points"),
        ("line 5 (PAY 4)", "-1 issues"),
        ("line 6 (PAY 5)", "added_pts is empty"),
        ("line 7 (PAY six)", "not a number"),
        ("line 8 (PAY 7)", "not whole"),
        ("line 9", "35 columns"),
    ] {
        assert!(told.iter().any(|t| t.starts_with(line) && t.contains(word)), "{line}: {told:#?}");
    }
    assert_eq!(told.len(), 8, "{told:#?}");
}

#[test]
fn fault_of_rows_that_differ_the_first_one_won() {
    let (three, four) = (row(3, "22"), row(4, "9"));
    let [one, other, repeated] = [row(9, "22"), row(9, "23"), three.clone()];
    let orders = [[&three, &one, &repeated, &other, &four], [&other, &repeated, &four, &one, &three]];
    let [first, second] = orders.map(|rows| load_text("t.csv", table(&rows.map(String::clone))).unwrap());
    assert_eq!(first.rows, second.rows);
    let ids: Vec<u64> = first.rows.iter().map(|row| row.stages[0].sprint.0).collect();
    assert_eq!(ids, [3, 4], "nobody knows which row of sprint 9 is right; sprint 3 counts once");
    for (data, lines) in [(first, [3, 5]), (second, [2, 5])] {
        let told: Vec<&str> = data.quarantined.iter().map(|q| q.position.as_str()).collect();
        assert_eq!(told, lines.map(|line| format!("line {line} (PAY 9)")));
        assert!(data.quarantined.iter().all(|q| q.reason.starts_with("2 rows of this sprint differ")));
        assert_eq!(data.notes.len(), 1);
        assert!(data.notes[0].contains("repeat another in everything: 1 (the first: "), "{:?}", data.notes);
    }
}

#[test]
fn a_plan_of_no_days_is_a_fact() {
    let none = row(17, "22").replace(",14,10,25,", ",0,10,25,");
    let unknown = row(18, "22").replace(",14,10,25,", ",,10,25,");
    let data = load_text("t.csv", table(&[none, unknown])).unwrap();
    let days: Vec<_> = data.rows.iter().map(|row| row.stages[0].planned_days).collect();
    assert_eq!(days, [Some(0.0), None]);
}

#[test]
fn amounts_add_up_to_the_digits_that_tables_keep() {
    let fits = |start: &str, added: &str, committed: &str| {
        let text = format!(
            "project,sprint_id,start_pts,t50_added_pts,t50_removed_pts,t50_committed_pts,delivered_pts\n\
            PAY,1,{start},{added},0,{committed},1\n"
        );
        load_text("t.csv", text).unwrap().quarantined.is_empty()
    };
    assert!(fits("10.004", "2.004", "12"), "rounded to a hundredth");
    assert!(!fits("10", "2", "12.02"));
    // Seven digits of a large number are no hundredth.
    assert!(fits("1234567.4", "2345678.4", "3580246"));
    assert!(fits("1e300", "2e299", "1.2e300") && fits("1e308", "0", "1e308"));
    assert!(!fits("1234567", "2345678", "3580345"));
    assert!(!fits("1e300", "2e299", "1.3e300"));
}

#[test]
fn a_negative_rest_of_work_is_none_and_is_told() {
    let odd = row(17, "22").replace(STAGE_50, "5,2,6,1,3,3,-2,4,10,4,20,28");
    let data = load_text("t.csv", table(&[row(16, "22"), odd])).unwrap();
    assert_eq!(data.quarantined, []);
    assert_eq!(data.rows[1].stages[1].todo.points.get(), 0.0);
    assert!(
        data.notes[0].contains("1 negative to-do") && data.notes[0].contains("line 3"),
        "{:?}",
        data.notes
    );
}

#[test]
fn optional_columns_may_be_missing_and_names_may_differ() {
    let small = "project;sprint_id;start_pts;delivered_pts\nPAY;1;12,5;10\nPAY;2;0;0\n";
    let data = load_text("t.csv", small).unwrap();
    let first = &data.rows[0];
    assert_eq!(
        (first.stages.len(), first.stages[0].todo.points.get(), first.stages[0].team.as_str()),
        (1, 12.5, "PAY")
    );
    assert_eq!(data.teams[0].id.as_str(), "PAY");

    let mapping = TableMapping::new([
        ("project", "squad"),
        ("sprint_id", "id"),
        ("t{T}_committed_n", "scope at {T} %"),
        ("delivered_n", "finished"),
    ])
    .unwrap();
    let settings = ConnectorSettings { table: mapping, ..Default::default() };
    let own = "squad,id,scope at 0 %,scope at 40 %,finished\nA,1,10,12,9\n";
    let data = load_text_with("t.csv", own, &settings).unwrap();
    let row = &data.rows[0];
    assert_eq!((row.stages[0].committed().issues, row.stages[1].committed().issues), (10, 12));
    assert_eq!((row.stages[1].added.issues, row.stages[1].t.get()), (2, 0.4));
    assert_eq!(row.finished().unwrap().delivered_in(Measure::Issues), Some(9.0));
}

#[test]
fn a_team_of_the_settings_takes_its_boards() {
    let settings: ConnectorSettings =
        serde_json::from_str(r#"{"teams": [{"id": "checkout", "name": "Checkout", "boards": [4, 7]}]}"#)
            .unwrap();
    let data = load_text_with("t.csv", table(&[row(17, "22")]), &settings).unwrap();
    assert_eq!(data.rows[0].stages[0].team, TeamId::new("checkout").unwrap());
    assert_eq!((data.teams.len(), data.teams[0].name.as_str()), (1, "Checkout"));
}

#[test]
fn the_public_sprint_corpus_loads_whole() {
    let Some(data) = std::env::var_os("JUNO_DATA").filter(|data| !data.is_empty()) else {
        // Past what keeps the output of tests that pass.
        drop(writeln!(
            std::io::stderr(),
            "skipped: JUNO_DATA does not name the folder of the evaluation data"
        ));
        return;
    };
    let folder = PathBuf::from(data).join("sprints");
    let file = folder.join("iterations.csv");
    let text = std::fs::read_to_string(&file).unwrap();
    let settings = ConnectorSettings::default();
    let data = load_blocking(&[&file], &settings, &Progress::silent()).unwrap();
    assert_eq!(data.quarantined, []);
    assert_eq!(data.rows.len(), text.lines().count() - 1);
    assert!(data.rows.iter().all(|row| row.stages.len() == 4 && row.delivered.is_some()));
    let boards: BTreeSet<_> = data.rows.iter().map(|row| &row.stages[0].team).collect();
    assert_eq!(data.teams.len(), boards.len());
    // The folder also holds statistics per issue, which are no Jira issues.
    let whole = load_blocking(&[&folder], &settings, &Progress::silent()).unwrap();
    assert_eq!(whole.rows, data.rows);
    let refused: Vec<&str> = whole.quarantined.iter().map(|q| q.source.rsplit('/').next().unwrap()).collect();
    assert_eq!(refused, ["issues.csv"]);
}

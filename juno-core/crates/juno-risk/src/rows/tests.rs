use std::collections::BTreeSet;

use juno_domain::TableRow;
use proptest::prelude::*;

use super::*;
use crate::{
    Outlook,
    testing::{row, running, scope, ten},
};

fn forecasts(rows: &[TableRow]) -> Vec<Forecast> {
    RiskAssessor::default().assess_rows(rows).unwrap()
}

#[test]
fn every_stage_of_every_row_gets_an_answer() {
    let mut rows: Vec<TableRow> = (1..=12).map(|id| row(id, "7", 30.0, 15.0, Some(30.0))).collect();
    rows.push(row(13, "7", 30.0, 10.0, None));
    let got = forecasts(&rows);
    assert_eq!(got.len(), 26);
    assert_eq!(
        got.iter().filter(|f| f.outlook == Outlook::Forecast).count(),
        24,
        "all but the very first sprint"
    );
    assert_eq!((got[0].outlook, got[0].p_miss), (Outlook::NoHistory, Some(juno_domain::Probability::HALF)));
    assert_eq!((got[25].sprint_id, got[25].p_miss.is_some()), (SprintId(13), true));
}

#[test]
fn the_table_and_the_direct_route_agree() {
    let rows: Vec<TableRow> =
        (1..=11).map(|id| row(id, "7", 30.0, 15.0, Some(if id % 3 == 0 { 21.0 } else { 30.0 }))).collect();
    let got = forecasts(&rows);
    let direct = RiskAssessor::default().assess(&running(11, "7", 0.5, 30.0, 15.0), &ten()).unwrap();
    assert_eq!(got.last(), Some(&direct));
}

#[test]
fn fault_ids_collide_in_one_second() {
    // A forecast has no id of its own to collide: project, sprint and t tell it apart, whenever it is made.
    let rows: Vec<TableRow> = (1..=30).map(|id| row(id, "7", 30.0, 15.0, Some(30.0))).collect();
    let got = forecasts(&rows);
    let keys: BTreeSet<_> = got.iter().map(|f| (&f.project, f.sprint_id, f.t.get().to_bits())).collect();
    assert_eq!(keys.len(), got.len());
}

#[test]
fn projects_do_not_mix() {
    let mut rows: Vec<TableRow> = (1..=12).map(|id| row(id, "7", 30.0, 15.0, Some(30.0))).collect();
    let before = forecasts(&rows);
    let elsewhere = (1..=12).map(|id| {
        let mut row = row(id, "7", 30.0, 15.0, Some(1.0));
        row.stages.iter_mut().for_each(|stage| stage.project = ProjectKey::new("OPS").unwrap());
        row
    });
    rows.extend(elsewhere);
    assert_eq!(forecasts(&rows)[..before.len()], before[..]);
}

prop_compose! {
    fn any_row()(team in 0..3_u8, committed in 0.0..60.0_f64, half in 0.0..60.0_f64, delivered in prop::option::of(0.0..60.0_f64))
        -> (u8, f64, f64, Option<f64>) {
        (team, committed, half, delivered)
    }
}

fn table(parts: &[(u8, f64, f64, Option<f64>)]) -> Vec<TableRow> {
    let sprint = |(i, (team, committed, half, delivered)): (usize, &(u8, f64, f64, Option<f64>))| {
        row(i as u64 + 1, &team.to_string(), *committed, *half, *delivered)
    };
    parts.iter().enumerate().map(sprint).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn later_rows_and_later_columns_never_change_an_earlier_forecast(
        parts in prop::collection::vec(any_row(), 2..25),
        others in prop::collection::vec(any_row(), 25),
        at in 0..25_usize,
    ) {
        let at = at % parts.len();
        // Everything after row `at`, its outcome and its later stage become something else; the rows come reversed.
        let rows = table(&parts);
        let mut changed = parts.clone();
        changed.splice(at + 1.., others.iter().take(parts.len() - at).copied());
        let mut changed = table(&changed);
        changed[at].delivered = others[0].3.map(scope);
        let (later, earlier) = changed[at].stages.split_last_mut().unwrap();
        later.done = scope(others[0].1);
        later.added = scope(others[0].2);
        let (sprint, t) = (earlier[0].sprint, earlier[0].t);
        changed.reverse();
        let one = |all: &[Forecast]| {
            all.iter().find(|f| f.sprint_id == sprint && f.t == t).map(|f| serde_json::to_string(f).unwrap())
        };
        prop_assert_eq!(one(&forecasts(&rows)), one(&forecasts(&changed)));
        for forecast in forecasts(&rows).iter().filter(|f| f.sprint_id < sprint) {
            let same = forecasts(&changed).iter().any(|f| f == forecast);
            prop_assert!(same, "{:?}", forecast);
        }
    }
}

//! A prepared model says what the model says; it only says it sooner.

use juno_domain::{FinishedSprint, TableRow};

use super::{at, dated, fit, small, usual, world};
use crate::{RiskAssessor, RiskModel, ShrunkHistoryModel, known_before};

/// Some dates missing, and some that cannot be: seen after the close, closed before the start.
fn odd_dates(sprints: Vec<FinishedSprint>) -> Vec<FinishedSprint> {
    let mut sprints = dated(sprints);
    for past in &mut sprints {
        match past.sprint.0 % 7 {
            0 => past.closed_at = None,
            1 => past.stages.iter_mut().for_each(|stage| stage.at = None),
            2 => past.closed_at = past.started_at,
            3 => past.closed_at = at(0),
            4 => past.stages.iter_mut().for_each(|stage| stage.at = at(100_000)),
            _ => {}
        }
    }
    sprints
}

#[test]
fn a_prepared_model_says_what_the_model_says() {
    for mut sprints in [world(8, 40), dated(world(8, 40)), odd_dates(world(8, 40))] {
        let model = fit(small(), sprints.iter().filter(|past| past.sprint.0 <= 30).cloned().collect());
        // Two projects and one team in both; in any order.
        sprints.rotate_left(33);
        let prepared = model.prepare(&sprints);
        let mut asked = 0;
        for past in sprints.iter().filter(|past| past.sprint.0 > 24 && past.sprint.0 % 2 == 1) {
            for seen in &past.stages {
                let alone = model.predict(seen, &known_before(seen, &sprints));
                assert_eq!(prepared.predict(seen), alone);
                // Asked again, when everything is kept.
                assert_eq!(prepared.predict(seen), alone);
                asked += 1;
            }
        }
        assert!(asked > 50);
        let shrunk = ShrunkHistoryModel.prepare(&sprints);
        let seen = &sprints[3].stages[1];
        assert_eq!(shrunk.predict(seen), ShrunkHistoryModel.predict(seen, &known_before(seen, &sprints)));
    }
}

#[test]
fn threads_may_share_a_prepared_model() {
    let sprints = world(8, 40);
    let model = usual(8, 30);
    let prepared = model.prepare(&sprints);
    let ask =
        || sprints.iter().rev().step_by(9).map(|past| prepared.predict(&past.stages[2])).collect::<Vec<_>>();
    let answers = std::thread::scope(|scope| [scope.spawn(ask), scope.spawn(ask)].map(|t| t.join().unwrap()));
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], ask());
}

#[test]
fn a_table_and_one_sprint_at_a_time_give_the_same() {
    let sprints = world(8, 40);
    let assessor = RiskAssessor::new(usual(8, 30));
    let rows: Vec<TableRow> = sprints
        .iter()
        .filter(|past| past.sprint.0 > 28)
        .map(|past| TableRow {
            stages: past.stages.clone(),
            delivered: Some(past.delivered),
            delivered_issues_known: true,
            split: None,
        })
        .collect();
    let all: Vec<FinishedSprint> = rows.iter().filter_map(TableRow::finished).collect();
    let mut one_by_one = Vec::new();
    for seen in rows.iter().flat_map(|row| &row.stages) {
        let of_project: Vec<FinishedSprint> =
            all.iter().filter(|past| past.project == seen.project).cloned().collect();
        one_by_one.push(assessor.assess(seen, &known_before(seen, &of_project)).unwrap());
    }
    assert_eq!(assessor.assess_rows(&rows).unwrap(), one_by_one);
}

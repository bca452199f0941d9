//! Faults of other risk tools, each asked of the blend by name.

use juno_domain::{ErrorKind, FinishedSprint, SprintPhase, SprintSnapshot};

use super::super::rows::{Rows, seen_at};
use super::{amount, fit, open, pay, project, small, sprint, usual, world};
use crate::testing::p;
use crate::{Features, RiskAssessor, RiskModel, TrainingSet};

/// Fault: more risk lowers the score.
#[test]
fn fault_more_risk_lowers_the_score() {
    let (sprints, model) = (world(7, 60), usual(7, 60));
    let history = pay(&sprints);
    let p_miss = |snapshot: &SprintSnapshot| model.predict(snapshot, &history).unwrap().p_miss.get();
    for team in ["a", "b"] {
        for t in [0.5, 0.8] {
            let by_done = [2, 6, 11].map(|done| p_miss(&open(500, team, t, done)));
            assert!(by_done[0] > by_done[1] && by_done[1] > by_done[2], "{team} {t}: {by_done:?}");
        }
        let mut twice = open(500, team, 0.5, 6);
        twice.added = amount(12, 36.0);
        twice.todo += twice.added;
        assert!(p_miss(&twice) > p_miss(&open(500, team, 0.5, 6)), "twice the scope for {team}");
    }
    assert!(p_miss(&open(500, "b", 0.3, 3)) > p_miss(&open(500, "a", 0.3, 3)), "who misses more");
}

/// Fault: a day-0 forecast of 2 %.
#[test]
fn fault_a_day_0_forecast_of_2_percent() {
    let (sprints, model) = (world(7, 60), usual(7, 60));
    for history in [pay(&sprints), Vec::new()] {
        for team in ["a", "b", "new"] {
            let p_miss = model.predict(&open(500, team, 0.0, 0), &history).unwrap().p_miss.get();
            assert!((0.1..0.9).contains(&p_miss), "{team}: {p_miss}");
        }
    }
}

/// Fault: a finished sprint is "overloaded".
#[test]
fn fault_a_finished_sprint_is_overloaded() {
    let (sprints, model) = (world(7, 60), usual(7, 60));
    let over = SprintSnapshot { phase: SprintPhase::Finished, ..open(500, "a", 1.0, 12) };
    assert_eq!(model.predict(&over, &pay(&sprints)).unwrap_err().kind(), ErrorKind::InvalidInput);
    let settled = RiskAssessor::new(model).assess(&over, &pay(&sprints)).unwrap();
    assert_eq!(settled.p_miss.map(|p| p.get()), Some(0.0));
    assert_eq!(settled.risk_index, None);
}

/// Fault: train/serve skew.
#[test]
fn fault_train_serve_skew() {
    for sprints in [world(7, 30), super::dated(world(7, 30)), one_team_in_two_projects()] {
        let training = TrainingSet::new(sprints.clone()).unwrap();
        let stages = [0.0, 0.3, 0.5].map(p);
        for (stage, fitted) in stages.into_iter().zip(Rows::at(&stages, &training).unwrap()) {
            assert!(fitted.len() > 20);
            let mut compared = 0;
            for (past, row) in training.sprints().iter().zip(&fitted.features) {
                let seen = seen_at(stage, past).unwrap();
                // What a host that keeps one list of everything would ask with.
                let known: Vec<FinishedSprint> = crate::known_before(seen, &sprints).into_owned();
                let served = Features::of(seen, stage, &known).unwrap();
                let bits = |f: &Features| f.values().map(f64::to_bits);
                assert_eq!(bits(&served), bits(row), "sprint {} of {}", past.sprint.0, past.project);
                compared += 1;
            }
            assert_eq!(compared, fitted.len());
        }
    }
}

/// A board whose sprints are now of one project, now of another.
fn one_team_in_two_projects() -> Vec<FinishedSprint> {
    let sprints = (1..=30)
        .map(|id| {
            let key = if id % 3 == 0 { "PAY" } else { "WEB" };
            sprint(key, id, "both", 2.0, if id % 4 == 0 { 0.5 } else { 1.0 }, 0.1)
        })
        .collect();
    super::dated(sprints)
}

/// Fault: ids collide. Sprints of two projects may have the same id; nothing is lost or mixed up.
#[test]
fn fault_ids_collide_in_one_second() {
    let (sprints, model) = (world(7, 60), usual(7, 60));
    let mut history = pay(&sprints);
    let first = model.predict(&open(500, "a", 0.5, 4), &history).unwrap();
    // The same ids in another project, and with the very id of the sprint to forecast.
    history.push(FinishedSprint { project: project("NEW"), ..sprint("NEW", 499, "stranger", 3.0, 0.2, 0.0) });
    history.push(sprint("NEW", 60, "stranger", 3.0, 0.2, 0.0));
    let with = model.predict(&open(500, "a", 0.5, 4), &history).unwrap();
    assert_eq!((with.p_miss, &with.intervals), (first.p_miss, &first.intervals));
}

/// Fault: NaN or zero crashes.
#[test]
fn fault_nan_or_zero_crashes() {
    let (sprints, model) = (world(7, 60), usual(7, 60));
    let history = pay(&sprints);
    let sizes = [f64::MIN_POSITIVE, 5e-324, 1.0, 1e300, f64::MAX];
    for size in sizes {
        for done in [0.0, size / 2.0, size, f64::MAX] {
            for days in [None, Some(0.0), Some(f64::NAN), Some(5873.0)] {
                let mut snapshot = open(500, "a", 0.5, 0);
                snapshot.started_with = amount(u32::MAX, size);
                snapshot.todo = amount(0, size);
                snapshot.done = amount(3, done);
                snapshot.members = 0;
                snapshot.planned_days = days;
                let prediction = model.predict(&snapshot, &history).unwrap();
                prediction.check("blend", &snapshot).unwrap();
            }
        }
    }
    // And as outcomes that are fitted on.
    let odd: Vec<FinishedSprint> = world(7, 60)
        .into_iter()
        .enumerate()
        .map(|(nth, mut past)| {
            if nth % 5 == 0 {
                past.delivered = amount(1, sizes[nth % 3]);
                past.stages.iter_mut().for_each(|s| s.started_with = amount(1, sizes[(nth / 5) % 5]));
            }
            past.stages
                .iter_mut()
                .for_each(|stage| stage.planned_days = [None, Some(0.0), Some(5873.0)][nth % 3]);
            past
        })
        .collect();
    let model = fit(small(), odd.clone());
    model
        .predict(&open(500, "a", 0.5, 4), &pay(&odd))
        .unwrap()
        .check("blend", &open(500, "a", 0.5, 4))
        .unwrap();
}

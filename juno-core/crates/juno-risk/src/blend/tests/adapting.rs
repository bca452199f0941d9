//! Intervals that follow what became of sprints after the fit.

use juno_domain::FinishedSprint;

use super::{fit, open, pay, small, sprint, usual, world};
use crate::{BlendParams, BlendRiskModel, RiskModel};

fn widths(model: &BlendRiskModel, history: &[FinishedSprint]) -> [f64; 2] {
    let prediction = model.predict(&open(900, "a", 0.5, 4), history).unwrap();
    [0, 1].map(|i| prediction.intervals[i].upper() - prediction.intervals[i].lower())
}

/// After the fit: sprints that deliver five times what they seem to, or just what the forecast says.
fn surprises(n: u64) -> Vec<FinishedSprint> {
    (100..100 + n).map(|id| sprint("PAY", id, "a", 3.0, 5.0, -9.0)).collect()
}

#[test]
fn surprises_widen_the_intervals_and_a_step_of_0_never_does() {
    let (moving, still) = (BlendParams { gamma: 0.02, ..small() }, BlendParams { gamma: 0.0, ..small() });
    let sprints = world(6, 50);
    let (moving, still) = (fit(moving, sprints.clone()), fit(still, sprints.clone()));
    let before = pay(&sprints);
    assert_eq!(widths(&moving, &before), widths(&still, &before), "nothing came after the fit");
    // The same sprints as history and yet not as outcomes after the fit: what changes is the adaptation alone.
    let mut after = before;
    after.extend(surprises(12));
    let (adapted, fixed) = (widths(&moving, &after), widths(&still, &after));
    assert!(adapted[0] > fixed[0] && adapted[1] >= fixed[1], "{adapted:?} {fixed:?}");
    let same = |model: &BlendRiskModel| model.predict(&open(900, "a", 0.5, 4), &after).unwrap().p_miss;
    assert_eq!(same(&moving), same(&still), "only the intervals adapt");
}

#[test]
fn sprints_as_forecast_narrow_the_intervals_and_a_step_of_0_never_does() {
    let sprints = world(6, 50);
    let model = |gamma| fit(BlendParams { gamma, ..small() }, sprints.clone());
    let mut after = pay(&sprints);
    after.extend((100..140).map(|id| sprint("PAY", id, "a", 3.0, 1.0, 0.0)));
    let (adapted, fixed) = (widths(&model(0.02), &after), widths(&model(0.0), &after));
    assert!(adapted[0] <= fixed[0] && adapted[1] <= fixed[1] && adapted != fixed, "{adapted:?} {fixed:?}");
}

#[test]
fn other_projects_and_measures_do_not_widen() {
    let (sprints, model) = (world(6, 50), usual(6, 50));
    let before = widths(&model, &pay(&sprints));
    let elsewhere = |key: &str, team: &str| {
        let mut after = pay(&sprints);
        after.extend((100..112).map(|id| sprint(key, id, team, 3.0, 5.0, -9.0)));
        widths(&model, &after)
    };
    assert_eq!(elsewhere("OTHER", "stranger"), before);
    assert_ne!(elsewhere("PAY", "stranger"), before);
}

//! Where the blend does not speak, who answers instead, and what is stated then.

use juno_domain::{ErrorKind, FinishedSprint, Measure, Scope, SprintPhase, SprintSnapshot};

use super::{fit, open, pay, small, unestimated, unestimated_past, usual, world};
use crate::{BlendRiskModel, RiskModel, ShrunkHistoryModel};

fn only_stages(sprints: Vec<FinishedSprint>, stages: &[f64]) -> Vec<FinishedSprint> {
    sprints
        .into_iter()
        .map(|mut past| {
            past.stages.retain(|stage| stages.contains(&stage.t.get()));
            past
        })
        .collect()
}

#[track_caller]
fn assert_falls_back(model: &BlendRiskModel, snapshot: &SprintSnapshot, history: &[FinishedSprint]) {
    let prediction = model.predict(snapshot, history).unwrap();
    assert_eq!(prediction, ShrunkHistoryModel.predict(snapshot, history).unwrap());
    assert_eq!(prediction.basis.model, "shrunk_history");
    assert_eq!(model.explain(snapshot, history).unwrap(), None);
    assert_eq!(model.finish(snapshot, history).unwrap(), None);
}

#[test]
fn a_snapshot_far_from_every_fitted_stage_gets_shrunk_history() {
    let sprints = only_stages(world(5, 40), &[0.0, 0.8]);
    let model = fit(small(), sprints.clone());
    let history = pay(&sprints);
    let name = |t: f64| model.predict(&open(500, "a", t, 4), &history).unwrap().basis.model;
    assert_eq!([0.0, 0.2, 0.6, 0.8, 1.0].map(name), ["blend"; 5].map(str::to_owned));
    for t in [0.3, 0.4, 0.5] {
        assert_falls_back(&model, &open(500, "a", t, 4), &history);
    }
    let early = only_stages(world(5, 40), &[0.0]);
    assert_falls_back(&fit(small(), early.clone()), &open(500, "a", 0.5, 4), &pay(&early));
    let late = only_stages(world(5, 40), &[0.8]);
    assert_falls_back(&fit(small(), late.clone()), &open(500, "a", 0.5, 4), &pay(&late));
}

#[test]
fn a_measure_the_fit_has_not_seen_gets_shrunk_history() {
    let (sprints, model) = (world(5, 40), usual(5, 40));
    let snapshot = unestimated(open(500, "a", 0.5, 4));
    assert_eq!(snapshot.measure(), Measure::Issues);
    assert_falls_back(&model, &snapshot, &pay(&sprints));
}

#[test]
fn unestimated_sprints_are_forecast_in_issues() {
    // Every third project sprint is in points only by name: enough of both are fitted.
    let sprints: Vec<FinishedSprint> = world(5, 60)
        .into_iter()
        .map(|past| if past.sprint.0.is_multiple_of(2) { unestimated_past(past) } else { past })
        .collect();
    let model = fit(small(), sprints.clone());
    let history = pay(&sprints);
    let in_issues = model.predict(&unestimated(open(500, "a", 0.5, 4)), &history).unwrap();
    assert_eq!((in_issues.measure, in_issues.basis.model.as_str()), (Measure::Issues, "blend"));
    assert!(in_issues.delivered >= 4.0 && in_issues.delivered < 30.0, "{in_issues:?}");
    let in_points = model.predict(&open(500, "b", 0.5, 4), &history).unwrap();
    assert_eq!((in_points.measure, in_points.basis.model.as_str()), (Measure::Points, "blend"));
}

#[test]
fn a_project_never_seen_is_forecast_from_the_others() {
    let model = usual(5, 40);
    let mut snapshot = open(1, "new", 0.5, 4);
    snapshot.project = super::project("NEW");
    let prediction = model.predict(&snapshot, &[]).unwrap();
    assert_eq!(prediction.basis.model, "blend");
    assert_eq!((prediction.basis.n_team, prediction.basis.n_pooled), (0, 80));
    assert_eq!(prediction.intervals.len(), 2);
}

#[test]
fn the_basis_counts_the_sprints_of_the_team_that_can_be_used() {
    let (mut sprints, model) = (pay(&world(5, 40)), usual(5, 40));
    let n_team = |sprints: &[FinishedSprint]| {
        model.predict(&open(500, "a", 0.5, 4), sprints).unwrap().basis.n_team as usize
    };
    let of_team: Vec<usize> = (0..sprints.len()).filter(|i| sprints[*i].team.as_str() == "a").collect();
    assert_eq!(n_team(&sprints), of_team.len());
    // One was committed to nothing, one was never seen near this point.
    sprints[of_team[0]].stages.iter_mut().for_each(|stage| stage.started_with = Scope::ZERO);
    sprints[of_team[1]].stages.truncate(1);
    assert_eq!(n_team(&sprints), of_team.len() - 2);
}

#[test]
fn what_cannot_be_forecast_is_refused_by_every_question() {
    let (sprints, model) = (world(5, 40), usual(5, 40));
    let over = SprintSnapshot { phase: SprintPhase::Finished, ..open(500, "a", 1.0, 4) };
    let empty = SprintSnapshot { started_with: Scope::ZERO, ..open(500, "a", 0.5, 0) };
    let past = open(10, "a", 0.5, 4);
    for snapshot in [over, empty, past] {
        let history = pay(&sprints);
        let errors = [
            model.predict(&snapshot, &history).unwrap_err(),
            model.explain(&snapshot, &history).unwrap_err(),
            model.finish(&snapshot, &history).unwrap_err(),
        ];
        assert!(errors.iter().all(|error| error.kind() == ErrorKind::InvalidInput), "{errors:?}");
        assert!(errors.iter().all(|error| *error == errors[0]));
    }
}

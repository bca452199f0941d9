//! The fit: the same from any order and number of threads, saved whole, and refused where the data cannot bear it.

use std::num::NonZeroUsize;

use juno_domain::{ErrorKind, FinishedSprint, Progress, ProjectKey, Seed, SprintId};

use super::{dated, fit, open, pay, small, sprint, usual, world};
use crate::{BlendParams, BlendRiskModel, BlendTrainer, RiskError, RiskModel, TrainingSet};

fn bytes(model: &BlendRiskModel) -> String {
    serde_json::to_string(model).unwrap()
}

fn try_fit(params: BlendParams, sprints: Vec<FinishedSprint>) -> Result<BlendRiskModel, RiskError> {
    params.check().unwrap().fit(&TrainingSet::new(sprints).unwrap(), &Progress::silent())
}

#[test]
fn the_default_trainer_has_settings_that_check() {
    assert_eq!(BlendParams::default().check().unwrap(), BlendTrainer::default());
}

#[test]
fn settings_out_of_range_are_refused() {
    let off = |params: BlendParams| assert_eq!(params.check().unwrap_err().kind(), ErrorKind::InvalidInput);
    let usual = BlendParams::default;
    for gamma in [-0.1, 1.1, f64::NAN] {
        off(BlendParams { gamma, ..usual() });
    }
    for c in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        off(BlendParams { c, ..usual() });
    }
    for max_features in [0.0, 1.5, f64::NAN] {
        off(BlendParams { max_features, ..usual() });
    }
    for tree_weight in [-0.1, 1.1, f64::NAN] {
        off(BlendParams { tree_weight, ..usual() });
    }
    off(BlendParams { n_trees: 0, ..usual() });
    off(BlendParams { n_trees: usize::MAX, ..usual() });
    off(BlendParams { min_samples_leaf: 0, ..usual() });
    off(BlendParams { delivery_min_samples_leaf: 0, ..usual() });
    off(BlendParams { min_sprints: 19, ..usual() });
    off(BlendParams { min_of_each: 4, ..usual() });
}

#[test]
fn neither_order_nor_threads_change_a_bit_of_the_fit() {
    for sprints in [world(3, 40), dated(world(3, 40))] {
        let first = fit(small(), sprints.clone());
        let mut turned = sprints;
        turned.reverse();
        turned.rotate_left(17);
        let second = fit(BlendParams { threads: NonZeroUsize::new(4).unwrap(), ..small() }, turned.clone());
        assert!(first == second && bytes(&first) == bytes(&second));
        let other = fit(BlendParams { seed: Seed(7), ..small() }, turned);
        assert!(bytes(&first) != bytes(&other));
    }
}

#[test]
fn a_saved_model_predicts_the_same_bytes() {
    let (sprints, model) = (world(3, 40), usual(3, 40));
    let json = bytes(&model);
    let again: BlendRiskModel = serde_json::from_str(&json).unwrap();
    assert!(again == *model && bytes(&again) == json);
    for t in [0.0, 0.4, 1.0] {
        let answer = |model: &BlendRiskModel| {
            serde_json::to_string(&model.predict(&open(500, "a", t, 4), &pay(&sprints)).unwrap()).unwrap()
        };
        assert_eq!(answer(&again), answer(&model));
    }
}

#[test]
fn a_damaged_model_is_refused() {
    let json: serde_json::Value = serde_json::to_value(&*usual(3, 40)).unwrap();
    let damaged = |what: &str, change: &dyn Fn(&mut serde_json::Value)| {
        let mut json = json.clone();
        change(&mut json);
        let read = serde_json::from_value::<BlendRiskModel>(json);
        assert!(read.is_err(), "{what}");
    };
    damaged("no stage", &|json| json["stages"] = serde_json::json!([]));
    damaged("stages out of order", &|json| json["stages"].as_array_mut().unwrap().reverse());
    damaged("a stage twice", &|json| json["stages"][1] = json["stages"][0].clone());
    damaged("more in points than there are", &|json| json["stages"][0]["in_points"] = 1_000_000.into());
    damaged("more missed than there are", &|json| json["stages"][0]["missed"] = 1_000_000.into());
    damaged("a step of the intervals out of range", &|json| json["params"]["gamma"] = 7.into());
    damaged("a stage that is no share", &|json| json["stages"][0]["stage"] = 7.into());
    damaged("a score that is none", &|json| json["stages"][0]["scores"] = serde_json::json!([-1.0]));
    damaged("an unknown word", &|json| json["stagez"] = 1.into());
}

#[test]
fn too_little_to_fit_on_is_an_error_that_says_so() {
    let kind = |sprints| try_fit(small(), sprints).unwrap_err().kind();
    assert_eq!(kind(Vec::new()), ErrorKind::NotEnoughData);
    assert_eq!(kind(world(3, 10)), ErrorKind::NotEnoughData);
    let one_class = |ratio| (1..=90).map(|id| sprint("PAY", id, "a", 2.0, ratio, 0.1)).collect();
    assert_eq!(kind(one_class(1.0)), ErrorKind::NotEnoughData);
    assert_eq!(kind(one_class(0.5)), ErrorKind::NotEnoughData);
    let nothing_told =
        world(3, 60).into_iter().map(|past| FinishedSprint { stages: Vec::new(), ..past }).collect();
    assert_eq!(kind(nothing_told), ErrorKind::NotEnoughData);
    let mut twice = world(3, 40);
    twice.push(twice[0].clone());
    assert_eq!(TrainingSet::new(twice).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn fault_what_is_missing_for_a_fit_is_told_with_the_wrong_numbers() {
    let all_missed = (1..=90).map(|id| sprint("PAY", id, "a", 2.0, 0.5, 0.1)).collect();
    let error = try_fit(small(), all_missed).unwrap_err().to_string();
    let (sprints, each) = (small().min_sprints, small().min_of_each);
    assert_ne!(sprints, each);
    let need = format!(
        "{sprints} finished sprints with a commitment at one stage, {each} that missed and {each} that met"
    );
    assert!(error.contains(&need), "{error}");
    assert!(error.contains("the most at one stage are 90, of which 90 missed"), "{error}");
}

#[test]
fn a_sprint_in_each_of_many_projects_and_a_team_for_each_sprint_are_fitted() {
    let strangers: Vec<FinishedSprint> = world(4, 60)
        .into_iter()
        .enumerate()
        .map(|(nth, mut past)| {
            past.project = ProjectKey::new(format!("P{nth}")).unwrap();
            past.stages.iter_mut().for_each(|stage| stage.project = past.project.clone());
            past
        })
        .collect();
    let model = fit(small(), strangers);
    let prediction = model.predict(&open(500, "a", 0.5, 4), &[]).unwrap();
    assert_eq!(prediction.basis.model, "blend");
    assert_eq!(prediction.intervals.len(), 2, "sprints can be held out of a fit whatever their project");
    let loners: Vec<FinishedSprint> = (1..=120)
        .map(|id| sprint("PAY", id, &format!("team {id}"), 2.0, if id % 3 == 0 { 0.5 } else { 1.0 }, 0.1))
        .collect();
    fit(small(), loners).predict(&open(500, "a", 0.5, 4), &[]).unwrap();
}

#[test]
fn fewer_rows_than_terms_are_fitted() {
    // 25 sprints of 32 inputs and 45 terms.
    let few: Vec<FinishedSprint> = (1..=25)
        .map(|id| sprint("PAY", id, "a", 2.0, if id % 2 == 0 { 0.5 } else { 1.0 }, 0.01 * id as f64))
        .collect();
    let model = fit(BlendParams { min_sprints: 20, ..small() }, few.clone());
    // Too few in the measure to speak: shrunk history answers.
    assert_eq!(model.predict(&open(500, "a", 0.5, 4), &few).unwrap().basis.model, "shrunk_history");
}

#[test]
fn a_fit_can_be_stopped_and_says_how_far_it_is() {
    let progress = Progress::silent();
    progress.cancel();
    let training = TrainingSet::new(world(3, 40)).unwrap();
    let trainer = small().check().unwrap();
    assert_eq!(trainer.fit(&training, &progress).unwrap_err().kind(), ErrorKind::Cancelled);

    let steps = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let heard = steps.clone();
    let listening = Progress::listening(move |_, done, total| heard.lock().unwrap().push((done, total)));
    trainer.fit(&training, &listening).unwrap();
    let steps = steps.lock().unwrap();
    assert!(steps.is_sorted() && steps.len() > 10);
    assert_eq!(steps.last(), Some(&(20, Some(20))));
}

#[test]
fn whose_outcome_a_fit_has_seen_is_known() {
    let (sprints, model) = (world(3, 40), usual(3, 40));
    assert!(sprints.iter().all(|past| model.was_fitted_on(past)));
    assert!(!model.was_fitted_on(&FinishedSprint { sprint: SprintId(999), ..sprints[0].clone() }));
    let elsewhere = FinishedSprint { project: ProjectKey::new("NEW").unwrap(), ..sprints[0].clone() };
    assert!(!model.was_fitted_on(&elsewhere));
}

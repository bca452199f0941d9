//! A model that learns, from fit to report: reasons, finish dates, and what would change a forecast.

use std::sync::Arc;

use juno_core::agent::Stores;
use juno_core::domain::SprintId;
use juno_core::prelude::*;
use juno_core::risk::{BlendParams, Effect, TrainingSet, counterfactuals, known_before, most_useful};

use crate::desk::{Desk, trusting};

/// The blend, as small as a sample of 36 finished sprints can bear.
async fn fitted() -> Arc<dyn RiskModel> {
    let desk = Desk::open(trusting(), Stores::in_memory(), |builder| builder).await;
    let records = desk.sample();
    let finished = records.history().finished_sprints(records.newest().unwrap()).unwrap();
    let params = BlendParams { n_trees: 12, min_sprints: 20, min_of_each: 5, ..BlendParams::default() };
    let training = TrainingSet::new(finished).unwrap();
    Arc::new(params.check().unwrap().fit(&training, &Progress::silent()).unwrap())
}

#[tokio::test]
async fn a_review_says_why_until_when_and_what_would_change_it() {
    let model = fitted().await;
    let desk = Desk::open(trusting(), Stores::in_memory(), |builder| builder.model(model.clone())).await;
    let records = desk.sample();
    let review = desk.review(&records).await;
    let reasoned: Vec<_> = review.forecasts.iter().filter(|f| f.attribution.is_some()).collect();
    assert!(reasoned.len() >= 4, "the model speaks of sprints of the sample");
    assert_eq!(review.changes.len(), reasoned.len(), "each of them, and no other, is asked about again");
    assert!(review.changes.iter().any(|of| most_useful(&of.changes).is_some()), "{:?}", review.changes);

    let history = records.history();
    let finished = history.finished_sprints(review.as_of).unwrap();
    for of in &review.changes {
        let same = |f: &&&juno_core::risk::Forecast| f.project == of.project && f.sprint_id == of.sprint_id;
        let forecast = reasoned.iter().find(same).unwrap();
        // The handle says the same, and so does the model.
        let asked = desk.juno.forecast.what_would_change(&records, of.sprint_id, review.as_of).unwrap();
        assert_eq!(asked, of.changes);
        let snapshot = history.snapshot(of.sprint_id, review.as_of).unwrap();
        assert_eq!(
            counterfactuals(model.as_ref(), &snapshot, &known_before(&snapshot, &finished)).unwrap(),
            of.changes
        );
        for one in &of.changes {
            assert_eq!(Some(one.before.p_miss), forecast.p_miss, "{}", forecast.name);
            assert_eq!(Some(one.before.delivered), forecast.delivered, "{}", forecast.name);
            assert_eq!(one.after.is_none(), one.effect == Effect::NotKnown);
        }
    }
    let text = juno_core::report::text(&review);
    for part in
        ["likelier to miss: ", "likelier to make it: ", "  done: by ", "would change it: ", " instead of "]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(juno_core::report::html(&review).unwrap().contains("Would change it:"));
    assert!(desk.juno.forecast.what_would_change(&records, SprintId(987_654), review.as_of).is_err());
}

#[tokio::test]
async fn its_json_follows_the_published_schema() {
    let model = fitted().await;
    let desk = Desk::open(trusting(), Stores::in_memory(), |builder| builder.model(model)).await;
    let review = serde_json::to_value(desk.review(&desk.sample()).await).unwrap();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/schema/quickstart.schema.json");
    let schema = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let schema = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let errors: Vec<String> =
        schema.iter_errors(&review).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(errors, Vec::<String>::new());
    for (pointer, bad) in [
        ("/changes/0/changes/0/effect", "helps"),
        ("/forecasts/0/attribution/base", "much"),
        ("/forecasts/0/finish/0/chance", "often"),
    ] {
        let mut review = review.clone();
        *review.pointer_mut(pointer).unwrap() = bad.into();
        assert!(!schema.is_valid(&review), "{pointer}");
    }
}

#[tokio::test]
async fn the_default_model_is_asked_for_changes_only_by_who_wants_them() {
    let desk = Desk::open(trusting(), Stores::in_memory(), |builder| builder).await;
    let records = desk.sample();
    let review = desk.review(&records).await;
    assert_eq!(review.changes, []);
    let ask = |sprint| desk.juno.forecast.what_would_change(&records, sprint, review.as_of).unwrap();
    let asked: Vec<_> = review.forecasts.iter().flat_map(|f| ask(f.sprint_id)).collect();
    assert!(asked.iter().any(|one| one.effect == Effect::NotKnown), "it does not look at people");
}

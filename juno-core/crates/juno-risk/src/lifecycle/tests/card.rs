use juno_domain::Progress;

use super::*;
use crate::backtest::{Backtest, Split};
use crate::testing::{drawn, small_blend};
use crate::{RiskTrainer, TrainingSet};

fn training() -> TrainingSet {
    TrainingSet::new(drawn(3, 40, 7)).unwrap()
}

fn model() -> BlendRiskModel {
    small_blend().check().unwrap().fit(&training(), &Progress::silent()).unwrap()
}

#[test]
fn a_card_says_what_the_model_is_made_of() {
    let card = model().card();
    assert_eq!((card.model.as_str(), card.trained_at, card.scores.as_ref()), ("blend", None, None));
    assert_eq!(card.data, training().summary().unwrap());
    assert_eq!(card.stages.iter().map(|stage| stage.t.get()).collect::<Vec<_>>(), [0.0, 0.3, 0.5, 0.8]);
    assert!(card.stages.iter().all(|stage| stage.sprints == 120 && stage.in_points == 120));
    assert_eq!(card.inputs.len(), Input::COUNT);
    let text = card.to_string();
    for part in [
        "data: 120 finished sprints, 3 projects, 6 teams",
        "sprint ids: P0 1 to 40, P1 1 to 40, P2 1 to 40",
        "Not measured.",
        "fewer than 30 sprints counted in issues at 0 %, 30 %, 50 % and 80 %",
        "never seen blocked, defects and unestimated",
        "had no dates",
        "not scored",
        "team_miss_rate (velocity): miss rate of the team's earlier sprints",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    assert!(card.to_markdown().contains("## Model card: blend\n\n- data: 120"), "{}", card.to_markdown());
    let json = serde_json::to_string(&card).unwrap();
    assert_eq!(serde_json::from_str::<ModelCard>(&json).unwrap(), card);
}

#[test]
fn scores_and_time_are_kept_in_the_file_and_change_no_forecast() {
    let blend = small_blend().check().unwrap();
    let candidates: [&dyn RiskTrainer; 1] = [&blend];
    let split = Split::Rolling { folds: 1, first: Probability::new(0.6).unwrap() };
    let report = Backtest::default()
        .with_resamples(50)
        .run(&training(), &split, &candidates, &Progress::silent())
        .unwrap();
    let bare = model();
    let scored = model().with_scores(report.clone()).with_trained_at(DateTime::UNIX_EPOCH);
    let loaded = BlendRiskModel::from_bytes(&scored.to_bytes().unwrap()).unwrap();
    assert_eq!(loaded, scored);
    assert_ne!(loaded, bare);
    assert!(loaded.scores().unwrap().cases.is_empty() && !report.cases.is_empty());
    let text = loaded.card().to_string();
    let brier = report.model("blend").unwrap().mean.brier.unwrap();
    for part in [
        "trained: 1970-01-01 00:00 UTC".to_owned(),
        "48 sprints in 1 block,".to_owned(),
        format!("{brier:.3} ("),
        "last_velocity".to_owned(),
        "shrunk_history".to_owned(),
        "base_rate".to_owned(),
    ] {
        assert!(text.contains(&part), "{part} is not in\n{text}");
    }
    assert!(!text.contains("not scored"));
}

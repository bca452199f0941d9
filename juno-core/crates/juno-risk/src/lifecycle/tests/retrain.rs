use super::*;
use crate::BlendParams;
use crate::testing::{drawn, small_blend};

fn set(keep: impl Fn(&FinishedSprint) -> bool) -> TrainingSet {
    TrainingSet::new(drawn(3, 60, 31).into_iter().filter(keep).collect()).unwrap()
}

fn fit(params: BlendParams, training: &TrainingSet) -> Arc<BlendRiskModel> {
    Arc::new(params.check().unwrap().fit(training, &Progress::silent()).unwrap())
}

fn compare(params: BlendParams, before: &Arc<BlendRiskModel>, training: &TrainingSet) -> Retraining {
    let backtest = Backtest::default().with_resamples(60);
    params.check().unwrap().compare(before, training, &backtest, &Progress::silent()).unwrap()
}

/// A model that has seen the first thirty sprints of each project.
fn old() -> Arc<BlendRiskModel> {
    fit(small_blend(), &set(|sprint| sprint.sprint.0 <= 30))
}

#[test]
fn the_same_way_with_more_data_may_replace() {
    let got = compare(small_blend(), &old(), &set(|_| true));
    assert_eq!(got.data, DataChange { before: 90, after: 180, added: 90, gone: 0 });
    assert!(got.settings.is_empty());
    let side = got.comparison.as_ref().unwrap();
    assert_eq!((side.compared, side.sprints), (Compared::LaterSprints, 90));
    let brier = |name: &str| side.report.model(name).unwrap().mean.brier.unwrap();
    assert!(
        (side.brier.value - (brier("after") - brier("before"))).abs() < 1e-12,
        "a mean over stages, like the report's"
    );
    assert!(got.verdict.may_replace(), "{got}");
    assert!(got.to_string().contains("90 sprints before, 180 now: 90 new, 0 gone"), "{got}");
    let json = serde_json::to_string(&got).unwrap();
    assert_eq!(serde_json::from_str::<Retraining>(&json).unwrap(), got);
}

/// Settings that make every forecast the same are refused, on later sprints and on the same data alike.
#[test]
fn a_clearly_worse_model_is_refused() {
    let blunt = BlendParams { c: 1e-9, min_samples_leaf: 80, tree_weight: 1.0, ..small_blend() };
    for training in [set(|_| true), set(|sprint| sprint.sprint.0 <= 35)] {
        let before = fit(small_blend(), &set(|sprint| sprint.sprint.0 <= 30));
        let got = compare(blunt.clone(), &before, &training);
        assert_eq!(got.verdict, Verdict::Worse, "{got}");
        assert!(!got.verdict.may_replace());
        let changed: Vec<&str> = got.settings.iter().map(|of| of.name.as_str()).collect();
        assert_eq!(changed, ["c", "min_samples_leaf", "tree_weight"]);
    }
    // The other way round it is better.
    let before = fit(BlendParams { n_trees: 6, ..blunt }, &set(|sprint| sprint.sprint.0 <= 30));
    let got = compare(small_blend(), &before, &set(|_| true));
    assert_eq!(got.verdict, Verdict::Better, "{got}");
}

#[test]
fn fewer_data_are_refused_and_nothing_new_is_not_compared() {
    let all = fit(small_blend(), &set(|_| true));
    let got = compare(small_blend(), &all, &set(|sprint| sprint.sprint.0 > 10));
    assert_eq!((got.verdict, got.data.gone), (Verdict::LessData, 30));
    let got = compare(small_blend(), &all, &set(|_| true));
    assert_eq!((got.verdict, got.comparison.is_none()), (Verdict::NotCompared, true));
    assert!(got.to_string().contains("too few later sprints"), "{got}");
}

/// Sprints from before what a model has seen are no test of it: it knows what came after.
#[test]
fn fault_earlier_sprints_taken_for_later_ones() {
    let late = fit(small_blend(), &set(|sprint| sprint.sprint.0 > 30));
    let got = compare(small_blend(), &late, &set(|_| true));
    assert_eq!((got.data.added, got.verdict), (90, Verdict::NotCompared));
}

use std::num::NonZeroUsize;

use juno_domain::{ErrorKind, Seed};

use super::*;

#[test]
fn where_all_missed_there_is_no_auc_and_nothing_stands_in_for_it() {
    let data = set(&(1..=20).map(|id| sprint("PAY", id, 30.0, 10.0)).collect::<Vec<_>>());
    let report = Backtest::default().run(&data, &TEST, &[&oracle(&data)], &Progress::silent()).unwrap();
    assert_eq!(report.stages[0].base_rate, Probability::ONE);
    for model in &report.models {
        assert_eq!((model.mean.auc, model.sampling.auc), (None, None));
        assert!(model.mean.brier.is_some() && model.mean.accuracy.is_some());
        // All results are alike: there is no range to measure errors by, and guessing makes none.
        assert_eq!((model.mean.nmae, model.mean.standardised_accuracy), (None, None));
        assert!(model.against.iter().all(|other| other.auc.is_none() && other.brier.is_some()));
    }
    let json = serde_json::to_string(&report).unwrap();
    assert!(json.contains("\"auc\":null") && !json.contains("NaN"), "{json}");
}

#[test]
fn nothing_to_evaluate_is_an_answer() {
    let none = Split::Given { parts: BTreeMap::new(), evaluate: Part::Test };
    let unestimated = set(&(1..=20).map(|id| sprint("PAY", id, 0.0, 0.0)).collect::<Vec<_>>());
    for (data, split) in [(set(&[]), &TEST), (twenty(), &none), (unestimated, &TEST)] {
        let refused = at_start().run(&data, split, &[], &Progress::silent()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::NotEnoughData, "{refused}");
    }
    let refused = at_start().with_stages([p(0.9)]).run(&twenty(), &TEST, &[], &Progress::silent());
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::NotEnoughData, "nobody looked at 90 %");
}

#[test]
fn one_sprint_has_scores_and_no_sampling_error() {
    let parts = [(key("PAY", 19), Part::Train), (key("PAY", 20), Part::Test)].into_iter().collect();
    let split = Split::Given { parts, evaluate: Part::Test };
    let report = at_start().run(&twenty(), &split, &[], &Progress::silent()).unwrap();
    let model = report.model("shrunk_history").unwrap();
    assert!(model.mean.brier.is_some());
    assert_eq!(model.sampling, Sampling::default());
    assert_eq!(model.against[0].brier.unwrap().sampling, None);
}

#[test]
fn a_model_without_intervals_has_none_in_the_report() {
    let bare = told("bare", |_, _, _| Ok(prediction(0.3, 30.0, vec![])));
    let report = at_start().run(&twenty(), &TEST, &[&bare], &Progress::silent()).unwrap();
    assert_eq!(report.model("bare").unwrap().mean.intervals, []);
}

#[test]
fn a_model_with_nothing_to_go_by_is_scored_at_even_odds_and_counted() {
    let mute = told("mute", |_, _, _| Err(RiskError::NotEnoughHistory("too little".to_owned())));
    let report = at_start().run(&twenty(), &TEST, &[&mute], &Progress::silent()).unwrap();
    let model = report.model("mute").unwrap();
    assert_eq!((model.mean.even_odds, model.mean.brier), (6, Some(0.25)));
    assert!(report.predicted("mute").all(|(case, said)| said.even_odds && said.delivered == case.committed));
}

#[test]
fn a_candidate_that_breaks_its_contract_or_fails_stops_the_backtest() {
    let wrong = told("wrong", |_, _, _| Ok(prediction(0.3, -1.0, vec![])));
    let error = at_start().run(&twenty(), &TEST, &[&wrong], &Progress::silent()).unwrap_err();
    assert!(
        matches!(&error, RiskError::Model { model, sprint, .. } if model == "wrong" && sprint.0 == 15),
        "{error}"
    );
    let refuses = told("refuses", |_, snapshot, _| Err(RiskError::Finished { sprint: snapshot.sprint }));
    for threads in 1..5 {
        let backtest = at_start().with_threads(NonZeroUsize::new(threads).unwrap());
        let error = backtest.run(&twenty(), &TEST, &[&refuses], &Progress::silent()).unwrap_err();
        assert_eq!(
            error,
            RiskError::Finished { sprint: SprintId(15) },
            "the first one, on any number of threads"
        );
    }
}

/// Fits on sixteen sprints or more.
struct Choosy;

impl RiskTrainer for Choosy {
    fn name(&self) -> &str {
        "choosy"
    }

    fn train(&self, fit: &TrainingSet, progress: &Progress) -> Result<Arc<dyn RiskModel>, RiskError> {
        match fit.len() {
            16.. => told("choosy", |_, _, _| Ok(prediction(0.9, 1.0, vec![]))).train(fit, progress),
            n => Err(RiskError::NotEnoughHistory(format!("{n} sprints are not 16"))),
        }
    }
}

#[test]
fn where_a_candidate_cannot_be_fitted_shrunk_history_answers_and_it_is_said() {
    let rolling = Split::Rolling { folds: 3, first: p(0.4) };
    let report = at_start().run(&twenty(), &rolling, &[&Choosy], &Progress::silent()).unwrap();
    let not_fitted = &report.model("choosy").unwrap().not_fitted;
    assert_eq!(not_fitted.iter().map(|none| none.fold).collect::<Vec<_>>(), [0, 1]);
    assert!(not_fitted[0].reason.starts_with("8 sprints are not 16"), "{not_fitted:?}");
    for (choosy, shrunk) in report.predicted("choosy").zip(report.predicted("shrunk_history")) {
        assert_eq!(choosy == shrunk, choosy.0.fold < 2);
    }
}

#[test]
fn two_models_of_one_name_are_refused() {
    let twice = crate::ShrunkHistoryModel;
    let error = at_start().run(&twenty(), &TEST, &[&twice], &Progress::silent()).unwrap_err();
    assert_eq!(
        (error.kind(), &error),
        (ErrorKind::InvalidInput, &RiskError::SameName("shrunk_history".to_owned()))
    );
}

#[test]
fn whoever_cancels_is_obeyed() {
    let progress = Progress::silent();
    progress.cancel();
    let error = at_start().run(&twenty(), &TEST, &[], &progress).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    // Also in the middle of the forecasts.
    let progress = Progress::silent();
    let stop = progress.clone();
    let stopper = told("stopper", move |_, _, _| {
        stop.cancel();
        Ok(prediction(0.5, 1.0, vec![]))
    });
    let many = set(&(1..=400).map(|id| sprint("PAY", id, 30.0, 30.0)).collect::<Vec<_>>());
    let error = at_start().run(&many, &TEST, &[&stopper], &progress).unwrap_err();
    assert_eq!(error, RiskError::Cancelled("the backtest"));
}

#[test]
fn the_same_run_gives_the_same_bytes_on_any_number_of_threads() {
    let bytes = |threads: usize, seed: u64| {
        let backtest = Backtest::default().with_resamples(200).with_seed(Seed(seed));
        let backtest = backtest.with_threads(NonZeroUsize::new(threads).unwrap());
        let report = backtest.run(&twenty(), &TEST, &[&spy()], &Progress::silent()).unwrap();
        serde_json::to_vec(&report).unwrap()
    };
    let one = bytes(1, 7);
    assert_eq!(one, bytes(1, 7));
    assert_eq!(one, bytes(5, 7));
    assert_ne!(one, bytes(1, 8), "the seed counts");
}

#[test]
fn a_report_reads_back_as_it_was_written() {
    let report = at_start().run(&twenty(), &TEST, &[&spy()], &Progress::silent()).unwrap();
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<BacktestReport>(&json).unwrap(), report);
    let short = report.without_cases();
    assert_eq!(
        serde_json::from_str::<BacktestReport>(&serde_json::to_string(&short).unwrap()).unwrap(),
        short
    );
}

#[test]
fn absurd_amounts_leave_scores_absent_and_never_not_a_number() {
    let mut sprints: Vec<_> = twenty().sprints().to_vec();
    for index in [13, 16, 19] {
        sprints[index] = sprint("PAY", index as u64 + 1, 1e308, if index == 16 { 1e308 } else { 0.0 });
    }
    let report = Backtest::default().run(&set(&sprints), &TEST, &[], &Progress::silent()).unwrap();
    let json = serde_json::to_string(&report).unwrap();
    let back: BacktestReport = serde_json::from_str(&json).unwrap();
    assert_eq!(back, report, "every number is finite");
}

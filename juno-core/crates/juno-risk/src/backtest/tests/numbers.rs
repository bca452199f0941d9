use super::*;

/// Two projects, so that what is averaged over projects shows.
fn small() -> (TrainingSet, Split) {
    let data = set(&[
        sprint("PAY", 1, 30.0, 21.0),
        sprint("PAY", 2, 30.0, 30.0),
        sprint("PAY", 3, 30.0, 33.0),
        sprint("PAY", 4, 30.0, 21.0),
        sprint("PAY", 5, 30.0, 36.0),
        sprint("OPS", 1, 10.0, 10.0),
        sprint("OPS", 2, 10.0, 6.0),
        sprint("OPS", 3, 10.0, 8.0),
    ]);
    let parts =
        [("PAY", 1), ("PAY", 2), ("PAY", 3), ("OPS", 1), ("OPS", 2)].map(|(k, id)| (key(k, id), Part::Train));
    let test = [("PAY", 4), ("PAY", 5), ("OPS", 3)].map(|(k, id)| (key(k, id), Part::Test));
    (data, Split::Given { parts: parts.into_iter().chain(test).collect(), evaluate: Part::Test })
}

fn forecaster() -> Told {
    let range = |lower, upper, level| Interval::new(lower, upper, p(level)).unwrap();
    told("told", move |_, snapshot, _| {
        Ok(match snapshot.sprint.0 {
            4 => prediction(0.8, 24.0, vec![range(20.0, 30.0, 0.8), range(10.0, 40.0, 0.9)]),
            5 => prediction(0.6, 30.0, vec![range(25.0, 35.0, 0.8), range(20.0, 40.0, 0.9)]),
            _ => prediction(0.4, 9.0, Vec::new()),
        })
    })
}

#[track_caller]
fn close(got: Option<f64>, want: f64) {
    let got = got.expect("a number");
    assert!((got - want).abs() < 1e-12, "{got} instead of {want}");
}

#[test]
fn every_score_is_what_comes_out_by_hand() {
    let (data, split) = small();
    let report = at_start().run(&data, &split, &[&forecaster()], &Progress::silent()).unwrap();
    assert_eq!((report.stages[0].n, report.stages[0].projects), (3, 2));
    close(Some(report.stages[0].base_rate.get()), 2.0 / 3.0);
    let scores = &report.model("told").unwrap().stages[0].scores;
    // 0.8 missed, 0.6 did not, 0.4 missed.
    close(scores.auc, 0.5);
    close(scores.brier, (0.04 + 0.36 + 0.36) / 3.0);
    close(scores.log_loss, -(0.8_f64.ln() + 2.0 * 0.4_f64.ln()) / 3.0);
    close(scores.accuracy, 1.0 / 3.0);
    close(scores.f1, 0.5);
    close(scores.ece, (0.2 + 0.6 + 0.6) / 3.0);
    close(scores.sharpness, 0.08 / 3.0);
    // PAY: MAE 4.5; −9 lies 7 and +6 lies 8 from −9, 0, 3 in the mean. OPS: MAE 1; −2 lies 2 from 0 and −4.
    close(scores.standardised_accuracy, ((1.0 - 4.5 / 7.5) + (1.0 - 1.0 / 2.0)) / 2.0);
    // PAY: quartiles of −9, −9, 0, 3, 6 are −9 and 3. OPS: those of −4, −2, 0 are −3 and −1.
    close(scores.nmae, (4.5 / 12.0 + 1.0 / 2.0) / 2.0);
    let [narrow, wide] = &scores.intervals[..] else { panic!("{:?}", scores.intervals) };
    assert_eq!((narrow.level, narrow.n, wide.level, wide.n), (p(0.8), 2, p(0.9), 2), "OPS has none");
    close(Some(narrow.coverage), 0.5);
    close(Some(narrow.width), 1.0 / 3.0);
    // The second lies 1 above: 2 ÷ 0.2 more.
    close(Some(narrow.score), (10.0 + 20.0) / 2.0);
    close(Some(wide.coverage), 1.0);
    close(Some(wide.width), (1.0 + 2.0 / 3.0) / 2.0);
    close(Some(wide.score), 25.0);
}

#[test]
fn the_base_rate_is_that_of_the_fitted_sprints() {
    let (data, split) = small();
    let report = at_start().run(&data, &split, &[], &Progress::silent()).unwrap();
    // Of the five, PAY 1 and OPS 2 missed.
    assert!(report.predicted("base_rate").all(|(_, said)| (said.p_miss.get() - 3.0 / 7.0).abs() < 1e-12));
    close(report.model("base_rate").unwrap().mean.auc, 0.5);
    // The ratios are 0.6, 0.7, 1, 1 and 1.1: half of them are at or below 1.
    assert_eq!(report.predicted("base_rate").next().unwrap().1.delivered, 10.0);
}

#[test]
fn the_mean_counts_each_stage_the_same() {
    let (data, split) = small();
    let half = told("half", |_, snapshot, _| {
        Ok(prediction(if snapshot.t.get() > 0.0 { 0.5 } else { 1.0 }, 30.0, vec![]))
    });
    let two = Backtest::default().with_resamples(100);
    let report = two.run(&data, &split, &[&half], &Progress::silent()).unwrap();
    assert_eq!(
        report.stages.iter().map(|stage| stage.t).collect::<Vec<_>>(),
        [p(0.0), p(0.5)],
        "nobody looked at 0.3 and 0.8"
    );
    let model = report.model("half").unwrap();
    close(model.stages[0].scores.brier, 1.0 / 3.0);
    close(model.stages[1].scores.brier, 0.25);
    close(model.mean.brier, (1.0 / 3.0 + 0.25) / 2.0);
    assert_eq!(
        model.mean.ece_inside,
        Some(false),
        "saying 1 for what happens in two of three cases is not calibrated"
    );
}

#[test]
fn a_perfect_model_gets_perfect_scores() {
    let data = twenty();
    let report = at_start().run(&data, &TEST, &[&oracle(&data)], &Progress::silent()).unwrap();
    let scores = &report.model("oracle").unwrap().mean;
    for perfect in [scores.auc, scores.accuracy, scores.f1, scores.standardised_accuracy] {
        assert_eq!(perfect, Some(1.0), "{scores:?}");
    }
    for none in [scores.brier, scores.ece, scores.nmae] {
        assert_eq!(none, Some(0.0), "{scores:?}");
    }
    assert!(scores.log_loss.unwrap() < 1e-12);
    for interval in &scores.intervals {
        assert_eq!((interval.coverage, interval.width, interval.score), (1.0, 0.0, 0.0));
    }
}

#[test]
fn history_grows_through_the_evaluated_part() {
    let count = told("count", |fit, _, history| {
        Ok(prediction(0.5, (100 * fit.len() + history.len()) as f64, vec![]))
    });
    let report = at_start().run(&twenty(), &TEST, &[&count], &Progress::silent()).unwrap();
    // Ten train, four calib: fourteen to fit on, and the history goes on from there.
    let delivered: Vec<f64> = report.predicted("count").map(|(_, said)| said.delivered).collect();
    assert_eq!(delivered, [1414.0, 1415.0, 1416.0, 1417.0, 1418.0, 1419.0]);
    let calib = Split::Shares { evaluate: Part::Calib };
    let report = at_start().run(&twenty(), &calib, &[&count], &Progress::silent()).unwrap();
    let delivered: Vec<f64> = report.predicted("count").map(|(_, said)| said.delivered).collect();
    assert_eq!(delivered, [1010.0, 1011.0, 1012.0, 1013.0]);
}

#[test]
fn sampling_error_is_paired_and_drawn_by_sprint() {
    let data = twenty();
    let backtest = Backtest::default();
    let same = told("same", |_, snapshot, history| crate::ShrunkHistoryModel.predict(snapshot, history));
    let report = backtest.run(&data, &TEST, &[&oracle(&data), &same], &Progress::silent()).unwrap();
    let of = |name: &str| report.model(name).unwrap();
    // Equal forecasts differ by nothing, however the sprints are drawn; unpaired they would.
    let tie = of("same").against.iter().find(|other| other.baseline == "shrunk_history").unwrap();
    for difference in [tie.auc, tie.brier, tie.log_loss, tie.accuracy] {
        let difference = difference.unwrap();
        let interval = difference.sampling.unwrap().interval;
        assert_eq!((difference.value, interval.lower(), interval.upper()), (0.0, 0.0, 0.0));
    }
    let spread = of("same").sampling.brier.unwrap();
    let brier = of("same").mean.brier.unwrap();
    assert!(spread.interval.contains(brier) && spread.interval.width() > 0.0 && spread.used == 1000);
    // Three of the six miss. Resamples of one kind only, 2 · (1/2)^6 of them, have no AUC and are left out.
    let auc = of("oracle").sampling.auc.unwrap();
    assert!((10..60).contains(&auc.skipped), "{auc:?}");
    let names =
        |model: &ModelReport| model.against.iter().map(|other| other.baseline.clone()).collect::<Vec<_>>();
    assert_eq!(names(of("oracle")), ["base_rate", "last_velocity", "shrunk_history"]);
    assert_eq!(names(of("shrunk_history")), ["base_rate", "last_velocity"]);
    let better = of("oracle").against[0].brier.unwrap();
    assert!(better.value < 0.0 && better.sampling.unwrap().interval.upper() < 0.0, "{better:?}");
}

#[test]
fn stages_of_one_sprint_are_drawn_together() {
    // Each sprint is judged right or wrong at both stages alike: with the stages as cases of their own, the standard error
    // of the accuracy would be smaller by √2.
    let data = twenty();
    let model = told("told", |_, snapshot, _| {
        Ok(prediction(f64::from(u8::from(snapshot.sprint.0.is_multiple_of(2))), 30.0, vec![]))
    });
    let report =
        Backtest::default().with_resamples(4000).run(&data, &TEST, &[&model], &Progress::silent()).unwrap();
    let model = report.model("told").unwrap();
    let share = model.mean.accuracy.unwrap();
    let one_stage = (share * (1.0 - share) / 6.0).sqrt();
    let got = model.sampling.accuracy.unwrap().standard_error;
    assert!((got / one_stage - 1.0).abs() < 0.05, "{got} beside {one_stage}");
}

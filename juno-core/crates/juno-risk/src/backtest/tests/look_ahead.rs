use proptest::prelude::*;

use super::*;

/// What each model said about the sprints up to this one.
fn predictions(report: &BacktestReport, upto: u64) -> Vec<Vec<&CasePrediction>> {
    let mut out = Vec::new();
    for model in &report.models {
        let said = report.predicted(&model.name).filter(|(case, _)| case.sprint.0 <= upto);
        out.push(said.map(|(_, said)| said).collect());
    }
    out
}

fn amounts() -> impl Strategy<Value = Vec<(f64, f64)>> {
    prop::collection::vec((1.0..60.0_f64, 0.0..60.0_f64), 12..30)
}

fn data(amounts: &[(f64, f64)]) -> TrainingSet {
    let of = |(index, (committed, delivered)): (usize, &(f64, f64))| {
        let mut sprint = sprint("PAY", index as u64 + 1, committed.round(), delivered.round());
        sprint.team = juno_domain::TeamId::new(if index % 3 == 0 { "8" } else { "7" }).unwrap();
        sprint.stages.iter_mut().for_each(|stage| stage.team = sprint.team.clone());
        sprint
    };
    set(&amounts.iter().enumerate().map(of).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn permuting_later_sprints_changes_no_earlier_prediction(
        amounts in amounts(), keep in 0.0..1.0_f64, turn in 0_usize..30
    ) {
        let n = amounts.len();
        let first = (n as f64 * 0.7).round_ties_even() as usize;
        // Everything behind this sprint is permuted; it is one of the evaluated ones.
        let upto = first + 1 + (keep * (n - first - 1) as f64) as usize;
        let mut later = amounts.clone();
        let rest = n - upto;
        if rest > 0 {
            later[upto..].rotate_left(turn % rest);
            later[upto..].iter_mut().for_each(|(committed, delivered)| std::mem::swap(committed, delivered));
        }
        for split in [TEST, Split::Rolling { folds: 2, first: p(0.7) }] {
            let run = |amounts: &[(f64, f64)]| {
                let backtest = Backtest::default().with_resamples(0);
                backtest.run(&data(amounts), &split, &[&spy()], &Progress::silent())
            };
            let upto = if split == TEST { upto } else { upto.min(first + (n - first) / 2) };
            // A sprint may have nothing committed after the exchange; the number of estimated ones must stay.
            prop_assume!(later.iter().chain(&amounts).all(|(c, d)| c.round() > 0.0 && d.round() > 0.0));
            let (one, other) = (run(&amounts).unwrap(), run(&later).unwrap());
            prop_assert_eq!(predictions(&one, upto as u64), predictions(&other, upto as u64));
        }
    }
}

#[test]
fn the_spy_would_notice() {
    let amounts: Vec<(f64, f64)> = (0..20).map(|i| (30.0, f64::from(i))).collect();
    let run = |amounts: &[(f64, f64)]| {
        at_start().run(&data(amounts), &TEST, &[&spy()], &Progress::silent()).unwrap()
    };
    let before = run(&amounts);
    let mut changed = amounts.clone();
    changed[15].1 += 1.0;
    let after = run(&changed);
    let spied = |report: &BacktestReport| report.model("spy").unwrap().predictions.clone();
    let (before, after) = (spied(&before), spied(&after));
    assert_eq!(before[..2], after[..2], "15 and 16 see nothing of how 16 ends");
    assert!(before[2..].iter().zip(&after[2..]).all(|(a, b)| a != b), "17 and all later ones do");
}

#[test]
fn nothing_of_the_row_itself_but_the_stage_at_hand_is_handed_over() {
    let stages = told("stages", |_, snapshot, history| {
        assert!(history.iter().all(|past| past.sprint != snapshot.sprint));
        Ok(prediction(0.5, snapshot.done.points.get(), vec![]))
    });
    let report = Backtest::default().run(&twenty(), &TEST, &[&stages], &Progress::silent()).unwrap();
    assert!(report.predicted("stages").all(|(case, said)| said.delivered == case.t.get() * 30.0));
}

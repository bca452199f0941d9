//! The logistic, held against scikit-learn, linfa, and the condition every minimum meets.

use crate::common::data;
use juno_domain::Seed;
use juno_learn::Logistic;
use linfa::traits::Fit;
use ndarray::Array2;
use proptest::prelude::*;
use rand::Rng;
use serde::Deserialize;

#[derive(Deserialize)]
struct Reference {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    c: f64,
    x: Vec<Vec<f64>>,
    y: Vec<bool>,
    new: Vec<Vec<f64>>,
    expected: Vec<f64>,
}

#[test]
fn probabilities_agree_with_scikit_learn_to_1e_5() {
    let reference: Reference = serde_json::from_str(include_str!("reference/logistic.json")).unwrap();
    assert_eq!(reference.cases.len(), 12);
    for case in reference.cases {
        let x = Array2::from_shape_vec((case.x.len(), case.x[0].len()), case.x.concat()).unwrap();
        let model = Logistic::params().c(case.c).check().unwrap().fit(x.view(), &case.y, None).unwrap();
        for (row, expected) in case.new.iter().zip(&case.expected) {
            let p = model.predict(row).unwrap();
            assert!((p - expected).abs() < 1e-5, "c {}: {p} {expected}", case.c);
        }
    }
}

#[test]
fn a_constant_column_has_no_weight() {
    let x = ndarray::array![[1.0, 5.0], [2.0, 5.0], [3.0, 5.0], [4.0, 5.0]];
    let y = [false, true, false, true];
    let model = Logistic::params().check().unwrap().fit(x.view(), &y, None).unwrap();
    assert!(model.weights()[0] > 0.0);
    assert_eq!(model.weights()[1], 0.0);
    assert_eq!(model.logit(&[2.0, 5.0]).unwrap(), model.logit(&[2.0, -80.0]).unwrap());
}

#[test]
fn constant_columns_alone_give_the_share() {
    let x = ndarray::array![[5.0], [5.0], [5.0], [5.0]];
    let model =
        Logistic::params().check().unwrap().fit(x.view(), &[true, false, false, false], None).unwrap();
    assert!((model.predict(&[9.0]).unwrap() - 0.25).abs() < 1e-12);
}

/// Columns that optimisers stumble over: heavy tails, flags, far from zero, copies; labels that columns separate.
fn hard(seed: u64) -> (Array2<f64>, Vec<bool>) {
    let mut dice = Seed(seed).rng();
    let (rows, columns) = (dice.gen_range(2..80), dice.gen_range(1..12));
    let scale = 10_f64.powf(dice.gen_range(-8.0..8.0));
    let mut x = Array2::from_shape_fn((rows, columns), |(_, column)| {
        let v: f64 = dice.gen_range(-1.0..1.0);
        match (seed + column as u64 / 4) % 5 {
            0 => v,
            1 => v.powi(9) * scale,
            2 => (v * 20.0).exp(),
            3 => (v + 1e6) * scale,
            _ => f64::from(u8::from(v > 0.9)),
        }
    });
    if columns > 2 {
        let copy = &x.column(0) * -3.0;
        x.column_mut(1).assign(&copy);
    }
    let middle = x.column(0).mean().unwrap();
    let mut y: Vec<bool> = x
        .column(0)
        .iter()
        .map(|v| if seed.is_multiple_of(2) { dice.gen_bool(0.3) } else { *v > middle })
        .collect();
    y[0] = true;
    y[rows - 1] = false;
    (x, y)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn every_fit_ends_where_the_loss_is_level(seed: u64, c in -3.0..6.0, weighted: bool) {
        let (x, y) = hard(seed);
        let c = 10_f64.powf(c);
        let weights: Vec<f64> = (0..y.len()).map(|n| if weighted { 1.0 + (n % 5) as f64 } else { 1.0 }).collect();
        let model = Logistic::params().c(c).check().unwrap().fit(x.view(), &y, Some(&weights)).unwrap();
        // Weight times error of each row; what is left of the sum over rows is the slope of the loss.
        let errors: Vec<f64> = (0..y.len())
            .map(|n| weights[n] * (model.predict(&x.row(n).to_vec()).unwrap() - f64::from(u8::from(y[n]))))
            .collect();
        let all: f64 = weights.iter().sum();
        prop_assert!(errors.iter().sum::<f64>().abs() < 1e-8 * all);
        for (column, weight) in x.columns().into_iter().zip(model.weights()).filter(|(_, w)| **w != 0.0) {
            let mean = column.iter().zip(&weights).map(|(v, w)| v * w).sum::<f64>() / all;
            let square = |(v, w): (&f64, &f64)| w * (v - mean) * (v - mean);
            let deviation = (column.iter().zip(&weights).map(square).sum::<f64>() / all).sqrt();
            let slope: f64 = column.iter().zip(&errors).map(|(v, e)| e * (v - mean) / deviation).sum();
            prop_assert!((slope + weight / c).abs() < 1e-7 * all, "{slope} {weight} {c}");
        }
    }

    #[test]
    fn a_weight_of_two_is_two_rows(seed: u64, rows in 2_usize..40) {
        let (x, y) = data(seed, rows, 6);
        let twice: Vec<usize> = (0..rows).flat_map(|n| if n % 2 == 0 { vec![n] } else { vec![n, n] }).collect();
        let x2 = x.select(ndarray::Axis(0), &twice);
        let y2: Vec<bool> = twice.iter().map(|&n| y[n]).collect();
        let weights: Vec<f64> = (0..rows).map(|n| 1.0 + (n % 2) as f64).collect();
        let params = Logistic::params().check().unwrap();
        let weighted = params.fit(x.view(), &y, Some(&weights)).unwrap();
        let repeated = params.fit(x2.view(), &y2, None).unwrap();
        for row in x.rows() {
            let row = row.to_vec();
            prop_assert!((weighted.logit(&row).unwrap() - repeated.logit(&row).unwrap()).abs() < 1e-8);
        }
    }
}

#[test]
fn probabilities_agree_with_linfa_to_1e_5() {
    let (x, y) = data(11, 200, 3);
    for c in [0.02, 1.0] {
        let model = Logistic::params().c(c).check().unwrap().fit(x.view(), &y, None).unwrap();
        let mean = x.mean_axis(ndarray::Axis(0)).unwrap();
        let deviation = x.std_axis(ndarray::Axis(0), 0.0);
        let standard = (&x - &mean) / &deviation;
        let peer = linfa_logistic::LogisticRegression::default()
            .alpha(1.0 / c)
            .gradient_tolerance(1e-8)
            .fit(&linfa::Dataset::new(standard.clone(), ndarray::Array1::from_vec(y.clone())))
            .unwrap();
        // It may take either class as the positive one.
        let positive = peer.labels().pos.class;
        for (row, expected) in x.rows().into_iter().zip(peer.predict_probabilities(&standard)) {
            let p = model.predict(&row.to_vec()).unwrap();
            let expected = if positive { expected } else { 1.0 - expected };
            assert!((p - expected).abs() < 1e-5, "{p} {expected}");
        }
    }
}

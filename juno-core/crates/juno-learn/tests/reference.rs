//! The logistic, held against scikit-learn.

use juno_learn::Logistic;
use ndarray::Array2;
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
        let model = Logistic::params().c(case.c).check().unwrap().fit(x.view(), &case.y).unwrap();
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
    let model = Logistic::params().check().unwrap().fit(x.view(), &y).unwrap();
    assert!(model.weights()[0] > 0.0);
    assert_eq!(model.weights()[1], 0.0);
    assert_eq!(model.logit(&[2.0, 5.0]).unwrap(), model.logit(&[2.0, -80.0]).unwrap());
}

#[test]
fn constant_columns_alone_give_the_share() {
    let x = ndarray::array![[5.0], [5.0], [5.0], [5.0]];
    let model = Logistic::params().check().unwrap().fit(x.view(), &[true, false, false, false]).unwrap();
    assert!((model.predict(&[9.0]).unwrap() - 0.25).abs() < 1e-12);
}

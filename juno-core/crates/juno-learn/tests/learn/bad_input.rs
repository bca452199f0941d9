//! Bad input gets a typed error or a stated fallback.

use std::num::NonZeroUsize;

use crate::common::{data, shuffled};
use juno_domain::ErrorKind;
use juno_learn::{BlendClassifier, ExtraTrees, LearnError, Logistic, MaxFeatures, Mix};
use ndarray::{Array2, array};
use serde_json::{Value, json};

fn fit(x: &Array2<f64>, y: &[bool]) -> Result<BlendClassifier, LearnError> {
    let trees = ExtraTrees::params().n_trees(9);
    BlendClassifier::params().trees(trees).check().unwrap().fit(x.view(), y, None)
}

#[test]
fn what_is_not_a_number_is_refused_in_fitting_and_asking() {
    let (x, y) = data(1, 30, 3);
    let model = fit(&x, &y).unwrap();
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 2e100, f64::MAX] {
        let mut damaged = x.clone();
        damaged[[4, 2]] = bad;
        let error = fit(&damaged, &y).unwrap_err();
        assert!(matches!(error, LearnError::NotFinite { row: 4, column: 2, .. }), "{error}");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let row = [0.0, bad, 0.0];
        assert!(matches!(model.predict(&row), Err(LearnError::NotFinite { column: 1, .. })));
        assert!(model.contributions(&row, &mut [0.0; 3]).is_err());
        assert!(model.predict_many(damaged.view(), NonZeroUsize::MIN).is_err());
        assert!(model.contributions_many(damaged.view(), NonZeroUsize::MIN).is_err());
        assert!(model.blend().logistic().logit(&row).is_err());
        assert!(model.blend().trees().predict(&row).is_err());
    }
    let error = fit(&array![[f64::NAN]], &[true]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the matrix has `NaN` at row 0, column 0 (NaN, infinity or beyond ±1e100); fill, drop or rescale it"
    );
}

#[test]
fn empty_matrices_and_wrong_lengths_are_refused() {
    assert!(matches!(fit(&Array2::zeros((0, 3)), &[]), Err(LearnError::Empty { rows: 0, columns: 3 })));
    assert!(matches!(fit(&Array2::zeros((2, 0)), &[true, false]), Err(LearnError::Empty { .. })));
    let (x, y) = data(1, 30, 3);
    assert!(matches!(fit(&x, &y[1..]), Err(LearnError::Width { have: 29, need: 30, .. })));
    let model = fit(&x, &y).unwrap();
    assert!(matches!(model.predict(&[0.0; 2]), Err(LearnError::Width { have: 2, need: 3, .. })));
    assert!(matches!(model.predict(&[]), Err(LearnError::Width { .. })));
    assert!(matches!(model.contributions(&[0.0; 3], &mut [0.0; 4]), Err(LearnError::Width { .. })));
    assert!(model.predict_many(Array2::zeros((5, 4)).view(), NonZeroUsize::MIN).is_err());
    assert_eq!(model.predict_many(Array2::zeros((0, 3)).view(), NonZeroUsize::MIN).unwrap(), [0.0; 0]);
}

#[test]
fn one_class_is_refused() {
    for label in [true, false] {
        let error = fit(&array![[1.0], [2.0], [3.0]], &[label; 3]).unwrap_err();
        assert_eq!(error, LearnError::OneClass { class: label, rows: 3 });
        assert_eq!(error.kind(), ErrorKind::NotEnoughData);
    }
    assert!(matches!(fit(&array![[1.0]], &[true]), Err(LearnError::OneClass { .. })));
}

#[test]
fn weights_must_be_above_zero() {
    let (x, y) = data(1, 5, 3);
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let weights = [1.0, 1.0, bad, 1.0, 1.0];
        let error = ExtraTrees::params().check().unwrap().fit(x.view(), &y, Some(&weights)).unwrap_err();
        assert!(matches!(error, LearnError::Weight { row: 2, .. }), "{error}");
        let error = Logistic::params().check().unwrap().fit(x.view(), &y, Some(&weights)).unwrap_err();
        assert!(matches!(error, LearnError::Weight { row: 2, .. }), "{error}");
    }
}

#[test]
fn settings_outside_their_range_are_refused() {
    let refused = |name: &str, error: LearnError| {
        assert!(matches!(error, LearnError::Parameter { name: found, .. } if found == name), "{error}");
    };
    let trees = ExtraTrees::params;
    refused("n_trees", trees().n_trees(0).check().unwrap_err());
    refused("n_trees", trees().n_trees(1_000_000).check().unwrap_err());
    refused("min_samples_leaf", trees().min_samples_leaf(0).check().unwrap_err());
    refused("max_depth", trees().max_depth(Some(0)).check().unwrap_err());
    for share in [0.0, -1.0, 1.1, f64::NAN] {
        refused("max_features", trees().max_features(MaxFeatures::Share(share)).check().unwrap_err());
        refused(
            "tree_weight",
            Mix::new(share - 1.0, 0.1).map(|_| ()).err().unwrap_or_else(|| Mix::new(1.5, 0.1).unwrap_err()),
        );
    }
    refused("max_features", trees().max_features(MaxFeatures::Count(0)).check().unwrap_err());
    for c in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e7] {
        refused("c", Logistic::params().c(c).check().unwrap_err());
    }
    for clip in [0.0, 0.5, -0.1, f64::NAN] {
        refused("clip", Mix::new(0.5, clip).unwrap_err());
    }
    let (x, y) = data(1, 30, 3);
    let rows = Array2::from_shape_fn((20_000, 1), |(row, _)| row as f64);
    let labels: Vec<bool> = (0..20_000).map(|n| n % 2 == 0).collect();
    let many = trees().n_trees(100_000).check().unwrap();
    assert!(matches!(many.fit(rows.view(), &labels, None), Err(LearnError::TooManyNodes { .. })));
    assert!(trees().max_features(MaxFeatures::Count(999)).check().unwrap().fit(x.view(), &y, None).is_ok());
}

#[test]
fn hard_data_still_give_a_model() {
    let share = |x: Array2<f64>, y: &[bool]| {
        let model = fit(&x, y).unwrap();
        x.rows().into_iter().map(|row| model.predict(&row.to_vec()).unwrap()).collect::<Vec<_>>()
    };
    // Two rows: too few for leaves of three, so the trees know the share only.
    let two = share(array![[0.0], [1.0]], &[false, true]);
    assert!(two[0] < 0.5 && two[1] > 0.5, "{two:?}");
    // Nothing but constants: the share of `true`.
    let constant = share(Array2::ones((4, 3)), &[true, true, true, false]);
    assert!(constant.iter().all(|p| (p - 0.75).abs() < 1e-9), "{constant:?}");
    // One row with both labels, many times.
    let copies = share(Array2::ones((40, 1)), &[[true; 10], [false; 10], [true; 10], [true; 10]].concat());
    assert!(copies.iter().all(|p| (p - 0.75).abs() < 1e-9), "{copies:?}");
    // More columns than rows.
    let (x, y) = data(4, 6, 200);
    assert!(share(x, &y).iter().all(|p| p.is_finite()));
    // Numbers near the end of what is taken, beside tiny ones.
    let huge = array![[1e100, 1e-300], [-1e100, 2e-300], [1e99, 3e-300], [-1e99, 4e-300]];
    assert!(share(huge, &[true, false, true, false]).iter().all(|p| (0.0..=1.0).contains(p)));
    // Weights as far apart as they may be.
    let (x, y) = data(6, 20, 3);
    let wild: Vec<f64> = (0..20).map(|n| [1e100, 1e-300, 1.0][n % 3]).collect();
    let model = BlendClassifier::params().check().unwrap().fit(x.view(), &y, Some(&wild)).unwrap();
    assert!(model.predict_many(x.view(), NonZeroUsize::MIN).unwrap().iter().all(|p| (0.0..=1.0).contains(p)));
    // Perfectly separable, hardly any penalty.
    let x = Array2::from_shape_fn((50, 2), |(row, _)| row as f64);
    let y: Vec<bool> = (0..50).map(|n| n >= 25).collect();
    let sure = Logistic::params().c(1e6).check().unwrap().fit(x.view(), &y, None).unwrap();
    assert!(sure.predict(&[0.0, 0.0]).unwrap() < 0.01 && sure.predict(&[49.0, 49.0]).unwrap() > 0.99);
}

#[test]
fn a_damaged_file_is_an_error_and_never_a_panic() {
    let (x, y) = data(2, 40, 4);
    let (x, y, _) = shuffled(2, &x, &y);
    let good = serde_json::to_value(fit(&x, &y).unwrap()).unwrap();
    let load = |value: &Value| serde_json::from_value::<BlendClassifier>(value.clone());
    assert!(load(&good).is_ok());
    let edits: [(&str, Value); 17] = [
        ("/trees/forest/trees", json!(10)),
        ("/trees/forest/trees", json!(0)),
        ("/trees/forest/width", json!(0)),
        ("/trees/forest/width", json!(3)),
        ("/trees/forest/feature", json!([])),
        ("/trees/forest/feature/0", json!(4)),
        ("/trees/forest/feature/0", json!(-2)),
        ("/trees/forest/feature/0", json!(-1)),
        ("/trees/forest/threshold", json!([])),
        ("/trees/forest/threshold/0", json!(null)),
        ("/trees/forest/value", json!([0.5])),
        ("/trees/forest/value/0", json!(1.5)),
        ("/logistic/weights", json!([1.0])),
        ("/logistic/deviations/0", json!(0.0)),
        ("/logistic/intercept", json!("high")),
        ("/mix/clip", json!(0.7)),
        ("/mix/tree_weight", json!(-0.1)),
    ];
    for (place, wrong) in edits {
        let mut damaged = good.clone();
        *damaged.pointer_mut(place).unwrap() = wrong;
        assert!(load(&damaged).is_err(), "{place}");
    }
    // Every shortening of the file, and a list with one number more.
    let text = good.to_string();
    for end in (0..text.len()).step_by(97) {
        assert!(serde_json::from_str::<BlendClassifier>(&text[..end]).is_err());
    }
    let mut longer = good.clone();
    longer.pointer_mut("/trees/forest/threshold").unwrap().as_array_mut().unwrap().push(json!(0.0));
    assert!(load(&longer).is_err());
}

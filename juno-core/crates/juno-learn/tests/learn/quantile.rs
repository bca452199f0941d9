//! What must hold for every quantile forest.

use std::num::NonZeroUsize;

use crate::common::{data, shuffled};
use juno_domain::Seed;
use juno_learn::{LearnError, MaxFeatures, QuantileForest, QuantileForestParams, Splitter};
use ndarray::{Array2, array};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Every combination of ways to grow, by the bits of a seed.
fn params(seed: u64) -> QuantileForestParams {
    QuantileForest::params()
        .n_trees(9)
        .min_samples_leaf(1 + seed as usize % 4)
        .splitter(if seed & 4 == 0 { Splitter::Random } else { Splitter::Best })
        .bootstrap(seed & 8 == 0)
        .seed(Seed(seed))
}

/// Outcomes with ties, driven by the first column.
fn outcomes(x: &Array2<f64>) -> Vec<f64> {
    x.column(0).iter().enumerate().map(|(n, v)| ((v + (n % 3) as f64) * 4.0).round() / 4.0).collect()
}

fn weights(rows: usize, seed: u64) -> Option<Vec<f64>> {
    (seed & 16 == 0).then(|| (0..rows).map(|n| 0.5 + (n % 4) as f64).collect())
}

fn expectation(distribution: &[(f64, f64)]) -> f64 {
    distribution.iter().map(|(outcome, weight)| outcome * weight).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn weights_sum_to_1_over_training_outcomes(seed: u64, rows in 2_usize..60, columns in 1_usize..20) {
        let (x, _) = data(seed, rows, columns);
        let y = outcomes(&x);
        let model = params(seed).check().unwrap().fit(x.view(), &y, weights(rows, seed).as_deref()).unwrap();
        let (other, _) = data(!seed, 10, columns);
        for row in other.rows() {
            let row = row.to_vec();
            let distribution = model.distribution(&row).unwrap();
            prop_assert!(distribution.windows(2).all(|pair| pair[0].0 < pair[1].0));
            prop_assert!(distribution.iter().all(|(outcome, weight)| *weight > 0.0 && y.contains(outcome)));
            prop_assert!((distribution.iter().map(|(_, weight)| weight).sum::<f64>() - 1.0).abs() < 1e-12);
            prop_assert!((expectation(&distribution) - model.mean(&row).unwrap()).abs() < 1e-12);
        }
    }

    #[test]
    fn neither_rows_nor_threads_change_a_bit(seed: u64, rows in 2_usize..60, threads in 2_usize..5) {
        let (x, _) = data(seed, rows, 6);
        let y = outcomes(&x);
        let w = weights(rows, seed);
        let (x2, y2, order) = shuffled(seed, &x, &y);
        let w2: Option<Vec<f64>> = w.as_ref().map(|w| order.iter().map(|&i| w[i]).collect());
        let threads = NonZeroUsize::new(threads).unwrap();
        let one = params(seed).check().unwrap().fit(x.view(), &y, w.as_deref()).unwrap();
        let two = params(seed).threads(threads).check().unwrap().fit(x2.view(), &y2, w2.as_deref()).unwrap();
        prop_assert_eq!(&one, &two);
        let many = one.distribution_many(x.view(), threads).unwrap();
        for (row, distribution) in x.rows().into_iter().zip(many) {
            prop_assert_eq!(one.distribution(&row.to_vec()).unwrap(), distribution);
        }
    }

    #[test]
    fn saving_and_loading_keeps_every_bit(seed: u64, rows in 2_usize..60) {
        let (x, _) = data(seed, rows, 6);
        let w = weights(rows, seed);
        let model = params(seed).check().unwrap().fit(x.view(), &outcomes(&x), w.as_deref()).unwrap();
        let text = serde_json::to_string(&model).unwrap();
        let loaded: QuantileForest = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&loaded, &model);
        prop_assert_eq!(serde_json::to_string(&loaded).unwrap(), text);
    }
}

#[test]
fn one_leaf_gives_the_training_outcomes_with_their_weights() {
    let x = array![[0.0], [1.0], [2.0], [3.0]];
    let params = QuantileForest::params().min_samples_leaf(4).check().unwrap();
    let plain = params.fit(x.view(), &[3.0, 1.0, 1.0, 2.0], None).unwrap();
    assert_eq!(
        plain.distribution(&[9.0]).unwrap().iter().map(|(y, _)| *y).collect::<Vec<_>>(),
        [1.0, 2.0, 3.0]
    );
    for ((_, weight), expected) in plain.distribution(&[9.0]).unwrap().iter().zip([0.5, 0.25, 0.25]) {
        assert!((weight - expected).abs() < 1e-12);
    }
    let weighted = params.fit(x.view(), &[3.0, 1.0, 1.0, 2.0], Some(&[0.5, 0.1, 0.3, 0.1])).unwrap();
    for ((_, weight), expected) in weighted.distribution(&[9.0]).unwrap().iter().zip([0.4, 0.1, 0.5]) {
        assert!((weight - expected).abs() < 1e-12);
    }
}

#[test]
fn both_splitters_find_the_step_and_the_spread() {
    // Below 0.5 the outcome is exactly 1, above it is 2 or 4.
    let x =
        Array2::from_shape_fn((200, 3), |(row, column)| ((row * [1, 37, 61][column]) % 200) as f64 / 200.0);
    let y: Vec<f64> = (0..200).map(|n| if n < 100 { 1.0 } else { [2.0, 4.0][n % 2] }).collect();
    for splitter in [Splitter::Random, Splitter::Best] {
        let params = QuantileForest::params().splitter(splitter).max_features(MaxFeatures::All);
        let model = params.check().unwrap().fit(x.view(), &y, None).unwrap();
        // Over the rows of one side, what each outcome weighs on average.
        let weight = |rows: std::ops::Range<usize>, outcome: f64| {
            let all = x.rows().into_iter().skip(rows.start).take(rows.len());
            let found = all.flat_map(|row| model.distribution(&row.to_vec()).unwrap());
            found.filter(|(y, _)| *y == outcome).map(|(_, w)| w).sum::<f64>() / rows.len() as f64
        };
        let (below, above) = (weight(0..90, 1.0), weight(110..200, 1.0));
        assert!(below > 0.95 && above < 0.05, "{splitter:?}: {below} {above}");
        let (two, four) = (weight(110..200, 2.0), weight(110..200, 4.0));
        assert!((two - 0.5).abs() < 0.05 && (four - 0.5).abs() < 0.05, "{splitter:?}: {two} {four}");
    }
}

#[test]
fn the_best_threshold_lies_midway() {
    let x = array![[0.0], [1.0], [2.0], [10.0]];
    let params = QuantileForest::params().n_trees(1).min_samples_leaf(1).splitter(Splitter::Best);
    let model =
        params.max_depth(Some(1)).check().unwrap().fit(x.view(), &[1.0, 1.0, 1.0, 5.0], None).unwrap();
    assert_eq!(model.distribution(&[6.0]).unwrap(), [(1.0, 1.0)]);
    assert_eq!(model.distribution(&[6.1]).unwrap(), [(5.0, 1.0)]);
}

#[test]
fn bad_input_is_refused_and_little_data_is_stated() {
    let fit = |x: Array2<f64>, y: &[f64]| params(1).check().unwrap().fit(x.view(), y, None);
    assert!(matches!(fit(Array2::zeros((0, 2)), &[]), Err(LearnError::Empty { .. })));
    assert!(matches!(fit(array![[1.0]], &[f64::NAN]), Err(LearnError::NotFinite { .. })));
    assert!(matches!(fit(array![[1.0]], &[1e101]), Err(LearnError::NotFinite { .. })));
    assert!(matches!(fit(array![[f64::NAN]], &[1.0]), Err(LearnError::NotFinite { .. })));
    assert!(matches!(fit(array![[1.0]], &[1.0, 2.0]), Err(LearnError::Width { .. })));
    let one = fit(array![[1.0]], &[3.0]).unwrap();
    assert!((one.distribution(&[-1.0]).unwrap()[0].1 - 1.0).abs() < 1e-12);
    assert!(one.distribution(&[f64::NAN]).is_err() && one.distribution(&[]).is_err());
    // Outcomes and weights at the ends of what is taken.
    let weights = [1e100, 1e-300, 1.0, 1.0];
    let x = array![[1.0], [2.0], [3.0], [4.0]];
    let y = [1e100, -1e100, 0.0, 1.0];
    let wild = params(1).min_samples_leaf(1).check().unwrap().fit(x.view(), &y, Some(&weights)).unwrap();
    for row in x.rows() {
        let distribution = wild.distribution(&row.to_vec()).unwrap();
        assert!((distribution.iter().map(|(_, w)| w).sum::<f64>() - 1.0).abs() < 1e-12);
    }
    assert!(serde_json::from_str::<QuantileForest>(&serde_json::to_string(&wild).unwrap()).is_ok());
}

#[test]
fn a_damaged_file_is_an_error_and_never_a_panic() {
    let (x, _) = data(2, 40, 4);
    let w = weights(40, 0);
    let model = params(0).check().unwrap().fit(x.view(), &outcomes(&x), w.as_deref()).unwrap();
    let good = serde_json::to_value(model).unwrap();
    let load = |value: &Value| serde_json::from_value::<QuantileForest>(value.clone());
    assert!(load(&good).is_ok());
    let edits: [(&str, Value); 9] = [
        ("/forest/feature/0", json!(9)),
        ("/outcomes/0", json!(1e9)),
        ("/outcomes", json!([])),
        ("/weights/0", json!(0.0)),
        ("/weights", json!([1.0])),
        ("/leaf_sizes/0", json!(0)),
        ("/leaf_sizes/0", json!(4_000_000_000_u32)),
        ("/members/0", json!(40)),
        ("/members", json!([])),
    ];
    for (place, wrong) in edits {
        let mut damaged = good.clone();
        *damaged.pointer_mut(place).unwrap() = wrong;
        assert!(load(&damaged).is_err(), "{place}");
    }
    let text = good.to_string();
    for end in (0..text.len()).step_by(53) {
        assert!(serde_json::from_str::<QuantileForest>(&text[..end]).is_err());
    }
}

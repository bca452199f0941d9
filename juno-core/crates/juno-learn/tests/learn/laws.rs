//! What must hold for every classifier, whatever the data.

use std::num::NonZeroUsize;

use crate::common::{data, shuffled};
use juno_domain::Seed;
use juno_learn::{
    BlendClassifier, BlendClassifierParams, ExtraTrees, ExtraTreesParams, Logistic, MaxFeatures, Mix,
};
use proptest::prelude::*;

fn few_trees(seed: u64) -> ExtraTreesParams {
    ExtraTrees::params().n_trees(11).seed(Seed(seed)).min_samples_leaf(1 + seed as usize % 3)
}

fn small_blend(seed: u64) -> BlendClassifierParams {
    BlendClassifier::params().trees(few_trees(seed)).logistic(Logistic::params().c(0.5))
}

fn threads(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn probabilities_lie_between_0_and_1(seed: u64, rows in 2_usize..60, columns in 1_usize..20) {
        let (x, y) = data(seed, rows, columns);
        let blend = small_blend(seed).check().unwrap().fit(x.view(), &y, None).unwrap();
        let (far, _) = data(!seed, 20, columns);
        for row in x.rows().into_iter().chain((far * 1e6).rows()) {
            let row = row.to_vec();
            for p in [
                blend.predict(&row).unwrap(),
                blend.blend().trees().predict(&row).unwrap(),
                blend.blend().logistic().predict(&row).unwrap(),
            ] {
                prop_assert!((0.0..=1.0).contains(&p), "{p}");
            }
        }
    }

    #[test]
    fn a_row_with_weight_two_counts_like_two_rows(seed: u64, rows in 6_usize..40, columns in 1_usize..20) {
        let (x, y) = data(seed, rows, columns);
        let times = |row: usize| 1 + (seed as usize >> (row % 20)) % 3;
        let repeated: Vec<usize> = (0..rows).flat_map(|row| std::iter::repeat_n(row, times(row))).collect();
        let (rx, ry) = (x.select(ndarray::Axis(0), &repeated), repeated.iter().map(|row| y[*row]).collect::<Vec<_>>());
        let params = few_trees(seed).min_samples_leaf(3).check().unwrap();
        let weights: Vec<f64> = (0..rows).map(|row| times(row) as f64).collect();
        let weighted = params.fit(x.view(), &y, Some(&weights)).unwrap();
        prop_assert_eq!(&weighted, &params.fit(rx.view(), &ry, None).unwrap());
        // Only how weights compare counts once they are below 1 on average.
        let small = |scale: f64| weights.iter().map(|w| w * scale).collect::<Vec<_>>();
        let model = |scale| params.fit(x.view(), &y, Some(&small(scale))).unwrap();
        prop_assert_eq!(model(1.0 / 256.0), model(1.0 / 4096.0));
    }

    #[test]
    fn contributions_sum_to_the_prediction(
        seed: u64, rows in 2_usize..60, columns in 1_usize..20, weight in 0.0..=1.0, clip in 0.001..0.3,
    ) {
        let (x, y) = data(seed, rows, columns);
        let params = small_blend(seed).mix(Mix::new(weight, clip).unwrap());
        let model = params.check().unwrap().fit(x.view(), &y, None).unwrap();
        let (trees, logistic) = (model.blend().trees(), model.blend().logistic());
        let mut out = vec![f64::NAN; columns];
        for row in x.rows() {
            let row = row.to_vec();
            let base = trees.contributions(&row, &mut out).unwrap();
            prop_assert!((base + out.iter().sum::<f64>() - trees.predict(&row).unwrap()).abs() < 1e-12);
            prop_assert_eq!(base, trees.base());
            let base = logistic.contributions(&row, &mut out).unwrap();
            prop_assert!((base + out.iter().sum::<f64>() - logistic.logit(&row).unwrap()).abs() < 1e-10);
            let base = model.contributions(&row, &mut out).unwrap();
            prop_assert!((base + out.iter().sum::<f64>() - model.logit(&row).unwrap()).abs() < 1e-9);
            prop_assert_eq!(base, model.base());
            let (mut linear, mut of_trees) = (vec![f64::NAN; columns], vec![f64::NAN; columns]);
            let both = model.blend().explain(&row, &row, &mut linear, &mut of_trees).unwrap();
            prop_assert_eq!(both, (base, model.logit(&row).unwrap()));
        }
        let (base, all) = model.contributions_many(x.view(), threads(3)).unwrap();
        for (row, contributions) in x.rows().into_iter().zip(all.rows()) {
            prop_assert_eq!(model.contributions(&row.to_vec(), &mut out).unwrap(), base);
            prop_assert_eq!(&out, &contributions.to_vec());
        }
    }

    #[test]
    fn the_order_of_rows_does_not_change_a_bit(seed: u64, rows in 2_usize..60, columns in 1_usize..20) {
        let (mut x, y) = data(seed, rows, columns);
        // Copies of rows with either label, and zeros of both signs, are what an order could hang on.
        x.row_mut(rows - 1).fill(0.0);
        x.row_mut(0).fill(-0.0);
        let weights: Vec<f64> = (0..rows).map(|n| 1.0 + (n % 3) as f64).collect();
        let (x2, y2, order) = shuffled(seed, &x, &y);
        let weights2: Vec<f64> = order.iter().map(|&i| weights[i]).collect();
        let blend = small_blend(seed).check().unwrap();
        prop_assert_eq!(blend.fit(x.view(), &y, None).unwrap(), blend.fit(x2.view(), &y2, None).unwrap());
        let trees = few_trees(seed).check().unwrap();
        prop_assert_eq!(
            trees.fit(x.view(), &y, Some(&weights)).unwrap(),
            trees.fit(x2.view(), &y2, Some(&weights2)).unwrap()
        );
    }

    #[test]
    fn the_number_of_threads_does_not_change_a_bit(seed: u64, rows in 2_usize..60, n in 2_usize..9) {
        let (x, y) = data(seed, rows, 7);
        let one = few_trees(seed).check().unwrap().fit(x.view(), &y, None).unwrap();
        let many = few_trees(seed).threads(threads(n)).check().unwrap().fit(x.view(), &y, None).unwrap();
        prop_assert_eq!(&one, &many);
        prop_assert_eq!(
            one.predict_many(x.view(), threads(1)).unwrap(),
            // Column after column, as a frame may hand it over.
            one.predict_many(x.t().to_owned().t(), threads(n)).unwrap()
        );
    }

    #[test]
    fn saving_and_loading_keeps_every_bit(seed: u64, rows in 2_usize..60, columns in 1_usize..20) {
        let (x, y) = data(seed, rows, columns);
        let model = small_blend(seed).check().unwrap().fit(x.view(), &y, None).unwrap();
        let text = serde_json::to_string(&model).unwrap();
        let loaded: BlendClassifier = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&loaded, &model);
        prop_assert_eq!(serde_json::to_string(&loaded).unwrap(), text);
    }

    #[test]
    fn a_weight_of_two_is_two_rows(seed: u64, rows in 2_usize..40) {
        let (x, y) = data(seed, rows, 6);
        let twice: Vec<usize> = (0..rows).flat_map(|n| if n % 2 == 0 { vec![n] } else { vec![n, n] }).collect();
        let x2 = x.select(ndarray::Axis(0), &twice);
        let y2: Vec<bool> = twice.iter().map(|&n| y[n]).collect();
        let weights: Vec<f64> = (0..rows).map(|n| 1.0 + (n % 2) as f64).collect();
        // With one row enough for a leaf, both grow the same trees.
        let params = few_trees(seed).min_samples_leaf(1).check().unwrap();
        let weighted = params.fit(x.view(), &y, Some(&weights)).unwrap();
        let repeated = params.fit(x2.view(), &y2, None).unwrap();
        for row in x.rows() {
            let row = row.to_vec();
            let (a, b) = (weighted.predict(&row).unwrap(), repeated.predict(&row).unwrap());
            prop_assert!((a - b).abs() < 1e-12, "{a} {b}");
        }
    }

    #[test]
    fn scaling_a_column_by_a_power_of_two_changes_no_prediction(seed: u64, rows in 2_usize..60) {
        let (x, y) = data(seed, rows, 6);
        let model = small_blend(seed).check().unwrap();
        let (plain, scaled) = (model.fit(x.view(), &y, None).unwrap(), model.fit((&x * 1024.0).view(), &y, None).unwrap());
        for row in x.rows() {
            let (a, b) = (row.to_vec(), (&row * 1024.0).to_vec());
            prop_assert_eq!(plain.logit(&a).unwrap(), scaled.logit(&b).unwrap());
        }
    }
}

#[test]
fn a_driver_of_the_label_raises_the_probability() {
    let (x, y) = data(3, 400, 6);
    let model = BlendClassifier::params().check().unwrap().fit(x.view(), &y, None).unwrap();
    let at = |v: f64| {
        let mut row = vec![0.0; 6];
        row[0] = v;
        row[3] = 7.0;
        model.predict(&row).unwrap()
    };
    assert!(at(-1.9) < 0.2 && at(1.9) > 0.8, "{} {}", at(-1.9), at(1.9));
    assert!(at(-1.5) < at(-0.5) && at(-0.5) < at(0.5) && at(0.5) < at(1.5));
}

#[test]
fn thresholds_are_uniform_between_the_least_and_the_greatest_value() {
    // A cut falls below 0.25 one time in four: then the middle row stands with the `true` one, else with the other.
    let x = ndarray::array![[0.0], [0.25], [1.0]];
    let params = ExtraTrees::params().n_trees(20_000).min_samples_leaf(1).max_depth(Some(1));
    let model = params.check().unwrap().fit(x.view(), &[false, true, true], None).unwrap();
    // Left leaf: {0, ¼} has mean ½, {0} has 0; so the first row has the mean ¾ · ½.
    let p = model.predict(&[0.0]).unwrap();
    assert!((p - 0.375).abs() < 4.0 * (0.25_f64 * 0.75 * 0.25 / 20_000.0).sqrt(), "{p}");
    assert_eq!(model.predict(&[1.0]).unwrap(), 1.0);
}

#[test]
fn a_node_looks_on_while_what_it_drew_is_constant() {
    let mut x = ndarray::Array2::from_elem((40, 30), 1.0);
    x.column_mut(17).iter_mut().enumerate().for_each(|(n, v)| *v = n as f64);
    let y: Vec<bool> = (0..40).map(|n| n >= 20).collect();
    let params = ExtraTrees::params().max_features(MaxFeatures::Count(1)).min_samples_leaf(1);
    let model = params.check().unwrap().fit(x.view(), &y, None).unwrap();
    // All trees can ask about is column 17, and with leaves of one row they learn it by heart.
    for (row, label) in x.rows().into_iter().zip(&y) {
        assert_eq!(model.predict(&row.to_vec()).unwrap(), f64::from(u8::from(*label)));
    }
}

#[test]
fn every_leaf_has_the_rows_it_must() {
    let (x, y) = data(9, 100, 8);
    let largest = |leaf: usize| {
        let params = ExtraTrees::params().n_trees(50).min_samples_leaf(leaf);
        params.check().unwrap().fit(x.view(), &y, None).unwrap().n_nodes()
    };
    // A tree over 100 rows with leaves of 10 has at most 10 leaves and 9 questions.
    assert!(largest(10) <= 50 * 19);
    assert!(largest(51) == 50);
    let shallow = ExtraTrees::params().n_trees(50).max_depth(Some(2)).min_samples_leaf(1);
    assert!(shallow.check().unwrap().fit(x.view(), &y, None).unwrap().n_nodes() <= 50 * 7);
}

#[test]
fn many_rows_take_wider_ranks_and_give_the_same() {
    // 32,768 rows no longer fit the small ranks; each row twice weighs as each row once with equal weights.
    let (x, y) = data(5, 16_384, 3);
    let twice = ndarray::concatenate![ndarray::Axis(0), x, x];
    let labels = [y.clone(), y.clone()].concat();
    let params = ExtraTrees::params().n_trees(1).min_samples_leaf(2).max_depth(Some(6));
    let large = params.clone().check().unwrap().fit(twice.view(), &labels, None).unwrap();
    let small = params.min_samples_leaf(1).check().unwrap().fit(x.view(), &y, None).unwrap();
    assert_eq!(large, small);
}

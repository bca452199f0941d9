//! Made-up matrices with what real ones have: ties, a constant column, a copy, a column of two values.

use juno_domain::Seed;
use ndarray::Array2;
use rand::Rng;

/// Rows with at least one label of each kind; the first column drives the label.
pub(crate) fn data(seed: u64, rows: usize, columns: usize) -> (Array2<f64>, Vec<bool>) {
    let mut dice = Seed(seed).rng();
    let mut x = Array2::from_shape_fn((rows, columns), |_| dice.gen_range(-2.0..2.0));
    for mut row in x.rows_mut() {
        for (column, value) in row.iter_mut().enumerate().skip(1) {
            match column % 5 {
                1 => *value = f64::from(u8::from(*value > 0.5)),
                2 => *value = value.round(),
                3 => *value = 7.0,
                _ => {}
            }
        }
    }
    let mut y: Vec<bool> = x.column(0).iter().map(|v| dice.gen_range(-2.0..2.0) < *v).collect();
    y[0] = false;
    y[rows - 1] = true;
    (x, y)
}

/// The same rows in another order.
pub(crate) fn shuffled<T: Copy>(seed: u64, x: &Array2<f64>, y: &[T]) -> (Array2<f64>, Vec<T>, Vec<usize>) {
    let mut dice = Seed(seed).rng();
    let mut order: Vec<usize> = (0..y.len()).collect();
    for place in (1..order.len()).rev() {
        order.swap(place, dice.gen_range(0..=place));
    }
    (x.select(ndarray::Axis(0), &order), order.iter().map(|&i| y[i]).collect(), order)
}

use std::cmp::Ordering;

use ndarray::ArrayView2;

use crate::{LearnError, checks};

/// Checked training rows in the one order that does not depend on how they came: by features, then outcome, then
/// weight. Rows that tie are equal in everything, so that which comes first does not matter.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) rows: usize,
    pub(crate) width: usize,
    /// Row after row.
    pub(crate) x: Vec<f64>,
    pub(crate) y: Vec<f64>,
    /// One for each row, or none if all weigh the same.
    pub(crate) weights: Option<Vec<f64>>,
}

impl Table {
    /// Takes rows with labels, which become 0 and 1.
    pub(crate) fn labelled(
        x: ArrayView2<'_, f64>,
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<Self, LearnError> {
        let numbers: Vec<f64> = labels.iter().map(|label| f64::from(u8::from(*label))).collect();
        let table = Self::new(x, &numbers, weights)?;
        match labels.first() {
            Some(first) if labels.iter().all(|label| label == first) => {
                Err(LearnError::OneClass { class: *first, rows: labels.len() })
            }
            _ => Ok(table),
        }
    }

    /// Takes rows with outcomes.
    pub(crate) fn new(
        x: ArrayView2<'_, f64>,
        y: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<Self, LearnError> {
        let (rows, width) = x.dim();
        if rows == 0 || width == 0 {
            return Err(LearnError::Empty { rows, columns: width });
        }
        checks::length("the list of outcomes", y.len(), rows)?;
        checks::matrix(x, width)?;
        if let Some(row) = y.iter().position(|v| !checks::usable(*v)) {
            let what = "the list of outcomes";
            return Err(LearnError::NotFinite { what, value: y[row], row, column: 0 });
        }
        if let Some(weights) = weights {
            checks::length("the list of weights", weights.len(), rows)?;
            if let Some(row) = weights.iter().position(|w| *w <= 0.0 || !checks::usable(*w)) {
                return Err(LearnError::Weight { value: weights[row], row });
            }
        }
        // Equal weights are no weights; adding zero turns -0.0 into 0.0, so that equal values have equal bytes.
        let weights = weights.filter(|all| all.iter().any(|w| *w != all[0]));
        let given: Vec<f64> = x.iter().map(|v| v + 0.0).collect();
        let y: Vec<f64> = y.iter().map(|v| v + 0.0).collect();
        let row = |i: usize| &given[i * width..(i + 1) * width];
        let mut order: Vec<usize> = (0..rows).collect();
        order.sort_by(|&a, &b| {
            by_value(row(a), row(b))
                .then_with(|| y[a].total_cmp(&y[b]))
                .then_with(|| weights.map_or(Ordering::Equal, |w| w[a].total_cmp(&w[b])))
        });
        Ok(Self {
            rows,
            width,
            x: order.iter().flat_map(|&i| row(i)).copied().collect(),
            y: order.iter().map(|&i| y[i]).collect(),
            weights: weights.map(|w| order.iter().map(|&i| w[i]).collect()),
        })
    }

    /// The values of one column, from the first row to the last.
    pub(crate) fn column(&self, column: usize) -> impl Iterator<Item = f64> + '_ {
        self.x.iter().skip(column).step_by(self.width).copied()
    }
}

fn by_value(a: &[f64], b: &[f64]) -> Ordering {
    a.iter().zip(b).map(|(a, b)| a.total_cmp(b)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

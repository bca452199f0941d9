use juno_domain::Probability;
use serde::{Deserialize, Serialize};

use crate::ConfidenceError;

/// Weights whose sum is this close to 1 are kept as they are, so that saving and loading changes no bit.
const SUM_TOLERANCE: f64 = 1e-9;

/// A distribution on finitely many values, such as the forecast of delivered points from past cases and their weights.
///
/// Values are finite, strictly rising and each has a weight above 0; the weights sum to 1. Written and read as
/// `{"values": […], "weights": […]}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawDistribution", into = "RawDistribution")]
pub struct Distribution {
    values: Vec<f64>,
    weights: Vec<f64>,
    /// The chance of each value or less; the last is exactly 1.
    cumulative: Vec<f64>,
}

impl Distribution {
    /// From values and their weights, in any order. Equal values are put together, values of weight 0 left out, and the
    /// weights divided by their sum.
    ///
    /// # Errors
    /// Not enough data if no weight is above 0; invalid input if a value is not finite, or a weight is negative or not
    /// finite.
    pub fn new(mut points: Vec<(f64, f64)>) -> Result<Self, ConfidenceError> {
        // By weight as well: the order of the points must not show in the last bit of a sum.
        points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let (values, weights) = points.into_iter().unzip();
        Self::from_sorted(values, weights)
    }

    /// From values that already rise (or stay) and as many weights; sorts nothing, and copies nothing where all values
    /// differ and all weights are above 0. Otherwise as [`new`](Self::new).
    ///
    /// # Errors
    /// As [`new`](Self::new); also invalid input if a value falls or the numbers of values and weights differ.
    pub fn from_sorted(mut values: Vec<f64>, mut weights: Vec<f64>) -> Result<Self, ConfidenceError> {
        check(&values, &weights)?;
        let strictly = values.iter().zip(values.iter().skip(1)).all(|(a, b)| a < b);
        if !strictly || weights.contains(&0.0) {
            (values, weights) = merged(&values, &weights);
        }
        let sum: f64 = weights.iter().sum();
        if weights.is_empty() {
            return Err(ConfidenceError::NotEnoughData {
                what: "a distribution",
                of: "values with a weight above 0",
                have: 0,
                need: 1,
            });
        }
        if !(sum.is_finite() && sum.recip().is_finite()) {
            return Err(out_of_range("the sum of the weights", sum, "it must be finite and above 0"));
        }
        if (sum - 1.0).abs() > SUM_TOLERANCE {
            weights.iter_mut().for_each(|weight| *weight /= sum);
        }
        // Adding zero turns -0.0 into 0.0, so that equal values have equal bytes.
        values.iter_mut().for_each(|value| *value += 0.0);
        let mut total = 0.0;
        let mut cumulative: Vec<f64> = weights
            .iter()
            .map(|weight| {
                total += weight;
                f64::min(total, 1.0)
            })
            .collect();
        if let Some(last) = cumulative.last_mut() {
            *last = 1.0;
        }
        Ok(Self { values, weights, cumulative })
    }

    /// All the weight on one value.
    ///
    /// # Errors
    /// If the value is not finite.
    pub fn certain(value: f64) -> Result<Self, ConfidenceError> {
        Self::from_sorted(vec![value], vec![1.0])
    }

    /// The values it can take, rising.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The chance of each value; they sum to 1 up to rounding.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The chance of each value or less, rising to 1.
    #[must_use]
    pub fn cumulative(&self) -> &[f64] {
        &self.cumulative
    }

    /// The chance of `value` or less. Not a number for what is not a number.
    #[must_use]
    pub fn cdf(&self, value: f64) -> f64 {
        self.below(value, self.values.partition_point(|v| *v <= value))
    }

    /// The chance of less than `value`. Not a number for what is not a number.
    #[must_use]
    pub fn cdf_below(&self, value: f64) -> f64 {
        self.below(value, self.values.partition_point(|v| *v < value))
    }

    /// The smallest value whose chance of it or less is `p` or more; the smallest of all for 0.
    #[must_use]
    pub fn quantile(&self, p: Probability) -> f64 {
        self.value_at(self.cumulative.partition_point(|c| *c < p.get()))
    }

    /// The mean.
    #[must_use]
    pub fn mean(&self) -> f64 {
        let mean: f64 = self.values.iter().zip(&self.weights).map(|(v, w)| v * w).sum();
        // Rounding must not leave the mean outside the values.
        mean.clamp(self.min(), self.max())
    }

    /// The smallest value that half of the weight does not exceed.
    #[must_use]
    pub fn median(&self) -> f64 {
        self.quantile(Probability::HALF)
    }

    /// The smallest value.
    #[must_use]
    pub fn min(&self) -> f64 {
        self.value_at(0)
    }

    /// The largest value.
    #[must_use]
    pub fn max(&self) -> f64 {
        self.value_at(usize::MAX)
    }

    /// The value at `index`, the last one beyond the end.
    pub(crate) fn value_at(&self, index: usize) -> f64 {
        // INVARIANT: there is at least one value.
        self.values.get(index).or(self.values.last()).copied().unwrap_or_default()
    }

    fn below(&self, value: f64, count: usize) -> f64 {
        if value.is_nan() {
            return f64::NAN;
        }
        count.checked_sub(1).and_then(|last| self.cumulative.get(last)).copied().unwrap_or(0.0)
    }
}

fn check(values: &[f64], weights: &[f64]) -> Result<(), ConfidenceError> {
    if values.len() != weights.len() {
        let rule = "there must be one for each value";
        return Err(out_of_range("the number of weights", weights.len() as f64, rule));
    }
    if let Some(value) = values.iter().find(|v| !v.is_finite()) {
        return Err(out_of_range("a value of a distribution", *value, "it must be finite"));
    }
    if let Some(weight) = weights.iter().find(|w| !(w.is_finite() && **w >= 0.0)) {
        return Err(out_of_range("a weight", *weight, "it must be finite and 0 or more"));
    }
    if let Some((_, value)) = values.iter().zip(values.iter().skip(1)).find(|(a, b)| a > b) {
        return Err(out_of_range("a value after a larger one", *value, "sort the values first"));
    }
    Ok(())
}

/// Puts equal neighbours together and leaves out what has no weight.
fn merged(values: &[f64], weights: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let (mut kept, mut sums) = (Vec::new(), Vec::<f64>::new());
    for (value, weight) in values.iter().zip(weights).filter(|(_, weight)| **weight > 0.0) {
        match sums.last_mut() {
            Some(sum) if kept.last() == Some(value) => *sum += weight,
            _ => {
                kept.push(*value);
                sums.push(*weight);
            }
        }
    }
    (kept, sums)
}

fn out_of_range(what: &'static str, value: f64, rule: &'static str) -> ConfidenceError {
    ConfidenceError::OutOfRange { what, value, rule }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDistribution {
    values: Vec<f64>,
    weights: Vec<f64>,
}

impl From<Distribution> for RawDistribution {
    fn from(Distribution { values, weights, .. }: Distribution) -> Self {
        Self { values, weights }
    }
}

impl TryFrom<RawDistribution> for Distribution {
    type Error = ConfidenceError;
    fn try_from(RawDistribution { values, weights }: RawDistribution) -> Result<Self, ConfidenceError> {
        Self::from_sorted(values, weights)
    }
}

#[cfg(test)]
mod tests {
    use juno_domain::ErrorKind;
    use proptest::prelude::*;

    use super::*;

    fn p(value: f64) -> Probability {
        Probability::new(value).unwrap()
    }

    #[test]
    fn atoms_keep_their_weight_on_the_right_side() {
        let d = Distribution::new(vec![(1.0, 2.0), (0.0, 3.0), (0.5, 4.0), (1.0, 1.0), (7.0, 0.0)]).unwrap();
        assert_eq!(d.values(), [0.0, 0.5, 1.0]);
        assert_eq!(d.weights(), [0.3, 0.4, 0.3]);
        assert_eq!((d.cdf_below(0.0), d.cdf(0.0)), (0.0, 0.3));
        assert_eq!((d.cdf_below(1.0), d.cdf(1.0)), (0.7, 1.0));
        assert_eq!((d.cdf(-1.0), d.cdf(0.75), d.cdf(9.0)), (0.0, 0.7, 1.0));
        assert_eq!(
            [0.0, 0.3, 0.31, 0.7, 0.71, 1.0].map(|q| d.quantile(p(q))),
            [0.0, 0.0, 0.5, 0.5, 1.0, 1.0]
        );
        assert_eq!((d.min(), d.median(), d.max()), (0.0, 0.5, 1.0));
        assert!((d.mean() - 0.5).abs() < 1e-15);
        assert!(d.cdf(f64::NAN).is_nan() && d.cdf_below(f64::NAN).is_nan());
    }

    #[test]
    fn what_is_no_distribution_is_refused() {
        for bad in [
            vec![(f64::NAN, 1.0)],
            vec![(f64::INFINITY, 1.0)],
            vec![(1.0, -1.0), (2.0, 3.0)],
            vec![(1.0, f64::NAN)],
            vec![(1.0, f64::MAX), (2.0, f64::MAX)],
        ] {
            assert_eq!(Distribution::new(bad).unwrap_err().kind(), ErrorKind::InvalidInput);
        }
        assert_eq!(Distribution::new(vec![]).unwrap_err().kind(), ErrorKind::NotEnoughData);
        assert_eq!(Distribution::new(vec![(1.0, 0.0)]).unwrap_err().kind(), ErrorKind::NotEnoughData);
        assert!(Distribution::from_sorted(vec![2.0, 1.0], vec![0.5, 0.5]).is_err());
        assert!(Distribution::from_sorted(vec![1.0, 2.0], vec![1.0]).is_err());
        assert!(
            serde_json::from_str::<Distribution>(r#"{"values": [2, 1], "weights": [0.5, 0.5]}"#).is_err()
        );
    }

    fn points() -> impl Strategy<Value = Vec<(f64, f64)>> {
        prop::collection::vec(((-8..8_i32).prop_map(f64::from), 0.001..5.0_f64), 1..30)
    }

    proptest! {
        #[test]
        fn quantile_and_cdf_answer_each_other(points in points(), q in 0.0..=1.0_f64, y in -9.0..9.0_f64) {
            let d = Distribution::new(points).unwrap();
            let x = d.quantile(p(q));
            prop_assert!(d.cdf(x) >= q && d.cdf_below(x) <= q);
            prop_assert!(d.cdf_below(y) <= d.cdf(y));
            prop_assert!(d.min() <= d.mean() && d.mean() <= d.max());
        }

        #[test]
        fn neither_order_nor_saving_changes_a_bit(points in points()) {
            let d = Distribution::new(points.clone()).unwrap();
            let reversed = Distribution::new(points.into_iter().rev().collect()).unwrap();
            prop_assert_eq!(&d, &reversed);
            let again: Distribution = serde_json::from_str(&serde_json::to_string(&d).unwrap()).unwrap();
            prop_assert_eq!(&d, &again);
            prop_assert!((d.weights().iter().sum::<f64>() - 1.0).abs() < 1e-9);
        }
    }
}

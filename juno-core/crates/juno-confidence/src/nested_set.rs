use juno_domain::{Interval, Probability};

use crate::{ConfidenceError, Distribution};

/// How far `outcome` lies from the middle of `forecast`: `max(0, F(y⁻) − ½, ½ − F(y))`, from 0 (the median) to ½ (outside all
/// values). The sets `{y: score(y) ≤ q}` are nested in q, so conformal ranks apply to the score
/// ([Gupta, Kuchibhotla, Ramdas 2022](https://doi.org/10.1016/j.patcog.2021.108496)).
///
/// Using both `F(y⁻)` and `F(y)` keeps it right where single values have weight of their own (nothing or everything
/// delivered): scores that measure the distance to a quantile tie at 0 there, and their intervals hold too much.
///
/// # Errors
/// If `outcome` is not a number.
pub fn nested_set_score(forecast: &Distribution, outcome: f64) -> Result<f64, ConfidenceError> {
    if outcome.is_nan() {
        return Err(ConfidenceError::OutOfRange {
            what: "an outcome",
            value: outcome,
            rule: "it must be a number",
        });
    }
    let (below, up_to) = (forecast.cdf_below(outcome), forecast.cdf(outcome));
    Ok((below - 0.5).max(0.5 - up_to).max(0.0))
}

/// The range of all outcomes of score `q` or less: from the quantile at ½ − q to the upper quantile at ½ + q, and no further
/// than the values of `forecast`. `level` is only what the range is said to hold.
///
/// At `q` ≥ ½ every outcome scores `q` or less, and the range is all of the forecast's values: a case unlike any seen can
/// then still fall outside.
///
/// # Errors
/// If `q` is negative or not a number.
pub fn nested_set_interval(
    forecast: &Distribution,
    q: f64,
    level: Probability,
) -> Result<Interval, ConfidenceError> {
    if q.is_nan() || q < 0.0 {
        return Err(ConfidenceError::OutOfRange {
            what: "a nested-set score",
            value: q,
            rule: "it must be 0 or more",
        });
    }
    let cumulative = forecast.cumulative();
    // The same subtractions as in the score, so that rounding cannot part the two.
    let lower = forecast.value_at(cumulative.partition_point(|c| 0.5 - c > q));
    let upper = forecast.value_at(cumulative.partition_point(|c| c - 0.5 <= q));
    Ok(Interval::new(lower, upper.max(lower), level)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn level() -> Probability {
        Probability::new(0.8).unwrap()
    }

    #[test]
    fn scores_and_ranges_of_a_forecast_with_atoms() {
        let d = Distribution::new(vec![(0.0, 0.25), (0.5, 0.5), (1.0, 0.25)]).unwrap();
        let score = |y| nested_set_score(&d, y).unwrap();
        assert_eq!([-1.0, 0.0, 0.3, 0.5, 0.7, 1.0, 2.0].map(score), [0.5, 0.25, 0.25, 0.0, 0.25, 0.25, 0.5]);
        let range = |q| nested_set_interval(&d, q, level()).map(|i| (i.lower(), i.upper())).unwrap();
        assert_eq!(range(0.0), (0.5, 0.5));
        assert_eq!(range(0.24), (0.5, 0.5));
        assert_eq!(range(0.25), (0.0, 1.0));
        assert_eq!(range(0.7), (0.0, 1.0));
        assert!(nested_set_score(&d, f64::NAN).is_err());
        assert!(nested_set_interval(&d, f64::NAN, level()).is_err());
        assert!(nested_set_interval(&d, -0.1, level()).is_err());
    }

    #[test]
    fn one_certain_value_is_its_own_range() {
        let d = Distribution::certain(3.0).unwrap();
        let range = nested_set_interval(&d, 0.4, level()).unwrap();
        assert_eq!((range.lower(), range.upper()), (3.0, 3.0));
        assert_eq!(nested_set_score(&d, 3.0).unwrap(), 0.0);
    }

    proptest! {
        #[test]
        fn the_range_holds_exactly_what_scores_no_more(
            points in prop::collection::vec(((-8..8_i32).prop_map(f64::from), 0.001..5.0_f64), 1..30),
            half_steps in -18..18_i32, q in 0.0..0.5_f64
        ) {
            let d = Distribution::new(points).unwrap();
            let y = f64::from(half_steps) / 2.0;
            let score = nested_set_score(&d, y).unwrap();
            let holds = |q| nested_set_interval(&d, q, level()).unwrap().contains(y);
            prop_assert_eq!(holds(q), score <= q);
            if score < 0.5 {
                prop_assert!(holds(score), "rounding must not part score and range");
            }
            let (narrow, wide) =
                (nested_set_interval(&d, q, level()).unwrap(), nested_set_interval(&d, q + 0.05, level()).unwrap());
            prop_assert!(wide.lower() <= narrow.lower() && narrow.upper() <= wide.upper());
        }
    }
}

use juno_domain::Interval;

use crate::ConfidenceError;

/// Winkler's score of a range: its width, plus `2 / (1 − level)` times the distance by which the outcome lies outside; in the
/// unit of the outcome, less is better. Narrow ranges win only as long as they hold their level
/// ([Gneiting, Raftery 2007](https://doi.org/10.1198/016214506000001437), equation 43).
///
/// # Errors
/// If `outcome` is not finite or the range's level is 1.
pub fn interval_score(interval: &Interval, outcome: f64) -> Result<f64, ConfidenceError> {
    let refuse = |what, value, rule| Err(ConfidenceError::OutOfRange { what, value, rule });
    if !outcome.is_finite() {
        return refuse("an outcome", outcome, "it must be finite");
    }
    let miss = 1.0 - interval.level().get();
    if miss <= 0.0 {
        return refuse("the level of an interval", interval.level().get(), "it must be below 1");
    }
    let outside = (interval.lower() - outcome).max(0.0) + (outcome - interval.upper()).max(0.0);
    Ok(interval.width() + 2.0 / miss * outside)
}

/// The mean of [`interval_score`] over ranges with their outcomes. `None` without ranges.
///
/// # Errors
/// As [`interval_score`].
pub fn mean_interval_score(ranges: &[(Interval, f64)]) -> Result<Option<f64>, ConfidenceError> {
    let scores = ranges.iter().map(|(range, outcome)| interval_score(range, *outcome));
    let total = scores.sum::<Result<f64, _>>()?;
    Ok((!ranges.is_empty()).then(|| total / ranges.len() as f64))
}

/// The share of ranges that hold their outcome. `None` without ranges.
#[must_use]
pub fn coverage(ranges: &[(Interval, f64)]) -> Option<f64> {
    let held = ranges.iter().filter(|(range, outcome)| range.contains(*outcome)).count();
    (!ranges.is_empty()).then(|| held as f64 / ranges.len() as f64)
}

#[cfg(test)]
mod tests {
    use juno_domain::Probability;
    use proptest::prelude::*;

    use super::*;

    fn range(lower: f64, upper: f64, level: f64) -> Interval {
        Interval::new(lower, upper, Probability::new(level).unwrap()).unwrap()
    }

    #[test]
    fn a_miss_costs_by_the_level() {
        let score = |y| interval_score(&range(2.0, 6.0, 0.8), y).unwrap();
        assert_eq!([2.0, 4.0, 6.0].map(score), [4.0, 4.0, 4.0]);
        assert!((score(1.0) - 14.0).abs() < 1e-12 && (score(6.5) - 9.0).abs() < 1e-12);
        assert!(interval_score(&range(0.0, 1.0, 1.0), 0.5).is_err());
        assert!(interval_score(&range(0.0, 1.0, 0.5), f64::NAN).is_err());
        assert_eq!(coverage(&[(range(0.0, 1.0, 0.8), 0.5), (range(0.0, 1.0, 0.8), 2.0)]), Some(0.5));
        assert_eq!(coverage(&[]), None);
        let both = mean_interval_score(&[(range(2.0, 6.0, 0.8), 4.0), (range(2.0, 6.0, 0.8), 1.0)]).unwrap();
        assert!((both.unwrap() - 9.0).abs() < 1e-12);
        assert_eq!(mean_interval_score(&[]).unwrap(), None);
    }

    proptest! {
        #[test]
        fn the_true_quantiles_score_best(a in 0.0..0.5_f64, b in 0.5..1.0_f64, level in 0.1..0.9_f64) {
            // A uniform outcome, integrated in closed form: E(l − y)₊ = l² / 2.
            let expected = |l: f64, u: f64| u - l + (l * l + (1.0 - u) * (1.0 - u)) / (1.0 - level);
            let tail = (1.0 - level) / 2.0;
            prop_assert!(expected(tail, 1.0 - tail) <= expected(a, b) + 1e-12);
            // The closed form is the mean of the scores.
            let n = 2000;
            let scores = (0..n).map(|i| interval_score(&range(a, b, level), (f64::from(i) + 0.5) / f64::from(n)).unwrap());
            prop_assert!((scores.sum::<f64>() / f64::from(n) - expected(a, b)).abs() < 1e-3);
        }
    }
}

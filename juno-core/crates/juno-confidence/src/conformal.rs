use juno_domain::{Interval, Probability};

use crate::ConfidenceError;

/// The split-conformal quantile of calibration scores: the ⌈(n + 1) · level⌉-th smallest. A new, exchangeable score is at
/// or below it with probability `level` or more
/// ([Vovk et al. 2005](https://link.springer.com/book/10.1007/b106715)). The scores may come in any order.
///
/// # Errors
/// Not enough data below ⌈level / (1 − level)⌉ scores (4 at 80 %, 9 at 90 %): no finite bound is honest then. Invalid input
/// if a score is not a number or `level` is 1.
pub fn split_conformal_quantile(scores: &[f64], level: Probability) -> Result<f64, ConfidenceError> {
    let level = below_one(level)?;
    let sorted = sorted(scores)?;
    let rank = ceil(level * (sorted.len() as f64 + 1.0)).max(1);
    sorted.get(rank - 1).copied().ok_or(ConfidenceError::NotEnoughData {
        what: "a conformal quantile",
        of: "scores",
        have: sorted.len(),
        need: ceil(level / (1.0 - level)),
    })
}

/// An equal-tailed range that holds a new, exchangeable value with probability `level` or more: from the k-th smallest to
/// the k-th largest of `values` with k = ⌊(n + 1)(1 − level) / 2⌋. The values may come in any order.
///
/// # Errors
/// Not enough data below 2 / (1 − level) − 1 values (9 at 80 %, 19 at 90 %). Invalid input if a value is not finite or
/// `level` is 1.
pub fn empirical_interval(values: &[f64], level: Probability) -> Result<Interval, ConfidenceError> {
    let tail = (1.0 - below_one(level)?) / 2.0;
    let sorted = sorted(values)?;
    // The small addition keeps (n + 1) · tail from falling below a whole number by rounding alone.
    let rank = ((sorted.len() as f64 + 1.0) * tail + 1e-9) as usize;
    let bounds = rank
        .checked_sub(1)
        .and_then(|low| Some((*sorted.get(low)?, *sorted.get(sorted.len().checked_sub(rank)?)?)));
    let Some((lower, upper)) = bounds else {
        return Err(ConfidenceError::NotEnoughData {
            what: "an interval",
            of: "values",
            have: sorted.len(),
            need: ceil(1.0 / tail - 1.0),
        });
    };
    Ok(Interval::new(lower, upper.max(lower), level)?)
}

fn below_one(level: Probability) -> Result<f64, ConfidenceError> {
    if level.get() < 1.0 {
        return Ok(level.get());
    }
    Err(ConfidenceError::OutOfRange { what: "the level", value: level.get(), rule: "it must be below 1" })
}

fn sorted(values: &[f64]) -> Result<Vec<f64>, ConfidenceError> {
    if let Some(value) = values.iter().copied().find(|v| v.is_nan()) {
        return Err(ConfidenceError::OutOfRange { what: "a value", value, rule: "it must be a number" });
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    Ok(sorted)
}

/// Rounds up, except from a hair above a whole number, where rounding alone put it.
pub(crate) fn ceil(value: f64) -> usize {
    (value - 1e-9).ceil().max(0.0) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn p(value: f64) -> Probability {
        Probability::new(value).unwrap()
    }

    fn first(n: usize) -> Vec<f64> {
        (1..=n).rev().map(|i| i as f64).collect()
    }

    #[test]
    fn the_ranks_are_the_exact_ones() {
        assert_eq!(split_conformal_quantile(&first(9), p(0.9)).unwrap(), 9.0);
        assert_eq!(split_conformal_quantile(&first(99), p(0.9)).unwrap(), 90.0);
        assert_eq!(split_conformal_quantile(&first(4), p(0.8)).unwrap(), 4.0);
        let bounds = |n, level| empirical_interval(&first(n), p(level)).map(|i| (i.lower(), i.upper()));
        assert_eq!(bounds(9, 0.8).unwrap(), (1.0, 9.0));
        assert_eq!(bounds(19, 0.9).unwrap(), (1.0, 19.0));
        assert_eq!(bounds(19, 0.8).unwrap(), (2.0, 18.0));
        assert_eq!(bounds(99, 0.8).unwrap(), (10.0, 90.0));
    }

    #[test]
    fn too_few_values_get_no_invented_bound() {
        let need = |error: ConfidenceError| match error {
            ConfidenceError::NotEnoughData { need, .. } => need,
            other => panic!("{other}"),
        };
        assert_eq!(need(split_conformal_quantile(&first(8), p(0.9)).unwrap_err()), 9);
        assert_eq!(need(empirical_interval(&first(8), p(0.8)).unwrap_err()), 9);
        assert_eq!(need(empirical_interval(&first(18), p(0.9)).unwrap_err()), 19);
        assert_eq!(need(empirical_interval(&[], p(0.9)).unwrap_err()), 19);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        assert!(empirical_interval(&[f64::NAN; 30], p(0.8)).is_err());
        assert!(empirical_interval(&[f64::INFINITY; 30], p(0.8)).is_err());
        assert!(split_conformal_quantile(&first(30), Probability::ONE).is_err());
    }

    proptest! {
        #[test]
        fn leave_one_out_coverage_is_at_least_the_level(
            values in prop::collection::vec(-1e3..1e3_f64, 20..60), level in 0.5..0.9_f64
        ) {
            // Exchangeability as a count: each value in turn is the new one.
            let held = values.iter().enumerate().filter(|(i, v)| {
                let rest: Vec<f64> = values.iter().enumerate().filter(|(j, _)| j != i).map(|(_, v)| *v).collect();
                empirical_interval(&rest, p(level)).unwrap().contains(**v)
            }).count();
            prop_assert!(held as f64 >= level * values.len() as f64 - 1e-9);
        }

        #[test]
        fn a_higher_level_is_never_narrower(values in prop::collection::vec(-1e3..1e3_f64, 40..80), level in 0.1..0.8_f64) {
            let narrow = empirical_interval(&values, p(level)).unwrap();
            let wide = empirical_interval(&values, p(level + 0.1)).unwrap();
            prop_assert!(wide.lower() <= narrow.lower() && narrow.upper() <= wide.upper());
        }
    }
}

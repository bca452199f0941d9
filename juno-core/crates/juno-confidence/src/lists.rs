//! Checked values out of plain lists of numbers, as other languages hand them in: an error names the list and the place.
use juno_domain::{Interval, Probability};

use crate::{ConfidenceError, Distribution};

/// Forecasts with what came of them, from two lists: chances from 0 to 1, and outcomes that are 1 (it happened) or 0.
///
/// # Errors
/// If the lists differ in length, or one holds anything else.
pub fn judged(forecasts: &[f64], outcomes: &[f64]) -> Result<Vec<(Probability, bool)>, ConfidenceError> {
    let forecasts = probabilities("forecasts", forecasts)?;
    same_length("outcomes", outcomes.len(), "forecasts", forecasts.len())?;
    Ok(forecasts.into_iter().zip(happened("outcomes", outcomes)?).collect())
}

/// The chances in a list; `what` names it in errors.
///
/// # Errors
/// If one of them is not from 0 to 1.
pub fn probabilities(what: &'static str, values: &[f64]) -> Result<Vec<Probability>, ConfidenceError> {
    let checked = values.iter().enumerate().map(|(index, value)| {
        let rule = "give a chance from 0 to 1, and leave out what is not known";
        Probability::new(*value).map_err(|_| ConfidenceError::Item { what, index, value: *value, rule })
    });
    checked.collect()
}

/// Whether things happened, from a list of 1 (yes) and 0 (no); `what` names it in errors.
///
/// # Errors
/// If it holds anything else.
pub fn happened(what: &'static str, values: &[f64]) -> Result<Vec<bool>, ConfidenceError> {
    let checked = values.iter().enumerate().map(|(index, value)| match value {
        0.0 => Ok(false),
        1.0 => Ok(true),
        _ => {
            let rule = "give true or false (1 or 0), and leave out what is not known";
            Err(ConfidenceError::Item { what, index, value: *value, rule })
        }
    });
    checked.collect()
}

/// Ranges of one level with their outcomes, from three lists.
///
/// # Errors
/// If the lists differ in length, a number is not finite, or a range ends before it begins.
pub fn ranges(
    lower: &[f64],
    upper: &[f64],
    outcomes: &[f64],
    level: Probability,
) -> Result<Vec<(Interval, f64)>, ConfidenceError> {
    same_length("upper", upper.len(), "lower", lower.len())?;
    same_length("outcomes", outcomes.len(), "lower", lower.len())?;
    let bounds = lower.iter().zip(upper).zip(outcomes);
    let checked = bounds.enumerate().map(|(index, ((lower, upper), outcome))| {
        let item = |what, value, rule| ConfidenceError::Item { what, index, value, rule };
        if let Some((what, value)) = [("lower", *lower), ("upper", *upper), ("outcomes", *outcome)]
            .into_iter()
            .find(|(_, value)| !value.is_finite())
        {
            return Err(item(what, value, "give a finite number, and leave out what is not known"));
        }
        let ends_first = |_| item("upper", *upper, "it lies below `lower` there: swap the two");
        Ok((Interval::new(*lower, *upper, level).map_err(ends_first)?, *outcome))
    });
    checked.collect()
}

/// A distribution from its values in any order, equally likely unless weighted.
///
/// # Errors
/// As [`Distribution::new`], or if the lists differ in length.
pub fn distribution(values: &[f64], weights: Option<&[f64]>) -> Result<Distribution, ConfidenceError> {
    let equal;
    let weights = match weights {
        Some(weights) => weights,
        None => {
            equal = vec![1.0; values.len()];
            &equal
        }
    };
    same_length("weights", weights.len(), "values", values.len())?;
    Distribution::new(values.iter().copied().zip(weights.iter().copied()).collect())
}

/// That two lists belong together.
///
/// # Errors
/// If they differ in length.
pub fn same_length(
    what: &'static str,
    have: usize,
    other: &'static str,
    need: usize,
) -> Result<(), ConfidenceError> {
    if have == need { Ok(()) } else { Err(ConfidenceError::Length { what, have, other, need }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_lists_become_judged_forecasts() {
        let judged = judged(&[0.25, 1.0], &[0.0, 1.0]).unwrap();
        assert_eq!(judged, [(Probability::new(0.25).unwrap(), false), (Probability::ONE, true)]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let said = |result: Result<_, ConfidenceError>| result.map(|_| ()).unwrap_err().to_string();
        assert_eq!(
            said(judged(&[0.5, f64::NAN], &[0.0, 1.0])),
            "`forecasts` has `NaN` at position 1; give a chance from 0 to 1, and leave out what is not known"
        );
        assert_eq!(
            said(judged(&[0.5], &[2.0])),
            "`outcomes` has `2` at position 0; give true or false (1 or 0), and leave out what is not known"
        );
        assert_eq!(
            said(judged(&[0.5], &[])),
            "`outcomes` has 0 values and `forecasts` has 1; give one for each"
        );
        let level = Probability::HALF;
        assert!(ranges(&[1.0], &[0.0], &[0.5], level).unwrap_err().to_string().contains("swap"));
        assert!(ranges(&[0.0], &[1.0], &[f64::INFINITY], level).is_err());
        assert!(ranges(&[0.0], &[1.0], &[], level).is_err());
        assert!(distribution(&[0.0], Some(&[])).is_err());
    }

    #[test]
    fn values_without_weights_are_equally_likely() {
        assert_eq!(distribution(&[3.0, 1.0], None), distribution(&[1.0, 3.0], Some(&[2.0, 2.0])));
    }
}

use serde::{Deserialize, Serialize};

use crate::error::AnalyticsError;

/// How a percentile is read from a sample.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PercentileMethod {
    /// The smallest value that at least that share of the sample does not exceed: always a value somebody had.
    #[default]
    NearestRank,
    /// Linear interpolation between neighbours, as numpy and pandas do by default.
    Linear,
}

/// The `percent`-th percentile of a sorted sample.
///
/// # Errors
/// If `percent` is outside 0 to 100 or not a number; `NotEnoughData` for an empty sample.
pub fn percentile(sorted: &[f64], percent: f64, method: PercentileMethod) -> Result<f64, AnalyticsError> {
    if !(0.0..=100.0).contains(&percent) {
        let rule = "give a number from 0 to 100";
        return Err(AnalyticsError::Number { what: "percentile", value: percent, rule });
    }
    let none = || AnalyticsError::NotEnoughData { what: "a percentile", have: 0, need: 1 };
    let last = sorted.len().checked_sub(1).ok_or_else(none)?;
    let value = |rank: usize| sorted.get(rank.min(last)).copied().ok_or_else(none);
    match method {
        PercentileMethod::NearestRank => {
            let rank = (percent / 100.0 * sorted.len() as f64).ceil() as usize;
            value(rank.saturating_sub(1))
        }
        PercentileMethod::Linear => {
            let place = percent / 100.0 * last as f64;
            let (low, high) = (value(place.floor() as usize)?, value(place.ceil() as usize)?);
            Ok(low + (high - low) * place.fract())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_rank_follows_the_textbook() {
        let sample = [15.0, 20.0, 35.0, 40.0, 50.0];
        for (percent, expected) in
            [(0.0, 15.0), (5.0, 15.0), (30.0, 20.0), (40.0, 20.0), (50.0, 35.0), (100.0, 50.0)]
        {
            assert_eq!(percentile(&sample, percent, PercentileMethod::NearestRank).unwrap(), expected);
        }
    }

    #[test]
    fn linear_follows_numpy() {
        let sample = [1.0, 2.0, 3.0, 10.0];
        assert_eq!(percentile(&sample, 50.0, PercentileMethod::Linear).unwrap(), 2.5);
        assert!((percentile(&sample, 85.0, PercentileMethod::Linear).unwrap() - 6.85).abs() < 1e-12);
    }

    #[test]
    fn nothing_and_nonsense_are_refused() {
        assert!(percentile(&[], 50.0, PercentileMethod::NearestRank).is_err());
        for bad in [-1.0, 101.0, f64::NAN] {
            assert!(percentile(&[1.0], bad, PercentileMethod::Linear).is_err());
        }
    }
}

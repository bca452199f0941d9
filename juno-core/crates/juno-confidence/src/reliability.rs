use juno_domain::{Interval, Probability};
use serde::{Deserialize, Serialize};

use crate::{ConfidenceError, wilson_interval};

/// The forecasts of one stretch of probability against what happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Where the stretch begins, inside it.
    pub lower: f64,
    /// Where it ends; outside it, except for the last one, which holds 1.
    pub upper: f64,
    /// How many forecasts fall in it; never 0.
    pub n: u32,
    /// Their mean.
    pub mean_forecast: Probability,
    /// The share of them that happened.
    pub rate: Probability,
    /// 95 % Wilson interval of that share.
    pub interval: Interval,
}

/// Forecast against observed frequency in `bins` equal stretches of `[0, 1]`; stretches without forecasts are left out.
///
/// # Errors
/// If `bins` is 0 or above 1,000.
pub fn reliability_curve(
    forecasts: &[(Probability, bool)],
    bins: usize,
) -> Result<Vec<ReliabilityBin>, ConfidenceError> {
    let mut sums = vec![(0_u32, 0.0, 0_u32); checked_bins(bins)?];
    for (p, happened) in forecasts {
        if let Some((n, total, hits)) = sums.get_mut(bin_of(*p, bins)) {
            *n = n.saturating_add(1);
            *total += p.get();
            *hits = hits.saturating_add(u32::from(*happened));
        }
    }
    let level = Probability::new(0.95)?;
    let mut curve = Vec::new();
    for (index, (n, total, hits)) in sums.into_iter().enumerate().filter(|(_, (n, ..))| *n > 0) {
        curve.push(ReliabilityBin {
            lower: index as f64 / bins as f64,
            upper: (index + 1) as f64 / bins as f64,
            n,
            mean_forecast: Probability::new((total / f64::from(n)).clamp(0.0, 1.0))?,
            rate: Probability::new(f64::from(hits) / f64::from(n))?,
            interval: wilson_interval(hits, n, level)?,
        });
    }
    Ok(curve)
}

/// Expected calibration error: the distance between mean forecast and observed frequency over `bins` equal stretches,
/// weighted by their number of forecasts. 0 is perfect; ten bins are usual. `None` without forecasts. Even a perfectly
/// calibrated forecaster scores above 0 on few cases (about 0.06 on 300).
///
/// # Errors
/// If `bins` is 0 or above 1,000.
pub fn expected_calibration_error(
    forecasts: &[(Probability, bool)],
    bins: usize,
) -> Result<Option<f64>, ConfidenceError> {
    let curve = reliability_curve(forecasts, bins)?;
    let distance: f64 =
        curve.iter().map(|b| f64::from(b.n) * (b.mean_forecast.get() - b.rate.get()).abs()).sum();
    Ok((!forecasts.is_empty()).then(|| distance / forecasts.len() as f64))
}

/// The number of bins, if it is one.
pub(crate) fn checked_bins(bins: usize) -> Result<usize, ConfidenceError> {
    if (1..=1000).contains(&bins) {
        return Ok(bins);
    }
    let rule = "it must be 1 to 1000";
    Err(ConfidenceError::OutOfRange { what: "the number of bins", value: bins as f64, rule })
}

/// Which of `bins` equal stretches a forecast falls in; 1 is in the last.
pub(crate) fn bin_of(p: Probability, bins: usize) -> usize {
    ((p.get() * bins as f64) as usize).min(bins.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forecasts(of: &[(f64, bool)]) -> Vec<(Probability, bool)> {
        of.iter().map(|(p, happened)| (Probability::new(*p).unwrap(), *happened)).collect()
    }

    #[test]
    fn bins_hold_their_lower_bound_and_the_last_one_holds_1() {
        let given = forecasts(&[(0.0, false), (0.1, false), (0.15, true), (0.95, true), (1.0, true)]);
        let curve = reliability_curve(&given, 10).unwrap();
        assert_eq!(curve.iter().map(|b| (b.lower, b.n)).collect::<Vec<_>>(), [(0.0, 1), (0.1, 2), (0.9, 2)]);
        assert_eq!(curve[1].rate.get(), 0.5);
        assert!((curve[1].mean_forecast.get() - 0.125).abs() < 1e-15);
        assert!(curve.iter().all(|b| b.interval.contains(b.rate.get())));
    }

    #[test]
    fn the_error_is_the_weighted_distance() {
        let given = forecasts(&[(0.1, false), (0.15, true), (0.95, true), (1.0, true)]);
        let by_hand = (2.0 * (0.5 - 0.125) + 2.0 * (1.0 - 0.975)) / 4.0;
        let got = expected_calibration_error(&given, 10).unwrap().unwrap();
        assert!((got - by_hand).abs() < 1e-12);
        assert_eq!(expected_calibration_error(&[], 10).unwrap(), None);
        assert!(expected_calibration_error(&given, 0).is_err());
    }
}

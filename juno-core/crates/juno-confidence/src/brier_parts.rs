use juno_domain::Probability;
use serde::{Deserialize, Serialize};

use crate::{ConfidenceError, brier, reliability_curve};

/// Where a Brier score comes from: `brier = reliability − resolution + uncertainty + within_bins`
/// ([Murphy 1973](https://doi.org/10.1175/1520-0450(1973)012%3C0595:ANVPOT%3E2.0.CO;2)).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BrierParts {
    /// The squared distance between mean forecast and observed rate of each bin: 0 is calibrated, less is better.
    pub reliability: f64,
    /// How far the observed rates of the bins lie from the overall rate: 0 tells nothing apart, more is better.
    pub resolution: f64,
    /// What always forecasting the overall rate scores.
    pub uncertainty: f64,
    /// What the forecasts do inside the bins; 0 where all forecasts of a bin are equal, usually small
    /// ([Stephenson et al. 2008](https://doi.org/10.1175/2007WAF2006116.1)).
    pub within_bins: f64,
}

/// The parts of the Brier score over `bins` equal stretches of `[0, 1]`; ten are usual. `None` without forecasts.
///
/// # Errors
/// If `bins` is 0 or above 1,000.
pub fn brier_parts(
    forecasts: &[(Probability, bool)],
    bins: usize,
) -> Result<Option<BrierParts>, ConfidenceError> {
    let curve = reliability_curve(forecasts, bins)?;
    let Some(score) = brier(forecasts) else { return Ok(None) };
    let n = forecasts.len() as f64;
    let rate = forecasts.iter().filter(|(_, happened)| *happened).count() as f64 / n;
    let (mut reliability, mut resolution) = (0.0, 0.0);
    for bin in &curve {
        let share = f64::from(bin.n) / n;
        reliability += share * (bin.mean_forecast.get() - bin.rate.get()).powi(2);
        resolution += share * (bin.rate.get() - rate).powi(2);
    }
    let uncertainty = rate * (1.0 - rate);
    let within_bins = score - (reliability - resolution + uncertainty);
    Ok(Some(BrierParts { reliability, resolution, uncertainty, within_bins }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn case(p: f64, happened: bool) -> (Probability, bool) {
        (Probability::new(p).unwrap(), happened)
    }

    #[test]
    fn equal_forecasts_in_a_bin_leave_three_parts() {
        let given = [case(0.25, false), case(0.25, true), case(0.75, true), case(0.75, true)];
        let parts = brier_parts(&given, 10).unwrap().unwrap();
        assert!((parts.reliability - 0.0625).abs() < 1e-15);
        assert!((parts.resolution - 0.0625).abs() < 1e-15);
        assert!((parts.uncertainty - 0.1875).abs() < 1e-15);
        assert!(parts.within_bins.abs() < 1e-15);
        assert_eq!(brier_parts(&[], 10).unwrap(), None);
        assert!(brier_parts(&given, 0).is_err());
    }

    proptest! {
        #[test]
        fn what_is_left_is_variance_and_covariance_inside_the_bins(
            cases in prop::collection::vec((0.0..=1.0_f64, any::<bool>()), 1..80)
        ) {
            let given: Vec<_> = cases.iter().map(|(p, h)| case(*p, *h)).collect();
            let parts = brier_parts(&given, 10).unwrap().unwrap();
            // Stephenson's two terms, computed from their definition: mean (p − p̄)² − 2 mean (p − p̄)(y − ȳ).
            let mut by_hand = 0.0;
            for bin in reliability_curve(&given, 10).unwrap() {
                let last = bin.upper == 1.0;
                for (p, happened) in &cases {
                    let inside = (p * 10.0) as usize == (bin.lower * 10.0).round() as usize || (last && *p == 1.0);
                    if inside {
                        let off = p - bin.mean_forecast.get();
                        by_hand += off * off - 2.0 * off * (f64::from(u8::from(*happened)) - bin.rate.get());
                    }
                }
            }
            prop_assert!((parts.within_bins - by_hand / cases.len() as f64).abs() < 1e-12);
        }
    }
}

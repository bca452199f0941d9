use juno_domain::{Interval, Probability, Seed};
use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::poisson_binomial::HappeningCount;
use crate::reliability::bin_of;
use crate::{ConfidenceError, empirical_interval};

/// An error this little above the band is rounding: sums over bins and over forecasts differ in their last digits.
const ROUNDING: f64 = 1e-9;
/// Most simulations a band takes.
const MAX_SIMULATIONS: usize = 100_000;

/// The calibration errors that perfectly calibrated forecasts would have by chance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EceBand {
    /// The error to expect.
    pub mean: f64,
    /// The equal-tailed range the error would lie in.
    pub band: Interval,
}

impl EceBand {
    /// Whether an error speaks against perfect calibration: no, unless it lies above the band. One below it is luck.
    #[must_use]
    pub fn is_consistent(&self, ece: f64) -> bool {
        ece <= self.band.upper() + ROUNDING
    }
}

/// The [expected calibration error](crate::expected_calibration_error) these very forecasts would have if they were perfectly
/// calibrated: outcomes are drawn from the forecasts themselves, `simulations` times (1,000 is plenty for two digits). The
/// error is biased upwards on few cases, so an error means nothing without it
/// ([Bröcker, Smith 2007](https://doi.org/10.1175/WAF993.1)). The order of the forecasts does not matter.
///
/// # Errors
/// Not enough data without forecasts, or below 2 / (1 − level) − 1 simulations (39 at 95 %); invalid input if `bins` is not 1
/// to 1,000, there are more than 100,000 simulations, or `level` is 1.
pub fn ece_band(
    forecasts: &[Probability],
    bins: usize,
    level: Probability,
    simulations: usize,
    seed: Seed,
) -> Result<EceBand, ConfidenceError> {
    let binned = binned(forecasts, bins)?;
    if simulations > MAX_SIMULATIONS {
        let rule = "it must be 100000 or less";
        let value = simulations as f64;
        return Err(ConfidenceError::OutOfRange { what: "the number of simulations", value, rule });
    }
    let expected: Vec<f64> = binned.iter().map(|bin| bin.iter().map(|p| p.get()).sum()).collect();
    let mut rng = seed.rng();
    let errors: Vec<f64> = (0..simulations)
        .map(|_| {
            let distances = binned.iter().zip(&expected).map(|(bin, expected)| {
                let hits = bin.iter().filter(|p| rng.r#gen::<f64>() < p.get()).count();
                (expected - hits as f64).abs()
            });
            distances.sum::<f64>() / forecasts.len() as f64
        })
        .collect();
    let band = empirical_interval(&errors, level)?;
    Ok(EceBand { mean: errors.iter().sum::<f64>() / errors.len() as f64, band })
}

/// The rates perfectly calibrated forecasts of one stretch would show by chance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ConsistencyBin {
    /// Where the stretch begins, inside it.
    pub lower: f64,
    /// Where it ends; outside it, except for the last one, which holds 1.
    pub upper: f64,
    /// How many forecasts fall in it; never 0.
    pub n: u32,
    /// Their mean.
    pub mean_forecast: Probability,
    /// The equal-tailed range the observed rate would lie in; holds its level or more, because counts are whole.
    pub rate: Interval,
}

/// The band around the diagonal that a [reliability curve](crate::reliability_curve) stays in, at each bin by itself, if the
/// forecasts are perfectly calibrated ([Bröcker, Smith 2007](https://doi.org/10.1175/WAF993.1)); exact, not simulated, up to
/// 5,000 forecasts in a bin. The same bins as the curve's.
///
/// # Errors
/// Not enough data without forecasts; invalid input if `bins` is not 1 to 1,000 or `level` is 1.
pub fn consistency_band(
    forecasts: &[Probability],
    bins: usize,
    level: Probability,
) -> Result<Vec<ConsistencyBin>, ConfidenceError> {
    if level == Probability::ONE {
        let rule = "it must be below 1";
        return Err(ConfidenceError::OutOfRange { what: "the level", value: 1.0, rule });
    }
    let mut band = Vec::new();
    for (index, inside) in binned(forecasts, bins)?.iter().enumerate().filter(|(_, bin)| !bin.is_empty()) {
        let n = inside.len() as f64;
        let (low, high) = HappeningCount::new(inside).range(level);
        let mean = inside.iter().map(|p| p.get()).sum::<f64>() / n;
        band.push(ConsistencyBin {
            lower: index as f64 / bins as f64,
            upper: (index + 1) as f64 / bins as f64,
            n: u32::try_from(inside.len()).unwrap_or(u32::MAX),
            mean_forecast: Probability::new(mean.clamp(0.0, 1.0))?,
            rate: Interval::new(low as f64 / n, high as f64 / n, level)?,
        });
    }
    Ok(band)
}

/// The forecasts of each bin, sorted, so that their order does not show.
fn binned(forecasts: &[Probability], bins: usize) -> Result<Vec<Vec<Probability>>, ConfidenceError> {
    if forecasts.is_empty() {
        let what = "a band of perfect calibration";
        return Err(ConfidenceError::NotEnoughData { what, of: "forecasts", have: 0, need: 1 });
    }
    let mut sorted = forecasts.to_vec();
    sorted.sort_unstable_by(|a, b| a.get().total_cmp(&b.get()));
    let mut binned = vec![Vec::new(); crate::reliability::checked_bins(bins)?];
    for p in sorted {
        if let Some(bin) = binned.get_mut(bin_of(p, bins)) {
            bin.push(p);
        }
    }
    Ok(binned)
}

#[cfg(test)]
mod tests {
    use juno_domain::ErrorKind;
    use proptest::prelude::*;
    use rand::Rng;

    use super::*;
    use crate::{expected_calibration_error, reliability_curve};

    fn p(value: f64) -> Probability {
        Probability::new(value).unwrap()
    }

    fn forecasts(n: usize, seed: u64) -> Vec<Probability> {
        let mut rng = Seed(seed).rng();
        (0..n).map(|_| p(rng.r#gen())).collect()
    }

    fn drawn(forecasts: &[Probability], seed: u64) -> Vec<(Probability, bool)> {
        let mut rng = Seed(seed).rng();
        forecasts.iter().map(|p| (*p, rng.r#gen::<f64>() < p.get())).collect()
    }

    #[test]
    fn perfectly_calibrated_errors_lie_in_the_band_about_as_often_as_it_says() {
        let given = forecasts(300, 1);
        let band = ece_band(&given, 10, p(0.9), 2000, Seed(2)).unwrap();
        let trials = 1000;
        let inside = (0..trials)
            .filter(|trial| {
                let cases = drawn(&given, 1000 + trial);
                band.band.contains(expected_calibration_error(&cases, 10).unwrap().unwrap())
            })
            .count() as f64
            / trials as f64;
        // Three standard errors of the share are 0.028; the band's own ends add about 0.01.
        assert!((inside - 0.9).abs() < 0.04, "{inside}");
        assert!(band.band.contains(band.mean) && (0.03..0.08).contains(&band.mean), "{band:?}");
        // Forecasts that are off by a fifth stand out.
        let off: Vec<_> = drawn(&given, 5).iter().map(|(q, y)| (p((q.get() - 0.2).max(0.0)), *y)).collect();
        assert!(!band.is_consistent(expected_calibration_error(&off, 10).unwrap().unwrap()));
    }

    #[test]
    fn fault_rounding_alone_speaks_against_calibration() {
        // All but certain forecasts that came true: every simulation has the very same error, up to the last digits.
        for n in 2..200 {
            let given: Vec<_> = (0..n).map(|i| p(1.0 - 1e-7 / f64::from(i + 3))).collect();
            let cases: Vec<_> = given.iter().map(|q| (*q, true)).collect();
            let band = ece_band(&given, 10, p(0.95), 100, Seed(1)).unwrap();
            let ece = expected_calibration_error(&cases, 10).unwrap().unwrap();
            assert!(band.is_consistent(ece), "{n}: {ece:e} above {:e}", band.band.upper());
        }
    }

    #[test]
    fn perfectly_calibrated_rates_lie_in_their_bins_band() {
        let given = forecasts(300, 3);
        let band = consistency_band(&given, 10, p(0.9)).unwrap();
        let (mut inside, mut all) = (0, 0);
        for trial in 0..300 {
            let curve = reliability_curve(&drawn(&given, 2000 + trial), 10).unwrap();
            assert_eq!(curve.len(), band.len());
            for (seen, expected) in curve.iter().zip(&band) {
                assert_eq!((seen.n, seen.lower, seen.upper), (expected.n, expected.lower, expected.upper));
                assert!(expected.rate.contains(expected.mean_forecast.get()));
                inside += u32::from(expected.rate.contains(seen.rate.get()));
                all += 1;
            }
        }
        let share = f64::from(inside) / f64::from(all);
        assert!((0.885..0.97).contains(&share), "whole counts hold a little more: {share}");
    }

    #[test]
    fn neither_order_nor_repetition_changes_the_band() {
        let given = forecasts(100, 4);
        let reversed: Vec<_> = given.iter().rev().copied().collect();
        let band = |of: &[Probability], seed| ece_band(of, 10, p(0.9), 200, Seed(seed)).unwrap();
        assert_eq!(band(&given, 1), band(&reversed, 1));
        assert_ne!(band(&given, 1), band(&given, 2));
        assert_eq!(consistency_band(&given, 10, p(0.9)), consistency_band(&reversed, 10, p(0.9)));
    }

    #[test]
    fn what_has_no_band_is_refused() {
        let given = forecasts(50, 4);
        let kind = |of: &[Probability], bins, level, simulations| {
            ece_band(of, bins, level, simulations, Seed(1)).unwrap_err().kind()
        };
        assert_eq!(kind(&[], 10, p(0.9), 100), ErrorKind::NotEnoughData);
        assert_eq!(kind(&given, 10, p(0.95), 38), ErrorKind::NotEnoughData);
        assert_eq!(kind(&given, 0, p(0.9), 100), ErrorKind::InvalidInput);
        assert_eq!(kind(&given, 10, p(0.9), 100_001), ErrorKind::InvalidInput);
        assert_eq!(kind(&given, 10, Probability::ONE, 100), ErrorKind::InvalidInput);
        assert!(consistency_band(&[], 10, p(0.9)).is_err());
        assert!(consistency_band(&given, 10, Probability::ONE).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn a_higher_level_is_never_narrower(raw in prop::collection::vec(0.0..=1.0_f64, 1..80), level in 0.5..0.9_f64) {
            let given: Vec<_> = raw.into_iter().map(p).collect();
            let bands = [level, level + 0.05].map(|level| consistency_band(&given, 5, p(level)).unwrap());
            for (narrow, wide) in bands[0].iter().zip(&bands[1]) {
                prop_assert!(wide.rate.lower() <= narrow.rate.lower() && narrow.rate.upper() <= wide.rate.upper());
            }
            let [narrow, wide] = [level, level + 0.05].map(|level| ece_band(&given, 5, p(level), 60, Seed(1)).unwrap().band);
            prop_assert!(wide.lower() <= narrow.lower() && narrow.upper() <= wide.upper());
        }
    }
}

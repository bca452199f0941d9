use std::f64::consts::PI;

use crate::normal::{normal_cdf, normal_density};
use crate::{ConfidenceError, Distribution};

/// Continuous ranked probability score of a forecast: `∫ (F(z) − 1{z ≥ y})² dz` in the unit of the outcome, 0 is perfect. For
/// a forecast of one value it is the absolute error. Exact, in time linear in the forecast's values
/// ([Gneiting, Raftery 2007](https://doi.org/10.1198/016214506000001437), section 4.2).
///
/// # Errors
/// If `outcome` is not finite.
pub fn crps(forecast: &Distribution, outcome: f64) -> Result<f64, ConfidenceError> {
    let y = finite("an outcome", outcome)?;
    let values = forecast.values();
    // Between two values F is constant, so the integral is a sum; the outcome splits one of the stretches.
    let inside: f64 = values
        .iter()
        .zip(values.iter().skip(1))
        .zip(forecast.cumulative())
        .map(|((from, to), f)| {
            let split = y.clamp(*from, *to);
            f * f * (split - from) + (1.0 - f) * (1.0 - f) * (to - split)
        })
        .sum();
    Ok(inside + (forecast.min() - y).max(0.0) + (y - forecast.max()).max(0.0))
}

/// Continuous ranked probability score of a normal forecast: `σ · (z (2Φ(z) − 1) + 2φ(z) − 1/√π)` with `z = (y − μ) / σ`
/// ([Gneiting, Raftery 2007](https://doi.org/10.1198/016214506000001437), equation 21).
///
/// # Errors
/// If a number is not finite or `sd` is not above 0.
pub fn crps_normal(mean: f64, sd: f64, outcome: f64) -> Result<f64, ConfidenceError> {
    let (mean, y) = (finite("a mean", mean)?, finite("an outcome", outcome)?);
    if !(sd.is_finite() && sd > 0.0) {
        let rule = "it must be finite and above 0";
        return Err(ConfidenceError::OutOfRange { what: "a standard deviation", value: sd, rule });
    }
    let z = (y - mean) / sd;
    let score = sd * (z * (2.0 * normal_cdf(z) - 1.0) + 2.0 * normal_density(z) - PI.sqrt().recip());
    finite("the score", score.max(0.0))
}

fn finite(what: &'static str, value: f64) -> Result<f64, ConfidenceError> {
    if value.is_finite() {
        return Ok(value);
    }
    Err(ConfidenceError::OutOfRange { what, value, rule: "it must be finite" })
}

#[cfg(test)]
mod tests {
    use juno_domain::Probability;
    use proptest::prelude::*;

    use super::*;
    use crate::normal::two_sided_z;

    #[test]
    fn one_value_scores_its_distance() {
        let d = Distribution::certain(3.0).unwrap();
        assert_eq!([1.0, 3.0, 7.5].map(|y| crps(&d, y).unwrap()), [2.0, 0.0, 4.5]);
        assert!(crps(&d, f64::NAN).is_err() && crps(&d, f64::INFINITY).is_err());
    }

    #[test]
    fn a_normal_forecast_agrees_with_many_of_its_quantiles() {
        // At the mean the closed form is σ (√2 − 1) / √π.
        let at_mean = crps_normal(5.0, 2.0, 5.0).unwrap();
        assert!((at_mean - 2.0 * (2.0_f64.sqrt() - 1.0) / PI.sqrt()).abs() < 1e-15);
        let n = 4000_u32;
        let points = (0..n)
            .map(|i| {
                let side = 2.0 * (f64::from(i) + 0.5) / f64::from(n) - 1.0;
                (5.0 + 2.0 * side.signum() * two_sided_z(side.abs()), 1.0)
            })
            .collect();
        let d = Distribution::new(points).unwrap();
        for y in [-3.0, 4.0, 5.0, 6.5, 12.0] {
            assert!((crps(&d, y).unwrap() - crps_normal(5.0, 2.0, y).unwrap()).abs() < 1e-3, "{y}");
        }
        for (sd, y) in [(0.0, 1.0), (-1.0, 1.0), (f64::NAN, 1.0), (1.0, f64::NAN)] {
            assert!(crps_normal(0.0, sd, y).is_err());
        }
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_expectation_form(
            points in prop::collection::vec((-5.0..5.0_f64, 0.01..2.0_f64), 1..20), y in -7.0..7.0_f64
        ) {
            let d = Distribution::new(points).unwrap();
            // E|X − y| − ½ E|X − X′|
            let pairs: Vec<(f64, f64)> = d.values().iter().copied().zip(d.weights().iter().copied()).collect();
            let to_y: f64 = pairs.iter().map(|(v, w)| w * (v - y).abs()).sum();
            let spread: f64 = pairs.iter().flat_map(|(a, u)| pairs.iter().map(move |(b, w)| u * w * (a - b).abs())).sum();
            prop_assert!((crps(&d, y).unwrap() - (to_y - spread / 2.0)).abs() < 1e-9);
        }

        #[test]
        fn it_is_proper(
            truth in prop::collection::vec((-5.0..5.0_f64, 0.01..2.0_f64), 1..12),
            other in prop::collection::vec((-5.0..5.0_f64, 0.01..2.0_f64), 1..12)
        ) {
            let (truth, other) = (Distribution::new(truth).unwrap(), Distribution::new(other).unwrap());
            let expected = |forecast: &Distribution| -> f64 {
                truth.values().iter().zip(truth.weights()).map(|(y, w)| w * crps(forecast, *y).unwrap()).sum()
            };
            prop_assert!(expected(&truth) <= expected(&other) + 1e-12);
        }

        #[test]
        fn the_median_is_the_best_single_value(
            points in prop::collection::vec((-5.0..5.0_f64, 0.01..2.0_f64), 1..20), shift in -2.0..2.0_f64
        ) {
            let d = Distribution::new(points).unwrap();
            let error = |guess: f64| -> f64 { d.values().iter().zip(d.weights()).map(|(v, w)| w * (v - guess).abs()).sum() };
            prop_assert!(error(d.median()) <= error(d.median() + shift) + 1e-12);
            prop_assert_eq!(d.median(), d.quantile(Probability::HALF));
        }
    }
}

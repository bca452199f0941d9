use juno_domain::{Interval, Probability};

use crate::{ConfidenceError, normal::two_sided_z};

/// Wilson's interval for the rate behind `right` of `total` cases, at a two-sided `level` such as 0.95.
///
/// Unlike the textbook interval it stays inside `[0, 1]` and is not empty at 0 of n or n of n
/// ([Wilson 1927](https://www.jstor.org/stable/2276774)).
///
/// # Errors
/// Not enough data without cases; invalid input if `right > total` or `level` is above 0.999999.
pub fn wilson_interval(right: u32, total: u32, level: Probability) -> Result<Interval, ConfidenceError> {
    if right > total {
        return Err(ConfidenceError::Count { right: right.into(), total: total.into() });
    }
    if total == 0 {
        return Err(ConfidenceError::NotEnoughData { what: "a rate", of: "cases", have: 0, need: 1 });
    }
    if level.get() > 0.999_999 {
        return Err(ConfidenceError::OutOfRange {
            what: "the level of an interval",
            value: level.get(),
            rule: "it must be 0.999999 or less",
        });
    }
    let (n, z) = (f64::from(total), two_sided_z(level.get()));
    let rate = f64::from(right) / n;
    let centre = rate + z * z / (2.0 * n);
    let half = z * (rate * (1.0 - rate) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    // At 0 of n and n of n one bound is exact; rounding must not leave the rate outside.
    let lower = ((centre - half) / scale).clamp(0.0, rate);
    let upper = ((centre + half) / scale).clamp(rate, 1.0);
    Ok(Interval::new(lower, upper, level)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_agrees_with_the_published_example() {
        // Newcombe 1998, table I: 81 of 263 → 0.2553 to 0.3662; 15 of 148 → 0.0624 to 0.1605; 0 of 20 → 0 to 0.1611.
        let level = Probability::new(0.95).unwrap();
        for (right, total, lower, upper) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)]
        {
            let got = wilson_interval(right, total, level).unwrap();
            assert!((got.lower() - lower).abs() < 5e-5 && (got.upper() - upper).abs() < 5e-5, "{got:?}");
        }
        assert!(wilson_interval(2, 1, level).is_err());
        assert!(wilson_interval(0, 0, level).is_err());
        assert!(wilson_interval(1, 2, Probability::ONE).is_err());
    }

    proptest! {
        #[test]
        fn it_holds_the_rate_and_widens_with_the_level(right in 0..500_u32, more in 0..500_u32, level in 0.1..0.98_f64) {
            let total = right + more + 1;
            let narrow = wilson_interval(right, total, Probability::new(level).unwrap()).unwrap();
            let wide = wilson_interval(right, total, Probability::new(level + 0.01).unwrap()).unwrap();
            prop_assert!(narrow.contains(f64::from(right) / f64::from(total)));
            prop_assert!(narrow.lower() >= 0.0 && narrow.upper() <= 1.0);
            prop_assert!(wide.lower() <= narrow.lower() && narrow.upper() <= wide.upper());
        }
    }
}

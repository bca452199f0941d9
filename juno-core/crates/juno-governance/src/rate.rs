use serde::{Deserialize, Serialize};

/// The 0.975 quantile of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// A share of cases, with how much of it may be chance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// How many cases it is true of: the numerator.
    pub count: u64,
    /// How many cases there are: the denominator, at least 1.
    pub of: u64,
    /// `count` ÷ `of`, from 0 to 1.
    pub value: f64,
    /// The lower end of the 95 % interval ([Wilson 1927](https://www.jstor.org/stable/2276774)).
    pub low: f64,
    /// The upper end of it.
    pub high: f64,
}

impl Rate {
    /// The rate of `count` in `of` cases; `None` of no case, which is not 0.
    #[must_use]
    pub fn of(count: u64, of: u64) -> Option<Self> {
        if of == 0 {
            return None;
        }
        let count = count.min(of);
        let (n, value) = (number(of), number(count) / number(of));
        let scale = 1.0 + Z * Z / n;
        let middle = value + Z * Z / (2.0 * n);
        let spread = Z * (value * (1.0 - value) / n + Z * Z / (4.0 * n * n)).sqrt();
        // The ends of a rate of 0 and of 1 are exact; rounding shall not move them.
        let low = if count == 0 { 0.0 } else { ((middle - spread) / scale).max(0.0) };
        let high = if count == of { 1.0 } else { ((middle + spread) / scale).min(1.0) };
        Some(Self { count, of, value, low, high })
    }

    /// The rate of those of the cases that `is` true of.
    pub(crate) fn among<T>(cases: impl IntoIterator<Item = T>, is: impl Fn(&T) -> bool) -> Option<Self> {
        let (mut count, mut of) = (0, 0);
        for case in cases {
            of += 1;
            count += u64::from(is(&case));
        }
        Self::of(count, of)
    }
}

/// A count as a number: exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(crate) fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_of_nothing_is_absent_and_not_zero() {
        assert_eq!(Rate::of(0, 0), None);
        assert_eq!(Rate::of(0, 3).unwrap().value.to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn the_interval_is_the_published_one() {
        // Newcombe 1998, table I, method 3: 81/263, 15/148, 0/20, 1/29.
        for (count, of, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let rate = Rate::of(count, of).unwrap();
            assert!((rate.low - low).abs() < 5e-5 && (rate.high - high).abs() < 5e-5, "{rate:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_rate_lies_in_its_interval(count in 0_u64..1000, more in 1_u64..1000) {
            let rate = Rate::of(count, count + more).unwrap();
            let ordered = 0.0 <= rate.low && rate.low <= rate.value && rate.value <= rate.high && rate.high <= 1.0;
            proptest::prop_assert!(ordered, "{rate:?}");
        }
    }
}

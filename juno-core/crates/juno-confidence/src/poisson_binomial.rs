use juno_domain::Probability;

use crate::normal::{normal_cdf, two_sided_z};

/// Up to here the chances are computed one case at a time; beyond, as soon as the spread allows, by the normal distribution
/// with its error below 0.1 %.
const EXACT_UP_TO: usize = 5_000;
/// The spread (variance) from which on the normal distribution stands in.
const SPREAD_FOR_NORMAL: f64 = 100.0;
/// Chances below this at either end are dropped.
const NEGLIGIBLE: f64 = 1e-18;

/// How many of independent cases happen, each with its own chance: the Poisson binomial distribution.
pub(crate) enum HappeningCount {
    /// The chance of `first`, `first + 1`, … cases.
    Exact { first: usize, chances: Vec<f64> },
    /// A normal distribution of the number.
    Normal { mean: f64, sd: f64, n: usize },
}

impl HappeningCount {
    pub(crate) fn new(chances: &[Probability]) -> Self {
        let mean: f64 = chances.iter().map(|p| p.get()).sum();
        let variance: f64 = chances.iter().map(|p| p.get() * (1.0 - p.get())).sum();
        if chances.len() > EXACT_UP_TO && variance >= SPREAD_FOR_NORMAL {
            return Self::Normal { mean, sd: variance.sqrt(), n: chances.len() };
        }
        let (mut first, mut pmf) = (0, vec![1.0_f64]);
        for p in chances.iter().map(|p| p.get()) {
            let mut carried = 0.0;
            for chance in &mut pmf {
                let here = *chance;
                *chance = here * (1.0 - p) + carried;
                carried = here * p;
            }
            pmf.push(carried);
            while pmf.len() > 1 && pmf.last().is_some_and(|chance| *chance < NEGLIGIBLE) {
                pmf.pop();
            }
            let low = pmf.iter().take_while(|chance| **chance < NEGLIGIBLE).count().min(pmf.len() - 1);
            pmf.drain(..low);
            first += low;
        }
        Self::Exact { first, chances: pmf }
    }

    /// The chance of a number at least as far out as `count`, on both sides: twice the smaller tail, `count` included.
    pub(crate) fn two_sided_p(&self, count: usize) -> f64 {
        let (up_to, from) = match self {
            Self::Exact { first, chances } => {
                let inside = |i: usize| first + i;
                let sum = |keep: &dyn Fn(usize) -> bool| -> f64 {
                    chances.iter().enumerate().filter(|(i, _)| keep(inside(*i))).map(|(_, c)| c).sum()
                };
                (sum(&|k| k <= count), sum(&|k| k >= count))
            }
            Self::Normal { mean, sd, .. } => {
                let z = |edge: f64| (count as f64 + edge - mean) / sd;
                (normal_cdf(z(0.5)), normal_cdf(-z(-0.5)))
            }
        };
        (2.0 * f64::min(up_to, from)).clamp(0.0, 1.0)
    }

    /// The smallest and largest number inside the equal-tailed range of `level`.
    pub(crate) fn range(&self, level: Probability) -> (usize, usize) {
        let tail = (1.0 - level.get()) / 2.0;
        match self {
            Self::Exact { first, chances } => {
                // How many at the end together weigh no more than the tail.
                let cut = |from: &mut dyn Iterator<Item = &f64>| {
                    let mut total = 0.0;
                    from.take_while(|chance| {
                        total += **chance;
                        total <= tail
                    })
                    .count()
                    .min(chances.len() - 1)
                };
                let (low, high) = (cut(&mut chances.iter()), cut(&mut chances.iter().rev()));
                let last = first + chances.len() - 1;
                (first + low, (last - high).max(first + low))
            }
            Self::Normal { mean, sd, n } => {
                let z = two_sided_z(level.get().min(0.999_999));
                let low = (mean - z * sd - 0.5).ceil().max(0.0) as usize;
                (low, ((mean + z * sd + 0.5).floor().max(0.0) as usize).clamp(low, (*n).max(low)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(value: f64) -> Probability {
        Probability::new(value).unwrap()
    }

    #[test]
    fn few_cases_by_hand() {
        // 0.5 and 0.2: none 0.4, one 0.5, both 0.1.
        let counts = HappeningCount::new(&[p(0.5), p(0.2)]);
        assert!((counts.two_sided_p(0) - 0.8).abs() < 1e-12);
        assert!((counts.two_sided_p(1) - 1.0).abs() < 1e-12);
        assert!((counts.two_sided_p(2) - 0.2).abs() < 1e-12);
        assert_eq!(counts.range(p(0.5)), (0, 1));
        assert_eq!(counts.range(p(0.9)), (0, 2));
    }

    #[test]
    fn certain_cases_leave_no_room() {
        let counts = HappeningCount::new(&[Probability::ONE, Probability::ZERO, Probability::ONE]);
        assert_eq!(counts.range(p(0.95)), (2, 2));
        assert_eq!((counts.two_sided_p(2), counts.two_sided_p(1)), (1.0, 0.0));
        assert_eq!(HappeningCount::new(&[]).range(p(0.95)), (0, 0));
    }

    #[test]
    fn many_cases_agree_with_the_normal_distribution() {
        let chances: Vec<_> = (0..5000).map(|i| p(0.05 + 0.9 * f64::from(i % 100) / 99.0)).collect();
        let exact = HappeningCount::new(&chances);
        assert!(matches!(exact, HappeningCount::Exact { .. }));
        let (mean, variance) =
            chances.iter().fold((0.0, 0.0), |(m, v), p| (m + p.get(), v + p.get() * (1.0 - p.get())));
        let normal = HappeningCount::Normal { mean, sd: variance.sqrt(), n: 5000 };
        for count in [2420, 2450, 2499, 2500, 2530, 2580] {
            assert!((exact.two_sided_p(count) - normal.two_sided_p(count)).abs() < 1e-3, "{count}");
        }
        let ((a, b), (c, d)) = (exact.range(p(0.95)), normal.range(p(0.95)));
        assert!(a.abs_diff(c) <= 1 && b.abs_diff(d) <= 1, "{a} {b} {c} {d}");
        let rare = vec![p(1e-5); 20_000];
        let rare = HappeningCount::new(&rare);
        assert!(
            (rare.two_sided_p(1) - 2.0 * (1.0 - (-0.2_f64).exp())).abs() < 1e-5,
            "a rare case is no proof"
        );
    }
}

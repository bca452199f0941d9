use juno_domain::{Interval, Probability};

use crate::RiskError;

/// Levels of the intervals a forecast carries, where the history bears them.
pub(crate) const LEVELS: [f64; 2] = [0.8, 0.9];

/// What comparable sprints delivered ÷ committed, each with its weight: a distribution to read quantiles from.
#[derive(Debug)]
pub(crate) struct Ratios {
    /// By rising ratio; the weights sum to 1.
    sorted: Vec<(f64, f64)>,
}

impl Ratios {
    /// From (ratio, weight) pairs with a positive total weight.
    pub(crate) fn new(mut pairs: Vec<(f64, f64)>) -> Self {
        let total: f64 = pairs.iter().map(|(_, weight)| weight).sum();
        pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        for (_, weight) in &mut pairs {
            *weight /= total;
        }
        Self { sorted: pairs }
    }

    /// The weighted median: the smallest ratio with at least half the weight at or below it.
    fn median(&self) -> f64 {
        let mut below = 0.0;
        for (ratio, weight) in &self.sorted {
            below += weight;
            if below >= 0.5 - 1e-12 {
                return *ratio;
            }
        }
        self.sorted.last().map_or(0.0, |(ratio, _)| *ratio)
    }

    /// The median of what will be delivered. Done work seldom comes undone, so it is at least what is done already.
    pub(crate) fn delivered(&self, committed: f64, done: f64) -> f64 {
        scaled(self.median(), committed).max(done)
    }

    /// Equal-tailed ranges of what will be delivered at [`LEVELS`], those left out that need more sprints: 9 for 80 %, 19 for
    /// 90 %. With equal weights the ranks are those of split conformal prediction (the new sprint itself counts as one more,
    /// at the far end of either tail), so a range holds its level on exchangeable sprints. No bound lies below `done`.
    pub(crate) fn intervals(&self, committed: f64, done: f64) -> Result<Vec<Interval>, RiskError> {
        let mut intervals = Vec::new();
        for level in LEVELS {
            let Some((lower, upper)) = self.range((1.0 - level) / 2.0) else { continue };
            let lower = scaled(lower, committed).max(done);
            let upper = scaled(upper, committed).max(lower);
            intervals.push(Interval::new(lower, upper, Probability::new(level)?)?);
        }
        Ok(intervals)
    }

    fn range(&self, tail: f64) -> Option<(f64, f64)> {
        let n = self.sorted.len() as f64;
        let own = 1.0 / (n + 1.0);
        let upto = |cases: &mut dyn Iterator<Item = &(f64, f64)>| {
            let mut outside = own;
            let mut bound = None;
            for (ratio, weight) in cases {
                if outside > tail + 1e-9 {
                    break;
                }
                bound = Some(*ratio);
                outside += weight * (1.0 - own);
            }
            bound
        };
        let lower = upto(&mut self.sorted.iter())?;
        let upper = upto(&mut self.sorted.iter().rev())?;
        Some((lower.min(upper), upper.max(lower)))
    }
}

fn scaled(ratio: f64, committed: f64) -> f64 {
    (ratio * committed).min(f64::MAX)
}

#[cfg(test)]
mod tests {
    use juno_confidence::empirical_interval;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_median_follows_the_weight() {
        let ratios = |pairs: &[(f64, f64)]| Ratios::new(pairs.to_vec()).median();
        assert_eq!(ratios(&[(1.0, 1.0), (0.2, 1.0), (0.4, 1.0)]), 0.4);
        assert_eq!(ratios(&[(1.0, 5.0), (0.2, 1.0), (0.4, 1.0)]), 1.0);
    }

    #[test]
    fn done_work_is_a_floor() {
        let ratios = Ratios::new((0..40).map(|i| (f64::from(i) / 40.0, 1.0)).collect());
        assert_eq!(ratios.delivered(10.0, 8.0), 8.0);
        let intervals = ratios.intervals(10.0, 8.0).unwrap();
        assert!(intervals.iter().all(|i| i.lower() == 8.0 && i.upper() > 8.0), "{intervals:?}");
    }

    proptest! {
        #[test]
        fn equal_weights_give_the_conformal_ranks(values in prop::collection::vec(0.0..3.0_f64, 0..60)) {
            let ratios = Ratios::new(values.iter().map(|v| (*v, 0.7)).collect());
            let got = ratios.intervals(1.0, 0.0).unwrap();
            let want: Vec<Interval> = LEVELS
                .iter()
                .filter_map(|level| empirical_interval(&values, Probability::new(*level).unwrap()).ok())
                .collect();
            prop_assert_eq!(got, want);
        }

        #[test]
        fn intervals_are_nested_around_the_median(
            pairs in prop::collection::vec((0.0..3.0_f64, 0.001..1.0_f64), 20..60), done in 0.0..2.0_f64
        ) {
            let ratios = Ratios::new(pairs);
            let median = ratios.delivered(1.0, done);
            let got = ratios.intervals(1.0, done).unwrap();
            prop_assert_eq!(got.len(), 2);
            prop_assert!(got[1].lower() <= got[0].lower() && got[0].upper() <= got[1].upper());
            prop_assert!(got[0].contains(median), "{:?} {}", got[0], median);
        }
    }
}

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// How long spells last, when some had not ended yet when last seen (Kaplan and Meier,
/// doi 10.1080/01621459.1958.10501452). A spell that still goes on counts as "at least so long", not as its end.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SurvivalCurve {
    /// Length in milliseconds at which spells ended, and the share that lasts longer; by rising length.
    steps: Vec<(i64, f64)>,
    spells: usize,
    ended: usize,
}

impl SurvivalCurve {
    /// Fits spells, each with its length and whether it ended. Negative lengths count as 0.
    #[must_use]
    pub fn fit(spells: impl IntoIterator<Item = (TimeDelta, bool)>) -> Self {
        let length = |length: TimeDelta| length.num_milliseconds().max(0);
        // At equal lengths ends come before cuts: a spell cut at d had not ended by d.
        let mut sorted: Vec<(i64, bool)> = spells.into_iter().map(|(l, ended)| (length(l), !ended)).collect();
        sorted.sort_unstable();
        let (spells, mut at_risk, mut share) = (sorted.len(), sorted.len(), 1.0);
        let mut steps: Vec<(i64, f64)> = Vec::new();
        for group in sorted.chunk_by(|a, b| a.0 == b.0) {
            let ended = group.iter().filter(|(_, cut)| !cut).count();
            if let (Some((at, _)), true) = (group.first(), ended > 0) {
                share *= (at_risk - ended) as f64 / at_risk as f64;
                steps.push((*at, share));
            }
            at_risk -= group.len();
        }
        let ended = sorted.iter().filter(|(_, cut)| !cut).count();
        Self { steps, spells, ended }
    }

    /// The share of spells that last longer than `length`: 1 before the shortest, never rising.
    #[must_use]
    pub fn longer_than(&self, length: TimeDelta) -> f64 {
        let before = self.steps.partition_point(|(at, _)| *at <= length.num_milliseconds());
        before.checked_sub(1).and_then(|i| self.steps.get(i)).map_or(1.0, |(_, share)| *share)
    }

    /// The chance that a spell that has lasted `so_far` lasts longer than `so_far + more`; `None` where no spell
    /// was ever seen to last so long.
    #[must_use]
    pub fn goes_on(&self, so_far: TimeDelta, more: TimeDelta) -> Option<f64> {
        let now = self.longer_than(so_far);
        let then = so_far.checked_add(&more).map_or(0.0, |all| self.longer_than(all));
        (now > 0.0).then(|| then / now)
    }

    /// The shortest length by which at least `share` of spells have ended; `None` if fewer were ever seen to end,
    /// or `share` is not a number.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<TimeDelta> {
        let step = self.steps.iter().find(|(_, longer)| 1.0 - longer >= share)?;
        TimeDelta::try_milliseconds(step.0)
    }

    /// Spells it rests on, cut ones included.
    #[must_use]
    pub const fn spells(&self) -> usize {
        self.spells
    }

    /// Spells that ended.
    #[must_use]
    pub const fn ended(&self) -> usize {
        self.ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn days(n: i64) -> TimeDelta {
        TimeDelta::days(n)
    }

    /// Remission times of the 6-MP group of Freireich et al. (1963), the textbook's example.
    #[test]
    fn it_gives_the_published_estimates() {
        let ends = [6, 6, 6, 7, 10, 13, 16, 22, 23];
        let cuts = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35];
        let spells = ends.map(|d| (days(d), true)).into_iter().chain(cuts.map(|d| (days(d), false)));
        let curve = SurvivalCurve::fit(spells);
        for (day, share) in [
            (5, 1.0),
            (6, 0.857),
            (7, 0.807),
            (10, 0.753),
            (13, 0.690),
            (16, 0.627),
            (22, 0.538),
            (23, 0.448),
        ] {
            assert!((curve.longer_than(days(day)) - share).abs() < 5e-4, "day {day}");
        }
        assert_eq!((curve.spells(), curve.ended()), (21, 9));
        assert_eq!(curve.quantile(0.5), Some(days(23)));
        assert_eq!(curve.quantile(0.9), None);
    }

    #[test]
    fn spells_that_still_go_on_lengthen_the_curve() {
        let ended = [1, 2, 3].map(|d| (days(d), true));
        let plain = SurvivalCurve::fit(ended);
        let with_open = SurvivalCurve::fit(ended.into_iter().chain([(days(60), false)]));
        assert_eq!(plain.longer_than(days(3)), 0.0);
        assert_eq!(with_open.longer_than(days(3)), 0.25);
    }

    #[test]
    fn no_spells_know_nothing() {
        let curve = SurvivalCurve::fit([]);
        assert_eq!(curve.longer_than(days(9)), 1.0);
        assert_eq!(curve.quantile(0.5), None);
    }

    proptest! {
        #[test]
        fn the_curve_never_rises_and_stays_in_bounds(
            spells in prop::collection::vec((0_i64..50, any::<bool>()), 0..40),
            probes in prop::collection::vec(0_i64..60, 2),
        ) {
            let curve = SurvivalCurve::fit(spells.into_iter().map(|(d, ended)| (days(d), ended)));
            let (low, high) = (probes[0].min(probes[1]), probes[0].max(probes[1]));
            let (near, far) = (curve.longer_than(days(low)), curve.longer_than(days(high)));
            prop_assert!((0.0..=1.0).contains(&far) && far <= near && near <= 1.0);
            if let Some(chance) = curve.goes_on(days(low), days(high - low)) {
                prop_assert!((0.0..=1.0 + 1e-12).contains(&chance));
            }
        }
    }
}

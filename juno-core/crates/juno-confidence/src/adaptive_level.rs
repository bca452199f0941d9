use juno_domain::Probability;
use serde::{Deserialize, Serialize};

use crate::ConfidenceError;

/// A level that moves until the share of covered outcomes is the target, also where the world drifts: adaptive conformal
/// inference ([Gibbs, Candès 2021](https://arxiv.org/abs/2106.00170)).
///
/// `α ← α + γ · (α* − miss)` after each outcome, with `α* = 1 − target` and `miss` 1 or 0; the level to ask for next is
/// `1 − α`. Over n outcomes the share covered lies within `(1 + γ) / (γ n)` of the target as long as level 1 always covers
/// and level 0 never does. α is held in `[−γ, 1 + γ]`, where it stays by itself under that condition: without it (a forecast
/// that cannot be widened further) a run of misses could otherwise carry it off for good.
///
/// Each level adapts by itself; who shows two of them takes the larger of the two levels for the wider range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawAdaptive")]
pub struct AdaptiveLevel {
    target: Probability,
    gamma: f64,
    alpha: f64,
}

impl AdaptiveLevel {
    /// The step of the paper: 0.005. Larger steps follow a drift sooner and waver more.
    pub const DEFAULT_GAMMA: f64 = 0.005;

    /// Starts at `target`, moving by `gamma` at each outcome; 0 never moves.
    ///
    /// # Errors
    /// If `target` is 0 or 1, or `gamma` is not within `[0, 1]`.
    pub fn new(target: Probability, gamma: f64) -> Result<Self, ConfidenceError> {
        Self::checked(target, gamma, 1.0 - target.get())
    }

    /// Takes note of whether the range given at [`level`](Self::level) held the outcome.
    pub fn update(&mut self, covered: bool) {
        let miss = if covered { 0.0 } else { 1.0 };
        let moved = self.alpha + self.gamma * (1.0 - self.target.get() - miss);
        self.alpha = moved.clamp(-self.gamma, 1.0 + self.gamma);
    }

    /// The level to ask for next, from 0 to 1.
    #[must_use]
    pub fn level(&self) -> Probability {
        Probability::saturating(1.0 - self.alpha).unwrap_or(self.target)
    }

    /// The share of outcomes that is to be covered.
    #[must_use]
    pub const fn target(&self) -> Probability {
        self.target
    }

    /// How far one outcome moves the level.
    #[must_use]
    pub const fn gamma(&self) -> f64 {
        self.gamma
    }

    fn checked(target: Probability, gamma: f64, alpha: f64) -> Result<Self, ConfidenceError> {
        let refuse = |what, value, rule| Err(ConfidenceError::OutOfRange { what, value, rule });
        if target == Probability::ZERO || target == Probability::ONE {
            return refuse("the target of an adaptive level", target.get(), "it must lie between 0 and 1");
        }
        if !(0.0..=1.0).contains(&gamma) {
            return refuse("the step of an adaptive level", gamma, "it must be 0 to 1");
        }
        if !(-gamma..=1.0 + gamma).contains(&alpha) {
            return refuse("the alpha of an adaptive level", alpha, "it must lie within the step of 0 to 1");
        }
        Ok(Self { target, gamma, alpha })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAdaptive {
    target: Probability,
    gamma: f64,
    alpha: f64,
}

impl TryFrom<RawAdaptive> for AdaptiveLevel {
    type Error = ConfidenceError;
    fn try_from(RawAdaptive { target, gamma, alpha }: RawAdaptive) -> Result<Self, ConfidenceError> {
        Self::checked(target, gamma, alpha)
    }
}

#[cfg(test)]
mod tests {
    use juno_domain::Seed;
    use proptest::prelude::*;
    use rand::Rng;

    use super::*;

    fn p(value: f64) -> Probability {
        Probability::new(value).unwrap()
    }

    #[test]
    fn a_miss_widens_and_a_hit_narrows() {
        let mut level = AdaptiveLevel::new(p(0.8), 0.05).unwrap();
        level.update(false);
        assert!((level.level().get() - 0.84).abs() < 1e-12);
        level.update(true);
        assert!((level.level().get() - 0.83).abs() < 1e-12);
        let mut still = AdaptiveLevel::new(p(0.8), 0.0).unwrap();
        still.update(false);
        assert_eq!(still.level(), p(0.8));
    }

    #[test]
    fn a_long_run_of_misses_is_forgotten_again() {
        let mut level = AdaptiveLevel::new(p(0.8), 0.05).unwrap();
        (0..10_000).for_each(|_| level.update(false));
        assert_eq!(level.level(), Probability::ONE);
        (0..25).for_each(|_| level.update(true));
        assert!(level.level().get() < 0.81);
    }

    #[test]
    fn unusable_settings_and_damage_are_refused() {
        assert!(AdaptiveLevel::new(Probability::ONE, 0.1).is_err());
        assert!(AdaptiveLevel::new(Probability::ZERO, 0.1).is_err());
        for gamma in [-0.1, 1.1, f64::NAN] {
            assert!(AdaptiveLevel::new(p(0.8), gamma).is_err());
        }
        let mut level = AdaptiveLevel::new(p(0.9), 0.01).unwrap();
        level.update(false);
        let json = serde_json::to_string(&level).unwrap();
        assert_eq!(serde_json::from_str::<AdaptiveLevel>(&json).unwrap(), level);
        assert!(
            serde_json::from_str::<AdaptiveLevel>(r#"{"target": 0.9, "gamma": 0.01, "alpha": 3}"#).is_err()
        );
    }

    #[test]
    fn coverage_converges_on_a_drifting_sequence() {
        // The spread of the outcomes grows ninefold while the forecast stays U(−1, 1): at a fixed 80 % level far fewer
        // than 80 % would be held.
        let (steps, gamma) = (4000_u32, 0.02);
        let mut rng = Seed(7).rng();
        let mut level = AdaptiveLevel::new(p(0.8), gamma).unwrap();
        let (mut held, mut held_fixed) = (0_u32, 0_u32);
        for step in 0..steps {
            let spread = 1.0 + 8.0 * f64::from(step) / f64::from(steps);
            let distance = spread * rng.r#gen::<f64>();
            // Half-width at a level: the quantile of |U(−1, 1)|, and everything at 1.
            let now = level.level().get();
            let covered = now >= 1.0 || distance <= now;
            held += u32::from(covered);
            held_fixed += u32::from(distance <= 0.8);
            level.update(covered);
        }
        let share = |n| f64::from(n) / f64::from(steps);
        let bound = (1.0 + gamma) / (gamma * f64::from(steps));
        assert!((share(held) - 0.8).abs() <= bound, "{}", share(held));
        assert!(share(held_fixed) < 0.4);
    }

    proptest! {
        #[test]
        fn coverage_keeps_to_the_bound_whatever_happens(
            distances in prop::collection::vec(0.0..1.2_f64, 200), gamma in 0.01..0.5_f64, target in 0.05..0.95_f64
        ) {
            let mut level = AdaptiveLevel::new(p(target), gamma).unwrap();
            let mut held = 0.0;
            for distance in &distances {
                let now = level.level().get();
                let covered = now >= 1.0 || (now > 0.0 && *distance <= now);
                held += f64::from(u8::from(covered));
                level.update(covered);
            }
            let n = distances.len() as f64;
            prop_assert!((held / n - target).abs() <= (1.0 + gamma) / (gamma * n) + 1e-9);
        }
    }
}

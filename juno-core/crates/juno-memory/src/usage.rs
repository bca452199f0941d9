use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::MemoryError;

/// How often a memory was of use, and how well it has stuck since.
///
/// Only use counts: a memory that was merely found is not used, or what is found often would be found ever more often.
/// What is left of a memory falls by the power curve of [FSRS-4.5](https://github.com/open-spaced-repetition/fsrs4anki/wiki/The-Algorithm)
/// and each use makes it fall more slowly, the more so the more had been forgotten: uses spread over months stick, ten
/// uses in one hour hardly count for more than one. It moves a memory's rank within bounds, and removes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// How often it was used: 1 or more.
    pub count: u32,
    /// When it was used last.
    pub last_at: DateTime<Utc>,
    /// After how many days nine tenths of it are left: above 0, at most 36,500.
    pub stability_days: f64,
}

impl Usage {
    /// The stability of what was never used.
    pub const FIRST_STABILITY_DAYS: f64 = 30.0;
    /// The greatest stability: a hundred years.
    pub const MAX_STABILITY_DAYS: f64 = 36_500.0;

    /// The use of a memory at `now`, after what was known of its use before. A use that is told late, from before the last
    /// one, is counted and changes nothing else.
    ///
    /// `recorded_at` is when the memory was written down, where nothing is known.
    #[must_use]
    pub fn after(before: Option<&Self>, recorded_at: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let count = before.map_or(0, |before| before.count).saturating_add(1);
        let last_at = before.map_or(recorded_at, |before| before.last_at);
        let stability = before.map_or(Self::FIRST_STABILITY_DAYS, |before| before.stability_days);
        let left = retained(days_between(last_at, now), stability);
        // The weights w8, w9 and w10 of FSRS-4.5 at its middle difficulty of 5.
        let gain =
            1.6474_f64.exp() * (11.0 - 5.0) * stability.powf(-0.1367) * ((1.0461 * (1.0 - left)).exp() - 1.0);
        let stability_days = (stability * (1.0 + gain)).min(Self::MAX_STABILITY_DAYS);
        Self { count, last_at: last_at.max(now), stability_days }
    }

    pub(crate) fn check(&self) -> Result<(), MemoryError> {
        let known = self.stability_days > 0.0 && self.stability_days <= Self::MAX_STABILITY_DAYS;
        match known && self.count > 0 {
            true => Ok(()),
            false => Err(MemoryError::Usage { count: self.count, stability_days: self.stability_days }),
        }
    }
}

/// The days from one instant to another; 0 where that lies before it.
pub(crate) fn days_between(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    to.signed_duration_since(from).num_seconds().max(0) as f64 / 86_400.0
}

/// What is left of a memory after so many days: 1 at once, 0.9 after its stability, never 0.
pub(crate) fn retained(days: f64, stability_days: f64) -> f64 {
    (1.0 + 19.0 / 81.0 * days.max(0.0) / stability_days).powf(-0.5)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn day(day: i64) -> DateTime<Utc> {
        "2026-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::days(day)
    }

    fn used_on(days: &[i64]) -> Usage {
        let used = days.iter().fold(None, |used, at| Some(Usage::after(used.as_ref(), day(0), day(*at))));
        used.unwrap()
    }

    #[test]
    fn the_curve_falls_and_is_nine_tenths_at_the_stability() {
        assert_eq!(retained(-5.0, 30.0), 1.0);
        for stability in [0.5, 30.0, 3_650.0] {
            assert!((retained(stability, stability) - 0.9).abs() < 1e-12);
        }
        assert!((0..2_000).all(|day| retained(f64::from(day) + 1.0, 30.0) < retained(f64::from(day), 30.0)));
    }

    #[test]
    fn uses_apart_stick_better_than_as_many_at_once() {
        let apart = used_on(&[30, 90, 180]);
        let at_once = used_on(&[180, 180, 180]);
        assert_eq!((apart.count, at_once.count), (3, 3));
        assert!(apart.stability_days > at_once.stability_days, "{apart:?} {at_once:?}");
        let once = used_on(&[180]);
        assert!((at_once.stability_days - once.stability_days).abs() < 1e-9, "no time, nothing to gain");
    }

    #[test]
    fn a_use_never_makes_it_fall_faster_and_stays_within_bounds() {
        let mut used = used_on(&[0]);
        assert!((used.stability_days - Usage::FIRST_STABILITY_DAYS).abs() < 1e-9);
        for at in 1..2_000 {
            let next = Usage::after(Some(&used), day(0), day(at * 7));
            assert!(next.stability_days >= used.stability_days && next.check().is_ok());
            used = next;
        }
        let late = Usage::after(Some(&used), day(0), day(3));
        assert_eq!((late.last_at, late.stability_days), (used.last_at, used.stability_days));
        for stability_days in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Usage { stability_days, ..used }.check().is_err());
        }
        assert!(Usage { count: 0, ..used }.check().is_err());
    }
}

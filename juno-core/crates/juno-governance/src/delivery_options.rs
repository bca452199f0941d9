use chrono::{DateTime, TimeDelta, Utc};
use juno_crypto::digest_of;
use juno_domain::Seed;

use crate::Delivery;

/// When notifications are delivered, and when they are given up.
///
/// | field | default | meaning |
/// | --- | --- | --- |
/// | `max_attempts` | 12 | after so many failures it is given up; at least 1 |
/// | `first_pause` | 30 s | before the second attempt; it doubles with each |
/// | `longest_pause` | 4 h | no pause is longer, but for what the receiver asks |
/// | `longest_wish` | 24 h | how long a receiver may put off the next attempt |
/// | `lease` | 5 min | how long an attempt may take before another process makes it again |
/// | `remind_before` | 2 h | before a deadline, at most half of the time to it; zero: no reminder |
/// | `max_age` | 7 days | what happened longer ago is told no more, after a time without notifiers |
/// | `per_call` | 1,000 | deliveries begun in one call |
/// | `seed` | 42 | of the jitter |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryOptions {
    /// Attempts until it is given up.
    pub max_attempts: u32,
    /// The pause before the second attempt.
    pub first_pause: TimeDelta,
    /// The longest pause.
    pub longest_pause: TimeDelta,
    /// The longest pause a receiver may ask for.
    pub longest_wish: TimeDelta,
    /// How long an attempt may take.
    pub lease: TimeDelta,
    /// How long before a deadline to remind.
    pub remind_before: TimeDelta,
    /// How old an event may be.
    pub max_age: TimeDelta,
    /// Deliveries begun in one call.
    pub per_call: usize,
    /// The start of the jitter.
    pub seed: Seed,
}

impl Default for DeliveryOptions {
    fn default() -> Self {
        Self {
            max_attempts: 12,
            first_pause: TimeDelta::seconds(30),
            longest_pause: TimeDelta::hours(4),
            longest_wish: TimeDelta::hours(24),
            lease: TimeDelta::minutes(5),
            remind_before: TimeDelta::hours(2),
            max_age: TimeDelta::days(7),
            per_call: 1_000,
            seed: Seed::default(),
        }
    }
}

impl DeliveryOptions {
    /// When the next attempt is due after a failure at `now`: the pause doubles with each attempt, and of that pause a
    /// share between a half and the whole is waited, so that what failed together does not come back together. A
    /// receiver that wants longer gets it.
    #[must_use]
    pub fn next_attempt(
        &self,
        delivery: &Delivery,
        wish: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> DateTime<Utc> {
        let doublings = delivery.attempts.saturating_sub(1).min(31);
        let first = self.first_pause.num_milliseconds().max(1_000);
        let pause =
            first.saturating_mul(1_i64 << doublings).min(self.longest_pause.num_milliseconds()).max(1_000);
        let jitter = jitter(self.seed, delivery);
        let waited = pause / 2 + (pause / 2).saturating_mul(i64::from(jitter)) / i64::from(u16::MAX);
        let own = after(now, TimeDelta::milliseconds(waited));
        wish.map_or(own, |wish| own.max(wish.min(after(now, self.longest_wish))))
    }

    /// When to remind of a deadline that was set at `since`.
    pub(crate) fn reminder(&self, since: DateTime<Utc>, deadline: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let before = self.remind_before.min((deadline - since) / 2);
        (before > TimeDelta::zero()).then(|| deadline - before)
    }
}

/// An instant later, or the last one there is.
pub(crate) fn after(now: DateTime<Utc>, pause: TimeDelta) -> DateTime<Utc> {
    now.checked_add_signed(pause).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// Two bytes that depend on nothing but seed, key and attempt.
fn jitter(seed: Seed, delivery: &Delivery) -> u16 {
    let digest = digest_of(&(seed.0.to_string(), &delivery.notification.key, delivery.attempts));
    digest.map_or(0, |digest| u16::from_be_bytes([digest.0[0], digest.0[1]]))
}

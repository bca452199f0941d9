use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use rand::{RngCore, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use uuid::Uuid;

use crate::Seed;

/// Makes time-ordered ids (UUID version 7) from handed-in times and a seed.
///
/// Two sources with the same seed give the same ids: share a seed only where that is wanted, and take
/// [`IdSource::from_entropy`] where several processes write one store.
#[derive(Debug)]
pub struct IdSource(Mutex<Xoshiro256PlusPlus>);

impl IdSource {
    /// A repeatable source.
    #[must_use]
    pub fn seeded(seed: Seed) -> Self {
        Self(Mutex::new(seed.rng()))
    }

    /// A source that no other process shares, seeded by the operating system.
    #[must_use]
    pub fn from_entropy() -> Self {
        Self(Mutex::new(Xoshiro256PlusPlus::from_entropy()))
    }

    /// The next id at `now`. Times before 1970 count as 1970.
    pub fn next(&self, now: DateTime<Utc>) -> Uuid {
        let mut bytes = [0_u8; 10];
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_in_one_instant_differ_and_a_seed_repeats_them() {
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let (a, b) = (IdSource::seeded(Seed(7)), IdSource::seeded(Seed(7)));
        let first: Vec<Uuid> = (0..1000).map(|_| a.next(now)).collect();
        let again: Vec<Uuid> = (0..1000).map(|_| b.next(now)).collect();
        assert_eq!(first, again);
        assert_eq!(first.iter().collect::<std::collections::BTreeSet<_>>().len(), 1000);
        assert_ne!(IdSource::from_entropy().next(now), IdSource::from_entropy().next(now));
    }
}

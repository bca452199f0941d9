use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};

use crate::DomainError;

/// Where JUNO takes the time from. Nothing else in the library reads a clock.
pub trait Clock: Send + Sync {
    /// The current instant.
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> DateTime<Utc> {
        DateTime::from(std::time::SystemTime::now())
    }
}

/// A clock that stands still.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub DateTime<Utc>);

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
}

/// A clock moved by hand, forwards only. Clones share the same time.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Mutex<DateTime<Utc>>>);

impl ManualClock {
    /// A clock that stands at `start`.
    #[must_use]
    pub fn new(start: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(start)))
    }

    /// Moves the clock to `to`.
    ///
    /// # Errors
    /// If `to` lies before the clock's time.
    pub fn set(&self, to: DateTime<Utc>) -> Result<(), DomainError> {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if to < *now {
            return Err(DomainError::ClockBackwards { from: now.to_rfc3339(), to: to.to_rfc3339() });
        }
        *now = to;
        Ok(())
    }

    /// Moves the clock on by `by`.
    ///
    /// # Errors
    /// If `by` is negative or leaves the calendar.
    pub fn advance(&self, by: chrono::TimeDelta) -> Result<(), DomainError> {
        let now = self.now();
        let to = now.checked_add_signed(by).ok_or_else(|| DomainError::ClockBackwards {
            from: now.to_rfc3339(),
            to: "outside the calendar".into(),
        })?;
        self.set(to)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_forwards_only_and_is_shared_by_clones() {
        let clock = ManualClock::new(DateTime::UNIX_EPOCH);
        let twin = clock.clone();
        clock.advance(chrono::TimeDelta::hours(2)).unwrap();
        assert_eq!(twin.now().timestamp(), 7200);
        assert!(clock.advance(chrono::TimeDelta::seconds(-1)).is_err());
        assert!(clock.advance(chrono::TimeDelta::MAX).is_err());
    }
}

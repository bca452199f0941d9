use chrono::{DateTime, Utc};
use juno_agent::Records;
use juno_domain::{Clock, ManualClock, SystemClock};

use crate::CoreError;

/// The time as a host in another language states it: the machine's, or an instant that stands until it is moved on.
///
/// Two times matter to a review: `as_of` bounds what is known, the clock says when decisions are made and from when
/// deadlines count. With the machine's clock a review of old data asks people today. With a standing clock the past is
/// reviewed as it was: the review moves the clock to its `as_of`.
#[derive(Debug, Clone)]
pub enum HostClock {
    /// The machine's clock.
    Machine(SystemClock),
    /// A clock that only the host moves, forwards.
    Standing(ManualClock),
}

impl HostClock {
    /// A clock that stands at `now`; the machine's where that is `None`.
    #[must_use]
    pub fn new(now: Option<DateTime<Utc>>) -> Self {
        now.map_or(Self::Machine(SystemClock), |now| Self::Standing(ManualClock::new(now)))
    }

    /// Moves a standing clock on.
    ///
    /// # Errors
    /// If `to` lies before its time, or the clock is the machine's.
    pub fn set(&self, to: DateTime<Utc>) -> Result<(), CoreError> {
        match self {
            Self::Machine(_) => Err(CoreError::MachineClock),
            Self::Standing(clock) => Ok(clock.set(to)?),
        }
    }

    /// The instant a question is about: the given one, else the newest in the records, else now.
    #[must_use]
    pub fn as_of(&self, records: &Records, given: Option<DateTime<Utc>>) -> DateTime<Utc> {
        given.or(records.newest()).unwrap_or_else(|| self.now())
    }

    /// The same for a review: a standing clock moves on to that instant.
    ///
    /// # Errors
    /// If it lies before a standing clock's time.
    pub fn review_at(
        &self,
        records: &Records,
        given: Option<DateTime<Utc>>,
    ) -> Result<DateTime<Utc>, CoreError> {
        let as_of = self.as_of(records, given);
        match self {
            Self::Machine(_) => {}
            Self::Standing(clock) => clock.set(as_of)?,
        }
        Ok(as_of)
    }
}

impl Clock for HostClock {
    fn now(&self) -> DateTime<Utc> {
        match self {
            Self::Machine(clock) => clock.now(),
            Self::Standing(clock) => clock.now(),
        }
    }
}

#[cfg(test)]
mod tests {
    use juno_domain::ErrorKind;

    use super::*;

    #[test]
    fn a_standing_clock_moves_forwards_and_the_machines_not_at_all() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let clock = HostClock::new(Some(at(100)));
        clock.set(at(200)).unwrap();
        assert_eq!(clock.now(), at(200));
        let error = clock.set(at(150)).unwrap_err().to_string();
        assert!(error.contains("1970-01-01T00:03:20") && error.contains("1970-01-01T00:02:30"), "{error}");
        assert_eq!(HostClock::new(None).set(at(0)).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}

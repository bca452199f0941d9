use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, TimeDelta, Utc, Weekday};
use serde::{Deserialize, Serialize};

use crate::DomainError;

/// Which days are worked. Days begin at midnight of a fixed offset from UTC (no daylight saving).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkingCalendar {
    weekend: BTreeSet<u8>,
    holidays: BTreeSet<NaiveDate>,
    utc_offset_minutes: i32,
}

impl Default for WorkingCalendar {
    /// Monday to Friday, no holidays, days of UTC.
    fn default() -> Self {
        let weekend = [Weekday::Sat, Weekday::Sun].map(|d| d.num_days_from_monday() as u8);
        Self { weekend: weekend.into(), holidays: BTreeSet::new(), utc_offset_minutes: 0 }
    }
}

impl WorkingCalendar {
    /// The same calendar with these holidays.
    #[must_use]
    pub fn with_holidays(mut self, days: impl IntoIterator<Item = NaiveDate>) -> Self {
        self.holidays = days.into_iter().collect();
        self
    }

    /// The same calendar with these days of rest instead of Saturday and Sunday.
    #[must_use]
    pub fn with_weekend(mut self, days: impl IntoIterator<Item = Weekday>) -> Self {
        self.weekend = days.into_iter().map(|d| d.num_days_from_monday() as u8).collect();
        self
    }

    /// The same calendar with these days of rest by their English names, such as `fri` or `Friday`.
    ///
    /// # Errors
    /// If a word names no day.
    pub fn with_weekend_named<S: AsRef<str>>(
        self,
        days: impl IntoIterator<Item = S>,
    ) -> Result<Self, DomainError> {
        let named = |day: S| {
            day.as_ref().parse::<Weekday>().map_err(|_| DomainError::UnknownWord {
                what: "day of the week",
                value: day.as_ref().to_owned(),
                allowed: "mon, tue, wed, thu, fri, sat, sun",
            })
        };
        Ok(self.with_weekend(days.into_iter().map(named).collect::<Result<Vec<_>, _>>()?))
    }

    /// The same calendar with days that begin at midnight of this offset, in minutes east of UTC.
    ///
    /// # Errors
    /// If the offset is a day or more.
    pub fn with_utc_offset_minutes(mut self, minutes: i32) -> Result<Self, DomainError> {
        if minutes.abs() >= 24 * 60 {
            return Err(DomainError::Id {
                what: "UTC offset in minutes",
                value: minutes.to_string(),
                rule: "it must lie within a day",
            });
        }
        self.utc_offset_minutes = minutes;
        Ok(self)
    }

    /// Whether the calendar day is worked.
    #[must_use]
    pub fn is_working_day(&self, day: NaiveDate) -> bool {
        !self.weekend.contains(&(day.weekday().num_days_from_monday() as u8)) && !self.holidays.contains(&day)
    }

    /// The calendar day of an instant.
    #[must_use]
    pub fn day_of(&self, at: DateTime<Utc>) -> NaiveDate {
        let offset = FixedOffset::east_opt(self.utc_offset_minutes.clamp(-1439, 1439) * 60);
        offset.map_or_else(|| at.date_naive(), |zone| at.with_timezone(&zone).date_naive())
    }

    /// Worked days between two instants, the first day included, the last not; 0 if `to` is not after `from`.
    #[must_use]
    pub fn working_days(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> u32 {
        let (mut day, last) = (self.day_of(from), self.day_of(to));
        let mut count: u32 = 0;
        // Whole weeks at once: a range of centuries must not take a loop of days.
        let per_week = 7 - self.weekend.iter().filter(|d| **d < 7).count() as i64;
        let weeks = ((last - day).num_days() / 7).max(0);
        if weeks > 0 {
            let end = day + TimeDelta::days(weeks * 7);
            let lost = self.holidays.range(day..end).filter(|h| self.is_weekday(**h)).count() as i64;
            count = u32::try_from(weeks * per_week - lost).unwrap_or(0);
            day = end;
        }
        while day < last {
            count += u32::from(self.is_working_day(day));
            let Some(next) = day.succ_opt() else { break };
            day = next;
        }
        count
    }

    fn is_weekday(&self, day: NaiveDate) -> bool {
        !self.weekend.contains(&(day.weekday().num_days_from_monday() as u8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn whole_weeks_and_loops_of_days_agree() {
        let day = |s: &str| s.parse::<NaiveDate>().unwrap();
        let calendar = WorkingCalendar::default().with_holidays([day("2026-01-01"), day("2026-01-03")]);
        let from = at("2025-12-29T10:00:00Z");
        for days in 0..40 {
            let to = from + TimeDelta::days(days);
            let slow = (0..days)
                .filter(|n| calendar.is_working_day(calendar.day_of(from + TimeDelta::days(*n))))
                .count();
            assert_eq!(calendar.working_days(from, to) as usize, slow, "{days} days");
        }
        assert_eq!(calendar.working_days(at("2026-01-05T00:00:00Z"), at("2026-01-01T00:00:00Z")), 0);
    }

    #[test]
    fn days_of_rest_go_by_their_names() {
        let calendar = WorkingCalendar::default().with_weekend_named(["fri", "Saturday"]).unwrap();
        assert_eq!(calendar, WorkingCalendar::default().with_weekend([Weekday::Fri, Weekday::Sat]));
        assert!(WorkingCalendar::default().with_weekend_named(["someday"]).is_err());
    }

    #[test]
    fn days_begin_at_midnight_of_the_offset() {
        let calendar = WorkingCalendar::default().with_utc_offset_minutes(540).unwrap();
        assert_eq!(calendar.day_of(at("2026-01-01T16:00:00Z")).to_string(), "2026-01-02");
        assert!(WorkingCalendar::default().with_utc_offset_minutes(1440).is_err());
    }
}

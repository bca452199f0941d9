use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use juno_domain::TeamId;
use serde::{Deserialize, Serialize};

use crate::error::AnalyticsError;
use crate::history::History;

/// The longest range that is filled, in days.
const MAX_DAYS: i64 = 366 * 100;

/// What a count is per.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// A calendar day.
    Day,
    /// Monday to Sunday.
    Week,
}

/// Finished issues per day or week, days without any included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throughput {
    /// What a count is per.
    pub period: Period,
    /// Only what was known by then.
    pub as_of: DateTime<Utc>,
    /// One count per period, in order, without gaps.
    pub counts: Vec<PeriodCount>,
}

/// The issues finished in one period. An issue is finished when it enters a done status and stays done, as far as
/// known at the instant of the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodCount {
    /// Its first day.
    pub first_day: NaiveDate,
    /// Issues finished.
    pub done: u32,
    /// Whether the range covers the whole period.
    pub whole: bool,
}

impl Throughput {
    /// The counts of whole periods only.
    pub fn whole(&self) -> impl Iterator<Item = u32> + '_ {
        self.counts.iter().filter(|count| count.whole).map(|count| count.done)
    }
}

impl History {
    /// Finished issues per `period` from the calendar day of `from` to that of `as_of`, both included; of one team
    /// where given. Days begin where the calendar of the [options](crate::HistoryOptions) says. The last day is
    /// never whole.
    ///
    /// # Errors
    /// If `as_of` lies before `from`, or the range is longer than a hundred years.
    pub fn throughput(
        &self,
        period: Period,
        from: DateTime<Utc>,
        as_of: DateTime<Utc>,
        team: Option<&TeamId>,
    ) -> Result<Throughput, AnalyticsError> {
        let calendar = &self.options.calendar;
        let (first, last) = (calendar.day_of(from), calendar.day_of(as_of));
        let days = (last - first).num_days();
        if from > as_of || days > MAX_DAYS {
            let rule = "give a range of at most a hundred years that ends after it begins";
            return Err(AnalyticsError::Range { from, to: as_of, rule });
        }
        let length = match period {
            Period::Day => 1,
            Period::Week => 7,
        };
        let lead = match period {
            Period::Day => 0,
            Period::Week => u64::from(first.weekday().num_days_from_monday()),
        };
        let mut counts = Vec::new();
        let mut day = first.checked_sub_days(Days::new(lead)).unwrap_or(first);
        while day <= last {
            let end = day.checked_add_days(Days::new(length)).unwrap_or(NaiveDate::MAX);
            // The first day may have begun before `from`, but counts in full: it is named as a day.
            counts.push(PeriodCount { first_day: day, done: 0, whole: day >= first && end <= last });
            day = end;
        }
        let start = counts.first().map_or(first, |count| count.first_day);
        for entry in &self.entries {
            let Some(done) = entry.done_since(as_of).map(|at| calendar.day_of(at)) else { continue };
            if done < first || team.is_some_and(|team| self.team_of_entry(entry, as_of) != Some(team)) {
                continue;
            }
            let place = (done - start).num_days() / i64::try_from(length).unwrap_or(1);
            if let Some(count) = usize::try_from(place).ok().and_then(|place| counts.get_mut(place)) {
                count.done += 1;
            }
        }
        Ok(Throughput { period, as_of, counts })
    }
}

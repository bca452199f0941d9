//! Working days and clock times in a team's zone.

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, TimeZone, Utc, Weekday};
use chrono_tz::Tz;

use super::dice::Dice;

/// The local day of an instant.
pub(crate) fn day_of(zone: Tz, at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

/// `minutes` and `millis` after local midnight. In the gap of a clock change, read as UTC.
pub(crate) fn at(zone: Tz, day: NaiveDate, minutes: i64, millis: i64) -> DateTime<Utc> {
    let local =
        day.and_time(chrono::NaiveTime::MIN) + TimeDelta::minutes(minutes) + TimeDelta::milliseconds(millis);
    zone.from_local_datetime(&local).earliest().map_or_else(|| Utc.from_utc_datetime(&local), |t| t.to_utc())
}

pub(crate) fn is_workday(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// The day itself or the next working day.
pub(crate) fn workday_from(day: NaiveDate) -> NaiveDate {
    let mut day = day;
    while !is_workday(day) {
        day = day + Days::new(1);
    }
    day
}

/// The working day before.
pub(crate) fn workday_before(day: NaiveDate) -> NaiveDate {
    let mut day = day - Days::new(1);
    while !is_workday(day) {
        day = day - Days::new(1);
    }
    day
}

/// A random instant between 09:00 and 17:30 on the working day at or after `near`, not before `near`.
pub(crate) fn office_hours(dice: &mut Dice, zone: Tz, near: DateTime<Utc>) -> DateTime<Utc> {
    let day = workday_from(day_of(zone, near));
    let opens = at(zone, day, 9 * 60, 0);
    let closes = at(zone, day, 17 * 60 + 30, 0);
    let from = near.max(opens);
    if from >= closes {
        let next = workday_from(day + Days::new(1));
        return at(zone, next, dice.whole(9 * 60, 12 * 60), dice.whole(0, 59_999));
    }
    from + TimeDelta::milliseconds(dice.whole(0, (closes - from).num_milliseconds()))
}

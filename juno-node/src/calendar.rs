use napi::JsDate;
use napi_derive::napi;

use crate::convert::{day, instant};
use crate::error::Fault;

/// How a `WorkingCalendar` differs from Monday to Friday, no holidays, days of UTC.
#[napi(object)]
#[derive(Default)]
pub struct WorkingCalendarOptions {
    /// Days that are not worked, as `2026-01-31`.
    pub holidays: Option<Vec<String>>,
    /// The days of rest by name, as `["fri", "sat"]`.
    pub weekend: Option<Vec<String>>,
    /// Where midnight is: minutes east of UTC.
    pub utc_offset_minutes: Option<i32>,
}

/// Which days are worked. Days begin at midnight of a fixed offset from UTC (no daylight saving).
#[napi]
pub struct WorkingCalendar(juno_core::domain::WorkingCalendar);

#[napi]
impl WorkingCalendar {
    /// Without options: Monday to Friday, no holidays, days of UTC.
    #[napi(constructor)]
    pub fn new(options: Option<WorkingCalendarOptions>) -> Result<Self, Fault> {
        let options = options.unwrap_or_default();
        let holidays = options.holidays.unwrap_or_default();
        let mut calendar = juno_core::domain::WorkingCalendar::default()
            .with_holidays(holidays.iter().map(|text| day(text)).collect::<Result<Vec<_>, _>>()?)
            .with_utc_offset_minutes(options.utc_offset_minutes.unwrap_or(0))?;
        if let Some(days) = options.weekend {
            calendar = calendar.with_weekend_named(days)?;
        }
        Ok(Self(calendar))
    }

    /// Whether the day, as `2026-01-31`, is worked.
    #[napi]
    pub fn is_working_day(&self, day_text: String) -> Result<bool, Fault> {
        Ok(self.0.is_working_day(day(&day_text)?))
    }

    /// The calendar day of an instant, as `2026-01-31`.
    #[napi]
    pub fn day_of(&self, at: JsDate<'_>) -> Result<String, Fault> {
        Ok(self.0.day_of(instant(&at)?).to_string())
    }

    /// Worked days between two instants, the first day included, the last not; 0 if `to` is not after `start`.
    #[napi]
    pub fn working_days(&self, start: JsDate<'_>, to: JsDate<'_>) -> Result<u32, Fault> {
        Ok(self.0.working_days(instant(&start)?, instant(&to)?))
    }
}

use chrono::NaiveDate;
use pyo3::prelude::*;

use crate::convert::Instant;
use crate::error::Fault;

/// Which days are worked. Days begin at midnight of a fixed offset from UTC (no daylight saving).
///
/// Without arguments: Monday to Friday, no holidays, days of UTC. `weekend` names days: `["fri", "sat"]`.
#[pyclass(module = "juno", frozen, eq, from_py_object)]
#[derive(Clone, PartialEq)]
pub(crate) struct WorkingCalendar(juno_core::domain::WorkingCalendar);

#[pymethods]
impl WorkingCalendar {
    #[new]
    #[pyo3(signature = (*, holidays = Vec::new(), weekend = None, utc_offset_minutes = 0))]
    fn new(
        holidays: Vec<NaiveDate>,
        weekend: Option<Vec<String>>,
        utc_offset_minutes: i32,
    ) -> Result<Self, Fault> {
        let mut calendar = juno_core::domain::WorkingCalendar::default()
            .with_holidays(holidays)
            .with_utc_offset_minutes(utc_offset_minutes)?;
        if let Some(days) = weekend {
            calendar = calendar.with_weekend_named(days)?;
        }
        Ok(Self(calendar))
    }

    /// Whether the day is worked.
    fn is_working_day(&self, day: NaiveDate) -> bool {
        self.0.is_working_day(day)
    }

    /// The calendar day of an instant.
    fn day_of(&self, at: Instant) -> NaiveDate {
        self.0.day_of(at.0)
    }

    /// Worked days between two instants, the first day included, the last not; 0 if `to` is not after `start`.
    fn working_days(&self, start: Instant, to: Instant) -> u32 {
        self.0.working_days(start.0, to.0)
    }
}

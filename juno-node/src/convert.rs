//! Values that JavaScript and JUNO write differently.
use chrono::{DateTime, NaiveDate, Utc};
use juno_core::domain::ErrorKind;
use napi::JsDate;

use crate::error::Fault;

/// The instant of a `Date`. An invalid one is refused: unchecked it would become 1970.
pub(crate) fn instant(date: &JsDate<'_>) -> Result<DateTime<Utc>, Fault> {
    let millis = date.value_of().ok().filter(|millis| millis.is_finite());
    millis.and_then(|millis| DateTime::from_timestamp_millis(millis as i64)).ok_or_else(|| {
        Fault::new(ErrorKind::InvalidInput, "an invalid `Date` names no instant: check what it was made from")
    })
}

/// The same for a `Date` that may be left out.
pub(crate) fn moment(date: Option<JsDate<'_>>) -> Result<Option<DateTime<Utc>>, Fault> {
    date.map(|date| instant(&date)).transpose()
}

/// The day that `text` names, as `2026-01-31`.
pub(crate) fn day(text: &str) -> Result<NaiveDate, Fault> {
    text.parse().map_err(|_| {
        Fault::new(ErrorKind::InvalidInput, format!("`{text}` is no day: write it as `2026-01-31`"))
    })
}

use chrono::{DateTime, Utc};

/// The number a column orders an instant by: nanoseconds since 1970. Instants outside the years 1678 to 2261 stand at
/// the ends.
pub(crate) fn nanos(at: DateTime<Utc>) -> i64 {
    let end = if at.timestamp() < 0 { i64::MIN } else { i64::MAX };
    at.timestamp_nanos_opt().unwrap_or(end)
}

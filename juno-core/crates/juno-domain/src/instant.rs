use chrono::{DateTime, Datelike, Timelike, Utc};
use serde::{Serialize, Serializer};

/// A time that is written as chrono writes it, at a fraction of the cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instant(pub DateTime<Utc>);

impl Instant {
    /// Writes a time, for `#[serde(serialize_with = "Instant::write")]` on fields that are written often.
    ///
    /// # Errors
    /// As the serializer.
    pub fn write<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = [0; 30];
        match write(at, &mut text) {
            Some(text) => serializer.serialize_str(text),
            None => at.serialize(serializer),
        }
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::write(&self.0, serializer)
    }
}

/// `2026-03-02T09:15:00Z`, with three, six or nine digits of a second where there are any. None for years that have
/// not four digits and for leap seconds: these are left to chrono.
fn write<'t>(at: &DateTime<Utc>, text: &'t mut [u8; 30]) -> Option<&'t str> {
    let at = at.naive_utc();
    let (year, nanos) = (u32::try_from(at.year()).ok().filter(|year| *year < 10_000)?, at.nanosecond());
    let (places, fraction) = match nanos {
        0 => (0, 0),
        1_000_000_000.. => return None,
        _ if nanos % 1_000_000 == 0 => (3, nanos / 1_000_000),
        _ if nanos % 1_000 == 0 => (6, nanos / 1_000),
        _ => (9, nanos),
    };
    text.copy_from_slice(b"0000-00-00T00:00:00.000000000Z");
    digits(text.get_mut(0..4)?, year);
    digits(text.get_mut(5..7)?, at.month());
    digits(text.get_mut(8..10)?, at.day());
    digits(text.get_mut(11..13)?, at.hour());
    digits(text.get_mut(14..16)?, at.minute());
    digits(text.get_mut(17..19)?, at.second());
    let end = if places == 0 { 19 } else { 20 + places };
    digits(text.get_mut(20..20 + places)?, fraction);
    *text.get_mut(end)? = b'Z';
    std::str::from_utf8(text.get(..=end)?).ok()
}

/// Writes a number right-aligned over zeros.
fn digits(place: &mut [u8], mut value: u32) {
    for byte in place.iter_mut().rev() {
        *byte = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn same(at: DateTime<Utc>) {
        assert_eq!(serde_json::to_string(&Instant(at)).unwrap(), serde_json::to_string(&at).unwrap(), "{at}");
    }

    #[test]
    fn unusual_times_are_written_as_chrono_writes_them() {
        for text in [
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999999Z",
            "2016-12-31T23:59:60.5Z",
            "+10000-01-01T00:00:00Z",
            "-0001-12-31T23:59:59Z",
            "2026-03-02T09:15:00.000000001Z",
            "2026-03-02T09:15:00.000001Z",
            "2026-03-02T09:15:00.120Z",
        ] {
            same(text.parse().unwrap());
        }
        same(DateTime::<Utc>::MIN_UTC);
        same(DateTime::<Utc>::MAX_UTC);
    }

    proptest! {
        #[test]
        fn every_time_is_written_as_chrono_writes_it(
            seconds in -70_000_000_000_i64..300_000_000_000,
            nanos in prop_oneof![Just(0), 0..1_000_000_000_u32, (0..1000_u32).prop_map(|n| n * 1_000_000),
                (0..1_000_000_u32).prop_map(|n| n * 1_000)],
        ) {
            same(DateTime::from_timestamp(seconds, nanos).unwrap());
        }
    }
}

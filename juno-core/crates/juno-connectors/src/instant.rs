//! Instants as Jira writes them.

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;

/// An instant, and whether its zone had to be assumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReadInstant {
    pub(crate) at: DateTime<Utc>,
    /// No zone in the text and none in the settings, or a local time that exists twice or not at all.
    pub(crate) uncertain: bool,
}

/// Reads `2026-03-02T09:14:11.000+0100` and its relatives: a blank for the `T`; seconds, fraction and zone
/// optional; `Z`, `+01`, `+0100` and `+01:00`; a date alone is its midnight.
pub(crate) fn parse_iso(text: &str, zone: Option<Tz>) -> Option<ReadInstant> {
    let bytes = text.trim().as_bytes();
    let date = NaiveDate::from_ymd_opt(
        i32::try_from(digits(bytes, 0, 4)?).ok()?,
        after(bytes, 4, b'-').and_then(|i| digits(bytes, i, 2))?,
        after(bytes, 7, b'-').and_then(|i| digits(bytes, i, 2))?,
    )?;
    let Some(separator) = bytes.get(10) else {
        return date.and_hms_opt(0, 0, 0).map(|naive| localise(naive, zone));
    };
    if !matches!(separator, b'T' | b't' | b' ') {
        return None;
    }
    let hour = digits(bytes, 11, 2)?;
    let minute = after(bytes, 13, b':').and_then(|i| digits(bytes, i, 2))?;
    let mut rest = 16;
    let mut second = 0;
    let mut nanos = 0;
    if let Some(i) = after(bytes, rest, b':') {
        second = digits(bytes, i, 2)?;
        rest = i + 2;
        if matches!(bytes.get(rest), Some(b'.' | b',')) {
            let start = rest + 1;
            let count = bytes.get(start..)?.iter().take_while(|b| b.is_ascii_digit()).count();
            if count == 0 {
                return None;
            }
            let kept = count.min(9);
            nanos = digits(bytes, start, kept)? * 10_u32.pow(u32::try_from(9 - kept).ok()?);
            rest = start + count;
        }
    }
    let naive = date.and_hms_nano_opt(hour, minute, second, nanos)?;
    let mut tail = bytes.get(rest..)?;
    while let [b' ', more @ ..] = tail {
        tail = more;
    }
    match tail {
        [] => Some(localise(naive, zone)),
        [b'Z' | b'z'] => Some(ReadInstant { at: naive.and_utc(), uncertain: false }),
        [sign @ (b'+' | b'-'), offset @ ..] => {
            let seconds = offset_seconds(offset)?;
            let east = if *sign == b'-' { -seconds } else { seconds };
            let at = naive.checked_sub_signed(Duration::seconds(east))?.and_utc();
            in_era(at)
        }
        _ => None,
    }
}

/// An instant whose year has four digits in UTC: others cannot be written as RFC 3339.
fn in_era(at: DateTime<Utc>) -> Option<ReadInstant> {
    (0..=9999).contains(&at.year()).then_some(ReadInstant { at, uncertain: false })
}

/// Reads milliseconds since 1970 as the changelog of some endpoints gives them.
pub(crate) fn from_millis(millis: i64) -> Option<ReadInstant> {
    in_era(DateTime::from_timestamp_millis(millis)?)
}

/// A local time in the configured zone, or in UTC without one. Of a time that exists twice the earlier is
/// taken; a time inside a gap is read with the offset before the gap.
pub(crate) fn localise(naive: NaiveDateTime, zone: Option<Tz>) -> ReadInstant {
    let Some(zone) = zone else {
        return ReadInstant { at: naive.and_utc(), uncertain: true };
    };
    let local = zone.from_local_datetime(&naive);
    if let Some(single) = local.single() {
        return ReadInstant { at: single.with_timezone(&Utc), uncertain: false };
    }
    let at = local.earliest().map_or_else(
        || {
            let day_before = naive.checked_sub_signed(Duration::days(1)).unwrap_or(naive);
            let offset = zone.offset_from_utc_datetime(&day_before).fix().local_minus_utc();
            let shifted = naive.checked_sub_signed(Duration::seconds(i64::from(offset)));
            shifted.unwrap_or(naive).and_utc()
        },
        |earliest| earliest.with_timezone(&Utc),
    );
    ReadInstant { at, uncertain: true }
}

/// The number in `count` digits at `start`.
fn digits(bytes: &[u8], start: usize, count: usize) -> Option<u32> {
    bytes.get(start..start.checked_add(count)?)?.iter().try_fold(0_u32, |sum, byte| {
        let digit = byte.is_ascii_digit().then(|| u32::from(byte - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

/// The index after `expected`, if it stands at `index`.
fn after(bytes: &[u8], index: usize, expected: u8) -> Option<usize> {
    (bytes.get(index) == Some(&expected)).then_some(index + 1)
}

fn offset_seconds(text: &[u8]) -> Option<i64> {
    let (hours, minutes) = match text.len() {
        2 => (digits(text, 0, 2)?, 0),
        4 => (digits(text, 0, 2)?, digits(text, 2, 2)?),
        5 => (digits(text, 0, 2)?, after(text, 2, b':').and_then(|i| digits(text, i, 2))?),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then(|| i64::from(hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use chrono::SecondsFormat;
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> String {
        let read = parse_iso(text, None).unwrap();
        let mark = if read.uncertain { "?" } else { "" };
        read.at.to_rfc3339_opts(SecondsFormat::AutoSi, true) + mark
    }

    #[test]
    fn years_beyond_four_digits_are_no_dates() {
        assert_eq!(parse_iso("9999-12-31T23:59:59.999-1200", None), None);
        assert_eq!(parse_iso("0000-01-01T00:00:00.000+1200", None), None);
        assert_eq!(from_millis(300_000_000_000_000), None);
        assert!(parse_iso("9999-12-31T23:59:59Z", None).is_some());
    }

    #[test]
    fn utc_offset_is_kept() {
        assert_eq!(read("2026-03-02T09:14:11.000+0100"), "2026-03-02T08:14:11Z");
        assert_eq!(read("2026-03-02T09:14:11.250+01:00"), "2026-03-02T08:14:11.250Z");
        assert_eq!(read("2026-03-02T09:14:11-0530"), "2026-03-02T14:44:11Z");
        assert_eq!(read("2026-03-02T09:14:11Z"), "2026-03-02T09:14:11Z");
        assert_eq!(read("2026-03-02T23:30-01"), "2026-03-03T00:30:00Z");
        assert_eq!(read("2026-12-31T23:30:00.1234567891-0100"), "2027-01-01T00:30:00.123456789Z");
    }

    #[test]
    fn a_date_without_zone_says_so() {
        assert_eq!(read("2026-03-02 09:14"), "2026-03-02T09:14:00Z?");
        assert_eq!(read("2026-03-02"), "2026-03-02T00:00:00Z?");
        let berlin = Some(chrono_tz::Europe::Berlin);
        let summer = parse_iso("2026-07-02 09:14", berlin).unwrap();
        assert_eq!((summer.at.to_rfc3339().as_str(), summer.uncertain), ("2026-07-02T07:14:00+00:00", false));
        // The clock goes from 02:00 to 03:00 on 2026-03-29 and from 03:00 to 02:00 on 2026-10-25.
        let gap = parse_iso("2026-03-29 02:30", berlin).unwrap();
        assert_eq!((gap.at.to_rfc3339().as_str(), gap.uncertain), ("2026-03-29T01:30:00+00:00", true));
        let twice = parse_iso("2026-10-25 02:30", berlin).unwrap();
        assert_eq!((twice.at.to_rfc3339().as_str(), twice.uncertain), ("2026-10-25T00:30:00+00:00", true));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for bad in [
            "",
            "2026",
            "2026-13-01",
            "2026-02-30T10:00",
            "2026-03-02T25:00",
            "2026-03-02T10",
            "2026-03-02T10:00+1",
            "2026-03-02T10:00:00.+0100",
            "2026-03-02T10:00:00+2460",
            "2026-03-02x10:00",
            "٢٠٢٦-03-02",
        ] {
            assert_eq!(parse_iso(bad, None), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_instant_survives_being_written_in_any_zone(
            millis in 0_i64..4_102_444_800_000, minutes in -14 * 60..14 * 60_i32,
        ) {
            let at = DateTime::from_timestamp_millis(millis).unwrap();
            let zone = chrono::FixedOffset::east_opt(minutes * 60).unwrap();
            let local = at.with_timezone(&zone);
            for format in ["%Y-%m-%dT%H:%M:%S%.3f%z", "%Y-%m-%dT%H:%M:%S%.3f%:z"] {
                let text = local.format(format).to_string();
                prop_assert_eq!(parse_iso(&text, None), Some(ReadInstant { at, uncertain: false }), "{}", text);
            }
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}", zoned in any::<bool>()) {
            let _ = parse_iso(&text, zoned.then_some(chrono_tz::America::New_York));
        }
    }
}

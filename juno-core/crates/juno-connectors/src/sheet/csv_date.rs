//! Dates as CSV exports write them: as the site's look-and-feel settings say.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use crate::instant::{localise, parse_iso};
use crate::{ConnectorSettings, DateOrder, TimeZoneName};

/// A date of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CsvDate {
    pub(crate) at: DateTime<Utc>,
    /// The calendar day as written.
    pub(crate) day: NaiveDate,
    pub(crate) uncertain: bool,
}

/// Reads `2026-03-02 09:14`, `02/Mar/26 9:14 AM`, `Mar 2, 2026, 9:14 AM`, `02.03.2026 09:14`, and with a set
/// order `02/03/2026 09:14`; `None` for an empty cell.
///
/// # Errors
/// If it is no such date, or day and month cannot be told apart.
pub(crate) fn csv_date(text: &str, settings: &ConnectorSettings) -> Result<Option<CsvDate>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let zone = settings.time_zone.map(TimeZoneName::tz);
    let local = |naive: NaiveDateTime| {
        let read = localise(naive, zone);
        CsvDate { at: read.at, day: naive.date(), uncertain: read.uncertain }
    };
    if let Some(format) = &settings.csv_date_format {
        let naive = NaiveDateTime::parse_from_str(text, format)
            .ok()
            .or_else(|| NaiveDate::parse_from_str(text, format).ok().map(|day| day.and_time(NaiveTime::MIN)));
        if let Some(naive) = naive {
            return Ok(Some(local(naive)));
        }
    }
    if let Some(read) = parse_iso(text, zone) {
        let day = text.get(..10).and_then(|day| day.parse().ok()).unwrap_or_else(|| read.at.date_naive());
        return Ok(Some(CsvDate { at: read.at, day, uncertain: read.uncertain }));
    }
    parse_written(text, settings.csv_date_order).map(|naive| Some(local(naive)))
}

fn parse_written(text: &str, order: Option<DateOrder>) -> Result<NaiveDateTime, String> {
    let refuse = || {
        format!(
            "`{}` is no date JUNO knows: set `csv_date_format`",
            text.chars().take(40).collect::<String>()
        )
    };
    let mut date = Vec::new();
    let mut time = None;
    let mut half = None;
    let dotted = text.split_whitespace().next().is_some_and(|first| first.contains('.'));
    for token in text.split(|c: char| c.is_whitespace() || c == ',').filter(|token| !token.is_empty()) {
        match token.to_ascii_lowercase().as_str() {
            "am" | "a.m." => half = Some(0),
            "pm" | "p.m." => half = Some(12),
            _ if token.contains(':') && time.is_none() => time = Some(token),
            _ => date.extend(token.split(['/', '-', '.']).filter(|part| !part.is_empty())),
        }
    }
    let [a, b, c] = date.as_slice() else { return Err(refuse()) };
    let number = |part: &str| -> Option<u32> {
        let plain = !part.is_empty() && part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| part.parse().ok()).flatten()
    };
    let (day, month) = match (number(a), month_named(a), number(b), month_named(b)) {
        (Some(day), _, _, Some(month)) | (_, Some(month), Some(day), _) => (day, month),
        (Some(first), _, Some(second), _) => match order {
            _ if dotted => (first, second),
            Some(DateOrder::DayFirst) => (first, second),
            Some(DateOrder::MonthFirst) => (second, first),
            None if first > 12 => (first, second),
            None if second > 12 => (second, first),
            None if first == second => (first, second),
            None => {
                return Err(format!("`{text}` does not tell day from month: set `csv_date_order`"));
            }
        },
        _ => return Err(refuse()),
    };
    let year = number(c).ok_or_else(refuse)?;
    let year = match (c.len(), year) {
        (4, year) => year,
        (2, year) if year < 70 => 2000 + year,
        (2, year) => 1900 + year,
        _ => return Err(refuse()),
    };
    let day = i32::try_from(year).ok().and_then(|year| NaiveDate::from_ymd_opt(year, month, day));
    let time = match time {
        None => Some(NaiveTime::MIN),
        Some(time) => clock_time(time, half),
    };
    Ok(day.ok_or_else(refuse)?.and_time(time.ok_or_else(refuse)?))
}

/// `9:14`, `09:14:11`, with the half of the day added.
fn clock_time(text: &str, half: Option<u32>) -> Option<NaiveTime> {
    let mut parts = text.split(':').map(|part| part.parse::<u32>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    let hour = match half {
        None => hour,
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return None,
    };
    parts.next().is_none().then(|| NaiveTime::from_hms_opt(hour, minute, second)).flatten()
}

fn month_named(text: &str) -> Option<u32> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let start = text.get(..3)?.to_ascii_lowercase();
    let letters = text.trim_end_matches('.').bytes().all(|b| b.is_ascii_alphabetic());
    let index = MONTHS.iter().position(|month| *month == start).filter(|_| letters)?;
    u32::try_from(index + 1).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str, order: Option<DateOrder>) -> Result<String, String> {
        let settings = ConnectorSettings { csv_date_order: order, ..Default::default() };
        csv_date(text, &settings).map(|date| date.unwrap().at.format("%F %T").to_string())
    }

    #[test]
    fn both_date_styles_of_the_export_are_read() {
        for (text, expected) in [
            ("02/Mar/26 9:14 AM", "2026-03-02 09:14:00"),
            ("02/Mar/26 12:05 AM", "2026-03-02 00:05:00"),
            ("02/Mar/26 12:05 PM", "2026-03-02 12:05:00"),
            ("2/Mar/2026 9:14\u{202f}PM", "2026-03-02 21:14:00"),
            ("Mar 2, 2026, 9:14 AM", "2026-03-02 09:14:00"),
            ("2026-03-02 09:14", "2026-03-02 09:14:00"),
            ("2026-03-02 09:14:11.0", "2026-03-02 09:14:11"),
            ("2026-03-02T09:14:11+0100", "2026-03-02 08:14:11"),
            ("02.03.2026 09:14", "2026-03-02 09:14:00"),
            ("02/Mar/99", "1999-03-02 00:00:00"),
            ("25/12/2026 10:00", "2026-12-25 10:00:00"),
        ] {
            assert_eq!(read(text, None).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn day_and_month_are_never_guessed() {
        assert!(read("02/03/2026 09:14", None).unwrap_err().contains("csv_date_order"));
        assert_eq!(read("02/03/2026 09:14", Some(DateOrder::DayFirst)).unwrap(), "2026-03-02 09:14:00");
        assert_eq!(read("02/03/26 9:14 PM", Some(DateOrder::MonthFirst)).unwrap(), "2026-02-03 21:14:00");
        for bad in
            ["02/Mrz/26 9:14", "yesterday", "31/Feb/26", "02/Mar/26 25:00", "02/Mar/26 0:30 PM", "1/2/3/4"]
        {
            assert!(read(bad, None).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_set_format_comes_first() {
        let set =
            |format: &str| ConnectorSettings { csv_date_format: Some(format.into()), ..Default::default() };
        let date = csv_date("20260302-0914", &set("%Y%m%d-%H%M")).unwrap().unwrap();
        assert_eq!(date.at.to_rfc3339(), "2026-03-02T09:14:00+00:00");
        assert_eq!(csv_date("", &set("%Y")).unwrap(), None);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,30}", parts in "[0-9a-zA-Z/:., -]{0,24}", format in "\\PC{0,8}") {
            for text in [text, parts] {
                let settings = ConnectorSettings { csv_date_format: Some(format.clone()), ..Default::default() };
                let _ = csv_date(&text, &settings);
            }
        }
    }
}

//! Dates in the words of a question, and time in the words of a memory.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

/// Days that a question names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    /// From a day to a day, both within.
    Days(NaiveDate, NaiveDate),
    /// A month, or a day of it, of whichever year.
    Yearly { month: u32, day: Option<u32> },
}

impl Span {
    /// How close an instant is: 1 within, falling to 0 with the days after and faster with the days before. What is
    /// told is told after it happened.
    pub(crate) fn closeness(self, at: DateTime<Utc>) -> f64 {
        let at = at.date_naive();
        match self {
            Self::Days(first, _) if at < first => 0.7 * (-days(at, first) / 5.0).exp(),
            Self::Days(_, last) if at > last => (-days(last, at) / 10.0).exp(),
            Self::Days(..) => 1.0,
            Self::Yearly { month, day } => (-1..=1)
                .filter_map(|years| of_year(at.year().checked_add(years)?, month, day))
                .map(|span| span.closeness_on(at))
                .fold(0.0, f64::max),
        }
    }

    fn closeness_on(self, at: NaiveDate) -> f64 {
        at.and_hms_opt(0, 0, 0).map_or(0.0, |at| self.closeness(at.and_utc()))
    }
}

fn days(from: NaiveDate, to: NaiveDate) -> f64 {
    to.signed_duration_since(from).num_days() as f64
}

/// A month or a day of a year.
fn of_year(year: i32, month: u32, day: Option<u32>) -> Option<Span> {
    let first = NaiveDate::from_ymd_opt(year, month, day.unwrap_or(1))?;
    let last = match day {
        Some(_) => first,
        None => first.checked_add_months(chrono::Months::new(1))?.pred_opt()?,
    };
    Some(Span::Days(first, last))
}

/// The days that a text names: `2023-05-07`, `7 May 2023`, `May 7th`, `in May 2023`, `in May`, `2023`.
pub(crate) fn spans(text: &str) -> Vec<Span> {
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let word = |at: usize| words.get(at).copied().unwrap_or_default();
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        if let Some(date) = iso_date(word(at), word(at + 1), word(at + 2)) {
            found.push(Span::Days(date, date));
            at += 3;
            continue;
        }
        let before = at.checked_sub(1).map_or("", word);
        let next = at + 1;
        if let Some(month) = month(word(at)).filter(|_| is_name(word(at), before, word(next))) {
            let day_before = match before {
                "of" => at.checked_sub(2).and_then(|two| day(word(two))),
                other => day(other),
            };
            let day_after = day(word(next)).filter(|_| day_before.is_none());
            let mut then = next + usize::from(day_after.is_some());
            then += usize::from(word(then) == "of" && year(word(then + 1)).is_some());
            let day = day_before.or(day_after);
            match year(word(then)) {
                Some(year) => {
                    found.extend(of_year(year, month, day));
                    then += 1;
                }
                None => found.push(Span::Yearly { month, day }),
            }
            at = then;
            continue;
        }
        if let Some(year) = year(word(at)) {
            let ends = (NaiveDate::from_ymd_opt(year, 1, 1), NaiveDate::from_ymd_opt(year, 12, 31));
            if let (Some(first), Some(last)) = ends {
                found.push(Span::Days(first, last));
            }
        }
        at += 1;
    }
    found
}

fn iso_date(year: &str, month: &str, day: &str) -> Option<NaiveDate> {
    if (year.len(), month.len(), day.len()) != (4, 2, 2) {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

fn year(word: &str) -> Option<i32> {
    let year = word.parse().ok().filter(|_| word.len() == 4)?;
    (1900..2100).contains(&year).then_some(year)
}

fn day(word: &str) -> Option<u32> {
    let number = ["st", "nd", "rd", "th"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
    number.parse().ok().filter(|day| (1..=31).contains(day) && number.len() <= 2)
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

fn month(word: &str) -> Option<u32> {
    let word = word.to_lowercase();
    let short = match word.as_str() {
        "sept" => "sep",
        other => other,
    };
    let place =
        MONTHS.iter().position(|month| *month == word || (short.len() == 3 && month.starts_with(short)))?;
    u32::try_from(place + 1).ok()
}

/// Whether a month's word means the month: `may` and `march` are other words too.
fn is_name(word: &str, before: &str, after: &str) -> bool {
    const BEFORE: [&str; 14] = [
        "in", "on", "of", "during", "since", "until", "by", "before", "after", "late", "early", "mid",
        "last", "this",
    ];
    let lower = word.to_lowercase();
    if !matches!(lower.as_str(), "may" | "march" | "mar") {
        return true;
    }
    let capital = word.starts_with(char::is_uppercase) && !before.is_empty();
    let numbers = day(before).is_some() || day(after).is_some() || year(after).is_some();
    capital || numbers || BEFORE.contains(&before.to_lowercase().as_str())
}

/// Whether a text says when: it holds a word of time, the name of a day or month, or a year.
pub(crate) fn tells_when(text: &str) -> bool {
    const WORDS: [&str; 38] = [
        "afternoon",
        "ago",
        "april",
        "august",
        "day",
        "days",
        "december",
        "evening",
        "february",
        "friday",
        "january",
        "july",
        "june",
        "last",
        "monday",
        "month",
        "months",
        "morning",
        "next",
        "night",
        "november",
        "october",
        "recently",
        "saturday",
        "september",
        "since",
        "summer",
        "sunday",
        "thursday",
        "today",
        "tomorrow",
        "tonight",
        "tuesday",
        "wednesday",
        "week",
        "weekend",
        "weeks",
        "yesterday",
    ];
    let mut words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.any(|word| {
        let lower = word.to_lowercase();
        WORDS.binary_search(&lower.as_str()).is_ok()
            || matches!(
                lower.as_str(),
                "year" | "years" | "winter" | "spring" | "fall" | "autumn" | "birthday"
            )
            || year(word).is_some()
    })
}

/// Whether a question wants a time or a span of time.
pub(crate) fn asks_when(text: &str) -> bool {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let pair = |two: &[String]| match two {
        [a, b] if a == "how" => b == "long",
        [a, b] if a == "since" => b == "when",
        [a, b] if a == "what" || a == "which" => {
            matches!(b.as_str(), "date" | "day" | "month" | "year" | "time" | "week" | "season")
        }
        _ => false,
    };
    words.first().is_some_and(|first| first == "when") || words.windows(2).any(pair)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn days_of(first: &str, last: &str) -> Span {
        Span::Days(date(first), date(last))
    }

    #[test]
    fn dates_are_read_as_people_write_them() {
        let seventh = vec![days_of("2023-05-07", "2023-05-07")];
        for text in ["on 2023-05-07?", "7 May 2023", "the 7th of May, 2023", "May 7th, 2023", "may 7 2023"] {
            assert_eq!(spans(text), seventh, "{text}");
        }
        assert_eq!(spans("in May 2023"), [days_of("2023-05-01", "2023-05-31")]);
        assert_eq!(spans("during the summer of 2022"), [days_of("2022-01-01", "2022-12-31")]);
        assert_eq!(spans("what happened in May?"), [Span::Yearly { month: 5, day: None }]);
        assert_eq!(spans("Sept 3"), [Span::Yearly { month: 9, day: Some(3) }]);
        assert_eq!(spans("on February 30, 2023"), []);
        for text in ["it may be 12 people", "May I ask?", "they march on", "PAY-2023-1", "12345", ""] {
            assert!(
                spans(text).iter().all(|span| matches!(span, Span::Days(..))),
                "{text}: {:?}",
                spans(text)
            );
        }
    }

    #[test]
    fn closeness_is_one_within_and_falls_outside() {
        let at = |text: &str| date(text).and_hms_opt(12, 0, 0).unwrap().and_utc();
        let may = days_of("2023-05-01", "2023-05-31");
        assert_eq!(may.closeness(at("2023-05-31")), 1.0);
        assert!(may.closeness(at("2023-06-02")) > may.closeness(at("2023-06-09")));
        assert!(may.closeness(at("2023-06-02")) > may.closeness(at("2023-04-29")));
        let yearly = Span::Yearly { month: 12, day: None };
        assert_eq!(yearly.closeness(at("2024-12-24")), 1.0);
        assert!(yearly.closeness(at("2025-01-03")) > 0.7);
    }

    #[test]
    fn questions_of_time_and_words_of_time_are_known() {
        for text in ["When did it break?", "how long did it take", "Which month was it?", "since when?"] {
            assert!(asks_when(text), "{text}");
        }
        assert!(!asks_when("What broke when we deployed?"));
        assert!(tells_when("It broke Last week") && tells_when("in 2022") && !tells_when("It broke"));
    }
}

//! Numbers and dates in plain English.

use chrono::NaiveDate;

/// `1 day`, `3 days`.
pub(super) fn counted(n: i64, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// A share in whole percent, rounded down, so that almost all never reads as all.
pub(super) fn percent(share: f64) -> String {
    // A product such as 0.29 × 100 falls a hair below the whole number it stands for.
    format!("{:.0} %", (share * 100.0 + 1e-9).floor())
}

/// `5 February 2026`.
pub(super) fn date(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_written_out() {
        assert_eq!(date("2026-02-05".parse().unwrap()), "5 February 2026");
    }

    #[test]
    fn one_is_singular_and_almost_all_is_not_all() {
        assert_eq!([0, 1, 2].map(|n| counted(n, "day")), ["0 days", "1 day", "2 days"]);
        assert_eq!([0.29, 0.9, 0.999, 1.0].map(percent), ["29 %", "90 %", "99 %", "100 %"]);
    }
}

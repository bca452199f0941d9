use chrono::{DateTime, TimeDelta, Utc};

/// When a receiver wants the next attempt: `Retry-After` is either seconds or a date of HTTP. Nothing if it is neither.
pub(crate) fn retry_after(header: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u32>() {
        return now.checked_add_signed(TimeDelta::seconds(i64::from(seconds)));
    }
    httpdate::parse_http_date(header).ok().map(DateTime::<Utc>::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_every_form_of_a_date_are_read() {
        let now: DateTime<Utc> = "1994-11-06T08:00:00Z".parse().unwrap();
        let then: DateTime<Utc> = "1994-11-06T08:49:37Z".parse().unwrap();
        for header in [
            "2977",
            " 2977 ",
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(retry_after(header, now), Some(then), "{header}");
        }
        for header in ["", "-5", "soon", "99999999999", "Sun, 06 Nov 1994", "1.5"] {
            assert_eq!(retry_after(header, now), None, "{header}");
        }
    }
}

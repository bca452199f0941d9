use chrono::{DateTime, Datelike, NaiveTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::GovernanceError;
use crate::nearest::nearest;

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the day it names")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Day {
    const ALL: [Self; 7] = [Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri, Self::Sat, Self::Sun];
}

/// Hours of the week in a time zone, such as quiet hours: `{ from = "18:00", to = "08:00", zone = "Europe/Berlin" }`.
///
/// `from` belongs to them, `to` does not. Where `to` is not after `from` they run over midnight and belong to the day
/// on which they began; the same hour twice is a whole day. Clocks that are put forward or back are followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Hours {
    days: Vec<Day>,
    from: NaiveTime,
    to: NaiveTime,
    zone: Tz,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    /// The days; empty means each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    days: Vec<Day>,
    from: String,
    to: String,
    #[serde(default = "utc")]
    zone: String,
}

fn utc() -> String {
    "UTC".to_owned()
}

impl Hours {
    /// Whether an instant lies in these hours.
    #[must_use]
    pub fn contain(&self, at: DateTime<Utc>) -> bool {
        let local = at.with_timezone(&self.zone);
        let time = local.time();
        let over_midnight = self.to <= self.from;
        let (inside, began_yesterday) = if over_midnight {
            (time >= self.from || time < self.to, time < self.from)
        } else {
            (time >= self.from && time < self.to, false)
        };
        let days_since_monday = local.weekday().num_days_from_monday() + if began_yesterday { 6 } else { 0 };
        let index = usize::try_from(days_since_monday % 7).unwrap_or(0);
        let on_a_day = || Day::ALL.get(index).is_some_and(|day| self.days.contains(day));
        inside && (self.days.is_empty() || on_a_day())
    }
}

impl TryFrom<Wire> for Hours {
    type Error = GovernanceError;
    fn try_from(wire: Wire) -> Result<Self, GovernanceError> {
        let time = |word: &str| {
            NaiveTime::parse_from_str(word, "%H:%M").map_err(|_| {
                GovernanceError::Policy(format!("`{word}` is no time of day: write it as `18:00`"))
            })
        };
        let zone = wire.zone.parse::<Tz>().map_err(|_| {
            let names = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
            let near = nearest(&wire.zone, names).unwrap_or("UTC");
            GovernanceError::Policy(format!("there is no time zone `{}`: did you mean `{near}`?", wire.zone))
        })?;
        let mut days = wire.days;
        days.sort_unstable();
        days.dedup();
        Ok(Self { days, from: time(&wire.from)?, to: time(&wire.to)?, zone })
    }
}

impl From<Hours> for Wire {
    fn from(hours: Hours) -> Self {
        let word = |time: NaiveTime| time.format("%H:%M").to_string();
        Self {
            days: hours.days,
            from: word(hours.from),
            to: word(hours.to),
            zone: hours.zone.name().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(json: &str) -> Hours {
        serde_json::from_str(json).unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_began() {
        let night = hours(r#"{"days":["fri"],"from":"18:00","to":"08:00","zone":"Europe/Berlin"}"#);
        assert!(!night.contain(at("2026-03-06T16:59:59Z")), "Friday 17:59 in Berlin");
        assert!(night.contain(at("2026-03-06T17:00:00Z")));
        assert!(night.contain(at("2026-03-07T06:59:59Z")), "Saturday morning");
        assert!(!night.contain(at("2026-03-07T07:00:00Z")));
        assert!(!night.contain(at("2026-03-06T05:00:00Z")), "Friday morning is Thursday's night");
        assert!(!night.contain(at("2026-03-07T18:00:00Z")), "Saturday night");
    }

    #[test]
    fn clocks_that_change_are_followed() {
        let office = hours(r#"{"from":"09:00","to":"17:00","zone":"Europe/Berlin"}"#);
        assert!(!office.contain(at("2026-03-27T07:30:00Z")), "08:30 in winter");
        assert!(office.contain(at("2026-03-30T07:30:00Z")), "09:30 in summer");
        assert!(hours(r#"{"from":"00:00","to":"00:00"}"#).contain(at("2026-03-30T23:59:59Z")));
    }

    #[test]
    fn what_is_misspelt_is_an_error_that_names_the_nearest() {
        let error = |json: &str| serde_json::from_str::<Hours>(json).unwrap_err().to_string();
        let zone = error(r#"{"from":"18:00","to":"08:00","zone":"Europe/Berln"}"#);
        assert!(zone.contains("did you mean `Europe/Berlin`"), "{zone}");
        assert!(error(r#"{"from":"25:00","to":"08:00"}"#).contains("write it as `18:00`"));
        assert!(error(r#"{"from":"1:00","to":"08:00","day":["fri"]}"#).contains("unknown field `day`"));
        let again = hours(r#"{"days":["sun","sat","sat"],"from":"18:00","to":"08:00"}"#);
        assert_eq!(serde_json::from_str::<Hours>(&serde_json::to_string(&again).unwrap()).unwrap(), again);
    }
}

use std::fmt;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::ConnectorError;

/// A time zone by its IANA name, such as `Europe/Berlin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeZoneName(Tz);

impl TimeZoneName {
    /// Takes a checked name.
    ///
    /// # Errors
    /// If no zone has that name.
    pub fn new(name: &str) -> Result<Self, ConnectorError> {
        name.trim().parse().map(Self).map_err(|_| ConnectorError::Setting {
            name: "time_zone",
            value: name.to_owned(),
            rule: "give an IANA time zone such as `Europe/Berlin` or `UTC`".to_owned(),
        })
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.name()
    }

    pub(crate) const fn tz(self) -> Tz {
        self.0
    }
}

impl fmt::Display for TimeZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl TryFrom<String> for TimeZoneName {
    type Error = ConnectorError;
    fn try_from(name: String) -> Result<Self, ConnectorError> {
        Self::new(&name)
    }
}

impl From<TimeZoneName> for String {
    fn from(zone: TimeZoneName) -> Self {
        zone.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_has_to_exist() {
        assert_eq!(TimeZoneName::new("Europe/Berlin").unwrap().name(), "Europe/Berlin");
        let error = TimeZoneName::new("Mars/Olympus").unwrap_err();
        assert!(error.to_string().contains("`Mars/Olympus`"), "{error}");
        assert!(serde_json::from_str::<TimeZoneName>("\"CET+1\"").is_err());
    }
}

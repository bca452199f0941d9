use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A span of time that a report is about: from one instant on, until just before another.
///
/// ```
/// use juno_governance::Period;
///
/// let march: Period =
///     serde_json::from_str(r#"{"since":"2026-03-01T00:00:00Z","until":"2026-04-01T00:00:00Z"}"#)?;
/// assert!(march.contains("2026-03-01T00:00:00Z".parse()?));
/// assert!(!march.contains("2026-04-01T00:00:00Z".parse()?));
/// assert!(Period::default().contains("1999-01-01T00:00:00Z".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Period {
    /// The first instant; from ever by default.
    pub since: Option<DateTime<Utc>>,
    /// The first instant after it; without end by default.
    pub until: Option<DateTime<Utc>>,
}

impl Period {
    /// Whether an instant belongs to it.
    #[must_use]
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        self.since.is_none_or(|since| since <= at) && self.until.is_none_or(|until| at < until)
    }

    /// Whether a span of time, both ends included, has an instant in it.
    #[must_use]
    pub fn meets(&self, first: DateTime<Utc>, last: DateTime<Utc>) -> bool {
        first <= last
            && self.since.is_none_or(|since| since <= last)
            && self.until.is_none_or(|until| first < until)
    }
}

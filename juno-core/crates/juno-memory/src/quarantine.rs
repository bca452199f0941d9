use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Why no read gives a memory unless it asks for what is in quarantine.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quarantine {
    /// Since when.
    pub at: DateTime<Utc>,
    /// Why: 1 to 512 bytes.
    pub reason: String,
}

impl Quarantine {
    /// The longest reason in bytes.
    pub const MAX_REASON_BYTES: usize = 512;

    /// A quarantine since `at`.
    #[must_use]
    pub fn new(at: DateTime<Utc>, reason: impl Into<String>) -> Self {
        Self { at, reason: reason.into() }
    }
}

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Instant, Probability};

/// Something a claim rests on: where it came from, when it was seen, how good the source is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Short id by which claims cite it inside one trace: `e1`, `e2`, ….
    pub id: String,
    /// Where it came from, such as `changelog of PAY-12`.
    pub source: String,
    /// What it says, in one sentence with its numbers.
    pub statement: String,
    /// When the fact was true or last observed.
    #[serde(serialize_with = "Instant::write")]
    pub observed_at: DateTime<Utc>,
    /// Quality of the source, 0 (worthless) to 1 (complete and checked).
    pub quality: Probability,
}

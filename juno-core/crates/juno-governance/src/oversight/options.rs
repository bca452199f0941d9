use serde::{Deserialize, Serialize};

/// From when on a way of voting is worth a look.
///
/// | key | default | says |
/// | --- | --- | --- |
/// | `min_votes` | 10 | with fewer votes in the period nothing is said of anybody |
/// | `quick_seconds` | 10 | a median time to the vote below this is quick |
/// | `burst_seconds` | 5 | votes that follow each other within this are of one burst |
/// | `burst_votes` | 3 | so many votes in a row make a burst |
/// | `same_reason_share` | 0.8 | from this share of empty or equal reasons on they say nothing |
/// | `never_refuses_share` | 0.9 | approvals are worth a look if their 95 % interval lies above this |
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OversightOptions {
    /// With fewer votes in the period nothing is said of anybody; default 10.
    pub min_votes: u64,
    /// A median time to the vote below this is quick, in seconds; default 10.
    pub quick_seconds: f64,
    /// Votes that follow each other within this are of one burst, in seconds; default 5.
    pub burst_seconds: f64,
    /// So many votes in a row make a burst, at least 2; default 3.
    pub burst_votes: u64,
    /// From this share of empty or equal reasons on they say nothing, from 0 to 1; default 0.8.
    pub same_reason_share: f64,
    /// Approvals are worth a look if their 95 % interval lies above this, from 0 to 1; default 0.9, which takes 35
    /// votes without a refusal.
    pub never_refuses_share: f64,
}

impl Default for OversightOptions {
    fn default() -> Self {
        Self {
            min_votes: 10,
            quick_seconds: 10.0,
            burst_seconds: 5.0,
            burst_votes: 3,
            same_reason_share: 0.8,
            never_refuses_share: 0.9,
        }
    }
}

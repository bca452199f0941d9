use chrono::{DateTime, Utc};
use juno_domain::{Evidence, Probability};
use serde::{Deserialize, Serialize};

/// What is known about a claim, factor by factor; `None` where nothing is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConfidenceInputs {
    /// Data quality: the quality of each source the claim rests on, each counted once.
    pub qualities: Option<Vec<Probability>>,
    /// Historical accuracy: earlier answers of the same kind that were checked.
    pub outcomes: Option<Outcomes>,
    /// Pattern strength: how clear the pattern is, 0 (none) to 1 (without exception).
    pub pattern_strength: Option<Probability>,
    /// Temporal relevance: when each observation was made.
    pub observed_at: Option<Vec<DateTime<Utc>>>,
    /// Consensus: what independent sources say.
    pub agreement: Option<Agreement>,
}

impl ConfidenceInputs {
    /// Data quality and temporal relevance from the evidence of a claim; the rest is unknown.
    #[must_use]
    pub fn from_evidence(evidence: &[Evidence]) -> Self {
        Self {
            qualities: Some(evidence.iter().map(|e| e.quality).collect()),
            observed_at: Some(evidence.iter().map(|e| e.observed_at).collect()),
            ..Self::default()
        }
    }
}

/// How many checked answers there are and how many of them were right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcomes {
    /// Answers that turned out right.
    pub right: u32,
    /// Answers that were checked.
    pub total: u32,
}

/// What independent sources say about a claim. Fewer than two sources cannot agree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// Sources that support the claim and sources that contradict it.
    Votes {
        /// In support.
        agree: u32,
        /// Against.
        disagree: u32,
    },
    /// Each source's own probability of the same thing.
    Estimates(Vec<Probability>),
}

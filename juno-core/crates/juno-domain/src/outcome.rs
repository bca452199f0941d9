use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{ProposalId, RequestId};

/// How an execution ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeResult {
    /// It was only shown, nothing was changed.
    DryRun,
    /// It took effect.
    Succeeded,
    /// It did not take effect.
    Failed,
    /// The process ended between effect and answer: nobody knows. It is looked up, never blindly repeated.
    Unknown,
    /// It took effect and was undone.
    Reversed,
}

/// What came of a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The proposal.
    pub proposal: ProposalId,
    /// The request that authorised it.
    pub request: RequestId,
    /// How it ended.
    pub result: OutcomeResult,
    /// What was done or what went wrong, for people.
    pub detail: String,
    /// When.
    pub at: DateTime<Utc>,
}

use chrono::{DateTime, Utc};
use juno_domain::{ProposalId, RequestId, Role, Verdict};
use serde::{Deserialize, Serialize};

/// A deadline that came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fired {
    /// The request.
    pub request: RequestId,
    /// Its proposal.
    pub proposal: ProposalId,
    /// Who did not decide.
    pub role: Role,
    /// The deadline they had.
    pub deadline: DateTime<Utc>,
    /// What became of the request.
    pub result: FiredResult,
}

/// What a deadline did to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum FiredResult {
    /// A higher role decides now.
    Escalated {
        /// Who.
        to: Role,
        /// Until when.
        deadline: DateTime<Utc>,
    },
    /// The same role goes on deciding.
    Held {
        /// Until when, finally.
        until: DateTime<Utc>,
    },
    /// The request ended.
    Ended {
        /// How: denied or expired.
        verdict: Verdict,
    },
    /// The stored request contradicts itself and stays as it is; every other deadline fired all the same.
    Stuck {
        /// What is wrong with it.
        error: String,
    },
}

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Instant, PrincipalId, ProposalId, RequestId, Role};

/// What was decided about a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Policy lets it run without a person.
    AutoApproved,
    /// A person has to decide; nothing runs until then.
    ApprovalRequired,
    /// A person with the needed role approved it.
    Approved,
    /// Policy or a person refused it, or nobody decided and no role is left to ask.
    Denied,
    /// Nobody decided in time, and the rung was not to be escalated.
    Expired,
    /// It was withdrawn.
    Cancelled,
}

/// Who decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum DecidedBy {
    /// A policy.
    Policy {
        /// The policy's version.
        version: String,
    },
    /// A person.
    Person {
        /// Who.
        principal: PrincipalId,
        /// In which role.
        role: Role,
    },
    /// The proposer, who may only withdraw.
    Proposer {
        /// Who.
        principal: PrincipalId,
    },
    /// A deadline.
    Deadline,
}

/// A decision as a recorded fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The proposal.
    pub proposal: ProposalId,
    /// The request it belongs to.
    pub request: RequestId,
    /// What was decided.
    pub verdict: Verdict,
    /// Who decided.
    pub by: DecidedBy,
    /// Why, most important first.
    pub reasons: Vec<String>,
    /// When.
    #[serde(serialize_with = "Instant::write")]
    pub at: DateTime<Utc>,
}

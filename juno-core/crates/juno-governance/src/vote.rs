use chrono::{DateTime, Utc};
use juno_domain::{Digest, PrincipalId, Role};
use serde::{Deserialize, Serialize};

use crate::ApprovalRequest;

/// For or against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// The action may run.
    Approve,
    /// The action must not run; one such vote is final.
    Deny,
}

/// A vote as a person casts it: it names the exact action the person has seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ballot {
    /// Who votes.
    pub by: PrincipalId,
    /// For or against.
    pub choice: Choice,
    /// Why, in the voter's words.
    pub reason: String,
    /// The digest of the action the voter has seen; any edit of the action voids the vote.
    pub digest: Digest,
}

impl Ballot {
    /// A vote on the request as it was shown to the voter.
    #[must_use]
    pub fn on(seen: &ApprovalRequest, by: PrincipalId, choice: Choice, reason: impl Into<String>) -> Self {
        Self { by, choice, reason: reason.into(), digest: seen.digest() }
    }

    /// An approval of the request as it was shown to the voter.
    #[must_use]
    pub fn approve(seen: &ApprovalRequest, by: PrincipalId, reason: impl Into<String>) -> Self {
        Self::on(seen, by, Choice::Approve, reason)
    }

    /// A refusal of the request as it was shown to the voter.
    #[must_use]
    pub fn deny(seen: &ApprovalRequest, by: PrincipalId, reason: impl Into<String>) -> Self {
        Self::on(seen, by, Choice::Deny, reason)
    }
}

/// A vote that counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// Who voted.
    pub by: PrincipalId,
    /// In which role.
    pub role: Role,
    /// On which rung, counted from 0.
    pub rung: u32,
    /// For or against.
    pub choice: Choice,
    /// Why.
    pub reason: String,
    /// The action voted on.
    pub digest: Digest,
    /// When.
    pub at: DateTime<Utc>,
}

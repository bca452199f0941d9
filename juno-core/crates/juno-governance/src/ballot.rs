use juno_domain::{Digest, PrincipalId};
use serde::{Deserialize, Serialize};

use crate::{ApprovalRequest, Choice};

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

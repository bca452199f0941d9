use juno_domain::PrincipalId;
use serde::{Deserialize, Serialize};

use crate::Ballot;

/// Something that happens to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ApprovalEvent {
    /// A person votes.
    Vote(Ballot),
    /// A person who may vote here passes the decision to the next role up.
    Escalate {
        /// Who.
        by: PrincipalId,
        /// Why.
        reason: String,
    },
    /// An administrator or a person who may vote ends the request.
    Cancel {
        /// Who.
        by: PrincipalId,
        /// Why.
        reason: String,
    },
    /// The proposer takes the request back.
    Withdraw {
        /// Who.
        by: PrincipalId,
        /// Why.
        reason: String,
    },
    /// A changed policy asks anew; the old request is withdrawn.
    Supersede {
        /// The version of the policy now in force.
        policy_version: String,
    },
    /// The deadline has come.
    Tick,
    /// The approval is turned into its one authorization.
    Redeem,
    /// The authorization is issued again, because the first was lost before anything began.
    Reissue,
}

use chrono::{DateTime, Utc};
use juno_crypto::CryptoError;
use juno_domain::{ActionCategory, Digest, DomainError, ErrorKind, PrincipalId, RequestId, Role, TeamId};

use crate::StateKind;

/// Why governance could not do what it was asked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GovernanceError {
    /// A value breaks a rule of the vocabulary.
    #[error(transparent)]
    Domain(#[from] DomainError),
    /// A value has no canonical form, so it has no digest that a vote could bind to.
    #[error("the action has no digest: {0}")]
    Digest(#[from] CryptoError),
    /// A ladder that nobody could climb.
    #[error("the ladder is not usable: {0}")]
    Ladder(String),
    /// Policy rules or a policy's answer that contradict themselves.
    #[error("the policy is not usable: {0}")]
    Policy(String),
    /// Compliance rules that cannot be read or contradict themselves.
    #[error("the compliance rules are not usable: {0}")]
    Compliance(String),
    /// Roles or permissions that contradict themselves.
    #[error("the roles are not usable: {0}")]
    Roles(String),
    /// Nobody in the team may decide this.
    #[error(
        "nobody in team `{team}` may decide on {category:?} from {from} up apart from the proposer: \
         give somebody a role that may approve it"
    )]
    NoApprover {
        /// The team.
        team: TeamId,
        /// The category of the action.
        category: ActionCategory,
        /// The rung the policy demands.
        from: Role,
    },
    /// No request has that id.
    #[error("there is no request `{0}`: list the pending ones")]
    NotFound(RequestId),
    /// A request with that id is stored already.
    #[error("request `{0}` exists already: read it")]
    Exists(RequestId),
    /// Somebody changed the request first.
    #[error("request `{request}` is at version `{found}`, not `{expected}`: read it again")]
    Changed {
        /// The request.
        request: RequestId,
        /// The version the caller had read.
        expected: u64,
        /// The version in the store.
        found: u64,
    },
    /// The same proposal id stands for two different actions.
    #[error(
        "request `{0}` was made for another action under the same proposal id: give the proposal its own id"
    )]
    OtherProposal(RequestId),
    /// The request takes no such event in its state.
    #[error("request `{request}` is {state}, so it cannot {what}: read it again")]
    WrongState {
        /// The request.
        request: RequestId,
        /// Its state.
        state: StateKind,
        /// What was asked of it.
        what: &'static str,
    },
    /// The vote or escalation came at or after the deadline.
    #[error("the deadline of request `{request}` passed at `{deadline}`: tick, then read who decides now")]
    DeadlinePassed {
        /// The request.
        request: RequestId,
        /// The deadline.
        deadline: DateTime<Utc>,
    },
    /// A tick came before the deadline.
    #[error("nothing is due on request `{0}`: tick after its deadline")]
    NotDue(RequestId),
    /// The proposer tried to vote.
    #[error(
        "`{by}` proposed request `{request}` and so decides nothing about it: ask somebody else, or withdraw it while it has not run"
    )]
    ProposerVotes {
        /// The request.
        request: RequestId,
        /// The proposer.
        by: PrincipalId,
    },
    /// Somebody who took part in the first decision tried to take part in the appeal.
    #[error(
        "`{by}` had a part in what request `{request}` appeals against, or makes the appeal, and so cannot decide it: \
         ask somebody else"
    )]
    DecidedBefore {
        /// The appeal.
        request: RequestId,
        /// Who tried.
        by: PrincipalId,
    },
    /// There is no appeal against the end of this request.
    #[error("there is no appeal against request `{request}`: {why}")]
    NoAppeal {
        /// The request.
        request: RequestId,
        /// Why, and what to do instead.
        why: &'static str,
    },
    /// The principal holds no role that counts here.
    #[error("`{by}` holds no role that may do this on request `{request}`: ask {needed} or a higher role")]
    NotEligible {
        /// The request.
        request: RequestId,
        /// Who tried.
        by: PrincipalId,
        /// The lowest role that may.
        needed: Role,
    },
    /// Somebody tried what their roles do not let them.
    #[error("`{by}` {why}")]
    NotAllowed {
        /// Who tried.
        by: PrincipalId,
        /// What is missing.
        why: String,
    },
    /// Somebody else than the proposer tried to withdraw a request.
    #[error(
        "`{by}` did not propose request `{request}` and so cannot withdraw it: cancel it, or ask the proposer"
    )]
    NotProposer {
        /// The request.
        request: RequestId,
        /// Who tried.
        by: PrincipalId,
    },
    /// The person has voted already.
    #[error("`{by}` has voted on request `{request}` already: one person has one vote")]
    AlreadyVoted {
        /// The request.
        request: RequestId,
        /// The voter.
        by: PrincipalId,
    },
    /// The vote was for another action than the one stored.
    #[error(
        "the vote on request `{request}` is for action `{voted}`, but the request holds action `{stored}`: \
         nothing was counted; look at the request again and vote on what it shows now"
    )]
    DigestMismatch {
        /// The request.
        request: RequestId,
        /// The digest the vote carries.
        voted: Digest,
        /// The digest of the stored action.
        stored: Digest,
    },
    /// A person has to decide first.
    #[error("request `{request}` waits for {role} until `{deadline}`: ask them, or wait")]
    ApprovalRequired {
        /// The request.
        request: RequestId,
        /// Who decides.
        role: Role,
        /// Until when.
        deadline: DateTime<Utc>,
        /// The digest of the action that is asked for.
        digest: Digest,
    },
    /// The request ended without approval.
    #[error("request `{request}` is {state}: {why}")]
    Refused {
        /// The request.
        request: RequestId,
        /// How it ended.
        state: StateKind,
        /// Why, most important first.
        why: String,
    },
    /// The authorization was issued before.
    #[error("request `{0}` was redeemed already: look up its execution")]
    AlreadyRedeemed(RequestId),
    /// The approval does not satisfy the policy that is in force now.
    #[error("request `{0}` was approved under a policy that no longer holds: submit the proposal again")]
    PolicyChanged(RequestId),
    /// It was approved too long ago.
    #[error(
        "the approval of request `{request}` was good until `{at}`: submit the proposal again, or a new one where it was \
         redeemed already"
    )]
    ApprovalExpired {
        /// The request.
        request: RequestId,
        /// Until when it was good.
        at: DateTime<Utc>,
    },
    /// An execution of this request is on record.
    #[error("request `{0}` has an execution on record: look at its result")]
    ExecutionExists(RequestId),
    /// No delivery has that key.
    #[error("there is no notification `{0}` that waits or was given up: list them")]
    NoDelivery(String),
    /// A channel without a name, or two with one.
    #[error("`{0}` names no channel of its own: give each notifier another name")]
    Channel(String),
    /// The log lost records that were read from it.
    #[error(
        "the audit log has `{found}` records, and `{read}` were read from it: verify it, it was cut off or replaced"
    )]
    LogCutOff {
        /// How many were read.
        read: u64,
        /// How many it has.
        found: u64,
    },
    /// The store cannot be reached now.
    #[error("the approval store cannot be reached: {0}")]
    Unavailable(String),
    /// Stored data is damaged.
    #[error("the stored request `{request}` is damaged: {what}")]
    Corrupt {
        /// The request.
        request: String,
        /// What is wrong with it.
        what: String,
    },
    /// A broken promise inside JUNO.
    #[error("internal error in governance: {0}")]
    Internal(String),
}

impl GovernanceError {
    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Domain(error) => error.kind(),
            Self::Digest(error) => error.kind(),
            Self::Ladder(_)
            | Self::Policy(_)
            | Self::Compliance(_)
            | Self::Roles(_)
            | Self::NoApprover { .. }
            | Self::Channel(_) => ErrorKind::InvalidInput,
            Self::NotFound(_) | Self::NoDelivery(_) => ErrorKind::NotFound,
            Self::Exists(_)
            | Self::Changed { .. }
            | Self::OtherProposal(_)
            | Self::WrongState { .. }
            | Self::DeadlinePassed { .. }
            | Self::NotDue(_)
            | Self::AlreadyVoted { .. }
            | Self::DigestMismatch { .. }
            | Self::AlreadyRedeemed(_)
            | Self::PolicyChanged(_)
            | Self::ApprovalExpired { .. }
            | Self::ExecutionExists(_) => ErrorKind::Conflict,
            Self::ProposerVotes { .. }
            | Self::DecidedBefore { .. }
            | Self::NoAppeal { .. }
            | Self::NotEligible { .. }
            | Self::NotAllowed { .. }
            | Self::NotProposer { .. }
            | Self::Refused { .. } => ErrorKind::Denied,
            Self::ApprovalRequired { .. } => ErrorKind::ApprovalRequired,
            Self::Unavailable(_) => ErrorKind::Unavailable,
            Self::Corrupt { .. } | Self::LogCutOff { .. } => ErrorKind::Corrupt,
            Self::Internal(_) => ErrorKind::Internal,
        }
    }
}

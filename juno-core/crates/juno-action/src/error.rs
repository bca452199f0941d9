use chrono::{DateTime, Utc};
use juno_crypto::CryptoError;
use juno_domain::{Digest, DomainError, ErrorKind, RequestId};
use juno_governance::GovernanceError;

use crate::ExecutionState;

/// Why an action could not be carried out or recorded.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ActionError {
    /// A value breaks a rule of the vocabulary.
    #[error(transparent)]
    Domain(#[from] DomainError),
    /// A record has no canonical form.
    #[error("the execution has no digest: {0}")]
    Digest(#[from] CryptoError),
    /// This executor does not know that action.
    #[error("executor `{executor}` cannot do `{action}`: use one that can")]
    Unsupported {
        /// The executor.
        executor: String,
        /// The action's name.
        action: String,
    },
    /// The executor is certain that nothing was changed.
    #[error("nothing was changed: {0}")]
    NotDone(String),
    /// The executor cannot tell whether anything was changed.
    #[error("nobody knows whether it took effect: {0}")]
    Uncertain(String),
    /// No execution of that request is on record.
    #[error("there is no execution of request `{0}`")]
    NotFound(RequestId),
    /// The request has an execution already; it never gets a second one.
    #[error("request `{0}` has an execution already: look at its result")]
    Exists(RequestId),
    /// What was given as the way back is none.
    #[error("`{undo}` does not undo `{action}`: {why}")]
    BadUndo {
        /// The action.
        action: String,
        /// What was to undo it.
        undo: String,
        /// Why it does not.
        why: String,
    },
    /// Another execution on the same target was faster.
    #[error(
        "request `{request}` came too late: `{target}` was changed since, or is being changed: look at it and ask anew"
    )]
    Overtaken {
        /// The request.
        request: RequestId,
        /// The target.
        target: String,
    },
    /// Somebody changed the execution first.
    #[error("the execution of request `{request}` is at version `{found}`, not `{expected}`: read it again")]
    Changed {
        /// The request.
        request: RequestId,
        /// The version the caller had read.
        expected: u64,
        /// The version in the store.
        found: u64,
    },
    /// The execution takes no such event in its state.
    #[error("the execution of request `{request}` is {state}, so it cannot {what}: read it again")]
    WrongState {
        /// The request.
        request: RequestId,
        /// Its state.
        state: ExecutionState,
        /// What was asked of it.
        what: &'static str,
    },
    /// Somebody took over; what the former holder says no longer counts.
    #[error(
        "the execution of request `{request}` was taken over: token `{token}` is out of date, `{current}` counts: \
         look at its result"
    )]
    Stale {
        /// The request.
        request: RequestId,
        /// The token the caller has.
        token: u64,
        /// The token given out last.
        current: u64,
    },
    /// Somebody is still at it.
    #[error("`{holder}` is carrying out request `{request}` until `{until}`: wait")]
    Leased {
        /// The request.
        request: RequestId,
        /// Who.
        holder: String,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// A post-condition is not true yet, and there is time.
    #[error("nothing is due on the execution of request `{0}`: look again later")]
    NotDue(RequestId),
    /// The action to run is not the one that was approved.
    #[error("request `{request}` approved action `{approved}`, not `{found}`: submit what is to run")]
    DigestMismatch {
        /// The request.
        request: RequestId,
        /// The digest that was approved.
        approved: Digest,
        /// The digest of what was to run.
        found: Digest,
    },
    /// The authorization is too old.
    #[error("the authorization of request `{request}` ran out at `{at}`: have it issued again")]
    AuthorizationExpired {
        /// The request.
        request: RequestId,
        /// When it ran out.
        at: DateTime<Utc>,
    },
    /// What was authorized may not run any more.
    #[error("it may not run any more: {0}")]
    NoLongerPermitted(#[source] GovernanceError),
    /// An action that cannot be undone was to run without a person's approval, as an early step of a plan, or was to be
    /// undone.
    #[error("`{0}` has no inverse: a person has to approve it, and it cannot be rolled back")]
    NoInverse(String),
    /// As much as may be was begun already.
    #[error(
        "request `{request}` would make it {would_be} {what}, and the limit is {limit}: wait, or raise it"
    )]
    LimitReached {
        /// The request.
        request: RequestId,
        /// What is limited.
        what: &'static str,
        /// The limit.
        limit: u32,
        /// What it would become.
        would_be: u64,
    },
    /// Steps that make no plan.
    #[error("the plan is not usable: {0}")]
    Plan(String),
    /// The store cannot be reached now.
    #[error("the execution store cannot be reached: {0}")]
    Unavailable(String),
    /// Stored data is damaged.
    #[error("the stored execution of request `{request}` is damaged: {what}")]
    Corrupt {
        /// The request.
        request: String,
        /// What is wrong with it.
        what: String,
    },
    /// A broken promise inside JUNO.
    #[error("internal error in action: {0}")]
    Internal(String),
}

impl ActionError {
    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Domain(error) => error.kind(),
            Self::Digest(error) => error.kind(),
            Self::NoLongerPermitted(error) => error.kind(),
            Self::NotDone(_) | Self::Plan(_) | Self::BadUndo { .. } => ErrorKind::InvalidInput,
            Self::Unsupported { .. } => ErrorKind::Unsupported,
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::Exists(_)
            | Self::Changed { .. }
            | Self::Overtaken { .. }
            | Self::WrongState { .. }
            | Self::Stale { .. }
            | Self::NotDue(_)
            | Self::AuthorizationExpired { .. } => ErrorKind::Conflict,
            Self::DigestMismatch { .. } | Self::NoInverse(_) | Self::LimitReached { .. } => ErrorKind::Denied,
            Self::Uncertain(_) | Self::Unavailable(_) | Self::Leased { .. } => ErrorKind::Unavailable,
            Self::Corrupt { .. } => ErrorKind::Corrupt,
            Self::Internal(_) => ErrorKind::Internal,
        }
    }

    /// Whether an executor that returns this has surely changed nothing. Every other error leaves that open.
    #[must_use]
    pub const fn is_surely_without_effect(&self) -> bool {
        matches!(self, Self::NotDone(_) | Self::Unsupported { .. })
    }
}

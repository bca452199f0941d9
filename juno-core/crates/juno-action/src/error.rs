use juno_crypto::CryptoError;
use juno_domain::{DomainError, ErrorKind, RequestId};

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
    /// Somebody settled the execution first.
    #[error("the execution of request `{request}` is {found}, not {expected}: read it again")]
    Changed {
        /// The request.
        request: RequestId,
        /// The state the caller had read.
        expected: ExecutionState,
        /// The state in the store.
        found: ExecutionState,
    },
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
            Self::NotDone(_) => ErrorKind::InvalidInput,
            Self::Unsupported { .. } => ErrorKind::Unsupported,
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::Exists(_) | Self::Changed { .. } => ErrorKind::Conflict,
            Self::Uncertain(_) | Self::Unavailable(_) => ErrorKind::Unavailable,
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

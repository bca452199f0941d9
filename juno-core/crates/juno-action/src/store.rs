use async_trait::async_trait;
use juno_domain::{DomainEvent, RequestId};

use crate::{ActionError, Execution, ExecutionState};

/// Keeps executions, and the events they cause, so that neither exists without the other.
///
/// Each method is atomic and may be called from many threads and processes at once; the row and its events commit
/// together, and an event whose id is stored already is passed over. What a method returned survives a restart:
/// [`begin`](Self::begin) is durable before the effect it announces. A store that cannot answer says
/// [`Unavailable`](ActionError::Unavailable); of a row that does not read, [`get`](Self::get) and `settle` say
/// [`Corrupt`](ActionError::Corrupt), and `begin` says [`Exists`](ActionError::Exists). Neither is ever "nothing found".
/// [`unsettled`](Self::unsettled) passes over such a row, so that it hides no other.
#[async_trait]
pub trait ExecutionStore: Send + Sync {
    /// Stores the intent to act. Of many callers for one request exactly one succeeds, ever.
    ///
    /// # Errors
    /// [`Exists`](ActionError::Exists) if the request has an execution, in whatever state; nothing is written then.
    async fn begin(&self, execution: &Execution, events: &[DomainEvent]) -> Result<(), ActionError>;

    /// The execution of that request, if there is one.
    ///
    /// # Errors
    /// If the store cannot answer.
    async fn get(&self, request: &RequestId) -> Result<Option<Execution>, ActionError>;

    /// Replaces the execution of the same request, if its stored state is `expected`.
    ///
    /// # Errors
    /// [`NotFound`](ActionError::NotFound) if there is none, [`Changed`](ActionError::Changed) if it is in another
    /// state; nothing is written then.
    async fn settle(
        &self,
        expected: ExecutionState,
        execution: &Execution,
        events: &[DomainEvent],
    ) -> Result<(), ActionError>;

    /// The executions whose result is [open](ExecutionState::is_open), `Started` and `Unknown`, oldest first (by
    /// start, then request).
    ///
    /// # Errors
    /// If the store cannot answer.
    async fn unsettled(&self) -> Result<Vec<Execution>, ActionError>;
}

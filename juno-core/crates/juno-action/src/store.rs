use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{DomainEvent, RequestId, TeamId};

use crate::{ActionError, Execution, Limits, Load};

/// Keeps executions, and the events they cause, so that neither exists without the other.
///
/// Each method is atomic and may be called from many threads and processes at once; the row and its events commit
/// together, and an event whose id is stored already is passed over. What a method returned survives a restart, and
/// what [announces an effect](crate::ExecutionState::announces_effect) is durable before that. A store that cannot
/// answer says [`Unavailable`](ActionError::Unavailable); of a row that does not read, [`get`](Self::get) and
/// `transition` say [`Corrupt`](ActionError::Corrupt), and `create` says [`Exists`](ActionError::Exists). Neither is
/// ever "nothing found". The lists pass over such a row, so that it hides no other.
#[async_trait]
pub trait ExecutionStore: Send + Sync {
    /// Stores an execution of a request that has none. Of many callers for one request exactly one succeeds, ever;
    /// of many callers at a [limit](Limits::admit) as many as fit. What counts is `execution.started_at`.
    ///
    /// # Errors
    /// [`Exists`](ActionError::Exists) if the request has an execution, in whatever state,
    /// [`LimitReached`](ActionError::LimitReached) or [`Overtaken`](ActionError::Overtaken) if it does not fit; nothing is
    /// written then.
    async fn create(
        &self,
        execution: &Execution,
        limits: &Limits,
        events: &[DomainEvent],
    ) -> Result<(), ActionError>;

    /// The execution of that request, if there is one.
    ///
    /// # Errors
    /// If the store cannot answer.
    async fn get(&self, request: &RequestId) -> Result<Option<Execution>, ActionError>;

    /// What is there on a team and a target at a time, but for the execution of `except`: what [`create`](Self::create)
    /// counts.
    ///
    /// # Errors
    /// If the store cannot answer.
    async fn load(
        &self,
        team: &TeamId,
        target: &str,
        at: DateTime<Utc>,
        except: &RequestId,
    ) -> Result<Load, ActionError>;

    /// Replaces the execution of the same request by `next`, if the stored version is `expected_version`.
    ///
    /// # Errors
    /// [`NotFound`](ActionError::NotFound) if there is none, [`Changed`](ActionError::Changed) if it has another
    /// version; nothing is written then. [`Internal`](ActionError::Internal) if `next` is not the version after.
    async fn transition(
        &self,
        expected_version: u64,
        next: &Execution,
        events: &[DomainEvent],
    ) -> Result<(), ActionError>;

    /// At most `limit` executions that are [due](Execution::due_at) at or before `now`, the longest due first, then by
    /// request. Costs no more when many are under way and none is due.
    ///
    /// # Errors
    /// If the store cannot answer.
    async fn list_due(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<Execution>, ActionError>;

    /// The executions whose state is [open](crate::ExecutionState::is_open), oldest first (by start, then request).
    ///
    /// # Errors
    /// If the store cannot answer.
    async fn unsettled(&self) -> Result<Vec<Execution>, ActionError>;
}

/// Checks what every [`ExecutionStore::transition`] has to check about `next`.
///
/// # Errors
/// [`Internal`](ActionError::Internal) if `next` is not the version after `expected_version`.
pub fn check_successor(expected_version: u64, next: &Execution) -> Result<(), ActionError> {
    if expected_version.checked_add(1) == Some(next.version) {
        return Ok(());
    }
    Err(ActionError::Internal(format!(
        "the execution of request `{}` was to go from version `{expected_version}` to `{}`",
        next.request, next.version
    )))
}

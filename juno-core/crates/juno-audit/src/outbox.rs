use async_trait::async_trait;
use juno_domain::{DomainEvent, EventBuffer, EventId};

use crate::error::AuditError;

/// Events that a store committed with its state and that the audit log has not taken yet.
///
/// What an implementation keeps true: events come oldest first and stay until acknowledged, also over a restart if
/// the state does; acknowledging an event that is not there does nothing.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// The oldest waiting events, at most `limit`.
    ///
    /// # Errors
    /// If the store fails.
    async fn waiting(&self, limit: usize) -> Result<Vec<DomainEvent>, AuditError>;

    /// Removes events that have been taken.
    ///
    /// # Errors
    /// If the store fails; then they may come again, which does no harm.
    async fn acknowledge(&self, ids: &[EventId]) -> Result<(), AuditError>;
}

#[async_trait]
impl Outbox for EventBuffer {
    async fn waiting(&self, limit: usize) -> Result<Vec<DomainEvent>, AuditError> {
        Ok(Self::waiting(self, limit))
    }

    async fn acknowledge(&self, ids: &[EventId]) -> Result<(), AuditError> {
        Self::acknowledge(self, ids);
        Ok(())
    }
}

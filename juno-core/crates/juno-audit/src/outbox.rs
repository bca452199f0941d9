use async_trait::async_trait;
use juno_domain::{DomainEvent, EventBuffer, EventId};

use crate::error::AuditError;
use crate::leaf::Leaf;

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

/// The JSON of an event, for outboxes that keep text.
///
/// An outbox gives back exactly what it was given, so this is the canonical form, in which 1.0 is 1, only where the
/// event was given in that.
///
/// # Errors
/// If there is no canonical form: what the log would refuse must not let the state it belongs to be committed.
pub fn waiting_json(event: &DomainEvent) -> Result<String, AuditError> {
    let canonical = Leaf::of(event)?.content;
    let json = match event.payload.as_canonical() {
        Some(_) => String::from_utf8(canonical).map_err(|error| error.to_string()),
        None => serde_json::to_string(event).map_err(|error| error.to_string()),
    };
    json.map_err(AuditError::Internal)
}

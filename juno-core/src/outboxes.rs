use std::sync::Arc;

use async_trait::async_trait;
use juno_audit::{AuditError, Outbox};
use juno_domain::{DomainEvent, ErrorKind, EventId};

/// Several outboxes as one, where not all stores are of one database.
pub(crate) struct Outboxes(pub(crate) Vec<Arc<dyn Outbox>>);

#[async_trait]
impl Outbox for Outboxes {
    async fn waiting(&self, limit: usize) -> Result<Vec<DomainEvent>, AuditError> {
        let mut waiting = Vec::new();
        for outbox in &self.0 {
            let room = limit.saturating_sub(waiting.len());
            if room > 0 {
                waiting.extend(outbox.waiting(room).await?);
            }
        }
        Ok(waiting)
    }

    async fn acknowledge(&self, ids: &[EventId]) -> Result<(), AuditError> {
        for outbox in &self.0 {
            outbox.acknowledge(ids).await?;
        }
        Ok(())
    }
}

/// An outbox on a server that may be away: its events wait there meanwhile, and hold up no others.
pub(crate) struct Patient(pub(crate) Arc<dyn Outbox>);

#[async_trait]
impl Outbox for Patient {
    async fn waiting(&self, limit: usize) -> Result<Vec<DomainEvent>, AuditError> {
        match self.0.waiting(limit).await {
            Err(error) if error.kind() == ErrorKind::Unavailable => Ok(Vec::new()),
            waiting => waiting,
        }
    }

    /// What could not be acknowledged comes again, and the log knows it.
    async fn acknowledge(&self, ids: &[EventId]) -> Result<(), AuditError> {
        match self.0.acknowledge(ids).await {
            Err(error) if error.kind() == ErrorKind::Unavailable => Ok(()),
            acknowledged => acknowledged,
        }
    }
}

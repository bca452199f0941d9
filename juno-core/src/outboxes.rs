use std::sync::Arc;

use async_trait::async_trait;
use juno_audit::{AuditError, Outbox};
use juno_domain::{DomainEvent, EventId};

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

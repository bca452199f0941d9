use std::sync::Arc;

use juno_governance::{Delivered, Delivery, DeliveryFilter, GovernanceError};

use crate::AgentError;
use crate::core::Core;

/// Records of the log read at a time.
const PAGE: usize = 512;

/// Telling people. What is told comes from the audit log, and a notifier that fails keeps nothing else from happening.
#[derive(Clone)]
pub struct NotificationHandle(pub(crate) Arc<Core>);

impl NotificationHandle {
    /// Delivers what is due on every channel, at least once, and says what became of it. Hosts call it from time to time,
    /// beside [`tick`](crate::GateHandle::tick); it waits for the receivers, and reads the log from where it stopped.
    /// Without channels it does nothing.
    ///
    /// # Errors
    /// If a store cannot be reached. That a receiver cannot be reached is no error: it is tried again.
    pub async fn deliver(&self) -> Result<Delivered, AgentError> {
        // An event that the log refuses holds up no notification; it is an error in the end.
        let drained = self.0.drain().await;
        self.0.plan_notifications().await?;
        let gate = self.0.gate();
        let done = self.0.dispatcher.deliver_due(gate.roles(), self.0.parts.clock.as_ref()).await?;
        if done.given_up > 0 {
            self.0.drain().await?;
        }
        drained.map(|()| done)
    }

    /// What waits to be delivered or was given up, oldest first.
    ///
    /// # Errors
    /// If a store cannot be reached.
    pub async fn list(&self, filter: &DeliveryFilter) -> Result<Vec<Delivery>, AgentError> {
        Ok(self.0.dispatcher.list(filter).await?)
    }

    /// Puts one that was given up, or that waits, back to its first attempt, due now.
    ///
    /// # Errors
    /// `NotFound` if there is none with that key, or if a store cannot be reached.
    pub async fn retry(&self, key: &str) -> Result<Delivery, AgentError> {
        Ok(self.0.dispatcher.retry(key, self.0.parts.clock.now()).await?)
    }
}

impl Core {
    /// Makes notifications of what the log has and nobody was told of. The first time it begins at the end of the log:
    /// nobody is told of what happened before there was a channel.
    pub(crate) async fn plan_notifications(&self) -> Result<(), AgentError> {
        if !self.dispatcher.has_channels() {
            return Ok(());
        }
        let (log, store) = (self.parts.stores.audit.as_ref(), self.dispatcher.store());
        loop {
            let size = log.head().await?.size;
            let Some(read) = store.position().await? else {
                store.advance(None, size, &[]).await?;
                return Ok(());
            };
            if read == size {
                return Ok(());
            }
            let page = if read < size { log.stored(read, PAGE).await? } else { Vec::new() };
            let Some(last) = page.last() else {
                return Err(GovernanceError::LogCutOff { read, found: size }.into());
            };
            // Records that do not read are passed over; `verify` names them.
            let records = page.iter().filter_map(|stored| stored.to_record().ok());
            let events: Vec<_> = records.map(|record| record.event).collect();
            let (gate, now) = (self.gate(), self.parts.clock.now());
            self.dispatcher.plan(read, last.index.saturating_add(1), &events, gate.roles(), now).await?;
        }
    }
}

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{DomainEvent, RequestId};
use serde::{Deserialize, Serialize};

use crate::{Delivery, DeliveryState, GovernanceError};

/// Keeps deliveries, and how far the audit log has been read for them.
///
/// Each method is atomic and may be called from many threads and processes at once; what a method returned survives a
/// restart as far as the store does. Deliveries keep the order in which they were added.
///
/// A store that cannot answer says [`Unavailable`](GovernanceError::Unavailable). A row that does not read is an error of
/// [`get`](Self::get) only; the lists pass over it, so that it holds up no other.
#[async_trait]
pub trait NotificationStore: Send + Sync {
    /// The index of the record of the log to read next; `None` if none was ever read.
    ///
    /// # Errors
    /// If the store cannot answer.
    async fn position(&self) -> Result<Option<u64>, GovernanceError>;

    /// Moves the position from `from` to `to` and adds deliveries, both or neither. `false`, and nothing is written, if
    /// the position is not `from`: somebody else was faster. A delivery whose key is there is passed over.
    ///
    /// # Errors
    /// If the store cannot answer.
    async fn advance(
        &self,
        from: Option<u64>,
        to: u64,
        deliveries: &[Delivery],
    ) -> Result<bool, GovernanceError>;

    /// At most `limit` deliveries of a channel to attempt now, oldest first: of each lane only the first that waits, if
    /// its time has come.
    ///
    /// # Errors
    /// If the store cannot answer.
    async fn due(
        &self,
        channel: &str,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Delivery>, GovernanceError>;

    /// The delivery with that key, if there is one.
    ///
    /// # Errors
    /// If the store cannot answer; [`Corrupt`](GovernanceError::Corrupt) if it does not read.
    async fn get(&self, key: &str) -> Result<Option<Delivery>, GovernanceError>;

    /// The deliveries that match a filter, oldest first. The limit applies after the filter.
    ///
    /// # Errors
    /// If the store cannot answer.
    async fn list(&self, filter: &DeliveryFilter) -> Result<Vec<Delivery>, GovernanceError>;

    /// Replaces a delivery by `next`, or removes it, if its version is `expected_version`, and stores the events with
    /// that. `false`, and nothing is written, if it has another version or is gone. Of many callers with the same version
    /// exactly one succeeds.
    ///
    /// # Errors
    /// If the store cannot answer.
    async fn settle(
        &self,
        key: &str,
        expected_version: u64,
        next: Option<&Delivery>,
        events: &[DomainEvent],
    ) -> Result<bool, GovernanceError>;
}

/// Which deliveries to list; the default matches all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeliveryFilter {
    /// Only these: waiting or given up.
    pub state: Option<DeliveryState>,
    /// Only of this channel.
    pub channel: Option<String>,
    /// Only about this request.
    pub request: Option<RequestId>,
    /// At most so many; all by default.
    pub limit: Option<usize>,
}

impl DeliveryFilter {
    /// Whether a delivery passes.
    #[must_use]
    pub fn matches(&self, delivery: &Delivery) -> bool {
        self.state.is_none_or(|state| state == delivery.state)
            && self.channel.as_ref().is_none_or(|channel| *channel == delivery.channel)
            && self.request.as_ref().is_none_or(|request| *request == delivery.notification.request)
    }
}

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::DomainEvent;
use juno_governance::{Delivery, DeliveryFilter, GovernanceError, NotificationStore};

use super::Faults;

/// A store of notifications that fails on demand.
#[derive(Clone)]
pub struct FaultyNotificationStore {
    inner: Arc<dyn NotificationStore>,
    faults: Faults,
}

impl FaultyNotificationStore {
    /// `inner`, failing as `faults` says.
    #[must_use]
    pub fn new(inner: Arc<dyn NotificationStore>, faults: Faults) -> Self {
        Self { inner, faults }
    }
}

#[async_trait]
impl NotificationStore for FaultyNotificationStore {
    async fn position(&self) -> Result<Option<u64>, GovernanceError> {
        self.faults.around_read(self.inner.position(), GovernanceError::Unavailable).await
    }

    async fn advance(
        &self,
        from: Option<u64>,
        to: u64,
        deliveries: &[Delivery],
    ) -> Result<bool, GovernanceError> {
        self.faults.around(self.inner.advance(from, to, deliveries), GovernanceError::Unavailable).await
    }

    async fn due(
        &self,
        channel: &str,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Delivery>, GovernanceError> {
        self.faults.around_read(self.inner.due(channel, now, limit), GovernanceError::Unavailable).await
    }

    async fn get(&self, key: &str) -> Result<Option<Delivery>, GovernanceError> {
        self.faults.around_read(self.inner.get(key), GovernanceError::Unavailable).await
    }

    async fn list(&self, filter: &DeliveryFilter) -> Result<Vec<Delivery>, GovernanceError> {
        self.faults.around_read(self.inner.list(filter), GovernanceError::Unavailable).await
    }

    async fn settle(
        &self,
        key: &str,
        expected_version: u64,
        next: Option<&Delivery>,
        events: &[DomainEvent],
    ) -> Result<bool, GovernanceError> {
        let call = self.inner.settle(key, expected_version, next, events);
        self.faults.around(call, GovernanceError::Unavailable).await
    }
}

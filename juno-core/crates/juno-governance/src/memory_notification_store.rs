use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{DomainEvent, EventBuffer};

use crate::{Delivery, DeliveryFilter, DeliveryState, GovernanceError, NotificationStore};

/// Deliveries in memory, for tests and for hosts that keep nothing between runs.
#[derive(Debug)]
pub struct InMemoryNotificationStore {
    rows: Mutex<Rows>,
    outbox: Arc<EventBuffer>,
}

#[derive(Debug, Default)]
struct Rows {
    position: Option<u64>,
    added: u64,
    /// By the order in which they were added.
    deliveries: BTreeMap<u64, Delivery>,
    places: HashMap<String, u64>,
}

impl InMemoryNotificationStore {
    /// An empty store whose events go to `outbox`.
    #[must_use]
    pub fn new(outbox: Arc<EventBuffer>) -> Self {
        Self { rows: Mutex::default(), outbox }
    }

    /// Every write under this lock either happens whole or not at all, so a panic elsewhere leaves sound rows.
    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl NotificationStore for InMemoryNotificationStore {
    async fn position(&self) -> Result<Option<u64>, GovernanceError> {
        Ok(self.rows().position)
    }

    async fn advance(
        &self,
        from: Option<u64>,
        to: u64,
        deliveries: &[Delivery],
    ) -> Result<bool, GovernanceError> {
        let mut rows = self.rows();
        if rows.position != from {
            return Ok(false);
        }
        rows.position = Some(to);
        for delivery in deliveries {
            if !rows.places.contains_key(delivery.key()) {
                let place = rows.added;
                rows.added = place.saturating_add(1);
                rows.places.insert(delivery.key().to_owned(), place);
                rows.deliveries.insert(place, delivery.clone());
            }
        }
        Ok(true)
    }

    async fn due(
        &self,
        channel: &str,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Delivery>, GovernanceError> {
        let rows = self.rows();
        let mut lanes = HashSet::new();
        let waiting = rows
            .deliveries
            .values()
            .filter(|delivery| delivery.state == DeliveryState::Waiting && delivery.channel == channel);
        let first = waiting.filter(|delivery| lanes.insert(delivery.lane.as_str()));
        Ok(first.filter(|delivery| delivery.not_before <= now).take(limit).cloned().collect())
    }

    async fn get(&self, key: &str) -> Result<Option<Delivery>, GovernanceError> {
        let rows = self.rows();
        Ok(rows.places.get(key).and_then(|place| rows.deliveries.get(place)).cloned())
    }

    async fn list(&self, filter: &DeliveryFilter) -> Result<Vec<Delivery>, GovernanceError> {
        let rows = self.rows();
        let found = rows.deliveries.values().filter(|delivery| filter.matches(delivery));
        Ok(found.take(filter.limit.unwrap_or(usize::MAX)).cloned().collect())
    }

    async fn settle(
        &self,
        key: &str,
        expected_version: u64,
        next: Option<&Delivery>,
        events: &[DomainEvent],
    ) -> Result<bool, GovernanceError> {
        let mut rows = self.rows();
        let Some(place) = rows.places.get(key).copied() else { return Ok(false) };
        if rows.deliveries.get(&place).is_none_or(|stored| stored.version != expected_version) {
            return Ok(false);
        }
        match next {
            Some(next) => drop(rows.deliveries.insert(place, next.clone())),
            None => {
                rows.deliveries.remove(&place);
                rows.places.remove(key);
            }
        }
        self.outbox.push_all(events);
        Ok(true)
    }
}

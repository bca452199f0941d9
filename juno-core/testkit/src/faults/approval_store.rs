use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{DomainEvent, EventId, RequestId};
use juno_governance::{ApprovalRequest, ApprovalStore, GovernanceError, RequestFilter, Stop};

use super::Faults;

/// A store of requests that fails on demand.
#[derive(Clone)]
pub struct FaultyApprovalStore {
    inner: Arc<dyn ApprovalStore>,
    faults: Faults,
}

impl FaultyApprovalStore {
    /// `inner`, failing as `faults` says.
    #[must_use]
    pub fn new(inner: Arc<dyn ApprovalStore>, faults: Faults) -> Self {
        Self { inner, faults }
    }
}

#[async_trait]
impl ApprovalStore for FaultyApprovalStore {
    async fn create(&self, request: &ApprovalRequest, events: &[DomainEvent]) -> Result<(), GovernanceError> {
        self.faults.around(self.inner.create(request, events), GovernanceError::Unavailable).await
    }

    async fn get(&self, id: &RequestId) -> Result<Option<ApprovalRequest>, GovernanceError> {
        self.faults.around_read(self.inner.get(id), GovernanceError::Unavailable).await
    }

    async fn list(&self, filter: &RequestFilter) -> Result<Vec<ApprovalRequest>, GovernanceError> {
        self.faults.around_read(self.inner.list(filter), GovernanceError::Unavailable).await
    }

    async fn list_due(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<ApprovalRequest>, GovernanceError> {
        self.faults.around_read(self.inner.list_due(now, limit), GovernanceError::Unavailable).await
    }

    async fn transition(
        &self,
        expected_version: u64,
        next: &ApprovalRequest,
        events: &[DomainEvent],
    ) -> Result<(), GovernanceError> {
        let call = self.inner.transition(expected_version, next, events);
        self.faults.around(call, GovernanceError::Unavailable).await
    }

    async fn stop(&self, stop: &Stop, events: &[DomainEvent]) -> Result<(), GovernanceError> {
        self.faults.around(self.inner.stop(stop, events), GovernanceError::Unavailable).await
    }

    async fn stops(&self) -> Result<Vec<Stop>, GovernanceError> {
        self.faults.around_read(self.inner.stops(), GovernanceError::Unavailable).await
    }

    async fn end_stops(&self, ended: &[EventId], events: &[DomainEvent]) -> Result<(), GovernanceError> {
        self.faults.around(self.inner.end_stops(ended, events), GovernanceError::Unavailable).await
    }
}

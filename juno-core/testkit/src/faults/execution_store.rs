use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_action::{ActionError, Execution, ExecutionStore, Limits, Load};
use juno_domain::{DomainEvent, RequestId, TeamId};

use super::Faults;

/// A store of executions that fails on demand.
#[derive(Clone)]
pub struct FaultyExecutionStore {
    inner: Arc<dyn ExecutionStore>,
    faults: Faults,
}

impl FaultyExecutionStore {
    /// `inner`, failing as `faults` says.
    #[must_use]
    pub fn new(inner: Arc<dyn ExecutionStore>, faults: Faults) -> Self {
        Self { inner, faults }
    }
}

#[async_trait]
impl ExecutionStore for FaultyExecutionStore {
    async fn create(
        &self,
        execution: &Execution,
        limits: &Limits,
        events: &[DomainEvent],
    ) -> Result<(), ActionError> {
        self.faults.around(self.inner.create(execution, limits, events), ActionError::Unavailable).await
    }

    async fn get(&self, request: &RequestId) -> Result<Option<Execution>, ActionError> {
        self.faults.around_read(self.inner.get(request), ActionError::Unavailable).await
    }

    async fn load(
        &self,
        team: &TeamId,
        target: &str,
        at: DateTime<Utc>,
        except: &RequestId,
    ) -> Result<Load, ActionError> {
        self.faults.around_read(self.inner.load(team, target, at, except), ActionError::Unavailable).await
    }

    async fn transition(
        &self,
        expected_version: u64,
        next: &Execution,
        events: &[DomainEvent],
    ) -> Result<(), ActionError> {
        let call = self.inner.transition(expected_version, next, events);
        self.faults.around(call, ActionError::Unavailable).await
    }

    async fn list_due(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<Execution>, ActionError> {
        self.faults.around_read(self.inner.list_due(now, limit), ActionError::Unavailable).await
    }

    async fn unsettled(&self) -> Result<Vec<Execution>, ActionError> {
        self.faults.around_read(self.inner.unsettled(), ActionError::Unavailable).await
    }
}

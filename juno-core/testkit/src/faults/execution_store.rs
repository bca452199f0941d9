use std::sync::Arc;

use async_trait::async_trait;
use juno_action::{ActionError, Execution, ExecutionState, ExecutionStore};
use juno_domain::{DomainEvent, RequestId};

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
    async fn begin(&self, execution: &Execution, events: &[DomainEvent]) -> Result<(), ActionError> {
        self.faults.around(self.inner.begin(execution, events), ActionError::Unavailable).await
    }

    async fn get(&self, request: &RequestId) -> Result<Option<Execution>, ActionError> {
        self.faults.around(self.inner.get(request), ActionError::Unavailable).await
    }

    async fn settle(
        &self,
        expected: ExecutionState,
        execution: &Execution,
        events: &[DomainEvent],
    ) -> Result<(), ActionError> {
        let call = self.inner.settle(expected, execution, events);
        self.faults.around(call, ActionError::Unavailable).await
    }

    async fn unsettled(&self) -> Result<Vec<Execution>, ActionError> {
        self.faults.around(self.inner.unsettled(), ActionError::Unavailable).await
    }
}

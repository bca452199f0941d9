use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use juno_domain::{DomainEvent, EventBuffer, RequestId};

use crate::{ActionError, Execution, ExecutionState, ExecutionStore};

/// Executions in memory, for tests and for hosts that keep nothing between runs.
#[derive(Debug)]
pub struct InMemoryExecutionStore {
    rows: Mutex<BTreeMap<RequestId, Execution>>,
    outbox: Arc<EventBuffer>,
}

impl InMemoryExecutionStore {
    /// An empty store whose events go to `outbox`.
    #[must_use]
    pub fn new(outbox: Arc<EventBuffer>) -> Self {
        Self { rows: Mutex::default(), outbox }
    }

    /// Every write under this lock either happens whole or not at all, so a panic elsewhere leaves sound rows.
    fn rows(&self) -> MutexGuard<'_, BTreeMap<RequestId, Execution>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ExecutionStore for InMemoryExecutionStore {
    async fn begin(&self, execution: &Execution, events: &[DomainEvent]) -> Result<(), ActionError> {
        let mut rows = self.rows();
        if rows.contains_key(&execution.request) {
            return Err(ActionError::Exists(execution.request.clone()));
        }
        rows.insert(execution.request.clone(), execution.clone());
        self.outbox.push_all(events);
        Ok(())
    }

    async fn get(&self, request: &RequestId) -> Result<Option<Execution>, ActionError> {
        Ok(self.rows().get(request).cloned())
    }

    async fn settle(
        &self,
        expected: ExecutionState,
        execution: &Execution,
        events: &[DomainEvent],
    ) -> Result<(), ActionError> {
        let mut rows = self.rows();
        let Some(stored) = rows.get_mut(&execution.request) else {
            return Err(ActionError::NotFound(execution.request.clone()));
        };
        if stored.state != expected {
            let request = execution.request.clone();
            return Err(ActionError::Changed { request, expected, found: stored.state });
        }
        *stored = execution.clone();
        self.outbox.push_all(events);
        Ok(())
    }

    async fn unsettled(&self) -> Result<Vec<Execution>, ActionError> {
        let rows = self.rows();
        let mut open: Vec<Execution> = rows.values().filter(|e| e.state.is_open()).cloned().collect();
        open.sort_by(|a, b| (a.started_at, &a.request).cmp(&(b.started_at, &b.request)));
        Ok(open)
    }
}

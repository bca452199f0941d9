use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use juno_action::{ActionError, ActionExecutor, Effect, Finding, Preview, Probe};
use juno_domain::Action;

use super::Faults;

/// An executor that fails on demand where it acts: nobody can tell then whether it did.
#[derive(Clone)]
pub struct FaultyExecutor {
    inner: Arc<dyn ActionExecutor>,
    faults: Faults,
}

impl FaultyExecutor {
    /// `inner`, failing as `faults` says.
    #[must_use]
    pub fn new(inner: Arc<dyn ActionExecutor>, faults: Faults) -> Self {
        Self { inner, faults }
    }
}

#[async_trait]
impl ActionExecutor for FaultyExecutor {
    fn name(&self) -> &str {
        self.inner.name()
    }

    async fn preview(&self, action: &Action) -> Result<Preview, ActionError> {
        self.inner.preview(action).await
    }

    async fn execute(&self, action: &Action, key: &str) -> Result<Effect, ActionError> {
        self.faults.around(self.inner.execute(action, key), ActionError::Uncertain).await
    }

    async fn execute_fenced(&self, action: &Action, key: &str, fence: u64) -> Result<Effect, ActionError> {
        self.faults.around(self.inner.execute_fenced(action, key, fence), ActionError::Uncertain).await
    }

    async fn inverse(&self, action: &Action) -> Result<Option<Action>, ActionError> {
        self.inner.inverse(action).await
    }

    fn can_probe(&self) -> bool {
        self.inner.can_probe()
    }

    fn check_within(&self, action: &Action) -> Option<TimeDelta> {
        self.inner.check_within(action)
    }

    async fn holds(&self, action: &Action) -> Result<Finding, ActionError> {
        self.inner.holds(action).await
    }

    async fn probe(&self, action: &Action, key: &str, fence: u64) -> Result<Probe, ActionError> {
        self.inner.probe(action, key, fence).await
    }
}

use std::sync::Arc;

use async_trait::async_trait;
use juno_action::{ActionError, ActionExecutor, Effect, Preview, Probe};
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

    async fn probe(&self, action: &Action, key: &str, fence: u64) -> Result<Probe, ActionError> {
        self.inner.probe(action, key, fence).await
    }
}

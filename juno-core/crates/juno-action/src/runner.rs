use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{Action, Clock, ErrorKind, EventKind, Outcome, RequestId};
use juno_governance::{Authorization, ExecutionWitness, GovernanceError};

use crate::record::{event, idempotency_key};
use crate::{ActionError, ActionExecutor, Effect, Execution, ExecutionState, ExecutionStore, Preview};

/// Carries out what was authorized, at most once: stores the intent, then acts, then stores the result.
#[derive(Clone)]
pub struct Runner {
    executor: Arc<dyn ActionExecutor>,
    store: Arc<dyn ExecutionStore>,
}

impl Runner {
    /// A runner that acts through `executor` and records in `store`.
    #[must_use]
    pub fn new(executor: Arc<dyn ActionExecutor>, store: Arc<dyn ExecutionStore>) -> Self {
        Self { executor, store }
    }

    /// The store behind this runner.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn ExecutionStore> {
        &self.store
    }

    /// What an action would change; changes nothing and needs no authorization.
    ///
    /// # Errors
    /// If the executor does not know the action, or cannot read what it would change.
    pub async fn preview(&self, action: &Action) -> Result<Preview, ActionError> {
        self.executor.preview(action).await
    }

    /// Carries out the authorized action and uses the authorization up. An action that failed, or whose result
    /// nobody knows, is an outcome and not an error: see [`Outcome::result`].
    ///
    /// # Errors
    /// [`Exists`](ActionError::Exists) if the request has an execution already; nothing is done then. A store error
    /// before the effect means nothing was done; one after it leaves the execution `Started`, and
    /// [`recover`](Self::recover) turns it into `Unknown`.
    pub async fn run(&self, authorization: Authorization, clock: &dyn Clock) -> Result<Outcome, ActionError> {
        let mut execution = Execution {
            request: authorization.request().clone(),
            proposal: authorization.proposal().clone(),
            team: authorization.team().clone(),
            action: authorization.action().clone(),
            digest: authorization.digest(),
            idempotency_key: String::new(),
            executor: self.executor.name().to_owned(),
            state: ExecutionState::Started,
            started_at: clock.now(),
            ended_at: None,
            detail: String::new(),
        };
        execution.idempotency_key = idempotency_key(&execution)?;
        let started = event(&execution, EventKind::ExecutionStarted, execution.started_at)?;
        self.store.begin(&execution, &[started]).await?;
        let result = self.executor.execute(&execution.action, &execution.idempotency_key).await;
        let (state, detail) = judge(result);
        self.settle(execution, state, detail, clock.now()).await
    }

    /// Marks executions as `Unknown` that started before `started_before` and were never settled, and returns what
    /// was marked. Nothing is ever run again: somebody has to look. Call it after a restart; where several processes
    /// share the store, choose `started_before` so far back that no execution can still be running.
    ///
    /// # Errors
    /// If the store cannot answer.
    pub async fn recover(
        &self,
        started_before: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Outcome>, ActionError> {
        let mut marked = Vec::new();
        for execution in self.store.unsettled().await? {
            if execution.state != ExecutionState::Started || execution.started_at >= started_before {
                continue;
            }
            let (what, target) = (execution.action.name(), execution.action.target());
            let detail = format!(
                "{what} on {target}: the process ended between intent and result: look whether it took effect"
            );
            let next = Execution { state: ExecutionState::Unknown, ended_at: Some(now), detail, ..execution };
            let finished = event(&next, EventKind::ExecutionFinished, now)?;
            match self.store.settle(ExecutionState::Started, &next, &[finished]).await {
                Ok(()) => marked.extend(next.outcome()),
                // It was settled in between, by whoever ran it or by another recovery.
                Err(ActionError::Changed { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(marked)
    }

    /// Stores the result. If a recovery gave the execution up in between, what is known now still replaces `Unknown`.
    async fn settle(
        &self,
        started: Execution,
        state: ExecutionState,
        detail: String,
        at: DateTime<Utc>,
    ) -> Result<Outcome, ActionError> {
        let next = Execution { state, ended_at: Some(at), detail, ..started };
        let finished = event(&next, EventKind::ExecutionFinished, at)?;
        let events = [finished];
        match self.store.settle(ExecutionState::Started, &next, &events).await {
            Err(ActionError::Changed { found: ExecutionState::Unknown, .. }) if !state.is_open() => {
                self.store.settle(ExecutionState::Unknown, &next, &events).await?;
            }
            Err(ActionError::Changed { found: ExecutionState::Unknown, .. }) => {}
            other => other?,
        }
        next.outcome().ok_or_else(|| ActionError::Internal("an ended execution has no outcome".into()))
    }
}

#[async_trait]
impl ExecutionWitness for Runner {
    async fn has_execution(&self, request: &RequestId) -> Result<bool, GovernanceError> {
        match self.store.get(request).await {
            Ok(found) => Ok(found.is_some()),
            // A row that cannot be read is a row all the same: something was begun.
            Err(error) if error.kind() == ErrorKind::Corrupt => Ok(true),
            Err(error) => Err(GovernanceError::Unavailable(error.to_string())),
        }
    }
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner").field("executor", &self.executor.name()).finish_non_exhaustive()
    }
}

/// Only an executor that is certain may say "failed"; every other error leaves the result unknown.
fn judge(result: Result<Effect, ActionError>) -> (ExecutionState, String) {
    match result {
        Ok(Effect { dry_run: true, detail }) => (ExecutionState::DryRun, detail),
        Ok(Effect { dry_run: false, detail }) => (ExecutionState::Succeeded, detail),
        Err(error) if error.is_surely_without_effect() => (ExecutionState::Failed, error.to_string()),
        Err(error) => (ExecutionState::Unknown, error.to_string()),
    }
}

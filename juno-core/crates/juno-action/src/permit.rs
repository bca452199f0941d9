use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{Action, Clock};

use crate::{
    ActionError, Effect, Ended, Execution, ExecutionEvent, ExecutionState, ExecutionStore, transition,
};

/// The right to carry out one effect now: the intent is stored, and whoever has this acts and then says how it ended.
///
/// It is neither `Clone` nor made anywhere but by a [`Runner`](crate::Runner). One that is dropped without an end, as
/// in a crash, leaves an execution that is looked up once its lease has run out, and never repeated.
#[must_use = "a permit that is dropped leaves an execution nobody knows the end of"]
pub struct Permit {
    store: Arc<dyn ExecutionStore>,
    execution: Execution,
    token: u64,
}

impl Permit {
    /// Of an execution that has just been stored as under way.
    pub(crate) fn of(store: Arc<dyn ExecutionStore>, execution: Execution) -> Self {
        let token = execution.fence;
        Self { store, execution, token }
    }

    /// The execution as it was stored.
    #[must_use]
    pub const fn execution(&self) -> &Execution {
        &self.execution
    }

    /// What to do: the approved action, or what undoes it.
    #[must_use]
    pub fn action(&self) -> &Action {
        match (&self.execution.compensation, self.undoes()) {
            (Some(compensation), true) => &compensation.action,
            _ => &self.execution.action,
        }
    }

    /// What the other side recognises a repetition by.
    #[must_use]
    pub fn idempotency_key(&self) -> String {
        if self.undoes() { self.execution.reversal_key() } else { self.execution.idempotency_key.clone() }
    }

    /// The fencing token to show to the other side.
    #[must_use]
    pub const fn fence(&self) -> u64 {
        self.token
    }

    /// Whether this undoes an earlier effect.
    #[must_use]
    pub fn undoes(&self) -> bool {
        self.execution.state == ExecutionState::Reversing
    }

    /// Whether there is time left at `now`.
    #[must_use]
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.execution.lease.as_ref().is_some_and(|lease| now < lease.until)
    }

    /// Takes `more` time from now on.
    ///
    /// # Errors
    /// [`Stale`](ActionError::Stale) if somebody took over: stop then. If the store cannot answer.
    pub async fn renew(&mut self, more: TimeDelta, now: DateTime<Utc>) -> Result<(), ActionError> {
        let until = now.checked_add_signed(more).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let event = ExecutionEvent::Renew { token: self.token, until };
        self.execution = self.apply(&event, now).await?;
        Ok(())
    }

    /// Says how it ended, and gives the execution as it stands then. Only an error that
    /// [is certain](ActionError::is_surely_without_effect) is a failure; any other leaves `Unknown`.
    ///
    /// # Errors
    /// [`Stale`](ActionError::Stale) if somebody took over in between; then their result stands. If the store cannot
    /// answer, the execution stays as it was and is looked up later.
    pub async fn finish(
        self,
        result: Result<Effect, ActionError>,
        check_within: Option<TimeDelta>,
        clock: &dyn Clock,
    ) -> Result<Execution, ActionError> {
        let now = clock.now();
        let (ended, detail) = match result {
            Ok(Effect { dry_run: true, detail }) => (Ended::Shown, detail),
            Ok(Effect { dry_run: false, detail }) => (Ended::Done, detail),
            Err(error) if error.is_surely_without_effect() => (Ended::NotDone, error.to_string()),
            Err(error) => (Ended::Uncertain, error.to_string()),
        };
        let check_by =
            check_within.map(|time| now.checked_add_signed(time).unwrap_or(DateTime::<Utc>::MAX_UTC));
        let event = ExecutionEvent::Finish { token: self.token, ended, detail, check_by };
        self.apply(&event, now).await
    }

    /// Applies to what was read, and once more to what is stored if that is a newer version: the token decides.
    async fn apply(&self, event: &ExecutionEvent, now: DateTime<Utc>) -> Result<Execution, ActionError> {
        let (next, events) = transition(&self.execution, event, now)?;
        match self.store.transition(self.execution.version, &next, &events).await {
            Ok(()) => Ok(next),
            Err(ActionError::Changed { .. }) => {
                let request = &self.execution.request;
                let stored = self.store.get(request).await?;
                let stored = stored.ok_or_else(|| ActionError::NotFound(request.clone()))?;
                let (next, events) = transition(&stored, event, now)?;
                self.store.transition(stored.version, &next, &events).await?;
                Ok(next)
            }
            Err(error) => Err(error),
        }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("execution", &self.execution).finish_non_exhaustive()
    }
}

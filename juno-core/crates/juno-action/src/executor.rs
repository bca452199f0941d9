use async_trait::async_trait;
use juno_domain::Action;
use serde::{Deserialize, Serialize};

use crate::ActionError;

/// Changes the outside world.
///
/// [`Runner`](crate::Runner) calls [`execute`](Self::execute) at most once for one authorization and never repeats
/// it by itself. An implementation passes the idempotency key to the other side where that takes one, and returns
/// [`NotDone`](ActionError::NotDone) or [`Unsupported`](ActionError::Unsupported) only when it is certain that
/// nothing was changed: any other error is recorded as unknown.
#[async_trait]
pub trait ActionExecutor: Send + Sync {
    /// A short lasting name such as `dry_run`; it is recorded with each execution.
    fn name(&self) -> &str;

    /// What [`execute`](Self::execute) would change, without changing anything.
    ///
    /// # Errors
    /// If this executor does not know the action, or cannot read what it would change.
    async fn preview(&self, action: &Action) -> Result<Preview, ActionError>;

    /// Carries the action out.
    ///
    /// # Errors
    /// `NotDone` or `Unsupported` if surely nothing was changed; anything else if that is not certain.
    async fn execute(&self, action: &Action, idempotency_key: &str) -> Result<Effect, ActionError>;
}

/// What an action would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// One sentence for people.
    pub summary: String,
    /// Each field that would change.
    pub changes: Vec<FieldChange>,
    /// Whether it can be undone.
    pub reversible: bool,
}

/// One field that an action changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field's name.
    pub field: String,
    /// Its value now; `None` if it is empty or not known.
    pub from: Option<String>,
    /// Its value afterwards; `None` if it becomes empty.
    pub to: Option<String>,
}

/// What an executor did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// Whether it was only shown and nothing was changed.
    pub dry_run: bool,
    /// What was done, in one sentence for people.
    pub detail: String,
}

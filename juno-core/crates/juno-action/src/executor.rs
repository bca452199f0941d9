use async_trait::async_trait;
use chrono::TimeDelta;
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

    /// Carries the action out and shows the other side the fencing token, where that side can refuse a lower token
    /// than it has seen. Without such a side it is [`execute`](Self::execute).
    ///
    /// # Errors
    /// As `execute`.
    async fn execute_fenced(
        &self,
        action: &Action,
        idempotency_key: &str,
        _fence: u64,
    ) -> Result<Effect, ActionError> {
        self.execute(action, idempotency_key).await
    }

    /// The action that undoes this one, read before the effect while the old state is still there; `None` if there is
    /// none, which is what an executor says that does not implement it. What has no inverse never runs without a
    /// person's approval.
    ///
    /// # Errors
    /// If what is there cannot be read; nothing is done then.
    async fn inverse(&self, _action: &Action) -> Result<Option<Action>, ActionError> {
        Ok(None)
    }

    /// Whether [`probe`](Self::probe) can ever tell.
    fn can_probe(&self) -> bool {
        false
    }

    /// Whether an earlier [`execute`](Self::execute) with this key took effect; changes nothing. It is asked after a
    /// crash, with a higher fencing token than that call had. [`NotDone`](Probe::NotDone) means that it did not and
    /// can no longer: a request that may still be on its way is [`CannotTell`](Probe::CannotTell).
    ///
    /// # Errors
    /// If the other side cannot be reached, which tells nothing.
    async fn probe(
        &self,
        _action: &Action,
        _idempotency_key: &str,
        _fence: u64,
    ) -> Result<Probe, ActionError> {
        Ok(Probe::CannotTell)
    }

    /// How long after the effect what the action is for has to be true; `None` if nothing is looked up.
    fn check_within(&self, _action: &Action) -> Option<TimeDelta> {
        None
    }

    /// Whether what the action is for is true now, and what was found; changes nothing. Asked after the effect until
    /// it is true or [`check_within`](Self::check_within) is over.
    ///
    /// # Errors
    /// If it cannot be looked up now.
    async fn holds(&self, _action: &Action) -> Result<Finding, ActionError> {
        Ok(Finding { holds: true, detail: String::new() })
    }
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
    /// How many tickets, people or systems it touches; 1 for a single ticket.
    #[serde(default = "one")]
    pub blast_radius: u32,
}

const fn one() -> u32 {
    1
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

/// What a probe found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// It took effect; what is there, for people.
    Done(String),
    /// It did not, and can no longer; why that is certain, for people.
    NotDone(String),
    /// Nobody can tell now.
    CannotTell,
}

/// What a look at a post-condition found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether it is true.
    pub holds: bool,
    /// What was found, for people.
    pub detail: String,
}

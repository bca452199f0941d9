use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use juno_action::{ActionError, ActionExecutor, Effect, FieldChange, Finding, Preview, Probe};
use juno_domain::Action;
use juno_governance::RuleChange;

/// Shows and carries out changes of the rules; hands every other action on.
///
/// The record of the execution is what brings new rules into force: here and after every restart they are read from
/// there, so there is nothing else to change.
pub(crate) struct RuleExecutor(pub(crate) Arc<dyn ActionExecutor>);

#[async_trait]
impl ActionExecutor for RuleExecutor {
    fn name(&self) -> &str {
        self.0.name()
    }

    async fn preview(&self, action: &Action) -> Result<Preview, ActionError> {
        match RuleChange::of(action) {
            None => self.0.preview(action).await,
            Some(Err(error)) => Err(ActionError::NotDone(error.to_string())),
            Some(Ok((change, _))) => Ok(Preview {
                summary: format!("change the rules from `{}` to `{}`", change.from, change.to),
                changes: vec![FieldChange {
                    field: "governance.rules".into(),
                    from: Some(change.from),
                    to: Some(change.to),
                }],
                reversible: true,
                blast_radius: 1,
            }),
        }
    }

    async fn execute(&self, action: &Action, idempotency_key: &str) -> Result<Effect, ActionError> {
        match RuleChange::of(action) {
            None => self.0.execute(action, idempotency_key).await,
            Some(Err(error)) => Err(ActionError::NotDone(error.to_string())),
            Some(Ok((change, _))) => Ok(Effect {
                dry_run: false,
                detail: format!("the rules are `{}` now, and were `{}`", change.to, change.from),
            }),
        }
    }

    async fn execute_fenced(
        &self,
        action: &Action,
        idempotency_key: &str,
        fence: u64,
    ) -> Result<Effect, ActionError> {
        if RuleChange::is(action) {
            return self.execute(action, idempotency_key).await;
        }
        self.0.execute_fenced(action, idempotency_key, fence).await
    }

    /// New rules are undone by another change, which people decide on.
    async fn inverse(&self, action: &Action) -> Result<Option<Action>, ActionError> {
        if RuleChange::is(action) { Ok(None) } else { self.0.inverse(action).await }
    }

    fn can_probe(&self) -> bool {
        self.0.can_probe()
    }

    async fn probe(&self, action: &Action, idempotency_key: &str, fence: u64) -> Result<Probe, ActionError> {
        if RuleChange::is(action) {
            return Ok(Probe::NotDone(
                "its success was never recorded, which is what new rules begin with".into(),
            ));
        }
        self.0.probe(action, idempotency_key, fence).await
    }

    fn check_within(&self, action: &Action) -> Option<TimeDelta> {
        if RuleChange::is(action) { None } else { self.0.check_within(action) }
    }

    async fn holds(&self, action: &Action) -> Result<Finding, ActionError> {
        self.0.holds(action).await
    }
}

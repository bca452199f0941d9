use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::DecidedBy;
use juno_governance::{Authorization, Gate, PolicySettings, RuleChange};

use crate::{ActionError, Limits};

/// Asked just before the intent is stored whether what was authorized may still run.
#[async_trait]
pub trait Guard: Send + Sync {
    /// Whether it may run at `now`, and how much may be begun at most: the store counts that in the step in which it stores
    /// the intent.
    ///
    /// # Errors
    /// [`NoLongerPermitted`](ActionError::NoLongerPermitted) if it may not; nothing is stored or done then.
    async fn still_permits(
        &self,
        authorization: &Authorization,
        now: DateTime<Utc>,
    ) -> Result<Limits, ActionError>;
}

/// Asks governance: the stored request has to be authorized still, for this very action, by votes that back it, and the
/// policy and settings in force now have to let it run.
#[derive(Debug, Clone)]
pub struct GateGuard {
    gate: Gate,
    settings: PolicySettings,
}

impl GateGuard {
    /// A guard over a gate and the settings in force.
    #[must_use]
    pub const fn new(gate: Gate, settings: PolicySettings) -> Self {
        Self { gate, settings }
    }
}

#[async_trait]
impl Guard for GateGuard {
    async fn still_permits(
        &self,
        authorization: &Authorization,
        now: DateTime<Utc>,
    ) -> Result<Limits, ActionError> {
        let checked = self.gate.recheck(authorization, self.settings, now).await;
        checked.map_err(ActionError::NoLongerPermitted)?;
        Ok(limits_of(&self.gate, authorization))
    }
}

/// What the policy of a gate leaves to what was authorized. A change of the rules is bound by none of its budgets, or one
/// that is spent could never be mended.
#[must_use]
pub fn limits_of(gate: &Gate, authorization: &Authorization) -> Limits {
    if RuleChange::is(authorization.action()) {
        return Limits::NONE;
    }
    let automatic = matches!(authorization.granted_by(), DecidedBy::Policy { .. });
    Limits::of_budgets(gate.policy().budgets(), automatic)
}

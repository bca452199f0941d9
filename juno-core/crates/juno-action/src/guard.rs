use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_governance::{Authorization, Gate, PolicySettings};

use crate::ActionError;

/// Asked just before the intent is stored whether what was authorized may still run.
#[async_trait]
pub trait Guard: Send + Sync {
    /// Whether it may run at `now`.
    ///
    /// # Errors
    /// [`NoLongerPermitted`](ActionError::NoLongerPermitted) if it may not; nothing is stored or done then.
    async fn still_permits(
        &self,
        authorization: &Authorization,
        now: DateTime<Utc>,
    ) -> Result<(), ActionError>;
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
    ) -> Result<(), ActionError> {
        let checked = self.gate.recheck(authorization, self.settings, now).await;
        checked.map_err(ActionError::NoLongerPermitted)
    }
}

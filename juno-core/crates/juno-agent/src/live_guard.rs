use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_action::{ActionError, Guard, Limits, limits_of};
use juno_governance::{Authorization, GovernanceError};

use crate::core::Core;

/// Asks the gate of the very moment before an effect: a stop, other rules or other roles since the request was redeemed
/// count, also between two steps of a plan.
pub(crate) struct LiveGuard(pub(crate) Arc<Core>);

impl LiveGuard {
    async fn check(
        &self,
        authorization: &Authorization,
        now: DateTime<Utc>,
    ) -> Result<Limits, GovernanceError> {
        let request = self.0.gate().get(authorization.request()).await?;
        let gate = self.0.gate_for(request.proposal(), Some(request.id())).await?;
        gate.recheck(authorization, self.0.config.policy, now).await?;
        Ok(limits_of(&gate, authorization))
    }
}

#[async_trait]
impl Guard for LiveGuard {
    async fn still_permits(
        &self,
        authorization: &Authorization,
        now: DateTime<Utc>,
    ) -> Result<Limits, ActionError> {
        self.check(authorization, now).await.map_err(ActionError::NoLongerPermitted)
    }
}

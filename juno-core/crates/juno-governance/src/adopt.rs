use std::sync::Arc;

use juno_domain::{Action, DecidedBy, RequestId};

use crate::integrity::check_approval;
use crate::{ApprovalRequest, Authorization, Gate, GovernanceError, RequestState, RuleChange};

impl Gate {
    /// The gate under the rules that an authorized [`RuleChange`] brings. There is no other way to new rules than this
    /// and opening a gate with them.
    ///
    /// # Errors
    /// [`PolicyChanged`](GovernanceError::PolicyChanged) if another policy is in force than the one it replaces;
    /// [`Policy`](GovernanceError::Policy) if the authorization is for another action, or no person granted it.
    pub fn adopt(&self, authorization: &Authorization) -> Result<(Self, RuleChange), GovernanceError> {
        self.adopted(authorization.request(), authorization.action(), authorization.granted_by())
    }

    /// The gate under the rules of a change that was carried out before, after a restart.
    ///
    /// # Errors
    /// As [`adopt`](Self::adopt); [`Corrupt`](GovernanceError::Corrupt) if its votes do not back the approval, or it
    /// was never authorized.
    pub fn adopt_again(&self, request: &ApprovalRequest) -> Result<(Self, RuleChange), GovernanceError> {
        check_approval(request)?;
        let RequestState::Authorized(redeemed) = request.state() else {
            let what = "its rules were never authorized".to_owned();
            return Err(GovernanceError::Corrupt { request: request.id().to_string(), what });
        };
        self.adopted(request.id(), request.action(), &redeemed.approval.by)
    }

    /// Whether a request for a change of the rules could be carried out under the policy in force.
    ///
    /// # Errors
    /// As [`adopt`](Self::adopt).
    pub fn check_change(&self, request: &ApprovalRequest) -> Result<(), GovernanceError> {
        match RuleChange::of(request.action()) {
            None => Ok(()),
            Some(change)
                if change.as_ref().is_ok_and(|(change, _)| change.from != self.policy().version()) =>
            {
                Err(GovernanceError::PolicyChanged(request.id().clone()))
            }
            Some(change) => change.map(|_| ()),
        }
    }

    fn adopted(
        &self,
        id: &RequestId,
        action: &Action,
        by: &DecidedBy,
    ) -> Result<(Self, RuleChange), GovernanceError> {
        let bad =
            |what: &str| Err(GovernanceError::Policy(format!("request `{id}` changes no rules: {what}")));
        let Some(change) = RuleChange::of(action) else { return bad("it is for another action") };
        let (change, policy) = change?;
        if !matches!(by, DecidedBy::Person { .. }) {
            return bad("no person approved it");
        }
        if change.from != self.policy().version() {
            return Err(GovernanceError::PolicyChanged(id.clone()));
        }
        Ok((self.with_policy(Arc::new(policy)), change))
    }
}

use chrono::{DateTime, Utc};
use juno_domain::{Decision, PrincipalId, Proposal, RequestId};
use serde::Serialize;

use crate::appealing::{appeal_ladder, refused_by};
use crate::gate::{is_policy, retry};
use crate::{
    Appealing, ApprovalEvent, ApprovalRequest, Gate, GovernanceError, Opening, PolicyDecision,
    PolicySettings, PolicyVerdict, RequestState, Ruling, action_digest, appeal, appeal_id, open, request_id,
    transition,
};

/// What became of a submitted proposal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Submission {
    /// The request as it stands.
    pub request: ApprovalRequest,
    /// The decision as it stands.
    pub decision: Decision,
    /// Whether the proposal had been submitted before; its first request is returned then, untouched.
    pub already_known: bool,
}

impl Gate {
    /// Submits a proposal for decision. The same proposal submitted again gives its first request back, in whatever
    /// state that is now, except where only the policy had decided and now decides otherwise, or where people were
    /// asked by a policy that has changed and now asks differently: then a new request replaces the old one and
    /// cites it. What a person decided stays decided.
    ///
    /// # Errors
    /// If nobody may decide it, if the proposal id was used for another action, or if the store cannot answer.
    pub async fn submit(
        &self,
        proposal: &Proposal,
        settings: PolicySettings,
        now: DateTime<Utc>,
    ) -> Result<Submission, GovernanceError> {
        let ruling = self.rule(proposal, settings, now);
        let asked = ruling.proposal(proposal);
        let mut round = 0;
        let mut cites = None;
        let mut retries = 0;
        loop {
            let id = request_id(&proposal.id, round)?;
            let Some(existing) = self.store().get(&id).await? else {
                let opening = Opening {
                    id,
                    proposal: &asked,
                    original: ruling.narrowed.as_ref().map(|_| proposal.action.clone()),
                    decision: ruling.decision.clone(),
                    policy_version: self.policy().version(),
                    cites: cites.clone(),
                };
                let (request, events) = open(opening, self.roles(), now)?;
                match self.store().create_owned(request.clone(), events).await {
                    Ok(()) => return Ok(submission(request, false)),
                    Err(GovernanceError::Exists(_)) => {
                        retry(&mut retries)?;
                        continue;
                    }
                    Err(error) => return Err(error),
                }
            };
            let known = existing.proposal();
            if action_digest(existing.proposed())? != action_digest(&proposal.action)?
                || known.impact != proposal.impact
                || known.team != proposal.team
            {
                return Err(GovernanceError::OtherProposal(id));
            }
            if ended_by_policy(&existing)
                && self.store().get(&request_id(&proposal.id, round + 1)?).await?.is_some()
            {
                cites = Some(id);
                round += 1;
                continue;
            }
            if !self.asks_anew(&existing, &ruling, now) {
                return Ok(submission(existing, true));
            }
            if !existing.kind().is_final() && !self.supersede(&existing, now).await? {
                retry(&mut retries)?;
                continue;
            }
            cites = Some(id);
            round += 1;
        }
    }

    /// Appeals against a request that people refused or let expire: a new request for the same proposal that cites
    /// it, for higher roles and other people. The refused one stays refused. Asked again, the first appeal is given
    /// back, unless it was not decided yet and the policy has changed since and now asks differently.
    ///
    /// # Errors
    /// As [`appeal`](crate::appeal()), if there is no such request, or if the store cannot answer.
    pub async fn appeal(
        &self,
        id: &RequestId,
        by: &PrincipalId,
        reason: &str,
        settings: PolicySettings,
        now: DateTime<Utc>,
    ) -> Result<Submission, GovernanceError> {
        let of = self.get(id).await?;
        let (mut round, mut retries) = (0, 0);
        loop {
            let id = appeal_id(of.id(), round)?;
            let Some(existing) = self.store().get(&id).await? else {
                let decision = self.decide_again(&of, settings, now)?;
                let policy_version = self.policy().version();
                let appealing = Appealing { id, of: &of, by, reason, decision, policy_version };
                let (request, events) = appeal(appealing, self.roles(), now)?;
                match self.store().create_owned(request.clone(), events).await {
                    Ok(()) => return Ok(submission(request, false)),
                    Err(GovernanceError::Exists(_)) => {
                        retry(&mut retries)?;
                        continue;
                    }
                    Err(error) => return Err(error),
                }
            };
            if !ended_by_policy(&existing) {
                if existing.kind().is_final() {
                    return Ok(submission(existing, true));
                }
                let decision = self.decide_again(&of, settings, now)?;
                if self.asks_the_same(&of, &existing, decision.verdict) {
                    return Ok(submission(existing, true));
                }
                if !self.supersede(&existing, now).await? {
                    retry(&mut retries)?;
                    continue;
                }
            }
            round += 1;
        }
    }

    /// What the policy says now about the very action of a request.
    fn decide_again(
        &self,
        request: &ApprovalRequest,
        settings: PolicySettings,
        now: DateTime<Utc>,
    ) -> Result<PolicyDecision, GovernanceError> {
        match self.rule(request.proposal(), settings, now) {
            Ruling { decision, narrowed: None } => Ok(decision),
            Ruling { narrowed: Some(_), .. } => Err(GovernanceError::PolicyChanged(request.id().clone())),
        }
    }

    /// Whether an appeal asks whom it would ask under the policy of now. One that could not be made now stays: it
    /// is refused when it is redeemed.
    fn asks_the_same(&self, of: &ApprovalRequest, appeal: &ApprovalRequest, verdict: PolicyVerdict) -> bool {
        let ladder = refused_by(of).and_then(|above| appeal_ladder(of, above, verdict, &[]));
        appeal.policy_version() == self.policy().version()
            || ladder.map_or(true, |ladder| appeal.ladder() == Some(&ladder))
    }

    /// Ends a request because another policy asks anew; `false` if somebody changed it first.
    async fn supersede(
        &self,
        request: &ApprovalRequest,
        now: DateTime<Utc>,
    ) -> Result<bool, GovernanceError> {
        let event = ApprovalEvent::Supersede { policy_version: self.policy().version().to_owned() };
        let (next, events) = transition(request, &event, self.roles(), now)?;
        match self.store().transition_owned(request.version(), next, events).await {
            Ok(()) => Ok(true),
            Err(GovernanceError::Changed { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether the request was made under a policy that no longer holds, or approved too long ago, so that the proposal has
    /// to be asked anew.
    fn asks_anew(&self, request: &ApprovalRequest, ruling: &Ruling, now: DateTime<Utc>) -> bool {
        let changed = request.policy_version() != self.policy().version();
        let other_action = request.original().map(|_| request.action()) != ruling.narrowed.as_ref();
        match (request.state(), &ruling.decision.verdict) {
            // What was approved too long ago can no longer run.
            (RequestState::Approved(_), _) if self.is_outdated(request, now) => true,
            (RequestState::Pending(_) | RequestState::Approved(_), verdict)
                if changed && other_action && *verdict != PolicyVerdict::Deny =>
            {
                true
            }
            (RequestState::Cancelled(_), _) => ended_by_policy(request),
            (RequestState::Denied(_), verdict) => ended_by_policy(request) && *verdict != PolicyVerdict::Deny,
            (RequestState::Approved(settled), PolicyVerdict::RequireApproval(_))
                if is_policy(&settled.by) =>
            {
                true
            }
            (
                RequestState::Pending(_) | RequestState::Approved(_),
                PolicyVerdict::RequireApproval(ladder),
            ) => !self.same_ladder(request, ladder),
            _ => false,
        }
    }
}

/// Whether policy alone ended the request. Only such a request can have been replaced by a newer one.
fn ended_by_policy(request: &ApprovalRequest) -> bool {
    match request.state() {
        RequestState::Denied(settled) | RequestState::Cancelled(settled) => is_policy(&settled.by),
        _ => false,
    }
}

fn submission(request: ApprovalRequest, already_known: bool) -> Submission {
    Submission { decision: request.decision(), request, already_known }
}

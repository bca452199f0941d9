use chrono::{DateTime, Utc};
use juno_crypto::digest_of;
use juno_domain::{DecidedBy, DomainEvent, ERASED, PrincipalId, RequestId, Role};

use crate::open::open_as;
use crate::{
    Appeal, ApprovalRequest, Choice, GovernanceError, Ladder, Opening, PolicyDecision, PolicyVerdict,
    RequestState, RoleBook,
};

/// What an appeal starts from.
#[derive(Debug, Clone)]
pub struct Appealing<'a> {
    /// The appeal's id, see [`appeal_id`].
    pub id: RequestId,
    /// The request that was refused.
    pub of: &'a ApprovalRequest,
    /// Who appeals.
    pub by: &'a PrincipalId,
    /// Why.
    pub reason: &'a str,
    /// What the policy in force says about the proposal now.
    pub decision: PolicyDecision,
    /// That policy's version.
    pub policy_version: &'a str,
}

/// The id of the appeal against a request: one request, one appeal. `round` is 0 unless a changed policy has replaced
/// earlier ones.
///
/// # Errors
/// Never for ids that were checked when they were made.
pub fn appeal_id(of: &RequestId, round: u32) -> Result<RequestId, GovernanceError> {
    let digest = digest_of(&("appeal", of, round))?.to_string();
    Ok(RequestId::new(format!("req-{}", digest.get(..32).unwrap_or(&digest)))?)
}

/// The first version of an appeal, with the events of its submission. It is a new request for the same proposal that
/// cites the refused one, which stays refused. It goes to roles above the one that refused, and nobody who took part
/// in the case before, or appeals, has a vote on it. Its proposer may appeal, and whoever has a deciding role in the
/// team and did not refuse it.
///
/// # Errors
/// [`NoAppeal`](GovernanceError::NoAppeal) if the request was not refused by people or their silence, if no role is
/// higher, or if `by` may not appeal; [`Refused`](GovernanceError::Refused) if the policy in force now denies it;
/// [`NoApprover`](GovernanceError::NoApprover) if nobody else is left to decide.
pub fn appeal(
    appealing: Appealing<'_>,
    roles: &RoleBook,
    now: DateTime<Utc>,
) -> Result<(ApprovalRequest, Vec<DomainEvent>), GovernanceError> {
    let Appealing { id, of, by, reason, decision, policy_version } = appealing;
    let roles = &*roles.at(now);
    let above = refused_by(of)?;
    may_appeal(of, by, roles)?;
    let ladder = appeal_ladder(of, above, decision.verdict, &decision.reasons)?;
    let parties = of.votes.iter().flat_map(|vote| std::iter::once(&vote.by).chain(&vote.on_behalf_of));
    let before = of.appeal.iter().flat_map(|appeal| std::iter::once(&appeal.by).chain(&appeal.not_by));
    let not_by = parties.chain(before).chain(decider(of)).cloned().collect();
    let appeal = Appeal { of: of.id.clone(), by: by.clone(), reason: reason.to_owned(), above, not_by };
    // Not its words: those are the appellant's, and stand in the appeal alone.
    let mut reasons = vec![appeal_note(&of.id)];
    reasons.extend(decision.reasons);
    let decision = PolicyDecision { verdict: PolicyVerdict::RequireApproval(ladder), reasons };
    let opening = Opening {
        id,
        proposal: &of.proposal,
        original: of.original().cloned(),
        decision,
        policy_version,
        cites: Some(of.id.clone()),
    };
    open_as(opening, Some(appeal), roles, now)
}

/// What the decision on an appeal says it is.
fn appeal_note(of: &RequestId) -> String {
    format!("an appeal against request `{of}`")
}

/// Whether the first reason of an appeal's policy quotes the appellant, as earlier versions wrote it, or did before that
/// was erased.
pub(crate) fn quotes_appeal(reason: &str, of: &RequestId) -> bool {
    reason == ERASED || reason.strip_prefix(&appeal_note(of)).is_some_and(|rest| rest.starts_with(": "))
}

/// The ladder of the appeal, by what the policy says now. What it would allow, a person refused: a higher one has to
/// overrule that all the same.
pub(crate) fn appeal_ladder(
    of: &ApprovalRequest,
    above: Role,
    verdict: PolicyVerdict,
    reasons: &[String],
) -> Result<Ladder, GovernanceError> {
    let ladder = match verdict {
        PolicyVerdict::RequireApproval(ladder) => ladder,
        PolicyVerdict::Allow => Ladder::default_for(of.proposal.impact),
        PolicyVerdict::Narrow(_) => return Err(GovernanceError::PolicyChanged(of.id.clone())),
        PolicyVerdict::Deny => {
            return Err(GovernanceError::Refused {
                request: of.id.clone(),
                state: of.kind(),
                why: reasons.join("; "),
            });
        }
    };
    ladder.above(above).ok_or_else(|| no_appeal(of, "no role is higher than the one that refused it"))
}

/// The role that refused, or let the last deadline pass.
pub(crate) fn refused_by(of: &ApprovalRequest) -> Result<Role, GovernanceError> {
    let (RequestState::Denied(settled) | RequestState::Expired(settled)) = &of.state else {
        return Err(no_appeal(of, "it was not refused"));
    };
    let voted = match settled.by {
        DecidedBy::Person { role, .. } => Some(role),
        DecidedBy::Deadline => None,
        DecidedBy::Policy { .. } | DecidedBy::Proposer { .. } => {
            return Err(no_appeal(of, "a policy refused it: change the proposal, or the policy"));
        }
    };
    of.asked.iter().copied().chain(voted).max().ok_or_else(|| no_appeal(of, "nobody was asked"))
}

/// Who refused it, or passed it on where nobody was left.
fn decider(of: &ApprovalRequest) -> Option<&PrincipalId> {
    match &of.state.settled()?.by {
        DecidedBy::Person { principal, .. } => Some(principal),
        _ => None,
    }
}

fn may_appeal(of: &ApprovalRequest, by: &PrincipalId, roles: &RoleBook) -> Result<(), GovernanceError> {
    let refused = of.votes.iter().any(|vote| vote.choice == Choice::Deny && vote.by == *by);
    if refused || decider(of) == Some(by) {
        return Err(no_appeal(of, "nobody appeals against their own decision: ask the proposer"));
    }
    let concerned =
        *by == of.proposal.proposer || Role::LADDER.into_iter().any(|role| roles.holds(by, role, of.team()));
    if concerned {
        return Ok(());
    }
    Err(no_appeal(of, "only its proposer, or who has a deciding role in the team, may appeal"))
}

fn no_appeal(of: &ApprovalRequest, why: &'static str) -> GovernanceError {
    GovernanceError::NoAppeal { request: of.id.clone(), why }
}

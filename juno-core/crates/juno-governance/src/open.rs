use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use juno_crypto::digest_of;
use juno_domain::{
    Action, DecidedBy, DomainEvent, EventKind, PrincipalId, Proposal, ProposalId, RequestId, Role,
};

use crate::record::{Payload, decision_event, event};
use crate::{
    Appeal, ApprovalRequest, GovernanceError, Ladder, Pending, PolicyDecision, PolicyVerdict, RequestState,
    RoleBook, Settled, action_digest,
};

/// The id of the request for a proposal: the same proposal, the same request. `round` is 0 unless a changed policy
/// has replaced earlier requests.
///
/// # Errors
/// Never for ids that were checked when they were made.
pub fn request_id(proposal: &ProposalId, round: u32) -> Result<RequestId, GovernanceError> {
    let digest = digest_of(&("request", proposal, round))?.to_string();
    // 128 bits are plenty against chance and keep the id short enough to type.
    Ok(RequestId::new(format!("req-{}", digest.get(..32).unwrap_or(&digest)))?)
}

/// What a request starts from.
#[derive(Debug, Clone)]
pub struct Opening<'a> {
    /// The request's id, see [`request_id`].
    pub id: RequestId,
    /// What is proposed; where the policy narrowed it, with the smaller action.
    pub proposal: &'a Proposal,
    /// The action that was proposed, where the policy narrowed it.
    pub original: Option<Action>,
    /// What the policy said.
    pub decision: PolicyDecision,
    /// The policy's version.
    pub policy_version: &'a str,
    /// The request this one replaces.
    pub cites: Option<RequestId>,
}

/// The first version of a request, with the events of its submission: approved or denied where the policy decided
/// alone, else pending with the lowest role, from the ladder's first rung up, that may approve the category and has
/// a holder other than the proposer.
///
/// # Errors
/// [`NoApprover`](GovernanceError::NoApprover) if a rung has no such role, or if the rungs together need more
/// different people than there are.
pub fn open(
    opening: Opening<'_>,
    roles: &RoleBook,
    now: DateTime<Utc>,
) -> Result<(ApprovalRequest, Vec<DomainEvent>), GovernanceError> {
    open_as(opening, None, roles, now)
}

/// The first version of a request or an appeal.
pub(crate) fn open_as(
    opening: Opening<'_>,
    appeal: Option<Appeal>,
    roles: &RoleBook,
    now: DateTime<Utc>,
) -> Result<(ApprovalRequest, Vec<DomainEvent>), GovernanceError> {
    let roles = &*roles.at(now);
    let Opening { id, proposal, original, decision, policy_version, cites } = opening;
    let PolicyDecision { verdict, mut reasons } = decision;
    if reasons.is_empty() {
        reasons.push(format!("policy `{policy_version}` gave no reason"));
    }
    let settled = |reasons: &[String]| Settled {
        at: now,
        by: DecidedBy::Policy { version: policy_version.to_owned() },
        reasons: reasons.to_vec(),
    };
    let (state, ladder) = match verdict {
        PolicyVerdict::Allow => (RequestState::Approved(settled(&reasons)), None),
        PolicyVerdict::Deny => (RequestState::Denied(settled(&reasons)), None),
        PolicyVerdict::Narrow(_) => {
            let what = "a request is for one action: open it for the narrowed one";
            return Err(GovernanceError::Policy(what.into()));
        }
        PolicyVerdict::RequireApproval(ladder) => {
            let pending = first_rung(proposal, &ladder, appeal.as_ref(), roles, now)?;
            (RequestState::Pending(pending), Some(ladder))
        }
    };
    let asked = match &state {
        RequestState::Pending(pending) => vec![pending.role],
        _ => Vec::new(),
    };
    let request = ApprovalRequest {
        id,
        version: 1,
        state,
        proposal: Arc::new(proposal.clone()),
        digest: action_digest(&proposal.action)?,
        policy_version: policy_version.into(),
        policy_reasons: reasons.into(),
        ladder: ladder.map(Arc::new),
        asked: Arc::new(asked),
        votes: Arc::default(),
        cites,
        original: original.map(Arc::new),
        appeal: appeal.map(Arc::new),
        created_at: now,
        updated_at: now,
    };
    let stated = stated(proposal, request.appeal());
    let payload = Payload::Submitted {
        proposal: &stated,
        digest: request.digest,
        policy_version,
        ladder: request.ladder(),
        cites: request.cites.as_ref(),
        pending: request.pending(),
        original: request.original(),
        appeal: request.appeal(),
    };
    let actor = request.appeal.as_ref().map_or(&proposal.proposer, |appeal| &appeal.by).clone();
    let submitted = event(&request, EventKind::ProposalSubmitted, actor, now, &payload)?;
    let decided = decision_event(&request)?;
    Ok((request, vec![submitted, decided]))
}

/// The proposal as the record of its submission holds it. That of an appeal leaves out what the proposer wrote: it is in
/// the record of the request the appeal cites, and this record is the appellant's.
fn stated<'a>(proposal: &'a Proposal, appeal: Option<&Appeal>) -> Cow<'a, Proposal> {
    if appeal.is_none() {
        return Cow::Borrowed(proposal);
    }
    Cow::Owned(Proposal { rationale: String::new(), evidence: Vec::new(), ..proposal.clone() })
}

/// Who decides first. Every rung has to have somebody, and all rungs together enough different people: whoever may
/// vote on a rung may vote on each lower one too, so it is enough to count from the top.
fn first_rung(
    proposal: &Proposal,
    ladder: &Ladder,
    appeal: Option<&Appeal>,
    roles: &RoleBook,
    now: DateTime<Utc>,
) -> Result<Pending, GovernanceError> {
    let category = proposal.action.category();
    let mut excluded: BTreeSet<&PrincipalId> = BTreeSet::from([&proposal.proposer]);
    excluded.extend(appeal.into_iter().flat_map(|appeal| std::iter::once(&appeal.by).chain(&appeal.not_by)));
    let mut needed = 0_usize;
    let mut first: Option<(Role, DateTime<Utc>)> = None;
    for rung in ladder.rungs().iter().rev() {
        needed = needed.saturating_add(usize::try_from(rung.quorum).unwrap_or(usize::MAX));
        let role = roles.route(rung.role, category, &proposal.team, &excluded, needed).ok_or_else(|| {
            GovernanceError::NoApprover { team: proposal.team.clone(), category, from: rung.role }
        })?;
        first = Some((role, rung.deadline_from(now)));
    }
    let (role, deadline) =
        first.ok_or_else(|| GovernanceError::Ladder("it has no rung: name at least one role".to_owned()))?;
    Ok(Pending { rung: 0, role, since: now, deadline, escalations: 0, held: false })
}

use std::collections::BTreeSet;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use juno_crypto::{digest_of, payload_of};
use juno_domain::{
    Action, DecidedBy, Digest, DomainError, DomainEvent, EventId, EventKind, Instant, PrincipalId, Proposal,
    ProposalId, RequestId, Role, Verdict,
};
use serde::Serialize;
use serde_json::json;

use crate::request::Standing;
use crate::{Appeal, ApprovalRequest, GovernanceError, Ladder, Pending, RoleBook, RuleChange, Vote};

type Actor = LazyLock<Result<PrincipalId, DomainError>>;
/// Who is recorded as the cause of what a policy decides.
static POLICY: Actor = LazyLock::new(|| PrincipalId::new("juno:policy"));
/// Who is recorded as the cause of what a deadline does.
static DEADLINE: Actor = LazyLock::new(|| PrincipalId::new("juno:deadline"));
/// Who is recorded as the cause of issuing an authorization.
static GATE: Actor = LazyLock::new(|| PrincipalId::new("juno:gate"));

/// The data of each kind of event, as the audit log keeps it. What is in the order of its names here need not be put in
/// order for each event.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Payload<'a> {
    Submitted {
        #[serde(skip_serializing_if = "Option::is_none")]
        appeal: Option<&'a Appeal>,
        cites: Option<&'a RequestId>,
        digest: Digest,
        ladder: Option<&'a Ladder>,
        /// What was proposed, where the policy narrowed it.
        #[serde(skip_serializing_if = "Option::is_none")]
        original: Option<&'a Action>,
        pending: Option<&'a Pending>,
        policy_version: &'a str,
        proposal: &'a Proposal,
    },
    Decided {
        decision: Decided<'a>,
        digest: Digest,
        policy_version: &'a str,
    },
    Voted {
        /// Who decides next, if this vote did not settle the request.
        pending: Option<&'a Pending>,
        vote: &'a Vote,
    },
    Escalated {
        rung: u32,
        from: Role,
        /// `None`: no role above is left, so the request is denied.
        to: Option<Role>,
        by: &'a DecidedBy,
        reason: &'a str,
        deadline: Option<DateTime<Utc>>,
    },
    Held {
        rung: u32,
        role: Role,
        reason: &'a str,
        /// The final deadline.
        until: DateTime<Utc>,
    },
    /// Cancelled or withdrawn.
    Ended {
        by: &'a DecidedBy,
        reason: &'a str,
    },
    Issued {
        approved_by: &'a DecidedBy,
        digest: Digest,
        issued: u32,
    },
}

/// A [`Decision`](juno_domain::Decision) that is written only.
#[derive(Serialize)]
pub(crate) struct Decided<'a> {
    #[serde(serialize_with = "Instant::write")]
    at: DateTime<Utc>,
    by: &'a DecidedBy,
    proposal: &'a ProposalId,
    reasons: &'a [String],
    request: &'a RequestId,
    verdict: Verdict,
}

/// The principal that stands for who decided.
pub(crate) fn actor_of(by: &DecidedBy) -> Result<PrincipalId, GovernanceError> {
    Ok(match by {
        DecidedBy::Policy { .. } => POLICY.clone()?,
        DecidedBy::Person { principal, .. } | DecidedBy::Proposer { principal } => principal.clone(),
        DecidedBy::Deadline => DEADLINE.clone()?,
    })
}

/// The principal that stands for the gate itself.
pub(crate) fn gate_actor() -> Result<PrincipalId, GovernanceError> {
    Ok(GATE.clone()?)
}

/// An event about a request as it stands after the change. Its id comes from request, version and kind, so that the
/// same change recorded twice is one event.
pub(crate) fn event(
    after: &ApprovalRequest,
    kind: EventKind,
    actor: PrincipalId,
    at: DateTime<Utc>,
    payload: &Payload<'_>,
) -> Result<DomainEvent, GovernanceError> {
    let id =
        digest_of(&("approval", &after.id, after.version, kind))?.with_text(|text| EventId::new(text))?;
    Ok(DomainEvent {
        id,
        kind,
        at,
        actor,
        subject: after.id.to_string(),
        team: Some(after.proposal.team.clone()),
        payload: payload_of(payload)?,
    })
}

/// The event of the decision as it stands after the change.
pub(crate) fn decision_event(after: &ApprovalRequest) -> Result<DomainEvent, GovernanceError> {
    let Standing { verdict, by, reasons, at } = after.standing();
    let actor = actor_of(&by)?;
    let (proposal, request) = (&after.proposal.id, &after.id);
    let decision = Decided { at, by: &by, proposal, reasons, request, verdict };
    let payload = Payload::Decided { decision, digest: after.digest, policy_version: &after.policy_version };
    event(after, EventKind::DecisionMade, actor, at, &payload)
}

/// The record of a change of the rules that was carried out: old and new version, who approved it, and the request, whose
/// record says why. The same change is the same record.
///
/// # Errors
/// Never for ids that were checked when they were made.
pub fn rules_changed(
    request: &RequestId,
    change: &RuleChange,
    by: &DecidedBy,
    at: DateTime<Utc>,
) -> Result<DomainEvent, GovernanceError> {
    let id = digest_of(&("rules changed", request, &change.from, &change.to))?;
    Ok(DomainEvent {
        id: EventId::new(id.to_string())?,
        kind: EventKind::PolicyChanged,
        at,
        actor: actor_of(by)?,
        subject: change.to.clone(),
        team: None,
        payload: payload_of(&json!({
            "request": request,
            "from": change.from,
            "to": change.to,
            "rules": digest_of(&change.rules)?,
            "approved_by": by,
        }))?,
    })
}

/// The record of a change of roles or delegations: what was given and taken, and the digests of both books.
///
/// # Errors
/// If a book has no JSON.
pub fn roles_changed(
    before: &RoleBook,
    after: &RoleBook,
    by: &PrincipalId,
    reason: &str,
    at: DateTime<Utc>,
) -> Result<DomainEvent, GovernanceError> {
    let (from, to) = (digest_of(before)?, digest_of(after)?);
    let given: Vec<_> = after.delegations().iter().filter(|d| !before.delegations().contains(d)).collect();
    let ended: Vec<_> = before.delegations().iter().filter(|d| !after.delegations().contains(d)).collect();
    let (held, holds): (BTreeSet<_>, BTreeSet<_>) = (before.held().collect(), after.held().collect());
    let places = |one: &BTreeSet<_>, other: &BTreeSet<_>| {
        one.difference(other)
            .map(|(team, role, who)| json!({ "team": team, "role": role, "who": who }))
            .collect::<Vec<_>>()
    };
    let id = digest_of(&("roles changed", from, to, by, at))?;
    Ok(DomainEvent {
        id: EventId::new(id.to_string())?,
        kind: EventKind::RolesChanged,
        at,
        actor: by.clone(),
        subject: to.to_string(),
        team: None,
        payload: payload_of(&json!({
            "from": from,
            "to": to,
            "reason": reason,
            "assigned": places(&holds, &held),
            "revoked": places(&held, &holds),
            "delegated": given,
            "delegations_ended": ended,
            "terms": { "before": before.terms(), "after": after.terms() },
        }))?,
    })
}

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use juno_domain::{DomainEvent, EventKind, OutcomeResult, PrincipalId, Role, Verdict};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{ActionSummary, ApprovalRequest, Choice, Notification, NotificationKind, RoleBook};

/// What an event of a request is worth telling, and to whom; `None` for events nobody has to be told of. `request` is as
/// it stands now, so that only those are asked who can still decide.
pub(crate) fn news(
    event: &DomainEvent,
    request: &ApprovalRequest,
    roles: &RoleBook,
    now: DateTime<Utc>,
) -> Option<Notification> {
    let said = Said::of(event, request)?;
    let asked = || match (request.pending(), said.role, said.deadline) {
        (Some(pending), Some(role), Some(deadline))
            if (pending.role, pending.deadline) == (role, deadline) =>
        {
            request.waits_for(roles, now)
        }
        _ => BTreeSet::new(),
    };
    let recipients = match said.kind {
        kind if kind.asks() => asked(),
        kind => informed(kind, event, request, roles, now),
    };
    Some(Notification {
        key: String::new(),
        kind: said.kind,
        event: event.id.clone(),
        request: request.id().clone(),
        team: request.team().clone(),
        role: said.role,
        recipients: recipients.into_iter().collect(),
        action: ActionSummary::of(request.action()),
        impact: request.proposal().impact,
        proposer: request.proposer().clone(),
        deadline: said.deadline,
        verdict: said.verdict,
        result: said.result,
        created_at: event.at,
    })
}

/// Whether news can come of this kind of event at all: only then its request is looked up.
pub(crate) const fn is_news(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::ProposalSubmitted
            | EventKind::VoteCast
            | EventKind::RequestEscalated
            | EventKind::RequestHeld
            | EventKind::DecisionMade
            | EventKind::RequestCancelled
            | EventKind::RequestWithdrawn
            | EventKind::ExecutionFinished
    )
}

/// Who is told how a request ended: its proposer, and those who voted; where somebody ended it, those who were asked as
/// well. Not who did it.
fn informed(
    kind: NotificationKind,
    event: &DomainEvent,
    request: &ApprovalRequest,
    roles: &RoleBook,
    now: DateTime<Utc>,
) -> BTreeSet<PrincipalId> {
    let mut told = BTreeSet::from([request.proposer().clone()]);
    told.extend(
        request.votes().iter().filter(|vote| vote.choice == Choice::Approve).map(|vote| vote.by.clone()),
    );
    if matches!(kind, NotificationKind::Cancelled | NotificationKind::Withdrawn) {
        let book = roles.at(now);
        let last = request.asked().last().copied();
        told.extend(last.into_iter().flat_map(|role| book.holders(role, request.team())).cloned());
    }
    told.remove(&event.actor);
    told
}

/// What an event says.
struct Said {
    kind: NotificationKind,
    role: Option<Role>,
    deadline: Option<DateTime<Utc>>,
    verdict: Option<Verdict>,
    result: Option<OutcomeResult>,
}

impl Said {
    fn of(event: &DomainEvent, request: &ApprovalRequest) -> Option<Self> {
        let payload = event.payload.value();
        match event.kind {
            EventKind::ProposalSubmitted => {
                let kind = match request.appeal() {
                    Some(_) => NotificationKind::AppealRequested,
                    None => NotificationKind::ApprovalRequested,
                };
                Some(Self::asking(kind, at(&payload, "/pending/role")?, at(&payload, "/pending/deadline")?))
            }
            EventKind::VoteCast => {
                let (voted, waits): (u32, u32) =
                    (at(&payload, "/vote/rung")?, at(&payload, "/pending/rung")?);
                let (role, deadline) = (at(&payload, "/pending/role")?, at(&payload, "/pending/deadline")?);
                (voted != waits).then(|| Self::asking(NotificationKind::ApprovalRequested, role, deadline))
            }
            EventKind::RequestEscalated => Some(Self::asking(
                NotificationKind::Escalated,
                at(&payload, "/to")?,
                at(&payload, "/deadline")?,
            )),
            EventKind::RequestHeld => {
                Some(Self::asking(NotificationKind::Held, at(&payload, "/role")?, at(&payload, "/until")?))
            }
            EventKind::DecisionMade => {
                let verdict = at(&payload, "/decision/verdict")?;
                let kind = match verdict {
                    Verdict::Approved | Verdict::AutoApproved | Verdict::Denied => NotificationKind::Decided,
                    Verdict::Expired => NotificationKind::Expired,
                    // Said by the event of the submission, or of the cancellation.
                    Verdict::ApprovalRequired | Verdict::Cancelled => return None,
                };
                Some(Self { verdict: Some(verdict), ..Self::telling(kind) })
            }
            EventKind::RequestCancelled => Some(Self::telling(NotificationKind::Cancelled)),
            EventKind::RequestWithdrawn => Some(Self::telling(NotificationKind::Withdrawn)),
            EventKind::ExecutionFinished => {
                let result = at(&payload, "/state")?;
                Some(Self { result: Some(result), ..Self::telling(NotificationKind::Executed) })
            }
            _ => None,
        }
    }

    const fn asking(kind: NotificationKind, role: Role, deadline: DateTime<Utc>) -> Self {
        Self { kind, role: Some(role), deadline: Some(deadline), verdict: None, result: None }
    }

    const fn telling(kind: NotificationKind) -> Self {
        Self { kind, role: None, deadline: None, verdict: None, result: None }
    }
}

/// What stands at a place of the payload, if it reads as that.
fn at<T: DeserializeOwned>(payload: &Value, pointer: &str) -> Option<T> {
    T::deserialize(payload.pointer(pointer)?).ok()
}

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use juno_domain::{
    Action, ActionCategory, DecidedBy, Digest, DomainEvent, EventKind, Impact, Payload, PrincipalId,
    RequestId, Role, TeamId, Verdict,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::report::RecordLink;
use crate::{Appeal, Choice, Delegation, Ladder, Pending, Term, action_digest};

/// What the log says of each request, and of changes of roles: as much of it as compliance rules ask for.
///
/// Take every record of the log, in order; what is about neither is passed over.
#[derive(Debug, Clone, Default)]
pub struct Trails {
    pub(super) requests: BTreeMap<RequestId, Vec<TrailRecord>>,
    pub(super) roles: Vec<RolesRecord>,
    unreadable: u64,
    left_out: u64,
}

/// What is on record of an execution: plain data, because executions belong to a later stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExecutionFact {
    /// The request it was for.
    pub request: RequestId,
    /// The digest of the action that was carried out.
    pub digest: Digest,
    /// Whether it was begun: its effect may have happened.
    pub begun: bool,
    /// From when on a result should be known.
    pub due_at: Option<DateTime<Utc>>,
    /// When it was stored first.
    pub started_at: DateTime<Utc>,
}

/// One record about a request.
#[derive(Debug, Clone)]
pub(super) struct TrailRecord {
    pub(super) link: RecordLink,
    pub(super) fact: Fact,
}

/// What a record says.
#[derive(Debug, Clone)]
pub(super) enum Fact {
    Submitted(Box<Submitted>),
    Decided {
        verdict: Verdict,
        by: DecidedBy,
        digest: Digest,
    },
    Voted {
        vote: RecordedVote,
        pending: Option<Pending>,
    },
    Escalated {
        to: Option<Role>,
        by: DecidedBy,
        rung: u32,
        deadline: Option<DateTime<Utc>>,
    },
    Held {
        until: DateTime<Utc>,
    },
    Ended,
    Issued {
        digest: Digest,
    },
    Started {
        digest: Digest,
    },
    /// The result is known, or known to be unknown.
    Finished,
    /// It is about the request and cannot be read: damaged, or erased.
    Unreadable,
}

#[derive(Debug, Clone)]
pub(super) struct Submitted {
    pub(super) proposer: PrincipalId,
    pub(super) team: TeamId,
    pub(super) impact: Impact,
    pub(super) category: ActionCategory,
    pub(super) digest: Digest,
    /// Whether the digest is that of the recorded action.
    pub(super) digest_holds: bool,
    pub(super) ladder: Option<Ladder>,
    pub(super) pending: Option<Pending>,
    pub(super) appeal: Option<Appeal>,
}

/// A vote without the words of the voter, which may be erased.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct RecordedVote {
    pub(super) by: PrincipalId,
    pub(super) role: Role,
    #[serde(default)]
    pub(super) on_behalf_of: Option<PrincipalId>,
    pub(super) rung: u32,
    pub(super) choice: Choice,
    pub(super) digest: Digest,
    pub(super) at: DateTime<Utc>,
}

/// A change of roles.
#[derive(Debug, Clone)]
pub(super) struct RolesRecord {
    pub(super) at: DateTime<Utc>,
    pub(super) change: RolesChange,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct RolesChange {
    pub(super) from: Digest,
    pub(super) to: Digest,
    pub(super) assigned: Vec<Place>,
    pub(super) revoked: Vec<Place>,
    pub(super) delegated: Vec<Delegation>,
    pub(super) delegations_ended: Vec<Delegation>,
    pub(super) terms: Terms,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Place {
    pub(super) team: Option<TeamId>,
    pub(super) role: Role,
    pub(super) who: PrincipalId,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Terms {
    pub(super) before: Vec<Term>,
    pub(super) after: Vec<Term>,
}

#[derive(Deserialize)]
struct SubmittedPayload {
    proposal: ProposalPart,
    digest: Digest,
    ladder: Option<Ladder>,
    pending: Option<Pending>,
    #[serde(default)]
    appeal: Option<Appeal>,
}

#[derive(Deserialize)]
struct ProposalPart {
    proposer: PrincipalId,
    team: TeamId,
    impact: Impact,
    action: Action,
}

#[derive(Deserialize)]
struct DecidedPayload {
    decision: DecisionPart,
    digest: Digest,
}

#[derive(Deserialize)]
struct DecisionPart {
    verdict: Verdict,
    by: DecidedBy,
}

#[derive(Deserialize)]
struct VotedPayload {
    vote: RecordedVote,
    pending: Option<Pending>,
}

#[derive(Deserialize)]
struct EscalatedPayload {
    rung: u32,
    to: Option<Role>,
    by: DecidedBy,
    deadline: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct HeldPayload {
    until: DateTime<Utc>,
}

#[derive(Deserialize)]
struct DigestPart {
    digest: Digest,
}

impl Trails {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one record of the log: its place, the leaf hash the log keeps for it, and what it says. Of a record that
    /// was erased in part, the event as far as it is left.
    pub fn take(&mut self, index: u64, leaf: Option<Digest>, event: &DomainEvent) {
        if event.kind == EventKind::RolesChanged {
            match read::<RolesChange>(&event.payload) {
                Some(change) => self.roles.push(RolesRecord { at: event.at, change }),
                None => self.unreadable += 1,
            }
            return;
        }
        if !is_about_a_request(event.kind) {
            return;
        }
        let Ok(request) = RequestId::new(event.subject.as_str()) else {
            self.unreadable += 1;
            return;
        };
        let fact = fact(event).unwrap_or(Fact::Unreadable);
        if matches!(fact, Fact::Unreadable) {
            self.unreadable += 1;
        }
        let link = RecordLink { event: event.id.clone(), kind: event.kind, at: event.at, index, leaf };
        self.requests.entry(request).or_default().push(TrailRecord { link, fact });
    }

    /// Forgets a request: it changes while it is looked at, so that store and log are not of one moment.
    pub fn leave_out(&mut self, request: &RequestId) {
        if self.requests.remove(request).is_some() {
            self.left_out += 1;
        }
    }

    /// How many requests were left out.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// How many requests the log speaks of.
    #[must_use]
    pub fn len(&self) -> usize {
        self.requests.len()
    }

    /// Whether the log speaks of no request.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// How many records about requests or roles could not be read: damaged, or erased as a whole.
    #[must_use]
    pub const fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// When requests were passed to a higher role, for [`Oversight`](crate::Oversight).
    #[must_use]
    pub fn escalations(&self) -> Vec<(RequestId, DateTime<Utc>)> {
        let of = |(request, records): (&RequestId, &Vec<TrailRecord>)| {
            let passed = records.iter().filter(|record| record.link.kind == EventKind::RequestEscalated);
            passed.map(|record| (request.clone(), record.link.at)).collect::<Vec<_>>()
        };
        self.requests.iter().flat_map(of).collect()
    }
}

const fn is_about_a_request(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::ProposalSubmitted
            | EventKind::DecisionMade
            | EventKind::VoteCast
            | EventKind::RequestEscalated
            | EventKind::RequestHeld
            | EventKind::RequestCancelled
            | EventKind::RequestWithdrawn
            | EventKind::AuthorizationIssued
            | EventKind::ExecutionStarted
            | EventKind::ExecutionFinished
            | EventKind::OutcomeRecorded
    )
}

fn fact(event: &DomainEvent) -> Option<Fact> {
    let payload = &event.payload;
    Some(match event.kind {
        EventKind::ProposalSubmitted => {
            let SubmittedPayload { proposal, digest, ladder, pending, appeal } = read(payload)?;
            Fact::Submitted(Box::new(Submitted {
                proposer: proposal.proposer,
                team: proposal.team,
                impact: proposal.impact,
                category: proposal.action.category(),
                digest,
                digest_holds: action_digest(&proposal.action).is_ok_and(|real| real == digest),
                ladder,
                pending,
                appeal,
            }))
        }
        EventKind::DecisionMade => {
            let DecidedPayload { decision: DecisionPart { verdict, by }, digest } = read(payload)?;
            Fact::Decided { verdict, by, digest }
        }
        EventKind::VoteCast => {
            let VotedPayload { vote, pending } = read(payload)?;
            Fact::Voted { vote, pending }
        }
        EventKind::RequestEscalated => {
            let EscalatedPayload { rung, to, by, deadline } = read(payload)?;
            Fact::Escalated { to, by, rung, deadline }
        }
        EventKind::RequestHeld => Fact::Held { until: read::<HeldPayload>(payload)?.until },
        EventKind::RequestCancelled | EventKind::RequestWithdrawn => Fact::Ended,
        EventKind::AuthorizationIssued => Fact::Issued { digest: read::<DigestPart>(payload)?.digest },
        EventKind::ExecutionStarted => Fact::Started { digest: read::<DigestPart>(payload)?.digest },
        EventKind::ExecutionFinished | EventKind::OutcomeRecorded => Fact::Finished,
        _ => return None,
    })
}

fn read<T: DeserializeOwned>(payload: &Payload) -> Option<T> {
    match payload.as_canonical() {
        Some(text) => serde_json::from_str(text).ok(),
        None => T::deserialize(payload.value().as_ref()).ok(),
    }
}

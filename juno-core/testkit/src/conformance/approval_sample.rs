//! Sample proposals and requests for the suites of approval stores.

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{
    Action, Calibration, Confidence, DomainEvent, Evidence, Impact, IssueKey, PrincipalId, Probability,
    Proposal, ProposalId, Role, TeamId,
};
use juno_governance::{
    ApprovalRequest, Ladder, Opening, PolicyDecision, PolicyVerdict, RoleBook, open, request_id,
};

/// When the sample requests are made.
///
/// # Panics
/// Never: the instant is fixed.
#[must_use]
pub fn start() -> DateTime<Utc> {
    "2026-03-02T09:15:00.123456789Z".parse().expect("a time")
}

/// One holder per deciding role, everywhere.
///
/// # Panics
/// Never: the names are fixed.
#[must_use]
pub fn roles() -> RoleBook {
    let mut book = RoleBook::new();
    for (name, role) in ["lead", "manager", "engineer", "director"].into_iter().zip(Role::LADDER) {
        book.assign(person(name), role, None);
    }
    book
}

/// A proposal with awkward text, numbers and evidence.
///
/// # Panics
/// If `id` or `team` is no id.
#[must_use]
pub fn sample_proposal(id: &str, team: &str, at: DateTime<Utc>) -> Proposal {
    Proposal {
        id: ProposalId::new(id).expect("a proposal id"),
        action: Action::AddLabel {
            issue: IssueKey::new("PAY-12").expect("a key"),
            label: "étiquette 'x' ☃".into(),
        },
        impact: Impact::Low,
        team: TeamId::new(team).expect("a team"),
        proposer: person("juno"),
        confidence: Confidence {
            value: Probability::new(0.1 + 0.2).expect("a probability"),
            calibration: Calibration::Calibrated { method: "platt".into(), outcomes: 31 },
        },
        score: None,
        rationale: "Nobody has looked at it;\n\"30\" days -- \u{1F600}".into(),
        evidence: vec![Evidence {
            id: "e1".into(),
            source: "changelog of PAY-12".into(),
            statement: "last change 30 days ago".into(),
            observed_at: at - TimeDelta::nanoseconds(1),
            quality: Probability::ONE,
        }],
        proposed_at: at,
    }
}

/// A request that waits for the Team Lead for 24 hours, with the events of its submission.
///
/// # Panics
/// If `id` or `team` is no id.
#[must_use]
pub fn sample_request(id: &str, team: &str, at: DateTime<Utc>) -> (ApprovalRequest, Vec<DomainEvent>) {
    let proposal = sample_proposal(id, team, at);
    let opening = Opening {
        id: request_id(&proposal.id, 0).expect("a request id"),
        proposal: &proposal,
        original: None,
        decision: PolicyDecision::because(
            PolicyVerdict::RequireApproval(Ladder::default_for(Impact::Low)),
            "a person decides",
        ),
        policy_version: "sample@1",
        cites: None,
    };
    open(opening, &roles(), at).expect("the sample team can decide it")
}

pub(crate) fn person(name: &str) -> PrincipalId {
    PrincipalId::new(name).expect("a principal")
}

//! A team, a proposal and a gate to test with.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{
    Action, ActionCategory, Calibration, Confidence, EventBuffer, Impact, IssueKey, PrincipalId, Probability,
    Proposal, ProposalId, Role, TeamId,
};
use juno_governance::{
    DefaultPolicy, Gate, GovernancePolicy, InMemoryApprovalStore, PolicyContext, PolicyDecision, PolicyRules,
    PolicySettings, PolicyVerdict, RoleBook,
};

pub(crate) fn who(name: &str) -> PrincipalId {
    PrincipalId::new(name).unwrap()
}

pub(crate) fn pay() -> TeamId {
    TeamId::new("PAY").unwrap()
}

pub(crate) fn start() -> DateTime<Utc> {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

pub(crate) fn hours(n: i64) -> TimeDelta {
    TimeDelta::hours(n)
}

/// One holder per rung and an administrator.
pub(crate) fn roles() -> RoleBook {
    let mut book = RoleBook::new();
    book.assign(who("lead"), Role::TeamLead, Some(pay()));
    book.assign(who("manager"), Role::ProjectManager, Some(pay()));
    book.assign(who("engineer"), Role::EngineeringManager, None);
    book.assign(who("director"), Role::Director, None);
    book.assign(who("root"), Role::Admin, None);
    book
}

pub(crate) fn label() -> Action {
    Action::AddLabel { issue: IssueKey::new("PAY-12").unwrap(), label: "stale".into() }
}

pub(crate) fn custom(category: ActionCategory, reversible: bool) -> Action {
    Action::Custom {
        name: "deploy".into(),
        target: "api".into(),
        category,
        reversible,
        arguments: BTreeMap::from([("version".to_owned(), "1.2".into())]),
    }
}

pub(crate) fn sure(value: f64) -> Confidence {
    Confidence {
        value: Probability::new(value).unwrap(),
        calibration: Calibration::Calibrated { method: "platt".into(), outcomes: 200 },
    }
}

pub(crate) fn proposal(id: &str, action: Action, impact: Impact) -> Proposal {
    Proposal {
        id: ProposalId::new(id).unwrap(),
        action,
        impact,
        team: pay(),
        proposer: who("juno"),
        confidence: sure(0.95),
        score: None,
        rationale: "Nobody has looked at it for 30 days.".into(),
        evidence: vec![],
        proposed_at: start(),
    }
}

pub(crate) struct Desk {
    pub(crate) gate: Gate,
    pub(crate) store: Arc<InMemoryApprovalStore>,
    pub(crate) outbox: Arc<EventBuffer>,
}

pub(crate) fn desk() -> Desk {
    desk_with(DefaultPolicy::new(PolicyRules::default()).unwrap(), roles())
}

pub(crate) fn desk_with(policy: impl GovernancePolicy + 'static, roles: RoleBook) -> Desk {
    let outbox = Arc::new(EventBuffer::default());
    let store = Arc::new(InMemoryApprovalStore::new(Arc::clone(&outbox)));
    Desk { gate: Gate::new(Arc::clone(&store) as _, Arc::new(policy), roles), store, outbox }
}

/// Another gate over the same store, as a new process would have it.
pub(crate) fn reopened(desk: &Desk, policy: impl GovernancePolicy + 'static) -> Gate {
    Gate::new(Arc::clone(&desk.store) as _, Arc::new(policy), roles())
}

/// Settings under which a policy alone decides.
pub(crate) fn free() -> PolicySettings {
    PolicySettings { supervisor_mode: false, ..PolicySettings::default() }
}

/// A policy that always says the same.
pub(crate) struct Always {
    pub(crate) version: String,
    pub(crate) verdict: PolicyVerdict,
}

impl Always {
    pub(crate) fn says(version: &str, verdict: PolicyVerdict) -> Self {
        Self { version: version.into(), verdict }
    }
}

impl GovernancePolicy for Always {
    fn version(&self) -> &str {
        &self.version
    }
    fn decide(&self, _: &PolicyContext<'_>) -> PolicyDecision {
        PolicyDecision { verdict: self.verdict.clone(), reasons: vec![] }
    }
}

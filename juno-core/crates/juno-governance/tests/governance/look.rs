//! What the tests of compliance look at: a desk, its log, and what was put past the gate.

use crate::common::*;
use chrono::{DateTime, Utc};
use juno_crypto::digest_of;
use juno_domain::{DomainEvent, Impact, RequestId, Role};
use juno_governance::{
    ApprovalRequest, ApprovalStore, Ballot, ComplianceInput, ComplianceReport, ComplianceRules,
    ExecutionFact, Ladder, LogState, OnExpiry, Period, PolicySettings, PolicyVerdict, RequestFilter,
    RoleBook, Rung, Trails, check_compliance,
};
use serde_json::{Value, json};

pub(crate) fn asks(rungs: &[(Role, u32, OnExpiry)]) -> PolicyVerdict {
    let rung = |(role, quorum, on_expiry): &(Role, u32, OnExpiry)| Rung {
        role: *role,
        quorum: *quorum,
        deadline_hours: 24,
        on_expiry: *on_expiry,
    };
    PolicyVerdict::RequireApproval(Ladder::new(rungs.iter().map(rung).collect()).unwrap())
}

/// The log as an honest outbox gives it.
pub(crate) fn log(desk: &Desk) -> Vec<DomainEvent> {
    desk.outbox.waiting(10_000)
}

pub(crate) fn whole(events: &[DomainEvent]) -> LogState {
    LogState {
        size: u64::try_from(events.len()).unwrap(),
        root: digest_of(&"root").unwrap(),
        verified: true,
        first_bad: None,
    }
}

pub(crate) struct Look<'a> {
    pub(crate) desk: &'a Desk,
    pub(crate) roles: RoleBook,
    pub(crate) events: Vec<DomainEvent>,
    pub(crate) executions: Vec<ExecutionFact>,
    pub(crate) rules: ComplianceRules,
    pub(crate) period: Period,
    pub(crate) now: DateTime<Utc>,
}

impl<'a> Look<'a> {
    pub(crate) fn at(desk: &'a Desk, now: DateTime<Utc>) -> Self {
        Self {
            desk,
            roles: roles(),
            events: log(desk),
            executions: vec![],
            rules: ComplianceRules::standard().unwrap(),
            period: Period::default(),
            now,
        }
    }

    pub(crate) async fn report(&self) -> ComplianceReport {
        let requests = self.desk.store.list(&RequestFilter::default()).await.unwrap();
        let mut trails = Trails::new();
        for (index, event) in (0..).zip(&self.events) {
            trails.take(index, None, event);
        }
        let log = whole(&self.events);
        let input = ComplianceInput {
            requests: &requests,
            executions: &self.executions,
            trails: &trails,
            roles: &self.roles,
            log: &log,
        };
        check_compliance(input, &self.rules, self.period, self.now).unwrap()
    }

    /// The rules with findings, and of which request.
    pub(crate) async fn broken(&self) -> Vec<(String, Option<RequestId>)> {
        let mut found: Vec<_> =
            self.report().await.findings().map(|one| (one.rule.clone(), one.request.clone())).collect();
        found.dedup();
        found
    }
}

pub(crate) async fn submitted(desk: &Desk, id: &str) -> ApprovalRequest {
    let proposal = proposal(id, label(), Impact::Low);
    desk.gate.submit(&proposal, PolicySettings::default(), start()).await.unwrap().request
}

pub(crate) async fn voted(
    desk: &Desk,
    request: &ApprovalRequest,
    by: &str,
    at: DateTime<Utc>,
) -> ApprovalRequest {
    desk.gate.vote(request.id(), Ballot::approve(request, who(by), "fine"), at).await.unwrap()
}

/// Writes a request past the gate, without a record.
pub(crate) async fn forge(
    desk: &Desk,
    request: &ApprovalRequest,
    edit: impl FnOnce(&mut Value),
) -> ApprovalRequest {
    let mut json = serde_json::to_value(request).unwrap();
    json["version"] = (request.version() + 1).into();
    edit(&mut json);
    let forged: ApprovalRequest = serde_json::from_value(json).unwrap();
    desk.store.transition(request.version(), &forged, &[]).await.unwrap();
    forged
}

pub(crate) fn approved_by(who: &str) -> Value {
    json!({
        "state": "approved", "at": start(), "reasons": ["fine"],
        "by": { "type": "person", "principal": who, "role": "team_lead" },
    })
}

pub(crate) fn vote_of(request: &ApprovalRequest, by: &str) -> Value {
    json!({
        "by": by, "role": "team_lead", "rung": 0, "choice": "approve", "reason": "fine",
        "digest": request.digest(), "at": start(),
    })
}

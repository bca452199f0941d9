//! Faults found in other governance libraries, one test each.

use std::sync::Arc;

use crate::common::*;
use juno_domain::{Action, ActionCategory, ErrorKind, Impact, MemberId, Role, TeamId, Verdict};
use juno_governance::{
    ApprovalStore, Ballot, GovernanceError, Ladder, OnExpiry, PolicySettings, PolicyVerdict, RequestFilter,
    RoleBook, Rung, StateKind,
};

/// control: ASI03, ASI10, SOC2-CC6.3
#[tokio::test]
async fn proposer_approves_own_critical_action() {
    // The proposer even is a director, and the only one.
    let mut roles = roles();
    roles.assign(who("juno"), Role::Director, None);
    let desk = desk_with(
        Always::says("p", PolicyVerdict::RequireApproval(Ladder::default_for(Impact::Critical))),
        roles,
    );
    let critical = proposal("p1", custom(ActionCategory::ProcessChange, false), Impact::Critical);
    let request = desk.gate.submit(&critical, free(), start()).await.unwrap().request;
    let own = Ballot::approve(&request, who("juno"), "trust me");
    let error = desk.gate.vote(request.id(), own, start()).await.unwrap_err();
    assert!(matches!(error, GovernanceError::ProposerVotes { .. }), "{error}");
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert_eq!(desk.gate.get(request.id()).await.unwrap(), request, "nothing was written");
}

/// control: ASI03, SOC2-CC6.3
#[tokio::test]
async fn one_person_passes_every_rung_in_reverse_order() {
    let rung = |role| Rung { role, quorum: 1, deadline_hours: 24, on_expiry: OnExpiry::Escalate };
    let ladder = Ladder::new(Role::LADDER.map(rung).to_vec()).unwrap();
    let desk = desk_with(Always::says("four", PolicyVerdict::RequireApproval(ladder)), roles());
    let p = proposal("p1", label(), Impact::Low);
    let mut request = desk.gate.submit(&p, free(), start()).await.unwrap().request;

    // From the top down: each vote is for the rung that is open, so the director cannot pass his own rung first.
    for (voter, passes) in [("director", true), ("director", false), ("lead", false)] {
        let ballot = Ballot::approve(&request, who(voter), "yes");
        let voted = desk.gate.vote(request.id(), ballot, start()).await;
        assert_eq!(voted.is_ok(), passes, "{voter}: {voted:?}");
        request = desk.gate.get(request.id()).await.unwrap();
    }
    assert_eq!(request.votes().len(), 1);
    assert_eq!(request.votes()[0].rung, 0);

    // In order and by different people it climbs; the director's vote was spent, so the last rung finds nobody.
    for (voter, rung) in [("manager", 1), ("engineer", 2)] {
        assert_eq!(request.pending().unwrap().rung, rung);
        let ballot = Ballot::approve(&request, who(voter), "yes");
        request = desk.gate.vote(request.id(), ballot, start()).await.unwrap();
    }
    let last = request.pending().expect("nobody but the director may pass the last rung");
    assert_eq!((last.rung, last.role), (3, Role::Director));
    let again = Ballot::approve(&request, who("director"), "yes");
    let error = desk.gate.vote(request.id(), again, start()).await.unwrap_err();
    assert!(matches!(error, GovernanceError::AlreadyVoted { .. }), "{error}");
}

/// control: APTS-HO-003
#[tokio::test]
async fn approval_accepted_after_the_deadline() {
    let desk = desk();
    let p = proposal("p1", label(), Impact::Low);
    let request = desk.gate.submit(&p, PolicySettings::default(), start()).await.unwrap().request;
    let deadline = request.pending().unwrap().deadline;
    assert_eq!(deadline, start() + hours(24));
    // Nobody has called tick: the vote is late all the same, at the very instant of the deadline and after it.
    for late in [deadline, deadline + hours(100)] {
        let ballot = Ballot::approve(&request, who("lead"), "sorry, was away");
        let error = desk.gate.vote(request.id(), ballot, late).await.unwrap_err();
        assert!(matches!(error, GovernanceError::DeadlinePassed { .. }), "{error}");
        assert!(desk.gate.escalate(request.id(), &who("lead"), "late", late).await.is_err());
    }
    let in_time = deadline - chrono::TimeDelta::milliseconds(1);
    let ballot = Ballot::approve(&request, who("lead"), "just in time");
    assert_eq!(desk.gate.vote(request.id(), ballot, in_time).await.unwrap().kind(), StateKind::Approved);
}

/// control: AIA-14-1
#[tokio::test]
async fn escalated_requests_invisible() {
    let desk = desk();
    let p = proposal("p1", label(), Impact::Low);
    let request = desk.gate.submit(&p, PolicySettings::default(), start()).await.unwrap().request;
    let seen_by = async |role| {
        let filter = RequestFilter { role: Some(role), ..RequestFilter::default() };
        desk.gate.pending(filter).await.unwrap().len()
    };
    assert_eq!((seen_by(Role::TeamLead).await, seen_by(Role::ProjectManager).await), (1, 0));
    let escalated = desk.gate.escalate(request.id(), &who("lead"), "not mine to say", start()).await.unwrap();
    assert_eq!(escalated.pending().unwrap().role, Role::ProjectManager);
    assert_eq!((seen_by(Role::TeamLead).await, seen_by(Role::ProjectManager).await), (1, 1));
    assert_eq!(seen_by(Role::Director).await, 0);
    // The old rung sees it and no longer decides it.
    let ballot = Ballot::approve(&escalated, who("lead"), "after all");
    assert_eq!(desk.gate.vote(request.id(), ballot, start()).await.unwrap_err().kind(), ErrorKind::Denied);
}

/// control: ASI03, SOC2-CC6.3
#[tokio::test]
async fn routed_to_a_role_that_cannot_approve() {
    let desk = desk();
    let reassign = Action::Reassign {
        issue: juno_domain::IssueKey::new("PAY-1").unwrap(),
        from: None,
        to: MemberId::new("bo").unwrap(),
    };
    // Medium impact is the lead's, but a lead may not allocate people.
    let p = proposal("p1", reassign, Impact::Medium);
    let request = desk.gate.submit(&p, free(), start()).await.unwrap().request;
    assert_eq!(request.pending().unwrap().role, Role::ProjectManager);
    // A process change passes over lead and project manager, at submission and at escalation.
    let p = proposal("p2", custom(ActionCategory::ProcessChange, true), Impact::High);
    let request = desk.gate.submit(&p, free(), start()).await.unwrap().request;
    assert_eq!(request.pending().unwrap().role, Role::EngineeringManager);
    let manager = Ballot::approve(&request, who("manager"), "yes");
    assert_eq!(desk.gate.vote(request.id(), manager, start()).await.unwrap_err().kind(), ErrorKind::Denied);

    // Where nobody may decide, submitting says so and stores nothing.
    let mut elsewhere = proposal("p3", label(), Impact::Low);
    elsewhere.team = TeamId::new("PAYMENTS").unwrap();
    let mut only_pay = RoleBook::new();
    only_pay.assign(who("lead"), Role::TeamLead, Some(pay()));
    let empty = desk_with(
        Always::says("p", PolicyVerdict::RequireApproval(Ladder::default_for(Impact::Low))),
        only_pay,
    );
    let error = empty.gate.submit(&elsewhere, free(), start()).await.unwrap_err();
    assert!(matches!(error, GovernanceError::NoApprover { .. }), "{error}");
    assert!(empty.store.list(&RequestFilter::default()).await.unwrap().is_empty());
    assert!(empty.outbox.waiting(1).is_empty());
}

/// control: ASI02
#[test]
fn unknown_impact_counts_as_lowest() {
    let mut json = serde_json::to_value(proposal("p1", label(), Impact::Low)).unwrap();
    json["impact"] = "severe".into();
    assert!(serde_json::from_value::<juno_domain::Proposal>(json).is_err());
    assert!(toml::from_str::<juno_governance::PolicyRules>("[ladders.severe]\nrungs = []").is_err());
    let category =
        r#"{"type":"custom","name":"n","target":"t","category":"fun","reversible":true,"arguments":{}}"#;
    assert!(serde_json::from_str::<Action>(category).is_err());
}

/// control: ASI08
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_decisions_in_a_race() {
    for round in 0..50 {
        let desk = Arc::new(desk());
        let p = proposal(&format!("p{round}"), label(), Impact::Low);
        let request = desk.gate.submit(&p, PolicySettings::default(), start()).await.unwrap().request;
        let mut tasks = Vec::new();
        for (by, approve) in [("lead", true), ("manager", false), ("engineer", true), ("director", false)] {
            let desk = Arc::clone(&desk);
            let ballot = if approve {
                Ballot::approve(&request, who(by), "yes")
            } else {
                Ballot::deny(&request, who(by), "no")
            };
            let id = request.id().clone();
            tasks.push(tokio::spawn(async move { desk.gate.vote(&id, ballot, start()).await }));
        }
        let mut accepted = Vec::new();
        for task in tasks {
            match task.await.unwrap() {
                Ok(after) => accepted.push(after),
                Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error}"),
            }
        }
        assert_eq!(accepted.len(), 1, "one decision, however many vote at once");
        let stored = desk.gate.get(request.id()).await.unwrap();
        assert_eq!(stored, accepted[0]);
        assert_eq!(stored.votes().len(), 1);
        let decisions = desk.outbox.waiting(100).into_iter();
        let verdicts: Vec<_> = decisions
            .filter(|event| event.kind == juno_domain::EventKind::DecisionMade)
            .map(|event| event.payload.value()["decision"]["verdict"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(verdicts.len(), 2, "the submission and one outcome: {verdicts:?}");
    }
}

/// control: APTS-HO-003, AIA-14-1
#[tokio::test]
async fn expiry_only_when_touched() {
    let desk = desk();
    let mut ids = Vec::new();
    for n in 0..600 {
        let p = proposal(&format!("p{n}"), label(), Impact::Low);
        ids.push(
            desk.gate.submit(&p, PolicySettings::default(), start()).await.unwrap().request.id().clone(),
        );
    }
    assert!(desk.gate.tick(start() + hours(23)).await.unwrap().is_empty());
    let fired = desk.gate.tick(start() + hours(24)).await.unwrap();
    assert_eq!(fired.len(), 600, "one tick fires all of them, nobody touched one");
    for id in &ids {
        let pending = *desk.gate.get(id).await.unwrap().pending().unwrap();
        assert_eq!((pending.role, pending.escalations), (Role::ProjectManager, 1));
        assert_eq!(pending.deadline, start() + hours(48));
    }
    assert!(desk.gate.tick(start() + hours(24)).await.unwrap().is_empty(), "each deadline fires once");
    // Past the director the request is denied.
    let mut last = Vec::new();
    for day in 2..=4 {
        last = desk.gate.tick(start() + hours(24 * day)).await.unwrap();
    }
    assert_eq!(last.len(), 600);
    let end = desk.gate.get(&ids[0]).await.unwrap();
    assert_eq!(end.kind(), StateKind::Denied);
    assert_eq!(end.decision().verdict, Verdict::Denied);
    assert_eq!(end.decision().by, juno_domain::DecidedBy::Deadline);
    assert_eq!(end.asked(), Role::LADDER);
}

#[tokio::test]
async fn nothing_survives_a_restart() {
    // Nothing lives in the gate: another one over the same store goes on where the first stopped.
    let desk = desk();
    let p = proposal("p1", label(), Impact::Low);
    let request = desk.gate.submit(&p, PolicySettings::default(), start()).await.unwrap().request;
    let policy = juno_governance::DefaultPolicy::new(juno_governance::PolicyRules::default()).unwrap();
    let second = reopened(&desk, policy.clone());
    assert!(second.submit(&p, PolicySettings::default(), start() + hours(1)).await.unwrap().already_known);
    let ballot = Ballot::approve(&request, who("lead"), "yes");
    second.vote(request.id(), ballot, start() + hours(1)).await.unwrap();
    let third = reopened(&desk, policy);
    drop(third.redeem(request.id(), PolicySettings::default(), start() + hours(2)).await.unwrap());
    let error =
        desk.gate.redeem(request.id(), PolicySettings::default(), start() + hours(3)).await.unwrap_err();
    assert_eq!(error, GovernanceError::AlreadyRedeemed(request.id().clone()));
}

/// control: ASI02
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_approved_tool_runs_again_on_replay() {
    let desk = Arc::new(desk());
    let p = proposal("p1", label(), Impact::Low);
    let request = desk.gate.submit(&p, free(), start()).await.unwrap().request;
    assert_eq!(request.decision().verdict, Verdict::AutoApproved);
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let (desk, id) = (Arc::clone(&desk), request.id().clone());
            tokio::spawn(async move { desk.gate.redeem(&id, free(), start()).await })
        })
        .collect();
    let mut winners = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(authorization) => {
                assert_eq!(authorization.action(), &label());
                winners += 1;
            }
            Err(error) => assert_eq!(error, GovernanceError::AlreadyRedeemed(request.id().clone())),
        }
    }
    assert_eq!(winners, 1);
    // The whole turn replayed: submitted again, it is known and gives nothing.
    let again = desk.gate.submit(&p, free(), start() + hours(5)).await.unwrap();
    assert!(again.already_known);
    assert!(desk.gate.redeem(again.request.id(), free(), start() + hours(5)).await.is_err());
}

//! What the gate promises beyond single transitions.

use crate::common::*;
use async_trait::async_trait;
use juno_domain::{
    Confidence, DecidedBy, ErrorKind, EventKind, Impact, Probability, RequestId, Role, Verdict,
};
use juno_governance::{
    ApprovalRequest, ApprovalStore, Ballot, DefaultPolicy, ExecutionWitness, FiredResult, GovernanceError,
    Ladder, OnExpiry, PolicyRules, PolicySettings, PolicyVerdict, RequestFilter, Rung, StateKind, request_id,
};

fn standard() -> DefaultPolicy {
    DefaultPolicy::new(PolicyRules::default()).unwrap()
}

#[tokio::test]
async fn the_same_proposal_is_one_request() {
    let desk = desk();
    let p = proposal("p1", label(), Impact::Low);
    let first = desk.gate.submit(&p, PolicySettings::default(), start()).await.unwrap();
    let second = desk.gate.submit(&p, PolicySettings::default(), start() + hours(1)).await.unwrap();
    assert!(!first.already_known && second.already_known);
    assert_eq!(first.request, second.request);
    assert_eq!(desk.outbox.waiting(10).len(), 2, "submitted and decided, once");
    assert_eq!(*first.request.id(), request_id(&p.id, 0).unwrap());

    let edited = proposal("p1", custom(juno_domain::ActionCategory::Escalation, true), Impact::Low);
    let error = desk.gate.submit(&edited, PolicySettings::default(), start()).await.unwrap_err();
    assert!(matches!(error, GovernanceError::OtherProposal(_)), "{error}");
    let lowered = proposal("p1", label(), Impact::Medium);
    assert!(desk.gate.submit(&lowered, PolicySettings::default(), start()).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn submitted_by_32_callers_at_once_it_is_one_request() {
    let desk = std::sync::Arc::new(desk());
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let desk = std::sync::Arc::clone(&desk);
            let p = proposal("p1", label(), Impact::Low);
            tokio::spawn(async move { desk.gate.submit(&p, free(), start()).await.unwrap().already_known })
        })
        .collect();
    let mut new = 0;
    for task in tasks {
        new += u32::from(!task.await.unwrap());
    }
    assert_eq!(new, 1);
    assert_eq!(desk.outbox.waiting(100).len(), 2);
}

/// control: ASI01, ASI02, ASI09
#[tokio::test]
async fn an_edited_action_voids_the_vote() {
    let desk = desk();
    let p = proposal("p1", label(), Impact::Low);
    let other = proposal("p2", custom(juno_domain::ActionCategory::TicketManagement, true), Impact::Low);
    let request = desk.gate.submit(&p, PolicySettings::default(), start()).await.unwrap().request;
    let seen = desk.gate.submit(&other, PolicySettings::default(), start()).await.unwrap().request;
    let ballot = Ballot::approve(&seen, who("lead"), "I looked at the other one");
    let error = desk.gate.vote(request.id(), ballot, start()).await.unwrap_err();
    assert!(matches!(error, GovernanceError::DigestMismatch { .. }), "{error}");
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

/// control: ASI10, AIA-14-4-d
#[tokio::test]
async fn settings_stand_above_every_policy() {
    let allow_all = Always::says("yes-to-all", PolicyVerdict::Allow);
    let desk = desk_with(allow_all, roles());
    let p = |id: &str| proposal(id, label(), Impact::High);
    let decide = async |id: &str, settings| desk.gate.submit(&p(id), settings, start()).await.unwrap();
    assert_eq!(decide("a", free()).await.decision.verdict, Verdict::AutoApproved);
    let held = decide("b", PolicySettings::default()).await;
    assert_eq!(held.decision.verdict, Verdict::ApprovalRequired);
    assert_eq!(held.request.pending().unwrap().role, Role::ProjectManager);
    assert!(held.decision.reasons[0].contains("supervisor mode"), "{:?}", held.decision.reasons);
    let only_propose = PolicySettings { autonomous_actions: false, ..free() };
    assert_eq!(decide("c", only_propose).await.decision.verdict, Verdict::ApprovalRequired);
    let analyst = PolicySettings { phase: 1, ..free() };
    let denied = decide("d", analyst).await;
    assert_eq!(denied.decision.verdict, Verdict::Denied);
    assert!(denied.decision.reasons[0].contains("phase 1"), "{:?}", denied.decision.reasons);
}

#[tokio::test]
async fn what_only_a_policy_denied_is_asked_anew_when_the_policy_changes() {
    let desk = desk();
    let p = proposal("p1", label(), Impact::Low);
    let analyst = PolicySettings { phase: 1, ..PolicySettings::default() };
    let denied = desk.gate.submit(&p, analyst, start()).await.unwrap();
    assert_eq!(denied.decision.verdict, Verdict::Denied);
    assert!(desk.gate.submit(&p, analyst, start()).await.unwrap().already_known);
    let asked = desk.gate.submit(&p, PolicySettings::default(), start()).await.unwrap();
    assert!(!asked.already_known);
    assert_eq!(asked.decision.verdict, Verdict::ApprovalRequired);
    assert_eq!(asked.request.cites(), Some(denied.request.id()));
    assert_eq!(desk.gate.get(denied.request.id()).await.unwrap(), denied.request, "the old decision stands");
    // A person's refusal is final whatever the policy says later.
    let no = Ballot::deny(&asked.request, who("lead"), "we keep it");
    desk.gate.vote(asked.request.id(), no, start()).await.unwrap();
    for settings in [PolicySettings::default(), analyst, free()] {
        let again = desk.gate.submit(&p, settings, start() + hours(1)).await.unwrap();
        assert!(again.already_known);
        assert_eq!(again.decision.verdict, Verdict::Denied);
        assert_eq!(again.decision.reasons, ["we keep it"]);
    }
}

#[tokio::test]
async fn an_automatic_approval_does_not_outlive_its_policy() {
    let desk = desk();
    let p = proposal("p1", label(), Impact::Low);
    let auto = desk.gate.submit(&p, free(), start()).await.unwrap().request;
    assert_eq!(auto.kind(), StateKind::Approved);
    // Supervisor mode was switched on before anybody redeemed it.
    let supervised = PolicySettings::default();
    let error = desk.gate.redeem(auto.id(), supervised, start()).await.unwrap_err();
    assert_eq!(error, GovernanceError::PolicyChanged(auto.id().clone()));
    let analyst = PolicySettings { phase: 1, ..free() };
    assert_eq!(desk.gate.redeem(auto.id(), analyst, start()).await.unwrap_err().kind(), ErrorKind::Denied);
    // Submitted again it is a question to a person; the old approval is gone for good.
    let asked = desk.gate.submit(&p, supervised, start()).await.unwrap();
    assert_eq!(asked.request.cites(), Some(auto.id()));
    assert_eq!(asked.decision.verdict, Verdict::ApprovalRequired);
    assert_eq!(desk.gate.get(auto.id()).await.unwrap().kind(), StateKind::Cancelled);
    assert!(desk.gate.redeem(auto.id(), free(), start()).await.is_err());
}

/// control: SOC2-CC8.1
#[tokio::test]
async fn an_approval_under_a_laxer_policy_is_not_redeemed() {
    let desk = desk();
    let p = proposal("p1", label(), Impact::Low);
    let request = desk.gate.submit(&p, PolicySettings::default(), start()).await.unwrap().request;
    desk.gate.vote(request.id(), Ballot::approve(&request, who("lead"), "yes"), start()).await.unwrap();
    let strict = Ladder::default_for(Impact::Critical);
    let gate = reopened(&desk, Always::says("strict", PolicyVerdict::RequireApproval(strict)));
    let error = gate.redeem(request.id(), PolicySettings::default(), start()).await.unwrap_err();
    assert_eq!(error, GovernanceError::PolicyChanged(request.id().clone()));
    let asked = gate.submit(&p, PolicySettings::default(), start()).await.unwrap();
    assert_eq!(asked.request.pending().unwrap().role, Role::EngineeringManager);
    assert_eq!(asked.request.cites(), Some(request.id()));
    // Another version that asks the same people changes nothing.
    let same = Ladder::default_for(Impact::Critical);
    let gate = reopened(&desk, Always::says("strict-2", PolicyVerdict::RequireApproval(same)));
    assert!(gate.submit(&p, PolicySettings::default(), start()).await.unwrap().already_known);
}

/// control: ASI03
#[tokio::test]
async fn a_row_edited_to_read_approved_is_not_redeemed() {
    let desk = desk();
    let p = proposal("p1", label(), Impact::Low);
    let request = desk.gate.submit(&p, PolicySettings::default(), start()).await.unwrap().request;
    let honest =
        desk.gate.vote(request.id(), Ballot::approve(&request, who("lead"), "yes"), start()).await.unwrap();
    let forged = |edit: &dyn Fn(&mut serde_json::Value)| -> ApprovalRequest {
        let mut json = serde_json::to_value(&honest).unwrap();
        edit(&mut json);
        serde_json::from_value(json).unwrap()
    };
    let edits: [&dyn Fn(&mut serde_json::Value); 6] = [
        &|row| row["votes"] = serde_json::json!([]),
        &|row| row["votes"][0]["by"] = "juno".into(),
        &|row| row["votes"][0]["digest"] = "0".repeat(64).into(),
        &|row| row["votes"][0]["choice"] = "deny".into(),
        &|row| row["proposal"]["action"]["label"] = "prod".into(),
        &|row| row["state"]["by"] = serde_json::json!({"type": "policy", "version": "default"}),
    ];
    for edit in edits {
        let bad = forged(edit);
        let outbox = std::sync::Arc::new(juno_domain::EventBuffer::default());
        let store = std::sync::Arc::new(juno_governance::InMemoryApprovalStore::new(outbox));
        store.create(&bad, &[]).await.unwrap();
        let gate = juno_governance::Gate::new(store, std::sync::Arc::new(standard()), roles());
        let error = gate.redeem(bad.id(), PolicySettings::default(), start()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    }
    assert!(desk.gate.redeem(honest.id(), PolicySettings::default(), start()).await.is_ok());
}

/// control: ASI03, SOC2-CC6.3
#[tokio::test]
async fn a_row_edited_to_count_one_person_twice_is_not_redeemed() {
    let two = Rung { role: Role::TeamLead, quorum: 2, deadline_hours: 24, on_expiry: OnExpiry::Escalate };
    let ladder = Ladder::new(vec![two]).unwrap();
    let desk = desk_with(Always::says("two", PolicyVerdict::RequireApproval(ladder.clone())), roles());
    let p = proposal("p1", label(), Impact::Low);
    let request = desk.gate.submit(&p, free(), start()).await.unwrap().request;
    for by in ["lead", "manager"] {
        desk.gate.vote(request.id(), Ballot::approve(&request, who(by), "yes"), start()).await.unwrap();
    }
    let mut row = serde_json::to_value(desk.gate.get(request.id()).await.unwrap()).unwrap();
    row["votes"][1]["by"] = "lead".into();
    let other = desk_with(Always::says("two", PolicyVerdict::RequireApproval(ladder)), roles());
    let forged: ApprovalRequest = serde_json::from_value(row).unwrap();
    other.store.create(&forged, &[]).await.unwrap();
    let error = other.gate.redeem(forged.id(), free(), start()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    drop(desk.gate.redeem(request.id(), free(), start()).await.unwrap());
}

#[tokio::test]
async fn errors_of_redeeming_say_what_to_do() {
    let desk = desk();
    let p = proposal("p1", label(), Impact::Low);
    let request = desk.gate.submit(&p, PolicySettings::default(), start()).await.unwrap().request;
    let redeem =
        async || desk.gate.redeem(request.id(), PolicySettings::default(), start()).await.unwrap_err();
    let waiting = redeem().await;
    assert_eq!(waiting.kind(), ErrorKind::ApprovalRequired);
    assert_eq!(
        waiting.to_string(),
        format!(
            "request `{}` waits for Team Lead until `2026-03-03 09:00:00 UTC`: ask them, or wait",
            request.id()
        )
    );
    desk.gate.vote(request.id(), Ballot::deny(&request, who("lead"), "still needed"), start()).await.unwrap();
    let refused = redeem().await;
    assert_eq!(refused.kind(), ErrorKind::Denied);
    assert!(refused.to_string().ends_with("is denied: still needed"), "{refused}");
    let unknown = RequestId::new("req-0").unwrap();
    let missing = desk.gate.redeem(&unknown, PolicySettings::default(), start()).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
}

/// control: AIA-14-4-d
#[tokio::test]
async fn the_proposer_withdraws_and_an_admin_and_voters_cancel_until_it_is_redeemed() {
    for (by, may) in [("juno", true), ("root", true), ("lead", true), ("director", true), ("eve", false)] {
        let desk = desk();
        let p = proposal("p1", label(), Impact::Low);
        let request = desk.gate.submit(&p, PolicySettings::default(), start()).await.unwrap().request;
        desk.gate.vote(request.id(), Ballot::approve(&request, who("lead"), "yes"), start()).await.unwrap();
        let (id, by) = (request.id(), who(by));
        let cancelled = desk.gate.cancel(id, &by, "changed my mind", start()).await;
        assert_eq!(cancelled.is_ok(), may && by != who("juno"), "{by}");
        let withdrawn = desk.gate.withdraw(id, &by, "changed my mind", start()).await;
        assert_eq!(withdrawn.is_ok(), by == who("juno"), "{by}");
        if let Ok(after) = withdrawn {
            assert_eq!(after.decision().verdict, Verdict::Cancelled);
            assert_eq!(after.decision().by, DecidedBy::Proposer { principal: by.clone() });
            let kinds: Vec<_> = desk.outbox.waiting(100).iter().map(|event| event.kind).collect();
            assert!(kinds.contains(&EventKind::RequestWithdrawn), "{kinds:?}");
        }
        let redeemed = desk.gate.redeem(request.id(), PolicySettings::default(), start()).await;
        assert_eq!(redeemed.is_ok(), !may, "{by}");
        if !may {
            let late = desk.gate.withdraw(request.id(), &who("juno"), "too late", start()).await.unwrap_err();
            assert_eq!(late.kind(), ErrorKind::Conflict);
        }
    }
}

/// control: SOC2-CC6.3
#[tokio::test]
async fn nobody_cancels_what_they_proposed_whatever_they_administer() {
    let desk = desk();
    let p = juno_domain::Proposal { proposer: who("root"), ..proposal("p1", label(), Impact::Low) };
    let request = desk.gate.submit(&p, PolicySettings::default(), start()).await.unwrap().request;
    let error = desk.gate.cancel(request.id(), &who("root"), "no", start()).await.unwrap_err();
    assert!(matches!(error, GovernanceError::ProposerVotes { .. }), "{error}");
    assert!(error.to_string().contains("withdraw it"), "{error}");
    let withdrawn = desk.gate.withdraw(request.id(), &who("root"), "no", start()).await.unwrap();
    assert_eq!(withdrawn.decision().verdict, Verdict::Cancelled);
}

/// control: APTS-HO-003
#[tokio::test]
async fn without_automatic_escalation_silence_ends_the_request() {
    let rules = PolicyRules::default().with_auto_escalation(false).unwrap();
    let rules = rules.with_approval_timeout_hours(8).unwrap();
    let desk = desk_with(DefaultPolicy::new(rules).unwrap(), roles());
    let p = proposal("p1", label(), Impact::Low);
    let request = desk.gate.submit(&p, PolicySettings::default(), start()).await.unwrap().request;
    let fired = desk.gate.tick(start() + hours(8)).await.unwrap();
    assert_eq!(fired[0].result, FiredResult::Ended { verdict: Verdict::Expired });
    assert_eq!((fired[0].role, fired[0].deadline), (Role::TeamLead, start() + hours(8)));
    let after = desk.gate.get(request.id()).await.unwrap();
    assert_eq!(after.kind(), StateKind::Expired);
    assert!(desk.gate.submit(&p, free(), start() + hours(9)).await.unwrap().already_known, "expiry is final");
}

#[tokio::test]
async fn a_quorum_needs_different_people_and_starts_again_after_escalation() {
    let ladder = Ladder::new(vec![Rung {
        role: Role::TeamLead,
        quorum: 2,
        deadline_hours: 24,
        on_expiry: OnExpiry::Escalate,
    }]);
    let desk = desk_with(Always::says("two", PolicyVerdict::RequireApproval(ladder.unwrap())), roles());
    let p = proposal("p1", label(), Impact::Low);
    let request = desk.gate.submit(&p, free(), start()).await.unwrap().request;
    let vote = async |by: &str, at| {
        desk.gate.vote(request.id(), Ballot::approve(&request, who(by), "yes"), at).await
    };
    assert_eq!(vote("lead", start()).await.unwrap().kind(), StateKind::Pending);
    assert!(vote("lead", start()).await.is_err());
    let fired = desk.gate.tick(start() + hours(24)).await.unwrap();
    assert!(matches!(fired[0].result, FiredResult::Escalated { to: Role::ProjectManager, .. }));
    let later = start() + hours(25);
    assert_eq!(
        vote("engineer", later).await.unwrap().kind(),
        StateKind::Pending,
        "the lead's vote is from below"
    );
    assert_eq!(vote("manager", later).await.unwrap().kind(), StateKind::Approved);

    let four = Rung { role: Role::TeamLead, quorum: 5, deadline_hours: 24, on_expiry: OnExpiry::Escalate };
    let four = Ladder::new(vec![four]).unwrap();
    let desk = desk_with(Always::says("five", PolicyVerdict::RequireApproval(four)), roles());
    let error = desk.gate.submit(&p, free(), start()).await.unwrap_err();
    assert!(matches!(error, GovernanceError::NoApprover { .. }), "five of four people: {error}");
}

struct Record(bool);

#[async_trait]
impl ExecutionWitness for Record {
    async fn has_execution(&self, _: &RequestId) -> Result<bool, GovernanceError> {
        Ok(self.0)
    }
}

#[tokio::test]
async fn a_lost_authorization_is_issued_again_only_if_nothing_was_begun() {
    let desk = desk();
    let p = proposal("p1", label(), Impact::Low);
    let request = desk.gate.submit(&p, free(), start()).await.unwrap().request;
    let reissue = async |begun| desk.gate.reissue(request.id(), &Record(begun), free(), start()).await;
    assert!(reissue(false).await.is_err(), "not redeemed yet");
    drop(desk.gate.redeem(request.id(), free(), start()).await.unwrap());
    assert_eq!(reissue(true).await.unwrap_err(), GovernanceError::ExecutionExists(request.id().clone()));
    assert_eq!(reissue(false).await.unwrap().digest(), request.digest());
    let issued =
        desk.outbox.waiting(10).into_iter().filter(|e| e.kind == EventKind::AuthorizationIssued).count();
    assert_eq!(issued, 2, "each issue is on record");
}

/// control: AIA-12-1, SOC2-CC7.2, PCI-10.2.2, HIPAA-164.312-b
#[tokio::test]
async fn every_step_is_recorded_once_with_its_own_id() {
    let desk = desk();
    let p = proposal("p1", label(), Impact::Low);
    let request = desk.gate.submit(&p, PolicySettings::default(), start()).await.unwrap().request;
    desk.gate.tick(start() + hours(24)).await.unwrap();
    let seen = desk.gate.get(request.id()).await.unwrap();
    desk.gate
        .vote(request.id(), Ballot::approve(&seen, who("manager"), "yes"), start() + hours(25))
        .await
        .unwrap();
    drop(desk.gate.redeem(request.id(), PolicySettings::default(), start() + hours(26)).await.unwrap());
    let events = desk.outbox.waiting(100);
    let kinds: Vec<EventKind> = events.iter().map(|event| event.kind).collect();
    use EventKind::{AuthorizationIssued, DecisionMade, ProposalSubmitted, RequestEscalated, VoteCast};
    assert_eq!(
        kinds,
        [ProposalSubmitted, DecisionMade, RequestEscalated, VoteCast, DecisionMade, AuthorizationIssued]
    );
    let actors: Vec<&str> = events.iter().map(|event| event.actor.as_str()).collect();
    assert_eq!(actors, ["juno", "juno:policy", "juno:deadline", "manager", "manager", "juno:gate"]);
    let ids: std::collections::BTreeSet<_> = events.iter().map(|event| &event.id).collect();
    assert_eq!(ids.len(), events.len());
    assert!(events.iter().all(|event| event.subject == request.id().as_str()));
}

/// control: AIA-14-4-b
#[tokio::test]
async fn below_the_threshold_nothing_is_proposed() {
    let desk = desk();
    let mut p = proposal("p1", label(), Impact::Low);
    p.confidence = Confidence::uncalibrated(Probability::new(0.69).unwrap());
    let submission = desk.gate.submit(&p, free(), start()).await.unwrap();
    assert_eq!(submission.decision.verdict, Verdict::Denied);
    assert!(submission.decision.reasons[0].contains("below the threshold of 0.7"));
    assert!(desk.gate.pending(RequestFilter::default()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_damaged_request_holds_up_no_other_deadline() {
    let desk = desk();
    for n in 0..3 {
        let p = proposal(&format!("p{n}"), label(), Impact::Low);
        desk.gate.submit(&p, PolicySettings::default(), start()).await.unwrap();
    }
    let p = proposal("damaged", label(), Impact::Low);
    let mut json = {
        let elsewhere = crate::common::desk();
        let request = elsewhere.gate.submit(&p, PolicySettings::default(), start()).await.unwrap().request;
        serde_json::to_value(request).unwrap()
    };
    json["state"]["rung"] = 7.into();
    let damaged: ApprovalRequest = serde_json::from_value(json).unwrap();
    desk.store.create(&damaged, &[]).await.unwrap();
    let fired = desk.gate.tick(start() + hours(24)).await.unwrap();
    let stuck: Vec<_> = fired.iter().filter(|f| matches!(f.result, FiredResult::Stuck { .. })).collect();
    assert_eq!((fired.len(), stuck.len()), (4, 1));
    assert_eq!(stuck[0].request, *damaged.id());
}

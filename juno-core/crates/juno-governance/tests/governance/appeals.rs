//! Rungs that are held, requests that are withdrawn, and appeals, through the gate.

use crate::common::*;
use juno_domain::{ERASED, ErrorKind, EventKind, Impact, Role, Verdict, Whose, Wording};
use juno_governance::{
    ApprovalRequest, Ballot, FiredResult, GovernanceError, Ladder, OnExpiry, PolicySettings, PolicyVerdict,
    Rung, StateKind,
};

fn asks(rungs: &[(Role, OnExpiry)]) -> PolicyVerdict {
    let rung = |(role, on_expiry): &(Role, OnExpiry)| Rung {
        role: *role,
        quorum: 1,
        deadline_hours: 24,
        on_expiry: *on_expiry,
    };
    PolicyVerdict::RequireApproval(Ladder::new(rungs.iter().map(rung).collect()).unwrap())
}

async fn submitted(desk: &Desk) -> ApprovalRequest {
    desk.gate
        .submit(&proposal("p1", label(), Impact::Low), PolicySettings::default(), start())
        .await
        .unwrap()
        .request
}

/// A request of the team lead's that the lead refused.
async fn refused(desk: &Desk) -> ApprovalRequest {
    let request = submitted(desk).await;
    let ballot = Ballot::deny(&request, who("lead"), "not now");
    desk.gate.vote(request.id(), ballot, start()).await.unwrap()
}

#[tokio::test]
async fn a_held_rung_stays_with_its_role_until_a_final_deadline_and_then_ends() {
    let desk = desk_with(
        Always::says("hold", asks(&[(Role::TeamLead, OnExpiry::Hold { until_hours: 72 })])),
        roles(),
    );
    let request = submitted(&desk).await;
    let late = Ballot::approve(&request, who("lead"), "late, and nobody has ticked");
    let error = desk.gate.vote(request.id(), late, start() + hours(24)).await.unwrap_err();
    assert!(matches!(error, GovernanceError::DeadlinePassed { .. }), "{error}");

    let fired = desk.gate.tick(start() + hours(24)).await.unwrap();
    assert_eq!(fired[0].result, FiredResult::Held { until: start() + hours(72) });
    assert!(desk.gate.tick(start() + hours(71)).await.unwrap().is_empty(), "a hold is told once");
    let held = desk.gate.get(request.id()).await.unwrap();
    let pending = held.pending().unwrap();
    assert_eq!((pending.role, pending.held, pending.escalations), (Role::TeamLead, true, 0));
    assert!(desk.outbox.waiting(100).iter().any(|event| event.kind == EventKind::RequestHeld));

    let fired = desk.gate.tick(start() + hours(72)).await.unwrap();
    assert_eq!(fired[0].result, FiredResult::Ended { verdict: Verdict::Expired });
    let late = Ballot::approve(&held, who("lead"), "too late");
    assert_eq!(
        desk.gate.vote(request.id(), late, start() + hours(72)).await.unwrap_err().kind(),
        ErrorKind::Conflict
    );
}

#[tokio::test]
async fn a_vote_on_a_held_rung_counts_and_a_tick_that_comes_late_ends_it_at_once() {
    let hold = || Always::says("hold", asks(&[(Role::TeamLead, OnExpiry::Hold { until_hours: 72 })]));
    let desk = desk_with(hold(), roles());
    let request = submitted(&desk).await;
    desk.gate.tick(start() + hours(30)).await.unwrap();
    let ballot = Ballot::approve(&request, who("lead"), "back from leave");
    let approved = desk.gate.vote(request.id(), ballot, start() + hours(71)).await.unwrap();
    assert_eq!(approved.kind(), StateKind::Approved);
    drop(desk.gate.redeem(request.id(), free(), start() + hours(71)).await.unwrap());

    let desk = desk_with(hold(), roles());
    let request = submitted(&desk).await;
    let fired = desk.gate.tick(start() + hours(1000)).await.unwrap();
    let results: Vec<_> = fired.into_iter().map(|fired| fired.result).collect();
    let held = FiredResult::Held { until: start() + hours(72) };
    assert_eq!(results, [held, FiredResult::Ended { verdict: Verdict::Expired }]);
    assert_eq!(desk.gate.get(request.id()).await.unwrap().kind(), StateKind::Expired);
}

/// control: ASI03, AIA-14-4-d
#[tokio::test]
async fn an_appeal_goes_to_a_higher_different_person_and_the_refusal_stays() {
    let desk = desk();
    let denied = refused(&desk).await;
    let appealed =
        desk.gate.appeal(denied.id(), &who("juno"), "the facts are new", free(), start()).await.unwrap();
    let request = appealed.request;
    assert_eq!(request.pending().unwrap().role, Role::ProjectManager);
    assert_eq!((request.cites(), request.digest()), (Some(denied.id()), denied.digest()));
    assert_eq!(request.appeal().unwrap().reason, "the facts are new");
    // The decision on it is the policy's, and its record holds no words of the appellant's.
    assert_eq!(request.policy_reasons()[0], format!("an appeal against request `{}`", denied.id()));
    for event in desk.outbox.waiting(100).iter().filter(|event| event.kind == EventKind::DecisionMade) {
        assert!(!event.payload.value().to_string().contains("the facts are new"));
    }
    let again = desk.gate.appeal(denied.id(), &who("manager"), "me too", free(), start()).await.unwrap();
    assert!(again.already_known, "one request, one appeal");
    assert_eq!(again.request, request);

    // Who refused it has no vote even after a promotion.
    let mut promoted = roles();
    promoted.assign(who("lead"), Role::Director, None);
    let policy = juno_governance::DefaultPolicy::new(juno_governance::PolicyRules::default()).unwrap();
    let gate = juno_governance::Gate::new(desk.store.clone(), std::sync::Arc::new(policy), promoted);
    let ballot = Ballot::deny(&request, who("lead"), "still no");
    let error = gate.vote(request.id(), ballot, start()).await.unwrap_err();
    assert!(matches!(error, GovernanceError::DecidedBefore { .. }), "{error}");
    assert!(gate.cancel(request.id(), &who("lead"), "no", start()).await.is_err());

    let ballot = Ballot::approve(&request, who("manager"), "granted");
    let granted = desk.gate.vote(request.id(), ballot, start()).await.unwrap();
    assert_eq!(granted.kind(), StateKind::Approved);
    let authorization = desk.gate.redeem(request.id(), free(), start()).await.unwrap();
    assert_eq!(authorization.request(), request.id());
    assert_eq!(desk.gate.get(denied.id()).await.unwrap(), denied, "the refusal stays as it was");
    assert!(desk.gate.redeem(denied.id(), free(), start()).await.is_err());
}

/// Earlier versions quoted the appellant in the reasons of the policy.
#[tokio::test]
async fn what_an_appellant_wrote_is_erased_from_old_requests_too() {
    let desk = desk();
    let denied = refused(&desk).await;
    let appealed =
        desk.gate.appeal(denied.id(), &who("juno"), "my knee hurts", free(), start()).await.unwrap();
    let mut old = serde_json::to_value(&appealed.request).unwrap();
    old["policy_reasons"][0] = format!("an appeal against request `{}`: my knee hurts", denied.id()).into();
    let mut old: ApprovalRequest = serde_json::from_value(old).unwrap();
    let texts = |request: &ApprovalRequest| {
        let mut texts = Vec::new();
        request.clone().each_text(&mut |by, _, text| texts.push((by.to_string(), text.clone())));
        texts
    };
    let before = texts(&old);
    // Rationale, evidence, quotation and reason.
    assert_eq!(old.forget(&Whose::Person("juno".into())), before.len() as u64);
    assert!(!serde_json::to_string(&old).unwrap().contains("knee"));
    assert_eq!(old.version(), appealed.request.version() + 1);
    let after = texts(&old);
    let writers = |texts: &[(String, String)]| texts.iter().map(|(by, _)| by.clone()).collect::<Vec<_>>();
    assert_eq!(writers(&after), writers(&before), "each text has the place it had");
    assert!(after.iter().all(|(_, text)| text == ERASED));
}

#[tokio::test]
async fn an_appeal_that_nobody_may_make_says_why() {
    let desk = desk();
    let request = submitted(&desk).await;
    let appeal = async |desk: &Desk, request: &ApprovalRequest, by: &str| {
        desk.gate.appeal(request.id(), &who(by), "please", free(), start()).await.map(|s| s.request)
    };
    let error = appeal(&desk, &request, "juno").await.unwrap_err();
    assert!(error.to_string().contains("it was not refused"), "{error}");
    assert_eq!(error.kind(), ErrorKind::Denied);
    let ballot = Ballot::deny(&request, who("director"), "no");
    let denied = desk.gate.vote(request.id(), ballot, start()).await.unwrap();
    let error = appeal(&desk, &denied, "juno").await.unwrap_err();
    assert!(error.to_string().contains("no role is higher"), "{error}");

    let desk = crate::common::desk();
    let denied = refused(&desk).await;
    let error = appeal(&desk, &denied, "lead").await.unwrap_err();
    assert!(error.to_string().contains("their own decision"), "{error}");
    assert!(appeal(&desk, &denied, "eve").await.is_err(), "a stranger");
    // The manager may appeal, and then somebody above decides.
    let by_manager = appeal(&desk, &denied, "manager").await.unwrap();
    assert_eq!(by_manager.pending().unwrap().role, Role::EngineeringManager);

    let desk = desk_with(Always::says("no", PolicyVerdict::Deny), roles());
    let denied = submitted(&desk).await;
    let error = appeal(&desk, &denied, "juno").await.unwrap_err();
    assert!(error.to_string().contains("a policy refused it"), "{error}");
}

#[tokio::test]
async fn an_appeal_follows_the_policy_in_force_until_it_is_decided() {
    let escalates = OnExpiry::Escalate;
    let desk = desk_with(Always::says("one", asks(&[(Role::TeamLead, escalates)])), roles());
    let denied = refused(&desk).await;
    let first = desk.gate.appeal(denied.id(), &who("juno"), "please", free(), start()).await.unwrap().request;
    let two = reopened(
        &desk,
        Always::says("two", asks(&[(Role::TeamLead, escalates), (Role::Director, escalates)])),
    );
    let second = two.appeal(denied.id(), &who("juno"), "please", free(), start()).await.unwrap();
    assert!(!second.already_known);
    assert_eq!(second.request.ladder().unwrap().rungs().len(), 2);
    assert_eq!(two.get(first.id()).await.unwrap().kind(), StateKind::Cancelled);
    let forbidden = reopened(&desk, Always::says("never", PolicyVerdict::Deny));
    let mut approved = second.request;
    for by in ["manager", "director"] {
        approved =
            two.vote(approved.id(), Ballot::approve(&approved, who(by), "yes"), start()).await.unwrap();
    }
    let error = forbidden.redeem(approved.id(), free(), start()).await.unwrap_err();
    assert!(matches!(error, GovernanceError::Refused { .. }), "{error}");
    drop(two.redeem(approved.id(), PolicySettings::default(), start()).await.unwrap());
}

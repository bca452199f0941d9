//! Who may, for how long, in whose place, and what a review of it shows.

use std::collections::BTreeSet;

use crate::common::*;
use juno_domain::{ActionCategory, Impact, Role};
use juno_governance::{
    AccessReview, ApprovalRequest, Ballot, DefaultPolicy, Delegation, Finding, GovernanceError, Ladder,
    OnExpiry, PolicyRules, PolicyVerdict, RoleBook, Rung, Term, Through,
};

fn lent(id: &str, by: &str, to: &str, role: Role) -> Delegation {
    Delegation {
        id: id.into(),
        by: who(by),
        to: who(to),
        role,
        team: Some(pay()),
        categories: BTreeSet::new(),
        from: start(),
        until: start() + hours(48),
        may_pass_on: false,
    }
}

fn two_managers() -> PolicyVerdict {
    let rung =
        Rung { role: Role::ProjectManager, quorum: 2, deadline_hours: 24, on_expiry: OnExpiry::Escalate };
    PolicyVerdict::RequireApproval(Ladder::new(vec![rung]).unwrap())
}

/// control: ASI03, SOC2-CC6.3
#[tokio::test]
async fn a_delegate_votes_in_the_place_of_one_and_the_two_have_one_vote() {
    let mut book = roles();
    book.assign(who("manager2"), Role::ProjectManager, Some(pay()));
    book.delegate(lent("leave", "manager", "bo", Role::ProjectManager)).unwrap();
    let desk = desk_with(Always::says("two", two_managers()), book);
    let p = proposal("p1", label(), Impact::High);
    let request = desk.gate.submit(&p, free(), start()).await.unwrap().request;
    let yes = |name: &str, r: &ApprovalRequest| Ballot::approve(r, who(name), "looks right");
    let voted = desk.gate.vote(request.id(), yes("bo", &request), start()).await.unwrap();
    assert_eq!(voted.votes()[0].on_behalf_of, Some(who("manager")));
    let error = desk.gate.vote(request.id(), yes("manager", &request), start()).await.unwrap_err();
    assert!(matches!(error, GovernanceError::AlreadyVoted { .. }), "{error}");
    assert!(voted.pending().is_some());
    desk.gate.vote(request.id(), yes("manager2", &request), start()).await.unwrap();
    assert!(desk.gate.redeem(request.id(), free(), start()).await.is_ok());
}

/// control: ASI03, SOC2-CC6.2
#[tokio::test]
async fn a_delegation_that_ran_out_or_comes_from_the_proposer_lets_nobody_vote() {
    let mut book = roles();
    book.assign(who("juno"), Role::ProjectManager, Some(pay()));
    book.delegate(lent("own", "juno", "bo", Role::ProjectManager)).unwrap();
    book.delegate(Delegation {
        until: start() + hours(2),
        ..lent("short", "manager", "eva", Role::ProjectManager)
    })
    .unwrap();
    let desk = desk_with(Always::says("two", two_managers()), book);
    let p = proposal("p1", label(), Impact::High);
    let request = desk.gate.submit(&p, free(), start()).await.unwrap().request;
    for (name, at) in [("bo", start()), ("eva", start() + hours(2))] {
        let ballot = Ballot::approve(&request, who(name), "yes");
        let error = desk.gate.vote(request.id(), ballot, at).await.unwrap_err();
        assert!(matches!(error, GovernanceError::NotEligible { .. }), "{name}: {error}");
    }
    let ballot = Ballot::approve(&request, who("eva"), "yes");
    assert!(desk.gate.vote(request.id(), ballot, start() + hours(1)).await.is_ok());
}

/// control: ASI03, SOC2-CC6.2
#[tokio::test]
async fn a_request_goes_to_nobody_whose_time_is_over() {
    let mut book = RoleBook::new();
    book.assign(who("director"), Role::Director, None);
    let term = Term {
        who: who("lead"),
        role: Role::TeamLead,
        team: Some(pay()),
        from: None,
        until: Some(start() + hours(1)),
    };
    book.assign_for(term).unwrap();
    let desk = desk_with(DefaultPolicy::new(PolicyRules::default()).unwrap(), book);
    let p = proposal("p1", label(), Impact::Medium);
    let before = desk.gate.submit(&p, free(), start()).await.unwrap().request;
    assert_eq!(before.pending().unwrap().role, Role::TeamLead);
    let late = Ballot::approve(&before, who("lead"), "yes");
    let error = desk.gate.vote(before.id(), late, start() + hours(1)).await.unwrap_err();
    assert!(matches!(error, GovernanceError::NotEligible { .. }), "{error}");
    let p = proposal("p2", label(), Impact::Medium);
    let after = desk.gate.submit(&p, free(), start() + hours(1)).await.unwrap().request;
    assert_eq!(after.pending().unwrap().role, Role::Director);
}

/// control: SOC2-CC6.2, PCI-7.2.4
#[tokio::test]
async fn a_review_shows_what_is_stale_unused_empty_and_in_conflict() {
    let mut book = roles();
    book.assign(who("root"), Role::TeamLead, Some(pay()));
    book.assign(who("juno"), Role::TeamLead, Some(pay()));
    book.delegate(lent("leave", "manager", "bo", Role::ProjectManager)).unwrap();
    book.assign_for(Term {
        who: who("eva"),
        role: Role::TeamLead,
        team: Some(pay()),
        from: None,
        until: Some(start()),
    })
    .unwrap();
    let desk = desk_with(DefaultPolicy::new(PolicyRules::default()).unwrap(), book.clone());
    let p = proposal("p1", label(), Impact::Medium);
    let request = desk.gate.submit(&p, free(), start()).await.unwrap().request;
    let ballot = Ballot::approve(&request, who("lead"), "yes");
    let request = desk.gate.vote(request.id(), ballot, start() + hours(1)).await.unwrap();

    let history = [request];
    let review = AccessReview::of(&book, &history, start(), start() + hours(2));
    let findings = |name: &str, role: Role| {
        let entry = review.entries.iter().find(|e| e.who == who(name) && e.role == role).unwrap();
        entry.findings.iter().copied().collect::<Vec<_>>()
    };
    assert_eq!(findings("lead", Role::TeamLead), []);
    assert_eq!(findings("eva", Role::TeamLead), [Finding::Stale, Finding::Unused]);
    assert_eq!(findings("root", Role::TeamLead), [Finding::Unused, Finding::Administers]);
    assert_eq!(findings("juno", Role::TeamLead), [Finding::Unused, Finding::Proposes]);
    assert_eq!(findings("bo", Role::ProjectManager), [Finding::Unused]);
    assert_eq!(findings("root", Role::Admin), []);
    assert!(review.entries.is_sorted());
    let lead = review.entries.iter().find(|e| e.who == who("lead")).unwrap();
    assert_eq!((lead.last_vote, &lead.through), (Some(start() + hours(1)), &Through::Assignment));
    assert!(!lead.may_approve.contains(&ActionCategory::ResourceAllocation));
    assert!(review.gaps.is_empty(), "engineer and director stand above every category");

    book.revoke(&who("manager"), Role::ProjectManager, Some(&pay()));
    book.revoke(&who("engineer"), Role::EngineeringManager, None);
    let review = AccessReview::of(&book, &history, start(), start() + hours(2));
    let bo = review.entries.iter().find(|e| e.who == who("bo")).unwrap();
    assert!(bo.findings.contains(&Finding::NoEffect), "the giver lost the role");
    let gaps: Vec<_> = review.gaps.iter().map(|gap| (gap.category, gap.who.clone())).collect();
    let director = Some(who("director"));
    assert_eq!(
        gaps,
        [(ActionCategory::ResourceAllocation, director.clone()), (ActionCategory::ProcessChange, director)]
    );
}

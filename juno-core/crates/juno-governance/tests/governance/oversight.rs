//! Numbers of oversight, on requests whose numbers are known.

use crate::common::*;
use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{EventKind, Impact, Outcome, OutcomeResult, RequestId, Role, TeamId};
use juno_governance::{
    ApprovalRequest, ApprovalStore, Ballot, Delegation, Oversight, OversightInput, OversightOptions, Period,
    PolicySettings, RequestFilter, RoleBook, SignKind,
};

async fn submitted(desk: &Desk, id: &str, team: &str, at: DateTime<Utc>) -> ApprovalRequest {
    let mut proposal = proposal(id, label(), Impact::Low);
    proposal.team = TeamId::new(team).unwrap();
    desk.gate.submit(&proposal, PolicySettings::default(), at).await.unwrap().request
}

async fn vote(desk: &Desk, request: &ApprovalRequest, by: &str, yes: bool, why: &str, at: DateTime<Utc>) {
    let choice = if yes { Ballot::approve } else { Ballot::deny };
    desk.gate.vote(request.id(), choice(request, who(by), why), at).await.unwrap();
}

async fn look(
    desk: &Desk,
    roles: &RoleBook,
    period: Period,
    outcomes: &[Outcome],
    now: DateTime<Utc>,
) -> Oversight {
    let requests = desk.store.list(&RequestFilter::default()).await.unwrap();
    let escalated = desk.outbox.waiting(10_000).into_iter();
    let escalations: Vec<(RequestId, DateTime<Utc>)> = escalated
        .filter(|event| event.kind == EventKind::RequestEscalated)
        .map(|event| (RequestId::new(event.subject).unwrap(), event.at))
        .collect();
    let input = OversightInput { requests: &requests, escalations: &escalations, outcomes, roles };
    Oversight::of(input, period, &OversightOptions::default(), now)
}

fn two_teams() -> RoleBook {
    let mut book = roles();
    book.assign(who("otto"), Role::TeamLead, Some(TeamId::new("OPS").unwrap()));
    book
}

/// control: AIA-14-1, AIA-26-5
#[tokio::test]
async fn an_escalated_request_is_visible_to_both_roles_and_counted_once() {
    let roles = two_teams();
    let desk = desk_with(juno_governance::DefaultPolicy::new(Default::default()).unwrap(), roles.clone());
    let up = submitted(&desk, "up", "PAY", start()).await;
    submitted(&desk, "pay", "PAY", start() + hours(1)).await;
    submitted(&desk, "ops", "OPS", start() + hours(2)).await;
    desk.gate.escalate(up.id(), &who("lead"), "not mine", start() + hours(3)).await.unwrap();
    let at = start() + hours(25);
    let seen = look(&desk, &roles, Period::default(), &[], at).await;
    let waiting = &seen.waiting;
    assert_eq!((waiting.total, waiting.overdue), (3, 1));
    let role = |role| {
        let of = &waiting.by_role[&role];
        (of.deciding, of.visible, of.overdue)
    };
    assert_eq!(role(Role::TeamLead), (2, 3, 1), "it decides two and sees the third");
    assert_eq!(role(Role::ProjectManager), (1, 1, 0));
    assert_eq!(waiting.by_role.values().map(|of| of.deciding).sum::<u64>(), waiting.total);
    assert_eq!(waiting.by_team.values().map(|of| of.waiting).sum::<u64>(), waiting.total);
    let pay = &waiting.by_team[&pay()];
    assert_eq!((pay.waiting, pay.overdue, pay.oldest), (2, 1, Some(start())));
    assert_eq!((waiting.late.len(), waiting.late[0].late_seconds), (1, 0), "its deadline has just come");
}

/// control: AIA-26-5, SOC2-CC4.1
#[tokio::test]
async fn times_and_rates_are_of_the_period_with_what_they_count() {
    let roles = two_teams();
    let desk = desk_with(juno_governance::DefaultPolicy::new(Default::default()).unwrap(), roles.clone());
    for (n, hour) in [(1, 1), (2, 3), (3, 11)] {
        let request = submitted(&desk, &format!("yes{n}"), "PAY", start()).await;
        vote(&desk, &request, "lead", true, "fine", start() + hours(hour)).await;
    }
    let no = submitted(&desk, "no", "PAY", start()).await;
    vote(&desk, &no, "manager", false, "no", start() + hours(5)).await;
    desk.gate
        .appeal(no.id(), &who("juno"), "but", PolicySettings::default(), start() + hours(6))
        .await
        .unwrap();
    let silent = submitted(&desk, "silent", "PAY", start()).await;
    let withdrawn = submitted(&desk, "withdrawn", "PAY", start()).await;
    desk.gate.withdraw(withdrawn.id(), &who("juno"), "moot", start() + hours(1)).await.unwrap();
    for hour in [24, 48, 72, 96] {
        desk.gate.tick(start() + hours(hour)).await.unwrap();
    }
    let outcome = |result, hour| Outcome {
        proposal: juno_domain::ProposalId::new("yes1").unwrap(),
        request: silent.id().clone(),
        result,
        detail: String::new(),
        at: start() + hours(hour),
    };
    use OutcomeResult::{DryRun, Failed, Reversed, Succeeded};
    let outcomes = [
        outcome(Succeeded, 2),
        outcome(Reversed, 3),
        outcome(Succeeded, 4),
        outcome(Succeeded, 1000),
        outcome(Failed, 2),
        outcome(DryRun, 2),
    ];
    let period = Period { since: Some(start()), until: Some(start() + hours(100)) };
    let seen = look(&desk, &roles, period, &outcomes, start() + hours(100)).await;
    let times = seen.time_to_decision.all.unwrap();
    assert_eq!((times.count, times.median_seconds, times.p90_seconds), (4, 4.0 * 3600.0, 11.0 * 3600.0));
    assert_eq!(seen.time_to_decision.by_role[&Role::ProjectManager].count, 1);
    assert_eq!(seen.time_to_decision.by_team[&pay()].count, 4);
    let rates = seen.rates;
    let of = |rate: Option<juno_governance::Rate>| rate.map(|rate| (rate.count, rate.of));
    // Yes three times, no once, and once silence up to the top; the appeal also ran out.
    assert_eq!(of(rates.approval), Some((3, 6)));
    assert_eq!(of(rates.denial), Some((1, 6)));
    assert_eq!(of(rates.expiry), Some((2, 6)));
    assert_eq!(of(rates.escalation), Some((2, 7)), "of all that ever waited, the withdrawn one too");
    assert_eq!(of(rates.appeal), Some((1, 3)));
    assert_eq!(of(rates.reversal), Some((1, 3)));
    assert_eq!(of(rates.automatic), Some((0, 7)));
    let rate = rates.approval.unwrap();
    assert!(rate.low < 0.5 && 0.5 < rate.high);

    // Of a period in which nothing happened there are no rates, which is not the same as rates of 0.
    let later = Period { since: Some(start() + hours(2000)), until: None };
    let seen = look(&desk, &roles, later, &[], start() + hours(3000)).await;
    assert_eq!(seen.rates, juno_governance::Rates::default());
    assert_eq!(seen.time_to_decision, juno_governance::DecisionTimes::default());
    let json = serde_json::to_value(&seen.rates).unwrap();
    assert!(json["approval"].is_null());
}

/// control: AIA-26-5
#[tokio::test]
async fn the_load_of_a_person_is_what_they_could_decide_now() {
    let mut roles = two_teams();
    let lent = Delegation {
        id: "away".into(),
        by: who("manager"),
        to: who("bo"),
        role: Role::ProjectManager,
        team: Some(pay()),
        categories: [].into(),
        from: start(),
        until: start() + hours(10),
        may_pass_on: false,
    };
    roles.delegate(lent).unwrap();
    let two = juno_governance::Ladder::new(vec![juno_governance::Rung {
        role: Role::TeamLead,
        quorum: 2,
        deadline_hours: 24,
        on_expiry: juno_governance::OnExpiry::Escalate,
    }])
    .unwrap();
    let desk =
        desk_with(Always::says("v", juno_governance::PolicyVerdict::RequireApproval(two)), roles.clone());
    let half = submitted(&desk, "half", "PAY", start()).await;
    submitted(&desk, "open", "PAY", start()).await;
    vote(&desk, &half, "manager", true, "fine", start() + hours(1)).await;
    let load = async |at| {
        let seen = look(&desk, &roles, Period::default(), &[], at).await;
        let each =
            seen.people.into_iter().map(|person| (person.who.to_string(), person.waiting, person.approved));
        each.collect::<Vec<_>>()
    };
    let of = |name: &str, waiting, voted| (name.to_owned(), waiting, voted);
    assert_eq!(
        load(start() + hours(2)).await,
        [
            of("bo", 1, 0), // in the manager's place, who has voted on the other
            of("director", 2, 0),
            of("engineer", 2, 0),
            of("lead", 2, 0),
            of("manager", 1, 1),
            of("otto", 0, 0), // leads another team
        ]
    );
    // The place is given back, and what is past its deadline nobody can decide.
    assert_eq!(load(start() + hours(11)).await[0], of("director", 2, 0));
    assert!(load(start() + hours(24)).await.iter().all(|(_, waiting, _)| *waiting == 0));
}

/// Votes `seconds` after each submission, one request every `gap` seconds.
async fn votes(desk: &Desk, by: &str, n: i64, gap: i64, seconds: i64, why: impl Fn(i64) -> (bool, String)) {
    for i in 0..n {
        let at = start() + TimeDelta::seconds(gap * i);
        let request = submitted(desk, &format!("{by}{i}"), "PAY", at).await;
        let (yes, reason) = why(i);
        vote(desk, &request, by, yes, &reason, at + TimeDelta::seconds(seconds)).await;
    }
}

/// control: ASI09, AIA-14-4-b
#[tokio::test]
async fn signs_of_rubber_stamping_come_with_their_evidence_and_only_of_enough_votes() {
    let desk = desk();
    let each = |i: i64| (true, format!("read ticket {i}"));
    votes(&desk, "lead", 9, 1, 2, |_| (true, "ok".into())).await;
    votes(&desk, "manager", 12, 3600, 600, |i| (i % 3 > 0, format!("because of {i}"))).await;
    votes(&desk, "engineer", 40, 2, 4, |i| {
        (true, [" OK ", "ok", "", "ok"][usize::try_from(i % 4).unwrap()].into())
    })
    .await;
    votes(&desk, "director", 10, 3600, 5, each).await;
    let seen = look(&desk, &roles(), Period::default(), &[], start() + hours(50)).await;
    let of = |name: &str| seen.voting.iter().find(|signs| signs.who == who(name)).unwrap();
    let kinds = |name: &str| of(name).signs.iter().map(|sign| sign.kind).collect::<Vec<_>>();
    assert_eq!(kinds("lead"), [], "nine votes are too few, however they look");
    assert_eq!((of("lead").votes, of("lead").in_bursts, of("lead").same_reason), (9, 9, 9));
    assert_eq!(kinds("manager"), []);
    assert_eq!(
        kinds("engineer"),
        [SignKind::Quick, SignKind::Bursts, SignKind::SameReason, SignKind::NeverRefuses]
    );
    assert!(of("engineer").signs.iter().all(|sign| sign.evidence.len() == 40));
    assert_eq!(
        kinds("director"),
        [SignKind::Quick],
        "ten approvals alone say little: their interval begins at .72"
    );
    assert_eq!((of("director").median_seconds, of("manager").median_seconds), (5.0, 600.0));
    let first = desk.gate.get(&of("director").signs[0].evidence[0]).await.unwrap();
    assert_eq!(first.proposal().id.as_str(), "director0");
}

#[tokio::test]
async fn who_got_the_role_later_could_not_have_voted_before() {
    let mut roles = roles();
    let from = Some(start() + hours(10));
    roles
        .assign_for(juno_governance::Term {
            who: who("new"),
            role: Role::TeamLead,
            team: None,
            from,
            until: None,
        })
        .unwrap();
    let desk = desk_with(juno_governance::DefaultPolicy::new(Default::default()).unwrap(), roles.clone());
    let request = submitted(&desk, "p", "PAY", start()).await;
    vote(&desk, &request, "new", true, "fine", start() + hours(10) + TimeDelta::seconds(90)).await;
    let seen = look(&desk, &roles, Period::default(), &[], start() + hours(11)).await;
    assert_eq!(seen.voting[0].median_seconds, 90.0);
}

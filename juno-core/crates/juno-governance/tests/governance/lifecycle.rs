//! The life cycle explored whole for small teams, and at random for all, against a model that is simple enough to
//! believe.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::common::*;
use crate::model::{Model, Move};
use chrono::{DateTime, Utc};
use juno_domain::{ActionCategory, Digest, EventKind, Impact, Role};
use juno_governance::{
    ApprovalEvent, ApprovalRequest, Ballot, Choice, Ladder, OnExpiry, Opening, PolicyDecision, PolicyVerdict,
    RequestState, RoleBook, Rung, StateKind, open, request_id, transition,
};
use proptest::prelude::*;

/// The proposer is a team lead and a director, so that only separation of duties keeps him out.
fn staffed() -> RoleBook {
    let mut book = roles();
    book.assign(who("juno"), Role::TeamLead, Some(pay()));
    book.assign(who("juno"), Role::Director, None);
    book.assign(who("lead2"), Role::TeamLead, Some(pay()));
    book
}

fn rung(role: Role, quorum: u32, on_expiry: OnExpiry) -> Rung {
    Rung { role, quorum, deadline_hours: 24, on_expiry }
}

fn opened(ladder: &Ladder, category: ActionCategory, roles: &RoleBook) -> Option<ApprovalRequest> {
    let p = proposal("p1", custom(category, true), Impact::Low);
    let decision = PolicyDecision::because(PolicyVerdict::RequireApproval(ladder.clone()), "asked");
    let id = request_id(&p.id, 0).unwrap();
    let opening = Opening { id, proposal: &p, original: None, decision, policy_version: "v", cites: None };
    open(opening, roles, start()).ok().map(|(request, _)| request)
}

/// The instant of a move: an hour into the rung, or its deadline.
fn at(request: &ApprovalRequest, late: bool) -> DateTime<Utc> {
    match request.pending() {
        Some(pending) if late => pending.deadline,
        Some(pending) => pending.since + hours(1),
        None => request.updated_at(),
    }
}

fn event(request: &ApprovalRequest, m: &Move) -> ApprovalEvent {
    match m {
        Move::Vote { by, approve, same_action } => {
            let choice = if *approve { Choice::Approve } else { Choice::Deny };
            let mut ballot = Ballot::on(request, who(by), choice, "because");
            if !same_action {
                ballot.digest = Digest([0; 32]);
            }
            ApprovalEvent::Vote(ballot)
        }
        Move::Escalate { by } => ApprovalEvent::Escalate { by: who(by), reason: "higher".into() },
        Move::Cancel { by } => ApprovalEvent::Cancel { by: who(by), reason: "no more".into() },
        Move::Withdraw { by } => ApprovalEvent::Withdraw { by: who(by), reason: "not now".into() },
        Move::Supersede => ApprovalEvent::Supersede { policy_version: "w".into() },
        Move::Tick => ApprovalEvent::Tick,
        Move::Redeem => ApprovalEvent::Redeem,
        Move::Reissue => ApprovalEvent::Reissue,
    }
}

fn moves() -> Vec<(Move, bool)> {
    let people = ["juno", "lead", "lead2", "manager", "engineer", "director", "root", "eve"];
    let mut all = Vec::new();
    for late in [false, true] {
        for by in people {
            for approve in [false, true] {
                all.push((Move::Vote { by: by.into(), approve, same_action: true }, late));
            }
            all.push((Move::Escalate { by: by.into() }, late));
            all.push((Move::Cancel { by: by.into() }, late));
            all.push((Move::Withdraw { by: by.into() }, late));
        }
        all.push((Move::Vote { by: "lead".into(), approve: true, same_action: false }, late));
        all.extend([Move::Supersede, Move::Tick, Move::Redeem, Move::Reissue].map(|m| (m, late)));
    }
    all
}

/// What holds in every state that can be reached, checked on the request alone.
fn invariants(request: &ApprovalRequest, ladder: &Ladder) {
    let voters: BTreeSet<_> = request.votes().iter().map(|vote| &vote.by).collect();
    assert_eq!(voters.len(), request.votes().len(), "one person, one vote");
    assert!(!voters.contains(&who("juno")), "the proposer never votes");
    assert!(request.votes().iter().all(|vote| vote.role != Role::Admin), "an administrator never votes");
    let refused = request.votes().iter().any(|vote| vote.choice == Choice::Deny);
    match request.kind() {
        StateKind::Approved | StateKind::Authorized => {
            assert!(!refused, "a refusal is final");
            for (index, rung) in ladder.rungs().iter().enumerate() {
                let backing =
                    request.votes().iter().filter(|v| v.rung as usize == index && v.role >= rung.role);
                assert!(backing.count() >= rung.quorum as usize, "rung {index} was passed");
            }
        }
        StateKind::Pending => assert!(!refused),
        StateKind::Denied | StateKind::Expired | StateKind::Cancelled => {}
    }
    assert!(request.votes().iter().all(|vote| vote.digest == request.digest()));
}

/// Explores everything that can happen to one request; returns how many states there are.
fn explore(ladder: &Ladder, category: ActionCategory, roles: &RoleBook) -> usize {
    let first = opened(ladder, category, roles).expect("the team can decide this");
    let model = Model::new(ladder, category, roles, "juno");
    let key = |request: &ApprovalRequest| serde_json::to_string(request).unwrap();
    let mut seen = BTreeMap::from([(key(&first), ())]);
    let mut queue = VecDeque::from([(first, model)]);
    let mut kinds = BTreeSet::new();
    let all = moves();
    while let Some((request, model)) = queue.pop_front() {
        invariants(&request, ladder);
        kinds.insert(request.kind());
        assert_ticking_ends(&request, roles);
        for (m, late) in &all {
            let now = at(&request, *late);
            let real = transition(&request, &event(&request, m), roles, now);
            let expected = model.step(m, *late);
            let (next, records) = match (real, expected) {
                (Err(_), None) => continue,
                (Ok(step), Some(expected)) => {
                    assert_eq!(Model::of(&step.0, &expected), expected, "{m:?} late={late} on {request:?}");
                    (step, expected)
                }
                (real, expected) => panic!("{m:?} late={late} on {request:?}: {real:?}, model {expected:?}"),
            };
            let (next, events) = next;
            assert_eq!(next.version(), request.version() + 1);
            assert!(!events.is_empty(), "no change without a record");
            let ids: BTreeSet<_> = events.iter().map(|event| &event.id).collect();
            assert_eq!(ids.len(), events.len());
            let ends = next.kind() != StateKind::Authorized && next.kind() != request.kind();
            assert_eq!(events.iter().any(|e| e.kind == EventKind::DecisionMade), ends, "{m:?}");
            if let RequestState::Authorized(redeemed) = next.state()
                && redeemed.issued > 2
            {
                continue;
            }
            if seen.insert(key(&next), ()).is_none() {
                queue.push_back((next, records));
            }
        }
    }
    assert!(kinds.contains(&StateKind::Authorized), "approval can be reached");
    seen.len()
}

/// From every state, time alone leads to an end.
fn assert_ticking_ends(request: &ApprovalRequest, roles: &RoleBook) {
    let mut request = request.clone();
    // Each role is asked once per rung, and may be held once.
    for _ in 0..=2 * Role::LADDER.len() {
        let Some(pending) = request.pending() else { return };
        let deadline = pending.deadline;
        request = transition(&request, &ApprovalEvent::Tick, roles, deadline).unwrap().0;
    }
    assert!(request.pending().is_none(), "ticking never ended: {request:?}");
}

#[test]
fn every_path_of_one_deciding_rung_agrees_with_the_model() {
    let book = staffed();
    for category in
        [ActionCategory::TicketManagement, ActionCategory::ResourceAllocation, ActionCategory::ProcessChange]
    {
        for on_expiry in [OnExpiry::Escalate, OnExpiry::Deny, OnExpiry::Hold { until_hours: 48 }] {
            for role in Role::LADDER {
                let ladder = Ladder::new(vec![rung(role, 1, on_expiry)]).unwrap();
                // The director is the only other holder above; the proposer holds that role too.
                let states = explore(&ladder, category, &book);
                assert!(states > 10, "{states}");
            }
        }
    }
}

#[test]
fn every_path_of_a_quorum_and_of_two_rungs_agrees_with_the_model() {
    let book = staffed();
    let quorum = Ladder::new(vec![rung(Role::TeamLead, 2, OnExpiry::Escalate)]).unwrap();
    let states = explore(&quorum, ActionCategory::TicketManagement, &book);
    assert!(states > 100, "{states}");
    let held = Ladder::new(vec![
        rung(Role::TeamLead, 2, OnExpiry::Hold { until_hours: 30 }),
        rung(Role::Director, 1, OnExpiry::Hold { until_hours: 25 }),
    ]);
    let states = explore(&held.unwrap(), ActionCategory::TicketManagement, &book);
    assert!(states > 100, "{states}");
    let two = Ladder::new(vec![
        rung(Role::TeamLead, 1, OnExpiry::Escalate),
        rung(Role::EngineeringManager, 1, OnExpiry::Deny),
    ]);
    let states = explore(&two.unwrap(), ActionCategory::SprintPlanning, &book);
    assert!(states > 100, "{states}");
    // Whoever voted on the lower rung from above does not count towards the quorum of the upper one.
    let both = Ladder::new(vec![
        rung(Role::TeamLead, 1, OnExpiry::Deny),
        rung(Role::ProjectManager, 2, OnExpiry::Deny),
    ]);
    let states = explore(&both.unwrap(), ActionCategory::ResourceAllocation, &book);
    assert!(states > 100, "{states}");
}

fn a_rung() -> impl Strategy<Value = (u32, OnExpiry)> {
    let silence = prop_oneof![
        Just(OnExpiry::Escalate),
        Just(OnExpiry::Deny),
        (25_u32..100).prop_map(|until_hours| OnExpiry::Hold { until_hours })
    ];
    (1_u32..3, silence)
}

fn a_ladder() -> impl Strategy<Value = Ladder> {
    (proptest::sample::subsequence(Role::LADDER.to_vec(), 1..=4), proptest::collection::vec(a_rung(), 4))
        .prop_map(|(roles, shapes)| {
            let rungs =
                roles.into_iter().zip(shapes).map(|(role, (quorum, silence))| rung(role, quorum, silence));
            Ladder::new(rungs.collect()).unwrap()
        })
}

fn a_book() -> impl Strategy<Value = RoleBook> {
    let names = prop_oneof![
        Just("juno"),
        Just("lead"),
        Just("lead2"),
        Just("manager"),
        Just("director"),
        Just("root")
    ];
    let role = prop_oneof![
        Just(Role::Admin),
        Just(Role::TeamLead),
        Just(Role::ProjectManager),
        Just(Role::EngineeringManager),
        Just(Role::Director)
    ];
    proptest::collection::vec((names, role, any::<bool>()), 1..10).prop_map(|held| {
        let mut book = RoleBook::new();
        for (name, role, everywhere) in held {
            book.assign(who(name), role, (!everywhere).then(pay));
        }
        book
    })
}

fn a_category() -> impl Strategy<Value = ActionCategory> {
    use ActionCategory::{Escalation, ProcessChange, ResourceAllocation, SprintPlanning, TicketManagement};
    prop_oneof![
        Just(TicketManagement),
        Just(SprintPlanning),
        Just(ResourceAllocation),
        Just(ProcessChange),
        Just(Escalation)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Random teams, ladders and events: the request and the model take and refuse the same.
    #[test]
    fn no_illegal_path_for_any_sequence_of_events(
        ladder in a_ladder(),
        book in a_book(),
        category in a_category(),
        picks in proptest::collection::vec(any::<proptest::sample::Index>(), 0..40),
    ) {
        let all = moves();
        let Some(mut request) = opened(&ladder, category, &book) else {
            prop_assert!(!Model::can_start(&ladder, category, &book, "juno"));
            return Ok(());
        };
        prop_assert!(Model::can_start(&ladder, category, &book, "juno"));
        let mut model = Model::new(&ladder, category, &book, "juno");
        prop_assert_eq!(Model::of(&request, &model), model.clone());
        for pick in picks {
            let (m, late) = pick.get(&all);
            let real = transition(&request, &event(&request, m), &book, at(&request, *late)).ok();
            let expected = model.step(m, *late);
            prop_assert_eq!(real.is_some(), expected.is_some(), "{:?} late={} on {:?}", m, late, &request);
            if let (Some((next, _)), Some(expected)) = (real, expected) {
                invariants(&next, &ladder);
                prop_assert_eq!(Model::of(&next, &expected), expected.clone());
                (request, model) = (next, expected);
            }
        }
        assert_ticking_ends_within_all_rungs(&request, &book);
    }
}

/// As `assert_ticking_ends`, and the end is never an approval.
fn assert_ticking_ends_within_all_rungs(request: &ApprovalRequest, roles: &RoleBook) {
    let was_settled = request.pending().is_none();
    assert_ticking_ends(request, roles);
    if !was_settled {
        let mut request = request.clone();
        while let Some(pending) = request.pending() {
            let deadline = pending.deadline;
            request = transition(&request, &ApprovalEvent::Tick, roles, deadline).unwrap().0;
        }
        assert!(matches!(request.kind(), StateKind::Denied | StateKind::Expired), "silence never approves");
    }
}

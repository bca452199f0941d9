//! Appeals: a proposer who holds every role, and three voters. What is refused or left to expire is appealed against, by
//! anybody, again and again, until no role is higher.

use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{DomainEvent, EventKind, PrincipalId, Role};
use juno_governance::{
    Appealing, ApprovalEvent, ApprovalRequest, Ballot, Choice, GovernanceError, Ladder, OnExpiry,
    PolicyDecision, PolicyVerdict, RoleBook, StateKind, appeal, appeal_id, transition,
};
use stateright::{Checker, HasDiscoveries, Model, Property};

use crate::mutants::edited;
use crate::world::{PROPOSER, Step, Stepped, StoreFaults, VOTERS, World, start, who};

const REFUSED_STAYS: &str = "what was refused stays refused, whatever comes of the appeal";
const HIGHER: &str = "an appeal goes to a higher role than any that refused";
const DIFFERENT: &str = "nobody who took part before, or appeals, decides on the appeal";
const CITED: &str = "an appeal cites what it is against, and asks people";
const ENDS: &str = "every chain of appeals comes to an end";

/// What opens an appeal, or a mutant of it.
type OpenAppeal = fn(Appealing<'_>, &RoleBook, DateTime<Utc>) -> Stepped;

/// The refused requests, oldest first, and the one that is open or was decided last.
#[derive(Debug, Clone)]
struct Case {
    chain: Vec<ApprovalRequest>,
    now: DateTime<Utc>,
    /// Who appealed, known apart from the requests.
    appellants: Vec<&'static str>,
    unmentioned: bool,
}

impl Case {
    fn last(&self) -> &ApprovalRequest {
        self.chain.last().unwrap()
    }

    fn key(&self) -> impl Hash + Eq + use<> {
        let gist = |r: &ApprovalRequest| {
            let votes: BTreeSet<_> =
                r.votes().iter().map(|v| (v.by.clone(), v.role, v.choice == Choice::Deny)).collect();
            let pending = r.pending().map(|p| (p.rung, p.role, p.held, (p.deadline - self.now).num_hours()));
            (r.kind(), pending, votes, r.asked().to_vec())
        };
        let chain: Vec<_> = self.chain.iter().map(gist).collect();
        (chain, self.appellants.clone(), self.unmentioned)
    }
}

impl Hash for Case {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl PartialEq for Case {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Deed {
    Wait,
    Tick,
    Vote(&'static str, Choice),
    Escalate(&'static str),
    Appeal(&'static str),
    /// Somebody votes on a request that was refused before.
    VoteOnRefused(&'static str),
}

struct Court {
    world: World,
    open: OpenAppeal,
}

impl Court {
    fn of(step: Step, open: OpenAppeal, team: [Role; 3]) -> Self {
        let hold = OnExpiry::Hold { until_hours: 3 };
        let world = World::new("appeal", step, StoreFaults::default()).team(team);
        Self {
            world: world.ladder([(Role::TeamLead, 1, hold), (Role::ProjectManager, 1, OnExpiry::Deny)]),
            open,
        }
    }

    fn all(step: Step, open: OpenAppeal) -> [Self; 3] {
        use Role::{Director, EngineeringManager, ProjectManager, TeamLead};
        let teams = [
            [TeamLead, ProjectManager, EngineeringManager],
            [ProjectManager, EngineeringManager, Director],
            [ProjectManager, Director, Director],
        ];
        teams.map(|team| Self::of(step, open, team))
    }
}

impl Model for Court {
    type State = Case;
    type Action = Deed;

    fn init_states(&self) -> Vec<Case> {
        vec![Case { chain: vec![self.world.first()], now: start(), appellants: vec![], unmentioned: false }]
    }

    fn actions(&self, _: &Case, deeds: &mut Vec<Deed>) {
        deeds.extend([Deed::Wait, Deed::Tick]);
        for by in [PROPOSER, VOTERS[0], VOTERS[1], VOTERS[2]] {
            deeds.extend([Choice::Approve, Choice::Deny].map(|choice| Deed::Vote(by, choice)));
            deeds.extend([Deed::Escalate(by), Deed::Appeal(by), Deed::VoteOnRefused(by)]);
        }
    }

    fn next_state(&self, case: &Case, deed: Deed) -> Option<Case> {
        let mut next = case.clone();
        let request = case.last();
        let (index, event) = match deed {
            Deed::Wait => {
                let pending = request.pending()?;
                (case.now < pending.deadline).then_some(())?;
                next.now += TimeDelta::hours(1);
                return Some(next);
            }
            Deed::Appeal(by) => {
                let ladder = Ladder::new(self.world.ladder.clone()).unwrap();
                let appealing = Appealing {
                    id: appeal_id(request.id(), 0).unwrap(),
                    of: request,
                    by: &who(by),
                    reason: "look again",
                    decision: PolicyDecision::because(PolicyVerdict::RequireApproval(ladder), "asked"),
                    policy_version: "v",
                };
                let (opened, events) = (self.open)(appealing, &self.world.roles, case.now).ok()?;
                next.unmentioned |= !mentions(&events, request, by);
                next.chain.push(opened);
                next.appellants.push(by);
                return Some(next);
            }
            Deed::Tick => (case.chain.len() - 1, ApprovalEvent::Tick),
            Deed::Vote(by, choice) => {
                let ballot = Ballot::on(request, who(by), choice, "because");
                (case.chain.len() - 1, ApprovalEvent::Vote(ballot))
            }
            Deed::VoteOnRefused(by) => {
                let index = case.chain.len().checked_sub(2)?;
                (index, ApprovalEvent::Vote(Ballot::approve(&case.chain[index], who(by), "after all")))
            }
            Deed::Escalate(by) => {
                (case.chain.len() - 1, ApprovalEvent::Escalate { by: who(by), reason: "higher".into() })
            }
        };
        next.chain[index] =
            (self.world.step)(&case.chain[index], &event, &self.world.roles, case.now).ok()?.0;
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        fn over(request: &ApprovalRequest) -> bool {
            matches!(request.kind(), StateKind::Denied | StateKind::Expired)
        }
        vec![
            Property::always(REFUSED_STAYS, |_, case: &Case| case.chain.iter().rev().skip(1).all(over)),
            Property::always(HIGHER, |court: &Self, case: &Case| {
                case.chain.windows(2).all(|pair| {
                    let refusals = pair[0].votes().iter().filter(|vote| vote.choice == Choice::Deny);
                    let before = pair[0].asked().iter().chain(refusals.map(|vote| &vote.role)).max();
                    let ranks = |name: &PrincipalId| court.world.rank.get(name.as_str());
                    let voters = pair[1].votes().iter().all(|vote| ranks(&vote.by) > before);
                    voters && pair[1].asked().iter().all(|role| Some(role) > before)
                })
            }),
            Property::always(DIFFERENT, |_, case: &Case| {
                let mut out: BTreeSet<PrincipalId> = BTreeSet::from([who(PROPOSER)]);
                case.chain.iter().enumerate().all(|(n, request)| {
                    out.extend(n.checked_sub(1).and_then(|n| case.appellants.get(n)).map(|by| who(by)));
                    let fresh = request.votes().iter().all(|vote| !out.contains(&vote.by));
                    out.extend(request.votes().iter().map(|vote| vote.by.clone()));
                    fresh
                })
            }),
            Property::always(CITED, |_, case: &Case| {
                !case.unmentioned
                    && case.chain.windows(2).all(|pair| {
                        let appeal = pair[1].appeal();
                        appeal.is_some_and(|appeal| appeal.of == *pair[0].id())
                            && pair[1].cites() == Some(pair[0].id())
                            && (pair[1].kind() != StateKind::Approved || !pair[1].votes().is_empty())
                    })
            }),
            Property::always(ENDS, |_, case: &Case| case.chain.len() <= Role::LADDER.len()),
            Property::sometimes("an appeal that is granted", |_, case: &Case| {
                case.last().kind() == StateKind::Approved && case.chain.len() == 2
            }),
            Property::sometimes("an appeal that is refused", |_, case: &Case| {
                case.chain.len() > 1 && case.last().kind() == StateKind::Denied
            }),
        ]
    }
}

/// The record of an appeal names who made it and what it is against.
fn mentions(events: &[DomainEvent], refused: &ApprovalRequest, by: &str) -> bool {
    events.iter().any(|event| {
        event.kind == EventKind::ProposalSubmitted
            && event.actor == who(by)
            && event.payload.value()["appeal"]["of"] == refused.id().as_str()
    })
}

/// control: ASI03
#[test]
fn an_appeal_is_a_new_request_to_a_higher_different_person() {
    for court in Court::all(transition, appeal) {
        let checker = court.checker().threads(2).spawn_bfs().join();
        assert!(checker.is_done());
        println!("appeal: {} states, depth {}", checker.unique_state_count(), checker.max_depth());
        checker.assert_properties();
        assert!(checker.unique_state_count() > 100, "{} states", checker.unique_state_count());
    }
}

fn opened(
    appealing: Appealing<'_>,
    b: &RoleBook,
    t: DateTime<Utc>,
    edit: fn(&mut serde_json::Value),
) -> Stepped {
    let (request, events) = appeal(appealing, b, t)?;
    Ok((edited(&request, edit), events))
}

fn it_goes_to_the_same_role(a: Appealing<'_>, b: &RoleBook, t: DateTime<Utc>) -> Stepped {
    let role = a.of.asked().last().copied();
    let (request, events) = appeal(a, b, t)?;
    Ok((
        edited(&request, |json| {
            json["state"]["role"] = serde_json::json!(role);
            json["asked"] = serde_json::json!([role]);
        }),
        events,
    ))
}

fn whoever_took_part_votes_again(a: Appealing<'_>, b: &RoleBook, t: DateTime<Utc>) -> Stepped {
    opened(a, b, t, |json| json["appeal"]["not_by"] = serde_json::json!([]))
}

fn who_appeals_decides(a: Appealing<'_>, b: &RoleBook, t: DateTime<Utc>) -> Stepped {
    opened(a, b, t, |json| json["appeal"]["by"] = "nobody".into())
}

fn appealing_is_enough(a: Appealing<'_>, b: &RoleBook, t: DateTime<Utc>) -> Stepped {
    opened(a, b, t, |json| {
        json["state"] = serde_json::json!({ "state": "approved", "at": "2026-03-02T09:00:00Z", "reasons": [],
            "by": { "type": "policy", "version": "v" } });
    })
}

fn it_cites_nothing(a: Appealing<'_>, b: &RoleBook, t: DateTime<Utc>) -> Stepped {
    opened(a, b, t, |json| json["cites"] = serde_json::Value::Null)
}

/// The end of appeals is that no role is higher: without it the last role is asked again and again.
fn the_last_role_hears_appeals(a: Appealing<'_>, b: &RoleBook, t: DateTime<Utc>) -> Stepped {
    match appeal(a.clone(), b, t) {
        Err(GovernanceError::NoAppeal { .. }) if a.of.asked().last() == Some(&Role::Director) => {
            let first = edited(a.of, |json| {
                json["id"] = serde_json::json!(a.id);
                json["asked"] = serde_json::json!([Role::Director]);
                json["votes"] = serde_json::json!([]);
            });
            Ok((first, vec![]))
        }
        other => other,
    }
}

fn a_refused_request_takes_votes(
    r: &ApprovalRequest,
    e: &ApprovalEvent,
    b: &RoleBook,
    t: DateTime<Utc>,
) -> Stepped {
    if !(matches!(e, ApprovalEvent::Vote(_)) && r.kind() == StateKind::Denied) {
        return transition(r, e, b, t);
    }
    let deadline = t + TimeDelta::hours(1);
    let reopened = edited(r, |json| {
        json["state"] = serde_json::json!({ "state": "pending", "rung": 0, "role": r.asked().last(), "since": t,
            "deadline": deadline, "escalations": 0 });
    });
    transition(&reopened, e, b, t)
}

#[test]
fn every_mutant_of_an_appeal_is_caught() {
    let mutants: [(&str, Step, OpenAppeal, &'static str); 7] = [
        ("it goes to the same role", transition, it_goes_to_the_same_role, HIGHER),
        ("whoever took part votes again", transition, whoever_took_part_votes_again, DIFFERENT),
        ("who appeals decides", transition, who_appeals_decides, DIFFERENT),
        ("appealing is enough", transition, appealing_is_enough, CITED),
        ("it cites nothing", transition, it_cites_nothing, CITED),
        ("the last role hears appeals", transition, the_last_role_hears_appeals, ENDS),
        ("a refused request takes votes", a_refused_request_takes_votes, appeal, REFUSED_STAYS),
    ];
    for (name, step, open, property) in mutants {
        let caught = Court::all(step, open).into_iter().any(|court| {
            let found = HasDiscoveries::AnyOf(BTreeSet::from([property]));
            court.checker().finish_when(found).spawn_bfs().join().discovery(property).is_some()
        });
        assert!(caught, "{name}: `{property}` should fail");
    }
}

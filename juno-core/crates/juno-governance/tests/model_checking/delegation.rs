//! Delegation and its end: a giver, a delegate, one to whom it was passed on, another holder, and a proposer who gives
//! their place away, too. Delegations run out, are ended, and the giver loses the role, at any point between votes.

use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{PrincipalId, Role};
use juno_governance::{
    ApprovalEvent, ApprovalRequest, Ballot, Delegation, OnExpiry, RoleBook, StateKind, transition,
};
use stateright::{Checker, HasDiscoveries, Model, Property};

use crate::mutants::edited;
use crate::world::{PROPOSER, Step, Stepped, StoreFaults, World, pay, start, who};

const PEOPLE: [&str; 5] = [PROPOSER, "giver", "delegate", "second", "holder"];
const ONE_VOTE: &str = "giver and delegates have one vote together";
const NOT_THE_PROPOSER: &str = "nobody votes in the place of the proposer";
const IN_FORCE: &str = "nobody votes by what has ended, run out, or was never to be passed on";

#[derive(Debug, Clone)]
struct State {
    request: ApprovalRequest,
    book: RoleBook,
    now: DateTime<Utc>,
    /// A vote was taken without a right that held at that moment.
    wrongly: bool,
    by_second: bool,
}

impl State {
    fn key(&self) -> impl Hash + Eq + use<> {
        let votes: BTreeSet<_> =
            self.request.votes().iter().map(|vote| (vote.by.clone(), vote.on_behalf_of.clone())).collect();
        let given: Vec<String> = self.book.delegations().iter().map(|d| d.id.clone()).collect();
        let holds = self.book.holds(&who("giver"), Role::ProjectManager, &pay());
        (self.request.kind(), votes, given, holds, self.now, self.wrongly, self.by_second)
    }
}

impl Hash for State {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Deed {
    Wait,
    Vote(&'static str),
    End(&'static str),
    TakeTheRole,
}

struct Delegating {
    step: Step,
    may_pass_on: bool,
}

impl Delegating {
    fn given(&self, id: &str, by: &str, to: &str) -> Delegation {
        Delegation {
            id: id.into(),
            by: who(by),
            to: who(to),
            role: Role::ProjectManager,
            team: Some(pay()),
            categories: BTreeSet::new(),
            from: start(),
            until: start() + TimeDelta::hours(1),
            may_pass_on: self.may_pass_on,
        }
    }

    /// Whether `by` could take the place of `giver`, by the few facts of this team.
    fn has_right(&self, state: &State, by: &PrincipalId, giver: &PrincipalId) -> bool {
        let stands = |id: &str| state.book.delegations().iter().any(|d| d.id == id);
        let in_time = state.now < start() + TimeDelta::hours(1);
        let from_giver = *giver == who("giver")
            && stands("to-delegate")
            && state.book.holds(giver, Role::ProjectManager, &pay());
        let passed_on = *by == who("second") && stands("to-second") && self.may_pass_on;
        in_time && from_giver && (*by == who("delegate") || passed_on)
    }
}

impl Model for Delegating {
    type State = State;
    type Action = Deed;

    fn init_states(&self) -> Vec<State> {
        let mut world = World::new("delegation", self.step, StoreFaults::default()).ladder([(
            Role::ProjectManager,
            2,
            OnExpiry::Deny,
        )]);
        for name in ["giver", "holder"] {
            world.roles.assign(who(name), Role::ProjectManager, Some(pay()));
        }
        let request = world.first();
        let mut json = serde_json::to_value(&world.roles).unwrap();
        json["delegations"] = serde_json::json!([
            self.given("to-delegate", "giver", "delegate"),
            self.given("to-second", "delegate", "second"),
            self.given("of-proposer", PROPOSER, "delegate"),
        ]);
        let book = serde_json::from_value(json).unwrap();
        vec![State { request, book, now: start(), wrongly: false, by_second: false }]
    }

    fn actions(&self, _: &State, deeds: &mut Vec<Deed>) {
        deeds.extend([Deed::Wait, Deed::TakeTheRole, Deed::End("to-delegate"), Deed::End("to-second")]);
        deeds.extend(PEOPLE.map(Deed::Vote));
    }

    fn next_state(&self, state: &State, deed: Deed) -> Option<State> {
        let mut next = state.clone();
        match deed {
            Deed::Wait => {
                let pending = state.request.pending()?;
                next.now = (state.now + TimeDelta::hours(1)).min(pending.deadline);
            }
            Deed::TakeTheRole => {
                next.book.revoke(&who("giver"), Role::ProjectManager, Some(&pay())).then_some(())?;
            }
            Deed::End(id) => next.book.end_delegation(id).then_some(())?,
            Deed::Vote(by) => {
                let ballot = Ballot::approve(&state.request, who(by), "because");
                let (after, _) =
                    (self.step)(&state.request, &ApprovalEvent::Vote(ballot), &state.book, state.now).ok()?;
                let vote = after.votes().last()?;
                next.wrongly |= match &vote.on_behalf_of {
                    Some(giver) if *giver != who(PROPOSER) => !self.has_right(state, &vote.by, giver),
                    Some(_) => false,
                    None => !state.book.holds(&vote.by, Role::ProjectManager, &pay()),
                };
                next.by_second |= by == "second";
                next.request = after;
            }
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        fn people(state: &State) -> Vec<&PrincipalId> {
            let votes = state.request.votes().iter();
            votes.flat_map(|vote| std::iter::once(&vote.by).chain(&vote.on_behalf_of)).collect()
        }
        vec![
            Property::always(ONE_VOTE, |_, state: &State| {
                people(state).iter().collect::<BTreeSet<_>>().len() == people(state).len()
            }),
            Property::always(NOT_THE_PROPOSER, |_, state: &State| !people(state).contains(&&who(PROPOSER))),
            Property::always(IN_FORCE, |_, state: &State| !state.wrongly),
            Property::sometimes("an approval with a delegate's vote", |_, state: &State| {
                state.request.kind() == StateKind::Approved
                    && state.request.votes().iter().any(|vote| vote.on_behalf_of.is_some())
            }),
            Property::sometimes(
                "an approval with a vote that was passed on",
                |model: &Self, state: &State| {
                    !model.may_pass_on || (state.request.kind() == StateKind::Approved && state.by_second)
                },
            ),
        ]
    }
}

/// control: ASI03
#[test]
fn delegation_gives_no_second_vote_and_ends_when_it_ends() {
    for may_pass_on in [false, true] {
        let checker = Delegating { step: transition, may_pass_on }.checker().spawn_bfs().join();
        checker.assert_properties();
        assert!(checker.unique_state_count() > 100, "{} states", checker.unique_state_count());
    }
}

/// The book with its delegations changed.
fn with_delegations(book: &RoleBook, change: impl Fn(&mut serde_json::Value)) -> RoleBook {
    let mut json = serde_json::to_value(book).unwrap();
    json["delegations"].as_array_mut().into_iter().flatten().for_each(change);
    serde_json::from_value(json).unwrap()
}

fn what_ran_out_still_counts(
    r: &ApprovalRequest,
    e: &ApprovalEvent,
    b: &RoleBook,
    t: DateTime<Utc>,
) -> Stepped {
    let late = (start() + TimeDelta::days(9)).to_rfc3339();
    transition(r, e, &with_delegations(b, |given| given["until"] = late.clone().into()), t)
}

fn anything_may_be_passed_on(
    r: &ApprovalRequest,
    e: &ApprovalEvent,
    b: &RoleBook,
    t: DateTime<Utc>,
) -> Stepped {
    transition(r, e, &with_delegations(b, |given| given["may_pass_on"] = true.into()), t)
}

fn a_giver_need_not_hold_the_role(
    r: &ApprovalRequest,
    e: &ApprovalEvent,
    b: &RoleBook,
    t: DateTime<Utc>,
) -> Stepped {
    let mut book = b.clone();
    if !matches!(e, ApprovalEvent::Vote(ballot) if ballot.by == who("giver")) {
        book.assign(who("giver"), Role::ProjectManager, Some(pay()));
    }
    transition(r, e, &book, t)
}

fn the_giver_votes_too(r: &ApprovalRequest, e: &ApprovalEvent, b: &RoleBook, t: DateTime<Utc>) -> Stepped {
    let count = r.votes().len();
    let masked = edited(r, |json| {
        for n in 0..count {
            json["votes"][n].as_object_mut().unwrap().remove("on_behalf_of");
        }
    });
    let (next, events) = transition(&masked, e, b, t)?;
    let restored = edited(&next, |json| {
        for (n, vote) in r.votes().iter().enumerate() {
            if let Some(giver) = &vote.on_behalf_of {
                json["votes"][n]["on_behalf_of"] = serde_json::json!(giver);
            }
        }
    });
    Ok((restored, events))
}

fn the_place_of_the_proposer_is_taken(
    r: &ApprovalRequest,
    e: &ApprovalEvent,
    b: &RoleBook,
    t: DateTime<Utc>,
) -> Stepped {
    if matches!(e, ApprovalEvent::Vote(ballot) if ballot.by == who(PROPOSER)) {
        return transition(r, e, b, t);
    }
    let masked = edited(r, |json| json["proposal"]["proposer"] = "nobody".into());
    let (next, events) = transition(&masked, e, b, t)?;
    Ok((edited(&next, |json| json["proposal"]["proposer"] = PROPOSER.into()), events))
}

#[test]
fn every_mutant_of_delegation_is_caught() {
    let mutants: [(&str, Step, &'static str); 5] = [
        ("what ran out still counts", what_ran_out_still_counts, IN_FORCE),
        ("anything may be passed on", anything_may_be_passed_on, IN_FORCE),
        ("a giver need not hold the role", a_giver_need_not_hold_the_role, IN_FORCE),
        ("the giver votes, too", the_giver_votes_too, ONE_VOTE),
        ("the place of the proposer is taken", the_place_of_the_proposer_is_taken, NOT_THE_PROPOSER),
    ];
    for (name, step, property) in mutants {
        let found = HasDiscoveries::AnyOf(BTreeSet::from([property]));
        let model = Delegating { step, may_pass_on: false };
        let checker = model.checker().finish_when(found).spawn_bfs().join();
        assert!(checker.discovery(property).is_some(), "{name}: `{property}` should fail");
    }
}

use std::collections::BTreeSet;

use juno_domain::Role;
use juno_governance::{ApprovalEvent, OnExpiry, StateKind};
use stateright::Property;

use crate::state::{Execution, Host, State};
use crate::world::{PROPOSER, World};

pub(crate) const RUNGS: &str = "nothing runs unless each rung was approved, or discharged by a higher one";
pub(crate) const FINAL: &str = "denied, expired and cancelled are final, and one refusal denies";
pub(crate) const VOTERS_ONCE: &str = "the proposer and whoever has voted never count";
pub(crate) const ONE_EFFECT: &str = "there is at most one execution";
pub(crate) const ONE_REDEEM: &str = "an approval is redeemed once";
pub(crate) const TICKING_ENDS: &str = "from every state, ticking alone reaches an end, and never an approval";
pub(crate) const IN_TIME: &str = "a vote at or after the deadline never counts";
pub(crate) const SAME_ACTION: &str = "a vote for another action never counts";
pub(crate) const ENDED_BY: &str = "only the proposer withdraws, and only others cancel";
pub(crate) const RECORDED: &str = "every change is recorded";

pub(crate) fn all() -> Vec<Property<World>> {
    vec![
        Property::always(RUNGS, |world, state| !may_run(state) || every_rung_passed(world, state)),
        Property::always(FINAL, |_, state: &State| {
            let refused = state.cast.iter().any(|cast| cast.refused);
            state.ended.is_none_or(|end| state.request.kind() == end && state.effects == 0)
                && (!refused || state.request.kind() == StateKind::Denied)
        }),
        Property::always(VOTERS_ONCE, |_, state: &State| {
            let people: BTreeSet<&str> = state.cast.iter().map(|cast| cast.by).collect();
            people.len() == state.cast.len() && !people.contains(PROPOSER)
        }),
        Property::always(ONE_EFFECT, |_, state: &State| state.effects <= 1),
        Property::always(ONE_REDEEM, |_, state: &State| state.redeemed <= 1),
        Property::always(TICKING_ENDS, ticking_ends),
        Property::always(IN_TIME, |_, state: &State| !state.late_counted),
        Property::always(SAME_ACTION, |_, state: &State| !state.other_action_counted),
        Property::always(RECORDED, |_, state: &State| !state.unrecorded),
        Property::always(ENDED_BY, |_, state: &State| !state.ended_by_wrong),
        Property::sometimes("a withdrawal by the proposer", |_, state: &State| state.withdrawn),
        Property::sometimes("a vote on a held rung, and an execution", |world: &World, state: &State| {
            let holds = world.ladder.iter().any(|rung| matches!(rung.on_expiry, OnExpiry::Hold { .. }));
            !holds || (state.voted_while_held && state.effects == 1)
        }),
        Property::sometimes("an approved execution", |_, state: &State| {
            state.effects == 1 && state.execution == Execution::Succeeded && state.crashes == 0
        }),
        Property::sometimes("a crash after the effect, and an execution all the same", |_, state: &State| {
            state.effects == 1 && state.execution == Execution::Succeeded && state.crashes == 2
        }),
        Property::sometimes(
            "a crash that lost the authorization, and it was issued again",
            |_, state: &State| state.reissued == 1 && state.effects == 1 && state.crashes == 1,
        ),
        Property::sometimes("a refusal", |_, state: &State| state.cast.iter().any(|cast| cast.refused)),
        Property::sometimes("a withdrawal after approval", |world: &World, state: &State| {
            state.ended == Some(StateKind::Cancelled) && every_rung_passed(world, state)
        }),
    ]
}

/// Whether anything did run, or now could without another decision.
fn may_run(state: &State) -> bool {
    let authorized = |host: &Host| matches!(host, Host::Authorized | Host::Begun | Host::Acted);
    let approved = matches!(state.request.kind(), StateKind::Approved | StateKind::Authorized);
    approved || state.effects > 0 || state.hosts.iter().any(authorized)
}

/// Counted from the votes that were accepted and the roles people hold, not from what the request says of them.
fn every_rung_passed(world: &World, state: &State) -> bool {
    world.ladder.iter().enumerate().all(|(index, rung)| {
        let Some(asked) = state.open_for.get(index).copied().flatten() else { return false };
        let counts = |by: &str| world.rank.get(by).is_some_and(|role| role.may_vote_on(asked));
        let people: BTreeSet<&str> = state
            .cast
            .iter()
            .filter(|cast| cast.rung as usize == index && !cast.refused && counts(cast.by))
            .map(|cast| cast.by)
            .collect();
        asked >= rung.role && people.len() >= rung.quorum as usize
    })
}

/// Each role is asked once per rung and may be held once, so there are so many deadlines at most.
fn ticking_ends(world: &World, state: &State) -> bool {
    if state.request.pending().is_none() {
        return true;
    }
    let mut request = (*state.request).clone();
    for _ in 0..2 * Role::LADDER.len() {
        let Some(pending) = request.pending() else { break };
        let deadline = pending.deadline;
        match (world.step)(&request, &ApprovalEvent::Tick, &world.roles, deadline) {
            Ok((next, _)) => request = next,
            Err(_) => return false,
        }
    }
    matches!(request.kind(), StateKind::Denied | StateKind::Expired)
}

//! Ways to get it wrong, each of which a property has to notice. A mutant is the real function that is shown an
//! execution or an hour in which one of its rules does not bite.

use chrono::{DateTime, TimeDelta, Utc};
use juno_action::{
    Ended, Execution, ExecutionEvent as Event, ExecutionState, Lease, PlanMove, Reversal, next_move,
    transition,
};

use crate::world::{
    IN_ORDER, IN_REVERSE, NO_RERUN, NO_STALE, Next, ONE_EFFECT, Step, Stepped, TRUTH, WorldFaults,
};

/// Each mutant of the function with the property that catches it.
pub(crate) const MUTANTS: &[(&str, Step, &str)] = &[
    ("a stale token counts", a_stale_token_counts, NO_STALE),
    ("a live lease is taken over", a_live_lease_is_taken_over, NO_STALE),
    ("taking over gives no new token", taking_over_gives_no_new_token, NO_STALE),
    ("what nobody knows begins again", unknown_begins_again, NO_RERUN),
    ("what failed begins again", failed_begins_again, NO_RERUN),
    ("what is under way begins again", executing_begins_again, ONE_EFFECT),
    ("what took effect begins again", succeeded_begins_again, ONE_EFFECT),
    ("who takes over may begin again", taking_over_approves, NO_RERUN),
    ("what nobody knows is undone", unknown_is_undone, TRUTH),
    ("an uncertain end is a failure", uncertain_is_failed, TRUTH),
    ("an uncertain end is a success", uncertain_is_done, TRUTH),
    ("a crashed undoing counts as the effect", a_crashed_undoing_is_the_effect, TRUTH),
    ("what is under way is revoked", executing_is_revoked, TRUTH),
    ("what is undone is undone again", reversed_is_undone_again, ONE_EFFECT),
];

/// Each mutant of the plan.
pub(crate) const PLAN_MUTANTS: &[(&str, Next, &str)] = &[
    ("the first is undone first", the_first_is_undone_first, IN_REVERSE),
    ("a plan goes on past what nobody knows", past_unknown, IN_ORDER),
    ("a plan goes on after a failure", past_failure, IN_ORDER),
];

/// Each fault of store, executor or other side.
pub(crate) const WORLD_MUTANTS: &[(&str, WorldFaults, &str)] = &[
    ("the last write wins", WorldFaults { last_write_wins: true, ..NONE }, NO_RERUN),
    ("the other side takes any token", WorldFaults { unfenced: true, ..NONE }, TRUTH),
    ("what nobody knows is done again", WorldFaults { blind_retry: true, ..NONE }, ONE_EFFECT),
    ("a probe takes `not yet` for `not`", WorldFaults { hasty_probe: true, ..NONE }, TRUTH),
];

const NONE: WorldFaults =
    WorldFaults { last_write_wins: false, unfenced: false, blind_retry: false, hasty_probe: false };

type Now = DateTime<Utc>;

/// The function is shown the execution in another state, for one kind of event.
fn shown(
    execution: &Execution,
    event: &Event,
    now: Now,
    from: ExecutionState,
    to: ExecutionState,
) -> Stepped {
    let state = if execution.state == from { to } else { execution.state };
    transition(&Execution { state, ..execution.clone() }, event, now)
}

fn a_stale_token_counts(execution: &Execution, event: &Event, now: Now) -> Stepped {
    let mut event = event.clone();
    if let Event::Finish { token, .. } | Event::Probed { token, .. } = &mut event {
        *token = execution.fence;
    }
    transition(execution, &event, now)
}

fn a_live_lease_is_taken_over(execution: &Execution, event: &Event, now: Now) -> Stepped {
    // Taken over while the holder acts; and the token, being the holder's name, stays.
    let later = now + TimeDelta::days(9);
    match event {
        Event::TakeOver { .. } => taking_over_gives_no_new_token(execution, event, later),
        _ => transition(execution, event, now),
    }
}

fn taking_over_gives_no_new_token(execution: &Execution, event: &Event, now: Now) -> Stepped {
    let (mut next, events) = transition(execution, event, now)?;
    if let (Event::TakeOver { .. }, Some(lease)) = (event, &mut next.lease) {
        next.fence = execution.fence;
        *lease = Lease { token: execution.fence, ..lease.clone() };
        // As if nothing had changed: what the former holder says still fits.
        next.state = execution.state;
    }
    Ok((next, events))
}

fn unknown_begins_again(execution: &Execution, event: &Event, now: Now) -> Stepped {
    match event {
        Event::Begin { .. } => {
            shown(execution, event, now, ExecutionState::Unknown, ExecutionState::Approved)
        }
        _ => transition(execution, event, now),
    }
}

fn failed_begins_again(execution: &Execution, event: &Event, now: Now) -> Stepped {
    match event {
        Event::Begin { .. } => shown(execution, event, now, ExecutionState::Failed, ExecutionState::Approved),
        _ => transition(execution, event, now),
    }
}

fn executing_begins_again(execution: &Execution, event: &Event, now: Now) -> Stepped {
    match event {
        Event::Begin { .. } => {
            shown(execution, event, now, ExecutionState::Executing, ExecutionState::Approved)
        }
        _ => transition(execution, event, now),
    }
}

fn succeeded_begins_again(execution: &Execution, event: &Event, now: Now) -> Stepped {
    match event {
        Event::Begin { .. } => {
            shown(execution, event, now, ExecutionState::Succeeded, ExecutionState::Approved)
        }
        _ => transition(execution, event, now),
    }
}

fn taking_over_approves(execution: &Execution, event: &Event, now: Now) -> Stepped {
    let (mut next, events) = transition(execution, event, now)?;
    if matches!(event, Event::TakeOver { .. }) && execution.reversal.is_none() {
        (next.state, next.lease) = (ExecutionState::Approved, None);
    }
    Ok((next, events))
}

fn unknown_is_undone(execution: &Execution, event: &Event, now: Now) -> Stepped {
    match event {
        Event::Reverse { .. } => {
            shown(execution, event, now, ExecutionState::Unknown, ExecutionState::Succeeded)
        }
        _ => transition(execution, event, now),
    }
}

fn ended_as(execution: &Execution, event: &Event, now: Now, instead: Ended) -> Stepped {
    let mut event = event.clone();
    if let Event::Finish { ended, .. } = &mut event
        && *ended == Ended::Uncertain
    {
        *ended = instead;
    }
    transition(execution, &event, now)
}

fn uncertain_is_failed(execution: &Execution, event: &Event, now: Now) -> Stepped {
    ended_as(execution, event, now, Ended::NotDone)
}

fn uncertain_is_done(execution: &Execution, event: &Event, now: Now) -> Stepped {
    ended_as(execution, event, now, Ended::Done)
}

fn a_crashed_undoing_is_the_effect(execution: &Execution, event: &Event, now: Now) -> Stepped {
    let masked = Execution { reversal: None, ..execution.clone() };
    let (mut next, events) =
        transition(if matches!(event, Event::Probed { .. }) { &masked } else { execution }, event, now)?;
    let reversal: Option<Reversal> = next.reversal.take().or_else(|| execution.reversal.clone());
    next.reversal = reversal;
    Ok((next, events))
}

fn executing_is_revoked(execution: &Execution, event: &Event, now: Now) -> Stepped {
    match event {
        Event::Revoke { .. } => {
            shown(execution, event, now, ExecutionState::Executing, ExecutionState::Approved)
        }
        _ => transition(execution, event, now),
    }
}

fn reversed_is_undone_again(execution: &Execution, event: &Event, now: Now) -> Stepped {
    match event {
        Event::Reverse { .. } => {
            shown(execution, event, now, ExecutionState::Reversed, ExecutionState::Succeeded)
        }
        _ => transition(execution, event, now),
    }
}

fn the_first_is_undone_first(steps: &[ExecutionState]) -> PlanMove {
    match next_move(steps) {
        PlanMove::Undo(_) => {
            let first = steps.iter().position(|state| *state == ExecutionState::Succeeded);
            first.map_or(PlanMove::RolledBack, PlanMove::Undo)
        }
        other => other,
    }
}

fn past_unknown(steps: &[ExecutionState]) -> PlanMove {
    match next_move(steps) {
        PlanMove::FindOut(at) => {
            let waits = steps.iter().position(|state| *state == ExecutionState::Approved);
            waits.map_or(PlanMove::FindOut(at), PlanMove::Begin)
        }
        other => other,
    }
}

fn past_failure(steps: &[ExecutionState]) -> PlanMove {
    match next_move(steps) {
        PlanMove::Drop(at) => PlanMove::Begin(at),
        other => other,
    }
}

//! Ways to get the life cycle wrong, each of which a property has to notice. A mutant is the real function with one
//! of its rules taken away: it is shown a request, a team or an hour in which the rule does not bite, and the rest
//! is put back.

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::Role;
use juno_governance::{ApprovalEvent, ApprovalRequest, Choice, RoleBook, StateKind, transition};
use serde_json::{Value, json};

use crate::properties::{
    ENDED_BY, FINAL, IN_TIME, ONE_EFFECT, ONE_REDEEM, RECORDED, RUNGS, SAME_ACTION, TICKING_ENDS, VOTERS_ONCE,
};
use crate::world::{Step, Stepped, StoreFaults, VOTERS, pay, who};

/// Each mutant of the function with the property that catches it.
pub(crate) const MUTANTS: &[(&str, Step, &str)] = &[
    ("the proposer votes", the_proposer_votes, VOTERS_ONCE),
    ("a person votes again", a_person_votes_again, VOTERS_ONCE),
    ("a late vote counts", a_late_vote_counts, IN_TIME),
    ("a vote for another action counts", another_action_counts, SAME_ACTION),
    ("anybody votes", anybody_votes, RUNGS),
    ("one vote is a quorum", one_vote_is_a_quorum, RUNGS),
    ("the first rung is the last", the_first_rung_is_the_last, RUNGS),
    ("votes from below a deadline still count", votes_from_below_count, RUNGS),
    ("silence approves", silence_approves, RUNGS),
    ("a refusal is only noted", a_refusal_is_only_noted, FINAL),
    ("an expired request takes votes", an_expired_request_takes_votes, FINAL),
    ("a withdrawn request is redeemed", a_withdrawn_request_is_redeemed, FINAL),
    ("an approval is redeemed again", an_approval_is_redeemed_again, ONE_REDEEM),
    ("the last role is asked for ever", the_last_role_is_asked_for_ever, TICKING_ENDS),
    ("a change leaves no record", a_change_leaves_no_record, RECORDED),
    ("a hold has no end", a_hold_has_no_end, TICKING_ENDS),
    ("a held rung takes votes after its end", a_held_rung_takes_late_votes, IN_TIME),
    ("a hold that runs out approves", a_hold_that_runs_out_approves, RUNGS),
    ("anybody withdraws", anybody_withdraws, ENDED_BY),
    ("what was redeemed is withdrawn", what_was_redeemed_is_withdrawn, FINAL),
];

/// Each broken promise of a store or runner with the property that catches it.
pub(crate) const STORE_MUTANTS: &[(&str, StoreFaults, &str)] = &[
    (
        "the approval store writes over a newer version",
        StoreFaults { last_write_wins: true, many_executions: false, blind_retry: false },
        FINAL,
    ),
    (
        "the execution store takes a second execution",
        StoreFaults { last_write_wins: false, many_executions: true, blind_retry: false },
        ONE_EFFECT,
    ),
    (
        "the effect is carried out again after a crash",
        StoreFaults { last_write_wins: false, many_executions: false, blind_retry: true },
        ONE_EFFECT,
    ),
];

/// The request with its JSON changed.
pub(crate) fn edited(request: &ApprovalRequest, edit: impl FnOnce(&mut Value)) -> ApprovalRequest {
    let mut json = serde_json::to_value(request).unwrap();
    edit(&mut json);
    serde_json::from_value(json).unwrap()
}

fn the_proposer_votes(r: &ApprovalRequest, e: &ApprovalEvent, b: &RoleBook, t: DateTime<Utc>) -> Stepped {
    if !matches!(e, ApprovalEvent::Vote(_)) {
        return transition(r, e, b, t);
    }
    let masked = edited(r, |json| json["proposal"]["proposer"] = json!("nobody"));
    let (next, events) = transition(&masked, e, b, t)?;
    Ok((edited(&next, |json| json["proposal"]["proposer"] = json!(r.proposer())), events))
}

fn a_person_votes_again(r: &ApprovalRequest, e: &ApprovalEvent, b: &RoleBook, t: DateTime<Utc>) -> Stepped {
    let count = r.votes().len();
    if count == 0 {
        return transition(r, e, b, t);
    }
    let masked = edited(r, |json| {
        for n in 0..count {
            json["votes"][n]["by"] = json!(format!("earlier-{n}"));
        }
    });
    let (next, events) = transition(&masked, e, b, t)?;
    let restored = edited(&next, |json| {
        for (n, vote) in r.votes().iter().enumerate() {
            json["votes"][n]["by"] = json!(vote.by);
        }
    });
    Ok((restored, events))
}

fn a_late_vote_counts(r: &ApprovalRequest, e: &ApprovalEvent, b: &RoleBook, t: DateTime<Utc>) -> Stepped {
    let at = match (e, r.pending()) {
        (ApprovalEvent::Vote(_), Some(pending)) => t.min(pending.deadline - TimeDelta::seconds(1)),
        _ => t,
    };
    transition(r, e, b, at)
}

fn another_action_counts(r: &ApprovalRequest, e: &ApprovalEvent, b: &RoleBook, t: DateTime<Utc>) -> Stepped {
    match e.clone() {
        ApprovalEvent::Vote(mut ballot) => {
            ballot.digest = r.digest();
            transition(r, &ApprovalEvent::Vote(ballot), b, t)
        }
        other => transition(r, &other, b, t),
    }
}

fn anybody_votes(r: &ApprovalRequest, e: &ApprovalEvent, b: &RoleBook, t: DateTime<Utc>) -> Stepped {
    let mut everybody = b.clone();
    for name in VOTERS {
        everybody.assign(who(name), Role::Director, Some(pay()));
    }
    let book = if matches!(e, ApprovalEvent::Vote(_)) { &everybody } else { b };
    transition(r, e, book, t)
}

fn one_vote_is_a_quorum(r: &ApprovalRequest, e: &ApprovalEvent, b: &RoleBook, t: DateTime<Utc>) -> Stepped {
    with_ladder(r, e, b, t, |rungs| rungs.iter_mut().for_each(|rung| rung["quorum"] = json!(1)))
}

fn the_first_rung_is_the_last(
    r: &ApprovalRequest,
    e: &ApprovalEvent,
    b: &RoleBook,
    t: DateTime<Utc>,
) -> Stepped {
    with_ladder(r, e, b, t, |rungs| rungs.truncate(1))
}

/// Votes are counted under another ladder.
fn with_ladder(
    r: &ApprovalRequest,
    e: &ApprovalEvent,
    b: &RoleBook,
    t: DateTime<Utc>,
    change: impl FnOnce(&mut Vec<Value>),
) -> Stepped {
    if !matches!(e, ApprovalEvent::Vote(_)) {
        return transition(r, e, b, t);
    }
    let masked = edited(r, |json| change(json["ladder"]["rungs"].as_array_mut().unwrap()));
    let (next, events) = transition(&masked, e, b, t)?;
    Ok((edited(&next, |json| json["ladder"] = json!(r.ladder())), events))
}

fn votes_from_below_count(r: &ApprovalRequest, e: &ApprovalEvent, b: &RoleBook, t: DateTime<Utc>) -> Stepped {
    let (ApprovalEvent::Vote(_), Some(pending)) = (e, r.pending()) else { return transition(r, e, b, t) };
    transition(r, e, b, t)?;
    let own = r.ladder().unwrap().rungs()[pending.rung as usize].role;
    let masked = edited(r, |json| json["state"]["role"] = json!(own));
    let (next, events) = transition(&masked, e, b, t)?;
    let same_rung = next.pending().is_some_and(|after| after.rung == pending.rung);
    let restored = edited(&next, |json| {
        if same_rung {
            json["state"]["role"] = json!(pending.role);
        }
    });
    Ok((restored, events))
}

fn silence_approves(r: &ApprovalRequest, e: &ApprovalEvent, b: &RoleBook, t: DateTime<Utc>) -> Stepped {
    let (next, events) = transition(r, e, b, t)?;
    let silent = *e == ApprovalEvent::Tick && next.kind().is_final();
    let next = if silent { edited(&next, |json| json["state"]["state"] = json!("approved")) } else { next };
    Ok((next, events))
}

fn a_refusal_is_only_noted(
    r: &ApprovalRequest,
    e: &ApprovalEvent,
    b: &RoleBook,
    t: DateTime<Utc>,
) -> Stepped {
    let (next, events) = transition(r, e, b, t)?;
    let refused = matches!(e, ApprovalEvent::Vote(ballot) if ballot.choice == Choice::Deny);
    let next = if refused { edited(&next, |json| json["state"] = json!(r.state())) } else { next };
    Ok((next, events))
}

fn an_expired_request_takes_votes(
    r: &ApprovalRequest,
    e: &ApprovalEvent,
    b: &RoleBook,
    t: DateTime<Utc>,
) -> Stepped {
    if !(matches!(e, ApprovalEvent::Vote(_)) && r.kind() == StateKind::Expired) {
        return transition(r, e, b, t);
    }
    let role = r.ladder().unwrap().rungs()[0].role;
    let deadline = t + TimeDelta::hours(1);
    let reopened = json!({"state": "pending", "rung": 0, "role": role, "since": t, "deadline": deadline,
        "escalations": 0});
    transition(&edited(r, |json| json["state"] = reopened), e, b, t)
}

fn a_withdrawn_request_is_redeemed(
    r: &ApprovalRequest,
    e: &ApprovalEvent,
    b: &RoleBook,
    t: DateTime<Utc>,
) -> Stepped {
    if !(*e == ApprovalEvent::Redeem && r.kind() == StateKind::Cancelled) {
        return transition(r, e, b, t);
    }
    let approval = json!(r.state().settled());
    let issued = json!({"state": "authorized", "approval": approval, "redeemed_at": t, "issued": 1});
    Ok((edited(r, |json| json["state"] = issued), Vec::new()))
}

fn an_approval_is_redeemed_again(
    r: &ApprovalRequest,
    e: &ApprovalEvent,
    b: &RoleBook,
    t: DateTime<Utc>,
) -> Stepped {
    let again = *e == ApprovalEvent::Redeem && r.kind() == StateKind::Authorized;
    transition(r, if again { &ApprovalEvent::Reissue } else { e }, b, t)
}

fn the_last_role_is_asked_for_ever(
    r: &ApprovalRequest,
    e: &ApprovalEvent,
    b: &RoleBook,
    t: DateTime<Utc>,
) -> Stepped {
    let (next, events) = transition(r, e, b, t)?;
    if !(*e == ApprovalEvent::Tick && next.kind() == StateKind::Denied) {
        return Ok((next, events));
    }
    let asked_again = edited(&next, |json| {
        json["state"] = json!(r.state());
        json["state"]["deadline"] = json!(t + TimeDelta::hours(1));
    });
    Ok((asked_again, events))
}

fn a_change_leaves_no_record(
    r: &ApprovalRequest,
    e: &ApprovalEvent,
    b: &RoleBook,
    t: DateTime<Utc>,
) -> Stepped {
    let (next, events) = transition(r, e, b, t)?;
    Ok((next, if matches!(e, ApprovalEvent::Cancel { .. }) { Vec::new() } else { events }))
}

fn a_hold_has_no_end(r: &ApprovalRequest, e: &ApprovalEvent, b: &RoleBook, t: DateTime<Utc>) -> Stepped {
    let held = r.pending().is_some_and(|pending| pending.held);
    if !(held && *e == ApprovalEvent::Tick) {
        return transition(r, e, b, t);
    }
    let masked = edited(r, |json| {
        json["state"]["held"] = json!(false);
        json["state"]["since"] = json!(t);
    });
    transition(&masked, e, b, t)
}

fn a_held_rung_takes_late_votes(
    r: &ApprovalRequest,
    e: &ApprovalEvent,
    b: &RoleBook,
    t: DateTime<Utc>,
) -> Stepped {
    let held = r.pending().is_some_and(|pending| pending.held);
    if held { a_late_vote_counts(r, e, b, t) } else { transition(r, e, b, t) }
}

fn a_hold_that_runs_out_approves(
    r: &ApprovalRequest,
    e: &ApprovalEvent,
    b: &RoleBook,
    t: DateTime<Utc>,
) -> Stepped {
    let held = r.pending().is_some_and(|pending| pending.held);
    if held { silence_approves(r, e, b, t) } else { transition(r, e, b, t) }
}

fn anybody_withdraws(r: &ApprovalRequest, e: &ApprovalEvent, b: &RoleBook, t: DateTime<Utc>) -> Stepped {
    let ApprovalEvent::Withdraw { by, .. } = e else { return transition(r, e, b, t) };
    let masked = edited(r, |json| json["proposal"]["proposer"] = json!(by));
    let (next, events) = transition(&masked, e, b, t)?;
    Ok((edited(&next, |json| json["proposal"]["proposer"] = json!(r.proposer())), events))
}

fn what_was_redeemed_is_withdrawn(
    r: &ApprovalRequest,
    e: &ApprovalEvent,
    b: &RoleBook,
    t: DateTime<Utc>,
) -> Stepped {
    let late = matches!(e, ApprovalEvent::Withdraw { .. }) && r.kind() == StateKind::Authorized;
    if !late {
        return transition(r, e, b, t);
    }
    let approval = json!(r.state().settled());
    let reopened = edited(r, |json| {
        json["state"] = approval;
        json["state"]["state"] = json!("approved");
    });
    transition(&reopened, e, b, t)
}

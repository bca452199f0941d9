//! What people decide, and what their silence does.

use std::sync::Arc;

use juno_core::action::ExecutionState;
use juno_core::agent::{Pending, Stores};
use juno_core::domain::{Comment, DecidedBy, EventKind, OutcomeResult, Role, Verdict};
use juno_core::governance::{Choice, FiredResult, StateKind};
use juno_core::prelude::*;

use crate::desk::{Desk, SAMPLE, person, start, trusting};
use crate::ledger::Ledger;
use crate::scripted::{Scripted, World, label, priority, question, reassign};

async fn scripted(script: &Scripted, world: &World) -> Desk {
    let (script, world) = (Arc::new(script.clone()), Arc::new(world.clone()));
    Desk::open(trusting(), Stores::in_memory(), |b| b.reasoner(script).executor(world)).await
}

fn about<'r>(review: &'r Review, target: &str) -> &'r Pending {
    review.pending.iter().find(|pending| pending.target == target).unwrap()
}

#[tokio::test]
async fn a_refused_proposal_is_not_made_again_until_its_situation_changes() {
    let script = Scripted::saying([question("PAY-1"), question("PAY-2")]);
    let desk = scripted(&script, &World::default()).await;
    let records = desk.nothing();
    let first = desk.review(&records).await;
    let pending = about(&first, "PAY-1");
    desk.juno.gate.vote(pending, &person("lea"), Choice::Deny, "we know why it rests").await.unwrap();
    desk.wait(1);

    let second = desk.review(&records).await;
    let [suppressed] = &second.suppressed[..] else { panic!("{:?}", second.suppressed) };
    assert_eq!((suppressed.target.as_str(), suppressed.action.as_str()), ("PAY-1", "request_info"));
    assert!(suppressed.reason.contains("lea") && suppressed.reason.contains("we know why it rests"));
    assert_eq!(second.proposals.len(), 1);
    assert_eq!(second.pending.len(), 1);

    script.say([crate::scripted::Line { situation: "moved since", ..question("PAY-1") }, question("PAY-2")]);
    let third = desk.review(&records).await;
    assert_eq!(third.suppressed, []);
    assert_eq!(third.pending.len(), 2, "a new situation is a new question");
    Ledger::audited(&desk.stores).await;
}

#[tokio::test]
async fn a_new_event_on_the_ticket_lifts_the_refusal() {
    // However unsure refusals make it: here everything is proposed.
    let desk = Desk::new(trusting().with("confidence.threshold", "0").unwrap()).await;
    let first = desk.review(&desk.sample()).await;
    let refused = first.pending.iter().find(|pending| pending.action == "request_info").unwrap();
    desk.juno.gate.vote(refused, &person("lea"), Choice::Deny, "leave it").await.unwrap();
    // Long after: still silent, or silent again after a comment on the next day.
    desk.wait(24 * 90);
    let untouched = desk.review(&desk.sample()).await;
    assert!(untouched.suppressed.iter().any(|before| before.proposal == refused.proposal));

    let mut dataset = SAMPLE.clone();
    let issue = dataset.issues.iter_mut().find(|issue| issue.key.as_str() == refused.target).unwrap();
    let author = issue.reporter.as_ref().map(|reporter| reporter.id.clone());
    issue.comments.push(Comment { at: start() + chrono::TimeDelta::days(1), author });
    let touched = desk.review(&desk.records(dataset)).await;
    assert!(touched.suppressed.iter().all(|before| before.target != refused.target));
    let again = touched.proposals.iter().find(|proposal| proposal.action.target() == refused.target).unwrap();
    assert_ne!(again.id, refused.proposal);
}

#[tokio::test]
async fn an_approved_request_is_carried_out_once_by_the_next_run() {
    let (script, world) = (Scripted::saying([priority("PAY-1")]), World::default());
    let desk = scripted(&script, &world).await;
    let records = desk.nothing();
    let first = desk.review(&records).await;
    let pending = about(&first, "PAY-1");
    assert_eq!((pending.role, &pending.people[..]), (Role::TeamLead, &[person("lea")][..]));
    assert_eq!(pending.deadline, start() + chrono::TimeDelta::hours(24));
    assert!(world.effects().is_empty());

    let decision = desk.juno.gate.vote(pending, &person("lea"), Choice::Approve, "yes").await.unwrap();
    assert_eq!(decision.verdict, Verdict::Approved);
    assert_eq!(decision.by, DecidedBy::Person { principal: person("lea"), role: Role::TeamLead });
    // The finding need not hold any more: what was approved is done.
    script.say([]);
    let second = desk.review(&records).await;
    let [outcome] = &second.executed[..] else { panic!("{:?}", second.executed) };
    assert_eq!((outcome.result, &outcome.request), (OutcomeResult::Succeeded, &pending.request));
    let third = desk.review(&records).await;
    assert_eq!(third.executed, []);
    assert_eq!(world.effects().into_values().collect::<Vec<_>>(), [1]);
    assert!(desk.juno.gate.execute(&pending.request).await.is_err(), "not even when asked to");
    let ledger = Ledger::audited(&desk.stores).await;
    assert_eq!(ledger.executions[&pending.request].state, ExecutionState::Succeeded);
}

/// Faults of peers: the proposer approves their own action; a role that cannot approve is asked.
/// control: ASI03, SOC2-CC6.1
#[tokio::test]
async fn who_may_not_vote_does_not() {
    let script = Scripted::saying([question("PAY-1"), reassign("PAY-2")]);
    let desk = scripted(&script, &World::default()).await;
    let first = desk.review(&desk.nothing()).await;
    let (low, high) = (about(&first, "PAY-1"), about(&first, "PAY-2"));
    assert_eq!(high.role, Role::ProjectManager);
    let kind = async |request, who| {
        let vote = desk.juno.gate.vote(request, &person(who), Choice::Approve, "yes").await;
        vote.map(|decision| decision.verdict).map_err(|error| error.kind())
    };
    assert_eq!(kind(low, "juno").await, Err(ErrorKind::Denied), "the proposer");
    assert_eq!(kind(low, "ada").await, Err(ErrorKind::Denied), "an administrator");
    assert_eq!(kind(low, "nobody").await, Err(ErrorKind::Denied), "a stranger");
    assert_eq!(kind(high, "lea").await, Err(ErrorKind::Denied), "a lower role");
    assert_eq!(kind(high, "dan").await, Ok(Verdict::Approved), "a higher role may");
    assert_eq!(kind(low, "lea").await, Ok(Verdict::Approved));
    assert_eq!(kind(low, "pam").await, Err(ErrorKind::Conflict), "it is settled");
    let ledger = Ledger::audited(&desk.stores).await;
    assert_eq!(ledger.count(EventKind::VoteCast), 2, "what was refused is no vote");
}

#[tokio::test]
async fn a_vote_after_the_deadline_does_not_count_and_silence_goes_up_until_nobody_is_left() {
    let desk = scripted(&Scripted::saying([question("PAY-1")]), &World::default()).await;
    let records = desk.nothing();
    let first = desk.review(&records).await;
    let pending = about(&first, "PAY-1");
    let request = pending.request.clone();
    desk.wait(24);
    let late = desk.juno.gate.vote(pending, &person("lea"), Choice::Approve, "sorry").await;
    assert_eq!(late.unwrap_err().kind(), ErrorKind::Conflict);

    let mut asked = vec![Role::TeamLead];
    for up in [Role::ProjectManager, Role::EngineeringManager, Role::Director] {
        let review = desk.review(&records).await;
        let [fired] = &review.fired[..] else { panic!("{:?}", review.fired) };
        let deadline = desk.clock.now() + chrono::TimeDelta::hours(24);
        assert_eq!(Some(&fired.role), asked.last());
        assert_eq!(fired.result, FiredResult::Escalated { to: up, deadline });
        assert_eq!((about(&review, "PAY-1").role, about(&review, "PAY-1").deadline), (up, deadline));
        assert_eq!(desk.review(&records).await.fired, [], "a deadline fires once");
        asked.push(up);
        desk.wait(24);
    }
    let last = desk.review(&records).await;
    assert_eq!(last.fired[0].result, FiredResult::Ended { verdict: Verdict::Denied });
    assert_eq!(last.pending, []);
    let [suppressed] = &last.suppressed[..] else { panic!("{:?}", last.suppressed) };
    assert!(suppressed.reason.contains("deadline"), "{}", suppressed.reason);
    assert!(juno_core::report::text(&last).contains("Deadlines that passed (1)"));
    let ledger = Ledger::audited(&desk.stores).await;
    assert_eq!(ledger.requests[&request].asked(), asked);
    assert_eq!(ledger.count(EventKind::RequestEscalated), 4, "three times up, and once past the last");
}

#[tokio::test]
async fn a_withdrawn_request_stays_withdrawn() {
    let desk = scripted(&Scripted::saying([question("PAY-1")]), &World::default()).await;
    let first = desk.review(&desk.nothing()).await;
    let pending = about(&first, "PAY-1");
    let stranger = desk.juno.gate.cancel(&pending.request, &person("nobody"), "no").await.unwrap_err();
    assert_eq!(stranger.kind(), ErrorKind::Denied);
    let decision = desk.juno.gate.withdraw(&pending.request, &person("juno"), "a mistake").await.unwrap();
    assert_eq!(
        (decision.verdict, decision.by),
        (Verdict::Cancelled, DecidedBy::Proposer { principal: person("juno") })
    );
    let second = desk.review(&desk.nothing()).await;
    assert_eq!((second.suppressed.len(), second.pending.len()), (1, 0));
    Ledger::audited(&desk.stores).await;
}

/// A reason longer than a memory may be: the vote stands, and so does every later run.
#[tokio::test]
async fn a_reason_as_long_as_a_book_breaks_nothing() {
    let desk = scripted(&Scripted::saying([question("PAY-1"), label("PAY-2")]), &World::default()).await;
    let first = desk.review(&desk.nothing()).await;
    let pending = about(&first, "PAY-1");
    let book = "because of the ☃ ".repeat(40_000);
    let decision = desk.juno.gate.vote(pending, &person("lea"), Choice::Deny, &book).await.unwrap();
    assert_eq!(decision.verdict, Verdict::Denied);
    let second = desk.review(&desk.nothing()).await;
    assert_eq!(second.suppressed.len(), 1);
    assert!(second.suppressed[0].reason.len() < 3_000);
    let ledger = Ledger::audited(&desk.stores).await;
    assert_eq!(ledger.requests[&pending.request].votes()[0].reason, book, "the request keeps all of it");
}

#[tokio::test]
async fn one_request_that_nobody_can_decide_stops_no_other() {
    let settings = trusting().with("roles", r#"{"ops":{"team_lead":["olga"]}}"#).unwrap();
    let here = crate::scripted::Line { team: "ops", ..question("OPS-1") };
    let script = Arc::new(Scripted::saying([question("PAY-1"), here]));
    let desk = Desk::open(settings, Stores::in_memory(), |builder| builder.reasoner(script)).await;
    let review = desk.review(&desk.nothing()).await;
    assert_eq!(about(&review, "OPS-1").people, [person("olga")]);
    let [skipped] = &review.skipped[..] else { panic!("{:?}", review.skipped) };
    assert_eq!(skipped.subject, "PAY-1");
    assert!(skipped.reason.contains("nobody in team `pay` may decide"), "{}", skipped.reason);
    let ledger = Ledger::audited(&desk.stores).await;
    assert_eq!(ledger.states(), [(StateKind::Pending, 1)].into());
}

/// Forgetting a decision takes it out of memory for good; the decision itself stands.
/// control: GDPR-17
#[tokio::test]
async fn what_was_forgotten_on_request_is_not_remembered_again() {
    let stores = Stores::in_memory();
    let open = async || {
        let script = Scripted::saying([label("PAY-1"), question("PAY-2")]);
        Desk::open(trusting(), stores.clone(), |builder| builder.reasoner(Arc::new(script))).await
    };
    let desk = open().await;
    let first = desk.review(&desk.nothing()).await;
    desk.juno.gate.vote(about(&first, "PAY-2"), &person("lea"), Choice::Deny, "no").await.unwrap();
    let before = Ledger::audited(&stores).await.memories;
    assert_eq!(before.len(), 3, "two decisions and an outcome");
    for memory in &before {
        assert!(desk.juno.memory.forget(&memory.scope, &memory.id).await.unwrap());
    }
    // A process of its own, which reads the log from its beginning.
    let desk = open().await;
    let second = desk.review(&desk.nothing()).await;
    assert_eq!((second.suppressed.len(), second.executed.len()), (1, 0));
    for memory in before {
        assert_eq!(desk.juno.memory.get(&memory.scope, &memory.id).await.unwrap(), None);
    }
}

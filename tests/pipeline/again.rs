//! Running again: nothing is proposed, decided, done or recorded twice.

use std::collections::BTreeMap;

use juno_core::domain::{Action, ProposalId, Verdict};
use juno_core::prelude::*;

use crate::desk::{Desk, stores_of, trusting};
use crate::ledger::Ledger;
use crate::scripted::World;

/// Proposals by what they are about.
fn by_target(review: &Review) -> BTreeMap<(String, String), ProposalId> {
    let key = |p: &juno_core::domain::Proposal| (p.action.target().to_owned(), p.action.name().to_owned());
    review.proposals.iter().map(|p| (key(p), p.id.clone())).collect()
}

#[tokio::test]
async fn two_runs_on_one_file_are_as_good_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("juno.db");
    let world = World::default();
    let mut reviews = Vec::new();
    for _ in 0..2 {
        // Each run is a process of its own to the file.
        let executor = std::sync::Arc::new(world.clone());
        let desk = Desk::open(trusting(), stores_of(&path), |builder| builder.executor(executor)).await;
        reviews.push(desk.review(&desk.sample()).await);
    }
    let [first, second] = <[Review; 2]>::try_from(reviews).unwrap();
    assert!(first.executed.len() > 5 && first.pending.len() > 5, "the sample gives something to do");
    assert_eq!(second.executed, []);
    assert_eq!(second.proposals, first.proposals);
    assert_eq!(second.decisions, first.decisions);
    assert_eq!(second.pending, first.pending);
    assert_eq!(second.audit, first.audit, "nothing happened, so nothing is recorded");
    assert!(world.effects().values().all(|times| *times == 1));
    assert_eq!(world.effects().len(), first.executed.len());

    let ledger = Ledger::audited(&stores_of(&path)).await;
    assert_eq!(ledger.requests.len(), first.proposals.len());
    assert_eq!(ledger.executions.len(), first.executed.len());
    let settled = first.decisions.iter().filter(|d| d.verdict != Verdict::ApprovalRequired).count();
    assert_eq!(ledger.memories.len(), settled + first.executed.len(), "each decision and each outcome");
}

#[tokio::test]
async fn the_next_day_asks_nothing_again_that_was_asked() {
    let desk = Desk::new(trusting()).await;
    let records = desk.sample();
    let first = desk.review(&records).await;
    desk.wait(20);
    let second = desk.review(&records).await;
    let (before, after) = (by_target(&first), by_target(&second));
    let again = before.iter().filter(|(about, _)| after.contains_key(*about)).count();
    assert!(again > 30, "most of it still holds");
    for (about, id) in &before {
        // A day of silence more is the same situation: the id counts no days.
        assert!(after.get(about).is_none_or(|later| later == id), "{about:?} is another proposal today");
    }
    let ledger = Ledger::audited(&desk.stores).await;
    assert_eq!(
        ledger.requests.len(),
        before.iter().chain(&after).map(|(_, id)| id).collect::<std::collections::BTreeSet<_>>().len()
    );
}

#[tokio::test]
async fn what_people_decided_counts_towards_the_next_confidence() {
    let desk = Desk::new(trusting()).await;
    let records = desk.sample();
    let confidence = |review: &Review| -> BTreeMap<ProposalId, f64> {
        let asked = review.proposals.iter().filter(|p| p.action.name() == "request_info");
        asked.map(|p| (p.id.clone(), p.confidence.value.get())).collect()
    };
    let first = desk.review(&records).await;
    let asked: Vec<_> = first.pending.iter().filter(|p| p.action == "request_info").collect();
    let (judged, left) = asked.split_at(asked.len() / 2);
    for pending in judged {
        let choice = juno_core::governance::Choice::Deny;
        desk.juno.gate.vote(*pending, &crate::desk::person("lea"), choice, "not now").await.unwrap();
    }
    desk.wait(1);
    let (before, second) = (confidence(&first), desk.review(&records).await);
    let advice: Vec<&str> = second.advice.iter().map(|advice| advice.subject.as_str()).collect();
    assert_eq!(second.suppressed.len(), judged.len());
    let after = confidence(&second);
    for pending in left {
        match after.get(&pending.proposal) {
            Some(now) => assert!(*now < before[&pending.proposal], "people refused the others"),
            None => assert!(advice.contains(&pending.target.as_str()), "too unsure now even to propose it"),
        }
    }
    assert!(!left.is_empty());
}

/// In July a ticket rests in a running sprint. What is asked about it counts no days either.
#[tokio::test]
async fn a_question_about_a_ticket_in_a_sprint_is_the_same_question_the_day_after() {
    let desk = Desk::new(trusting()).await;
    let records = desk.sample();
    let mut asked = Vec::new();
    for day in ["2026-07-19T10:00:00Z", "2026-07-20T10:00:00Z"] {
        let review = desk.juno.review(&records, day.parse().unwrap(), &Progress::silent()).await.unwrap();
        let in_sprint = |action: &Action| matches!(action, Action::RequestInfo { question, .. } if question.contains("still planned"));
        let mut questions = review.proposals.into_iter().filter(|proposal| in_sprint(&proposal.action));
        asked.push(questions.next().expect("one rests in a sprint"));
    }
    assert_eq!(asked[0].id, asked[1].id);
    assert_ne!(asked[0].rationale, asked[1].rationale, "the reasons are those of the day");
}

//! What settings bound: phase, supervisor mode, autonomous actions, the confidence threshold, memory.

use std::sync::Arc;

use juno_core::agent::Stores;
use juno_core::domain::Verdict;
use juno_core::governance::Choice;
use juno_core::prelude::*;

use crate::desk::{Desk, person, trusting};
use crate::ledger::Ledger;
use crate::scripted::{Scripted, World, label, question};

/// control: ASI10, AIA-14-1
#[test]
fn supervisor_mode_is_the_default() {
    assert!(Settings::default().flag("governance.supervisor_mode"));
}

/// control: ASI10
#[tokio::test]
async fn phase_1_forecasts_and_says_and_proposes_nothing() {
    let desk = Desk::new(trusting().with("phase", "1").unwrap()).await;
    let review = desk.review(&desk.sample()).await;
    assert!(!review.forecasts.is_empty() && !review.advice.is_empty());
    assert!(review.advice.iter().all(|advice| advice.reason.contains("phase 1")));
    assert!(review.proposals.is_empty() && review.decisions.is_empty() && review.pending.is_empty());
    assert_eq!(Ledger::audited(&desk.stores).await.records, []);
}

/// Not even what was approved before the phase was set back.
#[tokio::test]
async fn phase_1_carries_nothing_out_and_says_so() {
    let stores = Stores::in_memory();
    let open = async |settings: Settings| {
        let script = Arc::new(Scripted::saying([question("PAY-1")]));
        Desk::open(settings, stores.clone(), |builder| builder.reasoner(script)).await
    };
    let desk = open(trusting()).await;
    let first = desk.review(&desk.nothing()).await;
    desk.juno.gate.vote(&first.pending[0], &person("lea"), Choice::Approve, "yes").await.unwrap();
    let desk = open(trusting().with("phase", "1").unwrap()).await;
    let second = desk.review(&desk.nothing()).await;
    assert_eq!(second.executed, []);
    assert_eq!(second.skipped.len(), 1, "{:?}", second.skipped);
    assert!(second.skipped[0].reason.contains("phase 1"));
    let desk = open(trusting()).await;
    assert_eq!(desk.review(&desk.nothing()).await.executed.len(), 1, "the approval was not lost");
}

/// control: ASI10, AIA-14-1
#[tokio::test]
async fn in_supervisor_mode_or_without_autonomy_everything_waits_for_a_person() {
    let no_autonomy = trusting().with("governance.autonomous_actions", "false").unwrap();
    let supervised = trusting().with("governance.supervisor_mode", "true").unwrap();
    for settings in [supervised, no_autonomy] {
        let desk = Desk::new(settings).await;
        let review = desk.review(&desk.sample()).await;
        assert!(!review.proposals.is_empty());
        assert!(review.decisions.iter().all(|decision| decision.verdict == Verdict::ApprovalRequired));
        assert_eq!((review.executed.len(), review.pending.len()), (0, review.proposals.len()));
        Ledger::audited(&desk.stores).await;
    }
}

#[tokio::test]
async fn with_a_threshold_of_1_there_is_only_advice() {
    let desk = Desk::new(trusting().with("confidence.threshold", "1.0").unwrap()).await;
    let review = desk.review(&desk.sample()).await;
    assert!(!review.advice.is_empty() && review.proposals.is_empty() && review.pending.is_empty());
    assert!(review.advice.iter().all(|advice| advice.reason.contains("below the threshold 1.00")));
}

#[tokio::test]
async fn with_a_threshold_of_0_unsure_findings_are_proposed_and_never_run_alone() {
    let desk = Desk::new(trusting().with("confidence.threshold", "0").unwrap()).await;
    let review = desk.review(&desk.sample()).await;
    assert!(review.advice.is_empty());
    let unsure = review.proposals.iter().filter(|proposal| proposal.confidence.value.get() < 0.9);
    for proposal in unsure {
        let decision = review.decisions.iter().find(|decision| decision.proposal == proposal.id).unwrap();
        assert_eq!(decision.verdict, Verdict::ApprovalRequired);
    }
}

#[tokio::test]
async fn without_memory_all_works_and_nothing_is_remembered_but_what_was_decided_stands() {
    let settings = trusting().with("memory.enabled", "false").unwrap();
    let (script, world) = (Scripted::saying([question("PAY-1"), label("PAY-2")]), World::default());
    let desk = Desk::open(settings, Stores::in_memory(), |builder| {
        builder.reasoner(Arc::new(script)).executor(Arc::new(world.clone()))
    })
    .await;
    let first = desk.review(&desk.nothing()).await;
    assert_eq!((first.executed.len(), first.pending.len()), (1, 1));
    desk.juno.gate.vote(&first.pending[0], &person("lea"), Choice::Deny, "no").await.unwrap();
    let second = desk.review(&desk.nothing()).await;
    assert_eq!((second.executed.len(), second.pending.len(), second.suppressed.len()), (0, 0, 1));
    let ledger = Ledger::audited(&desk.stores).await;
    assert_eq!(ledger.memories, []);
    assert_eq!(world.effects().into_values().collect::<Vec<_>>(), [1]);
}

//! The whole way cut off at every call to a store, before the store was asked and after it answered. Whoever starts it
//! again finds everything as if nothing had happened, and nothing done twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use juno_core::action::ExecutionState;
use juno_core::agent::Stores;
use juno_core::domain::{Decision, MemoryId, OutcomeResult, ProposalId, RequestId};
use juno_core::governance::{Choice, StateKind};
use juno_core::prelude::*;
use juno_testkit::faults::{
    Faults, FaultyApprovalStore, FaultyAuditLog, FaultyExecutionStore, FaultyMemoryStore, FaultyOutbox, When,
};

use crate::desk::{person, start, stores_of, trusting};
use crate::ledger::Ledger;
use crate::scripted::{Scripted, World, label, question};

fn failing(stores: &Stores, faults: &Faults) -> Stores {
    Stores {
        memory: Arc::new(FaultyMemoryStore::new(stores.memory.clone(), faults.clone())),
        approvals: Arc::new(FaultyApprovalStore::new(stores.approvals.clone(), faults.clone())),
        executions: Arc::new(FaultyExecutionStore::new(stores.executions.clone(), faults.clone())),
        notifications: stores.notifications.clone(),
        audit: Arc::new(FaultyAuditLog::new(stores.audit.clone(), faults.clone())),
        outbox: Arc::new(FaultyOutbox::new(stores.outbox.clone(), faults.clone())),
        texts: stores.texts.clone(),
        tiers: stores.tiers.clone(),
    }
}

/// A program on the stores: a review, people who answer what waits for them (but for one question), a second review.
async fn program(
    stores: &Stores,
    faults: &Faults,
    world: &World,
    hours: i64,
) -> Result<Vec<Review>, Box<dyn std::error::Error>> {
    let clock = Arc::new(ManualClock::new(start() + chrono::TimeDelta::hours(hours)));
    let script = Scripted::saying([label("PAY-1"), question("PAY-2"), question("PAY-3"), question("PAY-4")]);
    let juno = JunoBuilder::new(trusting())
        .stores(failing(stores, faults))
        .clock(clock.clone())
        .reasoner(Arc::new(script))
        .executor(Arc::new(world.clone()))
        .open()
        .await?;
    let records = Records::new(Default::default(), juno.config(), &Progress::silent())?;
    let first = juno.review(&records, clock.now(), &Progress::silent()).await?;
    for pending in &first.pending {
        let choice = match pending.target.as_str() {
            "PAY-2" => Choice::Approve,
            "PAY-3" => Choice::Deny,
            _ => continue,
        };
        juno.gate.vote(pending, &person("lea"), choice, "so be it").await?;
    }
    let second = juno.review(&records, clock.now(), &Progress::silent()).await?;
    Ok(vec![first, second])
}

/// What is true in the end, without what a second attempt may leave: how often an authorization was issued.
#[derive(Debug, PartialEq)]
struct End {
    decisions: BTreeMap<RequestId, (StateKind, Decision)>,
    executions: BTreeMap<RequestId, ExecutionState>,
    memories: BTreeMap<MemoryId, String>,
    suppressed: Vec<ProposalId>,
    waiting: Vec<RequestId>,
}

async fn end(stores: &Stores, last: &Review) -> End {
    let ledger = Ledger::audited(stores).await;
    End {
        decisions: ledger.requests.iter().map(|(id, r)| (id.clone(), (r.kind(), r.decision()))).collect(),
        executions: ledger.executions.iter().map(|(id, e)| (id.clone(), e.state)).collect(),
        memories: ledger.memories.iter().map(|m| (m.id.clone(), m.text.clone())).collect(),
        suppressed: last.suppressed.iter().map(|s| s.proposal.clone()).collect(),
        waiting: last.pending.iter().map(|p| p.request.clone()).collect(),
    }
}

/// Cuts the program off at its `nth` call, starts it again, and once more when nothing can still be running. Gives what
/// is true in the end, whether the first attempt came through, and how many executions nobody knows the end of.
async fn cut_off(stores: &Stores, nth: u32, when: When) -> (End, bool, usize) {
    let (faults, world) = (Faults::new(), World::default());
    let cut = format!("{when:?} call {nth}");
    faults.die_at_call(nth, when);
    let came_through = program(stores, &faults, &world, 0).await.is_ok();
    faults.heal();
    for hours in [0, 2] {
        let reviews = program(stores, &faults, &world, hours).await;
        let reviews = reviews.unwrap_or_else(|error| panic!("{cut}: {error}"));
        let last = reviews.last().unwrap();
        assert!(last.audit.verified && last.skipped.is_empty(), "{cut}: {:?}", last.skipped);
        if hours == 2 {
            let mut end = end(stores, last).await;
            let executed = reviews.iter().flat_map(|review| &review.executed);
            let told = executed.filter(|outcome| outcome.result == OutcomeResult::Unknown).count();
            let unknown = end.executions.values_mut().filter(|state| **state == ExecutionState::Unknown);
            let unknown = unknown.map(|state| *state = ExecutionState::Succeeded).count();
            assert_eq!(told, unknown, "{cut}: what nobody knows the end of is told");
            let effects = world.effects();
            assert!(effects.values().all(|times| *times == 1), "{cut}: {effects:?}");
            assert!(effects.len() <= 2 && effects.len() + unknown >= 2, "{cut}: {effects:?}");
            return (end, came_through, unknown);
        }
    }
    unreachable!("the loop ends at two hours")
}

fn same(end: &End, expected: &End, unknown: usize, cut: &str) {
    assert_eq!(end.decisions, expected.decisions, "{cut}");
    assert_eq!(end.executions, expected.executions, "{cut}");
    assert_eq!((&end.suppressed, &end.waiting), (&expected.suppressed, &expected.waiting), "{cut}");
    assert_eq!(
        end.memories.keys().collect::<Vec<_>>(),
        expected.memories.keys().collect::<Vec<_>>(),
        "{cut}: every decision and outcome is remembered"
    );
    let other = end.memories.iter().filter(|(id, text)| expected.memories[*id] != **text).count();
    assert_eq!(other, unknown, "{cut}: only what nobody knows reads otherwise");
}

#[tokio::test]
async fn whoever_starts_again_after_any_cut_finds_all_as_if_there_had_been_none() {
    let stores = Stores::in_memory();
    let (expected, _, _) = cut_off(&stores, u32::MAX, When::Before).await;
    let states: Vec<StateKind> = expected.decisions.values().map(|(kind, _)| *kind).collect();
    assert_eq!(states.iter().filter(|kind| **kind == StateKind::Authorized).count(), 2);
    assert_eq!((expected.executions.len(), expected.memories.len()), (2, 5));
    assert_eq!((expected.suppressed.len(), expected.waiting.len()), (1, 1));
    for when in [When::Before, When::After] {
        let (mut calls, mut unknown) = (0, 0);
        for nth in 1.. {
            // What a transaction is on disk is the SQLite crate's own test; now and then the file joins here, too.
            let folder = tempfile::tempdir().unwrap();
            let stores = match nth % 12 {
                0 => stores_of(&folder.path().join("juno.db")),
                _ => Stores::in_memory(),
            };
            let (end, came_through, lost) = cut_off(&stores, nth, when).await;
            same(&end, &expected, lost, &format!("{when:?} call {nth}"));
            unknown += lost;
            calls = nth;
            if came_through {
                break;
            }
        }
        assert!(calls > 60, "every call had its turn");
        assert!((2..8).contains(&unknown), "only cuts between intent and result lose one: {unknown}");
    }
}

//! Many at once on one file.

use std::sync::{Arc, Barrier};

use juno_core::action::ExecutionState;
use juno_core::connectors::{ConnectorSettings, load_blocking};
use juno_core::domain::EventKind;
use juno_core::governance::StateKind;
use juno_core::prelude::*;

use crate::desk::{Desk, stores_of, trusting};
use crate::ledger::Ledger;
use crate::scripted::{Scripted, World, label, question};

const THREADS: usize = 8;

#[test]
fn eight_runs_at_once_on_one_fresh_file_do_everything_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("juno.db");
    let (world, barrier) = (World::default(), Barrier::new(THREADS));
    let lines = ["PAY-1", "PAY-2", "PAY-3"].map(label).into_iter().chain(["PAY-4", "PAY-5"].map(question));
    let lines: Vec<_> = lines.collect();
    let executed: usize = std::thread::scope(|scope| {
        let run = || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            barrier.wait();
            runtime.block_on(async {
                let script = Arc::new(Scripted::saying(lines.clone()));
                let executor = Arc::new(world.clone());
                let desk = Desk::open(trusting(), stores_of(&path), |builder| {
                    builder.reasoner(script).executor(executor)
                })
                .await;
                let review = desk.review(&desk.nothing()).await;
                assert!(review.audit.verified);
                assert_eq!((review.proposals.len(), review.decisions.len()), (5, 5));
                review.executed.len()
            })
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(run)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(executed, 3, "each was carried out by one of them");
    assert_eq!(world.effects().into_values().collect::<Vec<_>>(), [1, 1, 1]);

    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let ledger = runtime.block_on(Ledger::audited(&stores_of(&path)));
    assert_eq!(ledger.states(), [(StateKind::Pending, 2), (StateKind::Authorized, 3)].into());
    assert!(ledger.executions.values().all(|execution| execution.state == ExecutionState::Succeeded));
    assert_eq!(ledger.count(EventKind::ProposalSubmitted), 5);
    assert_eq!(ledger.count(EventKind::ExecutionStarted), 3);
    assert_eq!(ledger.memories.len(), 6, "three decisions, three outcomes");
}

/// Waiting for a load on a thread that a runtime drives once hung for good, after some hundred batches.
#[test]
fn loading_inside_a_runtime_without_awaiting_comes_to_an_end() {
    let (done, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let table = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/sprint-table.csv");
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            for _ in 0..150 {
                let data = load_blocking(&[table], &ConnectorSettings::default(), &Progress::silent());
                assert_eq!(data.unwrap().rows.len(), 36);
            }
        });
        done.send(()).unwrap();
    });
    ended.recv_timeout(std::time::Duration::from_secs(60)).expect("the loads end");
}

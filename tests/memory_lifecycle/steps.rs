use juno_core::Stores;
use juno_core::agent::SubjectErasure;
use juno_core::memory::{ArchiveQuery, MemoryStore};
use juno_sqlite::{SqliteConfig, SqliteStore};
use juno_testkit::faults::{Faults, FaultyAuditLog, FaultyMemoryStore, FaultyOutbox, When};

use super::erasure::{fill, order};
use super::*;

/// JUNO on a file, its memories, outbox and log failing as told.
async fn faulty(path: &Path, faults: &Faults) -> Juno {
    let file = SqliteStore::open(path, SqliteConfig::default()).unwrap();
    let stores = Stores {
        memory: Arc::new(FaultyMemoryStore::new(Arc::new(file.memory()), faults.clone())),
        approvals: Arc::new(file.approvals()),
        executions: Arc::new(file.executions()),
        notifications: Arc::new(file.notifications()),
        audit: Arc::new(FaultyAuditLog::new(Arc::new(file.audit()), faults.clone())),
        outbox: Arc::new(FaultyOutbox::new(Arc::new(file.outbox()), faults.clone())),
        texts: None,
        tiers: None,
    };
    let clock = ManualClock::new(start());
    JunoBuilder::new(plain()).stores(stores).clock(Arc::new(clock)).open().await.unwrap()
}

/// A file with Ada's memories, one of which is archived.
async fn prepared(folder: &Path) -> SubjectErasure {
    let juno = faulty(&folder.join("juno.db"), &Faults::new()).await;
    let pay = fill(&juno).await;
    let mut away = memory("away", &pay, "Ada hiked to skaftafellmoraine", start() - days(400));
    away.derived_from = [id("own")].into();
    juno.memory.remember(&away).await.unwrap();
    juno.memory.remember(&memory("far", &pay, "the office was painted", start() - days(400))).await.unwrap();
    let archive = folder.join("archive");
    let query = ArchiveQuery::before(start() - days(300));
    let report = juno.memory.archive(&archive, &query, &Progress::silent()).await.unwrap();
    assert_eq!(report.archived, 2);
    SubjectErasure { archives: vec![archive], ..order("ada") }
}

#[tokio::test]
async fn an_erasure_cut_off_at_any_step_is_completed_by_the_next() {
    for when in [When::Before, When::After] {
        for nth in 1.. {
            let folder = tempfile::tempdir().unwrap();
            let (path, cut) = (folder.path().join("juno.db"), format!("{when:?} call {nth}"));
            let order = prepared(folder.path()).await;
            let faults = Faults::new();
            let juno = faulty(&path, &faults).await;
            faults.die_at_call(nth, when);
            let first = juno.memory.erase_subject(&order, &Progress::silent()).await;
            drop(juno);
            let juno = faulty(&path, &Faults::new()).await;
            let receipt = juno.memory.erase_subject(&order, &Progress::silent()).await.unwrap();
            assert!(receipt.verify().unwrap() && receipt.is_clean(), "{cut}");
            let mut ids: Vec<&str> = receipt.memories.iter().map(|erased| erased.id.as_str()).collect();
            ids.sort_unstable();
            assert_eq!(ids.len(), 9, "{cut}: {ids:?}");
            assert!(ids.contains(&"away") && ids.contains(&"twice"), "{cut}");
            let pay = team(&juno, "pay");
            assert_eq!(held(&juno, &pay).await.len(), 2, "{cut}");
            let back = juno.memory.restore(&order.archives, &Progress::silent()).await.unwrap();
            assert_eq!(
                (back.restored, back.erased),
                (1, 0),
                "{cut}: only what is nobody's is still archived"
            );
            assert!(juno.audit.verify().await.unwrap().verified, "{cut}");
            if first.is_ok() {
                assert!(nth > 12, "every call had its turn: {nth}");
                break;
            }
        }
    }
}

#[tokio::test]
async fn an_archiving_cut_off_at_any_step_loses_nothing() {
    for when in [When::Before, When::After] {
        for nth in 1.. {
            let folder = tempfile::tempdir().unwrap();
            let (path, cut) = (folder.path().join("juno.db"), format!("{when:?} call {nth}"));
            let (faults, archive) = (Faults::new(), folder.path().join("archive"));
            let juno = faulty(&path, &faults).await;
            let pay = team(&juno, "pay");
            for n in 0..3 {
                juno.memory.remember(&memory(&format!("m{n}"), &pay, "old news", start())).await.unwrap();
            }
            let before = held(&juno, &pay).await;
            let query = ArchiveQuery::before(start() + days(1));
            faults.die_at_call(nth, when);
            let first = juno.memory.archive(&archive, &query, &Progress::silent()).await;
            drop(juno);
            let juno = faulty(&path, &Faults::new()).await;
            if archive.exists() {
                juno.memory.restore(std::slice::from_ref(&archive), &Progress::silent()).await.unwrap();
            }
            assert_eq!(held(&juno, &pay).await, before, "{cut}");
            assert!(juno.audit.verify().await.unwrap().verified, "{cut}");
            if first.is_ok() {
                assert!(nth > 6, "every call had its turn: {nth}");
                break;
            }
        }
    }
}

/// What the store is asked is `forget_all` with records: the same holds for stores of tiers.
#[tokio::test]
async fn what_is_erased_is_gone_from_every_read() {
    let folder = tempfile::tempdir().unwrap();
    let order = prepared(folder.path()).await;
    let juno = faulty(&folder.path().join("juno.db"), &Faults::new()).await;
    juno.memory.erase_subject(&order, &Progress::silent()).await.unwrap();
    let file = SqliteStore::open(folder.path().join("juno.db"), SqliteConfig::default()).unwrap();
    let (store, tenant) = (file.memory(), juno.memory.scope().tenant().clone());
    let page = store.scan(&tenant, None, 1000).await.unwrap();
    let ids: Vec<&str> = page.memories.iter().map(|memory| memory.id.as_str()).collect();
    assert_eq!(ids, ["other", "said"]);
}

use juno_core::memory::{MemoryFilter, RecallQuery};

use super::*;

#[tokio::test]
async fn each_kind_is_kept_as_long_as_settings_say_and_holds_go_before() {
    let folder = tempfile::tempdir().unwrap();
    let (juno, clock) =
        open(&folder.path().join("juno.db"), &[("memory.retention_by_kind", r#"{"semantic": 700}"#)]).await;
    let pay = team(&juno, "pay");
    let mut semantic = memory("fact", &pay, "the API freezes on Fridays", start());
    semantic.kind = MemoryKind::Semantic;
    let mut held = memory("held", &pay, "the customer complained", start());
    held.subject = Some("ada".into());
    let mut soon = memory("soon", &pay, "lunch is at one", start());
    soon.expires_at = Some(start() + days(1));
    for memory in [&semantic, &held, &soon, &memory("old", &pay, "the deploy failed", start())] {
        juno.memory.remember(memory).await.unwrap();
    }
    juno.memory.hold_subject("ada", &person("counsel"), "case 7").await.unwrap();

    clock.set(start() + days(364)).unwrap();
    let report = juno.memory.cleanup(&Progress::silent()).await.unwrap();
    assert_eq!((report.expired, report.removed(), report.held), (1, 1, 0), "a year is not over");
    clock.set(start() + days(365)).unwrap();
    let report = juno.memory.cleanup(&Progress::silent()).await.unwrap();
    assert_eq!(report.retired, [(MemoryKind::Episodic, 1)].into());
    assert_eq!((report.expired, report.held, report.failed.len()), (0, 1, 0));
    clock.set(start() + days(700)).unwrap();
    let report = juno.memory.cleanup(&Progress::silent()).await.unwrap();
    assert_eq!(report.retired, [(MemoryKind::Semantic, 1)].into());
    assert!(juno.memory.release_subject("ada", &person("counsel"), "settled").await.unwrap());
    assert_eq!(juno.memory.cleanup(&Progress::silent()).await.unwrap().removed(), 1);
    assert_eq!(super::held(&juno, &pay).await.len(), 0);
    assert!(juno.audit.verify().await.unwrap().verified);
}

#[tokio::test]
async fn only_what_was_of_use_is_raised_and_kept_longer() {
    let folder = tempfile::tempdir().unwrap();
    let (juno, clock) = open(&folder.path().join("juno.db"), &[]).await;
    let pay = team(&juno, "pay");
    for (name, text) in [("a", "the deploy of billing failed"), ("b", "the deploy of search failed")] {
        juno.memory.remember(&memory(name, &pay, text, start())).await.unwrap();
    }
    clock.set(start() + days(200)).unwrap();
    let query = RecallQuery::new("which deploy failed", MemoryFilter::new(pay.clone()));
    for _ in 0..5 {
        juno.memory.recall(&query).await.unwrap();
    }
    let session = pay.with_agent(person("scout"));
    let report = juno.memory.used(&session, &[id("a"), id("a"), id("zz")]).await.unwrap();
    assert_eq!((report.counted, report.unknown), (vec![id("a")], vec![id("zz")]), "found further up");
    let used = |found: Option<Memory>| found.unwrap().used.map(|used| used.count);
    assert_eq!(used(juno.memory.get(&pay, &id("a")).await.unwrap()), Some(1));
    assert_eq!(used(juno.memory.get(&pay, &id("b")).await.unwrap()), None, "to be found is no use");
    clock.set(start() + days(400)).unwrap();
    assert_eq!(juno.memory.recall(&query).await.unwrap().len(), 2, "what has faded is still there");
    assert_eq!(juno.memory.cleanup(&Progress::silent()).await.unwrap().removed(), 1);
    assert!(juno.memory.get(&pay, &id("a")).await.unwrap().is_some(), "needed 200 days ago");
}

#[tokio::test]
async fn callers_who_note_use_at_once_all_count() {
    let folder = tempfile::tempdir().unwrap();
    let (juno, _) = open(&folder.path().join("juno.db"), &[]).await;
    let pay = team(&juno, "pay");
    juno.memory.remember(&memory("a", &pay, "the deploy failed", start())).await.unwrap();
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let (juno, pay) = (juno.clone(), pay.clone());
            tokio::spawn(async move {
                for _ in 0..5 {
                    juno.memory.used(&pay, &[id("a")]).await.unwrap();
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
    let found = juno.memory.get(&pay, &id("a")).await.unwrap().unwrap();
    assert_eq!(found.used.map(|used| used.count), Some(20));
}

#[tokio::test]
async fn a_cleanup_can_be_stopped_and_goes_on_later() {
    let folder = tempfile::tempdir().unwrap();
    let (juno, clock) = open(&folder.path().join("juno.db"), &[]).await;
    let pay = team(&juno, "pay");
    for nth in 0..5 {
        juno.memory.remember(&memory(&format!("m{nth}"), &pay, "old news", start())).await.unwrap();
    }
    clock.set(start() + days(400)).unwrap();
    let stopped = Progress::silent();
    stopped.cancel();
    let error = juno.memory.cleanup(&stopped).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(juno.memory.cleanup(&Progress::silent()).await.unwrap().removed(), 5);
}

#[tokio::test]
async fn retention_outside_its_range_is_refused() {
    for by_kind in [r#"{"semantic": 0}"#, r#"{"semantic": 36501}"#, r#"{"semantics": 10}"#] {
        let settings = Settings::default()
            .with("database.url", "memory:")
            .unwrap()
            .with("memory.retention_by_kind", by_kind)
            .unwrap();
        let refused = JunoBuilder::new(settings).open().await.err();
        assert_eq!(refused.map(|error| error.kind()), Some(ErrorKind::InvalidInput), "{by_kind}");
    }
}

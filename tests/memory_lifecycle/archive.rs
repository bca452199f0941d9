use juno_core::memory::{ArchiveQuery, Fact, MemoryFilter, RecallQuery, Usage};

use super::erasure::order;
use super::*;

async fn fill(juno: &Juno) -> MemoryScope {
    let pay = team(juno, "pay");
    for nth in 0..20 {
        let mut memory =
            memory(&format!("m{nth:02}"), &pay, &format!("deploy {nth} of billing"), start() + days(nth));
        memory.data = serde_json::json!({ "nth": nth, "x": 0.1 + 0.2, "text": "line\u{2028}two\n" });
        memory.tags = ["deploy".to_owned(), format!("n{}", nth % 3)].into();
        memory.turn = Some(juno_core::memory::Turn::new("talk", u32::try_from(nth).unwrap()));
        juno.memory.remember(&memory).await.unwrap();
    }
    pay
}

#[tokio::test]
async fn what_is_archived_comes_back_byte_for_byte_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let (juno, clock) = open(&folder.path().join("juno.db"), &[]).await;
    let pay = fill(&juno).await;
    let (before, archive) = (held(&juno, &pay).await, folder.path().join("archive"));
    clock.set(start() + days(60)).unwrap();
    let asked = RecallQuery::new("which deploy of billing", MemoryFilter::new(pay.clone()));
    let ranked = juno.memory.recall(&asked).await.unwrap();
    let mut query = ArchiveQuery::before(start() + days(10));
    query.all_tags.insert("n0".into());
    let report = juno.memory.archive(&archive, &query, &Progress::silent()).await.unwrap();
    assert_eq!((report.archived, report.kept, report.files.len()), (4, 0, 1));
    assert_eq!(held(&juno, &pay).await.len(), 16);
    assert_eq!(juno.memory.archive(&archive, &query, &Progress::silent()).await.unwrap().archived, 0);
    for expected in [(4, 0), (0, 4)] {
        let back = juno.memory.restore(&report.files, &Progress::silent()).await.unwrap();
        assert_eq!((back.restored, back.known, back.newer.len()), (expected.0, expected.1, 0));
        assert_eq!(held(&juno, &pay).await, before, "byte for byte");
    }
    assert_eq!(juno.memory.recall(&asked).await.unwrap(), ranked, "found as before");
    assert!(juno.audit.verify().await.unwrap().verified);
}

#[tokio::test]
async fn what_must_stay_is_not_archived_and_what_changed_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let (juno, clock) = open(&folder.path().join("juno.db"), &[]).await;
    let pay = fill(&juno).await;
    let mut fact = memory("fact", &pay, "Ada owns billing", start());
    fact.fact = Some(Fact::new("billing", "owner", "ada"));
    juno.memory.record_fact(&fact).await.unwrap();
    let mut held_one = memory("held", &pay, "a complaint", start());
    held_one.subject = Some("bob".into());
    juno.memory.remember(&held_one).await.unwrap();
    juno.memory.hold_subject("bob", &person("counsel"), "case 7").await.unwrap();
    clock.set(start() + days(60)).unwrap();
    juno.memory.used(&pay, &[id("m03")]).await.unwrap();
    let (archive, query) = (folder.path().join("archive"), ArchiveQuery::before(start() + days(30)));
    let report = juno.memory.archive(&archive, &query, &Progress::silent()).await.unwrap();
    assert_eq!(report.archived, 19, "all but the fact, the held one and what was of use lately");
    let mut newer = memory("m05", &pay, "written anew", start() + days(60));
    newer.used = Some(Usage::after(None, newer.recorded_at, start() + days(60)));
    juno.memory.remember(&newer).await.unwrap();
    let back = juno.memory.restore(std::slice::from_ref(&archive), &Progress::silent()).await.unwrap();
    assert_eq!((back.restored, back.newer), (18, vec![id("m05")]));
    let stays = juno.memory.get(&pay, &id("m05")).await.unwrap().unwrap();
    assert_eq!(stays, newer);
}

#[tokio::test]
async fn a_file_that_was_changed_or_cut_off_or_is_another_tenants_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (juno, _) = open(&folder.path().join("juno.db"), &[]).await;
    let pay = fill(&juno).await;
    let archive = folder.path().join("archive");
    let query = ArchiveQuery::before(start() + days(30));
    let report = juno.memory.archive(&archive, &query, &Progress::silent()).await.unwrap();
    let bytes = std::fs::read(&report.files[0]).unwrap();
    let bad = folder.path().join("bad.jsonl");
    let changed = String::from_utf8(bytes.clone()).unwrap().replace("deploy 3 of", "deploy 4 of");
    for content in [&bytes[..bytes.len() - 1], &bytes[..bytes.len() / 2], b"", changed.as_bytes()] {
        std::fs::write(&bad, content).unwrap();
        let refused = juno.memory.restore(std::slice::from_ref(&bad), &Progress::silent()).await.unwrap_err();
        assert!(
            refused.kind() == ErrorKind::Corrupt && refused.to_string().contains("bad.jsonl"),
            "{refused}"
        );
    }
    assert!(held(&juno, &pay).await.is_empty(), "nothing of a bad file comes back");
    let other = open(&folder.path().join("other.db"), &[("tenant", "other")]).await.0;
    assert!(other.memory.restore(&report.files, &Progress::silent()).await.is_err());
}

#[tokio::test]
async fn what_was_erased_does_not_come_back_from_a_copy_of_its_archive() {
    let folder = tempfile::tempdir().unwrap();
    let (juno, _) = open(&folder.path().join("juno.db"), &[]).await;
    let pay = team(&juno, "pay");
    let mut own = memory("own", &pay, "Ada moved to Reykjavik", start() - days(500));
    own.subject = Some("ada".into());
    juno.memory.remember(&own).await.unwrap();
    let archive = folder.path().join("archive");
    let query = ArchiveQuery::before(start());
    let report = juno.memory.archive(&archive, &query, &Progress::silent()).await.unwrap();
    let copy = folder.path().join("copy.jsonl");
    std::fs::copy(&report.files[0], &copy).unwrap();
    let mut order = order("ada");
    order.archives = vec![archive.clone()];
    let receipt = juno.memory.erase_subject(&order, &Progress::silent()).await.unwrap();
    assert_eq!(receipt.memories.len(), 1);
    assert!(receipt.verify().unwrap());
    assert_eq!(std::fs::read_dir(&archive).unwrap().count(), 0, "a file with nothing left is removed");
    let back = juno.memory.restore(&[copy], &Progress::silent()).await.unwrap();
    assert_eq!((back.restored, back.erased), (0, 1));
    assert!(held(&juno, &pay).await.is_empty());
}

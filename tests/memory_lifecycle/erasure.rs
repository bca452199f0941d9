use juno_core::agent::{ErasureReceipt, SubjectErasure};
use juno_core::audit::AuditQuery;
use juno_core::memory::{ExportedMemory, Fact, MemoryFilter, RecallQuery, SubjectQuery, SubjectTie};
use juno_domain::EventKind;

use super::*;

pub(crate) fn order(subject: &str) -> SubjectErasure {
    SubjectErasure {
        subject: subject.into(),
        by: person("dpo"),
        reason: "request 12".into(),
        also_said: false,
        archives: Vec::new(),
    }
}

/// Ada's memories, what was made from them, a fact about her that changed, and those of others.
pub(crate) async fn fill(juno: &Juno) -> MemoryScope {
    let pay = team(juno, "pay");
    let mut own = memory("own", &pay, "Quixotic Ada moved to Reykjavikfjord", start());
    own.subject = Some("ada".into());
    let mut derived = memory("derived", &pay, "somebody lives near glaciersnout", start());
    derived.derived_from = [id("own")].into();
    let mut twice = memory("twice", &pay, "people there like whalewatching", start());
    twice.derived_from = [id("derived"), id("other")].into();
    let mut other = memory("other", &pay, "Bob moved to Oslo", start());
    other.subject = Some("ada2".into());
    let mut said = memory("said", &pay, "I prefer mornings", start());
    said.who = Some("ada".into());
    for memory in [&own, &other, &said, &derived, &twice] {
        juno.memory.remember(memory).await.unwrap();
    }
    for (name, object, day) in [("f1", "junior", 0), ("f2", "senior", 10), ("f3", "principal", 20)] {
        let mut fact = memory(name, &pay, &format!("Ada is a {object} gyroscopist"), start() + days(day));
        fact.subject = Some("ada".into());
        fact.kind = MemoryKind::Semantic;
        fact.fact = Some(Fact::new("ada", "level", object));
        juno.memory.record_fact(&fact).await.unwrap();
    }
    pay
}

async fn count(juno: &Juno, kind: EventKind) -> usize {
    let query = AuditQuery { kind: Some(kind), limit: Some(10_000), ..AuditQuery::default() };
    juno.audit.search(&query).await.unwrap().records.len()
}

#[tokio::test]
async fn everything_of_a_subject_goes_with_its_history_and_what_was_made_from_it_and_the_receipt_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let (juno, _) = open(&folder.path().join("juno.db"), &[]).await;
    let pay = fill(&juno).await;
    let receipt = juno.memory.erase_subject(&order("ada"), &Progress::silent()).await.unwrap();
    // Three values, of which two were closed: five versions. The memory, and two made from it.
    assert_eq!(receipt.memories.len(), 8, "{receipt:?}");
    assert!(receipt.verify().unwrap() && receipt.is_clean());
    let left: Vec<String> = held(&juno, &pay).await;
    assert_eq!(left.len(), 2);
    assert!(left.iter().all(|json| json.contains(r#""id":"other""#) || json.contains(r#""id":"said""#)));
    for known_at in [None, Some(start() + days(12))] {
        let filter = MemoryFilter { known_at, ..MemoryFilter::new(pay.clone()) };
        let found = juno.memory.recall(&RecallQuery::new("gyroscopist glaciersnout", filter)).await.unwrap();
        assert!(found.iter().all(|hit| ["other", "said"].contains(&hit.memory.id.as_str())), "{found:?}");
    }

    let text = serde_json::to_string(&receipt).unwrap();
    for word in ["Ada", "gyroscop", "Reykjavik", "glacier", r#""ada""#] {
        assert!(!text.contains(word), "`{word}` is in the receipt");
    }
    let checkpointed = juno.audit.head().await.unwrap();
    assert!(receipt.verify_in(&checkpointed).unwrap(), "against a head that was kept elsewhere");
    let read: ErasureReceipt = serde_json::from_str(&text).unwrap();
    assert_eq!(read, receipt);
    assert!(read.verify().unwrap());

    let again = juno.memory.erase_subject(&order("ada"), &Progress::silent()).await.unwrap();
    assert_eq!((again.record.index, &again.memories), (receipt.record.index, &receipt.memories));
    assert_eq!(count(&juno, EventKind::MemoryErased).await, 1, "nothing was left to do");
    let found = juno.memory.erasure_receipt("ada").await.unwrap().unwrap();
    assert!(found.record == receipt.record && found.verify().unwrap());
    assert_eq!(juno.memory.erasure_receipt("ada2").await.unwrap(), None);
    let said = SubjectErasure { also_said: true, ..order("ada") };
    let said = juno.memory.erase_subject(&said, &Progress::silent()).await.unwrap();
    assert_eq!(said.memories.iter().map(|erased| erased.id.as_str()).collect::<Vec<_>>(), ["said"]);
    assert!(juno.audit.verify().await.unwrap().verified);
}

#[tokio::test]
async fn a_receipt_that_was_changed_does_not_verify() {
    let folder = tempfile::tempdir().unwrap();
    let (juno, _) = open(&folder.path().join("juno.db"), &[]).await;
    fill(&juno).await;
    let receipt = juno.memory.erase_subject(&order("ada"), &Progress::silent()).await.unwrap();
    let changed = |change: &dyn Fn(&mut ErasureReceipt)| {
        let mut copy = receipt.clone();
        change(&mut copy);
        copy.verify().unwrap()
    };
    assert!(changed(&|_| {}));
    assert!(!changed(&|receipt| receipt.memories.truncate(7)));
    assert!(!changed(&|receipt| receipt.memories[0].id = id("elsewhere")));
    assert!(!changed(&|receipt| receipt.record.event.actor = person("mallory")));
    assert!(!changed(&|receipt| receipt.record.event.at += days(1)));
    assert!(!changed(&|receipt| receipt.record.index += 1));
    assert!(!changed(&|receipt| receipt.head.root.0[0] ^= 1));
    assert!(!changed(&|receipt| receipt.proof.path.truncate(1)));
}

#[tokio::test]
async fn a_legal_hold_refuses_and_nothing_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let (juno, _) = open(&folder.path().join("juno.db"), &[]).await;
    let pay = fill(&juno).await;
    // Also a hold on somebody else, of whom something was made from Ada's.
    let mut mixed = memory("mixed", &pay, "both complained", start());
    mixed.subject = Some("bob".into());
    mixed.derived_from = [id("own")].into();
    juno.memory.remember(&mixed).await.unwrap();
    for (nth, held_one) in ["ada", "bob"].into_iter().enumerate() {
        juno.memory.hold_subject(held_one, &person("counsel"), "case 7").await.unwrap();
        let before = (held(&juno, &pay).await, juno.audit.head().await.unwrap());
        let refused = juno.memory.erase_subject(&order("ada"), &Progress::silent()).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Denied);
        let why = refused.to_string();
        assert!(why.contains("counsel") && why.contains("case 7") && why.contains("lifted"), "{why}");
        assert_eq!((held(&juno, &pay).await, juno.audit.head().await.unwrap()), before, "{nth}");
        assert!(juno.memory.release_subject(held_one, &person("counsel"), "settled").await.unwrap());
    }
    juno.audit.place_hold("case 8", Some("ada"), &person("director"), "inquiry").await.unwrap();
    let before = (held(&juno, &pay).await, juno.audit.head().await.unwrap());
    let refused = juno.memory.erase_subject(&order("ada"), &Progress::silent()).await.unwrap_err();
    assert!(refused.kind() == ErrorKind::Denied && refused.to_string().contains("case 8"), "{refused}");
    assert_eq!((held(&juno, &pay).await, juno.audit.head().await.unwrap()), before);
    juno.audit.lift_hold("case 8", &person("director"), "over").await.unwrap();
    let receipt = juno.memory.erase_subject(&order("ada"), &Progress::silent()).await.unwrap();
    assert_eq!(receipt.memories.len(), 9);
}

#[tokio::test]
async fn an_export_holds_everything_of_a_subject_and_its_digest() {
    let folder = tempfile::tempdir().unwrap();
    let (juno, _) = open(&folder.path().join("juno.db"), &[]).await;
    fill(&juno).await;
    let query = SubjectQuery { also_said: true, ..SubjectQuery::new("ada") };
    let path = folder.path().join("ada.jsonl");
    let manifest = juno.memory.export_file(&path, &query, &Progress::silent()).await.unwrap();
    let lines = std::fs::read(&path).unwrap();
    assert!(manifest.verifies(&lines) && !manifest.verifies(&lines[1..]));
    let read: Vec<ExportedMemory> = std::str::from_utf8(&lines)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let ties = [(SubjectTie::Subject, 6), (SubjectTie::Said, 1), (SubjectTie::Derived, 2)].into();
    assert_eq!((read.len(), manifest.memories), (9, ties));
    assert!(read.iter().any(|line| line.memory.superseded_at.is_some()), "history too");
    assert!(read.is_sorted_by_key(|line| line.memory.id.clone()));
    let beside = std::fs::read(folder.path().join("ada.jsonl.manifest.json")).unwrap();
    let beside: juno_core::memory::ExportManifest = serde_json::from_slice(&beside).unwrap();
    assert_eq!(beside.digest, manifest.digest);
}

#[tokio::test]
async fn reasons_a_person_gave_are_exported_and_erased_with_their_memories() {
    let folder = tempfile::tempdir().unwrap();
    let (juno, _) = open(&folder.path().join("juno.db"), &[("audit.personal", "reasons")]).await;
    fill(&juno).await;
    // Any event of the kinds that are kept apart will do.
    let mut event = juno_testkit::conformance::audit_log::sample_event(1);
    event.kind = EventKind::VoteCast;
    event.actor = person("ada");
    event.payload =
        serde_json::json!({ "vote": { "choice": "approve", "reason": "my zygodactyl cousin" } }).into();
    let file = juno_sqlite::SqliteStore::open(folder.path().join("juno.db"), Default::default()).unwrap();
    let sealing = juno_core::audit::Sealing::new(
        juno_core::audit::PersonalFields::reasons(),
        Arc::new(juno_core::crypto::SystemRandom),
    );
    let log = file.audit().with_sealing(sealing);
    log.append(&[event]).await.unwrap();
    drop((log, file));
    let query = SubjectQuery::new("ada");
    let (lines, manifest) = juno.memory.export_lines(&query, &Progress::silent()).await.unwrap();
    assert!(manifest.records == 1 && String::from_utf8(lines).unwrap().contains("zygodactyl"));
    let receipt = juno.memory.erase_subject(&order("ada"), &Progress::silent()).await.unwrap();
    let payload = receipt.record.event.payload.value().into_owned();
    assert_eq!((payload["audit_parts"].as_u64(), payload["memories"].as_u64()), (Some(1), Some(8)));
    assert!(receipt.verify().unwrap() && receipt.is_clean());
    let (_, manifest) = juno.memory.export_lines(&query, &Progress::silent()).await.unwrap();
    assert_eq!((manifest.records, manifest.memories.len()), (0, 0));
}

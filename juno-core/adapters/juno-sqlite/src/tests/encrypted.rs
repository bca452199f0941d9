//! Memories in a file that does not tell what they say.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use juno_crypto::{FileKeys, SystemRandom};
use juno_domain::{ErrorKind, TenantId};
use juno_memory::{
    Fact, LegalHold, MemoryCipher, MemoryError, MemoryRemoval, Reach, Recalled, SealedIndex, Turn,
    held_event, hold_lifted_event, reencrypt,
};

use super::*;

fn cipher(keys: &Path) -> MemoryCipher {
    let keys = FileKeys::open(keys, Arc::new(SystemRandom)).unwrap();
    MemoryCipher::new(Arc::new(keys), Arc::new(SystemRandom))
}

/// A folder for a file, and one for its keys.
struct Place {
    data: TempDir,
    keys: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { data: tempfile::tempdir().unwrap(), keys: tempfile::tempdir().unwrap() }
    }

    fn open(&self, cipher: Option<MemoryCipher>) -> SqliteStore {
        SqliteStore::open_with(self.data.path().join("juno.db"), SqliteConfig::default(), cipher).unwrap()
    }

    fn sealed(&self) -> SqliteStore {
        self.open(Some(cipher(self.keys.path())))
    }

    /// Which of these texts stand in any file of the store.
    fn tells<'t>(&self, texts: &[&'t str]) -> Vec<&'t str> {
        let files = std::fs::read_dir(self.data.path()).unwrap();
        let bytes: Vec<Vec<u8>> = files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
        let stands = |text: &str| {
            bytes
                .iter()
                .any(|bytes| bytes.windows(text.len()).any(|at| at.eq_ignore_ascii_case(text.as_bytes())))
        };
        texts.iter().copied().filter(|text| stands(text)).collect()
    }

    fn keys(&self) -> usize {
        std::fs::read_dir(self.keys.path()).unwrap().count()
    }
}

/// A memory with something to hide in every field.
fn secret(id: &str) -> Memory {
    let mut memory = memory(id, "Zebulon resigned on Wednesday because of quibbling");
    memory.tags = ["hush_tag".into()].into();
    memory.who = Some("Xanthippe Okonkwo".into());
    memory.subject = Some("zebulon@example.com".into());
    memory.turn = Some(Turn::new("jukebox thread", 3));
    memory.fact = Some(Fact::new("zebulon-employment", "kept-status", "vanished-object"));
    memory.source = "letter from Quarles".into();
    memory.data = serde_json::json!({ "wage": "plentiful-sum" });
    memory
}

const SECRETS: [&str; 13] = [
    "Zebulon",
    "resign",
    "quibbl",
    "hush_tag",
    "Xanthippe",
    "Okonkwo",
    "zebulon@example.com",
    "jukebox",
    "employment",
    "kept-status",
    "vanished-object",
    "Quarles",
    "plentiful-sum",
];

fn hold(subject: &str) -> LegalHold {
    let (tenant, reason) = (scope().tenant().clone(), "case 7".into());
    LegalHold { tenant, subject: subject.into(), reason, by: actor(), at: start() }
}

async fn recalled(store: &SqliteStore, text: &str, filter: MemoryFilter) -> Vec<Recalled> {
    store.memory().recall(&RecallQuery::new(text, filter), start()).await.unwrap()
}

async fn got(store: &SqliteStore, memory: &Memory) -> Result<Option<Memory>, MemoryError> {
    store.memory().get(&memory.scope, &memory.id, start()).await
}

fn removal(memory: &Memory) -> MemoryRemoval {
    MemoryRemoval { scope: memory.scope.clone(), id: memory.id.clone(), events: forgotten(memory) }
}

async fn reencrypted(store: &SqliteStore) -> juno_memory::Reencrypted {
    let (store, mut go_on) = (store.memory(), |_: &juno_memory::Reencrypted| ControlFlow::Continue(()));
    reencrypt(&store, scope().tenant(), None, &mut go_on).await.unwrap()
}

#[tokio::test]
async fn deleted_text_left_in_the_file_no_file_tells_what_a_memory_says_while_it_is_there_or_after() {
    let place = Place::new();
    let store = place.sealed();
    let memories = [secret("m1"), secret("m2")];
    for memory in &memories {
        put(&store, memory).await;
    }
    let record = secret("m3");
    store.memory().record_fact(&record, &actor()).await.unwrap();
    store
        .memory()
        .hold(&hold("zebulon@example.com"), &[held_event(&hold("zebulon@example.com")).unwrap()])
        .await
        .unwrap();
    assert_eq!(found(&store, "quibbling on Wednesday").await.len(), 2);
    assert_eq!(got(&store, &memories[0]).await.unwrap().as_ref(), Some(&memories[0]));
    assert_eq!(store.memory().holds(scope().tenant()).await.unwrap(), [hold("zebulon@example.com")]);
    assert_eq!(place.tells(&SECRETS), [""; 0], "with the write-ahead log");
    assert!(store.checkpoint().unwrap());
    assert_eq!(place.tells(&SECRETS), [""; 0], "in the file itself");

    let (tenant, subject) = (scope().tenant().clone(), "zebulon@example.com");
    let held = store.memory().destroy_keys(&tenant, subject).await.unwrap_err();
    assert_eq!((held.clone(), held.kind()), (MemoryError::SubjectHeld, ErrorKind::Denied));
    let lifted = hold_lifted_event(&tenant, subject, "settled", &actor(), start()).unwrap();
    assert!(store.memory().release(&tenant, subject, &[lifted]).await.unwrap());
    let sealed: Vec<u8> =
        plain(&store).query_row("SELECT sealed FROM memories WHERE id = 'm1'", [], |row| row.get(0)).unwrap();
    let all = store.memory().scan(&tenant, None, 10).await.unwrap().memories;
    let removals: Vec<MemoryRemoval> = all.iter().map(removal).collect();
    assert_eq!(store.memory().forget_all(&removals).await.unwrap(), removals.len() as u64);
    assert_eq!(store.memory().destroy_keys(&tenant, subject).await.unwrap(), 1);
    assert!(store.memory().compact().await.unwrap());
    assert_eq!(place.tells(&SECRETS), [""; 0]);
    let files = std::fs::read_dir(place.data.path()).unwrap();
    let left = files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect::<Vec<_>>();
    let middle = &sealed[20..52];
    assert!(
        !left.iter().any(|bytes| bytes.windows(32).any(|at| at == middle)),
        "not even what was encrypted"
    );
}

#[tokio::test]
async fn a_memory_whose_key_is_destroyed_is_an_error_and_not_nothing_and_can_be_forgotten() {
    let place = Place::new();
    let store = place.sealed();
    let (erased, other) = (secret("m1"), memory("m2", "quibbling goes on"));
    put(&store, &erased).await;
    put(&store, &other).await;
    assert_eq!(store.memory().destroy_keys(scope().tenant(), "zebulon@example.com").await.unwrap(), 1);
    let error = got(&store, &erased).await.unwrap_err();
    assert_eq!((error.clone(), error.kind()), (MemoryError::Erased { id: "m1".into() }, ErrorKind::Corrupt));
    assert_eq!(found(&store, "quibbling").await, ["m2"]);
    assert_eq!(store.memory().list(&MemoryFilter::new(scope()), start()).await.unwrap(), [other]);
    let health = store.memory().health(scope().tenant(), start()).await.unwrap();
    assert_eq!(health.corrupt.iter().map(|found| found.id.as_str()).collect::<Vec<_>>(), ["m1"]);
    // What is remembered later has another key.
    put(&store, &secret("m3")).await;
    assert_eq!(got(&store, &secret("m3")).await, Ok(Some(secret("m3"))));
    assert!(got(&place.sealed(), &erased).await.is_err());
    assert!(store.memory().forget(&erased.scope, &erased.id, &forgotten(&erased)).await.unwrap());
    assert_eq!(got(&store, &erased).await, Ok(None));
    assert_eq!(store.memory().destroy_keys(scope().tenant(), "nobody").await, Ok(0));
}

#[tokio::test]
async fn new_keys_replace_old_ones_page_by_page_and_the_old_ones_go() {
    let place = Place::new();
    let store = place.sealed();
    let mut memories: Vec<Memory> =
        (0..1100).map(|nth| memory(&format!("m{nth:04}"), "a plain note")).collect();
    memories.extend((0..3).map(|nth| secret(&format!("s{nth}"))));
    let writes: Vec<_> = memories
        .iter()
        .map(|memory| juno_memory::MemoryWrite::new(memory.clone(), &actor()).unwrap())
        .collect();
    store.memory().put_all(&writes).await.unwrap();
    let before = found(&store, "note quibbling").await;
    assert_eq!(place.keys(), 3, "one for marks, one for the scope, one for the subject");

    // Stopped after the first page, and then gone on with.
    let (over, mut seen) = (store.memory(), 0);
    let mut stop = |all: &juno_memory::Reencrypted| {
        seen = all.done;
        ControlFlow::Break(())
    };
    let part = reencrypt(&over, scope().tenant(), None, &mut stop).await.unwrap();
    assert!(part.next.is_some() && part.done == seen && part.dropped == 0 && seen < 1103);
    assert_eq!(got(&store, &memories[0]).await.unwrap().as_ref(), Some(&memories[0]));
    assert_eq!(got(&store, &memories[1102]).await.unwrap().as_ref(), Some(&memories[1102]));
    let mut go_on = |_: &juno_memory::Reencrypted| ControlFlow::Continue(());
    let rest = reencrypt(&over, scope().tenant(), part.next, &mut go_on).await.unwrap();
    assert_eq!((part.done + rest.done, rest.dropped, rest.next), (1103, 2, None));
    assert_eq!(place.keys(), 3);
    let page = store.memory().scan(scope().tenant(), None, 2000).await.unwrap();
    assert_eq!((page.memories, page.corrupt), (memories, Vec::new()));
    assert_eq!(found(&store, "note quibbling").await, before);
    assert!(store.check().unwrap().is_sound());
}

/// What both stores find, with scores and reasons, as bytes.
async fn answers(store: &SqliteStore) -> Vec<String> {
    let mut answers = Vec::new();
    let wide = MemoryFilter { reach: Reach::Upwards, ..MemoryFilter::new(scope()) };
    let tagged = MemoryFilter { any_tags: ["t1".into(), "t2".into()].into(), ..wide.clone() };
    let both = MemoryFilter { all_tags: ["t2".into(), "even".into()].into(), ..MemoryFilter::new(scope()) };
    for text in [
        "When did Ada decide on the deploy?",
        "what does Zoe think of billing and the freeze",
        "release of the API in March",
        "deploy",
        "Ada",
        "",
    ] {
        for filter in [&wide, &tagged, &both] {
            let hits = recalled(store, text, filter.clone()).await;
            answers.push(serde_json::to_string(&hits).unwrap());
        }
    }
    answers
}

/// Conversations of three people in two scopes.
fn conversations() -> Vec<Memory> {
    const WORDS: [&str; 12] = [
        "deploy", "freeze", "billing", "API", "release", "March", "decide", "why?", "owner", "Friday", "Zoe",
        "late",
    ];
    let wide = MemoryScope::tenant_wide(scope().tenant().clone());
    let one = |nth: usize| {
        let text: Vec<&str> = (0..3 + nth % 5).map(|at| WORDS[(nth * 7 + at * (1 + nth % 4)) % 12]).collect();
        let mut memory = memory(&format!("m{nth:03}"), &text.join(" "));
        memory.scope = if nth.is_multiple_of(3) { wide.clone() } else { scope() };
        memory.who = [Some("Ada Lovelace"), Some("Zoë"), None, Some("Bob")][nth % 4].map(Into::into);
        memory.turn = (!nth.is_multiple_of(5)).then(|| Turn::new(format!("t{}", nth / 20), nth as u32 % 20));
        memory.tags = [format!("t{}", nth % 4), ["even", "odd"][nth % 2].into()].into();
        memory.subject = nth.is_multiple_of(7).then(|| format!("person {}", nth % 14));
        memory.recorded_at = start() - chrono::TimeDelta::hours(nth as i64);
        memory.valid_from = memory.recorded_at;
        memory
    };
    (0..120).map(one).collect()
}

#[tokio::test]
async fn encrypted_or_not_or_half_the_ranking_is_the_same_byte_by_byte() {
    let (place, (_folder, open)) = (Place::new(), fresh());
    let (first, second) = (conversations(), conversations().split_off(60));
    for memory in &first {
        put(&open, memory).await;
    }
    let expected = answers(&open).await;
    assert!(expected.iter().filter(|answer| answer.len() > 1000).count() > 12);
    // Half of it from the time before there were keys.
    let before = place.open(None);
    for memory in &first[..60] {
        put(&before, memory).await;
    }
    let gone = hold("person 0");
    before.memory().hold(&gone, &[held_event(&gone).unwrap()]).await.unwrap();
    drop(before);
    let store = place.sealed();
    for memory in &second {
        put(&store, memory).await;
    }
    let half = answers(&store).await;
    let ids = |answers: &[String]| -> Vec<Vec<String>> {
        let of = |answer: &String| {
            let hits = serde_json::from_str::<Vec<Recalled>>(answer).unwrap();
            hits.into_iter().map(|hit| hit.memory.id.to_string()).collect()
        };
        answers.iter().map(of).collect()
    };
    // A thread that lies half in the clear is two threads until all is encrypted: nothing is lost, and the best are found.
    for (half, whole) in ids(&half).iter().zip(ids(&expected)) {
        assert_eq!(half.len(), whole.len());
    }
    let held = store.memory().forget(&first[0].scope, &first[0].id, &forgotten(&first[0])).await;
    assert_eq!(held.unwrap_err().kind(), ErrorKind::Denied, "a hold from before holds");
    let held = store.memory().forget(&first[84].scope, &first[84].id, &forgotten(&first[84])).await;
    assert_eq!(held.unwrap_err().kind(), ErrorKind::Denied, "and what was written after it");
    let done = reencrypted(&store).await;
    assert_eq!((done.done, done.corrupt.len()), (120, 0));
    assert_eq!(answers(&store).await, expected);
    assert!(store.memory().compact().await.unwrap());
    assert_eq!(place.tells(&["lovelace", "billing", "person 0"]), [""; 0]);
    // An index that is built again says the same.
    plain(&store).execute("DELETE FROM facts WHERE name = 'tokenizer'", []).unwrap();
    drop(store);
    assert_eq!(answers(&place.sealed()).await, expected);
}

#[tokio::test]
async fn without_the_keys_or_with_others_everything_says_what_to_set_and_nothing_is_written() {
    let place = Place::new();
    put(&place.sealed(), &secret("m1")).await;
    let other_keys = tempfile::tempdir().unwrap();
    let elsewhere = MemoryScope::tenant_wide(TenantId::new("other").unwrap());
    for (store, expected) in [
        (place.open(None), MemoryError::Locked),
        (place.open(Some(cipher(other_keys.path()))), MemoryError::OtherKeys),
    ] {
        let (memory, memories) = (secret("m1"), store.memory());
        let filter = MemoryFilter::new(scope());
        let query = RecallQuery::new("quibbling", filter.clone());
        let fresh = secret("m9");
        let answers = [
            got(&store, &memory).await.map(drop),
            memories.recall(&query, start()).await.map(drop),
            memories.list(&filter, start()).await.map(drop),
            memories.scan(scope().tenant(), None, 10).await.map(drop),
            memories.health(scope().tenant(), start()).await.map(drop),
            memories.put(&fresh, &written(&fresh)).await,
            memories.update(&memory, &memory, &written(&memory)).await,
            memories.record_fact(&fresh, &actor()).await.map(drop),
            memories.hold(&hold("x"), &[held_event(&hold("x")).unwrap()]).await,
            memories.destroy_keys(scope().tenant(), "zebulon@example.com").await.map(drop),
        ];
        for answer in answers {
            let error = answer.unwrap_err();
            assert_eq!((error.clone(), error.kind()), (expected.clone(), ErrorKind::InvalidInput));
            assert!(error.to_string().contains("`memory.encryption.keys`"));
        }
    }
    // Nor into another scope of the file.
    let store = place.open(None);
    let mut fresh = secret("m9");
    fresh.scope = elsewhere;
    assert_eq!(store.memory().put(&fresh, &written(&fresh)).await, Err(MemoryError::Locked));
    assert_eq!(
        store.memory().rotate_keys(scope().tenant()).await.unwrap_err().kind(),
        ErrorKind::Unsupported
    );
    assert_eq!(place.tells(&SECRETS), [""; 0]);
    let memory = secret("m1");
    assert!(store.memory().forget(&memory.scope, &memory.id, &forgotten(&memory)).await.unwrap());
}

/// Versions that the store makes have ids that are digests of what they say, and ids stay in the clear.
#[tokio::test]
async fn the_id_of_a_version_tells_nothing() {
    let (place, (_folder, open)) = (Place::new(), fresh());
    let sealed = place.sealed();
    let (mut first, mut second) = (secret("m1"), secret("m2"));
    second.valid_from = start() + chrono::TimeDelta::days(1);
    (first.subject, second.subject) = (None, None);
    second.fact = Some(Fact::new("zebulon-employment", "kept-status", "another"));
    let mut ids = Vec::new();
    for store in [&open, &sealed] {
        for memory in [&first, &second] {
            store.memory().record_fact(memory, &actor()).await.unwrap();
        }
        let page = store.memory().scan(scope().tenant(), None, 10).await.unwrap();
        assert_eq!(page.memories.len(), 3);
        let made = page.memories.into_iter().find(|memory| memory.id.as_str().starts_with("fact-")).unwrap();
        assert_eq!(made.derived_from, [first.id.clone()].into());
        ids.push(made.id.to_string());
    }
    assert_ne!(ids[0], ids[1]);
    assert_eq!(place.tells(&[&ids[0]["fact-".len()..]]), [""; 0]);
}

#[tokio::test]
async fn a_row_in_anothers_place_is_damaged() {
    let place = Place::new();
    let store = place.sealed();
    for id in ["m1", "m2", "m3"] {
        put(&store, &secret(id)).await;
    }
    let swap = "UPDATE memories SET sealed = (SELECT sealed FROM memories WHERE id = 'm2') WHERE id = 'm1';
        UPDATE memories SET subject = NULL WHERE id = 'm3'";
    plain(&store).execute_batch(swap).unwrap();
    for id in ["m1", "m3"] {
        assert_eq!(got(&store, &secret(id)).await.unwrap_err().kind(), ErrorKind::Corrupt);
    }
    assert_eq!(found(&store, "quibbling").await, ["m2"]);
}

#[tokio::test]
async fn without_an_index_nothing_of_the_text_is_kept_to_search_by() {
    let place = Place::new();
    let store = place.open(Some(cipher(place.keys.path()).with_index(SealedIndex::Off)));
    put(&store, &secret("m1")).await;
    let refused =
        store.memory().recall(&RecallQuery::new("quibbling", MemoryFilter::new(scope())), start()).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Unsupported);
    let tagged = MemoryFilter { all_tags: ["hush_tag".into()].into(), ..MemoryFilter::new(scope()) };
    assert_eq!(recalled(&store, "", tagged.clone()).await.len(), 1);
    assert_eq!(store.memory().list(&tagged, start()).await.unwrap(), [secret("m1")]);
    let (words, count): (String, i64) = plain(&store)
        .query_row("SELECT words, word_count FROM memories", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!((words.as_str(), count), ("", 0));
    drop(store);
    let store = place.sealed();
    assert_eq!(found(&store, "quibbling").await, [""; 0]);
    assert_eq!(reencrypted(&store).await.done, 1);
    assert_eq!(found(&store, "quibbling").await, ["m1"]);
}

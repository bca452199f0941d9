//! Vectors in the file: as hard to find there as what they were made of.

use std::sync::Arc;

use juno_crypto::{InMemoryKeys, SystemRandom};
use juno_memory::{EmbeddingModel, MemoryCipher, MemoryVector, QueryVector, reencrypt};

use super::*;

const DIMENSION: usize = 24;

fn model() -> EmbeddingModel {
    EmbeddingModel::new("suite", DIMENSION).unwrap()
}

/// Memory `n` and its vector, which no other has.
fn told(n: u64) -> (Memory, MemoryVector) {
    let mut memory = memory(&format!("m{n}"), &format!("fact number {n}"));
    memory.subject = Some("zebulon@example.com".into());
    let numbers: Vec<f32> = (0..DIMENSION as u64)
        .map(|at| juno_domain::Seed(n).part(at).0 as f32 / u64::MAX as f32 - 0.5)
        .collect();
    let unit = juno_memory::unit(&model(), &numbers).unwrap();
    (memory.clone(), MemoryVector::new(&memory, unit))
}

/// How many of these vectors stand in any file of the store, by a few of their numbers.
fn stand(folder: &TempDir, vectors: &[MemoryVector]) -> usize {
    let files = std::fs::read_dir(folder.path()).unwrap();
    let bytes: Vec<Vec<u8>> = files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
    let stands = |vector: &&MemoryVector| {
        let part: Vec<u8> = vector.unit[4..8].iter().flat_map(|number| number.to_le_bytes()).collect();
        bytes.iter().any(|bytes| bytes.windows(part.len()).any(|at| at == part))
    };
    vectors.iter().filter(stands).count()
}

async fn fill(store: &SqliteStore) -> Vec<MemoryVector> {
    let mut vectors = Vec::new();
    for n in 0..12 {
        let (memory, vector) = told(n);
        put(store, &memory).await;
        vectors.push(vector);
    }
    let memories = store.memory();
    let kept = memories.vectors().unwrap().put_vectors(&model(), &vectors).await.unwrap();
    assert_eq!(kept, 12);
    vectors
}

async fn nearest(store: &SqliteStore, vector: &MemoryVector) -> Option<String> {
    let near = QueryVector { model: model(), unit: vector.unit.clone() };
    let query = RecallQuery::new("unheard", MemoryFilter::new(scope()));
    let memories = store.memory();
    let hits = memories.vectors().unwrap().recall_near(&query, &near, start()).await.unwrap();
    hits.first().map(|hit| hit.memory.id.to_string())
}

#[tokio::test]
async fn a_forgotten_memorys_vector_is_in_no_file_after_compaction() {
    let (folder, store) = fresh();
    let vectors = fill(&store).await;
    assert_eq!(nearest(&store, &vectors[3]).await.as_deref(), Some("m3"));
    assert_eq!(stand(&folder, &vectors), 12);
    for n in 0..12 {
        let (memory, _) = told(n);
        assert!(store.memory().forget(&memory.scope, &memory.id, &forgotten(&memory)).await.unwrap());
    }
    assert!(store.memory().compact().await.unwrap());
    assert_eq!(stand(&folder, &vectors), 0);
    assert_eq!(nearest(&store, &vectors[3]).await, None);
}

#[tokio::test]
async fn an_encrypted_memorys_vector_is_encrypted_under_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let random = Arc::new(SystemRandom);
    let cipher = MemoryCipher::new(Arc::new(InMemoryKeys::new(random.clone())), random);
    let path = folder.path().join("juno.db");
    let store = SqliteStore::open_with(&path, SqliteConfig::default(), Some(cipher.clone())).unwrap();
    let vectors = fill(&store).await;
    assert_eq!((stand(&folder, &vectors), nearest(&store, &vectors[5]).await.as_deref()), (0, Some("m5")));
    let tenant = scope().tenant().clone();
    reencrypt(&store.memory(), &tenant, None, &mut |_| std::ops::ControlFlow::Continue(())).await.unwrap();
    drop(store);
    let store = SqliteStore::open_with(&path, SqliteConfig::default(), Some(cipher)).unwrap();
    assert_eq!(nearest(&store, &vectors[5]).await.as_deref(), Some("m5"), "new keys, the same vector");
    assert!(store.memory().destroy_keys(&tenant, "zebulon@example.com").await.unwrap() > 0);
    assert_eq!(nearest(&store, &vectors[5]).await, None, "what nobody can read, nobody can compare");
    assert_eq!(stand(&folder, &vectors), 0);
}

/// Another process sees what one wrote, though both keep vectors in a cache of their own.
#[tokio::test]
async fn a_second_opener_sees_what_changed() {
    let (_folder, store) = fresh();
    let vectors = fill(&store).await;
    let other = SqliteStore::open(store.path(), SqliteConfig::default()).unwrap();
    assert_eq!(nearest(&other, &vectors[7]).await.as_deref(), Some("m7"));
    let (memory, vector) = told(7);
    assert!(store.memory().forget(&memory.scope, &memory.id, &forgotten(&memory)).await.unwrap());
    assert_ne!(nearest(&other, &vector).await.as_deref(), Some("m7"));
    put(&store, &memory).await;
    assert_ne!(nearest(&other, &vector).await.as_deref(), Some("m7"), "without a vector");
    store.memory().vectors().unwrap().put_vectors(&model(), std::slice::from_ref(&vector)).await.unwrap();
    assert_eq!(nearest(&other, &vector).await.as_deref(), Some("m7"));
}

#[tokio::test]
async fn a_damaged_vector_is_passed_over() {
    let (_folder, store) = fresh();
    let vectors = fill(&store).await;
    plain(&store).execute_batch("UPDATE memory_vectors SET vector = x'00' WHERE memory = (SELECT key FROM memories WHERE id = 'm2')").unwrap();
    let first = nearest(&store, &vectors[2]).await;
    assert_ne!(first.as_deref(), Some("m2"));
    assert_eq!(nearest(&store, &vectors[4]).await.as_deref(), Some("m4"));
}

#[tokio::test]
async fn vectors_are_taken_along_when_the_index_is_built_again() {
    let (_folder, store) = fresh();
    let vectors = fill(&store).await;
    plain(&store).execute_batch("UPDATE facts SET value = 0 WHERE name = 'tokenizer'").unwrap();
    let path = store.path().to_owned();
    drop(store);
    let store = SqliteStore::open(&path, SqliteConfig::default()).unwrap();
    assert_eq!(nearest(&store, &vectors[9]).await.as_deref(), Some("m9"));
    assert!(store.check().unwrap().is_sound());
}

//! Damaged memories, and the index of words: merged, taken apart, and built again.

use std::collections::BTreeSet;

use juno_domain::{ErrorKind, MemoryId, TenantId};
use juno_memory::{Memory, MemoryError, MemoryFilter, MemoryStore, RecallQuery, Recalled};
use tokio_postgres::Client;

use super::fixture::Schema;
use super::operations::{forget, put, start};
use crate::{PostgresError, PostgresStore};

/// In no thread, so that each is found by its own words alone.
fn memory(id: &str, text: &str) -> Memory {
    let mut memory = super::operations::memory(id, text);
    memory.turn = None;
    memory
}

fn filter() -> MemoryFilter {
    MemoryFilter { limit: 1_000, ..MemoryFilter::new(memory("x", "x").scope) }
}

async fn recall(store: &PostgresStore, text: &str) -> Vec<Recalled> {
    store.memory().recall(&RecallQuery::new(text, filter()), start()).await.unwrap()
}

async fn found(store: &PostgresStore, text: &str) -> Vec<String> {
    let mut found: Vec<String> =
        recall(store, text).await.into_iter().map(|hit| hit.memory.id.to_string()).collect();
    found.sort();
    found
}

/// How many rows a table has.
async fn rows(plain: &Client, table: &str) -> i64 {
    plain.query_one(&format!("SELECT count(*) FROM {table}"), &[]).await.unwrap().get(0)
}

/// F-09: one damaged row made the older system return nothing at all.
#[tokio::test]
async fn one_corrupt_memory_hides_no_other_and_is_named() {
    let Some(schema) = Schema::new() else { return };
    let (store, plain) = (schema.open(), schema.plain().await);
    let scope = memory("x", "x").scope;
    put(&store, &(0..5).map(|nth| memory(&format!("m{nth}"), "the API freeze")).collect::<Vec<_>>())
        .await
        .unwrap();
    for (id, damage) in [
        ("m1", "body = '{'"),
        ("m2", "body = replace(body, '\"importance\":0.5', '\"importance\":7.0')"),
        ("m3", "kind = 'episodic'"),
    ] {
        plain.execute(&format!("UPDATE memories SET {damage} WHERE id = $1"), &[&id]).await.unwrap();
        let corrupt = store.memory().get(&scope, &MemoryId::new(id).unwrap(), start()).await.unwrap_err();
        assert!(matches!(&corrupt, MemoryError::Corrupt { id: named, .. } if named == id), "{corrupt}");
    }
    let two = MemoryFilter { limit: 2, ..filter() };
    let listed = store.memory().list(&two, start()).await.unwrap();
    assert_eq!(listed.iter().map(|memory| memory.id.as_str()).collect::<Vec<_>>(), ["m4", "m0"]);
    assert_eq!(found(&store, "freeze").await, ["m0", "m4"]);
    let health = store.memory().health(&TenantId::new("acme").unwrap(), start()).await.unwrap();
    assert_eq!(health.corrupt.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["m1", "m2", "m3"]);
    assert_eq!(store.check().await.unwrap().len(), 3);
    // It can be replaced, and it can be forgotten.
    put(&store, &[memory("m1", "the API freeze")]).await.unwrap();
    for id in ["m2", "m3"] {
        assert!(forget(&store, &memory(id, "x")).await.unwrap());
    }
    assert_eq!(found(&store, "freeze").await, ["m0", "m1", "m4"]);
    assert_eq!(store.check().await.unwrap(), []);
}

/// An index that cannot be read is an error, never "nothing found".
#[tokio::test]
async fn a_damaged_index_is_an_error() {
    let Some(schema) = Schema::new() else { return };
    let (store, plain) = (schema.open(), schema.plain().await);
    let many: Vec<Memory> = (0..200).map(|nth| memory(&format!("m{nth}"), "freeze")).collect();
    put(&store, &many).await.unwrap();
    plain.execute("UPDATE memory_postings SET data = substr(data, 1, length(data) - 1)", &[]).await.unwrap();
    let error = store.memory().recall(&RecallQuery::new("freeze", filter()), start()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}

/// Words that came one by one, and many at a time, and that go again, leave nothing behind.
#[tokio::test]
async fn the_index_is_the_table_at_every_time() {
    let Some(schema) = Schema::new() else { return };
    let (store, plain) = (schema.open(), schema.plain().await);
    let text = |nth: usize| format!("common word{nth} {}", "often ".repeat(nth % 3));
    let name = |nth: usize| format!("m{nth:03}");
    put(&store, &(0..700).map(|nth| memory(&name(nth), &text(nth))).collect::<Vec<_>>()).await.unwrap();
    assert_eq!((rows(&plain, "memory_fresh").await, rows(&plain, "memories").await), (0, 700));
    for nth in 700..840 {
        put(&store, &[memory(&name(nth), &text(nth))]).await.unwrap();
    }
    let fresh = rows(&plain, "memory_fresh").await;
    assert!((1..=128).contains(&fresh), "they were merged once: {fresh}");
    assert_eq!(found(&store, "common").await.len(), 840);
    // A word in more memories than fit in one row.
    let sql = "SELECT count(*) FROM memory_postings WHERE word = 'common'";
    assert!(plain.query_one(sql, &[]).await.unwrap().get::<_, i64>(0) > 1);
    // One of the first, of the last that were merged, and of those that wait.
    for nth in [0, 350, 699, 705, 839] {
        assert_eq!(found(&store, &format!("word{nth}")).await.first(), Some(&name(nth)));
        assert!(forget(&store, &memory(&name(nth), "x")).await.unwrap());
        let sql = "SELECT count(*) FROM memory_postings WHERE word = $1";
        assert_eq!(plain.query_one(sql, &[&format!("word{nth}")]).await.unwrap().get::<_, i64>(0), 0);
    }
    put(&store, &[memory(&name(1), "something else")]).await.unwrap();
    assert_eq!(found(&store, "common").await.len(), 834);
    assert_eq!(found(&store, "something").await, [name(1)]);
    for nth in 0..840 {
        forget(&store, &memory(&name(nth), "x")).await.unwrap();
    }
    store.memory().purge_expired(start(), &juno_domain::PrincipalId::new("ada").unwrap()).await.unwrap();
    for table in [
        "memories",
        "memory_scopes",
        "memory_tags",
        "memory_threads",
        "memory_blocks",
        "memory_speakers",
        "memory_postings",
        "memory_fresh",
    ] {
        assert_eq!(rows(&plain, table).await, 0, "{table}");
    }
}

/// A mark on a memory touches its card and its row, and no word.
#[tokio::test]
async fn a_change_that_leaves_the_words_leaves_the_index() {
    let Some(schema) = Schema::new() else { return };
    let (store, plain) = (schema.open(), schema.plain().await);
    let many: Vec<Memory> = (0..200).map(|nth| memory(&format!("m{nth}"), "freeze")).collect();
    put(&store, &many).await.unwrap();
    let index = "SELECT string_agg(xmin::text, ' ') FROM memory_postings";
    let before: String = plain.query_one(index, &[]).await.unwrap().get(0);
    let mut marked = many[7].clone();
    marked.importance = juno_domain::Probability::new(1.0).unwrap();
    marked.tags = ["b".into()].into();
    put(&store, std::slice::from_ref(&marked)).await.unwrap();
    assert_eq!(plain.query_one(index, &[]).await.unwrap().get::<_, String>(0), before);
    assert!(recall(&store, "freeze").await.iter().any(|hit| hit.memory == marked));
    let tagged = MemoryFilter { all_tags: ["b".into()].into(), ..filter() };
    assert_eq!(store.memory().list(&tagged, start()).await.unwrap(), [marked]);
}

#[tokio::test]
async fn an_index_of_another_tokenizer_is_built_again() {
    let Some(schema) = Schema::new() else { return };
    let (store, plain) = (schema.open(), schema.plain().await);
    let many: Vec<Memory> =
        (0..300).map(|nth| memory(&format!("m{nth}"), &format!("freeze word{nth}"))).collect();
    put(&store, &many).await.unwrap();
    for text in ["freeze", "word7", "which freeze did Ada mean?"] {
        let before = recall(&store, text).await;
        assert!(!before.is_empty());
        let older =
            "UPDATE memory_index SET tokenizer = 1; DELETE FROM memory_postings; DELETE FROM memory_speakers;
            UPDATE memories SET body = '{' WHERE id = 'm299'";
        plain.batch_execute(older).await.unwrap();
        drop(store.memory());
        let again = schema.open();
        let after = recall(&again, text).await;
        let ids = |hits: &[Recalled]| -> BTreeSet<MemoryId> {
            hits.iter().map(|hit| hit.memory.id.clone()).filter(|id| id.as_str() != "m299").collect()
        };
        assert_eq!(ids(&before), ids(&after), "{text}");
        assert!(after.iter().all(|hit| hit.memory.id.as_str() != "m299"), "it is damaged");
        assert!(forget(&again, &memory("m299", "x")).await.unwrap(), "it can still go");
        put(&again, &[memory("m299", "freeze word299")]).await.unwrap();
    }
    plain.batch_execute("UPDATE memory_index SET tokenizer = 99").await.unwrap();
    let error = PostgresStore::open(&schema.url, schema.config.clone()).map(drop).unwrap_err();
    assert!(matches!(error, PostgresError::Newer { what: "tokenizer", .. }), "{error}");
}

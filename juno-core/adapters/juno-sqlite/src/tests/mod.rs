//! What only this crate can test: faults inside a transaction, damage in the file, the life of the file itself.
//! What every store has to do is tested by the suites of `juno-testkit`, from the workspace's `tests`.

mod all_or_nothing;
mod damage;
mod encrypted;
mod file;
mod operations;
mod vectors;

use chrono::{DateTime, Utc};
use juno_domain::{DomainEvent, MemoryId, PrincipalId, TeamId, TenantId};
use juno_memory::{
    ForgetReason, Memory, MemoryFilter, MemoryKind, MemoryScope, MemoryStore, RecallQuery, forgotten_event,
    written_event,
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::{SqliteConfig, SqliteStore};

fn start() -> DateTime<Utc> {
    "2026-03-02T09:15:00Z".parse().unwrap()
}

fn actor() -> PrincipalId {
    PrincipalId::new("ada").unwrap()
}

fn scope() -> MemoryScope {
    MemoryScope::tenant_wide(TenantId::new("acme").unwrap()).with_team(TeamId::new("pay").unwrap())
}

fn memory(id: &str, text: &str) -> Memory {
    let mut memory =
        Memory::new(MemoryId::new(id).unwrap(), MemoryKind::Semantic, scope(), text, "test", start());
    memory.tags = ["a".into(), "b".into()].into();
    memory
}

fn written(memory: &Memory) -> Vec<DomainEvent> {
    vec![written_event(memory, &actor()).unwrap()]
}

fn forgotten(memory: &Memory) -> Vec<DomainEvent> {
    vec![forgotten_event(&memory.scope, &memory.id, &actor(), start(), ForgetReason::Asked).unwrap()]
}

/// A fresh file and its folder.
fn fresh() -> (TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("juno.db"), SqliteConfig::default()).unwrap();
    (folder, store)
}

/// The file behind the store's back.
fn plain(store: &SqliteStore) -> Connection {
    Connection::open(store.path()).unwrap()
}

async fn put(store: &SqliteStore, memory: &Memory) {
    store.memory().put(memory, &written(memory)).await.unwrap();
}

async fn found(store: &SqliteStore, words: &str) -> Vec<String> {
    let query = RecallQuery::new(words, MemoryFilter::new(scope()));
    let hits = store.memory().recall(&query, start()).await.unwrap();
    hits.into_iter().map(|hit| hit.memory.id.to_string()).collect()
}

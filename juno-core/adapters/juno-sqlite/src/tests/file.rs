//! The life of the file: made, opened, refused, brought up to date.

use juno_action::{ExecutionState, ExecutionStore, Limits};
use juno_audit::{AuditLog, AuditQuery};
use juno_domain::ErrorKind;
use juno_governance::{ApprovalStore, RequestFilter};
use juno_memory::{MemoryFilter, MemoryStore};
use juno_testkit::conformance::{audit_log, execution_store};
use rusqlite::Connection;

use super::{forgotten, found, fresh, memory, plain, put, scope, start, written};
use crate::database::Database;
use crate::schema::CURRENT;
use crate::{Durability, SqliteConfig, SqliteError, SqliteStore};

fn open(path: &std::path::Path) -> Result<SqliteStore, SqliteError> {
    SqliteStore::open(path, SqliteConfig::default())
}

/// F-53: the older system did not start where its folder was missing.
#[tokio::test]
async fn a_missing_folder_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("a/b/juno.db")).unwrap();
    put(&store, &memory("m1", "x")).await;
    drop(store);
    let store = open(&folder.path().join("a/b/juno.db")).unwrap();
    assert!(store.memory().get(&scope(), &memory("m1", "x").id, start()).await.unwrap().is_some());
}

#[test]
fn what_is_no_file_of_ours_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for no_file in ["", ":memory:", folder.path().to_str().unwrap()] {
        assert!(matches!(open(no_file.as_ref()), Err(SqliteError::Path(_))), "{no_file}");
    }
    let foreign = folder.path().join("foreign.db");
    Connection::open(&foreign)
        .unwrap()
        .execute_batch("CREATE TABLE theirs (x); PRAGMA user_version = 1")
        .unwrap();
    let before = std::fs::read(&foreign).unwrap();
    let error = open(&foreign).map(drop).unwrap_err();
    assert_eq!((error.kind(), std::fs::read(&foreign).unwrap()), (ErrorKind::InvalidInput, before));

    let text = folder.path().join("text.db");
    std::fs::write(&text, "not a database, but long enough to be taken for one".repeat(40)).unwrap();
    assert_eq!(open(&text).map(drop).unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(open(&text.join("below-a-file.db")).map(drop).unwrap_err().kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_file_of_the_second_version_is_brought_up_to_date() {
    let (_folder, store) = fresh();
    store.audit().append(&[audit_log::sample_event(0)]).await.unwrap();
    let path = store.path().to_owned();
    let back = "DROP TABLE memory_places; DROP TABLE memory_blocks; DROP TABLE memory_threads;
        DROP TABLE memory_speakers; DROP INDEX memories_fact; ALTER TABLE memories DROP COLUMN fact;
        ALTER TABLE memories DROP COLUMN who; ALTER TABLE memories DROP COLUMN subject; DROP TABLE memory_holds; ALTER TABLE scopes DROP COLUMN threads;
        DROP TABLE memory_keys; ALTER TABLE memories DROP COLUMN key_name; ALTER TABLE memories DROP COLUMN sealed;
        ALTER TABLE scopes DROP COLUMN sealed;
        ALTER TABLE scopes DROP COLUMN thread_words;
        DROP TABLE audit_payload; DROP TABLE audit_search; DROP TABLE notifications; DROP TABLE stops;
        DROP INDEX approvals_authorized; ALTER TABLE approvals DROP COLUMN authorized_at;
        DROP TABLE memory_vectors; ALTER TABLE scopes DROP COLUMN vector_changes; PRAGMA user_version = 2";
    plain(&store).execute_batch(back).unwrap();
    drop(store);
    let log = open(&path).unwrap().audit();
    assert_eq!(log.append(&[audit_log::sample_event(0), audit_log::sample_event(1)]).await.unwrap(), [0, 1]);
    assert!(log.verify().await.unwrap().verified);
    assert_eq!(log.search(&AuditQuery::default()).await.unwrap().records.len(), 2);
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_refused() {
    let (_folder, store) = fresh();
    put(&store, &memory("m1", "x")).await;
    plain(&store).execute_batch("PRAGMA user_version = 99").unwrap();
    let error = open(store.path()).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let said = format!("schema `99`, this version knows up to `{CURRENT}`");
    assert!(error.to_string().contains(&said), "{error}");
    let newer = format!("PRAGMA user_version = {CURRENT}; UPDATE facts SET value = 99");
    plain(&store).execute_batch(&newer).unwrap();
    let error = open(store.path()).map(drop).unwrap_err();
    assert!(error.to_string().contains("tokenizer `99`"), "{error}");
}

/// What the first version wrote about an execution that had begun, and about one nobody knew the end of.
#[tokio::test]
async fn executions_of_the_first_schema_are_looked_after() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("juno.db");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("../schema_v1.sql")).unwrap();
    old.execute_batch("PRAGMA application_id = 1247104591; PRAGMA user_version = 1").unwrap();
    for (nth, state, ended) in
        [(1, "started", "null"), (2, "unknown", "\"2026-03-02T09:15:01Z\""), (3, "failed", "null")]
    {
        let body = format!(
            r#"{{"request":"r{nth}","proposal":"p{nth}","team":"pay","action":{{"type":"add_label","issue":"PAY-1",
            "label":"x"}},"digest":"{}","idempotency_key":"k","executor":"e","state":"{state}",
            "started_at":"2026-03-02T09:15:00Z","ended_at":{ended},"detail":""}}"#,
            "0".repeat(64)
        );
        let at = start().timestamp_nanos_opt().unwrap();
        old.execute("INSERT INTO executions VALUES (?1, ?2, ?3, ?4)", (format!("r{nth}"), state, at, body))
            .unwrap();
    }
    drop(old);
    let store = open(&path).unwrap();
    let executions = store.executions();
    let states: Vec<_> = executions.unsettled().await.unwrap().iter().map(|e| (e.state, e.version)).collect();
    assert_eq!(states, [(ExecutionState::Executing, 1), (ExecutionState::Unknown, 1)]);
    let due = async |minutes| {
        let due = executions.list_due(start() + chrono::TimeDelta::minutes(minutes), 9).await.unwrap();
        due.into_iter().map(|e| e.request.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(due(59).await, ["r2"]);
    assert_eq!(due(60).await, ["r2", "r1"], "it had an hour");
    assert!(store.check().unwrap().is_sound());
}

#[tokio::test]
async fn an_index_of_an_older_tokenizer_is_built_again() {
    let (_folder, store) = fresh();
    for nth in 0..3 {
        put(&store, &memory(&format!("m{nth}"), "deployments failed")).await;
    }
    let expected = found(&store, "deployment").await;
    assert_eq!(expected.len(), 3);
    plain(&store)
        .execute_batch(
            "UPDATE facts SET value = 0 WHERE name = 'tokenizer';
             UPDATE memories SET words = 'something else', word_count = 9;
             UPDATE scopes SET memories = 0, words = 0;
             UPDATE memory_blocks SET cards = x'00';
             INSERT INTO memory_words (memory_words) VALUES ('delete-all');",
        )
        .unwrap();
    assert!(found(&store, "deployment").await.is_empty());
    let path = store.path().to_owned();
    drop(store);
    let store = open(&path).unwrap();
    assert_eq!(found(&store, "deployment").await, expected);
    assert!(store.check().unwrap().is_sound());
}

/// The first schema knew neither threads nor who said something, and numbered its memories from 1 on.
#[tokio::test]
async fn a_file_of_the_first_schema_is_taken_over_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("juno.db");
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(include_str!("../schema_v1.sql")).unwrap();
    old.execute_batch(
        "INSERT INTO facts VALUES ('tokenizer', 1);
         INSERT INTO scopes (key, tenant, team, agent, session, memories, words) VALUES (7, 'acme', 'pay', '', '', 201, 9);
         PRAGMA application_id = 0x4a554e4f;
         PRAGMA user_version = 1;",
    )
    .unwrap();
    let insert = |key: i64, id: &str, body: &str| {
        let at = start().timestamp_nanos_opt().unwrap();
        let row = (key, id, at, body);
        let sql = "INSERT INTO memories (key, tenant, id, scope, kind, recorded_at, words, word_count, body)
             VALUES (?1, 'acme', ?2, 7, 'semantic', ?3, 'x', 1, ?4)";
        old.execute(sql, row).unwrap();
        old.execute("INSERT INTO memory_tags VALUES (7, 'kept', ?1)", [key]).unwrap();
    };
    for nth in 0..200 {
        let mut memory = memory(&format!("m{nth}"), "deployments failed");
        memory.tags = ["kept".to_owned()].into();
        insert(nth + 1, memory.id.as_str(), &memory.to_json().unwrap());
    }
    insert(201, "damaged", "{");
    drop(old);
    for _ in 0..2 {
        let store = open(&path).unwrap();
        let filter =
            MemoryFilter { all_tags: ["kept".into()].into(), limit: 500, ..MemoryFilter::new(scope()) };
        let query = juno_memory::RecallQuery::new("deployment", filter.clone());
        assert_eq!(store.memory().recall(&query, start()).await.unwrap().len(), 200);
        assert_eq!(store.memory().list(&filter, start()).await.unwrap().len(), 200);
        let health = store.memory().health(scope().tenant(), start()).await.unwrap();
        assert_eq!(health.corrupt.len(), 1);
        let more = memory("more", "deployments failed");
        put(&store, &more).await;
        assert_eq!(found(&store, "deployment").await.len(), 20);
        assert!(store.memory().forget(&more.scope, &more.id, &forgotten(&more)).await.unwrap());
        let check = store.check().unwrap();
        assert!(check.is_sound(), "{check:?}");
        // The second time from a file that is already of this version.
        plain(&store).execute_batch("UPDATE facts SET value = 0 WHERE name = 'tokenizer'").unwrap();
    }
}

/// Its cards were smaller, and stood closer together.
#[tokio::test]
async fn a_file_of_the_fourth_schema_is_taken_over_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("juno.db");
    let old = rusqlite::Connection::open(&path).unwrap();
    for step in [
        include_str!("../schema_v1.sql"),
        include_str!("../schema_v2.sql"),
        include_str!("../schema_v3.sql"),
        include_str!("../schema_v4.sql"),
    ] {
        old.execute_batch(step).unwrap();
    }
    old.execute_batch(
        "INSERT INTO facts VALUES ('tokenizer', 2);
         INSERT INTO scopes (key, tenant, team, agent, session, memories, words) VALUES (7, 'acme', 'pay', '', '', 90, 180);
         INSERT INTO memory_threads VALUES (1, 7, '');
         PRAGMA application_id = 0x4a554e4f;
         PRAGMA user_version = 4;",
    )
    .unwrap();
    for block in 1..=2_i64 {
        let cards = vec![1_u8; 68 * 45];
        old.execute("INSERT INTO memory_blocks VALUES (?1, 7, 1, 1, 45, ?2)", (block, cards)).unwrap();
    }
    let at = start().timestamp_nanos_opt().unwrap();
    for nth in 0..90_i64 {
        let memory = memory(&format!("m{nth}"), "deployments failed");
        let key = (1 + nth / 45) * 64 + nth % 45;
        old.execute(
            "INSERT INTO memories (key, tenant, id, scope, kind, recorded_at, words, word_count, body)
             VALUES (?1, 'acme', ?2, 7, 'semantic', ?3, 'deploy fail', 2, ?4)",
            (key, memory.id.as_str(), at, memory.to_json().unwrap()),
        )
        .unwrap();
        old.execute("INSERT INTO memory_words (rowid, words) VALUES (?1, '7tdeploy 7tfail')", [key]).unwrap();
    }
    drop(old);
    let store = open(&path).unwrap();
    let filter = MemoryFilter { limit: 500, ..MemoryFilter::new(scope()) };
    let query = juno_memory::RecallQuery::new("deployment", filter.clone());
    assert_eq!(store.memory().recall(&query, start()).await.unwrap().len(), 90);
    let page = store.memory().scan(scope().tenant(), None, 500).await.unwrap();
    assert_eq!((page.memories.len(), page.corrupt.len()), (90, 0));
    assert!(store.check().unwrap().is_sound());
}

#[tokio::test]
async fn a_forked_child_is_refused_everywhere_and_told_to_open_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("juno.db");
    drop(open(&path).unwrap());
    let mut database = Database::open(&path, SqliteConfig::default()).unwrap();
    database.pretend_opened_by(1);
    let store = SqliteStore::over(database);
    let memory = memory("m1", "x");
    let kinds = [
        store.memory().put(&memory, &written(&memory)).await.unwrap_err().kind(),
        store.memory().list(&MemoryFilter::new(scope()), start()).await.unwrap_err().kind(),
        store.approvals().list(&RequestFilter::default()).await.unwrap_err().kind(),
        store.executions().unsettled().await.unwrap_err().kind(),
        store.audit().head().await.unwrap_err().kind(),
        store.checkpoint().unwrap_err().kind(),
    ];
    assert!(kinds.iter().all(|kind| *kind == ErrorKind::Unavailable), "{kinds:?}");
    assert!(store.check().unwrap_err().to_string().contains("open it again"));
}

#[tokio::test]
async fn commits_wait_for_the_disk_where_asked_and_where_an_effect_follows() {
    let level = |store: &SqliteStore| {
        let read = |tx: &crate::tx::Tx<'_>| tx.one("PRAGMA synchronous", [], |row| row.get::<_, i64>(0));
        (store.database().write(read).unwrap(), store.database().write_through(read).unwrap())
    };
    let (folder, store) = fresh();
    assert_eq!(level(&store), (Some(1), Some(2)), "normal, and full where an effect follows");
    store
        .executions()
        .create(&execution_store::sample_execution("r1", start()), &Limits::NONE, &[])
        .await
        .unwrap();
    assert_eq!(level(&store), (Some(1), Some(2)), "and normal again afterwards");
    let full = SqliteConfig { durability: Durability::Full, ..SqliteConfig::default() };
    let store = SqliteStore::open(folder.path().join("juno.db"), full).unwrap();
    assert_eq!(level(&store), (Some(2), Some(2)));
}

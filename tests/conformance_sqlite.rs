//! The stores of one SQLite file do what every contract says.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use juno_action::ExecutionStore;
use juno_audit::{AuditError, AuditLog, AuditQuery, Outbox};
use juno_domain::{Digest, MemoryId, PrincipalId, SessionId, TenantId};
use juno_governance::{ApprovalStore, NotificationStore};
use juno_memory::{Memory, MemoryFilter, MemoryKind, MemoryScope, MemoryStore, written_event};
use juno_sqlite::{SqliteConfig, SqliteStore};
use juno_testkit::conformance::memory_store::{MemoryFixture, SUITE_LIMITS};
use juno_testkit::conformance::{
    approval_sample, approval_store, audit_erasure, audit_log, audit_tamper, execution_store,
    notification_store,
};
use rusqlite::Connection;
use tempfile::TempDir;

/// A folder of fresh files.
struct Files {
    folder: TempDir,
    made: AtomicU32,
}

impl Files {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), made: AtomicU32::new(0) }
    }

    fn next(&self) -> PathBuf {
        self.folder.path().join(format!("juno-{}.db", self.made.fetch_add(1, Ordering::Relaxed)))
    }
}

fn open(path: &Path) -> SqliteStore {
    let config = SqliteConfig { working: SUITE_LIMITS, ..SqliteConfig::default() };
    SqliteStore::open(path, config).expect("open")
}

mod memory {
    use super::*;

    fn fixture() -> MemoryFixture {
        let files = Files::new();
        let store = open(&files.next());
        MemoryFixture {
            store: Arc::new(store.memory()),
            outbox: Arc::new(store.outbox()),
            guard: Arc::new(files),
        }
    }

    juno_testkit::memory_store_tests!(fixture());
    juno_testkit::memory_vector_tests!(fixture());

    /// F-14: sessions were lost on restart.
    #[tokio::test]
    async fn a_session_survives_a_restart_until_it_expires() {
        let files = Files::new();
        let path = files.next();
        let tenant = MemoryScope::tenant_wide(TenantId::new("acme").expect("a tenant"));
        let agent = tenant.with_agent(PrincipalId::new("juno").expect("an agent"));
        let session = agent.with_session(SessionId::new("s1").expect("a session")).expect("of an agent");
        let now = approval_sample::start();
        let id = MemoryId::new("turn-1").expect("an id");
        let turn = Memory::new(id, MemoryKind::Working, session.clone(), "and then?", "chat", now);
        let written = written_event(&turn, &PrincipalId::new("ada").expect("a principal")).expect("an event");
        open(&path).memory().put(&turn, &[written]).await.expect("put");

        let again = open(&path).memory();
        let filter = MemoryFilter::new(session);
        assert_eq!(again.list(&filter, now).await.expect("list"), [turn]);
        assert_eq!(again.list(&filter, now + SUITE_LIMITS.ttl).await.expect("list"), []);
    }
}

/// The same in a file whose memories are encrypted: what is found, and in which order, is what the store in memory finds.
mod encrypted_memory {
    use juno_crypto::{InMemoryKeys, SystemRandom};
    use juno_memory::MemoryCipher;

    use super::*;

    fn fixture() -> MemoryFixture {
        let files = Files::new();
        let random = Arc::new(SystemRandom);
        let cipher = MemoryCipher::new(Arc::new(InMemoryKeys::new(random.clone())), random);
        let config = SqliteConfig { working: SUITE_LIMITS, ..SqliteConfig::default() };
        let store = SqliteStore::open_with(files.next(), config, Some(cipher)).expect("open");
        MemoryFixture {
            store: Arc::new(store.memory()),
            outbox: Arc::new(store.outbox()),
            guard: Arc::new(files),
        }
    }

    juno_testkit::memory_store_tests!(fixture());
    juno_testkit::memory_vector_tests!(fixture());
}

fn approvals(path: &Path) -> approval_store::Subject {
    let store = open(path);
    (Arc::new(store.approvals()) as Arc<dyn ApprovalStore>, Arc::new(store.outbox()) as Arc<dyn Outbox>)
}

fn executions(path: &Path) -> execution_store::Subject {
    let store = open(path);
    (Arc::new(store.executions()) as Arc<dyn ExecutionStore>, Arc::new(store.outbox()) as Arc<dyn Outbox>)
}

fn notifications(path: &Path) -> notification_store::Subject {
    let store = open(path);
    let notifications = Arc::new(store.notifications()) as Arc<dyn NotificationStore>;
    (notifications, Arc::new(store.outbox()) as Arc<dyn Outbox>)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn notifications_in_a_file() {
    let files = Files::new();
    notification_store::notification_store_suite(async || notifications(&files.next())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_survive_a_restart() {
    let files = Files::new();
    let path = files.next();
    notification_store::notification_store_reopening_suite(async || notifications(&path)).await;
}

fn audit(path: &Path) -> Arc<dyn AuditLog> {
    Arc::new(open(path).audit())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn approvals_in_a_file() {
    let files = Files::new();
    approval_store::approval_store_suite(async || approvals(&files.next())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn approvals_survive_a_restart() {
    let files = Files::new();
    let path = files.next();
    approval_store::approval_store_reopening_suite(async || approvals(&path)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn executions_in_a_file() {
    let files = Files::new();
    execution_store::execution_store_suite(async || executions(&files.next())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn executions_survive_a_restart() {
    let files = Files::new();
    let path = files.next();
    execution_store::execution_store_reopening_suite(async || executions(&path)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_audit_log_in_a_file() {
    let files = Files::new();
    audit_log::audit_log_suite(async || audit(&files.next())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_survives_a_restart() {
    let files = Files::new();
    let path = files.next();
    audit_log::audit_log_reopening_suite(async || audit(&path)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_keeps_parts_that_can_be_erased() {
    let files = Files::new();
    audit_erasure::audit_erasure_suite(async |sealing| {
        Arc::new(open(&files.next()).audit().with_sealing(sealing)) as Arc<dyn AuditLog>
    })
    .await;
}

/// Every file of the folder: the database, its write-ahead log and the shared memory of that.
fn bytes_in(folder: &Path) -> Vec<u8> {
    let files = std::fs::read_dir(folder).expect("a folder");
    files.flat_map(|file| std::fs::read(file.expect("a file").path()).expect("bytes")).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

/// control: GDPR-17
#[tokio::test]
async fn erasing_leaves_no_byte_of_the_payload_in_any_file() {
    let files = Files::new();
    let store = open(&files.next());
    let log = store.audit().with_sealing(audit_erasure::sample_sealing());
    // Enough of it for many pages, overflow pages and a long write-ahead log.
    let mut events: Vec<_> = (0..300).map(audit_erasure::personal_event).collect();
    events[3]
        .payload
        .change(|payload| payload["note"] = serde_json::json!(audit_erasure::SECRET.repeat(2000)));
    for events in events.chunks(50) {
        log.append(events).await.expect("append");
    }
    assert!(holds(&bytes_in(files.folder.path()), audit_erasure::SECRET), "the test can find it");
    log.search(&AuditQuery::default()).await.expect("an index");
    let older = log.head().await.expect("head");
    for person in ["maria", "ben"] {
        let now = "2026-11-20T12:00:00Z".parse().expect("a time");
        let done = juno_audit::erase(&log, &audit_erasure::sample_order(person), now).await.expect("erase");
        assert_eq!((done.records.count(), done.clean), (100, true));
    }
    let left = bytes_in(files.folder.path());
    assert!(!holds(&left, audit_erasure::SECRET), "in some file something is left");
    assert!(!holds(&left, "Xylophone"), "in some file a part is left");
    let found = log.verify_against(&older).await.expect("verify");
    assert!(found.verified, "{found:?}");
    assert_eq!(found.erased, 200);
    assert!(store.check().expect("check").is_sound());
}

#[tokio::test]
async fn a_reader_in_the_way_is_said_and_cleaning_can_be_made_up_for() {
    let files = Files::new();
    let path = files.next();
    let log = open(&path).audit().with_sealing(audit_erasure::sample_sealing());
    log.append(&(0..30).map(audit_erasure::personal_event).collect::<Vec<_>>()).await.expect("append");
    let reader = Connection::open(&path).expect("open");
    reader.execute_batch("BEGIN; SELECT count(*) FROM audit_payload").expect("a reader");
    let now = "2026-11-20T12:00:00Z".parse().expect("a time");
    let order = audit_erasure::sample_order("maria");
    let done = juno_audit::erase(&log, &order, now).await.expect("erase");
    assert!(done.receipt.is_some() && !done.clean);
    drop(reader);
    let done = juno_audit::erase(&log, &order, now).await.expect("clean up");
    assert!(done.receipt.is_none() && done.clean);
    juno_audit::erase(&log, &audit_erasure::sample_order("ben"), now).await.expect("the others");
    assert!(!holds(&bytes_in(files.folder.path()), audit_erasure::SECRET));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn appends_at_the_same_time_share_commits_and_fail_alone() {
    let files = Files::new();
    let log = open(&files.next()).audit();
    let tasks: Vec<_> = (0..8_u64)
        .map(|caller| {
            let log = log.clone();
            tokio::spawn(async move {
                for nth in 0..40 {
                    let event = audit_log::sample_event(caller * 100 + nth);
                    log.append(std::slice::from_ref(&event)).await.expect("append");
                    let other = juno_domain::DomainEvent { subject: "other".into(), ..event };
                    let refused = log.append(&[audit_log::sample_event(10_000 + nth), other]).await;
                    assert!(matches!(refused, Err(AuditError::Conflict { .. })), "{refused:?}");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a caller");
    }
    let found = log.verify().await.expect("verify");
    assert!(found.verified);
    assert_eq!(found.size, 320, "what shares a call with a conflict is not recorded");
}

/// Somebody with the file and plain SQL, who also knows to drop the index that would refuse some edits.
struct PlainSql(std::sync::Mutex<Connection>);

impl PlainSql {
    fn on(path: &Path) -> Self {
        let connection = Connection::open(path).expect("open");
        connection.execute_batch("DROP INDEX audit_event").expect("drop");
        Self(connection.into())
    }

    fn run(&self, sql: &str, params: impl rusqlite::Params) {
        let connection = self.0.lock().expect("a lock");
        assert_eq!(connection.execute(sql, params).expect("an edit"), 1);
    }
}

#[async_trait]
impl audit_tamper::Tamper for PlainSql {
    async fn replace(&self, index: u64, content: Vec<u8>, leaf: Digest) {
        self.run(
            "UPDATE audit SET content = CAST(?2 AS TEXT), leaf = ?3 WHERE place = ?1",
            (index as i64, content, leaf.0),
        );
    }

    async fn remove(&self, index: u64) {
        self.run("DELETE FROM audit WHERE place = ?1", [index as i64]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_tampered_with_through_plain_sql() {
    let files = Files::new();
    audit_tamper::audit_tamper_suite(async || {
        let path = files.next();
        let log = audit(&path);
        (log, Arc::new(PlainSql::on(&path)) as Arc<dyn audit_tamper::Tamper>)
    })
    .await;
}

/// control: PCI-10.3.4, HIPAA-164.312-c
#[tokio::test]
async fn an_edit_of_any_column_of_any_audit_row_is_found_and_named() {
    let files = Files::new();
    let path = files.next();
    let log = audit(&path);
    log.append(&(0..8).map(audit_log::sample_event).collect::<Vec<_>>()).await.expect("append");
    let sql = PlainSql::on(&path);
    let undo = "INSERT OR REPLACE INTO audit SELECT * FROM untouched.audit";
    let copy = format!("VACUUM INTO '{}'", files.folder.path().join("copy.db").display());
    sql.0.lock().expect("a lock").execute_batch(&copy).expect("copy");
    let attach = format!("ATTACH '{}' AS untouched", files.folder.path().join("copy.db").display());
    sql.0.lock().expect("a lock").execute_batch(&attach).expect("attach");
    for place in 0..8_i64 {
        for edit in [
            "content = replace(content, 'low-impact-labels', 'anything-goes')",
            "content = json_set(content, '$.actor', 'mallory')",
            "content = content || ' '",
            "content = ''",
            "leaf = zeroblob(32)",
            "leaf = x'00'",
            "place = place + 100",
            "place = -1 - place",
        ] {
            sql.run(&format!("UPDATE audit SET {edit} WHERE place = ?1"), [place]);
            let found = log.verify().await.expect("a finding, not an error");
            assert_eq!(found.first_bad.and_then(|bad| bad.index), Some(place as u64), "{edit} at {place}");
            let connection = sql.0.lock().expect("a lock");
            connection.execute_batch(&format!("DELETE FROM audit; {undo}")).expect("undo");
        }
    }
    assert!(log.verify().await.expect("verify").verified, "restored");
    for (column, value) in [("size", "7"), ("size", "9"), ("nodes", "zeroblob(32)"), ("nodes", "x'01'")] {
        let keep: (i64, Vec<u8>) = {
            let connection = sql.0.lock().expect("a lock");
            let row = connection
                .query_row("SELECT size, nodes FROM audit_tree", [], |r| Ok((r.get(0)?, r.get(1)?)));
            row.expect("the tree")
        };
        sql.run(&format!("UPDATE audit_tree SET {column} = {value}"), []);
        let whole = log.verify().await.is_ok_and(|found| found.verified);
        assert!(!whole, "{column} = {value}");
        sql.run("UPDATE audit_tree SET size = ?1, nodes = ?2", keep);
    }
    assert!(log.verify().await.expect("verify").verified, "restored");
}

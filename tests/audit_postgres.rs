//! What is left on a PostgreSQL server of what was erased from the audit log, and processes that are killed while they
//! append to it. Without a server these tests say so and pass.
//!
//! One test starts its own executable again; the child finds its order in the environment, writes, and says on its
//! standard output what was acknowledged.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use juno_audit::{AuditLog, TreeHead, erase};
use juno_crypto::{FileKeys, InMemoryKeys, KeyProvider, SystemRandom, decrypt};
use juno_domain::{DomainEvent, ErrorKind, EventKind};
use juno_postgres::{PostgresAuditLog, PostgresConfig, PostgresStore};
use juno_testkit::conformance::audit_erasure::{SECRET, personal_event, sample_order, sample_sealing};
use juno_testkit::conformance::audit_log::sample_event;
use juno_testkit::services::postgres_url;
use tokio_postgres::{Client, NoTls};

/// Where a child finds its order: the schema, the folder of keys, and its number.
const ORDER: &str = "JUNO_CRASH_ORDER";

fn open(url: &str, schema: &str) -> PostgresStore {
    let connect_timeout = Duration::from_secs(30);
    let config = PostgresConfig { schema: schema.into(), connect_timeout, ..PostgresConfig::default() };
    PostgresStore::open(url, config).expect("open")
}

fn open_log(url: &str, schema: &str, keys: &str) -> PostgresAuditLog {
    let keys = FileKeys::open(keys, Arc::new(SystemRandom)).expect("keys");
    open(url, schema).audit().with_sealing(sample_sealing(), Arc::new(keys))
}

fn address() -> Option<String> {
    Some(format!("{}?sslmode=disable", postgres_url()?.replace("?sslmode=disable", "")))
}

/// A schema of a test, removed in the end.
struct Schema {
    url: String,
    name: String,
}

impl Schema {
    /// Nothing where there is no server.
    fn new(prefix: &str) -> Option<Self> {
        Some(Self { url: address()?, name: format!("{prefix}{}", std::process::id()) })
    }

    /// Plain SQL, behind the store's back.
    async fn plain(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.expect("connect");
        tokio::spawn(async move { drop(connection.await) });
        client.batch_execute(&format!("SET search_path TO {}", self.name)).await.expect("a path");
        client
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let (url, name) = (self.url.clone(), self.name.clone());
        let remove = async move {
            let (client, connection) = tokio_postgres::connect(&url, NoTls).await?;
            tokio::spawn(async move { drop(connection.await) });
            client.batch_execute(&format!("DROP SCHEMA IF EXISTS {name} CASCADE")).await
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        drop(std::thread::spawn(move || drop(runtime.block_on(remove))).join());
    }
}

/// Appends from four tasks until it is killed, and says what was acknowledged. Does nothing unless a test started it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_child_that_appends() {
    let (Ok(order), Some(url)) = (std::env::var(ORDER), address()) else { return };
    let [schema, keys, number] = order.splitn(3, '|').collect::<Vec<_>>()[..] else { panic!("{order}") };
    let log = open_log(&url, schema, keys);
    let first: u64 = number.parse::<u64>().expect("a number") * 1_000_000;
    let tasks = (0..4).map(|task| {
        let log = log.clone();
        tokio::spawn(async move {
            for nth in 0..100_000 {
                let event = personal_event(first + task * 200_000 + nth);
                log.append(std::slice::from_ref(&event)).await.expect("append");
                println!("ack {}", event.id);
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("a task");
    }
}

fn child(schema: &str, keys: &str, number: u64) -> Child {
    Command::new(std::env::current_exe().expect("this executable"))
        .args(["the_child_that_appends", "--exact", "--nocapture"])
        .env(ORDER, format!("{schema}|{keys}|{number}"))
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("a child")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_instant_loses_no_acknowledged_record_and_the_log_verifies() {
    let Some(schema) = Schema::new("k") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let keys = folder.path().display().to_string();
    let log = open_log(&schema.url, &schema.name, &keys);
    let mut acknowledged = BTreeSet::new();
    let mut head = TreeHead::empty();
    for round in 0..4_u64 {
        let mut child = child(&schema.name, &keys, round + 1);
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let (mut lines, enough) = (output.lines(), 7 + round as usize * 6);
        // Killed between two statements or in the middle of one: wherever it happens to be after so many answers.
        let mut heard = 0;
        while heard < enough {
            let line = lines.next().expect("it writes on").expect("text");
            if let Some(id) = line.strip_prefix("ack ") {
                acknowledged.insert(id.to_owned());
                heard += 1;
            }
        }
        child.kill().expect("kill");
        child.wait().expect("gone");
        let rest =
            lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("ack ").map(str::to_owned));
        acknowledged.extend(rest);
        let found = log.verify_against(&head).await.expect("verify");
        assert!(found.verified, "round {round}: {found:?}");
        head = TreeHead { size: found.size, root: found.root };
        let records = log.read(0, usize::MAX).await.expect("read");
        let there: BTreeSet<String> = records.iter().map(|record| record.event.id.to_string()).collect();
        assert!(acknowledged.is_subset(&there), "round {round}: lost {:?}", acknowledged.difference(&there));
        assert!(records.iter().all(|record| !record.erased), "every part is there and opens with its key");
    }
    let now = "2026-11-20T12:00:00Z".parse().expect("a time");
    let done = erase(&log, &sample_order("maria"), now).await.expect("erase");
    assert!(done.receipt.is_some());
    assert!(log.verify_against(&head).await.expect("verify").verified);
}

/// Everything the tables of a schema hold, as text; bytes as hexadecimal and as they are.
async fn everything(sql: &Client, schema: &str) -> String {
    let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = $1";
    let mut text = String::new();
    for table in sql.query(tables, &[&schema]).await.expect("tables") {
        let table: String = table.get(0);
        let rows = format!("SELECT t::text FROM {table} t");
        for row in sql.query(&rows, &[]).await.expect("rows") {
            text.push_str(row.get(0));
        }
    }
    text
}

/// control: GDPR-17
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn only_ciphertext_whose_key_is_destroyed_is_left_of_what_was_erased() {
    let Some(schema) = Schema::new("e") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let keys = Arc::new(FileKeys::open(folder.path(), Arc::new(SystemRandom)).expect("keys"));
    let store = open(&schema.url, &schema.name);
    let log = store.audit().with_sealing(sample_sealing(), keys.clone());
    log.append(&(0..30).map(personal_event).collect::<Vec<_>>()).await.expect("append");
    let sql = schema.plain().await;
    let hex: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
    let shown = everything(&sql, &schema.name).await;
    assert!(!shown.contains(SECRET) && !shown.contains(&hex), "the server never sees the text");
    // What a backup would hold.
    let copy = "SELECT event_id, key_name, p.content FROM audit_payload p JOIN audit USING (place)";
    let copied: Vec<(String, String, Vec<u8>)> = sql
        .query(copy, &[])
        .await
        .expect("a copy")
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect();
    let open = |(id, name, text): &(String, String, Vec<u8>)| {
        keys.find(name).expect("keys").map(|key| decrypt(&key, text, id.as_bytes()).expect("the text"))
    };
    let readable = || copied.iter().filter_map(open).filter(|text| !text.is_empty()).count();
    assert_eq!((copied.len(), readable()), (20, 20));
    let now = "2026-11-20T12:00:00Z".parse().expect("a time");
    let done = erase(&log, &sample_order("maria"), now).await.expect("erase");
    assert_eq!((done.records.count(), done.clean), (10, true));
    assert_eq!(readable(), 10, "a copy of the rows is of no use without the key");
    let doomed = sql.query("SELECT 1 FROM audit_key_doomed", &[]).await.expect("keys");
    assert!(doomed.is_empty());
    let found = log.verify().await.expect("verify");
    assert!(found.verified && found.erased == 10, "{found:?}");
    // Without keys the log says so, and does not take it for damage.
    let refused = store.audit().verify().await.expect_err("no keys");
    assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keys_that_a_crash_left_are_destroyed_with_the_next_erasure() {
    let Some(schema) = Schema::new("d") else { return };
    let keys = Arc::new(InMemoryKeys::new(Arc::new(SystemRandom)));
    let log = open(&schema.url, &schema.name).audit().with_sealing(sample_sealing(), keys.clone());
    log.append(&(0..6).map(personal_event).collect::<Vec<_>>()).await.expect("append");
    let head = log.head().await.expect("head");
    // As far as an erasure gets before it is broken off: committed, the key still there.
    let receipt = DomainEvent { kind: EventKind::PayloadErased, ..sample_event(70) };
    let receipt =
        DomainEvent { payload: serde_json::json!({ "records": [[0, 0], [3, 3]] }).into(), ..receipt };
    log.forget(head.size, &[0, 3], &receipt).await.expect("forget").expect("nobody appended");
    let sql = schema.plain().await;
    let doomed: Vec<String> = sql
        .query("SELECT name FROM audit_key_doomed", &[])
        .await
        .expect("names")
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(doomed.len(), 1);
    assert!(keys.find(&doomed[0]).expect("keys").is_some());
    // Maria's next event of the same month gets another key.
    log.append(&[personal_event(6)]).await.expect("append");
    let now = "2026-11-20T12:00:00Z".parse().expect("a time");
    erase(&log, &sample_order("ben"), now).await.expect("erase");
    assert!(keys.find(&doomed[0]).expect("keys").is_none());
    assert_eq!(log.read(7, 1).await.expect("read")[0].event, personal_event(6));
    assert!(log.verify().await.expect("verify").verified);
}

//! The stores of one PostgreSQL schema do what every contract says, also for several processes at once, when the server
//! ends their sessions, and when somebody edits the tables. Without a server these tests say so and pass.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use juno_action::{ActionError, ExecutionState, ExecutionStore, Limits};
use juno_audit::{AuditLog, Outbox, PersonalFields, Sealing, drain};
use juno_crypto::{InMemoryKeys, SystemRandom};
use juno_domain::{Digest, DomainEvent, ErrorKind, EventId};
use juno_governance::{ApprovalEvent, ApprovalStore, Ballot, GovernanceError, RequestFilter, transition};
use juno_postgres::{PostgresConfig, PostgresStore};
use juno_testkit::conformance::{
    approval_sample, approval_store, audit_erasure, audit_log, audit_tamper, execution_store,
    notification_store,
};
use juno_testkit::services::postgres_issuer;
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

#[path = "support/schemas.rs"]
mod schemas;

use schemas::{Schemas, config};

fn approvals(store: &PostgresStore) -> approval_store::Subject {
    (Arc::new(store.approvals()) as Arc<dyn ApprovalStore>, Arc::new(store.outbox()) as Arc<dyn Outbox>)
}

fn executions(store: &PostgresStore) -> execution_store::Subject {
    (Arc::new(store.executions()) as Arc<dyn ExecutionStore>, Arc::new(store.outbox()) as Arc<dyn Outbox>)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn approvals_in_a_schema() {
    let Some(schemas) = Schemas::new() else { return };
    approval_store::approval_store_suite(async || approvals(&schemas.open(&schemas.next()))).await;
}

/// What people write is encrypted there; everything else is as before.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn requests_and_executions_with_sealed_texts_in_a_schema() {
    let Some(schemas) = Schemas::new() else { return };
    let keys = Arc::new(InMemoryKeys::new(Arc::new(SystemRandom)));
    let open = |schema: &str| {
        let sealing = Sealing::new(PersonalFields::reasons(), Arc::new(SystemRandom));
        PostgresStore::open_sealed(&schemas.address(), config(schema), sealing, keys.clone()).expect("open")
    };
    approval_store::approval_store_suite(async || approvals(&open(&schemas.next()))).await;
    execution_store::execution_store_suite(async || executions(&open(&schemas.next()))).await;
    let schema = schemas.next();
    approval_store::approval_store_reopening_suite(async || approvals(&open(&schema))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn approvals_survive_a_restart() {
    let Some(schemas) = Schemas::new() else { return };
    let schema = schemas.next();
    approval_store::approval_store_reopening_suite(async || approvals(&schemas.open(&schema))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn executions_in_a_schema() {
    let Some(schemas) = Schemas::new() else { return };
    execution_store::execution_store_suite(async || executions(&schemas.open(&schemas.next()))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn executions_survive_a_restart() {
    let Some(schemas) = Schemas::new() else { return };
    let schema = schemas.next();
    execution_store::execution_store_reopening_suite(async || executions(&schemas.open(&schema))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn notifications_in_a_schema() {
    let Some(schemas) = Schemas::new() else { return };
    let open = |schema: &str| -> notification_store::Subject {
        let store = schemas.open(schema);
        (Arc::new(store.notifications()), Arc::new(store.outbox()))
    };
    notification_store::notification_store_suite(async || open(&schemas.next())).await;
    let schema = schemas.next();
    notification_store::notification_store_reopening_suite(async || open(&schema)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_audit_log_in_a_schema() {
    let Some(schemas) = Schemas::new() else { return };
    audit_log::audit_log_suite(async || Arc::new(schemas.open(&schemas.next()).audit()) as Arc<dyn AuditLog>)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_survives_a_restart() {
    let Some(schemas) = Schemas::new() else { return };
    let schema = schemas.next();
    audit_log::audit_log_reopening_suite(async || {
        Arc::new(schemas.open(&schema).audit()) as Arc<dyn AuditLog>
    })
    .await;
}

/// Somebody with plain SQL, who also knows to drop the index that would refuse some edits.
struct PlainSql(Client);

impl PlainSql {
    async fn run(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) {
        assert_eq!(self.0.execute(sql, params).await.expect("an edit"), 1, "{sql}");
    }

    async fn on(schemas: &Schemas, schema: &str) -> Self {
        let client = schemas.plain(schema).await;
        client.batch_execute("DROP INDEX audit_event").await.expect("drop");
        Self(client)
    }
}

#[async_trait]
impl audit_tamper::Tamper for PlainSql {
    async fn replace(&self, index: u64, content: Vec<u8>, leaf: Digest) {
        let content = String::from_utf8(content).expect("text");
        let sql = "UPDATE audit SET content = $2, leaf = $3 WHERE place = $1";
        self.run(sql, &[&(index as i64), &content, &leaf.0.as_slice()]).await;
    }

    async fn remove(&self, index: u64) {
        self.run("DELETE FROM audit WHERE place = $1", &[&(index as i64)]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_audit_log_keeps_parts_that_can_be_erased() {
    let Some(schemas) = Schemas::new() else { return };
    audit_erasure::audit_erasure_suite(async |sealing| {
        let keys = Arc::new(InMemoryKeys::new(Arc::new(SystemRandom)));
        let log = schemas.open(&schemas.next()).audit().with_sealing(sealing, keys);
        Arc::new(log) as Arc<dyn AuditLog>
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn appends_at_the_same_time_share_commits_and_fail_alone() {
    let Some(schemas) = Schemas::new() else { return };
    let log = schemas.open(&schemas.next()).audit();
    let tasks: Vec<_> = (0..8_u64)
        .map(|caller| {
            let log = log.clone();
            tokio::spawn(async move {
                for nth in 0..10 {
                    let event = audit_log::sample_event(caller * 100 + nth);
                    log.append(std::slice::from_ref(&event)).await.expect("append");
                    let other = DomainEvent { subject: "other".into(), ..event };
                    let refused = log.append(&[audit_log::sample_event(10_000 + nth), other]).await;
                    assert_eq!(refused.expect_err("a conflict").kind(), ErrorKind::Conflict);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a caller");
    }
    let found = log.verify().await.expect("verify");
    assert!(found.verified);
    assert_eq!(found.size, 80, "what shares a call with a conflict is not recorded");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_tampered_with_through_plain_sql() {
    let Some(schemas) = Schemas::new() else { return };
    audit_tamper::audit_tamper_suite(async || {
        let schema = schemas.next();
        let log = schemas.open(&schema).audit();
        let sql = PlainSql::on(&schemas, &schema).await;
        (Arc::new(log) as Arc<dyn AuditLog>, Arc::new(sql) as Arc<dyn audit_tamper::Tamper>)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_of_any_column_of_any_audit_row_is_found_and_named() {
    let Some(schemas) = Schemas::new() else { return };
    let schema = schemas.next();
    let log = schemas.open(&schema).audit();
    log.append(&(0..8).map(audit_log::sample_event).collect::<Vec<_>>()).await.expect("append");
    let sql = PlainSql::on(&schemas, &schema).await;
    let columns = "SELECT string_agg(column_name, ' ' ORDER BY column_name) FROM information_schema.columns
         WHERE table_schema = $1 AND table_name = $2";
    for (table, expected) in [("audit", "content event_id leaf place"), ("audit_tree", "nodes only_one size")]
    {
        let row = sql.0.query_one(columns, &[&schema, &table]).await.expect("columns");
        assert_eq!(row.get::<_, &str>(0), expected, "every column of `{table}` is edited below");
    }
    sql.0.batch_execute("CREATE TABLE untouched AS SELECT * FROM audit").await.expect("a copy");
    for place in 0..8_i64 {
        for edit in [
            "content = replace(content, 'low-impact-labels', 'anything-goes')",
            "content = jsonb_set(content::jsonb, '{actor}', '\"mallory\"')::text",
            "content = content || ' '",
            "content = ''",
            "event_id = 'another'",
            "event_id = event_id || ' '",
            "leaf = decode(repeat('00', 32), 'hex')",
            "leaf = ''",
            "place = place + 100",
            "place = -1 - place",
        ] {
            sql.run(&format!("UPDATE audit SET {edit} WHERE place = $1"), &[&place]).await;
            let found = log.verify().await.expect("a finding, not an error");
            assert_eq!(found.first_bad.and_then(|bad| bad.index), Some(place as u64), "{edit} at {place}");
            let undo = "DELETE FROM audit; INSERT INTO audit SELECT * FROM untouched";
            sql.0.batch_execute(undo).await.expect("undo");
        }
    }
    assert!(log.verify().await.expect("verify").verified, "restored");
    let kept = sql.0.query_one("SELECT size, nodes FROM audit_tree", &[]).await.expect("the tree");
    for edit in ["size = 7", "size = 9", "nodes = decode(repeat('00', 32), 'hex')", "nodes = '\\x01'"] {
        sql.run(&format!("UPDATE audit_tree SET {edit}"), &[]).await;
        assert!(!log.verify().await.is_ok_and(|found| found.verified), "{edit}");
        let (size, nodes) = (kept.get::<_, i64>(0), kept.get::<_, &[u8]>(1));
        sql.run("UPDATE audit_tree SET size = $1, nodes = $2", &[&size, &nodes]).await;
    }
    assert!(log.verify().await.expect("verify").verified, "restored");
    sql.run("DELETE FROM audit_tree", &[]).await;
    assert!(log.verify().await.is_err(), "a log without its tree");
}

/// As many openers as there could be processes, all at the same instant.
#[tokio::test(flavor = "multi_thread")]
async fn openers_at_once_make_the_tables_once() {
    let Some(schemas) = Schemas::new().map(Arc::new) else { return };
    let schema = schemas.next();
    let openers: Vec<_> = (0..8)
        .map(|_| {
            let (schemas, schema) = (Arc::clone(&schemas), schema.clone());
            std::thread::spawn(move || schemas.open(&schema))
        })
        .collect();
    for (nth, opener) in (0..).zip(openers) {
        let store = opener.join().expect("opened");
        assert_eq!(store.audit().append(&[audit_log::sample_event(nth)]).await.expect("append"), [nth]);
    }
}

/// Four stores with connections of their own stand for four processes.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_32_callers_in_several_processes_one_wins() {
    let Some(schemas) = Schemas::new() else { return };
    let schema = schemas.next();
    let stores: Vec<PostgresStore> = (0..4).map(|_| schemas.open(&schema)).collect();
    for round in 0..6 {
        let (request, events) =
            approval_sample::sample_request(&format!("p{round}"), "PAY", approval_sample::start());
        let created = all_at_once(&stores, |store, _| {
            let (request, events) = (request.clone(), events.clone());
            async move { store.approvals().create(&request, &events).await }
        });
        one_winner(created.await, |error| matches!(error, GovernanceError::Exists(_)));

        let vote = |caller| {
            let lead = juno_domain::PrincipalId::new("lead").expect("a name");
            let vote = ApprovalEvent::Vote(Ballot::approve(&request, lead, "fine"));
            let at = request.created_at() + chrono::TimeDelta::seconds(caller);
            transition(&request, &vote, &approval_sample::roles(), at).expect("a step")
        };
        let voted = all_at_once(&stores, |store, caller| {
            let (next, events) = vote(caller);
            async move { store.approvals().transition(1, &next, &events).await }
        });
        one_winner(voted.await, |error| matches!(error, GovernanceError::Changed { found: 2, .. }));

        let execution = execution_store::sample_execution(&format!("r{round}"), approval_sample::start());
        let begun = all_at_once(&stores, |store, caller| {
            let (execution, event) = (execution.clone(), record(&format!("begin {round} {caller}")));
            async move { store.executions().create(&execution, &Limits::NONE, &[event]).await }
        });
        one_winner(begun.await, |error| matches!(error, ActionError::Exists(_)));

        let settled = all_at_once(&stores, |store, caller| {
            let (mut execution, event) = (execution.clone(), record(&format!("settle {round} {caller}")));
            (execution.version, execution.state) = (3, ExecutionState::Succeeded);
            async move { store.executions().transition(2, &execution, &[event]).await }
        });
        one_winner(settled.await, |error| matches!(error, ActionError::Changed { .. }));

        let drained =
            all_at_once(&stores, |store, _| async move { drain(&store.outbox(), &store.audit()).await });
        assert!(drained.await.iter().all(Result::is_ok), "draining at once is fine");
        let of_winners = events.len() + vote(0).1.len() + 2;
        let size = stores[0].audit().head().await.expect("head").size;
        assert_eq!(size, (round + 1) * of_winners as u64, "the winners' events, each once");
    }
    assert!(stores[0].audit().verify().await.expect("verify").verified);
    assert_eq!(stores[1].outbox().waiting(10).await.expect("waiting"), []);
    assert_eq!(stores[2].approvals().list(&RequestFilter::default()).await.expect("list").len(), 6);
}

fn record(id: &str) -> DomainEvent {
    DomainEvent { id: EventId::new(id).expect("an id"), ..audit_log::sample_event(0) }
}

async fn all_at_once<F, T>(stores: &[PostgresStore], call: impl Fn(PostgresStore, i64) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let calls: Vec<_> =
        (0..32).zip(stores.iter().cycle()).map(|(n, store)| tokio::spawn(call(store.clone(), n))).collect();
    let mut results = Vec::new();
    for call in calls {
        results.push(call.await.expect("a caller"));
    }
    results
}

fn one_winner<E: std::fmt::Debug>(results: Vec<Result<(), E>>, lost: impl Fn(&E) -> bool) {
    let (won, others): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1, "one of 32 wins");
    assert!(
        others.iter().all(|other| other.as_ref().is_err_and(&lost)),
        "the others are told why: {others:?}"
    );
}

/// All sessions ended by the server, as when it is restarted: the next call goes through on a new connection.
#[tokio::test(flavor = "multi_thread")]
async fn lost_connections_are_replaced() {
    let Some(schemas) = Schemas::new() else { return };
    let schema = schemas.next();
    let store = schemas.open(&schema);
    let plain = schemas.plain(&schema).await;
    for round in 0..20 {
        let (request, events) =
            approval_sample::sample_request(&format!("p{round}"), "PAY", approval_sample::start());
        store.approvals().create(&request, &events).await.expect("a fresh connection");
        assert!(store.approvals().get(request.id()).await.expect("a fresh connection").is_some());
        // Its own sessions only: those that read its tables last.
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE application_name = 'juno' AND query LIKE '%approvals%' AND pid <> pg_backend_pid()
                 AND state = 'idle'";
        plain.query(sql, &[]).await.expect("ended");
    }
}

/// F-03: an outage read as "nothing found".
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_lets_nobody_in_is_an_error_never_nothing_found() {
    let Some(schemas) = Schemas::new() else { return };
    let schema = schemas.next();
    let admin = schemas.plain("public").await;
    let database = format!("db_{schema}");
    admin.batch_execute(&format!("CREATE DATABASE {database}")).await.expect("a database");
    let (server, _) = schemas.url.rsplit_once('/').expect("a database");
    let url = format!("{server}/{database}?sslmode=disable");
    let store = PostgresStore::open(&url, config("juno")).expect("open");
    let (request, events) = approval_sample::sample_request("p1", "PAY", approval_sample::start());
    store.approvals().create(&request, &events).await.expect("create");

    let shut = format!(
        "ALTER DATABASE {database} ALLOW_CONNECTIONS false;
         SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"
    );
    admin.batch_execute(&shut).await.expect("shut");
    let errors = [
        store.approvals().get(request.id()).await.expect_err("no answer").kind(),
        store.approvals().list(&RequestFilter::default()).await.expect_err("no answer").kind(),
        store.approvals().create(&request, &events).await.expect_err("no answer").kind(),
        store.executions().unsettled().await.expect_err("no answer").kind(),
        store.outbox().waiting(1).await.expect_err("no answer").kind(),
        store.audit().head().await.expect_err("no answer").kind(),
        store.audit().append(&events).await.expect_err("no answer").kind(),
    ];
    assert!(errors.iter().all(|kind| *kind == ErrorKind::Unavailable), "{errors:?}");

    let reopen = format!("ALTER DATABASE {database} ALLOW_CONNECTIONS true");
    admin.batch_execute(&reopen).await.expect("reopen");
    assert_eq!(store.approvals().get(request.id()).await.expect("it recovers"), Some(request));
    drop(store);
    admin.batch_execute(&format!("DROP DATABASE {database} WITH (FORCE)")).await.expect("drop");
}

/// A writer that holds a row: others wait, then say so, and go on when it is free.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_held_by_another_is_unavailable_not_lost() {
    let Some(schemas) = Schemas::new() else { return };
    let schema = schemas.next();
    let impatient = PostgresConfig { lock_timeout: Duration::from_millis(100), ..config(&schema) };
    let store = PostgresStore::open(&schemas.address(), impatient).expect("open");
    let plain = schemas.plain(&schema).await;
    plain.batch_execute("BEGIN; SELECT * FROM audit_tree FOR UPDATE").await.expect("held");
    let error = store.audit().append(&[audit_log::sample_event(0)]).await.expect_err("held");
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert_eq!(store.audit().head().await.expect("a reader waits for no writer").size, 0);
    plain.batch_execute("ROLLBACK").await.expect("freed");
    assert_eq!(store.audit().append(&[audit_log::sample_event(0)]).await.expect("append"), [0]);
}

/// The older systems printed the address, password and all.
#[tokio::test(flavor = "multi_thread")]
async fn no_error_ever_shows_the_password() {
    let Some(schemas) = Schemas::new() else { return };
    let schema = schemas.next();
    let (user, rest) = schemas.url.split_once("://").expect("an address").1.split_once('@').expect("a user");
    let (_, password) = user.split_once(':').expect("a password");
    let (_, database) = rest.split_once('/').expect("a database");
    let wrong = "hunter2%40secret";
    for (url, kind) in [
        (format!("postgresql://juno:{wrong}@{rest}"), ErrorKind::Denied),
        (format!("postgresql://nobody:{password}@{rest}"), ErrorKind::Denied),
        (format!("postgresql://{user}@{rest}_missing"), ErrorKind::Denied),
        (format!("postgresql://{user}@127.0.0.1:1/{database}"), ErrorKind::Unavailable),
        (format!("postgresql://{user}@/{database}?host=/nonexistent"), ErrorKind::Unavailable),
        (format!("postgresql://{user}@{rest}?options=-c%20no_such_setting%3D1"), ErrorKind::Internal),
        (format!("postgresql://{user}@{rest}?sslmode=verify-full"), ErrorKind::Unavailable),
        (format!("postgresql://{user}@{rest}?sslmode=maybe"), ErrorKind::InvalidInput),
        (format!("postgresql://{user}@{rest}?sslrootcert=/nonexistent.pem"), ErrorKind::InvalidInput),
        (format!("postgresql://juno:x@{password}@{rest}"), ErrorKind::InvalidInput),
    ] {
        let error = PostgresStore::open(&url, config(&schema)).map(drop).expect_err("refused");
        let said = format!("{error} {error:?} {}", GovernanceError::from(error.clone()));
        assert!(!said.contains(password) && !said.contains("hunter2"), "{}", said.replace(password, "***"));
        assert_eq!(error.kind(), kind, "{said}");
    }
}

/// TLS as libpq's `sslmode` has it.
#[tokio::test(flavor = "multi_thread")]
async fn tls_is_used_and_checked_as_asked() {
    let Some(schemas) = Schemas::new() else { return };
    let Some(issuer) = postgres_issuer() else { return };
    let schema = schemas.next();
    let open = |query: &str| PostgresStore::open(&format!("{}?{query}", schemas.url), config(&schema));
    let plain = schemas.plain("public").await;
    for (nth, (mode, encrypted)) in
        [("disable", false), ("prefer", true), ("require", true)].into_iter().enumerate()
    {
        let _store = open(&format!("sslmode={mode}&application_name=tls{schema}{nth}")).expect(mode);
        let sql = "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = $1";
        let row = plain.query_one(sql, &[&format!("tls{schema}{nth}")]).await.expect("a session");
        assert_eq!(row.get::<_, bool>(0), encrypted, "{mode}");
    }
    for mode in ["require", "verify-ca", "verify-full"] {
        assert!(open(&format!("sslmode={mode}&sslrootcert={issuer}")).is_ok(), "{mode} with its issuer");
    }
    for mode in ["verify-ca", "verify-full"] {
        let error = open(&format!("sslmode={mode}")).map(drop).expect_err("an issuer nobody knows");
        assert!(matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::InvalidInput), "{error}");
    }
}

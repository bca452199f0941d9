//! Damaged rows, busy files and failures are reported, and hide nothing else.

use std::sync::Arc;
use std::time::Duration;

use juno_action::{ActionError, ExecutionStore, Limits};
use juno_audit::{AuditLog, Outbox, PersonalFields, PersonalTexts, drain};
use juno_domain::{ERASED, ErrorKind, TenantId, Whose};
use juno_governance::{ApprovalStore, DeliveryFilter, GovernanceError, NotificationStore, RequestFilter};
use juno_memory::{MemoryError, MemoryFilter, MemoryStore};
use juno_testkit::conformance::{approval_sample, execution_store, notification_store};

use super::{forgotten, found, fresh, memory, plain, put, scope, start, written};
use crate::{SqliteConfig, SqliteStore};

/// F-09: one damaged row made the older system return nothing at all.
#[tokio::test]
async fn one_corrupt_memory_hides_no_other_and_is_named() {
    let (_folder, store) = fresh();
    for nth in 0..5 {
        put(&store, &memory(&format!("m{nth}"), "the API freeze")).await;
    }
    for (id, damage) in [
        ("m1", "body = '{'"),
        ("m2", "body = replace(body, '\"importance\":0.5', '\"importance\":7.0')"),
        ("m3", "kind = 'episodic'"),
    ] {
        plain(&store).execute(&format!("UPDATE memories SET {damage} WHERE id = ?1"), [id]).unwrap();
        let corrupt = store.memory().get(&scope(), &memory(id, "x").id, start()).await.unwrap_err();
        assert!(matches!(&corrupt, MemoryError::Corrupt { id: named, .. } if named == id), "{corrupt}");
    }
    let filter = MemoryFilter { limit: 2, ..MemoryFilter::new(scope()) };
    let listed = store.memory().list(&filter, start()).await.unwrap();
    assert_eq!(listed.iter().map(|memory| memory.id.as_str()).collect::<Vec<_>>(), ["m4", "m0"]);
    assert_eq!(found(&store, "freeze").await, ["m4", "m0"]);
    let health = store.memory().health(&TenantId::new("acme").unwrap(), start()).await.unwrap();
    assert_eq!(health.corrupt.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["m1", "m2", "m3"]);
    // A page holds what can be read and names what cannot, wherever it ends.
    for limit in 1..=6 {
        let (mut read, mut named, mut after) = (0, 0, None);
        loop {
            let page = store.memory().scan(scope().tenant(), after.as_ref(), limit).await.unwrap();
            (read, named) = (read + page.memories.len(), named + page.corrupt.len());
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!((read, named), (2, 3), "{limit} at a time");
    }
    // It can be replaced, and it can be forgotten.
    put(&store, &memory("m1", "the API freeze")).await;
    assert_eq!(found(&store, "freeze").await, ["m4", "m1", "m0"]);
    let damaged = memory("m2", "x");
    assert!(store.memory().forget(&damaged.scope, &damaged.id, &forgotten(&damaged)).await.unwrap());
    assert!(store.check().unwrap().is_sound());
}

#[tokio::test]
async fn a_corrupt_request_is_an_error_of_its_own_and_holds_up_no_other() {
    let (_folder, store) = fresh();
    for id in ["p1", "p2"] {
        let (request, events) = approval_sample::sample_request(id, "pay", start());
        store.approvals().create(&request, &events).await.unwrap();
    }
    let (damaged, _) = approval_sample::sample_request("p1", "pay", start());
    plain(&store)
        .execute(
            "UPDATE approvals SET body = replace(body, 'pending', 'granted') WHERE id = ?1",
            [damaged.id().as_str()],
        )
        .unwrap();
    let error = store.approvals().get(damaged.id()).await.unwrap_err();
    assert!(matches!(error, GovernanceError::Corrupt { .. }), "{error}");
    assert_eq!(store.approvals().list(&RequestFilter::default()).await.unwrap().len(), 1);
    let later = start() + chrono::TimeDelta::days(2);
    assert_eq!(store.approvals().list_due(later, 10).await.unwrap().len(), 1);
    let check = store.check().unwrap();
    assert_eq!(
        check.damaged.iter().map(|row| (row.table.as_str(), row.id.as_str())).collect::<Vec<_>>(),
        [("approvals", damaged.id().as_str())]
    );
}

/// Nobody can tell what a damaged row holds of whom: it is named, and all else is erased.
#[tokio::test]
async fn a_corrupt_request_that_names_a_person_is_said_when_that_person_is_erased() {
    let (_folder, store) = fresh();
    let mut ids = Vec::new();
    for id in ["p1", "p2"] {
        let (request, events) = approval_sample::sample_request(id, "pay", start());
        store.approvals().create(&request, &events).await.unwrap();
        ids.push(request.id().clone());
    }
    let damage = "UPDATE approvals SET body = replace(body, 'pending', 'granted') WHERE id = ?1";
    plain(&store).execute(damage, [ids[0].as_str()]).unwrap();
    let texts = store.texts(PersonalFields::reasons());
    let proposer = store.approvals().get(&ids[1]).await.unwrap().unwrap().proposer().to_string();
    assert_eq!(texts.forget(&Whose::Person("nobody".into())).await.unwrap(), 0);
    let error = texts.forget(&Whose::Person(proposer.clone())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains(ids[0].as_str()), "{error}");
    let sound = store.approvals().get(&ids[1]).await.unwrap().unwrap();
    assert_eq!((sound.version(), sound.proposal().rationale.as_str()), (2, ERASED));
    plain(&store).execute("DELETE FROM approvals WHERE id = ?1", [ids[0].as_str()]).unwrap();
    assert_eq!(texts.forget(&Whose::Person(proposer)).await.unwrap(), 0, "all else was erased");
}

#[tokio::test]
async fn a_corrupt_notification_holds_up_none_behind_it() {
    let (_folder, store) = fresh();
    let all = [1, 2, 3].map(|nth| notification_store::sample_delivery("r1", nth));
    assert!(store.notifications().advance(None, 1, &all).await.unwrap());
    let [first, second, third] = &all;
    let damage = "UPDATE notifications SET body = '{' WHERE key IN (?1, ?2)";
    plain(&store).execute(damage, [first.key(), second.key()]).unwrap();
    let error = store.notifications().get(first.key()).await.unwrap_err();
    assert!(matches!(error, GovernanceError::Corrupt { .. }), "{error}");
    let later = start() + chrono::TimeDelta::hours(1);
    assert_eq!(store.notifications().due("hook", later, 10).await.unwrap(), std::slice::from_ref(third));
    assert_eq!(
        store
            .notifications()
            .due("hook", third.not_before - chrono::TimeDelta::seconds(1), 10)
            .await
            .unwrap(),
        []
    );
    assert_eq!(
        store.notifications().list(&DeliveryFilter::default()).await.unwrap(),
        std::slice::from_ref(third)
    );
    let check = store.check().unwrap();
    let named: Vec<_> = check.damaged.iter().map(|row| (row.table.as_str(), row.id.as_str())).collect();
    assert_eq!(named, [("notifications", first.key()), ("notifications", second.key())]);
}

#[tokio::test]
async fn a_corrupt_execution_still_keeps_its_request_from_running_again() {
    let (_folder, store) = fresh();
    let executions = store.executions();
    let (bad, good) =
        (execution_store::sample_execution("r1", start()), execution_store::sample_execution("r2", start()));
    for execution in [&bad, &good] {
        executions.create(execution, &Limits::NONE, &[]).await.unwrap();
    }
    plain(&store).execute("UPDATE executions SET body = 'x' WHERE request = 'r1'", []).unwrap();
    assert!(matches!(executions.create(&bad, &Limits::NONE, &[]).await, Err(ActionError::Exists(_))));
    assert!(matches!(executions.get(&bad.request).await, Err(ActionError::Corrupt { .. })));
    assert_eq!(executions.unsettled().await.unwrap(), [good]);
    assert_eq!(store.check().unwrap().damaged[0].table, "executions");
}

#[tokio::test]
async fn a_corrupt_event_is_never_dropped_and_holds_up_no_other() {
    let (_folder, store) = fresh();
    for nth in 0..3 {
        put(&store, &memory(&format!("m{nth}"), "x")).await;
    }
    plain(&store).execute("UPDATE outbox SET content = 'x' WHERE place = 2", []).unwrap();
    let error = drain(&store.outbox(), &store.audit()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert_eq!(store.audit().head().await.unwrap().size, 2, "the others were carried");
    assert!(store.outbox().waiting(10).await.is_err(), "and it stays reported");
    assert_eq!(store.check().unwrap().damaged[0].table, "outbox");
}

/// F-03: a lock error read as "nothing found", a failed write as done.
#[tokio::test]
async fn a_locked_file_is_an_error_never_nothing_found() {
    let (folder, store) = fresh();
    put(&store, &memory("m1", "the API freeze")).await;
    drop(store);
    let path = folder.path().join("juno.db");
    let config = SqliteConfig { busy_timeout: Duration::from_millis(40), ..SqliteConfig::default() };
    let store = SqliteStore::open(&path, config).unwrap();

    // Another writer: reads go on, writes say that they failed, and then work again.
    let other = plain(&store);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let new = memory("m2", "another freeze");
    let error = store.memory().put(&new, &written(&new)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(found(&store, "freeze").await, ["m1"]);
    other.execute_batch("ROLLBACK").unwrap();
    put(&store, &new).await;
    drop((other, store));

    // Somebody who keeps the whole file to themselves: reads fail, they do not come back empty.
    let opened = SqliteStore::open(&path, config).unwrap();
    drop(opened.memory().list(&MemoryFilter::new(scope()), start()).await);
    let jealous = rusqlite::Connection::open(&path).unwrap();
    drop(opened);
    jealous.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT").unwrap();
    let error = SqliteStore::open(&path, config).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    drop(jealous);
    let store = SqliteStore::open(&path, config).unwrap();
    assert_eq!(found(&store, "freeze").await, ["m2", "m1"]);
}

#[tokio::test]
async fn a_failing_disk_is_an_error_of_reads_too() {
    let (_folder, store) = fresh();
    put(&store, &memory("m1", "the API freeze")).await;
    store.checkpoint().unwrap();
    plain(&store).execute_batch("DROP TABLE memory_words").unwrap();
    let query = juno_memory::RecallQuery::new("freeze", MemoryFilter::new(scope()));
    assert!(store.memory().recall(&query, start()).await.is_err());
}

#[tokio::test]
async fn a_panic_inside_a_write_rolls_back_and_poisons_nothing() {
    let (_folder, store) = fresh();
    let database = Arc::clone(store.database());
    let panicking = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        database.write(|tx| -> Result<(), crate::SqliteError> {
            tx.execute("INSERT INTO facts (name, value) VALUES ('half', 1)", [])?;
            panic!("in the middle")
        })
    }));
    assert!(panicking.is_err());
    let half: i64 = plain(&store)
        .query_row("SELECT count(*) FROM facts WHERE name = 'half'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(half, 0);
    put(&store, &memory("m1", "x")).await;
}

#[tokio::test]
async fn no_proof_is_made_from_changed_hashes_and_none_from_memory_once_they_are_right_again() {
    let (_folder, store) = fresh();
    for nth in 0..5 {
        put(&store, &memory(&format!("m{nth}"), "x")).await;
    }
    drain(&store.outbox(), &store.audit()).await.unwrap();
    let log = store.audit();
    let proof = log.inclusion_proof(1, 5).await.unwrap();
    let leaf = log.stored(0, 1).await.unwrap()[0].leaf;
    plain(&store).execute("UPDATE audit SET leaf = x'00' WHERE place = 0", []).unwrap();
    for log in [store.audit(), store.audit()] {
        let error = log.inclusion_proof(1, 5).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    }
    let fresh_handle = store.audit();
    assert!(fresh_handle.consistency_proof(2, 5).await.is_err());
    plain(&store).execute("UPDATE audit SET leaf = ?1 WHERE place = 0", [leaf.0]).unwrap();
    assert_eq!(fresh_handle.inclusion_proof(1, 5).await.unwrap(), proof);
    plain(&store).execute_batch("DELETE FROM audit WHERE place = 3").unwrap();
    let error = store.audit().inclusion_proof(1, 5).await.unwrap_err();
    assert!(error.to_string().contains("record `3`"), "{error}");
}

/// The older systems kept deleted text in their history tables.
/// control: GDPR-17
#[tokio::test]
async fn forgotten_and_replaced_text_is_left_nowhere_in_the_file() {
    let (folder, store) = fresh();
    for nth in 0..30 {
        put(&store, &memory(&format!("m{nth}"), &format!("ordinary text number {nth}"))).await;
    }
    let secret = memory("secret", "the codename is bluebird");
    put(&store, &secret).await;
    put(&store, &memory("secret", "the codename is kingfisher")).await;
    drain(&store.outbox(), &store.audit()).await.unwrap();
    assert!(store.memory().forget(&secret.scope, &secret.id, &forgotten(&secret)).await.unwrap());
    assert!(store.checkpoint().unwrap());
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for word in ["bluebird", "kingfish", "codenam"] {
            assert!(!bytes.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
        }
    }
    assert_eq!(found(&store, "ordinary").await.len(), 20);
}

/// Also where it stood in an index page that was never full, a thread, or a name.
#[tokio::test]
async fn after_compaction_no_byte_of_what_was_removed_is_left() {
    let (folder, store) = fresh();
    let of = |nth: i64, word: &str| {
        let mut memory =
            memory(&format!("{word}{nth}"), &format!("the {word}{nth} of {word} meets {word}ish"));
        memory.who = Some(format!("{word} person"));
        memory.subject = Some(format!("{word}@example.com"));
        memory.turn = Some(juno_memory::Turn::new(format!("{word} thread"), 0));
        memory.tags = [format!("{word} tag")].into();
        memory.data = serde_json::json!({ "more": format!("{word} data").repeat(400) });
        memory
    };
    for nth in 0..60 {
        for word in ["bluebird", "plain"] {
            let mut memory = of(nth, word);
            // Ids stay in the log, which keeps what happened: they say nothing here.
            memory.id = juno_domain::MemoryId::new(format!("m{word}{nth}").replace("bluebird", "x")).unwrap();
            put(&store, &memory).await;
        }
    }
    drain(&store.outbox(), &store.audit()).await.unwrap();
    let removals: Vec<_> = (0..60)
        .map(|nth| {
            let memory = memory(&format!("mx{nth}"), "x");
            juno_memory::MemoryRemoval { events: forgotten(&memory), scope: memory.scope, id: memory.id }
        })
        .collect();
    assert_eq!(store.memory().forget_all(&removals).await, Ok(60));
    drain(&store.outbox(), &store.audit()).await.unwrap();
    assert_eq!(store.memory().compact().await, Ok(true));
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(7).any(|window| window.eq_ignore_ascii_case(b"bluebir")));
    }
    assert_eq!(found(&store, "plain").await.len(), 20);
    assert!(store.check().unwrap().is_sound());
}

//! Memory in PostgreSQL does what the contract says, finds what the other stores find, and stands many writers, lost
//! connections and an outage. Without a server these tests say so and pass.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use juno_audit::{AuditLog, drain};
use juno_domain::{ErrorKind, EventBuffer, MemoryId, PrincipalId, TeamId, TenantId};
use juno_memory::{
    ForgetReason, InMemoryMemoryStore, Memory, MemoryError, MemoryFilter, MemoryKind, MemoryScope,
    MemoryStore, MemoryWrite, Reach, RecallQuery, Turn, forgotten_event,
};
use juno_postgres::PostgresStore;
use juno_sqlite::{SqliteConfig, SqliteStore};
use juno_testkit::conformance::memory_store::MemoryFixture;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

#[path = "support/schemas.rs"]
mod schemas;

use schemas::{Schemas, config};

/// A store in a schema of its own; nothing where there is no server.
fn fixture() -> Option<MemoryFixture> {
    let schemas = Schemas::new()?;
    let store = schemas.open(&schemas.next());
    Some(MemoryFixture {
        store: Arc::new(store.memory()),
        outbox: Arc::new(store.outbox()),
        guard: Arc::new(schemas),
    })
}

juno_testkit::memory_store_tests!(match fixture() {
    Some(fixture) => fixture,
    None => return,
});

fn start() -> DateTime<Utc> {
    "2026-03-02T09:15:00Z".parse().expect("a time")
}

fn actor() -> PrincipalId {
    PrincipalId::new("ada").expect("a principal")
}

fn scope(nth: usize) -> MemoryScope {
    let tenant = MemoryScope::tenant_wide(TenantId::new("acme").expect("a tenant"));
    match nth {
        0 => tenant,
        _ => tenant.with_team(TeamId::new(format!("team{nth}")).expect("a team")),
    }
}

fn memory(id: &str, scope: MemoryScope, text: &str) -> Memory {
    Memory::new(MemoryId::new(id).expect("an id"), MemoryKind::Episodic, scope, text, "test", start())
}

fn write(memory: Memory) -> MemoryWrite {
    MemoryWrite::new(memory, &actor()).expect("a record")
}

/// A draw from 0 to `below`, the same each time it is asked with the same numbers.
fn draw(a: usize, b: usize, below: usize) -> usize {
    let mixed = (a as u64 * 1_000_003 + b as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 33) as usize % below
}

/// Turns, facts and notes in two scopes, with words that are common and rare.
fn talk(nth: usize) -> Memory {
    const NAMES: [&str; 4] = ["Ada Byron", "Bob", "Zoë", "Carol"];
    let words: Vec<String> = (0..12)
        .map(|place| {
            let common = 1 << draw(nth, place, 9);
            format!("topic{}", draw(nth, 100 + place, common))
        })
        .collect();
    let asks = if nth.is_multiple_of(7) { "?" } else { "" };
    let mut memory =
        memory(&format!("m{nth:05}"), scope(nth % 2), &format!("{} yesterday{asks}", words.join(" ")));
    memory.recorded_at = start() + TimeDelta::minutes(draw(nth, 1, 90_000) as i64);
    memory.valid_from = memory.recorded_at;
    if !nth.is_multiple_of(3) {
        memory.turn = Some(Turn::new(format!("thread {}", draw(nth, 2, 20)), draw(nth, 3, 60) as u32));
        memory.who = Some(NAMES[draw(nth, 4, 4)].into());
    }
    memory.tags = [format!("tag{}", draw(nth, 5, 5)), "all".into()].into();
    memory
}

/// The same answers, byte for byte, from all three stores: after a few writes, after merges, and after changes.
#[tokio::test(flavor = "multi_thread")]
async fn the_three_stores_give_the_same_answers() {
    let Some(schemas) = Schemas::new() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let sqlite = SqliteStore::open(folder.path().join("juno.db"), SqliteConfig::default()).expect("open");
    let stores: [Arc<dyn MemoryStore>; 3] = [
        Arc::new(InMemoryMemoryStore::new(Arc::new(EventBuffer::default()))),
        Arc::new(sqlite.memory()),
        Arc::new(schemas.open(&schemas.next()).memory()),
    ];
    let (mut written, mut hits) = (0, 0);
    for step in [3, 90, 120, 500, 40] {
        let writes: Vec<MemoryWrite> = (written..written + step).map(|nth| write(talk(nth))).collect();
        written += step;
        let (mut changed, mut replaced) = (talk(0), talk(1));
        changed.importance = juno_domain::Probability::ONE;
        replaced.text = "topic1 topic2 anew".into();
        let later = [write(changed), write(replaced)];
        for store in &stores {
            store.put_all(&writes).await.expect("written");
            store.put_all(&later).await.expect("changed");
            let gone = talk(written - 1);
            let event = forgotten_event(&gone.scope, &gone.id, &actor(), start(), ForgetReason::Asked);
            assert!(store.forget(&gone.scope, &gone.id, &[event.expect("an event")]).await.expect("forget"));
        }
        for nth in 0..25 {
            let asked = format!(
                "{} topic{} topic{} {}?",
                ["What did Zoë say of", "When was", "topic0", "did Ada or Bob tell of"][nth % 4],
                draw(nth, step, 9),
                draw(nth, step + 1, 64),
                ["", "in March 2026", "yesterday"][nth % 3],
            );
            let mut filter = MemoryFilter { limit: 10 + nth * 20, ..MemoryFilter::new(scope(1)) };
            if nth % 2 == 0 {
                filter.reach = Reach::Upwards;
            }
            if nth % 5 == 0 {
                filter.any_tags = ["tag1".into(), "tag2".into()].into();
            }
            let query = RecallQuery::new(asked, filter);
            let now = start() + TimeDelta::days(90);
            let reference = stores[0].recall(&query, now).await.expect("recalled");
            hits += reference.len();
            for store in &stores[1..] {
                assert_eq!(store.recall(&query, now).await.expect("recalled"), reference, "{query:?}");
                assert_eq!(store.list(&query.filter, now).await, stores[0].list(&query.filter, now).await);
            }
        }
    }
    assert!(hits > 5_000, "{hits}");
}

/// 32 writers of four processes, each over several scopes in another order, over the same ids: none waits for another
/// for ever, and what is acknowledged is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_of_many_scopes_do_not_stand_in_each_others_way() {
    let Some(schemas) = Schemas::new() else { return };
    let schema = schemas.next();
    let stores: Vec<PostgresStore> = (0..4).map(|_| schemas.open(&schema)).collect();
    let writers: Vec<_> = (0..32)
        .map(|writer| {
            let store = stores[writer % 4].memory();
            tokio::spawn(async move {
                for round in 0..4 {
                    let mut batch: Vec<MemoryWrite> = (0..6)
                        .map(|nth| {
                            let own = format!("own{writer}-{round}-{nth}");
                            write(memory(&own, scope(draw(writer, nth, 5)), "many hands"))
                        })
                        .collect();
                    let shared = draw(writer, 77 + round, 3);
                    batch.push(write(memory(&format!("shared{shared}"), scope(shared), "many hands")));
                    if writer % 2 == 1 {
                        batch.reverse();
                    }
                    store.put_all(&batch).await.expect("written");
                    let gone = &batch[2].memory;
                    if gone.id.as_str().starts_with("own") {
                        let event =
                            forgotten_event(&gone.scope, &gone.id, &actor(), start(), ForgetReason::Asked);
                        let forgot = store.forget(&gone.scope, &gone.id, &[event.expect("an event")]).await;
                        assert!(forgot.expect("forgotten"));
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.expect("a writer");
    }
    let mut found = BTreeSet::new();
    for nth in 0..5 {
        let filter = MemoryFilter { limit: 10_000, ..MemoryFilter::new(scope(nth)) };
        let listed = stores[0].memory().list(&filter, start()).await.expect("listed");
        let query = RecallQuery::new("hands", filter);
        let recalled = stores[1].memory().recall(&query, start()).await.expect("recalled");
        let names = |ids: Vec<MemoryId>| ids.into_iter().collect::<BTreeSet<_>>();
        let recalled = names(recalled.into_iter().map(|hit| hit.memory.id).collect());
        let listed = names(listed.into_iter().map(|memory| memory.id).collect());
        assert_eq!(recalled, listed, "the index is the table");
        found.extend(listed);
    }
    assert_eq!(found.len(), 32 * 4 * 5 + 3);
    assert!(stores[2].check().await.expect("check").is_empty());
    drain(&stores[3].outbox(), &stores[3].audit()).await.expect("drained");
    assert!(stores[3].audit().verify().await.expect("verify").verified);
}

/// Of two scopes that want one id at the same instant one gets it, and the other is told why not.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_id_wanted_in_two_scopes_at_once_is_a_conflict_for_one() {
    let Some(schemas) = Schemas::new() else { return };
    let schema = schemas.next();
    let stores: Vec<PostgresStore> = (0..2).map(|_| schemas.open(&schema)).collect();
    for round in 0..10 {
        let calls: Vec<_> = (0..8)
            .map(|caller| {
                let store = stores[caller % 2].memory();
                let wanted = memory(&format!("wanted{round}"), scope(caller), "mine");
                tokio::spawn(async move { store.put_all(&[write(wanted)]).await })
            })
            .collect();
        let mut won = 0;
        for call in calls {
            match call.await.expect("a caller") {
                Ok(()) => won += 1,
                Err(error) => assert!(matches!(error, MemoryError::Conflict { .. }), "{error}"),
            }
        }
        assert_eq!(won, 1);
    }
}

/// The way to the server, which can be cut.
struct Way {
    open: Arc<AtomicBool>,
    /// How many are on it.
    passing: Arc<AtomicUsize>,
    port: u16,
}

impl Way {
    async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let open = Arc::new(AtomicBool::new(true));
        let (passes, passing) = (Arc::clone(&open), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&passing);
        tokio::spawn(async move {
            while let Ok((mut inward, _)) = listener.accept().await {
                if !passes.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(mut outward) = TcpStream::connect(&server).await else { continue };
                let (passes, count) = (Arc::clone(&passes), Arc::clone(&count));
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    let cut = async {
                        while passes.load(Ordering::SeqCst) {
                            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
                        }
                    };
                    tokio::select! {
                        _ = copy_bidirectional(&mut inward, &mut outward) => {}
                        () = cut => {}
                    }
                    drop((inward, outward));
                    count.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { open, passing, port }
    }

    /// Lets nobody through any more.
    async fn cut(&self) {
        self.open.store(false, Ordering::SeqCst);
        while self.passing.load(Ordering::SeqCst) > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    }
}

/// A server that goes away in the middle of the work: every call says so, nothing is half done, and when it is back
/// everything acknowledged is there and the store goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_outage_is_unavailable_and_over_when_it_is_over() {
    let Some(schemas) = Schemas::new() else { return };
    let schema = schemas.next();
    let address = schemas.address();
    let (head, rest) = address.rsplit_once('@').expect("a host");
    let (server, rest) = rest.split_once('/').expect("a database");
    let way = Way::to(server.to_owned()).await;
    let url = format!("{head}@127.0.0.1:{}/{rest}", way.port);
    let name = schema.clone();
    let store = tokio::task::spawn_blocking(move || PostgresStore::open(&url, config(&name)));
    let store = store.await.expect("a thread").expect("open").memory();
    let mut acknowledged = BTreeSet::new();
    for outage in 0..3 {
        let written = Arc::new(AtomicUsize::new(0));
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let (store, written) = (store.clone(), Arc::clone(&written));
                tokio::spawn(async move {
                    let mut done = Vec::new();
                    for nth in 0.. {
                        let id = format!("m{outage}-{writer}-{nth}");
                        match store.put_all(&[write(memory(&id, scope(writer), "before the outage"))]).await {
                            Ok(()) => {
                                done.push(id);
                                written.fetch_add(1, Ordering::SeqCst);
                            }
                            Err(error) => return (done, error),
                        }
                    }
                    unreachable!("it ends with the outage")
                })
            })
            .collect();
        while written.load(Ordering::SeqCst) < 12 {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        way.cut().await;
        for writer in writers {
            let (done, error) = writer.await.expect("a writer");
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
            acknowledged.extend(done);
        }
        let filter = MemoryFilter { limit: 10_000, ..MemoryFilter::new(scope(1)) };
        let query = RecallQuery::new("outage", filter.clone());
        let errors = [
            store.recall(&query, start()).await.map(drop).expect_err("no answer"),
            store.list(&filter, start()).await.map(drop).expect_err("no answer"),
            store
                .get(&scope(1), &MemoryId::new("x").expect("an id"), start())
                .await
                .map(drop)
                .expect_err("no"),
            store.health(scope(1).tenant(), start()).await.map(drop).expect_err("no answer"),
            store.purge_expired(start(), &actor()).await.map(drop).expect_err("no answer"),
        ];
        assert!(errors.iter().all(|error| error.kind() == ErrorKind::Unavailable), "{errors:?}");
        way.open.store(true, Ordering::SeqCst);
        let mut there = BTreeSet::new();
        for nth in 0..4 {
            let filter = MemoryFilter { limit: 10_000, ..MemoryFilter::new(scope(nth)) };
            let found = store.recall(&RecallQuery::new("outage", filter.clone()), start()).await;
            let found: BTreeSet<String> =
                found.expect("it is back").into_iter().map(|hit| hit.memory.id.to_string()).collect();
            let listed = store.list(&filter, start()).await.expect("it is back");
            assert_eq!(found, listed.iter().map(|memory| memory.id.to_string()).collect());
            there.extend(found);
        }
        assert!(there.is_superset(&acknowledged), "what was acknowledged is there");
    }
    assert!(acknowledged.len() >= 36);
    drop(schemas.plain(&schema).await);
}

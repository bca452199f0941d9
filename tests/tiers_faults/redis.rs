//! Redis killed, held and restarted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use juno_audit::Outbox;
use juno_core::{JunoBuilder, Settings};
use juno_domain::{ErrorKind, EventKind, ManualClock, TenantId};
use juno_memory::{
    CacheLook, Memory, MemoryCache, MemoryFilter, MemoryKind, MemoryScope, MemoryStore, MemoryWrite,
    TieredMemoryStore, Touched,
};
use juno_redis::{RedisConfig, RedisStore};
use juno_testkit::services::{redis_cluster_url, redis_url};

use crate::common::{DAY, ada, fact, id, in_memory, later, note, put, session, start, team, tenant, text};
use crate::own_redis::OwnRedis;

#[tokio::test]
async fn without_redis_what_needs_it_is_refused_the_rest_goes_on_and_all_recovers() {
    let Some(mut server) = OwnRedis::new() else { return };
    server.start().await;
    let (warm, _) = in_memory();
    let redis = server.open();
    let tiers =
        TieredMemoryStore::new(warm).with_hot(Arc::new(redis.memory())).with_cache(Arc::new(redis.cache()));
    put(&tiers, &fact("owner", "ada owns billing", 0)).await.expect("written");
    put(&tiers, &note("n1", 0)).await.expect("written");
    assert_eq!(text(&tiers, "owner").await.as_deref(), Some("ada owns billing"));

    server.kill();
    let now = start() + TimeDelta::minutes(1);
    assert_eq!(put(&tiers, &note("n2", 1)).await, Err(ErrorKind::Unavailable));
    let all = MemoryFilter::new(session());
    assert_eq!(tiers.list(&all, now).await.expect_err("no working memory").kind(), ErrorKind::Unavailable);
    let unknown = tiers.get(&session(), &id("n1"), now).await.expect_err("it may be there");
    assert_eq!(unknown.kind(), ErrorKind::Unavailable);
    assert!(!format!("{unknown} {unknown:?} {redis:?}").contains("hunter2"));
    // Everything else goes on.
    assert_eq!(text(&tiers, "owner").await.as_deref(), Some("ada owns billing"));
    put(&tiers, &fact("owner", "bob owns billing", 1)).await.expect("written");
    assert_eq!(text(&tiers, "owner").await.as_deref(), Some("bob owns billing"));
    let facts = MemoryFilter { kinds: [MemoryKind::Semantic].into(), ..all.clone() };
    assert_eq!(tiers.list(&facts, now).await, Ok(Vec::new()));
    assert_eq!(tiers.list(&MemoryFilter::new(team()), now).await.expect("listed").len(), 1);
    assert!(tiers.trouble().is_some());

    server.start().await;
    for _ in 0..200 {
        if put(&tiers, &note("n2", 1)).await.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let names: Vec<String> = tiers
        .list(&all, now)
        .await
        .expect("listed")
        .into_iter()
        .map(|memory| memory.id.to_string())
        .collect();
    assert_eq!(names, ["n2", "n1"], "nothing acknowledged was lost");
    assert_eq!(text(&tiers, "owner").await.as_deref(), Some("bob owns billing"));
    assert_eq!(tiers.trouble(), None);
    let events = redis.outbox().waiting(100).await.expect("waiting");
    assert_eq!(events.iter().map(|event| event.subject.as_str()).collect::<Vec<_>>(), ["n1", "n2"]);
}

#[tokio::test]
async fn what_was_cached_before_a_restart_is_never_served_after_it() {
    let Some(mut server) = OwnRedis::new() else { return };
    server.start().await;
    let (warm, _) = in_memory();
    let over = |redis: &RedisStore| TieredMemoryStore::new(warm.clone()).with_cache(Arc::new(redis.cache()));
    let (one, other) = (over(&server.open()), over(&server.open()));
    put(&one, &fact("owner", "ada", 0)).await.expect("written");
    assert_eq!(text(&other, "owner").await.as_deref(), Some("ada"));
    // The second read is the cache's: the warm store does not have it any more.
    let changed = fact("owner", "behind the back", 0);
    put(&*warm, &changed).await.expect("written");
    assert_eq!(text(&other, "owner").await.as_deref(), Some("ada"), "it is cached");

    server.kill();
    put(&one, &fact("owner", "bob", 1)).await.expect("written without Redis");
    drop(one);
    server.start().await;
    // The entry is back from the disk, and nobody told the cache of the change: the one who could is gone.
    assert_eq!(text(&over(&server.open()), "owner").await.as_deref(), Some("bob"));
    assert_eq!(text(&other, "owner").await.as_deref(), Some("bob"));
}

#[tokio::test]
async fn a_process_that_could_not_tell_the_cache_drops_it_before_it_uses_it_again() {
    let Some(mut server) = OwnRedis::new() else { return };
    server.start().await;
    let (warm, _) = in_memory();
    let over = |redis: &RedisStore| TieredMemoryStore::new(warm.clone()).with_cache(Arc::new(redis.cache()));
    let (one, other) = (over(&server.open()), over(&server.open()));
    put(&one, &fact("owner", "ada", 0)).await.expect("written");
    assert_eq!(text(&other, "owner").await.as_deref(), Some("ada"));
    server.hold(true);
    put(&one, &fact("owner", "bob", 1)).await.expect("written without Redis");
    server.hold(false);
    for _ in 0..200 {
        if one.trouble().is_none() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert_eq!(text(&one, "owner").await.as_deref(), Some("bob"));
    }
    assert_eq!(one.trouble(), None);
    assert_eq!(text(&other, "owner").await.as_deref(), Some("bob"));
}

/// Several processes change and read one memory at once: what a read gives is never older than what was acknowledged
/// before it began.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_read_through_the_cache_is_older_than_an_acknowledged_write() {
    let Some(url) = redis_url() else { return };
    let (warm, _) = in_memory();
    let open = || {
        let prefix = format!("fresh{}", std::process::id());
        let patience = Duration::from_secs(30);
        let config = RedisConfig {
            prefix,
            connect_timeout: patience,
            response_timeout: patience,
            ..RedisConfig::default()
        };
        let redis = RedisStore::open(&url, config).expect("open");
        TieredMemoryStore::new(warm.clone()).with_cache(Arc::new(redis.cache()))
    };
    let acknowledged = Arc::new(AtomicI64::new(0));
    put(&open(), &fact("counter", "0", 0)).await.expect("written");
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let (tiers, acknowledged) = (open(), Arc::clone(&acknowledged));
            tokio::spawn(async move {
                let mut seen = 0;
                while seen < 150 {
                    let before = acknowledged.load(Ordering::SeqCst);
                    seen = text(&tiers, "counter").await.expect("there").parse().expect("a number");
                    assert!(seen >= before, "read {seen} after {before} was acknowledged");
                }
            })
        })
        .collect();
    let writer = open();
    for count in 1..=150 {
        put(&writer, &fact("counter", &count.to_string(), 0)).await.expect("written");
        acknowledged.store(count, Ordering::SeqCst);
    }
    for reader in readers {
        reader.await.expect("a reader");
    }
}

#[tokio::test]
async fn a_change_that_never_settles_keeps_the_cache_shut() {
    let Some(mut server) = OwnRedis::new() else { return };
    server.start().await;
    let (one, other) = (server.open().cache(), server.open().cache());
    let memory = fact("owner", "ada", 0);
    let look = async || match other.look(&team(), &memory.id).await.expect("looked") {
        CacheLook::Absent(ticket) => Some(ticket),
        CacheLook::Kept(_) => None,
    };
    let early = look().await.expect("nothing is kept");
    let place = [(team(), memory.id.clone())];
    one.begin(&Touched::Memories(&place)).await.expect("begun");
    let meanwhile = look().await.expect("nothing is kept");
    other.keep(&early, &memory).await.expect("asked");
    other.keep(&meanwhile, &memory).await.expect("asked");
    assert!(look().await.is_some(), "what was read before or during a change is not kept");
    one.settle(&Touched::Memories(&place), true).await.expect("settled");
    other.keep(&meanwhile, &memory).await.expect("asked");
    let after = look().await.expect("nor when it has settled");
    other.keep(&after, &memory).await.expect("asked");
    assert!(look().await.is_none());
    for wide in [Touched::Scope(&team()), Touched::Everything] {
        one.begin(&wide).await.expect("begun");
        one.settle(&wide, true).await.expect("settled");
        let ticket = look().await.expect("it is dropped");
        other.keep(&ticket, &memory).await.expect("asked");
        assert!(look().await.is_none());
    }
    assert!(String::from_utf8_lossy(&server.bytes()).contains("ada"));
    one.clear().await.expect("cleared");
    assert!(server.open().memory().compact().await.expect("rewritten"));
    assert!(!String::from_utf8_lossy(&server.bytes()).contains("\"text\":\"ada\""), "nor on the disk");
}

/// Killed at any instant, Redis has each acknowledged note with exactly one record, and no record without its note.
#[tokio::test]
async fn redis_killed_while_it_writes_loses_and_doubles_no_event() {
    let Some(mut server) = OwnRedis::new() else { return };
    let mut acknowledged = BTreeSet::new();
    for round in 0..12_u32 {
        server.start().await;
        let writer = server.open().memory();
        let work = tokio::spawn(async move {
            let mut done = Vec::new();
            for nth in 0.. {
                let name = format!("n{round}-{nth}");
                if put(&writer, &note(&name, 0)).await.is_err() {
                    break;
                }
                done.push(name);
            }
            done
        });
        tokio::time::sleep(Duration::from_millis(u64::from(3 + round * 7 % 23))).await;
        server.kill();
        acknowledged.extend(work.await.expect("a writer"));
    }
    server.start().await;
    let redis = server.open();
    let mut stored = BTreeSet::new();
    let page = redis.memory().scan(&tenant(), None, 10_000).await.expect("scanned");
    stored.extend(page.memories.iter().map(|memory| memory.id.to_string()));
    assert!(page.corrupt.is_empty() && acknowledged.is_subset(&stored) && !acknowledged.is_empty());
    let events = redis.outbox().waiting(usize::MAX).await.expect("waiting");
    let mut records: BTreeMap<(EventKind, String), usize> = BTreeMap::new();
    for event in &events {
        *records.entry((event.kind, event.subject.clone())).or_default() += 1;
    }
    assert!(records.values().all(|count| *count == 1));
    let gone = |name: &str| records.contains_key(&(EventKind::MemoryForgotten, name.to_owned()));
    let written: BTreeSet<String> = events
        .iter()
        .filter(|event| event.kind == EventKind::MemoryWritten)
        .map(|event| event.subject.clone())
        .collect();
    let kept: BTreeSet<String> = written.into_iter().filter(|name| !gone(name)).collect();
    assert_eq!(kept, stored);
    // Taken once, they are gone for good.
    let ids: Vec<_> = events.iter().map(|event| event.id.clone()).collect();
    redis.outbox().acknowledge(&ids).await.expect("acknowledged");
    put(&redis.memory(), &page.memories[0]).await.expect("written again");
    assert!(redis.outbox().waiting(10).await.expect("waiting").is_empty());
}

/// Two processes write notes of one session at once: none is lost, and the limit holds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_share_a_session() {
    let Some(mut server) = OwnRedis::new() else { return };
    server.start().await;
    let writers: Vec<_> = ["a", "b"]
        .map(|name| {
            let store = server.open().memory();
            tokio::spawn(async move {
                for nth in 0..40 {
                    put(&store, &note(&format!("{name}{nth}"), nth)).await.expect("written");
                }
            })
        })
        .into_iter()
        .collect();
    for writer in writers {
        writer.await.expect("a writer");
    }
    let filter = MemoryFilter { limit: 1_000, ..MemoryFilter::new(session()) };
    assert_eq!(server.open().memory().list(&filter, start()).await.expect("listed").len(), 80);
    assert_eq!(server.open().outbox().waiting(1_000).await.expect("waiting").len(), 80);
}

#[tokio::test]
async fn a_cluster_spreads_tenants_and_its_outbox_gives_the_events_of_all() {
    let Some(url) = redis_cluster_url() else { return };
    let prefix = format!("spread{}", std::process::id());
    let patience = Duration::from_secs(30);
    let config = RedisConfig {
        prefix,
        connect_timeout: patience,
        response_timeout: patience,
        ..RedisConfig::default()
    };
    let redis = RedisStore::open(&url, config).expect("open");
    let store = redis.memory();
    let mut writes = Vec::new();
    for nth in 0..40 {
        let scope = MemoryScope::tenant_wide(TenantId::new(format!("tenant {nth} }}{{")).expect("a tenant"));
        let memory = Memory::new(id("same"), MemoryKind::Semantic, scope, "deploy", "test", start());
        put(&store, &memory).await.expect("written");
        writes.push(MemoryWrite::new(memory, &ada()).expect("a write"));
    }
    let events = redis.outbox().waiting(1_000).await.expect("waiting");
    assert_eq!(events.len(), 40);
    let ids: Vec<_> = events.into_iter().map(|event| event.id).collect();
    redis.outbox().acknowledge(&ids).await.expect("acknowledged");
    assert!(redis.outbox().waiting(1_000).await.expect("waiting").is_empty());
    let refused = store.put_all(&writes).await.expect_err("several tenants");
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    assert_eq!(store.purge_expired(start(), &ada()).await, Ok(0));
}

/// By settings alone: working memory in Redis, the rest in SQLite, the old in a folder, every record in one log.
#[tokio::test]
async fn settings_put_tiers_around_the_database() {
    let Some(mut server) = OwnRedis::new() else { return };
    server.start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let set = |settings: Settings, key: &str, value: String| settings.with(key, &value).expect("a setting");
    let mut settings = Settings::default();
    for (key, value) in [
        ("database.url", format!("sqlite:///{}", folder.path().join("juno.db").display())),
        ("cache.url", server.url()),
        ("archive.url", format!("file://{}", folder.path().join("archive").display())),
        ("tenant", "acme".to_owned()),
        ("memory.write_gate", "false".to_owned()),
    ] {
        settings = set(settings, key, value);
    }
    let clock = Arc::new(ManualClock::new(later()));
    let juno = JunoBuilder::new(settings).clock(clock).open().await.expect("open");
    juno.memory.remember(&fact("old", "long unused", 0)).await.expect("written");
    juno.memory.remember(&fact("new", "just written", 200 * DAY)).await.expect("written");
    let scratch = note("scratch", 200 * DAY);
    juno.memory.remember(&scratch).await.expect("written");
    assert_eq!(server.open().memory().get(&session(), &scratch.id, later()).await, Ok(Some(scratch)));
    assert_eq!(juno.memory.tier().await.expect("moved").archived, 1);
    let found = juno.memory.list(&MemoryFilter::new(team())).await.expect("listed");
    assert_eq!(found.iter().map(|memory| memory.id.as_str()).collect::<Vec<_>>(), ["new"]);
    assert!(juno.memory.get(&team(), &id("old")).await.expect("get").is_some());
    assert_eq!(juno.memory.health().await.expect("health").by_kind.values().sum::<u64>(), 3);
    // Without Redis the rest goes on, its records too.
    server.kill();
    assert!(juno.memory.bring_back(&team(), &id("old")).await.expect("restored").is_some());
    juno.memory.remember(&fact("more", "without Redis", 200 * DAY)).await.expect("written");
    assert!(juno.memory.remember(&note("lost", 200 * DAY)).await.is_err());
    assert_eq!(juno.memory.list(&MemoryFilter::new(team())).await.expect("listed").len(), 3);
    assert!(juno.audit.verify().await.expect("verified").verified);
    let written = juno.audit.head().await.expect("a head").size;
    // old, new, scratch, the move, its end in the database, the way back, more; and what JUNO itself records.
    assert!(written >= 7, "{written} records");
}

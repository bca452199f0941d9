//! A store made of tiers does what the contract of one store says, whatever the tiers are: Redis and a cluster for
//! working memory and the cache, SQLite and PostgreSQL for the rest, a folder and S3 for the archive. Tiers that need a
//! server that is not there say so and pass.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use juno_audit::{AuditError, Outbox};
use juno_domain::{DomainEvent, EventBuffer, EventId};
use juno_memory::{InMemoryMemoryStore, MemoryArchive, MemoryStore, TieredMemoryStore};
use juno_object_store::ObjectArchive;
use juno_postgres::{PostgresConfig, PostgresStore};
use juno_redis::{RedisConfig, RedisStore};
use juno_sqlite::{SqliteConfig, SqliteStore};
use juno_testkit::conformance::memory_store::{MemoryFixture, SUITE_LIMITS};
use juno_testkit::services::{postgres_url, redis_cluster_url, redis_url};
use tempfile::TempDir;

#[path = "support/s3.rs"]
mod s3;

/// The outboxes of several stores as one.
struct Both(Vec<Arc<dyn Outbox>>);

#[async_trait]
impl Outbox for Both {
    async fn waiting(&self, limit: usize) -> Result<Vec<DomainEvent>, AuditError> {
        let mut waiting: Vec<DomainEvent> = Vec::new();
        for outbox in &self.0 {
            for event in outbox.waiting(limit).await? {
                if waiting.iter().all(|known| known.id != event.id) && waiting.len() < limit {
                    waiting.push(event);
                }
            }
        }
        Ok(waiting)
    }

    async fn acknowledge(&self, ids: &[EventId]) -> Result<(), AuditError> {
        for outbox in &self.0 {
            outbox.acknowledge(ids).await?;
        }
        Ok(())
    }
}

/// Tiers put together, and what has to live as long as they do.
struct Tiers {
    store: TieredMemoryStore,
    outboxes: Vec<Arc<dyn Outbox>>,
    guard: Vec<Box<dyn Any + Send + Sync>>,
}

impl Tiers {
    fn over(warm: impl MemoryStore + 'static, outbox: impl Outbox + 'static) -> Self {
        let store = TieredMemoryStore::new(Arc::new(warm));
        Self { store, outboxes: vec![Arc::new(outbox)], guard: Vec::new() }
    }

    fn in_memory() -> Self {
        let outbox = Arc::new(EventBuffer::default());
        let warm = InMemoryMemoryStore::new(Arc::clone(&outbox)).with_working_limits(SUITE_LIMITS);
        let store = TieredMemoryStore::new(Arc::new(warm));
        Self { store, outboxes: vec![outbox], guard: Vec::new() }
    }

    fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let config = SqliteConfig { working: SUITE_LIMITS, ..SqliteConfig::default() };
        let sqlite = SqliteStore::open(folder.path().join("juno.db"), config).expect("open");
        let mut tiers = Self::over(sqlite.memory(), sqlite.outbox());
        tiers.guard.push(Box::new(folder));
        tiers
    }

    /// In a schema of its own; all of them go with the server.
    async fn postgres(url: &str) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let schema = format!("tiers{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let config = PostgresConfig {
            schema,
            working: SUITE_LIMITS,
            max_connections: 3,
            connect_timeout: Duration::from_secs(30),
            ..PostgresConfig::default()
        };
        let postgres = PostgresStore::open(url, config).expect("open");
        Self::over(postgres.memory(), postgres.outbox())
    }

    fn hot_in_memory(mut self) -> Self {
        let outbox = Arc::new(EventBuffer::default());
        let hot = InMemoryMemoryStore::new(Arc::clone(&outbox)).with_working_limits(SUITE_LIMITS);
        self.store = self.store.with_hot(Arc::new(hot));
        self.outboxes.push(outbox);
        self
    }

    fn hot(mut self, redis: &RedisStore) -> Self {
        self.store = self.store.with_hot(Arc::new(redis.memory()));
        self.outboxes.push(Arc::new(redis.outbox()));
        self
    }

    fn cached(mut self, redis: &RedisStore) -> Self {
        self.store = self.store.with_cache(Arc::new(redis.cache()));
        self
    }

    fn in_folder(mut self) -> Self {
        let folder: TempDir = tempfile::tempdir().expect("a folder");
        let url = format!("file://{}", folder.path().display());
        self.store = self.store.with_archive(Arc::new(ObjectArchive::open(&url).expect("an archive")));
        self.guard.push(Box::new(folder));
        self
    }

    fn in_s3(mut self) -> Self {
        let server = s3::S3Server::start();
        let archive: Arc<dyn MemoryArchive> = Arc::new(server.archive());
        self.store = self.store.with_archive(archive);
        self.guard.push(Box::new(std::sync::Mutex::new(server)));
        self
    }

    fn fixture(self) -> MemoryFixture {
        let Self { store, outboxes, guard } = self;
        MemoryFixture {
            store: Arc::new(store),
            outbox: Arc::new(Both(outboxes)),
            guard: Arc::new(std::sync::Mutex::new(guard)),
        }
    }
}

fn redis(url: &str) -> RedisStore {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let prefix = format!("tiers{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
    let patience = Duration::from_secs(30);
    let config = RedisConfig {
        prefix,
        working: SUITE_LIMITS,
        connect_timeout: patience,
        response_timeout: patience,
        ..RedisConfig::default()
    };
    RedisStore::open(url, config).expect("open")
}

mod in_this_process {
    juno_testkit::memory_store_tests!(super::Tiers::in_memory().hot_in_memory().fixture());
}

mod sqlite_and_folder {
    juno_testkit::memory_store_tests!(super::Tiers::sqlite().in_folder().fixture());
    juno_testkit::memory_vector_tests!(super::Tiers::sqlite().in_folder().fixture());
}

mod sqlite_and_s3 {
    juno_testkit::memory_store_tests!(super::Tiers::sqlite().in_s3().fixture());
}

mod sqlite_cached {
    juno_testkit::memory_store_tests!(match super::redis_url() {
        Some(url) => super::Tiers::sqlite().cached(&super::redis(&url)).fixture(),
        None => return,
    });
}

mod redis_sqlite_and_folder {
    juno_testkit::memory_store_tests!(match super::redis_url() {
        Some(url) => {
            let redis = super::redis(&url);
            super::Tiers::sqlite().hot(&redis).cached(&redis).in_folder().fixture()
        }
        None => return,
    });
}

mod cluster_sqlite_and_s3 {
    juno_testkit::memory_store_tests!(match super::redis_cluster_url() {
        Some(url) => {
            let redis = super::redis(&url);
            super::Tiers::sqlite().hot(&redis).cached(&redis).in_s3().fixture()
        }
        None => return,
    });
}

mod redis_postgres_and_folder {
    juno_testkit::memory_store_tests!(match (super::redis_url(), super::postgres_url()) {
        (Some(redis), Some(url)) => {
            let redis = super::redis(&redis);
            super::Tiers::postgres(&url).await.hot(&redis).cached(&redis).in_folder().fixture()
        }
        _ => return,
    });
}

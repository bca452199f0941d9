//! Memory in Redis does what the contract says, on one server and on a cluster of three. Without a server these tests
//! say so and pass.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use juno_redis::{RedisConfig, RedisStore};
use juno_testkit::conformance::memory_store::{MemoryFixture, SUITE_LIMITS};

/// A store under a prefix of its own. Patient, as tests share the machine.
fn open(url: &str) -> RedisStore {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let prefix = format!("t{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
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

fn fixture(store: &RedisStore) -> MemoryFixture {
    MemoryFixture { store: Arc::new(store.memory()), outbox: Arc::new(store.outbox()), guard: Arc::new(()) }
}

mod single {
    juno_testkit::memory_store_tests!(match juno_testkit::services::redis_url() {
        Some(url) => super::fixture(&super::open(&url)),
        None => return,
    });
}

mod cluster {
    juno_testkit::memory_store_tests!(match juno_testkit::services::redis_cluster_url() {
        Some(url) => super::fixture(&super::open(&url)),
        None => return,
    });
}

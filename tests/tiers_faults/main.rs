//! Tiers that fail: Redis killed, held and restarted, processes killed while they archive, objects damaged. Nothing is
//! lost, doubled or stale, and what cannot be done says so.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod archive;
mod common;
mod moves;
#[path = "../support/redis.rs"]
mod own_redis;
mod redis;
#[path = "../support/s3.rs"]
mod s3;

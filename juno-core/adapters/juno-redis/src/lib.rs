#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod cache;
mod change;
mod commit;
mod config;
mod error;
mod keys;
mod link;
mod memory_store;
mod mirror;
mod outbox;
mod reactor;
mod scan;
mod session;
mod store;
mod value;

pub use cache::RedisMemoryCache;
pub use config::RedisConfig;
pub use error::RedisStoreError;
pub use memory_store::RedisMemoryStore;
pub use outbox::RedisOutbox;
pub use store::RedisStore;

#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod address;
mod approval_store;
mod audit_append;
mod audit_group;
mod audit_keys;
mod audit_log;
mod audit_row;
mod audit_search;
mod config;
mod database;
mod error;
mod execution_store;
#[cfg(test)]
mod faults;
mod memory_blocks;
mod memory_compact;
mod memory_holds;
mod memory_index;
mod memory_plan;
mod memory_postings;
mod memory_row;
mod memory_scan;
mod memory_scope;
mod memory_search;
mod memory_speakers;
mod memory_store;
mod memory_words;
mod memory_write;
mod notification_store;
mod outbox;
mod parts;
mod reactor;
mod schema;
mod store;
#[cfg(test)]
mod tests;
mod texts;
mod time;
mod tls;
mod transact;
mod tx;
mod vault;

pub use approval_store::PostgresApprovalStore;
pub use audit_log::PostgresAuditLog;
pub use config::PostgresConfig;
pub use error::PostgresError;
pub use execution_store::PostgresExecutionStore;
pub use memory_store::PostgresMemoryStore;
pub use notification_store::PostgresNotificationStore;
pub use outbox::PostgresOutbox;
pub use store::{DamagedRow, PostgresStore};
pub use texts::PostgresTexts;

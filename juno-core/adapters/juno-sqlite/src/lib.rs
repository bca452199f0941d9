#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod approval_store;
mod audit_group;
mod audit_log;
mod audit_row;
mod audit_search;
mod config;
mod connection;
mod database;
mod error;
mod execution_store;
#[cfg(test)]
mod faults;
mod memory_blocks;
mod memory_filter;
mod memory_holds;
mod memory_index;
mod memory_keys;
mod memory_near;
mod memory_row;
mod memory_scan;
mod memory_search;
mod memory_speakers;
mod memory_store;
mod memory_vault;
mod memory_vector_row;
mod memory_vectors;
mod notification_store;
mod outbox;
mod patience;
mod schema;
mod store;
#[cfg(test)]
mod tests;
mod texts;
mod time;
mod tx;

pub use approval_store::SqliteApprovalStore;
pub use audit_log::SqliteAuditLog;
pub use config::{Durability, SqliteConfig};
pub use error::SqliteError;
pub use execution_store::SqliteExecutionStore;
pub use memory_store::SqliteMemoryStore;
pub use notification_store::SqliteNotificationStore;
pub use outbox::SqliteOutbox;
pub use store::{DamagedRow, FileCheck, SqliteStore};
pub use texts::SqliteTexts;

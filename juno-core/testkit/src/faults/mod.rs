//! Stores, an executor and a channel that fail on demand: before the inner one was asked, or after it did what it was asked and the
//! answer was lost.

mod approval_store;
mod audit_log;
mod execution_store;
mod executor;
mod memory_archive;
mod memory_store;
mod notification_store;
mod notifier;
mod outbox;
mod plan;

pub use approval_store::FaultyApprovalStore;
pub use audit_log::FaultyAuditLog;
pub use execution_store::FaultyExecutionStore;
pub use executor::FaultyExecutor;
pub use memory_archive::FaultyMemoryArchive;
pub use memory_store::FaultyMemoryStore;
pub use notification_store::FaultyNotificationStore;
pub use notifier::FaultyNotifier;
pub use outbox::FaultyOutbox;
pub use plan::{Faults, When};

/// What a demanded fault says.
const MESSAGE: &str = "a fault on demand";

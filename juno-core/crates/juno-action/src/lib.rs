//! Carries out what was permitted, at most once.
#![forbid(unsafe_code)]

mod error;
mod execution;
mod executor;
mod memory_store;
mod store;

pub use error::ActionError;
pub use execution::{Execution, ExecutionState};
pub use executor::{ActionExecutor, Effect, FieldChange, Preview};
pub use memory_store::InMemoryExecutionStore;
pub use store::ExecutionStore;

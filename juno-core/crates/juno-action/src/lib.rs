#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod dry_run;
mod error;
mod execution;
mod executor;
mod memory_store;
mod record;
mod runner;
mod store;

pub use dry_run::DryRunExecutor;
pub use error::ActionError;
pub use execution::{Execution, ExecutionState};
pub use executor::{ActionExecutor, Effect, FieldChange, Preview};
pub use memory_store::InMemoryExecutionStore;
pub use runner::Runner;
pub use store::ExecutionStore;

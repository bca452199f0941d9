#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod dry_run;
mod error;
mod event;
mod execution;
mod executor;
mod guard;
mod inverse;
mod limits;
mod memory_store;
mod options;
mod parts;
mod permit;
mod plan;
mod record;
mod recover;
mod runner;
mod state;
mod store;
mod transition;

pub use dry_run::DryRunExecutor;
pub use error::ActionError;
pub use event::{Ended, ExecutionEvent};
pub use execution::Execution;
pub use executor::{ActionExecutor, Effect, FieldChange, Finding, Preview, Probe};
pub use guard::{GateGuard, Guard, limits_of};
pub use inverse::inverse_of;
pub use limits::{Limits, Load};
pub use memory_store::InMemoryExecutionStore;
pub use options::RunnerOptions;
pub use parts::{CheckState, Compensation, Lease, PlanPart, PostCheck, Reversal};
pub use permit::Permit;
pub use plan::{PlanMove, PlanOutcome, PlanResult, next_move};
pub use recover::Recovery;
pub use runner::Runner;
pub use state::ExecutionState;
pub use store::{ExecutionStore, check_successor};
pub use transition::transition;

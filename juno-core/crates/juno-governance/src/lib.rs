//! Permits: policy, roles, approval life cycle, and the only way to an `Authorization`.
#![forbid(unsafe_code)]

mod authorization;
mod error;
mod event;
mod ladder;
mod memory_store;
mod policy;
mod request;
mod state;
mod store;
mod vote;
mod witness;

pub use authorization::Authorization;
pub use error::GovernanceError;
pub use event::ApprovalEvent;
pub use ladder::{Ladder, OnExpiry, Rung};
pub use memory_store::InMemoryApprovalStore;
pub use policy::{
    GovernancePolicy, PolicyContext, PolicyDecision, PolicyReply, PolicySettings, PolicyVerdict, VerdictWord,
};
pub use request::{ApprovalRequest, action_digest};
pub use state::{Pending, Redeemed, RequestState, Settled, StateKind};
pub use store::{ApprovalStore, RequestFilter, check_successor};
pub use vote::{Ballot, Choice, Vote};
pub use witness::ExecutionWitness;

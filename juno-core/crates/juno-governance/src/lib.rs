#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod access_review;
mod authority;
mod authorization;
mod ballot;
mod default_policy;
mod delegation;
mod error;
mod event;
mod facts;
mod fired;
mod gate;
mod hours;
mod integrity;
mod ladder;
mod memory_store;
mod nearest;
mod open;
mod permissions;
mod policy;
mod record;
mod request;
mod roles;
mod rule;
mod rule_policy;
mod rule_set;
mod rules;
mod simulate;
mod state;
mod store;
mod submission;
mod transition;
mod vote;
mod witness;

pub use access_review::{AccessEntry, AccessGap, AccessReview, Finding, Through};
pub use authorization::Authorization;
pub use ballot::Ballot;
pub use default_policy::DefaultPolicy;
pub use delegation::{Authority, Delegation, Term};
pub use error::GovernanceError;
pub use event::ApprovalEvent;
pub use facts::Facts;
pub use fired::{Fired, FiredResult};
pub use gate::Gate;
pub use hours::{Day, Hours};
pub use ladder::{Ladder, OnExpiry, Rung};
pub use memory_store::InMemoryApprovalStore;
pub use open::{Opening, open, request_id};
pub use permissions::PermissionMatrix;
pub use policy::{
    GovernancePolicy, PolicyContext, PolicyDecision, PolicyReply, PolicySettings, PolicyVerdict, VerdictWord,
};
pub use request::{ApprovalRequest, action_digest};
pub use roles::RoleBook;
pub use rule::{Effect, Rule, When};
pub use rule_policy::RulePolicy;
pub use rule_set::{Budgets, Otherwise, Over, RuleSet};
pub use rules::{AutoApprove, Ladders, PolicyRules};
pub use simulate::{Change, Simulation, simulate};
pub use state::{Pending, Redeemed, RequestState, Settled, StateKind};
pub use store::{ApprovalStore, RequestFilter, check_successor};
pub use submission::Submission;
pub use transition::transition;
pub use vote::{Choice, Vote};
pub use witness::ExecutionWitness;

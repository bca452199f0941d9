#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod depth;
mod error;
mod experience;
mod explanation;
mod proposal_id;
mod reasoner;
mod trace;
mod triage;

pub use depth::Depth;
pub use error::ReasoningError;
pub use experience::Experience;
pub use explanation::explain;
pub use proposal_id::proposal_id;
pub use reasoner::{Finding, Findings, Reasoner, Situation, Skipped};
pub use trace::{Alternative, Claim, Trace, TraceParts};
pub use triage::{StaleTriage, TriageParams, TriageValidParams};

#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod audit;
mod catch_up;
mod compliance_summary;
mod config;
mod core;
mod data;
mod error;
mod execute;
mod experience;
mod forecast;
mod gate;
mod judged;
mod juno;
pub mod learning;
mod memory;
mod memory_ids;
mod note;
mod notifications;
mod oversight;
mod reliability;
mod review;
mod rule_executor;
mod rules;
mod run;
mod stores;
mod triage;
mod unfinished;

pub use audit::AuditHandle;
pub use compliance_summary::ComplianceSummary;
pub use config::AgentConfig;
pub use core::Parts;
pub use data::{LoadSummary, Records};
pub use error::AgentError;
pub use forecast::{ForecastHandle, Forecasts, SprintChanges, Unforecast};
pub use gate::GateHandle;
pub use juno::Juno;
pub use memory::MemoryHandle;
pub use note::{Lookup, Note, Place};
pub use notifications::NotificationHandle;
pub use reliability::{ProposalReliability, Reliability};
pub use review::{Advice, AuditSummary, Pending, Review, Suppressed};
pub use stores::Stores;
pub use triage::TriageHandle;

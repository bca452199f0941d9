#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod adapters;
mod builder;
mod error;
mod host_clock;
mod outboxes;
pub mod prelude;
pub mod settings;
mod tiers;

pub use builder::JunoBuilder;
pub use error::CoreError;
pub use host_clock::HostClock;
pub use juno_agent::{AgentError, Juno, Records, Review, Stores};
pub use settings::{Settings, SettingsError};

/// Carrying out, at most once.
pub use juno_action as action;
/// The handles of [`Juno`] and what they give.
pub use juno_agent as agent;
/// As-of replay, sprint reports, flow.
pub use juno_analytics as analytics;
/// The tamper-evident log.
pub use juno_audit as audit;
/// How far to trust a number.
pub use juno_confidence as confidence;
/// Reading exports.
pub use juno_connectors as connectors;
/// Digests and canonical JSON.
pub use juno_crypto as crypto;
/// The shared vocabulary.
pub use juno_domain as domain;
/// Policy, roles, approvals.
pub use juno_governance as governance;
/// Logistic, trees, their blend: matrices in, numbers out.
pub use juno_learn as learn;
/// Remembering and recalling.
pub use juno_memory as memory;
/// The archive in a folder or in S3.
#[cfg(feature = "object-store")]
pub use juno_object_store as object_store;
/// The PostgreSQL adapter.
#[cfg(feature = "postgres")]
pub use juno_postgres as postgres;
/// Traces, triage, explanations.
pub use juno_reasoning as reasoning;
/// The Redis adapter.
#[cfg(feature = "redis")]
pub use juno_redis as redis;
/// Text and HTML.
pub use juno_report as report;
/// Forecasts and the risk index.
pub use juno_risk as risk;
/// Notifications by mail.
#[cfg(feature = "smtp")]
pub use juno_smtp as smtp;
/// The SQLite adapter.
#[cfg(feature = "sqlite")]
pub use juno_sqlite as sqlite;
/// Notifications by signed webhooks.
#[cfg(feature = "webhook")]
pub use juno_webhook as webhook;

/// Documents that ship with the library.
pub mod docs {
    #[doc = include_str!("docs/audit-bundle.md")]
    pub mod audit_bundle {}
    #[doc = include_str!("docs/audit-operations.md")]
    pub mod audit_operations {}
    #[doc = include_str!("docs/controls.md")]
    pub mod controls {}
    #[doc = include_str!("docs/exporting-from-jira.md")]
    pub mod exporting_from_jira {}
    #[doc = include_str!("docs/forecasting.md")]
    pub mod forecasting {}
    #[doc = include_str!("docs/from-proposal-to-proof.md")]
    pub mod from_proposal_to_proof {}
    #[doc = include_str!("docs/memory.md")]
    pub mod memory {}
    #[doc = include_str!("docs/notifications.md")]
    pub mod notifications {}
}

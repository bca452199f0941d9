//! What most programs need: `use juno_core::prelude::*;`.

pub use juno_action::ActionExecutor;
pub use juno_agent::{Juno, Records, Review};
pub use juno_audit::AuditLog;
pub use juno_confidence::ConfidenceScorer;
pub use juno_connectors::IssueSource;
pub use juno_domain::{
    Clock, ErrorKind, FixedClock, ManualClock, Probability, Progress, StoryPoints, SystemClock,
};
pub use juno_governance::{ApprovalStore, GovernancePolicy};
pub use juno_memory::MemoryStore;
pub use juno_reasoning::Reasoner;
pub use juno_risk::RiskModel;

pub use crate::JunoBuilder;
pub use crate::settings::{Settings, Sources};

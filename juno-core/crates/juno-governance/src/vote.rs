use chrono::{DateTime, Utc};
use juno_domain::{Digest, Instant, PrincipalId, Role};
use serde::{Deserialize, Serialize};

/// For or against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// The action may run.
    Approve,
    /// The action must not run; one such vote is final.
    Deny,
}

/// A vote that counted. Its fields are in the order in which the audit log writes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// When.
    #[serde(serialize_with = "Instant::write")]
    pub at: DateTime<Utc>,
    /// Who voted.
    pub by: PrincipalId,
    /// For or against.
    pub choice: Choice,
    /// The action voted on.
    pub digest: Digest,
    /// Whose place the voter took, if the role is not their own. The two have one vote together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<PrincipalId>,
    /// Why.
    pub reason: String,
    /// In which role.
    pub role: Role,
    /// On which rung, counted from 0.
    pub rung: u32,
}

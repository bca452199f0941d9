use chrono::{DateTime, Utc};
use juno_domain::{Digest, PrincipalId, Role};
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

/// A vote that counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// Who voted.
    pub by: PrincipalId,
    /// In which role.
    pub role: Role,
    /// Whose place the voter took, if the role is not their own. The two have one vote together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<PrincipalId>,
    /// On which rung, counted from 0.
    pub rung: u32,
    /// For or against.
    pub choice: Choice,
    /// Why.
    pub reason: String,
    /// The action voted on.
    pub digest: Digest,
    /// When.
    pub at: DateTime<Utc>,
}

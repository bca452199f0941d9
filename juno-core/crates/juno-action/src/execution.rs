use std::fmt;

use chrono::{DateTime, Utc};
use juno_domain::{Action, Digest, Outcome, OutcomeResult, ProposalId, RequestId, TeamId};
use serde::{Deserialize, Serialize};

/// One attempt to carry out one authorized action. It is stored before the effect and settled after it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Execution {
    /// The request that authorized it; a request has at most one execution.
    pub request: RequestId,
    /// The proposal it came from.
    pub proposal: ProposalId,
    /// The team it concerns.
    pub team: TeamId,
    /// The exact action.
    pub action: Action,
    /// The digest of the exact action.
    pub digest: Digest,
    /// What the other side recognises a repetition by: the same for the same request and action.
    pub idempotency_key: String,
    /// The name of the executor.
    pub executor: String,
    /// Where it stands.
    pub state: ExecutionState,
    /// When the intent was stored.
    pub started_at: DateTime<Utc>,
    /// When it was settled.
    pub ended_at: Option<DateTime<Utc>>,
    /// What was done or what went wrong, for people; empty while it runs.
    pub detail: String,
}

/// Where an execution stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionState {
    /// The intent is stored; the effect may or may not have happened.
    Started,
    /// It was only shown; nothing was changed.
    DryRun,
    /// It took effect.
    Succeeded,
    /// It surely did not take effect.
    Failed,
    /// Nobody knows whether it took effect. It is looked up, never blindly repeated.
    Unknown,
}

impl ExecutionState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Started, Self::DryRun, Self::Succeeded, Self::Failed, Self::Unknown];

    /// The word that stores and JSON use: `started`, ….
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::DryRun => "dry_run",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the result is still open: `Started` and `Unknown`.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Started | Self::Unknown)
    }
}

impl fmt::Display for ExecutionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Execution {
    /// What came of it; `None` while it has only started.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        let result = match self.state {
            ExecutionState::Started => return None,
            ExecutionState::DryRun => OutcomeResult::DryRun,
            ExecutionState::Succeeded => OutcomeResult::Succeeded,
            ExecutionState::Failed => OutcomeResult::Failed,
            ExecutionState::Unknown => OutcomeResult::Unknown,
        };
        Some(Outcome {
            proposal: self.proposal.clone(),
            request: self.request.clone(),
            result,
            detail: self.detail.clone(),
            at: self.ended_at.unwrap_or(self.started_at),
        })
    }
}

//! What an execution carries besides its action.

use chrono::{DateTime, Utc};
use juno_domain::{Action, PrincipalId, RequestId};
use serde::{Deserialize, Serialize};

/// Somebody is at it until a time. Whoever takes over what ran out gets a higher token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lease {
    /// Who, for people.
    pub holder: String,
    /// The fencing token: what the holder writes is taken only while this is the last one given out.
    pub token: u64,
    /// Until when; at this instant it has run out.
    pub until: DateTime<Utc>,
}

/// How an action is undone, known before it is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compensation {
    /// The action that undoes it.
    pub action: Action,
    /// What that would change, in one sentence: the executor could say it, so it knows how.
    pub summary: String,
}

/// What an action was for, looked up after the effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostCheck {
    /// Until when it has to be true.
    pub deadline: DateTime<Utc>,
    /// Where it stands.
    pub state: CheckState,
    /// What was found, for people.
    pub detail: String,
}

impl PostCheck {
    /// Whether it is still looked at.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.state, CheckState::Waiting | CheckState::Unknown)
    }
}

/// Where a post-condition stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// Not true yet, and there is time.
    Waiting,
    /// True before the deadline.
    Met,
    /// Not true at the deadline.
    Missed,
    /// The deadline passed and nobody could tell: it is looked up again, and nothing is undone before somebody found out.
    Unknown,
}

/// An undoing that was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reversal {
    /// Who asked for it; `None` if a missed post-condition or a failed plan did.
    pub by: Option<PrincipalId>,
    /// Why.
    pub reason: String,
    /// When it was begun.
    pub began_at: DateTime<Utc>,
}

/// A step's place in its plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanPart {
    /// Which step it is, counted from 0.
    pub step: u32,
    /// The requests of all steps, in order.
    pub requests: Vec<RequestId>,
}

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{Action, Digest, Outcome, PrincipalId, ProposalId, RequestId, TeamId, Wording};
use serde::{Deserialize, Serialize};

use crate::{Compensation, ExecutionState, Lease, PlanPart, PostCheck, Reversal};

/// How long somebody who began and left no lease behind may still be at it: rows written by earlier versions.
const WITHOUT_LEASE: TimeDelta = TimeDelta::hours(1);

/// Carrying out one authorized action. It is stored before the effect and settled after it.
///
/// It changes only through [`transition`](crate::transition), one version at a time. Stores keep it as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Execution {
    /// The request that authorized it; a request has at most one execution.
    pub request: RequestId,
    /// 1 when made, one more with each transition.
    #[serde(default = "one")]
    pub version: u64,
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
    /// Whether a policy alone approved it, without a person.
    #[serde(default)]
    pub automatic: bool,
    /// How many tickets, people or systems it touches; 1 where nobody said.
    #[serde(default = "one_thing")]
    pub blast_radius: u32,
    /// Where it stands.
    pub state: ExecutionState,
    /// When it was stored first.
    pub started_at: DateTime<Utc>,
    /// When it was settled.
    pub ended_at: Option<DateTime<Utc>>,
    /// What was done or what went wrong, for people; empty while it runs.
    pub detail: String,
    /// Who wrote `detail`, where a person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said_by: Option<PrincipalId>,
    /// The fencing token given out last; it only grows. What a holder of an older one says is refused.
    #[serde(default)]
    pub fence: u64,
    /// Who is at it, until when.
    #[serde(default)]
    pub lease: Option<Lease>,
    /// How it is undone, captured and validated before the effect.
    #[serde(default)]
    pub compensation: Option<Compensation>,
    /// Whether what it was for came true.
    #[serde(default)]
    pub check: Option<PostCheck>,
    /// The undoing of it that was begun last.
    #[serde(default)]
    pub reversal: Option<Reversal>,
    /// The plan it is a step of.
    #[serde(default)]
    pub plan: Option<PlanPart>,
}

const fn one() -> u64 {
    1
}

const fn one_thing() -> u32 {
    1
}

impl Execution {
    /// What came of it; `None` while it is under way.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        Some(Outcome {
            proposal: self.proposal.clone(),
            request: self.request.clone(),
            result: self.state.result()?,
            detail: self.detail.clone(),
            at: self.ended_at.unwrap_or(self.started_at),
        })
    }

    /// From when on somebody has to look at it: when a lease runs out, at once where nobody knows the result or a
    /// post-condition waits. `None` if nothing is to be done.
    #[must_use]
    pub fn due_at(&self) -> Option<DateTime<Utc>> {
        match (self.state, &self.lease) {
            (ExecutionState::Executing | ExecutionState::Reversing, None) => {
                Some(self.started_at.checked_add_signed(WITHOUT_LEASE).unwrap_or(DateTime::<Utc>::MAX_UTC))
            }
            (
                ExecutionState::Executing | ExecutionState::Reversing | ExecutionState::Unknown,
                Some(lease),
            ) => Some(lease.until),
            (ExecutionState::Unknown, None) => Some(self.ended_at.unwrap_or(self.started_at)),
            (ExecutionState::Succeeded, _) => {
                let waits = self.check.as_ref().is_some_and(PostCheck::is_open);
                waits.then(|| self.ended_at.unwrap_or(self.started_at))
            }
            _ => None,
        }
    }

    /// What the other side recognises a repeated undoing by.
    #[must_use]
    pub fn reversal_key(&self) -> String {
        format!("{}-undo", self.idempotency_key)
    }
}

/// What a person said when they revoked or resolved it, and why they undid it. What the executor says is not shown.
impl Wording for Execution {
    fn each_text(&mut self, see: &mut dyn FnMut(&PrincipalId, DateTime<Utc>, &mut String)) {
        if let Some(person) = &self.said_by {
            see(person, self.ended_at.unwrap_or(self.started_at), &mut self.detail);
        }
        if let Some(reversal) = &mut self.reversal
            && let Some(person) = &reversal.by
        {
            see(person, reversal.began_at, &mut reversal.reason);
        }
    }

    fn count_change(&mut self) {
        self.version = self.version.saturating_add(1);
    }
}

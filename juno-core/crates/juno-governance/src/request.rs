use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use juno_crypto::digest_of;
use juno_domain::{
    Action, DecidedBy, Decision, Digest, Instant, PrincipalId, Proposal, RequestId, Role, TeamId, Verdict,
};
use serde::{Deserialize, Serialize};

use crate::{Appeal, GovernanceError, Ladder, Pending, RequestState, StateKind, Vote};

/// A proposal on its way to a decision: what is asked, who decides, who voted, how it ended.
///
/// What does not change is shared by its clones. It changes only through [`transition`](crate::transition), one version at a time. Stores keep it as JSON and
/// index what [`RequestFilter`](crate::RequestFilter) and due deadlines need.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRequest {
    pub(crate) id: RequestId,
    pub(crate) version: u64,
    pub(crate) state: RequestState,
    pub(crate) proposal: Arc<Proposal>,
    pub(crate) digest: Digest,
    pub(crate) policy_version: Arc<str>,
    pub(crate) policy_reasons: Arc<[String]>,
    pub(crate) ladder: Option<Arc<Ladder>>,
    pub(crate) asked: Arc<Vec<Role>>,
    pub(crate) votes: Arc<Vec<Vote>>,
    pub(crate) cites: Option<RequestId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) original: Option<Arc<Action>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) appeal: Option<Arc<Appeal>>,
    #[serde(serialize_with = "Instant::write")]
    pub(crate) created_at: DateTime<Utc>,
    #[serde(serialize_with = "Instant::write")]
    pub(crate) updated_at: DateTime<Utc>,
}

/// The digest that votes bind to: SHA-256 over the action's canonical JSON (RFC 8785).
///
/// # Errors
/// If the action holds a number that has no exact canonical form.
pub fn action_digest(action: &Action) -> Result<Digest, GovernanceError> {
    Ok(digest_of(action)?)
}

impl ApprovalRequest {
    /// Its id, derived from the proposal's.
    #[must_use]
    pub const fn id(&self) -> &RequestId {
        &self.id
    }

    /// 1 when created, one more with each transition.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> &RequestState {
        &self.state
    }

    /// The name of its state.
    #[must_use]
    pub const fn kind(&self) -> StateKind {
        self.state.kind()
    }

    /// Who decides until when; `None` once it is settled.
    #[must_use]
    pub const fn pending(&self) -> Option<&Pending> {
        match &self.state {
            RequestState::Pending(pending) => Some(pending),
            _ => None,
        }
    }

    /// What is proposed.
    #[must_use]
    pub fn proposal(&self) -> &Proposal {
        &self.proposal
    }

    /// The exact action.
    #[must_use]
    pub fn action(&self) -> &Action {
        &self.proposal.action
    }

    /// The action that was proposed, where the policy narrowed it to the one above.
    #[must_use]
    pub fn original(&self) -> Option<&Action> {
        self.original.as_deref()
    }

    /// The action that was proposed, narrowed or not.
    #[must_use]
    pub fn proposed(&self) -> &Action {
        self.original().unwrap_or(&self.proposal.action)
    }

    /// The digest of the exact action.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// Checks that the action is the one that was submitted: that it has the digest that was noted then.
    ///
    /// # Errors
    /// [`Corrupt`](GovernanceError::Corrupt) if it is not: somebody edited it in the store.
    pub fn check_action(&self) -> Result<(), GovernanceError> {
        if action_digest(&self.proposal.action)? == self.digest {
            return Ok(());
        }
        let what = "its action is not the one that was submitted, so that no vote on it counts: cancel it and submit the \
                    action anew";
        Err(GovernanceError::Corrupt { request: self.id.to_string(), what: what.to_owned() })
    }

    /// The team it concerns.
    #[must_use]
    pub fn team(&self) -> &TeamId {
        &self.proposal.team
    }

    /// Who proposed it; they never vote on it.
    #[must_use]
    pub fn proposer(&self) -> &PrincipalId {
        &self.proposal.proposer
    }

    /// The version of the policy that decided at submission.
    #[must_use]
    pub fn policy_version(&self) -> &str {
        &self.policy_version
    }

    /// Why the policy decided so at submission, most important first.
    #[must_use]
    pub fn policy_reasons(&self) -> &[String] {
        &self.policy_reasons
    }

    /// The ladder the policy demands; `None` where the policy decided alone.
    #[must_use]
    pub fn ladder(&self) -> Option<&Ladder> {
        self.ladder.as_deref()
    }

    /// The roles that have been asked so far, in order: an escalated request stays visible to all of them.
    #[must_use]
    pub fn asked(&self) -> &[Role] {
        &self.asked
    }

    /// The votes that counted, in order.
    #[must_use]
    pub fn votes(&self) -> &[Vote] {
        &self.votes
    }

    /// The earlier request for the same proposal that this one replaces after a change of policy, or appeals
    /// against.
    #[must_use]
    pub const fn cites(&self) -> Option<&RequestId> {
        self.cites.as_ref()
    }

    /// What it appeals against, if it is an appeal.
    #[must_use]
    pub fn appeal(&self) -> Option<&Appeal> {
        self.appeal.as_deref()
    }

    /// Who has no vote on it whatever their role: its proposer, and of an appeal who makes it and who took part in
    /// what it appeals against.
    pub fn excluded(&self) -> impl Iterator<Item = &PrincipalId> {
        let of_appeal =
            self.appeal.iter().flat_map(|appeal| std::iter::once(&appeal.by).chain(&appeal.not_by));
        std::iter::once(&self.proposal.proposer).chain(of_appeal)
    }

    /// When it was submitted.
    #[must_use]
    pub const fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }

    /// When it last changed.
    #[must_use]
    pub const fn updated_at(&self) -> DateTime<Utc> {
        self.updated_at
    }

    /// When its authorization was issued last; `None` where it has none.
    #[must_use]
    pub const fn authorized_at(&self) -> Option<DateTime<Utc>> {
        match &self.state {
            RequestState::Authorized(redeemed) => Some(redeemed.redeemed_at),
            _ => None,
        }
    }

    /// Whether its deadline has come.
    #[must_use]
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.pending().is_some_and(|pending| now >= pending.deadline)
    }

    /// The decision as it stands.
    #[must_use]
    pub fn decision(&self) -> Decision {
        let Standing { verdict, by, reasons, at } = self.standing();
        Decision {
            proposal: self.proposal.id.clone(),
            request: self.id.clone(),
            verdict,
            by: by.into_owned(),
            reasons: reasons.to_vec(),
            at,
        }
    }

    /// What [`decision`](Self::decision) says, without copies.
    pub(crate) fn standing(&self) -> Standing<'_> {
        match (&self.state, self.state.settled()) {
            (RequestState::Pending(_), _) | (_, None) => Standing {
                verdict: Verdict::ApprovalRequired,
                by: Cow::Owned(DecidedBy::Policy { version: self.policy_version.to_string() }),
                reasons: &self.policy_reasons,
                at: self.created_at,
            },
            (state, Some(settled)) => {
                let verdict = match state.kind() {
                    StateKind::Pending => Verdict::ApprovalRequired,
                    StateKind::Approved | StateKind::Authorized => match settled.by {
                        DecidedBy::Policy { .. } => Verdict::AutoApproved,
                        _ => Verdict::Approved,
                    },
                    StateKind::Denied => Verdict::Denied,
                    StateKind::Expired => Verdict::Expired,
                    StateKind::Cancelled => Verdict::Cancelled,
                };
                Standing {
                    verdict,
                    by: Cow::Borrowed(&settled.by),
                    reasons: &settled.reasons,
                    at: settled.at,
                }
            }
        }
    }
}

/// The decision on a request as it stands.
pub(crate) struct Standing<'a> {
    pub(crate) verdict: Verdict,
    pub(crate) by: Cow<'a, DecidedBy>,
    pub(crate) reasons: &'a [String],
    pub(crate) at: DateTime<Utc>,
}

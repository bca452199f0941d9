use chrono::{DateTime, Utc};
use juno_domain::{Action, DecidedBy, Digest, ProposalId, RequestId, TeamId};

use crate::{ApprovalRequest, GovernanceError, RequestState};

/// The permission to carry out one exact action, once.
///
/// Only [`Gate::redeem`](crate::Gate::redeem) (and, after a crash, [`Gate::reissue`](crate::Gate::reissue)) makes
/// one. It cannot be built, copied or read from text anywhere else:
///
/// ```compile_fail,E0451
/// # fn forge(request: juno_domain::RequestId, proposal: juno_domain::ProposalId, team: juno_domain::TeamId,
/// #     action: juno_domain::Action, digest: juno_domain::Digest, granted_by: juno_domain::DecidedBy,
/// #     granted_at: chrono::DateTime<chrono::Utc>) {
/// let forged = juno_governance::Authorization {
///     request, proposal, team, action, digest, granted_by, granted_at,
/// };
/// # }
/// ```
/// ```compile_fail,E0599
/// fn twice(one: juno_governance::Authorization) -> (juno_governance::Authorization, juno_governance::Authorization) {
///     (one.clone(), one)
/// }
/// ```
/// ```compile_fail,E0382
/// fn twice(one: juno_governance::Authorization) -> (juno_governance::Authorization, juno_governance::Authorization) {
///     (one, one)
/// }
/// ```
/// ```compile_fail,E0277
/// let read: juno_governance::Authorization = serde_json::from_str("{}").unwrap();
/// ```
/// ```compile_fail,E0277
/// fn default<T: Default>() -> T { T::default() }
/// let empty: juno_governance::Authorization = default();
/// ```
#[derive(Debug)]
#[must_use = "an authorization that is dropped has to be issued again"]
pub struct Authorization {
    request: RequestId,
    proposal: ProposalId,
    team: TeamId,
    action: Action,
    digest: Digest,
    granted_by: DecidedBy,
    granted_at: DateTime<Utc>,
}

impl Authorization {
    /// The one way to make it: from a request that has just become authorized.
    pub(crate) fn of(request: ApprovalRequest) -> Result<Self, GovernanceError> {
        match request.state {
            RequestState::Authorized(redeemed) => Ok(Self {
                request: request.id,
                proposal: request.proposal.id.clone(),
                team: request.proposal.team.clone(),
                action: request.proposal.action.clone(),
                digest: request.digest,
                granted_by: redeemed.approval.by,
                granted_at: redeemed.redeemed_at,
            }),
            other => Err(GovernanceError::Internal(format!(
                "request `{}` is {}, which authorizes nothing",
                request.id,
                other.kind()
            ))),
        }
    }

    /// The request that was redeemed.
    #[must_use]
    pub const fn request(&self) -> &RequestId {
        &self.request
    }

    /// The proposal it came from.
    #[must_use]
    pub const fn proposal(&self) -> &ProposalId {
        &self.proposal
    }

    /// The team it concerns.
    #[must_use]
    pub const fn team(&self) -> &TeamId {
        &self.team
    }

    /// The exact action that may run.
    #[must_use]
    pub const fn action(&self) -> &Action {
        &self.action
    }

    /// The digest of that action, which every vote named.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// Who approved it: a policy, or the last person to vote.
    #[must_use]
    pub const fn granted_by(&self) -> &DecidedBy {
        &self.granted_by
    }

    /// When it was issued.
    #[must_use]
    pub const fn granted_at(&self) -> DateTime<Utc> {
        self.granted_at
    }
}

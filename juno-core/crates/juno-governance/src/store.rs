use std::collections::BTreeSet;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{DomainEvent, EventId, RequestId, Role, TeamId};
use serde::{Deserialize, Serialize};

use crate::{ApprovalRequest, GovernanceError, StateKind, Stop};

/// Keeps requests, and the events they cause, so that neither exists without the other.
///
/// Each method is atomic and may be called from many threads and processes at once. [`create`](Self::create) and
/// [`transition`](Self::transition) commit the request and its events together: after a crash both are there or
/// neither is. An event whose id is stored already is passed over. What a method returned survives a restart.
///
/// A store that cannot answer says [`Unavailable`](GovernanceError::Unavailable); of a row that does not read,
/// [`get`](Self::get) and `transition` say [`Corrupt`](GovernanceError::Corrupt). Neither is ever "nothing found". The
/// lists pass over such a row, so that it hides no other.
#[async_trait]
pub trait ApprovalStore: Send + Sync {
    /// Stores a new request with its events.
    ///
    /// # Errors
    /// [`Exists`](GovernanceError::Exists) if a request with that id is stored; nothing is written then, no event
    /// either.
    async fn create(&self, request: &ApprovalRequest, events: &[DomainEvent]) -> Result<(), GovernanceError>;

    /// The request with that id, if there is one.
    ///
    /// # Errors
    /// If the store cannot answer.
    async fn get(&self, id: &RequestId) -> Result<Option<ApprovalRequest>, GovernanceError>;

    /// The requests that [match](RequestFilter::matches) a filter, oldest first (by creation, then id). The limit
    /// applies after the filter.
    ///
    /// # Errors
    /// If the store cannot answer.
    async fn list(&self, filter: &RequestFilter) -> Result<Vec<ApprovalRequest>, GovernanceError>;

    /// At most `limit` pending requests whose deadline is at or before `now`, earliest deadline first, then by id.
    /// Costs no more when many requests wait and none is due.
    ///
    /// # Errors
    /// If the store cannot answer.
    async fn list_due(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<ApprovalRequest>, GovernanceError>;

    /// Replaces the stored request of the same id by `next`, if the stored version is `expected_version`, and stores
    /// the events. Of many callers with the same `expected_version` exactly one succeeds.
    ///
    /// # Errors
    /// [`NotFound`](GovernanceError::NotFound) if there is no such request, [`Changed`](GovernanceError::Changed) if
    /// it has another version; nothing is written then. [`Internal`](GovernanceError::Internal) if `next` is not
    /// version `expected_version + 1`.
    async fn transition(
        &self,
        expected_version: u64,
        next: &ApprovalRequest,
        events: &[DomainEvent],
    ) -> Result<(), GovernanceError>;

    /// Puts a stop in force, with its record; one that is in force already stays as it is.
    ///
    /// # Errors
    /// If the store cannot answer.
    async fn stop(&self, stop: &Stop, events: &[DomainEvent]) -> Result<(), GovernanceError>;

    /// The stops in force, by id, whichever process put them in place. It is asked before each effect, so a row that does
    /// not read is no reason to go on: it is [`Corrupt`](GovernanceError::Corrupt).
    ///
    /// # Errors
    /// If the store cannot answer.
    async fn stops(&self) -> Result<Vec<Stop>, GovernanceError>;

    /// Ends these stops and no others, with the record: one that came since holds.
    ///
    /// # Errors
    /// If the store cannot answer.
    async fn end_stops(&self, ended: &[EventId], events: &[DomainEvent]) -> Result<(), GovernanceError>;

    /// As [`create`](Self::create), of what the caller needs no more; a store in memory keeps it without a copy.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    async fn create_owned(
        &self,
        request: ApprovalRequest,
        events: Vec<DomainEvent>,
    ) -> Result<(), GovernanceError> {
        self.create(&request, &events).await
    }

    /// As [`transition`](Self::transition), of what the caller needs no more.
    ///
    /// # Errors
    /// As [`transition`](Self::transition).
    async fn transition_owned(
        &self,
        expected_version: u64,
        next: ApprovalRequest,
        events: Vec<DomainEvent>,
    ) -> Result<(), GovernanceError> {
        self.transition(expected_version, &next, &events).await
    }
}

/// Which requests to list; the default matches all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RequestFilter {
    /// Only this team, by its exact id.
    pub team: Option<TeamId>,
    /// Only these states; empty means all.
    pub states: BTreeSet<StateKind>,
    /// Only requests this role has been asked about, now or before an escalation.
    pub role: Option<Role>,
    /// Only requests whose authorization was issued at this time or later; stores find them without going through
    /// those before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorized_since: Option<DateTime<Utc>>,
    /// At most so many; all by default.
    pub limit: Option<usize>,
}

impl RequestFilter {
    /// Everything that waits for a person.
    #[must_use]
    pub fn waiting() -> Self {
        Self { states: BTreeSet::from([StateKind::Pending]), ..Self::default() }
    }

    /// Whether a request passes. Stores may narrow by index first, but this is what the filter means.
    #[must_use]
    pub fn matches(&self, request: &ApprovalRequest) -> bool {
        self.team.as_ref().is_none_or(|team| team == request.team())
            && (self.states.is_empty() || self.states.contains(&request.kind()))
            && self.role.is_none_or(|role| request.asked().contains(&role))
            && self.authorized_since.is_none_or(|since| request.authorized_at().is_some_and(|at| at >= since))
    }
}

/// Checks what every [`ApprovalStore::transition`] has to check about `next`.
///
/// # Errors
/// [`Internal`](GovernanceError::Internal) if `next` is not version `expected_version + 1`.
pub fn check_successor(expected_version: u64, next: &ApprovalRequest) -> Result<(), GovernanceError> {
    if expected_version.checked_add(1) == Some(next.version()) {
        return Ok(());
    }
    Err(GovernanceError::Internal(format!(
        "request `{}` was to go from version `{expected_version}` to `{}`",
        next.id(),
        next.version()
    )))
}

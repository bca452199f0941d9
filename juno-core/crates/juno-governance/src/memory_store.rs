use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{DomainEvent, EventBuffer, EventId, IdHash, RequestId, Whose, Wording};

use crate::{ApprovalRequest, ApprovalStore, GovernanceError, RequestFilter, Stop, check_successor};

/// Requests in memory, for tests and for hosts that keep nothing between runs.
#[derive(Debug)]
pub struct InMemoryApprovalStore {
    rows: Mutex<Rows>,
    outbox: Arc<EventBuffer>,
}

#[derive(Debug, Default)]
struct Rows {
    requests: HashMap<RequestId, ApprovalRequest, IdHash>,
    /// Deadlines of what is pending, so that a tick with nothing due looks at one entry.
    deadlines: BTreeSet<(DateTime<Utc>, RequestId)>,
    /// When authorizations were issued, so that counting those of a day looks at no others.
    authorized: BTreeSet<(DateTime<Utc>, RequestId)>,
    stops: BTreeMap<EventId, Stop>,
}

impl Rows {
    fn put(&mut self, request: ApprovalRequest) {
        let now = request.pending().map(|pending| pending.deadline);
        let (id, authorized) = (request.id().clone(), request.authorized_at());
        let before = self.requests.insert(id.clone(), request);
        if let Some(at) = before.as_ref().and_then(ApprovalRequest::authorized_at) {
            self.authorized.remove(&(at, id.clone()));
        }
        if let Some(at) = authorized {
            self.authorized.insert((at, id.clone()));
        }
        let before = before.as_ref().and_then(ApprovalRequest::pending).map(|pending| pending.deadline);
        if before == now {
            return;
        }
        if let Some(deadline) = before {
            self.deadlines.remove(&(deadline, id.clone()));
        }
        if let Some(deadline) = now {
            self.deadlines.insert((deadline, id));
        }
    }
}

impl InMemoryApprovalStore {
    /// An empty store whose events go to `outbox`.
    #[must_use]
    pub fn new(outbox: Arc<EventBuffer>) -> Self {
        Self { rows: Mutex::default(), outbox }
    }

    /// Erases texts that people wrote, and gives how many.
    pub fn forget(&self, whose: &Whose) -> u64 {
        let mut rows = self.rows();
        rows.requests.values_mut().map(|request| request.forget(whose)).sum()
    }

    /// Every write under this lock either happens whole or not at all, so a panic elsewhere leaves sound rows.
    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ApprovalStore for InMemoryApprovalStore {
    async fn create(&self, request: &ApprovalRequest, events: &[DomainEvent]) -> Result<(), GovernanceError> {
        self.create_owned(request.clone(), events.to_vec()).await
    }

    async fn create_owned(
        &self,
        request: ApprovalRequest,
        events: Vec<DomainEvent>,
    ) -> Result<(), GovernanceError> {
        let mut rows = self.rows();
        if rows.requests.contains_key(request.id()) {
            return Err(GovernanceError::Exists(request.id().clone()));
        }
        rows.put(request);
        self.outbox.push(events);
        Ok(())
    }

    async fn get(&self, id: &RequestId) -> Result<Option<ApprovalRequest>, GovernanceError> {
        Ok(self.rows().requests.get(id).cloned())
    }

    async fn list(&self, filter: &RequestFilter) -> Result<Vec<ApprovalRequest>, GovernanceError> {
        let rows = self.rows();
        let mut found: Vec<&ApprovalRequest> = match filter.authorized_since {
            None => rows.requests.values().filter(|r| filter.matches(r)).collect(),
            Some(since) => {
                let later = rows.authorized.iter().rev().take_while(|(at, _)| *at >= since);
                let later = later.filter_map(|(_, id)| rows.requests.get(id));
                later.filter(|request| filter.matches(request)).collect()
            }
        };
        found.sort_by_key(|request| (request.created_at(), request.id()));
        Ok(found.into_iter().take(filter.limit.unwrap_or(usize::MAX)).cloned().collect())
    }

    async fn list_due(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<ApprovalRequest>, GovernanceError> {
        let rows = self.rows();
        let due = rows.deadlines.iter().take_while(|(deadline, _)| *deadline <= now).take(limit);
        Ok(due.filter_map(|(_, id)| rows.requests.get(id)).cloned().collect())
    }

    async fn transition(
        &self,
        expected_version: u64,
        next: &ApprovalRequest,
        events: &[DomainEvent],
    ) -> Result<(), GovernanceError> {
        self.transition_owned(expected_version, next.clone(), events.to_vec()).await
    }

    async fn transition_owned(
        &self,
        expected_version: u64,
        next: ApprovalRequest,
        events: Vec<DomainEvent>,
    ) -> Result<(), GovernanceError> {
        check_successor(expected_version, &next)?;
        let mut rows = self.rows();
        let found = match rows.requests.get(next.id()) {
            None => return Err(GovernanceError::NotFound(next.id().clone())),
            Some(stored) => stored.version(),
        };
        if found != expected_version {
            let request = next.id().clone();
            return Err(GovernanceError::Changed { request, expected: expected_version, found });
        }
        rows.put(next);
        self.outbox.push(events);
        Ok(())
    }

    async fn stop(&self, stop: &Stop, events: &[DomainEvent]) -> Result<(), GovernanceError> {
        let mut rows = self.rows();
        rows.stops.entry(stop.id.clone()).or_insert_with(|| stop.clone());
        self.outbox.push_all(events);
        Ok(())
    }

    async fn stops(&self) -> Result<Vec<Stop>, GovernanceError> {
        Ok(self.rows().stops.values().cloned().collect())
    }

    async fn end_stops(&self, ended: &[EventId], events: &[DomainEvent]) -> Result<(), GovernanceError> {
        let mut rows = self.rows();
        rows.stops.retain(|id, _| !ended.contains(id));
        self.outbox.push_all(events);
        Ok(())
    }
}

//! State and records held against each other: nothing is there without the other.

use std::collections::{BTreeMap, BTreeSet};

use juno_core::action::{Execution, ExecutionState};
use juno_core::agent::Stores;
use juno_core::crypto::{digest, digest_of};
use juno_core::domain::{EventKind, RequestId, TeamId, TenantId};
use juno_core::governance::{ApprovalRequest, RequestFilter, StateKind};
use juno_core::memory::{Memory, MemoryFilter, MemoryScope};

/// Everything that stores hold.
pub(crate) struct Ledger {
    pub(crate) requests: BTreeMap<RequestId, ApprovalRequest>,
    pub(crate) executions: BTreeMap<RequestId, Execution>,
    pub(crate) memories: Vec<Memory>,
    /// Kind and subject of each record, in order.
    pub(crate) records: Vec<(EventKind, String)>,
}

/// What may have happened to a request in one step.
const STEPS: [EventKind; 8] = [
    EventKind::ProposalSubmitted,
    EventKind::DecisionMade,
    EventKind::VoteCast,
    EventKind::RequestEscalated,
    EventKind::RequestHeld,
    EventKind::RequestCancelled,
    EventKind::RequestWithdrawn,
    EventKind::AuthorizationIssued,
];

impl Ledger {
    /// Reads the stores, and checks that every state has its records and every record its state.
    pub(crate) async fn audited(stores: &Stores) -> Self {
        let ledger = Self::read(stores).await;
        ledger.check_records(stores).await;
        ledger
    }

    async fn read(stores: &Stores) -> Self {
        let requests = stores.approvals.list(&RequestFilter::default()).await.unwrap();
        let mut executions = BTreeMap::new();
        let mut memories = Vec::new();
        let teams: BTreeSet<TeamId> = requests.iter().map(|request| request.team().clone()).collect();
        for request in &requests {
            if let Some(execution) = stores.executions.get(request.id()).await.unwrap() {
                executions.insert(request.id().clone(), execution);
            }
        }
        for team in teams {
            let scope = MemoryScope::tenant_wide(TenantId::new("default").unwrap()).with_team(team);
            let filter = MemoryFilter { limit: MemoryFilter::MAX_LIMIT, ..MemoryFilter::new(scope) };
            memories.extend(stores.memory.list(&filter, super::desk::start()).await.unwrap());
        }
        let records = stores.audit.read(0, 100_000).await.unwrap();
        Self {
            requests: requests.into_iter().map(|request| (request.id().clone(), request)).collect(),
            executions,
            memories,
            records: records.into_iter().map(|record| (record.event.kind, record.event.subject)).collect(),
        }
    }

    async fn check_records(&self, stores: &Stores) {
        let verification = stores.audit.verify().await.unwrap();
        assert!(verification.verified, "{:?}", verification.first_bad);
        assert_eq!(stores.outbox.waiting(1).await.unwrap(), [], "all of it has reached the log");
        let recorded: BTreeSet<String> = stores
            .audit
            .read(0, 100_000)
            .await
            .unwrap()
            .into_iter()
            .map(|r| r.event.id.to_string())
            .collect();
        assert_eq!(recorded.len(), self.records.len(), "each event is recorded once");

        // What could have been recorded about each state, and what must have been.
        let mut explained = BTreeSet::new();
        for (id, request) in &self.requests {
            for version in 1..=request.version() {
                let ids: Vec<String> = STEPS
                    .iter()
                    .map(|kind| digest_of(&("approval", id, version, *kind)).unwrap().to_string())
                    .collect();
                assert!(
                    ids.iter().any(|id| recorded.contains(id)),
                    "version {version} of {id} has no record"
                );
                explained.extend(ids);
            }
        }
        for (id, execution) in &self.executions {
            // It is stored as it begins, at version 2; later versions end it or let somebody look.
            let event =
                |version: u64, kind| digest_of(&("execution", id, version, kind)).unwrap().to_string();
            let started = event(2, EventKind::ExecutionStarted);
            assert!(recorded.contains(&started), "the start of {id} has no record");
            explained.insert(started);
            if execution.state != ExecutionState::Executing {
                let finished = event(execution.version, EventKind::ExecutionFinished);
                assert!(recorded.contains(&finished), "the end of {id} has no record");
            }
            explained.extend((3..=execution.version).map(|n| event(n, EventKind::ExecutionFinished)));
        }
        for memory in &self.memories {
            let written = format!("memory_written-{}", digest(memory.to_json().unwrap().as_bytes()));
            assert!(recorded.contains(&written), "memory {} has no record", memory.id);
            explained.insert(written);
        }
        let unexplained: Vec<&String> = recorded.difference(&explained).collect();
        assert!(unexplained.is_empty(), "records without a state: {unexplained:?}");
    }

    pub(crate) fn count(&self, kind: EventKind) -> usize {
        self.records.iter().filter(|(found, _)| *found == kind).count()
    }

    /// How many requests are in each state.
    pub(crate) fn states(&self) -> BTreeMap<StateKind, usize> {
        let mut states = BTreeMap::new();
        for request in self.requests.values() {
            *states.entry(request.kind()).or_default() += 1;
        }
        states
    }
}

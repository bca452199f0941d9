use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use juno_domain::{Decision, DomainEvent, EventKind, MemoryId, ProposalId, RequestId, Verdict};
use serde::Deserialize;

use crate::memory_ids::{decision_memory, outcome_memory};

/// What the log shows begun and not finished, because a process died or a store failed in between.
///
/// The log is the one place that knows: it has what was decided and carried out, what was remembered of it, and what
/// was forgotten because somebody asked.
#[derive(Debug, Default)]
pub(crate) struct Unfinished {
    /// The first record that was not looked at.
    pub(crate) next: u64,
    /// When the latest of the records was made.
    pub(crate) newest: Option<DateTime<Utc>>,
    /// Settled requests by the memory that nobody wrote of them.
    pub(crate) decided: BTreeMap<MemoryId, RequestId>,
    /// Ended executions by the memory that nobody wrote of them.
    pub(crate) ended: BTreeMap<MemoryId, RequestId>,
    /// Requests whose authorization was issued and never used.
    pub(crate) authorized: BTreeSet<RequestId>,
}

/// What the payload of an ended execution says that matters here.
#[derive(Deserialize)]
struct Ended {
    proposal: ProposalId,
}

impl Unfinished {
    /// Looks at one more record.
    pub(crate) fn take(&mut self, event: &DomainEvent) {
        self.newest = self.newest.max(Some(event.at));
        let request = || RequestId::new(event.subject.as_str()).ok();
        match event.kind {
            EventKind::DecisionMade => {
                let decision = event.payload.get("decision").map(Decision::deserialize).and_then(Result::ok);
                let settled = decision.filter(|decision| decision.verdict != Verdict::ApprovalRequired);
                let memory = settled.and_then(|decision| decision_memory(&decision.proposal).ok());
                self.decided.extend(memory.zip(request()));
            }
            EventKind::AuthorizationIssued => self.authorized.extend(request()),
            EventKind::ExecutionStarted => {
                if let Some(request) = request() {
                    self.authorized.remove(&request);
                }
            }
            EventKind::ExecutionFinished => {
                let ended = Ended::deserialize(&event.payload).ok();
                let memory = ended.and_then(|ended| outcome_memory(&ended.proposal).ok());
                self.ended.extend(memory.zip(request()));
            }
            EventKind::MemoryWritten | EventKind::MemoryForgotten => {
                if let Ok(memory) = MemoryId::new(event.subject.as_str()) {
                    self.decided.remove(&memory);
                    self.ended.remove(&memory);
                }
            }
            _ => {}
        }
    }
}

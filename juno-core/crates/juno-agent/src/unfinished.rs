use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use juno_domain::{DomainEvent, EventKind, MemoryId, ProposalId, RequestId, Verdict};
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

/// What the payload of a decision says that matters here; its reasons may be erased.
#[derive(Deserialize)]
struct Decided {
    proposal: ProposalId,
    verdict: Verdict,
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
                let decision =
                    event.payload.value().get("decision").map(Decided::deserialize).and_then(Result::ok);
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
                let ended = Ended::deserialize(&*event.payload.value()).ok();
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

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use juno_domain::{EventId, PrincipalId};
    use serde_json::{Value, json};

    use super::*;

    fn event(kind: EventKind, subject: &str, payload: Value) -> DomainEvent {
        DomainEvent {
            id: EventId::new(format!("{kind:?} {subject}")).unwrap(),
            kind,
            at: DateTime::UNIX_EPOCH,
            actor: PrincipalId::new("juno").unwrap(),
            subject: subject.to_owned(),
            team: None,
            payload: payload.into(),
        }
    }

    fn decided(verdict: &str) -> DomainEvent {
        let by = json!({ "type": "deadline" });
        let decision = json!({
            "proposal": "p1", "request": "r1", "verdict": verdict, "by": by, "reasons": [], "at": DateTime::UNIX_EPOCH,
        });
        event(EventKind::DecisionMade, "r1", json!({ "decision": decision }))
    }

    /// What is left over after these records: decisions and outcomes to remember, authorizations to use.
    fn left(events: &[DomainEvent]) -> (usize, usize, usize) {
        let mut state = Unfinished::default();
        events.iter().for_each(|event| state.take(event));
        (state.decided.len(), state.ended.len(), state.authorized.len())
    }

    #[test]
    fn a_settled_decision_is_left_over_until_it_is_remembered_or_forgotten() {
        assert_eq!(left(&[decided("approval_required")]), (0, 0, 0), "nothing is settled");
        assert_eq!(left(&[decided("approval_required"), decided("denied")]), (1, 0, 0));
        let memory = |kind| event(kind, "decision-p1", Value::Null);
        assert_eq!(left(&[decided("denied"), memory(EventKind::MemoryWritten)]), (0, 0, 0));
        let forgotten =
            [decided("denied"), memory(EventKind::MemoryWritten), memory(EventKind::MemoryForgotten)];
        assert_eq!(left(&forgotten), (0, 0, 0));
        let other = event(EventKind::MemoryWritten, "decision-p10", Value::Null);
        assert_eq!(left(&[decided("denied"), other]), (1, 0, 0), "`p10` is not `p1`");
    }

    #[test]
    fn an_authorization_is_left_over_until_its_execution_starts_and_an_execution_until_its_outcome_is_remembered()
     {
        let issued = || event(EventKind::AuthorizationIssued, "r1", Value::Null);
        let started = || event(EventKind::ExecutionStarted, "r1", json!({ "proposal": "p1" }));
        let finished = || event(EventKind::ExecutionFinished, "r1", json!({ "proposal": "p1" }));
        assert_eq!(left(&[issued()]), (0, 0, 1));
        assert_eq!(left(&[issued(), issued(), started()]), (0, 0, 0));
        assert_eq!(left(&[issued(), started(), finished()]), (0, 1, 0));
        let remembered = event(EventKind::MemoryWritten, "outcome-p1", Value::Null);
        assert_eq!(left(&[issued(), started(), finished(), remembered]), (0, 0, 0));
    }

    #[test]
    fn a_record_that_cannot_be_read_as_what_it_says_is_passed_over() {
        for payload in [Value::Null, json!({ "decision": 3 }), json!({ "decision": { "verdict": "maybe" } })]
        {
            assert_eq!(left(&[event(EventKind::DecisionMade, "r1", payload)]), (0, 0, 0));
        }
        assert_eq!(left(&[event(EventKind::ExecutionFinished, "r1", json!({}))]), (0, 0, 0));
        assert_eq!(left(&[event(EventKind::AuthorizationIssued, " ", Value::Null)]), (0, 0, 0));
    }
}

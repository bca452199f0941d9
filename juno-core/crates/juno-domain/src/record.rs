use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{EventId, IdHash, Payload, PrincipalId, TeamId};

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventKind {
    /// A proposal was submitted for decision.
    ProposalSubmitted,
    /// Policy or people decided.
    DecisionMade,
    /// A person voted.
    VoteCast,
    /// A request moved to the next role up.
    RequestEscalated,
    /// The deadline of a request was missed, and the same role decides on until a final one.
    RequestHeld,
    /// A request was cancelled, or replaced under another policy.
    RequestCancelled,
    /// The proposer withdrew a request.
    RequestWithdrawn,
    /// An authorization was issued.
    AuthorizationIssued,
    /// An execution began.
    ExecutionStarted,
    /// An execution ended.
    ExecutionFinished,
    /// What came of a proposal was recorded.
    OutcomeRecorded,
    /// A memory was written.
    MemoryWritten,
    /// A memory was removed.
    MemoryForgotten,
    /// A legal hold was placed on what is remembered about a subject.
    MemoryHeld,
    /// A legal hold on what is remembered about a subject was lifted.
    MemoryHoldLifted,
    /// A memory was put into quarantine.
    MemoryQuarantined,
    /// A memory was let out of quarantine.
    MemoryReleased,
    /// What was remembered about a subject was erased: the receipt of it.
    MemoryErased,
    /// A policy changed.
    PolicyChanged,
    /// A model changed.
    ModelChanged,
    /// Settings changed.
    SettingsChanged,
    /// Roles changed.
    RolesChanged,
    /// Personal parts of records were erased; the records stay.
    PayloadErased,
    /// A legal hold was placed: nothing it covers may be erased.
    HoldPlaced,
    /// A legal hold was lifted.
    HoldLifted,
    /// A notification could not be delivered and was given up.
    NotificationGivenUp,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 26] = [
        Self::ProposalSubmitted,
        Self::DecisionMade,
        Self::VoteCast,
        Self::RequestEscalated,
        Self::RequestHeld,
        Self::RequestCancelled,
        Self::RequestWithdrawn,
        Self::AuthorizationIssued,
        Self::ExecutionStarted,
        Self::ExecutionFinished,
        Self::OutcomeRecorded,
        Self::MemoryWritten,
        Self::MemoryForgotten,
        Self::MemoryHeld,
        Self::MemoryHoldLifted,
        Self::MemoryQuarantined,
        Self::MemoryReleased,
        Self::MemoryErased,
        Self::PolicyChanged,
        Self::ModelChanged,
        Self::SettingsChanged,
        Self::RolesChanged,
        Self::PayloadErased,
        Self::HoldPlaced,
        Self::HoldLifted,
        Self::NotificationGivenUp,
    ];

    /// Where the actor's own words are in the payload of an event of this kind: JSON pointers (RFC 6901). No event holds
    /// the words of anybody else.
    ///
    /// INVARIANT: whoever adds a text to an event says here that it is one, or why it is none.
    #[must_use]
    pub const fn own_words(self) -> &'static [&'static str] {
        match self {
            Self::ProposalSubmitted => &["/appeal/reason", "/proposal/evidence", "/proposal/rationale"],
            Self::DecisionMade => &["/decision/reasons"],
            Self::VoteCast => &["/vote/reason"],
            Self::RequestEscalated
            | Self::RequestCancelled
            | Self::RequestWithdrawn
            | Self::RolesChanged
            | Self::SettingsChanged
            | Self::PolicyChanged
            | Self::MemoryQuarantined => &["/reason"],
            Self::ExecutionStarted => &["/reversal/reason"],
            Self::ExecutionFinished => &["/detail"],
            // What a deadline says; ids, digests and numbers; the words that programs have for why.
            Self::RequestHeld
            | Self::AuthorizationIssued
            | Self::OutcomeRecorded
            | Self::MemoryWritten
            | Self::MemoryForgotten
            | Self::MemoryReleased
            | Self::ModelChanged
            | Self::NotificationGivenUp => &[],
            // Who held and who erased has to be shown with why, for as long as there is a log.
            Self::MemoryHeld
            | Self::MemoryHoldLifted
            | Self::MemoryErased
            | Self::PayloadErased
            | Self::HoldPlaced
            | Self::HoldLifted => &[],
        }
    }
}

/// Something that happened inside JUNO, to be proved later. A store commits it together with the state it
/// belongs to; the audit log takes each id once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DomainEvent {
    /// Its id; the same fact has the same id.
    pub id: EventId,
    /// What kind of thing happened.
    pub kind: EventKind,
    /// When.
    pub at: DateTime<Utc>,
    /// Who caused it.
    pub actor: PrincipalId,
    /// What it is about: a request, proposal or memory id.
    pub subject: String,
    /// The team it concerns, if one.
    pub team: Option<TeamId>,
    /// Everything else, as data.
    pub payload: Payload,
}

/// An outbox in memory: events that stores committed and the audit log has not taken yet. Each id enters once.
#[derive(Debug, Default)]
pub struct EventBuffer(Mutex<BufferState>);

#[derive(Debug, Default)]
struct BufferState {
    waiting: VecDeque<DomainEvent>,
    seen: HashSet<EventId, IdHash>,
}

impl EventBuffer {
    /// Adds events in order; one whose id was added before is passed over.
    pub fn push_all(&self, events: &[DomainEvent]) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for event in events {
            if state.seen.insert(event.id.clone()) {
                state.waiting.push_back(event.clone());
            }
        }
    }

    /// Adds events that the caller needs no more; otherwise as [`push_all`](Self::push_all).
    pub fn push(&self, events: Vec<DomainEvent>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for event in events {
            if state.seen.insert(event.id.clone()) {
                state.waiting.push_back(event);
            }
        }
    }

    /// The oldest waiting events, at most `limit`; they stay until acknowledged.
    #[must_use]
    pub fn waiting(&self, limit: usize) -> Vec<DomainEvent> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.waiting.iter().take(limit).cloned().collect()
    }

    /// Takes all waiting events, and forgets that they ever entered: an outbox between two changes.
    #[must_use]
    pub fn take(&self) -> Vec<DomainEvent> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *state).waiting.into()
    }

    /// Shows every waiting event to `change`, which may alter what it says.
    pub fn change(&self, change: impl FnMut(&mut DomainEvent)) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.waiting.iter_mut().for_each(change);
    }

    /// Removes events that have been taken.
    pub fn acknowledge(&self, ids: &[EventId]) {
        let mut taken: BTreeSet<&EventId> = ids.iter().collect();
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Mostly the oldest go first, and then the rest of a long queue need not be looked at.
        while let Some(oldest) = state.waiting.pop_front_if(|oldest| taken.contains(&oldest.id)) {
            taken.remove(&oldest.id);
        }
        if !taken.is_empty() {
            state.waiting.retain(|event| !taken.contains(&event.id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_kind_is_missing_in_the_list_of_all() {
        let unknown = serde_json::from_str::<EventKind>("\"nothing\"").unwrap_err().to_string();
        let (_, known) = unknown.split_once("expected one of ").unwrap();
        let listed: Vec<String> = EventKind::ALL
            .iter()
            .map(|kind| serde_json::to_string(kind).unwrap().replace('"', "`"))
            .collect();
        assert!(known.starts_with(&listed.join(", ")), "{known}");
        assert_eq!(known.matches('`').count(), EventKind::ALL.len() * 2);
    }
}

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::Proposal;
use serde::{Deserialize, Serialize};

use crate::{ApprovalRequest, RequestState};

/// What a policy has to be told besides the proposal: it reads no store, so that the same facts give the same answer.
///
/// Hosts count them, or let [`count`](Self::count) do so from requests they have read, and hand them to
/// [`Gate::knowing`](crate::Gate::knowing). A policy that needs a fact it was not told decides on the safe side.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Facts {
    /// Actions of the proposal's team in the hour before: those that were begun, or, by [`count`](Self::count),
    /// authorized.
    pub actions_last_hour: u32,
    /// Actions on the proposal's target in the day before, counted likewise.
    pub actions_on_target: u32,
    /// How many tickets, people or systems the action touches; 1 for a single ticket.
    pub blast_radius: u32,
    /// The labels of the ticket the action is about; `None` where nobody knows them.
    pub labels: Option<BTreeSet<String>>,
    /// Whether somebody has stopped everything: nothing is allowed or asked then.
    pub stopped: bool,
}

impl Facts {
    /// How far back [`count`](Self::count) looks: a day.
    pub const WINDOW: TimeDelta = TimeDelta::days(1);

    /// Counts what was authorized before `now`, among requests in any order. The blast radius is 1, the labels are
    /// not known and nothing is stopped: set what else is known.
    #[must_use]
    pub fn count<'a>(
        history: impl IntoIterator<Item = &'a ApprovalRequest>,
        proposal: &Proposal,
        now: DateTime<Utc>,
    ) -> Self {
        let mut facts = Self { blast_radius: 1, ..Self::default() };
        for request in history {
            let RequestState::Authorized(redeemed) = request.state() else { continue };
            let age = now.signed_duration_since(redeemed.redeemed_at);
            if age < TimeDelta::zero() {
                continue;
            }
            if age < TimeDelta::hours(1) && *request.team() == proposal.team {
                facts.actions_last_hour = facts.actions_last_hour.saturating_add(1);
            }
            if age < Self::WINDOW && request.action().target() == proposal.action.target() {
                facts.actions_on_target = facts.actions_on_target.saturating_add(1);
            }
        }
        facts
    }
}

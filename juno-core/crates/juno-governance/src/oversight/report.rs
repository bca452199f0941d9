use chrono::{DateTime, Utc};
use juno_domain::{Outcome, RequestId};
use serde::{Deserialize, Serialize};

use super::load::PersonLoad;
use super::numbers::Rates;
use super::options::OversightOptions;
use super::signs::VotingSigns;
use super::timing::DecisionTimes;
use super::waiting::Waiting;
use crate::{ApprovalRequest, Pending, Period, RoleBook};

/// What [`Oversight::of`] is computed from.
#[derive(Debug, Clone, Copy)]
pub struct OversightInput<'a> {
    /// The requests, in any order: all that wait, and all that were submitted, voted on or settled in the period.
    pub requests: &'a [ApprovalRequest],
    /// When requests were passed to a higher role: of the records [`RequestEscalated`], their subject and time.
    ///
    /// [`RequestEscalated`]: juno_domain::EventKind::RequestEscalated
    pub escalations: &'a [(RequestId, DateTime<Utc>)],
    /// What came of those that were carried out, the last result of each.
    pub outcomes: &'a [Outcome],
    /// Who holds which role.
    pub roles: &'a RoleBook,
}

/// How governance goes: what waits now, and how people decided in a period. Data for a dashboard.
///
/// Everything is computed from records, and the same records give the same numbers. It speaks of people by name: show
/// it to those who are answerable for approvals, and see [`VotingSigns`] for what a sign is worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oversight {
    /// The instant.
    pub at: DateTime<Utc>,
    /// The period.
    pub period: Period,
    /// What waits at that instant.
    pub waiting: Waiting,
    /// How long decisions of the period took.
    pub time_to_decision: DecisionTimes,
    /// What came of requests in the period.
    pub rates: Rates,
    /// The load of each person, in order of their ids.
    pub people: Vec<PersonLoad>,
    /// How people voted in the period, in order of their ids; only who voted.
    pub voting: Vec<VotingSigns>,
}

impl Oversight {
    /// Looks at what waits at `now`, and at what happened in the period.
    #[must_use]
    pub fn of(
        input: OversightInput<'_>,
        period: Period,
        options: &OversightOptions,
        now: DateTime<Utc>,
    ) -> Self {
        let OversightInput { requests, escalations, outcomes, roles } = input;
        let pending: Vec<(&ApprovalRequest, &Pending)> =
            requests.iter().filter_map(|request| Some((request, request.pending()?))).collect();
        let settled: Vec<&ApprovalRequest> = requests
            .iter()
            .filter(|request| request.state().settled().is_some_and(|end| period.contains(end.at)))
            .collect();
        Self {
            at: now,
            period,
            waiting: Waiting::of(&pending, now),
            time_to_decision: DecisionTimes::of(&settled),
            rates: Rates::of(requests, &settled, escalations, outcomes, &period, now),
            people: PersonLoad::of(requests, &pending, roles, &period, now),
            voting: VotingSigns::of(requests, roles, &period, options),
        }
    }
}

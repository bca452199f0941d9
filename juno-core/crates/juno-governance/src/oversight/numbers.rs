use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use juno_domain::{DecidedBy, Outcome, OutcomeResult, RequestId};
use serde::{Deserialize, Serialize};

use crate::{ApprovalRequest, Period, Rate, RequestState, StateKind};

/// Shares of what came of requests in a period. A share of nothing is absent, which is not 0.
///
/// *Settled* are requests that people were asked about and that came to an end in the period as approved, denied or
/// expired; cancelled and withdrawn ones are not among them. Of these `approval`, `denial` and `expiry` add up to 1.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// Of the settled ones, those people approved.
    pub approval: Option<Rate>,
    /// Of the settled ones, those that a person refused, or passed up where no role was left.
    pub denial: Option<Rate>,
    /// Of the settled ones, those that silence ended, as expired or as denied where no role was left.
    pub expiry: Option<Rate>,
    /// Of the requests that waited for people at any time in the period, those that were passed to a higher role in
    /// it, by a deadline or a person.
    pub escalation: Option<Rate>,
    /// Of the requests that people refused or let expire in the period, those somebody appealed against by now.
    pub appeal: Option<Rate>,
    /// Of the executions that took effect and whose last result is of the period, those that were undone.
    pub reversal: Option<Rate>,
    /// Of the requests submitted in the period, those that a policy let run without a person.
    pub automatic: Option<Rate>,
}

impl Rates {
    pub(super) fn of(
        requests: &[ApprovalRequest],
        settled: &[&ApprovalRequest],
        escalations: &[(RequestId, DateTime<Utc>)],
        outcomes: &[Outcome],
        period: &Period,
        now: DateTime<Utc>,
    ) -> Self {
        let of_people: Vec<(StateKind, bool)> = settled
            .iter()
            .filter(|request| request.ladder().is_some())
            .filter_map(|request| Some((request.kind(), in_silence(request)?)))
            .collect();
        let approved =
            |(kind, _): &(StateKind, bool)| matches!(kind, StateKind::Approved | StateKind::Authorized);
        let silent = |(_, silence): &(StateKind, bool)| *silence;
        let escalated: BTreeSet<&RequestId> =
            escalations.iter().filter(|(_, at)| period.contains(*at)).map(|(id, _)| id).collect();
        let waited = requests.iter().filter(|request| {
            let end = request.state().settled().map_or(now, |settled| settled.at);
            request.ladder().is_some() && period.meets(request.created_at(), end)
        });
        let appealed: BTreeSet<&RequestId> =
            requests.iter().filter_map(|request| request.appeal()).map(|appeal| &appeal.of).collect();
        let refused = settled.iter().filter(|request| {
            request.ladder().is_some() && matches!(request.kind(), StateKind::Denied | StateKind::Expired)
        });
        let effects = outcomes.iter().filter(|outcome| {
            period.contains(outcome.at)
                && matches!(outcome.result, OutcomeResult::Succeeded | OutcomeResult::Reversed)
        });
        let submitted = requests.iter().filter(|request| period.contains(request.created_at()));
        Self {
            approval: Rate::among(&of_people, |case| approved(case)),
            denial: Rate::among(&of_people, |case| !approved(case) && !silent(case)),
            expiry: Rate::among(&of_people, |case| !approved(case) && silent(case)),
            escalation: Rate::among(waited, |request| escalated.contains(request.id())),
            appeal: Rate::among(refused, |request| appealed.contains(request.id())),
            reversal: Rate::among(effects, |outcome| outcome.result == OutcomeResult::Reversed),
            automatic: Rate::among(submitted, |request| ran_alone(request)),
        }
    }
}

/// Whether silence ended it; `None` if it was cancelled or is not at its end.
fn in_silence(request: &ApprovalRequest) -> Option<bool> {
    match request.state() {
        RequestState::Pending(_) | RequestState::Cancelled(_) => None,
        state => state.settled().map(|settled| settled.by == DecidedBy::Deadline),
    }
}

/// Whether a policy alone approved it.
fn ran_alone(request: &ApprovalRequest) -> bool {
    let approved = matches!(request.kind(), StateKind::Approved | StateKind::Authorized);
    approved && request.ladder().is_none()
}

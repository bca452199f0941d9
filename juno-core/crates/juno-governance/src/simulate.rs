use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{Action, Proposal, ProposalId, RequestId, TeamId};
use serde::{Deserialize, Serialize};

use crate::{
    ApprovalRequest, Facts, GovernancePolicy, PolicySettings, PolicyVerdict, RequestState, Ruling, StateKind,
};

/// A verdict that another policy would change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The request.
    pub request: RequestId,
    /// Its proposal.
    pub proposal: ProposalId,
    /// When it was decided.
    pub at: DateTime<Utc>,
    /// What was decided then, before people voted.
    pub from: PolicyVerdict,
    /// What the other policy says.
    pub to: PolicyVerdict,
    /// The smaller action it says so about, if it narrows the one proposed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub narrowed: Option<Action>,
    /// Why it says so, most important first.
    pub reasons: Vec<String>,
    /// How it ended then.
    pub ended: StateKind,
    /// Minutes of people's time more (or fewer, if negative) that the other verdict takes.
    pub minutes: f64,
}

/// What another policy would have made of the past.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Simulation {
    /// The version of the other policy.
    pub policy_version: String,
    /// How many requests were decided anew.
    pub decided: usize,
    /// The verdicts that change, oldest first.
    pub changes: Vec<Change>,
    /// Minutes of people's time under the verdicts of then: every vote that a ladder asks for.
    pub minutes_before: f64,
    /// Minutes of people's time under the other policy.
    pub minutes_after: f64,
    /// Changes to what runs without a person.
    pub newly_allowed: usize,
    /// Changes to what must not run.
    pub newly_denied: usize,
    /// Changes of what people approved then to what must not run.
    pub approvals_lost: usize,
    /// Changes of what people refused then to what runs without a person.
    pub refusals_lost: usize,
}

/// Decides the past anew: what each proposal would have met under `policy` and `settings`, at the time it was
/// submitted, and what the difference costs in people's time at `minutes_per_vote`.
///
/// Counts for budgets are what was really authorized before each proposal, by this history. It may be in any order.
#[must_use]
pub fn simulate(
    policy: &dyn GovernancePolicy,
    settings: PolicySettings,
    history: &[ApprovalRequest],
    minutes_per_vote: f64,
) -> Simulation {
    let mut past: Vec<&ApprovalRequest> = history.iter().collect();
    past.sort_by_key(|request| (request.created_at(), request.id()));
    let mut ran = Ran::of(&past);
    let mut simulation = Simulation {
        policy_version: policy.version().to_owned(),
        decided: past.len(),
        changes: Vec::new(),
        minutes_before: 0.0,
        minutes_after: 0.0,
        newly_allowed: 0,
        newly_denied: 0,
        approvals_lost: 0,
        refusals_lost: 0,
    };
    let minutes = |verdict: &PolicyVerdict| match verdict {
        PolicyVerdict::RequireApproval(ladder) => f64::from(ladder.votes()) * minutes_per_vote,
        PolicyVerdict::Allow | PolicyVerdict::Deny | PolicyVerdict::Narrow(_) => 0.0,
    };
    for request in past {
        let proposal = Proposal { action: request.proposed().clone(), ..request.proposal().clone() };
        let at = request.created_at();
        let facts = ran.before(request.team(), proposal.action.target(), at);
        let Ruling { decision, narrowed } = settings.rule(policy, &proposal, Some(&facts), at);
        let same_action = narrowed.as_ref() == request.original().map(|_| request.action());
        let from = verdict_then(request);
        let (before, after) = (minutes(&from), minutes(&decision.verdict));
        simulation.minutes_before += before;
        simulation.minutes_after += after;
        if decision.verdict == from && same_action {
            continue;
        }
        let ended = request.kind();
        let approved = matches!(ended, StateKind::Approved | StateKind::Authorized);
        let (allows, denies) =
            (decision.verdict == PolicyVerdict::Allow, decision.verdict == PolicyVerdict::Deny);
        simulation.newly_allowed += usize::from(allows);
        simulation.newly_denied += usize::from(denies);
        simulation.approvals_lost += usize::from(denies && approved && request.ladder().is_some());
        simulation.refusals_lost +=
            usize::from(allows && ended == StateKind::Denied && request.ladder().is_some());
        simulation.changes.push(Change {
            request: request.id().clone(),
            proposal: proposal.id.clone(),
            at,
            from,
            to: decision.verdict,
            narrowed,
            reasons: decision.reasons,
            ended,
            minutes: after - before,
        });
    }
    simulation
}

/// What the policy of then said: it asked people if there is a ladder; what it denied can have become nothing else.
fn verdict_then(request: &ApprovalRequest) -> PolicyVerdict {
    match (request.ladder(), request.state()) {
        (Some(ladder), _) => PolicyVerdict::RequireApproval(ladder.clone()),
        (None, RequestState::Denied(_)) => PolicyVerdict::Deny,
        (None, _) => PolicyVerdict::Allow,
    }
}

/// When something was authorized, for which team, on what.
type Run<'a> = (DateTime<Utc>, &'a TeamId, &'a str);

/// What was authorized, oldest first, and of it the last day.
struct Ran<'a> {
    to_come: VecDeque<Run<'a>>,
    last_day: VecDeque<Run<'a>>,
}

impl<'a> Ran<'a> {
    fn of(past: &[&'a ApprovalRequest]) -> Self {
        let mut all: Vec<_> = past
            .iter()
            .filter_map(|request| match request.state() {
                RequestState::Authorized(redeemed) => {
                    Some((redeemed.redeemed_at, request.team(), request.action().target()))
                }
                _ => None,
            })
            .collect();
        all.sort_unstable();
        Self { to_come: all.into(), last_day: VecDeque::new() }
    }

    /// The facts at a time that is not before the one asked about last.
    fn before(&mut self, team: &TeamId, target: &str, now: DateTime<Utc>) -> Facts {
        while let Some(next) = self.to_come.front().filter(|(at, ..)| *at < now).copied() {
            self.to_come.pop_front();
            self.last_day.push_back(next);
        }
        while self
            .last_day
            .front()
            .is_some_and(|(at, ..)| now.signed_duration_since(at) >= TimeDelta::days(1))
        {
            self.last_day.pop_front();
        }
        let count = |counts: &dyn Fn(&Run<'_>) -> bool| {
            u32::try_from(self.last_day.iter().filter(|run| counts(run)).count()).unwrap_or(u32::MAX)
        };
        Facts {
            actions_last_hour: count(&|(at, of, _)| {
                now.signed_duration_since(at) < TimeDelta::hours(1) && *of == team
            }),
            actions_on_target: count(&|(_, _, on)| *on == target),
            blast_radius: 1,
            ..Facts::default()
        }
    }
}

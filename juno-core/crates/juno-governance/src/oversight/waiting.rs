use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use juno_domain::{RequestId, Role, TeamId};
use serde::{Deserialize, Serialize};

use crate::{ApprovalRequest, Pending};

/// What waits for people at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    /// Requests that wait, each once.
    pub total: u64,
    /// Those of them whose deadline has come and on which nothing has happened: `tick` was not called since.
    pub overdue: u64,
    /// By role. A request that was passed up counts for the roles asked before as `visible`, so these add up to more
    /// than `total`; `deciding` adds up to exactly that.
    pub by_role: BTreeMap<Role, RoleWaiting>,
    /// By team; they add up to `total`.
    pub by_team: BTreeMap<TeamId, TeamWaiting>,
    /// The overdue ones, longest overdue first.
    pub late: Vec<Overdue>,
}

/// What waits for a role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleWaiting {
    /// Requests that this role decides now.
    pub deciding: u64,
    /// Requests this role has been asked about, now or before they were passed up or on.
    pub visible: u64,
    /// Overdue ones among those it decides now.
    pub overdue: u64,
}

/// What waits in a team.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeamWaiting {
    /// Requests that wait.
    pub waiting: u64,
    /// Overdue ones among them.
    pub overdue: u64,
    /// Since when the oldest waits.
    pub oldest: Option<DateTime<Utc>>,
}

/// A request whose deadline has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overdue {
    /// The request.
    pub request: RequestId,
    /// Its team.
    pub team: TeamId,
    /// Who was to decide.
    pub role: Role,
    /// Until when.
    pub deadline: DateTime<Utc>,
    /// Seconds since then.
    pub late_seconds: i64,
}

impl Waiting {
    pub(super) fn of(pending: &[(&ApprovalRequest, &Pending)], now: DateTime<Utc>) -> Self {
        let mut by_role: BTreeMap<Role, RoleWaiting> = BTreeMap::new();
        let mut by_team: BTreeMap<TeamId, TeamWaiting> = BTreeMap::new();
        let mut late = Vec::new();
        for (request, state) in pending {
            let overdue = u64::from(request.is_due(now));
            let deciding = by_role.entry(state.role).or_default();
            deciding.deciding += 1;
            deciding.overdue += overdue;
            for role in request.asked() {
                by_role.entry(*role).or_default().visible += 1;
            }
            if !request.asked().contains(&state.role) {
                by_role.entry(state.role).or_default().visible += 1;
            }
            let team = by_team.entry(request.team().clone()).or_default();
            team.waiting += 1;
            team.overdue += overdue;
            team.oldest = Some(team.oldest.map_or(request.created_at(), |old| old.min(request.created_at())));
            if overdue > 0 {
                late.push(Overdue {
                    request: request.id().clone(),
                    team: request.team().clone(),
                    role: state.role,
                    deadline: state.deadline,
                    late_seconds: (now - state.deadline).num_seconds(),
                });
            }
        }
        late.sort_by(|a, b| (a.deadline, &a.request).cmp(&(b.deadline, &b.request)));
        let overdue = by_team.values().map(|team| team.overdue).sum();
        let total = by_team.values().map(|team| team.waiting).sum();
        Self { total, overdue, by_role, by_team, late }
    }
}

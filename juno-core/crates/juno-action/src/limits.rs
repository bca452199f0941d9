use chrono::{DateTime, TimeDelta, Utc};
use juno_governance::{Budgets, Over};
use serde::{Deserialize, Serialize};

use crate::{ActionError, Execution};

/// How much may be begun, whatever was approved. A store counts and stores in one step, so that callers at once cannot
/// pass together. Everything that was stored in the window counts, however it ended; what was only shown does not.
///
/// | field | default | bounds |
/// | --- | --- | --- |
/// | `per_hour` | none | executions of one team in an hour |
/// | `per_target_per_day` | none | executions on one target in a day |
/// | `blast_radius` | none | tickets, people or systems one action touches |
/// | `blast_radius_per_hour` | none | what a team's executions of an hour touch together |
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Executions of one team in an hour.
    pub per_hour: Option<u32>,
    /// Executions on one target in a day.
    pub per_target_per_day: Option<u32>,
    /// Tickets, people or systems one action touches.
    pub blast_radius: Option<u32>,
    /// What a team's executions of an hour touch together.
    pub blast_radius_per_hour: Option<u32>,
    /// How many executions there are on the target, however old, that did not fail: this many, or another was faster. Of
    /// several that counted the same, one begins. No setting.
    #[serde(skip)]
    pub after_on_target: Option<u64>,
}

/// What a store counted before it takes another execution.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// Executions of the team in the hour before.
    pub team_last_hour: u64,
    /// What they touch together.
    pub touched_last_hour: u64,
    /// Executions on the target in the day before.
    pub target_last_day: u64,
    /// Executions on the target, however old, but for those that failed or were only shown.
    pub target_ever: u64,
}

impl Limits {
    /// Nothing is bounded.
    pub const NONE: Self = Self {
        per_hour: None,
        per_target_per_day: None,
        blast_radius: None,
        blast_radius_per_hour: None,
        after_on_target: None,
    };

    /// What the budgets of a policy leave to one execution, if they bound it: beyond them nothing runs, or nothing that the
    /// policy alone approved.
    #[must_use]
    pub fn of_budgets(budgets: Option<&Budgets>, automatic: bool) -> Self {
        match budgets {
            Some(budgets) if automatic || budgets.over == Over::Deny => Self {
                per_hour: budgets.actions_per_hour,
                per_target_per_day: budgets.actions_per_ticket,
                blast_radius: budgets.blast_radius,
                ..Self::NONE
            },
            _ => Self::NONE,
        }
    }

    /// The stricter of each.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let least = |one: Option<u32>, two: Option<u32>| match (one, two) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        Self {
            per_hour: least(self.per_hour, other.per_hour),
            per_target_per_day: least(self.per_target_per_day, other.per_target_per_day),
            blast_radius: least(self.blast_radius, other.blast_radius),
            blast_radius_per_hour: least(self.blast_radius_per_hour, other.blast_radius_per_hour),
            after_on_target: self.after_on_target.or(other.after_on_target),
        }
    }

    /// Whether a store has to count at all.
    #[must_use]
    pub const fn needs_load(&self) -> bool {
        self.per_hour.is_some()
            || self.per_target_per_day.is_some()
            || self.blast_radius_per_hour.is_some()
            || self.after_on_target.is_some()
    }

    /// Since when executions of the team count: later than this.
    #[must_use]
    pub fn hour_before(at: DateTime<Utc>) -> DateTime<Utc> {
        at.checked_sub_signed(TimeDelta::hours(1)).unwrap_or(DateTime::<Utc>::MIN_UTC)
    }

    /// Since when executions on the target count: later than this.
    #[must_use]
    pub fn day_before(at: DateTime<Utc>) -> DateTime<Utc> {
        at.checked_sub_signed(TimeDelta::days(1)).unwrap_or(DateTime::<Utc>::MIN_UTC)
    }

    /// Whether `execution` fits beside what is there.
    ///
    /// # Errors
    /// [`LimitReached`](ActionError::LimitReached) names the limit; [`Overtaken`](ActionError::Overtaken) if another
    /// execution on the target was faster.
    pub fn admit(&self, execution: &Execution, load: Load) -> Result<(), ActionError> {
        if self.after_on_target.is_some_and(|expected| expected != load.target_ever) {
            let (request, target) = (execution.request.clone(), execution.action.target().to_owned());
            return Err(ActionError::Overtaken { request, target });
        }
        let radius = u64::from(execution.blast_radius);
        let touched = load.touched_last_hour.saturating_add(radius);
        for (what, limit, would_be) in [
            ("executions of the team in an hour", self.per_hour, load.team_last_hour.saturating_add(1)),
            (
                "executions on one target in a day",
                self.per_target_per_day,
                load.target_last_day.saturating_add(1),
            ),
            ("things one action touches", self.blast_radius, radius),
            ("things a team's actions touch in an hour", self.blast_radius_per_hour, touched),
        ] {
            if let Some(limit) = limit.filter(|limit| would_be > u64::from(*limit)) {
                return Err(ActionError::LimitReached {
                    request: execution.request.clone(),
                    what,
                    limit,
                    would_be,
                });
            }
        }
        Ok(())
    }
}

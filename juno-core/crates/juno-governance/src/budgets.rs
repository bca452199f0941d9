use serde::{Deserialize, Serialize};

/// How much may happen at most, counted by the [facts](crate::Facts) a policy is told. A budget without facts counts
/// as spent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Budgets {
    /// Actions of one team in an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actions_per_hour: Option<u32>,
    /// Actions on one ticket or other target in a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actions_per_ticket: Option<u32>,
    /// Tickets, people or systems one action touches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blast_radius: Option<u32>,
    /// What happens beyond: `deny`, which is the default, or `require_approval`.
    pub over: Over,
}

/// What happens to a proposal beyond a budget.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Over {
    /// It must not run.
    #[default]
    Deny,
    /// People decide.
    RequireApproval,
}

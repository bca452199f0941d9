use std::collections::BTreeMap;
use std::str::FromStr;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{DomainError, IssueKey, MemberId};

/// How much an action can change for people. An unknown word is an error, never the lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    /// Easily seen and undone: a label.
    Low,
    /// Changes somebody's work: a new assignee.
    Medium,
    /// Changes a commitment.
    High,
    /// Changes how people work, or cannot be undone.
    Critical,
}

impl FromStr for Impact {
    type Err = DomainError;
    fn from_str(word: &str) -> Result<Self, DomainError> {
        match word {
            "low" => Ok(Self::Low),
            "medium" => Ok(Self::Medium),
            "high" => Ok(Self::High),
            "critical" => Ok(Self::Critical),
            _ => Err(DomainError::UnknownWord {
                what: "impact",
                value: word.to_owned(),
                allowed: "low, medium, high, critical",
            }),
        }
    }
}

/// What kind of change an action is; policies speak of categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionCategory {
    /// One ticket.
    TicketManagement,
    /// A sprint's scope or dates.
    SprintPlanning,
    /// Who works on what.
    ResourceAllocation,
    /// How people work.
    ProcessChange,
    /// Asking somebody higher.
    Escalation,
}

/// Something JUNO may propose to do. What is approved is exactly this value: any edit is another action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// Give the issue to somebody else.
    Reassign {
        /// The issue.
        issue: IssueKey,
        /// Who has it now.
        from: Option<MemberId>,
        /// Who should have it.
        to: MemberId,
    },
    /// Bring the issue to the attention of the next role up.
    Escalate {
        /// The issue.
        issue: IssueKey,
        /// What to tell them.
        message: String,
    },
    /// Put the issue off.
    Defer {
        /// The issue.
        issue: IssueKey,
        /// When to look again.
        until: NaiveDate,
    },
    /// Close the issue. Never proposed as a default.
    Close {
        /// The issue.
        issue: IssueKey,
        /// The resolution to set.
        resolution: String,
    },
    /// Change the priority.
    Reprioritise {
        /// The issue.
        issue: IssueKey,
        /// The priority now.
        from: Option<String>,
        /// The priority to set.
        to: String,
    },
    /// Ask somebody a question on the issue.
    RequestInfo {
        /// The issue.
        issue: IssueKey,
        /// Whom to ask.
        of: Option<MemberId>,
        /// What to ask.
        question: String,
    },
    /// Add a label.
    AddLabel {
        /// The issue.
        issue: IssueKey,
        /// The label.
        label: String,
    },
    /// Move the issue to another status.
    UpdateStatus {
        /// The issue.
        issue: IssueKey,
        /// The status now.
        from: String,
        /// The status to set.
        to: String,
    },
    /// Anything a host program defines.
    Custom {
        /// The action's name, such as `jira.transition`.
        name: String,
        /// What it acts on.
        target: String,
        /// Its category.
        category: ActionCategory,
        /// Whether it can be undone.
        reversible: bool,
        /// Its arguments.
        arguments: BTreeMap<String, Value>,
    },
}

impl Action {
    /// The name policies use: `reassign`, `add_label`, …, or a custom action's own name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Reassign { .. } => "reassign",
            Self::Escalate { .. } => "escalate",
            Self::Defer { .. } => "defer",
            Self::Close { .. } => "close",
            Self::Reprioritise { .. } => "reprioritise",
            Self::RequestInfo { .. } => "request_info",
            Self::AddLabel { .. } => "add_label",
            Self::UpdateStatus { .. } => "update_status",
            Self::Custom { name, .. } => name,
        }
    }

    /// What it acts on: the issue's key, or a custom action's target.
    #[must_use]
    pub fn target(&self) -> &str {
        match self {
            Self::Reassign { issue, .. }
            | Self::Escalate { issue, .. }
            | Self::Defer { issue, .. }
            | Self::Close { issue, .. }
            | Self::Reprioritise { issue, .. }
            | Self::RequestInfo { issue, .. }
            | Self::AddLabel { issue, .. }
            | Self::UpdateStatus { issue, .. } => issue.as_str(),
            Self::Custom { target, .. } => target,
        }
    }

    /// The people it names.
    pub fn people(&self) -> impl Iterator<Item = &MemberId> {
        let (one, other) = match self {
            Self::Reassign { from, to, .. } => (from.as_ref(), Some(to)),
            Self::RequestInfo { of, .. } => (of.as_ref(), None),
            _ => (None, None),
        };
        one.into_iter().chain(other)
    }

    /// Its category.
    #[must_use]
    pub const fn category(&self) -> ActionCategory {
        match self {
            Self::Reassign { .. } => ActionCategory::ResourceAllocation,
            Self::Escalate { .. } => ActionCategory::Escalation,
            Self::Defer { .. }
            | Self::Close { .. }
            | Self::Reprioritise { .. }
            | Self::RequestInfo { .. }
            | Self::AddLabel { .. }
            | Self::UpdateStatus { .. } => ActionCategory::TicketManagement,
            Self::Custom { category, .. } => *category,
        }
    }

    /// Whether it can be undone without a trace that matters: a message that was read cannot.
    #[must_use]
    pub const fn is_reversible(&self) -> bool {
        match self {
            Self::Escalate { .. } | Self::RequestInfo { .. } => false,
            Self::Custom { reversible, .. } => *reversible,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_impact_is_an_error_never_the_lowest() {
        assert!("catastrophic".parse::<Impact>().is_err());
        assert!(serde_json::from_str::<Impact>("\"catastrophic\"").is_err());
        assert!(Impact::Low < Impact::Critical);
    }
}

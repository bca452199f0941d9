use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    Completeness, Field, FieldValue, IssueId, IssueKey, Member, MemberId, ProjectKey, SprintId, Status,
    StoryPoints,
};

/// An issue as its source shows it now. What it was earlier comes from its [events](crate::Event).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Issue {
    /// The lasting id.
    pub id: IssueId,
    /// The current key.
    pub key: IssueKey,
    /// The current project.
    pub project: ProjectKey,
    /// Its type, such as `Story`.
    pub issue_type: String,
    /// Whether it is a sub-task.
    pub subtask: bool,
    /// The parent's key, for a sub-task or an issue of an epic.
    pub parent: Option<IssueKey>,
    /// One-line summary.
    pub summary: String,
    /// Description as plain text; empty if there is none.
    pub description: String,
    /// Current status.
    pub status: Status,
    /// Current priority, such as `High`.
    pub priority: Option<String>,
    /// Current assignee.
    pub assignee: Option<Member>,
    /// Who reported it.
    pub reporter: Option<Member>,
    /// When it was created.
    pub created: DateTime<Utc>,
    /// When its source last changed it in any way, machine noise included.
    pub updated: DateTime<Utc>,
    /// When it was resolved (Jira's `resolutiondate`).
    pub resolved: Option<DateTime<Utc>>,
    /// Current resolution.
    pub resolution: Option<String>,
    /// Due date: a calendar day without a time zone.
    pub due: Option<NaiveDate>,
    /// Current estimate.
    pub points: Option<StoryPoints>,
    /// Whether the impediment flag is set.
    pub flagged: bool,
    /// Current sprints, the finished ones it was carried through included.
    pub sprints: Vec<SprintId>,
    /// Labels, sorted.
    pub labels: Vec<String>,
    /// Components, sorted.
    pub components: Vec<String>,
    /// Links to other issues.
    pub links: Vec<IssueLink>,
    /// Comments, oldest first; their text is not kept.
    pub comments: Vec<Comment>,
    /// Number of watchers.
    pub watchers: u32,
    /// What its source is known to have left out.
    pub completeness: Completeness,
}

impl Issue {
    /// The current value of a field in changelog form; `None` for a field that [`Issue`] does not hold as one
    /// value (links, summary, description, others).
    #[must_use]
    pub fn current(&self, field: &Field) -> Option<FieldValue> {
        let text = |value: &Option<String>| value.clone().map_or(FieldValue::EMPTY, FieldValue::text);
        Some(match field {
            Field::Status => FieldValue::status(&self.status),
            Field::Assignee => self
                .assignee
                .as_ref()
                .map_or(FieldValue::EMPTY, |m| FieldValue::new(m.id.as_str(), m.name.clone())),
            Field::Sprint => {
                let ids: Vec<String> = self.sprints.iter().map(ToString::to_string).collect();
                if ids.is_empty() {
                    FieldValue::EMPTY
                } else {
                    FieldValue { id: Some(ids.join(", ").into()), text: None }
                }
            }
            Field::Points => self.points.map_or(FieldValue::EMPTY, |p| FieldValue::text(p.get().to_string())),
            Field::Flagged => {
                if self.flagged {
                    FieldValue::text("Impediment")
                } else {
                    FieldValue::EMPTY
                }
            }
            Field::Priority => text(&self.priority),
            Field::IssueType => FieldValue::text(self.issue_type.clone()),
            Field::Resolution => text(&self.resolution),
            Field::Labels => FieldValue::text(self.labels.join(" ")),
            Field::Components => FieldValue::text(self.components.join(",")),
            Field::Key => FieldValue::text(self.key.as_str()),
            Field::Project => FieldValue::text(self.project.as_str()),
            Field::Link | Field::Summary | Field::Description | Field::Other(_) => return None,
        })
    }
}

/// A comment's instant and author.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Comment {
    /// When it was written.
    pub at: DateTime<Utc>,
    /// Who wrote it, where known.
    pub author: Option<MemberId>,
}

/// Which way a link points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkDirection {
    /// This issue does it to the other: *blocks*.
    Outward,
    /// The other does it to this one: *is blocked by*.
    Inward,
}

/// A link to another issue.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IssueLink {
    /// The link type's name, such as `Blocks`.
    pub kind: String,
    /// Which way it points.
    pub direction: LinkDirection,
    /// The other issue.
    pub other: IssueKey,
    /// The other issue's status now, where the source tells.
    pub other_status: Option<Status>,
}

impl IssueLink {
    /// Whether the link says that this issue waits for the other.
    #[must_use]
    pub fn is_blocked_by(&self) -> bool {
        self.direction == LinkDirection::Inward && self.kind.to_lowercase().contains("block")
    }
}

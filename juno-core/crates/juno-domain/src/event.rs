use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{IssueId, MemberId, Status};

/// A field of an issue whose changes JUNO follows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Workflow status.
    Status,
    /// Who works on it.
    Assignee,
    /// Sprint membership: a list of sprint ids.
    Sprint,
    /// Story points.
    Points,
    /// The impediment flag.
    Flagged,
    /// Priority.
    Priority,
    /// Issue type.
    IssueType,
    /// Resolution.
    Resolution,
    /// Labels.
    Labels,
    /// Components.
    Components,
    /// The issue's key: it changes when the issue moves to another project.
    Key,
    /// The issue's project.
    Project,
    /// Links to other issues.
    Link,
    /// Summary.
    Summary,
    /// Description.
    Description,
    /// Any other field, by the source's id or name.
    Other(String),
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Status => "status",
            Self::Assignee => "assignee",
            Self::Sprint => "sprint",
            Self::Points => "points",
            Self::Flagged => "flagged",
            Self::Priority => "priority",
            Self::IssueType => "issue type",
            Self::Resolution => "resolution",
            Self::Labels => "labels",
            Self::Components => "components",
            Self::Key => "key",
            Self::Project => "project",
            Self::Link => "link",
            Self::Summary => "summary",
            Self::Description => "description",
            Self::Other(name) => name,
        })
    }
}

/// A field's value as a changelog records it: an id that lasts and the text of its day. Either may be missing;
/// both missing means the field was empty.
///
/// Clones share the texts: an export names the same few statuses and people over and over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FieldValue {
    /// The lasting id (status id, account id, comma list of sprint ids).
    pub id: Option<Arc<str>>,
    /// The text of its day (status name, display name, number).
    pub text: Option<Arc<str>>,
}

impl FieldValue {
    /// The empty value.
    pub const EMPTY: Self = Self { id: None, text: None };

    /// A value with text only.
    #[must_use]
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self { id: None, text: Some(text.into()) }
    }

    /// A value with id and text.
    #[must_use]
    pub fn new(id: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { id: Some(id.into()), text: Some(text.into()) }
    }

    /// A status by its id, where it has one, and its name.
    #[must_use]
    pub fn status(status: &Status) -> Self {
        Self { id: status.id.as_deref().map(Into::into), text: Some(status.name.as_str().into()) }
    }

    /// Whether the field was empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.id.as_deref().is_none_or(str::is_empty) && self.text.as_deref().is_none_or(str::is_empty)
    }

    /// Whether both name the same value: ids decide where both have one, else the text. Two empty values are
    /// the same.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        fn some(v: &Option<Arc<str>>) -> Option<&str> {
            v.as_deref().filter(|s| !s.is_empty())
        }
        match (some(&self.id), some(&other.id)) {
            (Some(a), Some(b)) => a == b,
            _ => match (some(&self.text), some(&other.text)) {
                (Some(a), Some(b)) => a == b,
                _ => self.is_empty() && other.is_empty(),
            },
        }
    }
}

/// One change of one field.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Change {
    /// The field.
    pub field: Field,
    /// The value before.
    pub from: FieldValue,
    /// The value after.
    pub to: FieldValue,
}

/// An immutable fact of an issue's history: who changed what, when.
///
/// Events sort by instant, then entry, then item; entries of one instant may still be recorded in reverse, so
/// replay orders them by their from → to chain.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Event {
    /// The issue.
    pub issue: IssueId,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Who did it, where known.
    pub author: Option<MemberId>,
    /// The source's id of the history entry. Numeric ids are compared as numbers.
    pub entry: Arc<str>,
    /// Position inside the entry.
    pub item: u32,
    /// What changed.
    pub change: Change,
}

impl Event {
    fn order(&self) -> (DateTime<Utc>, &IssueId, Option<u64>, &str, u32) {
        (self.at, &self.issue, self.entry.parse().ok(), &self.entry, self.item)
    }
}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Event {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order()
            .cmp(&other.order())
            .then_with(|| self.change.cmp(&other.change))
            .then_with(|| self.author.cmp(&other.author))
    }
}

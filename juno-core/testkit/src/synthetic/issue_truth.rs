use chrono::{DateTime, Utc};
use serde::Serialize;

use super::Timeline;

/// A status: its lasting id, its present name, and whether it means done (its category may say otherwise).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusValue {
    /// Lasting id.
    pub id: &'static str,
    /// Name at the instant of the export.
    pub name: &'static str,
    /// Whether it means done.
    pub done: bool,
}

/// An issue and its past.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IssueTruth {
    /// Current key.
    pub key: String,
    /// Lasting id.
    pub id: u64,
    /// Earlier keys, oldest first.
    pub former_keys: Vec<String>,
    /// Board of the team that made it.
    pub board: u64,
    /// Type name.
    pub issue_type: &'static str,
    /// Key of the parent, for a sub-task. A sub-task has the sprints of its parent, and no entries for them.
    pub parent: Option<String>,
    /// Creation.
    pub created: DateTime<Utc>,
    /// Last entry or comment, by man or machine.
    pub updated: DateTime<Utc>,
    /// `resolutiondate`.
    pub resolved: Option<DateTime<Utc>>,
    /// Last act of a person: entry or comment, at least the creation. Links that machines note are none, nor is the entry
    /// by which a closing sprint hands unfinished issues on.
    pub last_human_act: DateTime<Utc>,
    /// Status.
    pub status: Timeline<StatusValue>,
    /// Account id (Cloud) or user key (Server).
    pub assignee: Timeline<Option<String>>,
    /// Sprint ids in the order of the field.
    pub sprint: Timeline<Vec<u64>>,
    /// Estimate.
    pub points: Timeline<Option<f64>>,
    /// Impediment flag.
    pub flagged: Timeline<bool>,
    /// What its exported history lacks; empty if every value at every instant can be told from it.
    pub gaps: Vec<HistoryGap>,
}

impl IssueTruth {
    /// Since when it has been done without a break, seen from `at`; `None` if it is not done then.
    #[must_use]
    pub fn done_since(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let until = self.status.spans().iter().rev().filter(|s| s.from <= at);
        until.take_while(|s| s.value.done).last().map(|s| s.from)
    }

    /// Whether the exported history tells everything.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.gaps.is_empty()
    }
}

/// Something an exported history lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "gap", rename_all = "snake_case")]
pub enum HistoryGap {
    /// Only the newest entries were delivered: values before `known_from` cannot be told for certain.
    Truncated {
        /// Entries there are.
        total: usize,
        /// Instant of the oldest entry delivered.
        known_from: DateTime<Utc>,
    },
    /// The last change of a field is missing: it ends at another value than the field shows.
    EndsElsewhere {
        /// `status`, `assignee` or `points`.
        field: &'static str,
        /// When it really changed.
        at: DateTime<Utc>,
    },
    /// The history names a sprint that was deleted: that it was in there is known, the dates of it are not.
    UnknownSprint {
        /// The sprint.
        sprint: u64,
    },
}

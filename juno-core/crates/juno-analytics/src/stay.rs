use chrono::{DateTime, Utc};
use juno_domain::{Field, SprintId};

use crate::issue_history::IssueHistory;
use crate::value::sprint_ids;

/// A stretch of time an issue spent in a sprint: from `from` (included) to `to` (excluded).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stay {
    pub(crate) sprint: SprintId,
    pub(crate) from: DateTime<Utc>,
    pub(crate) to: Option<DateTime<Utc>>,
}

impl Stay {
    pub(crate) fn covers(&self, t: DateTime<Utc>) -> bool {
        self.from <= t && self.to.is_none_or(|to| t < to)
    }

    /// The part from `from` on and before `to`; `None` if nothing is left.
    pub(crate) fn within(&self, from: DateTime<Utc>, to: Option<DateTime<Utc>>) -> Option<Self> {
        let (from, to) = (self.from.max(from), self.to.into_iter().chain(to).min());
        to.is_none_or(|to| from < to).then_some(Self { from, to, ..*self })
    }
}

/// Joins stays in the same sprint that follow each other without a gap.
pub(crate) fn joined(mut stays: Vec<Stay>) -> Vec<Stay> {
    stays.sort_by_key(|stay| (stay.sprint, stay.from));
    stays.dedup_by(|next, stay| {
        let meets = stay.sprint == next.sprint && stay.to == Some(next.from);
        if meets {
            stay.to = next.to;
        }
        meets
    });
    stays
}

/// When the issue was in which sprint, by sprint and time. Stays of no length are left out.
pub(crate) fn stays_of(history: &IssueHistory) -> Vec<Stay> {
    let mut stays: Vec<Stay> = Vec::new();
    for span in history.timeline(&Field::Sprint).into_iter().flat_map(|timeline| timeline.spans()) {
        if span.to == Some(span.from) {
            continue;
        }
        let ids = sprint_ids(&span.value).into_iter();
        stays.extend(ids.map(|sprint| Stay { sprint, from: span.from, to: span.to }));
    }
    joined(stays)
}

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

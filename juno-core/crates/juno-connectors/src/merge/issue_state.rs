use std::cmp::Ordering;
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use juno_domain::{Event, IncompleteReason, Issue};

use crate::{HistoryRecord, IssueRecord};

/// One issue as all sources together know it.
#[derive(Debug)]
pub(crate) struct IssueState {
    /// The latest copy.
    pub(crate) issue: Issue,
    pub(crate) parent_id: Option<String>,
    pub(crate) missing_comments: u64,
    has_history: bool,
    history: History,
}

/// What is known of an issue's history.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) events: Vec<Event>,
    /// The instant of the latest copy that came with a changelog.
    with_copy: Option<DateTime<Utc>>,
    /// Whether history came on its own.
    alone: bool,
    total: Option<u64>,
    entries: Vec<String>,
    reasons: BTreeSet<IncompleteReason>,
}

impl IssueState {
    /// The first copy.
    pub(crate) fn new(record: IssueRecord) -> Self {
        let mut history = History::default();
        let has_history = record.history.present;
        if has_history {
            history.with_copy = Some(record.issue.updated);
            history.total = record.history.total;
            history.entries = record.history.entries;
            history.reasons = record.issue.completeness.reasons().iter().cloned().collect();
        }
        history.events = record.events;
        Self {
            issue: record.issue,
            parent_id: record.parent_id,
            missing_comments: record.missing_comments,
            has_history,
            history,
        }
    }

    /// Takes in what another copy knows. The same in any order.
    pub(crate) fn merge(&mut self, other: Self) {
        self.history.merge(other.history);
        self.parent_id = self.parent_id.take().max(other.parent_id);
        if self.order(&other.issue, other.has_history) == Ordering::Less {
            self.issue = other.issue;
            self.missing_comments = other.missing_comments;
            self.has_history = other.has_history;
        }
    }

    /// Which copy wins: the one changed last; among equals one with a history, then the less incomplete one.
    fn order(&self, other: &Issue, other_has_history: bool) -> Ordering {
        let gaps = |issue: &Issue| std::cmp::Reverse(issue.completeness.reasons().len());
        let first = (self.issue.updated, self.has_history, gaps(&self.issue));
        first.cmp(&(other.updated, other_has_history, gaps(other))).then_with(|| {
            // Rare: two copies of one instant that differ. Any fixed rule does.
            if self.issue == *other { Ordering::Equal } else { text(&self.issue).cmp(&text(other)) }
        })
    }

    /// Takes in history that came on its own.
    pub(crate) fn add_history(&mut self, history: History) {
        self.history.merge(history);
    }

    /// The issue with what is known of its completeness, and its events.
    pub(crate) fn finish(mut self) -> (Issue, Vec<Event>, BTreeSet<IncompleteReason>) {
        let history = &mut self.history;
        let mut reasons = std::mem::take(&mut history.reasons);
        reasons.extend(self.issue.completeness.reasons().iter().cloned());
        reasons.retain(|reason| {
            !matches!(reason, IncompleteReason::NoChangelog | IncompleteReason::Truncated { .. })
        });
        history.entries.sort_unstable();
        history.entries.dedup();
        let received = history.entries.len() as u64;
        match history.total.filter(|total| *total > received) {
            Some(total) => {
                reasons.insert(IncompleteReason::Truncated { total, received });
            }
            // The latest copy came without history and is younger than the one that has it: what happened
            // in between is unknown.
            None if !history.alone && history.with_copy.is_none_or(|with| with < self.issue.updated) => {
                reasons.insert(IncompleteReason::NoChangelog);
            }
            None => {}
        }
        (self.issue, self.history.events, reasons)
    }
}

impl History {
    /// History that came on its own.
    pub(crate) fn of(record: HistoryRecord) -> Self {
        Self {
            events: record.events,
            with_copy: None,
            alone: true,
            total: record.history.total,
            entries: record.history.entries,
            reasons: record.reasons.into_iter().collect(),
        }
    }

    /// Takes in more of it.
    pub(crate) fn merge(&mut self, other: Self) {
        self.events.extend(other.events);
        self.with_copy = self.with_copy.max(other.with_copy);
        self.alone |= other.alone;
        self.total = self.total.max(other.total);
        self.entries.extend(other.entries);
        self.reasons.extend(other.reasons);
    }
}

fn text(issue: &Issue) -> String {
    serde_json::to_string(issue).unwrap_or_default()
}

//! What became of each issue of a sprint: the walk both the sprint report and the snapshot rest on.

use chrono::{DateTime, Utc};
use juno_domain::{Sprint, SprintId, SprintPhase, StatusCategory};

use crate::history::Entry;
use crate::sprint_state::{closing, phase};

/// The part of a sprint that an answer at one instant may see.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) phase: SprintPhase,
    /// The start, where it is known and was reached.
    pub(crate) start: Option<DateTime<Utc>>,
    /// The instant asked for, or the closing instant if that came first.
    pub(crate) until: DateTime<Utc>,
    /// Whether the sprint ran although its dates do not say when.
    pub(crate) undated: bool,
}

impl Window {
    pub(crate) fn of(sprint: &Sprint, at: DateTime<Utc>) -> Self {
        let phase = phase(sprint, at);
        let closed = closing(sprint);
        let until = closed.filter(|_| phase == SprintPhase::Finished).map_or(at, |closed| closed.min(at));
        let start = sprint.start.filter(|_| phase != SprintPhase::Planned).map(|start| start.min(until));
        let undated = match phase {
            SprintPhase::Planned => false,
            SprintPhase::Running => start.is_none(),
            SprintPhase::Finished => start.is_none() || sprint.closed_at.is_none(),
        };
        Self { phase, start, until, undated }
    }

    /// The instant at which the commitment is read.
    pub(crate) fn committed_at(&self) -> DateTime<Utc> {
        self.start.unwrap_or(self.until)
    }
}

/// Where an issue stood at the end of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// In the sprint, done in it.
    Completed,
    /// In the sprint, not done.
    NotCompleted(StatusCategory),
    /// Done, but not in this sprint: before it started, before the issue came in, or after it left.
    CompletedElsewhere,
    /// Not in the sprint, not done.
    Gone,
}

/// An issue's way through a sprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Way {
    /// In the scope at the start.
    pub(crate) committed: bool,
    /// When it first came into the scope after the start.
    pub(crate) added: Option<DateTime<Utc>>,
    /// When it last left the scope, if it was out of it at the end.
    pub(crate) removed: Option<DateTime<Utc>>,
    pub(crate) end: End,
}

/// Follows one issue through the window. `None` if it was never in the sprint's sight.
///
/// The scope at an instant is every issue in the sprint that is not done, or was done while in the sprint after
/// its start. So an issue that was complete before the start is no commitment, and one that is reopened in the
/// sprint comes into the scope at that moment. Issues committed + added − removed are always those in the scope.
pub(crate) fn walk(entry: &Entry, sprint: SprintId, window: &Window) -> Option<Way> {
    let stays: Vec<_> = entry.stays.iter().filter(|stay| stay.sprint == sprint).collect();
    let member = |t: DateTime<Utc>| stays.iter().any(|stay| stay.covers(t));
    let begun = |t: DateTime<Utc>| match (window.start, window.phase) {
        (Some(start), _) => start < t,
        (None, SprintPhase::Planned) => false,
        (None, _) => true,
    };
    let done_here = |since: DateTime<Utc>| begun(since) && member(since);
    let scope = |t: DateTime<Utc>| member(t) && entry.done_since(t).is_none_or(done_here);
    let until = window.until;
    let start = window.committed_at();

    let mut steps: Vec<DateTime<Utc>> =
        stays.iter().flat_map(|stay| [Some(stay.from), stay.to]).flatten().collect();
    steps.extend(entry.flow.iter().map(|span| span.from));
    steps.retain(|t| start < *t && *t <= until);
    steps.sort_unstable();
    steps.dedup();
    let committed = scope(start);
    let (mut inside, mut added, mut removed) = (committed, None, None);
    for t in steps {
        let now = scope(t);
        match (inside, now) {
            (false, true) => added = added.or(Some(t)),
            (true, false) => removed = Some(t),
            _ => {}
        }
        inside = now;
    }
    let done = entry.done_since(until);
    let end = match (member(until), done) {
        (true, Some(since)) if done_here(since) => End::Completed,
        (true, Some(_)) => End::CompletedElsewhere,
        (true, None) => End::NotCompleted(entry.category_at(until).unwrap_or(StatusCategory::Unknown)),
        (false, Some(since)) if removed.is_some_and(|left| left <= since) => End::CompletedElsewhere,
        (false, _) => End::Gone,
    };
    let seen = committed || added.is_some() || end == End::CompletedElsewhere;
    seen.then_some(Way {
        committed,
        added: added.filter(|_| !committed),
        removed: removed.filter(|_| !inside),
        end,
    })
}

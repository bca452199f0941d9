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
    /// In the sprint and done, but not in this sprint: before it started, or before the issue came in.
    CompletedElsewhere,
    /// Not in the sprint.
    Gone,
}

/// An issue's way through a sprint: by membership, as the report tells it, and by scope, as a snapshot counts it.
///
/// The scope at an instant is every issue in the sprint that is not done, or was done while in the sprint after
/// its start. An issue that comes in done is a member and no scope; one that is reopened in the sprint comes into
/// the scope at that moment. Issues committed + entered − dropped are always those in the scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Way {
    /// In the scope at the start.
    pub(crate) committed: bool,
    /// When it first came into the sprint, if it was not in it at the start.
    pub(crate) added: Option<DateTime<Utc>>,
    /// When it last left the sprint, if it was not in it at the end.
    pub(crate) removed: Option<DateTime<Utc>>,
    /// When it first came into the scope, if it was not in it at the start.
    pub(crate) entered: Option<DateTime<Utc>>,
    /// When it last left the scope, if it was not in it at the end.
    pub(crate) dropped: Option<DateTime<Utc>>,
    pub(crate) end: End,
}

/// Something that holds or does not, followed through time.
struct Follow {
    at_start: bool,
    now: bool,
    first_in: Option<DateTime<Utc>>,
    last_out: Option<DateTime<Utc>>,
}

impl Follow {
    fn new(at_start: bool) -> Self {
        Self { at_start, now: at_start, first_in: None, last_out: None }
    }

    fn step(&mut self, at: DateTime<Utc>, holds: bool) {
        match (self.now, holds) {
            (false, true) => self.first_in = self.first_in.or(Some(at)),
            (true, false) => self.last_out = Some(at),
            _ => {}
        }
        self.now = holds;
    }

    fn came(&self) -> Option<DateTime<Utc>> {
        self.first_in.filter(|_| !self.at_start)
    }

    fn left(&self) -> Option<DateTime<Utc>> {
        self.last_out.filter(|_| !self.now)
    }
}

/// Follows one issue through the window. `None` if it was not in the sprint in that time.
pub(crate) fn walk(entry: &Entry, sprint: SprintId, window: &Window) -> Option<Way> {
    let stays: Vec<_> = entry.stays.iter().filter(|stay| stay.sprint == sprint).collect();
    let member = |t: DateTime<Utc>| stays.iter().any(|stay| stay.covers(t));
    let begun = |t: DateTime<Utc>| match (window.start, window.phase) {
        (Some(start), _) => start < t,
        (None, SprintPhase::Planned) => false,
        (None, _) => true,
    };
    let done_here = |since: DateTime<Utc>| begun(since) && member(since);
    let in_scope = |t: DateTime<Utc>| member(t) && entry.done_since(t).is_none_or(done_here);
    let (start, until) = (window.committed_at(), window.until);

    let ends = stays.iter().flat_map(|stay| [Some(stay.from), stay.to]).flatten();
    let mut steps: Vec<DateTime<Utc>> = ends.chain(entry.flow.iter().map(|span| span.from)).collect();
    steps.retain(|t| start < *t && *t <= until);
    steps.sort_unstable();
    steps.dedup();
    let (mut membership, mut scope) = (Follow::new(member(start)), Follow::new(in_scope(start)));
    for t in steps {
        membership.step(t, member(t));
        scope.step(t, in_scope(t));
    }
    let end = match (membership.now, entry.done_since(until)) {
        (false, _) => End::Gone,
        (true, Some(since)) if done_here(since) => End::Completed,
        (true, Some(_)) => End::CompletedElsewhere,
        (true, None) => End::NotCompleted(entry.category_at(until).unwrap_or(StatusCategory::Unknown)),
    };
    (membership.at_start || membership.first_in.is_some()).then(|| Way {
        committed: scope.at_start,
        added: membership.came(),
        removed: membership.left(),
        entered: scope.came(),
        dropped: scope.left(),
        end,
    })
}

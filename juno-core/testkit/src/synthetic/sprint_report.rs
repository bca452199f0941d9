use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::IssueTruth;

/// An issue in a sprint report with the estimate that counts there; `None` if it had none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReportLine {
    /// Current key.
    pub key: String,
    /// Estimate at the instant its list is about.
    pub points: Option<f64>,
}

/// What became of a sprint's issues.
///
/// *Start* is the real start; an entry of that very instant still belongs to the start. *End* is the real end, or
/// the instant of the export while the sprint runs. The *scope* at an instant is every issue that is in the sprint
/// and not done, or was done while in the sprint after its start. Sub-tasks go with their parents and are listed
/// like other issues; they have no estimates. Lines are in the order of keys.
///
/// The issues of `committed` and `added` without those of `removed` are those of `completed` and `not_completed`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SprintReport {
    /// In the scope at the start, with the estimate of then.
    pub committed: Vec<ReportLine>,
    /// Came into the scope after the start (put into the sprint, or reopened in it), even if it left again, with the
    /// estimate of when it first came. What was in the scope at the start is not here, also if it left and came back.
    pub added: Vec<ReportLine>,
    /// Was in the scope and is not at the end, with the estimate of when it left for the last time.
    pub removed: Vec<ReportLine>,
    /// In the sprint at its end and done in it, with the estimate of the end.
    pub completed: Vec<ReportLine>,
    /// In the sprint at its end and not done, with the estimate of the end.
    pub not_completed: Vec<ReportLine>,
    /// Done at the end, but before the sprint started, before it came in, or after it was removed; estimate of the end.
    pub completed_elsewhere: Vec<ReportLine>,
}

impl SprintReport {
    /// The points of a list; lines without an estimate count 0.
    #[must_use]
    pub fn points(lines: &[ReportLine]) -> f64 {
        // From +0.0: the sum of nothing would be −0.0.
        lines.iter().filter_map(|l| l.points).fold(0.0, |sum, p| sum + p)
    }

    /// The report of sprint `id` from `start` to `end`.
    #[must_use]
    pub fn new(
        issues: &BTreeMap<String, IssueTruth>,
        id: u64,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
    ) -> Self {
        Self::of(issues.values(), id, start, end)
    }

    /// As [`new`](Self::new), from the issues that were ever in the sprint, in the order of keys.
    pub(crate) fn of<'a>(
        issues: impl Iterator<Item = &'a IssueTruth>,
        id: u64,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
    ) -> Self {
        let mut report = Self::default();
        for issue in issues {
            report.count(issue, id, start, end);
        }
        report
    }

    fn count(&mut self, issue: &IssueTruth, id: u64, start: DateTime<Utc>, end: DateTime<Utc>) {
        let line = |at| ReportLine { key: issue.key.clone(), points: issue.points.at(at).copied().flatten() };
        let inside = |at| issue.sprint.at(at).is_some_and(|s| s.contains(&id));
        let done_here = |since| since > start && inside(since);
        let in_scope = |at| inside(at) && issue.done_since(at).is_none_or(done_here);
        let changes = (issue.sprint.spans().iter().map(|s| s.from))
            .chain(issue.status.spans().iter().map(|s| s.from))
            .filter(|at| *at > start && *at <= end);
        let changes: BTreeSet<DateTime<Utc>> = changes.collect();
        let committed = in_scope(start);
        let (mut came, mut left, mut now) = (None, None, committed);
        for at in changes {
            match (now, in_scope(at)) {
                (false, true) => came = came.or(Some(at)),
                (true, false) => left = Some(at),
                _ => {}
            }
            now = in_scope(at);
        }
        if committed {
            self.committed.push(line(start));
        } else if let Some(came) = came {
            self.added.push(line(came));
        }
        if let Some(left) = left.filter(|_| !now) {
            self.removed.push(line(left));
        }
        match (inside(end), issue.done_since(end)) {
            (true, None) => self.not_completed.push(line(end)),
            (true, Some(since)) if done_here(since) => self.completed.push(line(end)),
            (true, Some(_)) => self.completed_elsewhere.push(line(end)),
            (false, Some(since)) if left.is_some_and(|left| left <= since) => {
                self.completed_elsewhere.push(line(end))
            }
            (false, _) => {}
        }
    }
}

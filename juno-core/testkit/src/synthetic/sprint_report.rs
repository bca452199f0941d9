use std::collections::BTreeMap;

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

/// What became of a sprint's issues, by the rules of Jira's own report. Sub-tasks are not counted: they go with
/// their parents. Lines are in the order of keys.
///
/// *Start* is the real start; an entry of that very instant still belongs to the start. *End* is the real end, or
/// the instant of the export while the sprint runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SprintReport {
    /// In the sprint and not done at its start, with the estimate of then.
    pub committed: Vec<ReportLine>,
    /// Not in the sprint at its start, put in later (even if taken out again), with the estimate of when it came.
    pub added: Vec<ReportLine>,
    /// In the sprint at some time, not at its end, with the estimate of when it went for the last time.
    pub removed: Vec<ReportLine>,
    /// In the sprint and done at its end, with the estimate of then.
    pub completed: Vec<ReportLine>,
    /// In the sprint at its end and not done, with the estimate of then.
    pub not_completed: Vec<ReportLine>,
    /// In the sprint and done at its end, and done already when it came in, without a break.
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
        for issue in issues.filter(|i| i.parent.is_none()) {
            report.count(issue, id, start, end);
        }
        report
    }

    fn count(&mut self, issue: &IssueTruth, id: u64, start: DateTime<Utc>, end: DateTime<Utc>) {
        let line = |at| ReportLine { key: issue.key.clone(), points: issue.points.at(at).copied().flatten() };
        let inside = |at| issue.sprint.at(at).is_some_and(|s| s.contains(&id));
        let done = |at| issue.status.at(at).is_some_and(|s| s.done);
        // Instants after the start at which membership changed, with what it became.
        let changes: Vec<(DateTime<Utc>, bool)> = issue
            .sprint
            .spans()
            .iter()
            .map(|s| (s.from, s.value.contains(&id)))
            .filter(|(at, _)| *at > start && *at <= end)
            .collect();
        let came = if inside(start) {
            Some(start)
        } else {
            changes.iter().find(|(_, inside)| *inside).map(|(at, _)| *at)
        };
        let Some(came) = came else { return };
        if came > start {
            self.added.push(line(came));
        } else if !done(start) {
            self.committed.push(line(start));
        }
        if !inside(end) {
            let went = changes
                .iter()
                .rfind(|(at, inside)| !inside && issue.sprint.before(*at).is_some_and(|s| s.contains(&id)));
            self.removed.push(line(went.map_or(end, |(at, _)| *at)));
            return;
        }
        let open_inside = issue
            .status
            .spans()
            .iter()
            .any(|s| !s.value.done && s.from <= end && s.to.is_none_or(|to| to > came));
        if !done(end) {
            self.not_completed.push(line(end));
        } else if open_inside {
            self.completed.push(line(end));
        } else {
            self.completed_elsewhere.push(line(end));
        }
    }
}

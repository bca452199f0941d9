//! History as lines of JSON, the same from Rust, Python and Node.

use chrono::{DateTime, Utc};
use juno_domain::{Completeness, Field, FieldValue, SprintPhase, StoryPoints};
use serde::{Serialize, Serializer};

use crate::error::AnalyticsError;
use crate::history::History;
use crate::issue_history::IssueHistory;
use crate::sprint_report::{ReportPart, SprintReport};
use crate::timeline::Span;
use crate::value::{filled, points, same, sprint_ids};

/// One issue's history: `{"key","id","complete","incomplete","fields"}`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IssueLine {
    /// Its key, as of the instant asked for.
    pub key: String,
    /// Its lasting id.
    pub id: String,
    /// Whether nothing is known to be missing.
    pub complete: bool,
    /// Why not, in words.
    pub incomplete: Vec<String>,
    /// The history of its main fields.
    pub fields: IssueFields,
}

/// The fields of an [`IssueLine`], each a list of values with the time they held: contiguous, the first from
/// creation, the last open. Values that were left in the instant they came are not listed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IssueFields {
    /// The status by the name of its day, with its lasting id.
    pub status: Vec<StatusInterval>,
    /// The assignee's account id, with the display name of its day.
    pub assignee: Vec<AssigneeInterval>,
    /// The sprints' ids.
    pub sprint: Vec<Interval<Vec<u64>>>,
    /// Story points.
    pub points: Vec<Interval<Option<Number>>>,
    /// The impediment flag.
    pub flagged: Vec<Interval<bool>>,
}

/// A value and the time it held: `{"value","from","to"}`, `to` null while it is current.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Interval<T> {
    /// The value.
    pub value: T,
    /// Since when, included.
    pub from: DateTime<Utc>,
    /// Until when, excluded.
    pub to: Option<DateTime<Utc>>,
}

/// A status and the time it held.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatusInterval {
    /// Its name of that day; null where it is unknown.
    pub value: Option<String>,
    /// Its lasting id, where known.
    pub id: Option<String>,
    /// Since when, included.
    pub from: DateTime<Utc>,
    /// Until when, excluded.
    pub to: Option<DateTime<Utc>>,
}

/// An assignee and the time they worked on it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AssigneeInterval {
    /// Their account id; null for nobody.
    pub value: Option<String>,
    /// Their display name of that day.
    pub name: Option<String>,
    /// Since when, included.
    pub from: DateTime<Utc>,
    /// Until when, excluded.
    pub to: Option<DateTime<Utc>>,
}

/// A number that is written without a fraction where it has none: `3`, `0.5`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number(pub f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Beyond 2^53 an f64 has no unit digit of its own, so the float form says as much.
        if self.0.fract() == 0.0 && self.0.abs() < 9_007_199_254_740_992.0 {
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

impl From<StoryPoints> for Number {
    fn from(points: StoryPoints) -> Self {
        Self(points.get())
    }
}

/// One line of an exported history.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum HistoryLine {
    /// An issue's.
    Issue(IssueLine),
    /// A sprint's.
    Sprint(SprintLine),
}

/// One sprint with its report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SprintLine {
    /// Its id.
    pub sprint: u64,
    /// Its name.
    pub name: String,
    /// `future`, `active` or `closed`, as of the instant asked for.
    pub state: &'static str,
    /// Its start.
    pub start: Option<DateTime<Utc>>,
    /// Its planned end.
    pub end: Option<DateTime<Utc>>,
    /// When it was closed.
    pub closed: Option<DateTime<Utc>>,
    /// Whether nothing is known to be missing.
    pub complete: bool,
    /// Why not, in words.
    pub incomplete: Vec<String>,
    /// See [`SprintReport`].
    pub committed: PartLine,
    /// See [`SprintReport`].
    pub added: PartLine,
    /// See [`SprintReport`].
    pub removed: PartLine,
    /// See [`SprintReport`].
    pub completed: PartLine,
    /// See [`SprintReport`].
    pub not_completed: PartLine,
    /// See [`SprintReport`].
    pub completed_elsewhere: PartLine,
}

/// Some issues of a sprint: `{"keys","points"}`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartLine {
    /// Their keys, sorted.
    pub keys: Vec<String>,
    /// The sum of their estimates.
    pub points: Number,
}

impl From<&ReportPart> for PartLine {
    fn from(part: &ReportPart) -> Self {
        Self { keys: part.keys.iter().map(ToString::to_string).collect(), points: part.points.into() }
    }
}

impl From<&SprintReport> for SprintLine {
    fn from(report: &SprintReport) -> Self {
        Self {
            sprint: report.sprint.0,
            name: report.name.clone(),
            state: match report.phase {
                SprintPhase::Planned => "future",
                SprintPhase::Running => "active",
                SprintPhase::Finished => "closed",
            },
            start: report.start,
            end: report.end,
            closed: report.closed_at,
            complete: report.completeness.is_complete(),
            incomplete: words(&report.completeness),
            committed: (&report.committed).into(),
            added: (&report.added).into(),
            removed: (&report.removed).into(),
            completed: (&report.completed).into(),
            not_completed: (&report.not_completed).into(),
            completed_elsewhere: (&report.completed_elsewhere).into(),
        }
    }
}

fn words(completeness: &Completeness) -> Vec<String> {
    completeness.reasons().iter().map(ToString::to_string).collect()
}

/// One issue's history as known at `at`; all of it if `at` is `None`. `None` if it did not exist by then.
#[must_use]
pub fn issue_line(issue: &IssueHistory, at: Option<DateTime<Utc>>) -> Option<IssueLine> {
    let known = at.unwrap_or(DateTime::<Utc>::MAX_UTC);
    let key = issue.key_at(known)?;
    let completeness = issue.completeness_at(known);
    Some(IssueLine {
        key: key.to_string(),
        id: issue.id().to_string(),
        complete: completeness.is_complete(),
        incomplete: words(&completeness),
        fields: IssueFields {
            status: spans(issue, &Field::Status, known, |value, from, to| StatusInterval {
                value: filled(&value.text).map(str::to_owned),
                id: filled(&value.id).map(str::to_owned),
                from,
                to,
            }),
            assignee: spans(issue, &Field::Assignee, known, |value, from, to| AssigneeInterval {
                value: filled(&value.id).or_else(|| filled(&value.text)).map(str::to_owned),
                name: filled(&value.text).map(str::to_owned),
                from,
                to,
            }),
            sprint: spans(issue, &Field::Sprint, known, |value, from, to| Interval {
                value: sprint_ids(value).into_iter().map(|id| id.0).collect(),
                from,
                to,
            }),
            points: spans(issue, &Field::Points, known, |value, from, to| Interval {
                value: points(value).map(Number::from),
                from,
                to,
            }),
            flagged: spans(issue, &Field::Flagged, known, |value, from, to| Interval {
                value: !value.is_empty(),
                from,
                to,
            }),
        },
    })
}

fn spans<T>(
    issue: &IssueHistory,
    field: &Field,
    known: DateTime<Utc>,
    line: impl Fn(&FieldValue, DateTime<Utc>, Option<DateTime<Utc>>) -> T,
) -> Vec<T> {
    let mut spans: Vec<Span> = Vec::new();
    for span in issue.timeline(field).into_iter().flat_map(|timeline| timeline.up_to(known)) {
        // A value that was left in the instant it came never held; without it, equal neighbours are one.
        match spans.last_mut() {
            _ if span.to == Some(span.from) => {}
            Some(last) if same(field, &last.value, &span.value) => last.to = span.to,
            _ => spans.push(span),
        }
    }
    spans.iter().map(|span| line(&span.value, span.from, span.to)).collect()
}

impl History {
    /// The lines of all issues and then of all sprints, as known at `at`; all of it if `None`.
    ///
    /// # Errors
    /// None that data can cause.
    pub fn lines(&self, at: Option<DateTime<Utc>>) -> Result<Vec<HistoryLine>, AnalyticsError> {
        let sprints = self.sprint_lines(at)?.into_iter().map(HistoryLine::Sprint);
        Ok(self.issue_lines(at).map(HistoryLine::Issue).chain(sprints).collect())
    }

    /// The lines of all issues as known at `at` (all of it if `None`), by issue id.
    pub fn issue_lines(&self, at: Option<DateTime<Utc>>) -> impl Iterator<Item = IssueLine> + '_ {
        self.issues().filter_map(move |issue| issue_line(issue, at))
    }

    /// The lines of all sprints as known at `at`, by sprint id: those [known](Self::is_known_at) by then. `None`
    /// asks for all that is known.
    ///
    /// # Errors
    /// None that data can cause.
    pub fn sprint_lines(&self, at: Option<DateTime<Utc>>) -> Result<Vec<SprintLine>, AnalyticsError> {
        let at = at.unwrap_or(DateTime::<Utc>::MAX_UTC);
        let known = self.sprints().filter(|sprint| self.is_known_at(sprint.id, at));
        known.map(|sprint| Ok(SprintLine::from(&self.sprint_report(sprint.id, at)?))).collect()
    }
}

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use juno_domain::{IncompleteReason, IssueKey, StatusCategory, TeamId};
use serde::{Deserialize, Serialize};

use crate::error::AnalyticsError;
use crate::history::{Entry, History};
use crate::percentile::{PercentileMethod, percentile};

const SECONDS_PER_DAY: f64 = 86_400.0;

/// How long an issue took, by name. On one real data set the median lies between 0 and 7 days depending on the
/// rule, so every number says which it follows. All are elapsed time, nights and weekends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CycleTimeRule {
    /// From the first entry into a status in progress to the entry into done that lasted. A reopened issue counts
    /// until it was done for good.
    FirstInProgressToFinalDone,
    /// From the first entry into a status in progress to the first entry into done after it.
    FirstInProgressToFirstDone,
    /// All time spent in statuses in progress until the entry into done that lasted.
    TimeInProgress,
    /// From creation to the entry into done that lasted.
    CreatedToFinalDone,
    /// From creation to the source's resolution date (Jira's `resolutiondate`).
    CreatedToResolution,
}

impl CycleTimeRule {
    /// What the rule counts, in one sentence.
    #[must_use]
    pub const fn definition(self) -> &'static str {
        match self {
            Self::FirstInProgressToFinalDone => {
                "first entry into in progress to the last entry into done, elapsed"
            }
            Self::FirstInProgressToFirstDone => {
                "first entry into in progress to the first done after it, elapsed"
            }
            Self::TimeInProgress => "sum of the time spent in progress until the last entry into done",
            Self::CreatedToFinalDone => "creation to the last entry into done, elapsed",
            Self::CreatedToResolution => "creation to the resolution date, elapsed",
        }
    }
}

impl fmt::Display for CycleTimeRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.definition())
    }
}

/// Why an issue has no duration under a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Excluded {
    /// Not finished by then.
    NotFinished,
    /// It went to done without ever being in progress.
    NeverInProgress,
    /// Its changelog is missing or cut, so its start is unknown.
    HistoryMissing,
    /// It was resolved before it was created: one of the dates is wrong.
    DatesContradict,
}

/// How long issues took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Durations {
    /// The rule.
    pub rule: CycleTimeRule,
    /// Only what was known by then.
    pub as_of: DateTime<Utc>,
    /// Every issue with its end and its days, by end, then key.
    pub items: Vec<IssueDuration>,
    /// How many issues have none, by reason.
    pub excluded: BTreeMap<Excluded, u32>,
}

/// How long one issue took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IssueDuration {
    /// The issue, by its key as of the question.
    pub key: IssueKey,
    /// When it was finished.
    pub finished_at: DateTime<Utc>,
    /// Days, with fractions; 0 or more.
    pub days: f64,
}

impl Durations {
    /// How many issues have a duration.
    #[must_use]
    pub fn n(&self) -> usize {
        self.items.len()
    }

    /// A percentile in days.
    ///
    /// # Errors
    /// If `percent` is outside 0 to 100; `NotEnoughData` if no issue has a duration.
    pub fn percentile(&self, percent: f64, method: PercentileMethod) -> Result<f64, AnalyticsError> {
        let mut days: Vec<f64> = self.items.iter().map(|item| item.days).collect();
        days.sort_by(f64::total_cmp);
        percentile(&days, percent, method)
    }
}

impl History {
    /// How long the issues finished by `as_of` took under `rule`; of one team where given.
    #[must_use]
    pub fn durations(&self, rule: CycleTimeRule, as_of: DateTime<Utc>, team: Option<&TeamId>) -> Durations {
        let mut durations = Durations { rule, as_of, items: Vec::new(), excluded: BTreeMap::new() };
        for entry in self.entries.iter().filter(|entry| entry.history.exists_at(as_of)) {
            if team.is_some_and(|team| self.team_of_entry(entry, as_of) != Some(team)) {
                continue;
            }
            match duration(entry, rule, as_of) {
                Ok((finished_at, seconds)) => durations.items.push(IssueDuration {
                    key: entry.history.key_at(as_of).unwrap_or_else(|| entry.history.key().clone()),
                    finished_at,
                    days: seconds / SECONDS_PER_DAY,
                }),
                Err(reason) => *durations.excluded.entry(reason).or_default() += 1,
            }
        }
        durations.items.sort_by(|a, b| (a.finished_at, &a.key).cmp(&(b.finished_at, &b.key)));
        durations
    }
}

/// When an issue was finished and how many seconds it took, or why there is no such number.
fn duration(
    entry: &Entry,
    rule: CycleTimeRule,
    as_of: DateTime<Utc>,
) -> Result<(DateTime<Utc>, f64), Excluded> {
    let created = entry.history.created();
    let seconds = |from: DateTime<Utc>, to: DateTime<Utc>| (to - from).num_milliseconds() as f64 / 1000.0;
    if rule == CycleTimeRule::CreatedToResolution {
        let resolved = entry.resolved.filter(|at| *at <= as_of).ok_or(Excluded::NotFinished)?;
        let known = resolved >= created;
        return known.then(|| (resolved, seconds(created, resolved))).ok_or(Excluded::DatesContradict);
    }
    let finished = entry.done_since(as_of).ok_or(Excluded::NotFinished)?;
    if rule == CycleTimeRule::CreatedToFinalDone {
        return Ok((finished, seconds(created, finished)));
    }
    let missing = |r: &IncompleteReason| {
        matches!(r, IncompleteReason::NoChangelog | IncompleteReason::Truncated { .. })
    };
    if entry.history.completeness_at(as_of).reasons().iter().any(missing) {
        return Err(Excluded::HistoryMissing);
    }
    let spans = entry.flow.iter().filter(|span| span.from <= finished);
    let working = |category| matches!(category, StatusCategory::InProgress | StatusCategory::Unknown);
    let started = spans.clone().find(|span| working(span.category)).ok_or(Excluded::NeverInProgress)?.from;
    match rule {
        CycleTimeRule::FirstInProgressToFirstDone => {
            let mut later =
                spans.filter(|span| span.from >= started && span.category == StatusCategory::Done);
            let done = later.next().map_or(finished, |span| span.from);
            Ok((done, seconds(started, done)))
        }
        CycleTimeRule::TimeInProgress => {
            let ends = spans.clone().skip(1).map(|span| span.from).chain([finished]);
            let spent = spans.zip(ends).filter(|(span, _)| working(span.category));
            Ok((finished, spent.map(|(span, end)| seconds(span.from, end)).sum()))
        }
        _ => Ok((finished, seconds(started, finished))),
    }
}

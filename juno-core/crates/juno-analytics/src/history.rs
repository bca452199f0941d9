use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use juno_domain::{
    Comment, Dataset, Event, Field, IncompleteReason, Issue, IssueId, IssueKey, IssueLink, Progress,
    ProjectKey, Sprint, SprintId, SprintState, StatusCategory, TeamId,
};

use crate::error::AnalyticsError;
use crate::issue_history::IssueHistory;
use crate::options::HistoryOptions;
use crate::stay::{Stay, stays_of};
use crate::team::Teams;
use crate::workflow::Workflow;

/// How many issues are replayed between two looks at the progress handle.
const STEP: usize = 1024;

/// The past of everything in a dataset, ready to be asked about any instant.
///
/// Building costs one sort of the events; a question about one sprint touches the issues that were ever in it.
#[derive(Debug, Clone)]
pub struct History {
    pub(crate) entries: Vec<Entry>,
    pub(crate) sprints: BTreeMap<SprintId, Sprint>,
    pub(crate) by_sprint: BTreeMap<SprintId, Vec<usize>>,
    pub(crate) gaps: BTreeMap<ProjectKey, BTreeMap<IncompleteReason, Gap>>,
    pub(crate) teams: Teams,
    pub(crate) options: HistoryOptions,
    by_key: BTreeMap<IssueKey, usize>,
    workflow: Workflow,
    observed_until: Option<DateTime<Utc>>,
    newest_sprints: Vec<(DateTime<Utc>, SprintId)>,
    orphan_events: usize,
}

/// An issue's history with what belongs to it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) history: IssueHistory,
    /// Status categories through time, equal neighbours joined.
    pub(crate) flow: Vec<CategorySpan>,
    /// When it was in which sprint.
    pub(crate) stays: Vec<Stay>,
    /// Its project now.
    pub(crate) project: ProjectKey,
    pub(crate) subtask: bool,
    pub(crate) resolved: Option<DateTime<Utc>>,
    pub(crate) links: Vec<IssueLink>,
    pub(crate) comments: Vec<Comment>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CategorySpan {
    pub(crate) from: DateTime<Utc>,
    pub(crate) category: StatusCategory,
}

/// A stretch of time for which the changes of some issue of a project are missing: that issue may have been in
/// any sprint of the project.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gap {
    pub(crate) from: DateTime<Utc>,
    pub(crate) until: DateTime<Utc>,
}

impl Entry {
    pub(crate) fn category_at(&self, t: DateTime<Utc>) -> Option<StatusCategory> {
        self.span_at(t).map(|span| span.category)
    }

    /// Since when it has been done without a break at `t`; `None` if it is not done.
    pub(crate) fn done_since(&self, t: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.span_at(t).filter(|span| span.category == StatusCategory::Done).map(|span| span.from)
    }

    pub(crate) fn is_open(&self, t: DateTime<Utc>) -> bool {
        self.category_at(t).is_some_and(|category| category != StatusCategory::Done)
    }

    fn span_at(&self, t: DateTime<Utc>) -> Option<&CategorySpan> {
        let after = self.flow.partition_point(|span| span.from <= t);
        self.flow.get(after.checked_sub(1)?)
    }
}

impl History {
    /// Rebuilds the past of every issue of `dataset`.
    ///
    /// Events may come in any order and more than once. An event of an issue that is not in the data is counted
    /// ([`orphan_events`](Self::orphan_events)) and otherwise left out.
    ///
    /// # Errors
    /// `Cancelled` if `progress` is cancelled.
    pub fn build(
        dataset: &Dataset,
        options: &HistoryOptions,
        progress: &Progress,
    ) -> Result<Self, AnalyticsError> {
        let mut events: BTreeMap<&IssueId, Vec<&Event>> = BTreeMap::new();
        for event in &dataset.events {
            events.entry(&event.issue).or_default().push(event);
        }
        Self::replay(dataset, dataset.events.len(), options, progress, |history, issue| {
            let own = events.remove(&issue.id).unwrap_or_default();
            let used = own.len();
            history.add(issue, own);
            used
        })
    }

    /// As [`build`](Self::build), but takes the events out of `dataset` and frees them as it goes, so that all
    /// events and all histories are never in memory together. `dataset` has no events afterwards, also on an error.
    ///
    /// # Errors
    /// `Cancelled` if `progress` is cancelled.
    pub fn build_taking_events(
        dataset: &mut Dataset,
        options: &HistoryOptions,
        progress: &Progress,
    ) -> Result<Self, AnalyticsError> {
        let mut events = std::mem::take(&mut dataset.events);
        let count = events.len();
        // The issue whose turn comes first stands last, where its events come off cheaply.
        events.sort_unstable_by(|a, b| b.issue.cmp(&a.issue));
        let mut done = 0_usize;
        Self::replay(dataset, count, options, progress, |history, issue| {
            while events.last().is_some_and(|event| event.issue < issue.id) {
                events.pop();
            }
            let held = events.iter().rev().take_while(|event| event.issue == issue.id).count();
            let own = events.split_off(events.len().saturating_sub(held));
            history.add(issue, own.iter().collect());
            done += 1;
            if done.is_multiple_of(STEP) {
                events.shrink_to_fit();
            }
            own.len()
        })
    }

    /// Rebuilds issue by issue, in the order of their ids: `add` adds one and says how many of `events` it had.
    fn replay(
        dataset: &Dataset,
        events: usize,
        options: &HistoryOptions,
        progress: &Progress,
        mut add: impl FnMut(&mut Self, &Issue) -> usize,
    ) -> Result<Self, AnalyticsError> {
        let mut issues: BTreeMap<&IssueId, &Issue> = BTreeMap::new();
        for issue in &dataset.issues {
            let newest = issues.entry(&issue.id).or_insert(issue);
            if newest.updated < issue.updated {
                *newest = issue;
            }
        }
        let mut history = Self {
            entries: Vec::with_capacity(issues.len()),
            sprints: dataset.sprints.iter().map(|sprint| (sprint.id, sprint.clone())).collect(),
            by_sprint: BTreeMap::new(),
            gaps: BTreeMap::new(),
            teams: Teams::default(),
            newest_sprints: Vec::new(),
            options: options.clone(),
            by_key: BTreeMap::new(),
            workflow: Workflow::learn(dataset, &options.workflow),
            observed_until: None,
            orphan_events: events,
        };
        let total = issues.len() as u64;
        for (n, issue) in issues.values().enumerate() {
            if n % STEP == 0 {
                progress.step("replaying issues", n as u64, Some(total))?;
            }
            let used = add(&mut history, issue);
            history.orphan_events = history.orphan_events.saturating_sub(used);
        }
        history.connect(issues.values().map(|issue| issue.parent.as_ref()));
        history.date_sprints();
        let stays = history.entries.iter().map(|entry| (&entry.project, entry.stays.as_slice()));
        history.teams = Teams::learn(dataset, options, stays)?;
        progress.step("replaying issues", total, Some(total))?;
        Ok(history)
    }

    fn add(&mut self, issue: &Issue, events: Vec<&Event>) {
        let last_event = events.iter().map(|e| e.at).max();
        let first_event = events.iter().map(|e| e.at).min();
        let replayed = IssueHistory::new(issue, events);
        let mut flow: Vec<CategorySpan> = Vec::new();
        for span in replayed.timeline(&Field::Status).into_iter().flat_map(|timeline| timeline.spans()) {
            let category = self.workflow.category(&span.value);
            if category == StatusCategory::Unknown {
                self.workflow.note_unknown(&span.value);
            }
            if flow.last().is_none_or(|last| last.category != category) {
                flow.push(CategorySpan { from: span.from, category });
            }
        }
        let place = self.entries.len();
        for reason in issue.completeness.reasons() {
            let until = match reason {
                IncompleteReason::NoChangelog => issue.updated,
                IncompleteReason::Truncated { .. } => first_event.unwrap_or(issue.updated),
                _ => continue,
            };
            let gaps = self.gaps.entry(issue.project.clone()).or_default();
            let gap = gaps.entry(reason.clone()).or_insert(Gap { from: replayed.created(), until });
            gap.from = gap.from.min(replayed.created());
            gap.until = gap.until.max(until);
        }
        let seen = [Some(issue.updated), last_event, issue.comments.iter().map(|c| c.at).max()];
        self.observed_until = seen.into_iter().flatten().chain(self.observed_until).max();
        for span in replayed.timeline(&Field::Key).into_iter().flat_map(|timeline| timeline.spans()) {
            if let Some(key) = replayed.key_at(span.from) {
                self.by_key.entry(key).or_insert(place);
            }
        }
        self.entries.push(Entry {
            stays: Vec::new(),
            history: replayed,
            flow,
            project: issue.project.clone(),
            subtask: issue.subtask,
            resolved: issue.resolved,
            links: issue.links.clone(),
            comments: issue.comments.clone(),
        });
    }

    /// Joins what lies in several issues: keys, parents, sprints. Current keys win over former ones.
    fn connect<'a>(&mut self, parents: impl Iterator<Item = Option<&'a IssueKey>>) {
        for (place, entry) in self.entries.iter().enumerate() {
            self.by_key.insert(entry.history.key().clone(), place);
        }
        let own_parent = |(place, key): (usize, Option<&IssueKey>)| {
            key.and_then(|key| self.by_key.get(key)).copied().filter(|parent| *parent != place)
        };
        let parents: Vec<Option<usize>> = parents.enumerate().map(own_parent).collect();
        for (place, parent) in parents.into_iter().enumerate() {
            let follows = self.entries.get(place).filter(|entry| entry.subtask).map(|entry| &entry.history);
            let above = parent.and_then(|parent| self.entries.get(parent)).map(|above| &above.history);
            let Some(joined) = follows.zip(above).and_then(|(issue, above)| issue.following(above)) else {
                continue;
            };
            if let Some(entry) = self.entries.get_mut(place) {
                entry.history = joined;
            }
        }
        for (place, entry) in self.entries.iter_mut().enumerate() {
            entry.stays = stays_of(&entry.history);
            let mut named: BTreeMap<SprintId, DateTime<Utc>> = BTreeMap::new();
            for stay in &entry.stays {
                named.entry(stay.sprint).or_insert(stay.from);
                let members = self.by_sprint.entry(stay.sprint).or_default();
                if members.last() != Some(&place) {
                    members.push(place);
                }
            }
            for (sprint, from) in named.into_iter().filter(|(id, _)| !self.sprints.contains_key(id)) {
                entry.history.doubt(from, IncompleteReason::UnknownSprint { sprint });
            }
        }
    }

    /// The highest sprint id known at each instant: ids rise with creation.
    fn date_sprints(&mut self) {
        let started = self.sprints.values().filter(|sprint| sprint.state != SprintState::Future);
        let starts = started.filter_map(|sprint| Some((sprint.start?, sprint.id)));
        let stays = self.entries.iter().flat_map(|entry| entry.stays.iter().map(|s| (s.from, s.sprint)));
        let mut seen: Vec<(DateTime<Utc>, SprintId)> = starts.chain(stays).collect();
        seen.sort_unstable();
        for (at, id) in seen {
            if self.newest_sprints.last().is_none_or(|(_, newest)| *newest < id) {
                self.newest_sprints.push((at, id));
            }
        }
        for sprint in self.sprints.values().filter(|sprint| sprint.state != SprintState::Future) {
            let closed = sprint.closed_at.filter(|_| sprint.state == SprintState::Closed);
            self.observed_until = self.observed_until.max(sprint.start).max(closed);
        }
    }

    pub(crate) fn newest_sprint_at(&self, at: DateTime<Utc>) -> Option<SprintId> {
        let before = self.newest_sprints.partition_point(|(since, _)| *since <= at);
        self.newest_sprints.get(before.checked_sub(1)?).map(|(_, id)| *id)
    }

    /// The team of a sprint: its board's, as settings or the data map boards, else the board's id. A sprint
    /// without a board belongs to the team named like the project of most of its issues. `None` for a sprint that
    /// no source describes.
    #[must_use]
    pub fn team_of(&self, sprint: SprintId) -> Option<&TeamId> {
        self.teams.of_sprint(sprint)
    }

    /// The team of an issue at `as_of`: that of the sprint it was last put into, else the team that had most of
    /// its project's issues in sprints by then, else the one named like its project. `None` for an unknown issue.
    #[must_use]
    pub fn team_of_issue(&self, id: &IssueId, as_of: DateTime<Utc>) -> Option<&TeamId> {
        self.entry(id).and_then(|entry| self.team_of_entry(entry, as_of))
    }

    pub(crate) fn team_of_entry(&self, entry: &Entry, as_of: DateTime<Utc>) -> Option<&TeamId> {
        let stays = entry.stays.iter().filter(|stay| stay.from <= as_of);
        let teams = stays.filter_map(|stay| Some(((stay.from, stay.sprint), self.team_of(stay.sprint)?)));
        teams.max_by_key(|(latest, _)| *latest).map(|(_, team)| team).or_else(|| {
            let project = entry.history.project_at(as_of);
            project
                .and_then(|project| self.teams.of_project(&project, as_of))
                .or_else(|| self.teams.of_project(&entry.project, as_of))
        })
    }

    /// Every issue's history, by id.
    pub fn issues(&self) -> impl ExactSizeIterator<Item = &IssueHistory> {
        self.entries.iter().map(|entry| &entry.history)
    }

    /// An issue's history by its lasting id.
    #[must_use]
    pub fn issue(&self, id: &IssueId) -> Option<&IssueHistory> {
        self.entry(id).map(|entry| &entry.history)
    }

    /// An issue's history by its key, a former one included.
    #[must_use]
    pub fn issue_by_key(&self, key: &IssueKey) -> Option<&IssueHistory> {
        self.entry_by_key(key).map(|entry| &entry.history)
    }

    pub(crate) fn entry(&self, id: &IssueId) -> Option<&Entry> {
        let place = self.entries.binary_search_by(|entry| entry.history.id().cmp(id)).ok()?;
        self.entries.get(place)
    }

    pub(crate) fn entry_by_key(&self, key: &IssueKey) -> Option<&Entry> {
        self.entries.get(*self.by_key.get(key)?)
    }

    /// The category of an issue's status at `t`; `None` before its creation or for an unknown issue.
    #[must_use]
    pub fn category_at(&self, id: &IssueId, t: DateTime<Utc>) -> Option<StatusCategory> {
        self.entry(id)?.category_at(t)
    }

    /// Whether the issue existed and was not done at `t`.
    #[must_use]
    pub fn is_open_at(&self, id: &IssueId, t: DateTime<Utc>) -> bool {
        self.entry(id).is_some_and(|entry| entry.is_open(t))
    }

    /// The issues that existed and were not done at `as_of`, by id.
    pub fn issues_open_at(&self, as_of: DateTime<Utc>) -> impl Iterator<Item = &IssueHistory> {
        self.entries.iter().filter(move |entry| entry.is_open(as_of)).map(|entry| &entry.history)
    }

    /// Which status stands for what.
    #[must_use]
    pub fn workflow(&self) -> &Workflow {
        &self.workflow
    }

    /// The settings it was built with.
    #[must_use]
    pub fn options(&self) -> &HistoryOptions {
        &self.options
    }

    /// The newest instant at which anything in the data happened; `None` for empty data. Plans do not count.
    #[must_use]
    pub fn observed_until(&self) -> Option<DateTime<Utc>> {
        self.observed_until
    }

    /// Events of issues that are not in the data.
    #[must_use]
    pub fn orphan_events(&self) -> usize {
        self.orphan_events
    }
}

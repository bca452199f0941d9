//! A small tracker that keeps changelogs as Jira does, so that tests can say what happened and compare.

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{
    BoardId, Change, Comment, Completeness, Dataset, Event, Field, FieldValue, Issue, IssueId, IssueKey,
    Member, MemberId, Progress, ProjectKey, Sprint, SprintId, SprintState, Status, StatusCategory,
    StoryPoints,
};

use crate::{History, HistoryOptions};

pub(crate) const TODO: &str = "1:To Do";
pub(crate) const DOING: &str = "3:In Progress";
pub(crate) const REVIEW: &str = "4:Review";
pub(crate) const DONE: &str = "5:Done";
pub(crate) const CLOSED: &str = "6:Closed";

/// Day `n` of the tests' calendar; day 0 is Monday, 5 January 2026, 09:00 UTC.
pub(crate) fn day(n: f64) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2026-01-05T09:00:00Z".parse().unwrap();
    start + TimeDelta::milliseconds((n * 86_400_000.0) as i64)
}

pub(crate) fn member(id: &str) -> MemberId {
    MemberId::new(id).unwrap()
}

/// `id:text` as a value; empty text is the empty value; without a colon, text only.
pub(crate) fn value(text: &str) -> FieldValue {
    match text.split_once(':') {
        Some((id, text)) => FieldValue::new(id, text),
        None if text.is_empty() => FieldValue::EMPTY,
        None => FieldValue::text(text),
    }
}

fn status(text: &str) -> Status {
    let value = value(text);
    let category = match value.id.as_deref() {
        Some("1") => StatusCategory::ToDo,
        Some("3" | "4") => StatusCategory::InProgress,
        Some("5" | "6") => StatusCategory::Done,
        _ => StatusCategory::Unknown,
    };
    Status {
        id: value.id.as_deref().map(Into::into),
        name: value.text.as_deref().unwrap_or_default().into(),
        category,
    }
}

#[derive(Default)]
pub(crate) struct Tracker {
    pub(crate) data: Dataset,
    entries: u64,
}

impl Tracker {
    pub(crate) fn new() -> Self {
        let mut tracker = Self::default();
        tracker.data.statuses = [TODO, DOING, REVIEW, DONE, CLOSED].map(status).into();
        tracker
    }

    /// A sprint of board 1: closed if `closed` is given, else running, or planned if `start` is `None`.
    pub(crate) fn sprint(&mut self, id: u64, start: Option<f64>, end: f64, closed: Option<f64>) {
        self.data.sprints.push(Sprint {
            id: SprintId(id),
            name: format!("Sprint {id}"),
            board: Some(BoardId(1)),
            state: match (start, closed) {
                (_, Some(_)) => SprintState::Closed,
                (Some(_), None) => SprintState::Active,
                (None, None) => SprintState::Future,
            },
            goal: String::new(),
            start: start.map(day),
            end: Some(day(end)),
            closed_at: closed.map(day),
        });
    }

    /// A story in To Do, created on a day.
    pub(crate) fn issue(&mut self, key: &str, created: f64) -> usize {
        let place = self.data.issues.len();
        let key = IssueKey::new(key).unwrap();
        self.data.issues.push(Issue {
            id: IssueId::new(format!("{}", 10_000 + place)).unwrap(),
            project: ProjectKey::new(key.as_str().split('-').next().unwrap()).unwrap(),
            key,
            issue_type: "Story".into(),
            subtask: false,
            parent: None,
            summary: "do it".into(),
            description: String::new(),
            status: status(TODO),
            priority: None,
            assignee: None,
            reporter: None,
            created: day(created),
            updated: day(created),
            resolved: None,
            resolution: None,
            due: None,
            points: None,
            flagged: false,
            sprints: Vec::new(),
            labels: Vec::new(),
            components: Vec::new(),
            links: Vec::new(),
            comments: Vec::new(),
            watchers: 0,
            completeness: Completeness::COMPLETE,
        });
        place
    }

    pub(crate) fn get(&mut self, place: usize) -> &mut Issue {
        &mut self.data.issues[place]
    }

    pub(crate) fn id(&self, place: usize) -> IssueId {
        self.data.issues[place].id.clone()
    }

    /// Adds one changelog item as given, in an entry of its own, without changing the issue.
    pub(crate) fn item(&mut self, place: usize, on: f64, field: Field, from: &str, to: &str) -> &mut Event {
        self.entries += 1;
        let entry = (1000 + self.entries).to_string();
        self.raw(place, day(on), field, value(from), value(to), &entry)
    }

    pub(crate) fn raw(
        &mut self,
        place: usize,
        at: DateTime<Utc>,
        field: Field,
        from: FieldValue,
        to: FieldValue,
        entry: &str,
    ) -> &mut Event {
        let issue = &mut self.data.issues[place];
        issue.updated = issue.updated.max(at);
        let event = Event {
            issue: issue.id.clone(),
            at,
            author: Some(member("ann")),
            entry: entry.into(),
            item: 0,
            change: Change { field, from, to },
        };
        self.data.events.push(event);
        self.data.events.last_mut().unwrap()
    }

    /// Changes a field as Jira would: the issue shows the new value and the changelog gets an item.
    pub(crate) fn set(&mut self, place: usize, on: f64, field: Field, to: &str) -> &mut Event {
        let from = self.data.issues[place].current(&field).unwrap_or_default();
        self.show(place, &field, to);
        let to = self.data.issues[place].current(&field).unwrap_or_else(|| value(to));
        self.entries += 1;
        let entry = (1000 + self.entries).to_string();
        self.raw(place, day(on), field, from, to, &entry)
    }

    /// Changes what an issue shows, and writes no history.
    pub(crate) fn show(&mut self, place: usize, field: &Field, to: &str) {
        let issue = &mut self.data.issues[place];
        let list = |separator: char| -> Vec<String> {
            to.split(separator).filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        match field {
            Field::Status => issue.status = status(to),
            Field::Assignee => {
                let name = Member { id: member(if to.is_empty() { "nobody" } else { to }), name: to.into() };
                issue.assignee = (!to.is_empty()).then_some(name);
            }
            Field::Sprint => {
                issue.sprints = list(',').iter().map(|id| SprintId(id.trim().parse().unwrap())).collect();
            }
            Field::Points => issue.points = to.parse().ok().and_then(|p| StoryPoints::new(p).ok()),
            Field::Flagged => issue.flagged = !to.is_empty(),
            Field::Priority => issue.priority = (!to.is_empty()).then(|| to.into()),
            Field::IssueType => issue.issue_type = to.into(),
            Field::Resolution => issue.resolution = (!to.is_empty()).then(|| to.into()),
            Field::Labels => issue.labels = list(' '),
            Field::Components => issue.components = list(','),
            Field::Key => issue.key = IssueKey::new(to).unwrap(),
            _ => {}
        }
    }

    pub(crate) fn comment(&mut self, place: usize, on: f64, author: &str) {
        let comment = Comment { at: day(on), author: Some(member(author)) };
        self.data.issues[place].comments.push(comment);
    }

    pub(crate) fn history(&self) -> History {
        self.history_with(&HistoryOptions::default())
    }

    pub(crate) fn history_with(&self, options: &HistoryOptions) -> History {
        History::build(&self.data, options, &Progress::silent()).unwrap()
    }
}

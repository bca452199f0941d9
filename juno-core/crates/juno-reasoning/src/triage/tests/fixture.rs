//! A small tracker that keeps changelogs as Jira does, so that a test can say what happened and when.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use juno_analytics::{History, HistoryOptions};
use juno_confidence::WeightedScorer;
use juno_domain::{
    Change, Comment, Completeness, Dataset, Event, Field, FieldValue, Issue, IssueId, IssueKey, IssueLink,
    LinkDirection, Member, MemberId, PrincipalId, Progress, ProjectKey, Sprint, SprintId, SprintState,
    Status, StatusCategory,
};

use crate::{Experience, Finding, Findings, Reasoner, ReasoningError, Situation, StaleTriage, TriageParams};

pub(crate) const TODO: &str = "1:To Do";
pub(crate) const DOING: &str = "3:In Progress";
pub(crate) const DONE: &str = "5:Done";

/// Day `n` of the tests' calendar; day 0 is Monday, 5 January 2026, 09:00 UTC.
pub(crate) fn day(n: f64) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2026-01-05T09:00:00Z".parse().unwrap();
    start + TimeDelta::milliseconds((n * 86_400_000.0) as i64)
}

pub(crate) fn id(text: &str) -> MemberId {
    MemberId::new(text).unwrap()
}

/// A person whose name is the id with a capital letter.
pub(crate) fn member(name: &str) -> Member {
    let mut letters = name.chars();
    let capital = letters.next().unwrap().to_uppercase();
    Member { id: id(name), name: capital.chain(letters).collect() }
}

fn value(text: &str) -> FieldValue {
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
        Some("3") => StatusCategory::InProgress,
        Some("5") => StatusCategory::Done,
        _ => StatusCategory::Unknown,
    };
    Status {
        id: value.id.as_deref().map(Into::into),
        name: value.text.as_deref().unwrap_or_default().into(),
        category,
    }
}

#[derive(Clone)]
pub(crate) struct Tracker {
    pub(crate) data: Dataset,
    pub(crate) options: HistoryOptions,
    pub(crate) experience: Experience,
    entries: u64,
}

impl Tracker {
    /// An empty tracker that knows three statuses and a few people; `juno` is JUNO's account and `bot` a machine's.
    pub(crate) fn new() -> Self {
        let people = ["ann", "bo", "bot", "cy", "juno"].map(member);
        let data = Dataset {
            statuses: [TODO, DOING, DONE].map(status).into(),
            members: people.into(),
            ..Dataset::default()
        };
        let options = HistoryOptions {
            own_authors: [id("juno")].into(),
            machine_authors: [id("bot")].into(),
            ..HistoryOptions::default()
        };
        Self { data, options, experience: Experience::default(), entries: 0 }
    }

    /// A tracker of a team with habits: from day 0 on it makes a story a day, gives it to Ann at noon, begins it after two
    /// days and finishes it after four, the last one a day before `days`. Nothing is left over.
    pub(crate) fn with_habits(days: u32) -> Self {
        let mut jira = Self::new();
        for n in 0..days.saturating_sub(4) {
            let start = f64::from(n);
            let place = jira.issue(&format!("PAY-{}", 1000 + n), start);
            jira.set(place, start + 0.5, Field::Assignee, "ann");
            jira.set(place, start + 2.0, Field::Status, DOING);
            jira.finish(place, start + 4.0);
        }
        jira
    }

    /// A sprint of the team of its issues: closed if `closed` is given, else running.
    pub(crate) fn sprint(&mut self, id: u64, start: f64, end: f64, closed: Option<f64>) {
        self.data.sprints.push(Sprint {
            id: SprintId(id),
            name: format!("Sprint {id}"),
            board: None,
            state: if closed.is_some() { SprintState::Closed } else { SprintState::Active },
            goal: String::new(),
            start: Some(day(start)),
            end: Some(day(end)),
            closed_at: closed.map(day),
        });
    }

    /// A described story in To Do, created on a day.
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
            description: "what to do".into(),
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

    /// Changes a field as Jira would, by Ann: the issue shows the new value and the changelog gets an item.
    pub(crate) fn set(&mut self, place: usize, on: f64, field: Field, to: &str) -> &mut Event {
        let from = self.data.issues[place].current(&field).unwrap_or_default();
        self.show(place, &field, to);
        let to = self.data.issues[place].current(&field).unwrap_or_else(|| value(to));
        self.entries += 1;
        let issue = &mut self.data.issues[place];
        issue.updated = issue.updated.max(day(on));
        self.data.events.push(Event {
            issue: issue.id.clone(),
            at: day(on),
            author: Some(id("ann")),
            entry: (1000 + self.entries).to_string().into(),
            item: 0,
            change: Change { field, from, to },
        });
        self.data.events.last_mut().unwrap()
    }

    /// Changes what an issue shows, and writes no history.
    pub(crate) fn show(&mut self, place: usize, field: &Field, to: &str) {
        let issue = &mut self.data.issues[place];
        let list = |separator: char| -> Vec<String> {
            to.split(separator).filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        let text = (!to.is_empty()).then(|| to.to_owned());
        match field {
            Field::Status => issue.status = status(to),
            Field::Assignee => issue.assignee = text.as_deref().map(member),
            Field::Sprint => {
                issue.sprints = list(',').iter().map(|id| SprintId(id.parse().unwrap())).collect()
            }
            Field::Flagged => issue.flagged = text.is_some(),
            Field::Priority => issue.priority = text,
            Field::IssueType => issue.issue_type = to.into(),
            Field::Resolution => issue.resolution = text,
            Field::Labels => issue.labels = list(' '),
            Field::Components => issue.components = list(','),
            _ => {}
        }
    }

    /// Finishes an issue with a resolution, by Ann.
    pub(crate) fn finish(&mut self, place: usize, on: f64) {
        self.set(place, on, Field::Status, DONE);
        self.set(place, on, Field::Resolution, "Done");
        self.get(place).resolved = Some(day(on));
    }

    pub(crate) fn comment(&mut self, place: usize, on: f64, author: &str) {
        let issue = &mut self.data.issues[place];
        issue.comments.push(Comment { at: day(on), author: Some(id(author)) });
        issue.comments.sort();
        issue.updated = issue.updated.max(day(on));
    }

    /// Links an issue to another, nobody knows when: `Duplicate` outward says that it duplicates, `Blocks` inward that it waits.
    pub(crate) fn link(&mut self, place: usize, kind: &str, direction: LinkDirection, other: &str) {
        let other = IssueKey::new(other).unwrap();
        self.get(place).links.push(IssueLink { kind: kind.into(), direction, other, other_status: None });
    }

    /// Ann links an issue as waiting for another, and the changelog says when.
    pub(crate) fn wait_for(&mut self, place: usize, on: f64, other: &str) -> &mut Event {
        self.link(place, "Blocks", LinkDirection::Inward, other);
        self.set(place, on, Field::Link, &format!("{other}:This issue is blocked by {other}"))
    }

    pub(crate) fn history(&self) -> History {
        History::build(&self.data, &self.options, &Progress::silent()).unwrap()
    }

    /// What triage with default parameters and scorer finds on a day.
    pub(crate) fn triage(&self, on: f64) -> Findings {
        let params = TriageParams::default().check().unwrap();
        self.triage_with(&StaleTriage::new(params, Arc::new(WeightedScorer::default())), on).unwrap()
    }

    pub(crate) fn triage_with(&self, triage: &StaleTriage, on: f64) -> Result<Findings, ReasoningError> {
        let history = self.history();
        let situation = Situation {
            history: &history,
            dataset: &self.data,
            as_of: day(on),
            forecasts: &[],
            experience: &self.experience,
            proposer: &PrincipalId::new("juno").unwrap(),
        };
        triage.reason(&situation, &Progress::silent())
    }

    /// The only finding about an issue on a day, if there is one.
    pub(crate) fn finding(&self, key: &str, on: f64) -> Option<Finding> {
        let mut found = self.triage(on).findings;
        found.retain(|finding| finding.subject == key);
        assert!(found.len() < 2, "one finding per ticket");
        found.pop()
    }

    /// The name of the action proposed for an issue on a day.
    pub(crate) fn action(&self, key: &str, on: f64) -> Option<String> {
        self.finding(key, on)?.proposal.map(|proposal| proposal.action.name().to_owned())
    }
}

/// A team with habits and one story that nobody has touched since day 10, to be asked about on day 40.
pub(crate) fn stale() -> (Tracker, usize) {
    let mut jira = Tracker::with_habits(40);
    let place = jira.issue("PAY-1", 10.0);
    (jira, place)
}

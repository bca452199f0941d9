use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{
    BoardId, Change, Completeness, Dataset, Event, Field, FieldValue, Issue, IssueId, IssueKey, Member,
    MemberId, ProjectKey, Sprint, SprintId, SprintState, Status, StatusCategory, StoryPoints, Team, TeamId,
};
use proptest::prelude::*;

/// The fields that a random past changes.
pub const FOLLOWED: [Field; 6] =
    [Field::Status, Field::Assignee, Field::Sprint, Field::Points, Field::Flagged, Field::Priority];

/// An issue with a random past, told twice: as events in the order a connector delivers them, and as the plain list
/// of values they were made from.
///
/// Histories are whole. Several steps may fall on one instant and share an entry or not; entries of one instant may
/// have ids in reverse, and only the from → to chain then tells the order.
#[derive(Debug, Clone)]
pub struct IssueHistory {
    /// The issue as it is now.
    pub issue: Issue,
    /// Its events, sorted.
    pub events: Vec<Event>,
    /// Each followed field's values: since when, and which. The first is the value at creation.
    pub values: BTreeMap<Field, Vec<(DateTime<Utc>, FieldValue)>>,
}

impl IssueHistory {
    /// The value of a followed field at `at`; `None` before creation.
    #[must_use]
    pub fn value_at(&self, field: &Field, at: DateTime<Utc>) -> Option<&FieldValue> {
        self.values.get(field)?.iter().rev().find(|(since, _)| *since <= at).map(|(_, value)| value)
    }
}

/// 2026-01-05T08:00:00Z, a Monday: no history begins earlier.
fn monday() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_600_000, 0).unwrap_or_default()
}

/// The `n`-th value that a field can take; 5 of them, 2 for the flag.
fn value(field: &Field, n: usize) -> FieldValue {
    let named = |id: &str, text: &str| FieldValue::new(id, text);
    match (field, n % 5) {
        (Field::Status, n) => {
            let (id, name) = STATUSES[n];
            named(id, name)
        }
        (Field::Assignee, n @ 1..) => named(&format!("user-{n}"), &format!("Person {n}")),
        (Field::Sprint, n @ 1..) => {
            let ids = ["", "11", "12", "11, 12", "13"][n];
            named(ids, &ids.replace('1', "Sprint 1"))
        }
        (Field::Points, n @ 1..) => FieldValue::text(["", "1", "3", "5", "8"][n]),
        (Field::Flagged, n) if n % 2 == 1 => FieldValue::text("Impediment"),
        (Field::Priority, n) => named(&n.to_string(), ["Highest", "High", "Medium", "Low", "Lowest"][n]),
        _ => FieldValue::EMPTY,
    }
}

const STATUSES: [(&str, &str); 5] =
    [("1", "To Do"), ("3", "In Progress"), ("4", "In Review"), ("5", "Done"), ("6", "Released")];

/// One step: minutes since the step before, field, value, whether it shares the entry of the step before.
type Step = (i64, usize, usize, bool);

/// A changelog entry: its instant and its changes, each with the position of its field.
type Entry = (DateTime<Utc>, Vec<(usize, Change)>);

/// An issue with up to `most` changes. `number` is its id and the number in its key.
pub fn issue_history(number: u64, most: usize) -> impl Strategy<Value = IssueHistory> {
    let gap = prop_oneof![1 => Just(0_i64), 3 => 1_i64..9_000];
    let step = (gap, 0..FOLLOWED.len(), 0..5_usize, any::<bool>());
    let first = prop::collection::vec(0..5_usize, FOLLOWED.len());
    (0_i64..60_000, first, prop::collection::vec(step, 0..=most), any::<bool>()).prop_filter_map(
        "ids are valid",
        move |(born, first, steps, reversed)| {
            build(number, monday() + TimeDelta::minutes(born), &first, &steps, reversed)
        },
    )
}

fn build(
    number: u64,
    born: DateTime<Utc>,
    first: &[usize],
    steps: &[Step],
    reversed: bool,
) -> Option<IssueHistory> {
    let id = IssueId::new(number.to_string()).ok()?;
    let mut now: Vec<FieldValue> = FOLLOWED.iter().zip(first).map(|(f, n)| value(f, *n)).collect();
    let mut values: BTreeMap<Field, Vec<_>> =
        FOLLOWED.iter().zip(&now).map(|(f, v)| (f.clone(), vec![(born, v.clone())])).collect();
    // Values a field had at the current instant: a chain may not return to one.
    let mut entries: Vec<Entry> = Vec::new();
    let mut seen: BTreeSet<(usize, FieldValue)> = BTreeSet::new();
    let mut at = born + TimeDelta::minutes(1);
    for (gap, field, n, joins) in steps {
        if *gap > 0 {
            at += TimeDelta::minutes(*gap);
            seen.clear();
        }
        let to = value(&FOLLOWED[*field], *n);
        let from = now[*field].clone();
        seen.insert((*field, from.clone()));
        if seen.contains(&(*field, to.clone())) {
            continue;
        }
        seen.insert((*field, to.clone()));
        let change = Change { field: FOLLOWED[*field].clone(), from, to: to.clone() };
        match entries.last_mut() {
            Some((when, changes)) if *joins && *when == at && changes.iter().all(|c| c.0 != *field) => {
                changes.push((*field, change));
            }
            _ => entries.push((at, vec![(*field, change)])),
        }
        let line = values.entry(FOLLOWED[*field].clone()).or_default();
        line.retain(|(since, _)| *since != at);
        line.push((at, to.clone()));
        now[*field] = to;
    }
    let ids = entry_ids(number, &entries, reversed);
    let mut events = Vec::new();
    for ((at, changes), entry) in entries.iter().zip(ids) {
        for (item, (_, change)) in (0..).zip(changes) {
            let (issue, entry) = (id.clone(), entry.to_string().into());
            events.push(Event { issue, at: *at, author: None, entry, item, change: change.clone() });
        }
    }
    events.sort();
    let updated = entries.last().map_or(born, |e| e.0);
    let issue = issue(number, id, born, updated, &now)?;
    Some(IssueHistory { issue, events, values })
}

/// Rising ids; with `reversed`, falling ones among the entries of one instant.
fn entry_ids(number: u64, entries: &[Entry], reversed: bool) -> Vec<u64> {
    let mut ids: Vec<u64> = (0..entries.len() as u64).map(|n| number * 1_000 + n).collect();
    if reversed {
        let mut start = 0;
        for end in 1..=entries.len() {
            if end == entries.len() || entries[end].0 != entries[start].0 {
                ids[start..end].reverse();
                start = end;
            }
        }
    }
    ids
}

fn status(value: &FieldValue) -> Status {
    let category = match value.id.as_deref() {
        Some("1") => StatusCategory::ToDo,
        Some("5" | "6") => StatusCategory::Done,
        _ => StatusCategory::InProgress,
    };
    Status {
        id: value.id.as_deref().map(Into::into),
        name: value.text.as_deref().unwrap_or_default().into(),
        category,
    }
}

fn issue(
    number: u64,
    id: IssueId,
    created: DateTime<Utc>,
    updated: DateTime<Utc>,
    now: &[FieldValue],
) -> Option<Issue> {
    let [in_status, assignee, sprint, points, flagged, priority] = now else { return None };
    let status = status(in_status);
    let done = status.category == StatusCategory::Done;
    Some(Issue {
        id,
        key: IssueKey::new(format!("TEST-{number}")).ok()?,
        project: ProjectKey::new("TEST").ok()?,
        issue_type: "Story".to_owned(),
        subtask: false,
        parent: None,
        summary: format!("Issue {number}"),
        description: String::new(),
        status,
        priority: priority.text.as_deref().map(Into::into),
        assignee: match &assignee.id {
            Some(id) => Some(member(id)?),
            None => None,
        },
        reporter: None,
        created,
        updated,
        resolved: done.then_some(updated),
        resolution: done.then(|| "Done".to_owned()),
        due: None,
        points: points.text.as_deref().and_then(|p| StoryPoints::new(p.parse().ok()?).ok()),
        flagged: !flagged.is_empty(),
        sprints: sprint
            .id
            .iter()
            .flat_map(|s| s.split(", "))
            .filter_map(|s| s.parse().ok().map(SprintId))
            .collect(),
        labels: Vec::new(),
        components: Vec::new(),
        links: Vec::new(),
        comments: Vec::new(),
        watchers: 0,
        completeness: Completeness::COMPLETE,
    })
}

fn member(id: &str) -> Option<Member> {
    Some(Member { id: MemberId::new(id).ok()?, name: id.replace("user-", "Person ") })
}

/// Up to `issues` issues with up to `most` changes each, and the three sprints they pass through: 11 and 12 closed,
/// 13 running, two weeks each from 2026-01-05, all of board 1. With the histories it was made from.
pub fn dataset(issues: usize, most: usize) -> impl Strategy<Value = (Dataset, Vec<IssueHistory>)> {
    let histories: Vec<_> = (1..=issues as u64).map(|n| issue_history(n, most)).collect();
    (histories, 0..=issues).prop_filter_map("ids are valid", |(mut histories, kept)| {
        histories.truncate(kept);
        let mut events: Vec<Event> = histories.iter().flat_map(|h| h.events.clone()).collect();
        events.sort();
        let mut issues: Vec<Issue> = histories.iter().map(|h| h.issue.clone()).collect();
        issues.sort_by(|a, b| a.id.cmp(&b.id));
        let data = Dataset {
            issues,
            sprints: sprints(),
            events,
            teams: vec![Team {
                id: TeamId::new("1").ok()?,
                name: "Board 1".to_owned(),
                boards: vec![BoardId(1)],
            }],
            members: (1..5).map(|n| member(&format!("user-{n}"))).collect::<Option<_>>()?,
            statuses: (0..5).map(|n| status(&value(&Field::Status, n))).collect(),
            ..Dataset::default()
        };
        Some((data, histories))
    })
}

fn sprints() -> Vec<Sprint> {
    let sprint = |n: i64| {
        let start = monday() + TimeDelta::days(14 * n);
        let closed = n < 2;
        Sprint {
            id: SprintId(11 + n.unsigned_abs()),
            name: format!("Sprint {}", 11 + n),
            board: Some(BoardId(1)),
            state: if closed { SprintState::Closed } else { SprintState::Active },
            goal: String::new(),
            start: Some(start),
            end: Some(start + TimeDelta::days(14)),
            closed_at: closed.then(|| start + TimeDelta::days(14)),
        }
    };
    (0..3).map(sprint).collect()
}

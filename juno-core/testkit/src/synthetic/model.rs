//! The simulated site: what is true, before it is written as Jira would write it.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

/// Position of a person in [`World::people`].
pub(crate) type Who = usize;

#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) account: String,
    pub(crate) bot: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Team {
    pub(crate) board: u64,
    pub(crate) key: String,
    pub(crate) project: String,
    pub(crate) seed: usize,
    pub(crate) zone: Tz,
    pub(crate) lead: Who,
    pub(crate) members: Vec<Who>,
    /// The project writes points to `Story point estimate` instead of `Story Points`.
    pub(crate) estimates: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Sprint {
    pub(crate) id: u64,
    pub(crate) team: usize,
    pub(crate) name: String,
    pub(crate) goal: String,
    pub(crate) created: DateTime<Utc>,
    pub(crate) planned_start: DateTime<Utc>,
    pub(crate) started: DateTime<Utc>,
    pub(crate) planned_end: DateTime<Utc>,
    /// When it is closed, also where that lies after the export.
    pub(crate) closes: DateTime<Utc>,
    pub(crate) state: SprintPhase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SprintPhase {
    Closed,
    Active,
    Future,
}

/// Values that changes touch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fields {
    pub(crate) status: usize,
    pub(crate) assignee: Option<Who>,
    pub(crate) sprints: Vec<u64>,
    pub(crate) points: Option<f64>,
    pub(crate) flagged: bool,
    pub(crate) priority: usize,
    pub(crate) resolution: Option<usize>,
    pub(crate) labels: BTreeSet<&'static str>,
    pub(crate) components: BTreeSet<&'static str>,
    pub(crate) fix_versions: BTreeSet<String>,
    pub(crate) summary: String,
    pub(crate) description: Vec<String>,
}

/// One field set to a value, or a fact that has no field of ours.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Set {
    Status(usize),
    Assignee(Option<Who>),
    Sprints(Vec<u64>),
    Points(Option<f64>),
    Flagged(bool),
    Priority(usize),
    Resolution(Option<usize>),
    Labels(BTreeSet<&'static str>),
    Component(&'static str, bool),
    FixVersion(String, bool),
    Description(Vec<String>),
    /// Link to another issue (position in [`World::issues`]), link type, outward.
    Link(usize, LinkKind, bool),
    /// Moved from one project (team position) to another. The key goes with it.
    Move(usize, usize),
    RemoteLink(String),
    Rank,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkKind {
    Blocks,
    Relates,
    Duplicate,
}

#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) set: Set,
    /// What [`Set`] replaced: the same variant with the earlier value.
    pub(crate) was: Set,
    pub(crate) bare: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) id: u64,
    pub(crate) at: DateTime<Utc>,
    pub(crate) author: Who,
    pub(crate) items: Vec<Item>,
    pub(crate) as_string: bool,
    /// Written by the board when a sprint closed, in the name of whoever closed it.
    pub(crate) carried: bool,
    /// Its id and that of the next entry are exchanged.
    pub(crate) id_swapped: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Comment {
    pub(crate) at: DateTime<Utc>,
    pub(crate) author: Who,
    pub(crate) text: String,
}

/// The field whose last change an export lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lost {
    Points,
    Assignee,
    Status,
}

#[derive(Debug, Clone)]
pub(crate) struct Issue {
    pub(crate) id: u64,
    /// Project position and number of every key it ever had, oldest first.
    pub(crate) keys: Vec<(usize, u32)>,
    /// The team on whose board it was made.
    pub(crate) team: usize,
    pub(crate) kind: usize,
    pub(crate) parent: Option<usize>,
    pub(crate) created: DateTime<Utc>,
    pub(crate) reporter: Who,
    pub(crate) watchers: u32,
    pub(crate) first: Fields,
    pub(crate) now: Fields,
    /// In true order.
    pub(crate) entries: Vec<Entry>,
    pub(crate) comments: Vec<Comment>,
    pub(crate) oldest_first: bool,
    pub(crate) truncate: bool,
    pub(crate) lost: Option<Lost>,
    /// The tail of its life is silence for good.
    pub(crate) abandoned: bool,
}

impl Issue {
    pub(crate) fn new(
        team: usize,
        kind: usize,
        created: DateTime<Utc>,
        reporter: Who,
        first: Fields,
    ) -> Self {
        Self {
            id: 0,
            keys: Vec::new(),
            team,
            kind,
            parent: None,
            created,
            reporter,
            watchers: 1,
            now: first.clone(),
            first,
            entries: Vec::new(),
            comments: Vec::new(),
            oldest_first: false,
            truncate: false,
            lost: None,
            abandoned: false,
        }
    }

    /// The last thing that happened.
    pub(crate) fn updated(&self) -> DateTime<Utc> {
        let entry = self.entries.last().map_or(self.created, |e| e.at);
        self.comments.iter().map(|c| c.at).fold(entry, DateTime::max)
    }

    /// Records a change at `at`, or just after the last entry if that is later. Values that stay equal are left
    /// out; an entry without items is not made. Gives the instant it was recorded at.
    pub(crate) fn change(&mut self, at: DateTime<Utc>, author: Who, sets: Vec<Set>) -> DateTime<Utc> {
        let floor = self.entries.last().map_or(self.created, |e| e.at) + TimeDelta::milliseconds(1_417);
        let at = if at < floor { floor } else { at };
        let mut items = Vec::new();
        for set in sets {
            let was = self.now.replace(&set);
            if was != set {
                items.push(Item { set, was, bare: false });
            }
        }
        if !items.is_empty() {
            self.entries.push(Entry {
                id: 0,
                at,
                author,
                items,
                as_string: false,
                carried: false,
                id_swapped: false,
            });
        }
        at
    }

    /// Puts an entry that touches none of [`Fields`] where its instant belongs.
    pub(crate) fn insert(&mut self, at: DateTime<Utc>, author: Who, sets: Vec<Set>) {
        let items = sets.into_iter().map(|set| Item { was: Set::Rank, set, bare: false }).collect();
        let place = self.entries.partition_point(|e| e.at <= at);
        let entry = Entry { id: 0, at, author, items, as_string: false, carried: false, id_swapped: false };
        self.entries.insert(place, entry);
    }

    /// Forgets what comes after `end`.
    pub(crate) fn cut(&mut self, end: DateTime<Utc>) {
        self.comments.retain(|c| c.at <= end);
        if self.entries.last().is_some_and(|e| e.at > end) {
            self.entries.retain(|e| e.at <= end);
            self.now = self.first.clone();
            for item in self.entries.iter().flat_map(|e| &e.items) {
                self.now.replace(&item.set);
            }
        }
    }

    pub(crate) fn comment(&mut self, at: DateTime<Utc>, author: Who, text: String) {
        self.comments.push(Comment { at, author, text });
    }
}

impl Fields {
    /// Applies a change and gives what it replaced, in the same form.
    pub(crate) fn replace(&mut self, set: &Set) -> Set {
        match set {
            Set::Status(v) => Set::Status(std::mem::replace(&mut self.status, *v)),
            Set::Assignee(v) => Set::Assignee(std::mem::replace(&mut self.assignee, *v)),
            Set::Sprints(v) => Set::Sprints(std::mem::replace(&mut self.sprints, v.clone())),
            Set::Points(v) => Set::Points(std::mem::replace(&mut self.points, *v)),
            Set::Flagged(v) => Set::Flagged(std::mem::replace(&mut self.flagged, *v)),
            Set::Priority(v) => Set::Priority(std::mem::replace(&mut self.priority, *v)),
            Set::Resolution(v) => Set::Resolution(std::mem::replace(&mut self.resolution, *v)),
            Set::Labels(v) => Set::Labels(std::mem::replace(&mut self.labels, v.clone())),
            Set::Component(v, on) => Set::Component(v, toggle(&mut self.components, *v, *on)),
            Set::FixVersion(v, on) => {
                Set::FixVersion(v.clone(), toggle(&mut self.fix_versions, v.clone(), *on))
            }
            Set::Description(v) => Set::Description(std::mem::replace(&mut self.description, v.clone())),
            // These leave no trace in the fields; anything different from `set` serves as "before".
            Set::Link(..) | Set::Move(..) | Set::RemoteLink(_) => Set::Rank,
            Set::Rank => Set::RemoteLink(String::new()),
        }
    }
}

/// Adds or removes; gives whether it was there.
fn toggle<T: Ord>(set: &mut BTreeSet<T>, value: T, on: bool) -> bool {
    let was = set.contains(&value);
    if on {
        set.insert(value);
    } else {
        set.remove(&value);
    }
    was
}

/// Everything that is true at the instant of the export.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) as_of: DateTime<Utc>,
    pub(crate) people: Vec<Person>,
    /// Positions of the machine accounts among the people.
    pub(crate) bots: Vec<Who>,
    pub(crate) teams: Vec<Team>,
    pub(crate) sprints: Vec<Sprint>,
    pub(crate) issues: Vec<Issue>,
    /// Sprints that histories name and that exist no more: id and name.
    pub(crate) deleted: Vec<(u64, String)>,
    /// Until when status `3` bore its older name.
    pub(crate) renamed_at: Option<DateTime<Utc>>,
    /// The one sprint that two boards list.
    pub(crate) shared_sprint: Option<u64>,
}

impl World {
    pub(crate) fn key(&self, issue: usize) -> String {
        self.issues[issue].keys.last().map_or_else(String::new, |k| self.key_text(*k))
    }

    pub(crate) fn key_text(&self, (project, number): (usize, u32)) -> String {
        format!("{}-{number}", self.teams[project].key)
    }

    /// The key an issue had at an instant.
    pub(crate) fn key_then(&self, issue: usize, at: DateTime<Utc>) -> String {
        let issue = &self.issues[issue];
        let moves = |e: &&Entry| e.at <= at && e.items.iter().any(|i| matches!(i.set, Set::Move(..)));
        issue
            .keys
            .get(issue.entries.iter().filter(moves).count())
            .map_or_else(String::new, |k| self.key_text(*k))
    }

    pub(crate) fn sprint(&self, id: u64) -> Option<&Sprint> {
        self.sprints.iter().find(|s| s.id == id)
    }

    /// The project an issue belongs to now.
    pub(crate) fn project(&self, issue: &Issue) -> usize {
        issue.keys.last().map_or(issue.team, |k| k.0)
    }
}

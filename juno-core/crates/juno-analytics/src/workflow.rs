use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use juno_domain::{Dataset, FieldValue, Status, StatusCategory};
use serde::{Deserialize, Serialize};

use crate::value::filled;

/// A status where at least this many issues sit can prove its category wrong.
const MIN_ISSUES: usize = 3;
/// Percent of the issues sitting in a status that must be resolved for it to count as done.
const MIN_RESOLVED_PERCENT: usize = 80;

/// What settings say about statuses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorkflowOptions {
    /// Category by status id or name; it wins over the source. An id wins over a name, and names are compared
    /// without case.
    pub categories: BTreeMap<String, StatusCategory>,
}

/// Which status stands for what: to do, in progress, done.
///
/// A status is found by its id, else by its name. Settings win; then the source's category, except that a status
/// in which 3 or more issues sit, 80 % of them resolved, is done whatever the source says; then nothing is
/// guessed: the category is unknown, which counts as in progress. Every exception is a [note](Self::notes).
///
/// The source keeps no history of categories: today's hold for all times.
#[derive(Debug, Clone, Default)]
pub struct Workflow {
    by_id: BTreeMap<String, StatusCategory>,
    by_name: BTreeMap<String, StatusCategory>,
    current_names: BTreeMap<String, String>,
    ambiguous: BTreeSet<String>,
    notes: Vec<WorkflowNote>,
}

/// Something about the workflow that a reader of the numbers should know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "note", rename_all = "snake_case")]
#[non_exhaustive]
pub enum WorkflowNote {
    /// The source calls the status unfinished, but the issues in it are resolved: it counts as done.
    TreatedAsDone {
        /// The status.
        status: String,
        /// Issues that sit in it.
        issues: u32,
        /// Those with a resolution date.
        resolved: u32,
    },
    /// History names a status that no source describes: it counts as in progress.
    UnknownCategory {
        /// The status, as named on its day.
        status: String,
        /// Its id, where known.
        id: Option<String>,
    },
    /// Statuses of one name have different categories, and history gives the name without an id.
    AmbiguousName {
        /// The name.
        status: String,
    },
}

impl fmt::Display for WorkflowNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TreatedAsDone { status, issues, resolved } => {
                write!(f, "status `{status}` counts as done: {resolved} of its {issues} issues are resolved")
            }
            Self::UnknownCategory { status, id: Some(id) } => write!(
                f,
                "no source describes status `{status}` (id `{id}`): it counts as in progress unless settings say"
            ),
            Self::UnknownCategory { status, id: None } => write!(
                f,
                "no source describes status `{status}`: it counts as in progress unless settings say"
            ),
            Self::AmbiguousName { status } => write!(
                f,
                "several statuses are called `{status}`: without an id it counts as in progress unless settings say"
            ),
        }
    }
}

impl Workflow {
    /// Reads the statuses of a dataset.
    #[must_use]
    pub fn learn(dataset: &Dataset, options: &WorkflowOptions) -> Self {
        let mut flow = Self::default();
        let mut clashes = BTreeSet::new();
        // What an issue shows now comes first: a source's list may hold names of other days.
        let seen = dataset.issues.iter().map(|issue| &issue.status).chain(&dataset.statuses);
        for status in seen {
            flow.read(status, &mut clashes);
        }
        flow.correct(dataset);
        for name in clashes {
            // Once corrected, the statuses of that name may agree after all.
            let mut meant: BTreeSet<StatusCategory> = BTreeSet::new();
            for (id, current) in &flow.current_names {
                if current.to_lowercase() == name {
                    meant.extend(flow.by_id.get(id));
                }
            }
            let agreed = meant.first().copied().filter(|_| meant.len() == 1);
            flow.by_name.insert(name.clone(), agreed.unwrap_or(StatusCategory::Unknown));
            if agreed.is_none() {
                flow.ambiguous.insert(name);
            }
        }
        for (status, category) in &options.categories {
            let name = status.to_lowercase();
            for (id, current) in &flow.current_names {
                if current.to_lowercase() == name && !options.categories.contains_key(id) {
                    flow.by_id.insert(id.clone(), *category);
                }
            }
            flow.by_name.insert(name, *category);
            flow.by_id.insert(status.clone(), *category);
            let overridden = |s: &String| s.to_lowercase() == status.to_lowercase();
            let corrected = |note: &WorkflowNote| matches!(note, WorkflowNote::TreatedAsDone { status, .. } if overridden(status));
            flow.notes.retain(|note| !corrected(note));
        }
        flow
    }

    fn read(&mut self, status: &Status, clashes: &mut BTreeSet<String>) {
        let known = status.category != StatusCategory::Unknown;
        if let Some(id) = filled(&status.id) {
            self.current_names.entry(id.to_owned()).or_insert_with(|| status.name.clone());
            let category = self.by_id.entry(id.to_owned()).or_insert(status.category);
            if known && *category == StatusCategory::Unknown {
                *category = status.category;
            }
        }
        let name = status.name.to_lowercase();
        let category = self.by_name.entry(name.clone()).or_insert(status.category);
        if known && *category == StatusCategory::Unknown {
            *category = status.category;
        } else if known && *category != status.category {
            clashes.insert(name);
        }
    }

    /// A category has no history and can be plainly wrong: the issues in a status show whether it is done.
    fn correct(&mut self, dataset: &Dataset) {
        let mut sitting: BTreeMap<(Option<&str>, String), (&Status, usize, usize)> = BTreeMap::new();
        for issue in &dataset.issues {
            let id = filled(&issue.status.id);
            let name = if id.is_some() { String::new() } else { issue.status.name.to_lowercase() };
            let count = sitting.entry((id, name)).or_insert((&issue.status, 0, 0));
            count.1 += 1;
            count.2 += usize::from(issue.resolved.is_some());
        }
        for ((id, _), (status, issues, resolved)) in sitting {
            let value = FieldValue { id: id.map(Into::into), text: Some(status.name.as_str().into()) };
            let done = self.category(&value) == StatusCategory::Done;
            if done || issues < MIN_ISSUES || resolved * 100 < issues * MIN_RESOLVED_PERCENT {
                continue;
            }
            if let Some(id) = id {
                self.by_id.insert(id.to_owned(), StatusCategory::Done);
            }
            let name = status.name.to_lowercase();
            if self.current_names.values().filter(|n| n.to_lowercase() == name).count() <= 1 {
                self.by_name.insert(name, StatusCategory::Done);
            }
            let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            self.note(WorkflowNote::TreatedAsDone {
                status: status.name.clone(),
                issues: count(issues),
                resolved: count(resolved),
            });
        }
    }

    /// The category of a status as history records it; `Unknown` where neither its id nor its name is described.
    #[must_use]
    pub fn category(&self, status: &FieldValue) -> StatusCategory {
        let by_id = filled(&status.id).and_then(|id| self.by_id.get(id)).copied();
        by_id.filter(|category| *category != StatusCategory::Unknown).unwrap_or_else(|| {
            let name = filled(&status.text).map(str::to_lowercase).unwrap_or_default();
            self.by_name.get(&name).copied().unwrap_or(StatusCategory::Unknown)
        })
    }

    /// The name a status has now, where the source describes its id.
    #[must_use]
    pub fn current_name(&self, status: &FieldValue) -> Option<&str> {
        self.current_names.get(filled(&status.id)?).map(String::as_str)
    }

    /// What to know about the workflow, each once, sorted.
    #[must_use]
    pub fn notes(&self) -> &[WorkflowNote] {
        &self.notes
    }

    /// Notes a status of history whose category is unknown. A status that was never named needs no note.
    pub(crate) fn note_unknown(&mut self, value: &FieldValue) {
        let Some(status) = filled(&value.text).or_else(|| filled(&value.id)) else { return };
        let (status, id) = (status.to_owned(), filled(&value.id).map(str::to_owned));
        self.note(if id.is_none() && self.ambiguous.contains(&status.to_lowercase()) {
            WorkflowNote::AmbiguousName { status }
        } else {
            WorkflowNote::UnknownCategory { status, id }
        });
    }

    fn note(&mut self, note: WorkflowNote) {
        if let Err(place) = self.notes.binary_search(&note) {
            self.notes.insert(place, note);
        }
    }
}

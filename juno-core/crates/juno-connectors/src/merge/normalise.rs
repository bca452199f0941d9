use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use juno_domain::{
    Completeness, Event, Field, FieldValue, IncompleteReason, Issue, IssueKey, SprintId, Status,
    StatusCategory,
};

use super::people::Aliases;
use super::sprints::Sprints;

/// What all records together know, to be put into each of them.
pub(crate) struct Known<'a> {
    pub(crate) aliases: &'a Aliases,
    pub(crate) sprints: &'a Sprints,
    /// Real ids for ids that stand for names.
    pub(crate) renamed: &'a BTreeMap<SprintId, SprintId>,
    /// Issue id → key.
    pub(crate) keys: &'a BTreeMap<String, IssueKey>,
}

impl Known<'_> {
    /// One issue in its final form.
    pub(crate) fn issue(
        &self,
        mut issue: Issue,
        parent_id: Option<&str>,
        mut reasons: BTreeSet<IncompleteReason>,
        events: &mut Vec<Event>,
    ) -> Issue {
        for event in events.iter_mut() {
            self.event(event, &issue);
        }
        drop_repeated(events);
        for member in [&mut issue.assignee, &mut issue.reporter].into_iter().flatten() {
            self.aliases.apply(&mut member.id);
        }
        for author in issue.comments.iter_mut().filter_map(|comment| comment.author.as_mut()) {
            self.aliases.apply(author);
        }
        issue.comments.sort();
        if issue.parent.is_none() {
            issue.parent = parent_id.and_then(|id| self.keys.get(id).cloned());
        }
        let sprints: BTreeSet<SprintId> =
            issue.sprints.iter().map(|id| *self.renamed.get(id).unwrap_or(id)).collect();
        // Sprints of the past are judged where the past is replayed: there the doubt begins when the issue joined.
        reasons.retain(|reason| !matches!(reason, IncompleteReason::UnknownSprint { .. }));
        let unknown = sprints.iter().filter(|id| !self.sprints.contains(**id));
        reasons.extend(unknown.map(|sprint| IncompleteReason::UnknownSprint { sprint: *sprint }));
        issue.sprints = sprints.into_iter().collect();
        issue.completeness = Completeness::COMPLETE;
        reasons.into_iter().for_each(|reason| issue.completeness.add(reason));
        issue
    }

    fn event(&self, event: &mut Event, issue: &Issue) {
        if event.issue != issue.id {
            event.issue = issue.id.clone();
        }
        if let Some(author) = &mut event.author {
            self.aliases.apply(author);
        }
        let names_people = match &event.change.field {
            Field::Assignee => true,
            Field::Other(name) => name.eq_ignore_ascii_case("reporter"),
            _ => false,
        };
        if names_people {
            self.aliases.apply_text(&mut event.change.from.id);
            self.aliases.apply_text(&mut event.change.to.id);
        }
    }
}

/// The sprints of a recorded value.
pub(crate) fn sprint_ids(value: &FieldValue) -> Vec<SprintId> {
    let list = value.id.as_deref().unwrap_or_default();
    list.split(',').filter_map(|id| id.trim().parse().ok()).map(SprintId).collect()
}

/// Leaves each change of an entry once: pages overlap, and an issue may come in several of them.
fn drop_repeated(events: &mut Vec<Event>) {
    events.sort_unstable_by(|a, b| {
        (&a.entry, a.at, &a.change, a.item, &a.author).cmp(&(&b.entry, b.at, &b.change, b.item, &b.author))
    });
    events.dedup_by(|b, a| (&a.entry, a.at, &a.change) == (&b.entry, b.at, &b.change));
}

/// Statuses seen with an id or a category: every name of each id, with the category its latest sight has.
#[derive(Debug, Default)]
pub(crate) struct Statuses {
    categories: BTreeMap<String, (DateTime<Utc>, StatusCategory)>,
    names: BTreeSet<(Option<Arc<str>>, Arc<str>, StatusCategory)>,
}

impl Statuses {
    /// Takes note of a status an issue shows.
    pub(crate) fn add(&mut self, status: &Status, at: DateTime<Utc>) {
        match &status.id {
            Some(id) => {
                if status.category != StatusCategory::Unknown {
                    let known = self.categories.entry(id.clone()).or_insert((at, status.category));
                    *known = (*known).max((at, status.category));
                }
                self.names.insert((
                    Some(id.as_str().into()),
                    status.name.as_str().into(),
                    StatusCategory::Unknown,
                ));
            }
            None if status.category != StatusCategory::Unknown => {
                self.names.insert((None, status.name.as_str().into(), status.category));
            }
            None => {}
        }
    }

    /// Takes note of a status a changelog names.
    pub(crate) fn add_past(&mut self, value: &FieldValue) {
        if let FieldValue { id: Some(id), text: Some(name) } = value {
            self.names.insert((Some(id.clone()), name.clone(), StatusCategory::Unknown));
        }
    }

    /// All of them, by id and name.
    pub(crate) fn finish(self) -> Vec<Status> {
        let category = |id: &Option<Arc<str>>, own| {
            let known = id.as_deref().and_then(|id| self.categories.get(id));
            known.map_or(own, |(_, category)| *category)
        };
        self.names
            .iter()
            .map(|(id, name, own)| Status {
                id: id.as_deref().map(str::to_owned),
                name: name.to_string(),
                category: category(id, *own),
            })
            .collect()
    }
}

//! Counts what [`blemish`](super::blemish) really did, so that a test can say that a fault is there.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::SyntheticParams;
use super::catalogue::{IN_PROGRESS, RELEASED};
use super::model::{Entry, Issue, Set, World};

/// How often each fault that lives in the history was made, by the name of its field in `Mess`.
pub(crate) fn count(params: &SyntheticParams, world: &World) -> BTreeMap<&'static str, usize> {
    let issues = &world.issues;
    let issues_with = |f: &dyn Fn(&Issue) -> bool| issues.iter().filter(|i| f(i)).count();
    let entries_with =
        |f: &dyn Fn(&Entry) -> bool| issues.iter().flat_map(|i| &i.entries).filter(|e| f(e)).count();
    let starts: BTreeSet<DateTime<Utc>> = world.sprints.iter().map(|s| s.started).collect();
    let deleted = |s: &u64| world.deleted.iter().any(|d| d.0 == *s);
    let versions = |e: &Entry| e.items.iter().filter(|i| matches!(i.set, Set::FixVersion(..))).count();
    let old_name = |e: &Entry| {
        world.renamed_at.is_some_and(|r| e.at < r)
            && e.items.iter().any(|i| i.set == Set::Status(IN_PROGRESS))
    };
    BTreeMap::from([
        (
            "bare_items",
            issues.iter().flat_map(|i| &i.entries).flat_map(|e| &e.items).filter(|i| i.bare).count(),
        ),
        ("repeated_fields", entries_with(&|e| versions(e) > 1)),
        ("reversed_instants", entries_with(&|e| e.id_swapped)),
        ("truncated", issues_with(&|i| i.truncate && i.entries.len() > params.mess.truncate_at)),
        ("moved", issues_with(&|i| has(i, |s| matches!(s, Set::Move(..))))),
        ("renamed_status", entries_with(&old_name)),
        ("wrong_category", issues_with(&|i| i.now.status == RELEASED)),
        ("comma_names", world.sprints.iter().filter(|s| s.name.contains(',')).count()),
        (
            "deleted_sprint",
            issues_with(&|i| has(i, |s| matches!(s, Set::Sprints(s) if s.iter().any(deleted)))),
        ),
        ("ends_elsewhere", issues_with(&|i| i.lost.is_some())),
        ("machine_noise", issues_with(&|i| has(i, |s| matches!(s, Set::RemoteLink(_))))),
        ("string_items", entries_with(&|e| e.as_string)),
        ("oldest_first", issues_with(&|i| i.oldest_first)),
        (
            "on_the_instant",
            entries_with(&|e| {
                starts.contains(&e.at) && e.items.iter().any(|i| matches!(i.set, Set::Sprints(_)))
            }),
        ),
        ("shared_sprint", usize::from(world.shared_sprint.is_some())),
    ])
}

fn has(issue: &Issue, f: impl Fn(&Set) -> bool) -> bool {
    issue.entries.iter().flat_map(|e| &e.items).any(|item| f(&item.set))
}

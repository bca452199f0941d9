use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::SyntheticProject;
use super::model::{Entry, Issue, Set, SprintPhase, World};

impl SyntheticProject {
    /// The same site exported earlier, at `at`: what happened later is in no page. What an administrator did at an
    /// unknown instant (delete a sprint, rename a status) has been done there too.
    #[must_use]
    pub fn exported_at(&self, at: DateTime<Utc>) -> Self {
        Self::of(self.params.clone(), cut(&self.world, at))
    }
}

fn cut(world: &World, at: DateTime<Utc>) -> World {
    let mut world = world.clone();
    world.as_of = world.as_of.min(at);
    // A sprint exists once it was made, and at the latest once an issue was put into it.
    let planned: BTreeSet<u64> = world
        .issues
        .iter()
        .flat_map(|issue| &issue.entries)
        .filter(|entry| entry.at <= at)
        .flat_map(|entry| &entry.items)
        .filter_map(|item| if let Set::Sprints(sprints) = &item.set { Some(sprints) } else { None })
        .flatten()
        .copied()
        .collect();
    world.sprints.retain(|sprint| sprint.created <= at || planned.contains(&sprint.id));
    for sprint in &mut world.sprints {
        sprint.state = match sprint.state {
            SprintPhase::Closed if sprint.closes <= at => SprintPhase::Closed,
            SprintPhase::Closed | SprintPhase::Active if sprint.started <= at => SprintPhase::Active,
            _ => SprintPhase::Future,
        };
    }
    world.shared_sprint = world.shared_sprint.filter(|id| world.sprints.iter().any(|s| s.id == *id));
    let mut places = BTreeMap::new();
    let mut kept: Vec<Issue> = Vec::new();
    for (place, mut issue) in std::mem::take(&mut world.issues).into_iter().enumerate() {
        if issue.created <= at {
            issue.cut(at);
            issue.keys.truncate(1 + issue.entries.iter().filter(|entry| moves(entry)).count());
            places.insert(place, kept.len());
            kept.push(issue);
        }
    }
    // Positions of other issues: none of them is younger than what points at it.
    for issue in &mut kept {
        issue.parent = issue.parent.and_then(|parent| places.get(&parent).copied());
        for item in issue.entries.iter_mut().flat_map(|entry| &mut entry.items) {
            if let Set::Link(other, ..) = &mut item.set
                && let Some(place) = places.get(other)
            {
                *other = *place;
            }
        }
    }
    world.issues = kept;
    world
}

fn moves(entry: &Entry) -> bool {
    entry.items.iter().any(|item| matches!(item.set, Set::Move(..)))
}

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use juno_domain::{Sprint, SprintId};

use crate::synthetic_sprint_id;

/// Sprints as all sources describe them. Many issues describe the same sprint, some from before it ended.
#[derive(Debug, Default)]
pub(crate) struct Sprints(BTreeMap<SprintId, BTreeSet<Sprint>>);

impl Sprints {
    /// Takes note of one description.
    pub(crate) fn add(&mut self, sprint: Sprint) {
        self.0.entry(sprint.id).or_default().insert(sprint);
    }

    /// Whether any source describes the sprint.
    pub(crate) fn contains(&self, id: SprintId) -> bool {
        self.0.contains_key(&id)
    }

    /// Real ids for the ids that stand for names, where exactly one sprint has the name.
    pub(crate) fn by_name(&self) -> BTreeMap<SprintId, SprintId> {
        let mut ids: BTreeMap<&str, BTreeSet<SprintId>> = BTreeMap::new();
        for sprint in self.0.values().flatten() {
            ids.entry(sprint.name.trim()).or_default().insert(sprint.id);
        }
        let single = ids.into_iter().filter(|(_, ids)| ids.len() == 1);
        single.filter_map(|(name, ids)| Some((synthetic_sprint_id(name), ids.into_iter().next()?))).collect()
    }

    /// Each sprint once: the most advanced description, its gaps filled from the others.
    pub(crate) fn finish(self) -> Vec<Sprint> {
        self.0.into_values().filter_map(combine).collect()
    }
}

fn combine(descriptions: BTreeSet<Sprint>) -> Option<Sprint> {
    let mut all: Vec<Sprint> = descriptions.into_iter().collect();
    // A sprint only moves forward; among equals the one that says most, then the later end.
    let says = |s: &Sprint| {
        [s.closed_at.is_some(), s.end.is_some(), s.start.is_some(), s.board.is_some()]
            .map(u8::from)
            .iter()
            .sum::<u8>()
    };
    all.sort_by(|a, b| {
        let key = |s: &Sprint| (Reverse(s.state), Reverse(says(s)), Reverse(s.closed_at), Reverse(s.end));
        key(a).cmp(&key(b)).then_with(|| a.cmp(b))
    });
    let mut all = all.into_iter();
    let mut best = all.next()?;
    for other in all {
        best.board = best.board.or(other.board);
        best.start = best.start.or(other.start);
        best.end = best.end.or(other.end);
        best.closed_at = best.closed_at.or(other.closed_at);
        if best.goal.is_empty() {
            best.goal = other.goal;
        }
    }
    Some(best)
}

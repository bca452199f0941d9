//! Orders the steps of a single-valued field. Jira records several steps of one instant in any order, even with
//! ids that run backwards, so steps of one instant follow their from → to chain.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use juno_domain::{Event, Field, FieldValue};

use crate::value::{Canon, same};

/// Steps in the order they happened, and the instants where one does not begin at what the step before left.
#[derive(Debug, Default)]
pub(crate) struct Ordered<'a> {
    pub(crate) steps: Vec<&'a Event>,
    pub(crate) broken: Vec<DateTime<Utc>>,
}

/// Orders `steps`, which must be sorted by instant, entry and item. `current` is the value the field shows now,
/// where known; it settles the order of a first group that runs in a circle.
pub(crate) fn order<'a>(field: &Field, steps: &[&'a Event], current: Option<&'a FieldValue>) -> Ordered<'a> {
    let mut ordered = Ordered { steps: Vec::with_capacity(steps.len()), broken: Vec::new() };
    let mut canon = None;
    let mut rest = steps;
    while let Some(first) = rest.first() {
        let len = rest.iter().take_while(|e| e.at == first.at).count();
        let (group, later) = rest.split_at(len);
        rest = later;
        let before = ordered.steps.last().map(|e| &e.change.to);
        if len == 1 {
            if before.is_some_and(|value| !same(field, value, &first.change.from)) {
                ordered.broken.push(first.at);
            }
            ordered.steps.push(first);
            continue;
        }
        let canon = canon.get_or_insert_with(|| learn(steps, current));
        let after = || beginning(field, later, canon, current);
        match chain(field, group, canon, before, after) {
            Some(order) => ordered.steps.extend(order.into_iter().filter_map(|i| group.get(i)).copied()),
            None => {
                ordered.broken.push(first.at);
                ordered.steps.extend_from_slice(group);
            }
        }
    }
    ordered
}

fn learn<'a>(steps: &[&'a Event], current: Option<&'a FieldValue>) -> Canon<'a> {
    let mut canon = Canon::default();
    for value in steps.iter().flat_map(|e| [&e.change.from, &e.change.to]).chain(current) {
        canon.learn(value);
    }
    canon
}

/// The order of a group of one instant in which every step begins where the one before ended, the first one at
/// `before`; the order of ids where it does so already.
fn chain(
    field: &Field,
    group: &[&Event],
    canon: &Canon<'_>,
    before: Option<&FieldValue>,
    after: impl FnOnce() -> Option<String>,
) -> Option<Vec<usize>> {
    let edges = edges(field, group, canon);
    let (first, last) = (edges.first()?, edges.last()?);
    let linked = edges.windows(2).all(|w| matches!(w, [a, b] if a.1 == b.0));
    let before = before.map(|value| canon.key(field, value));
    let after = before.is_none().then(after).flatten();
    // Ids in order, from the known value, and not a circle that could be entered elsewhere.
    let settled = first.0 != last.1 || after.as_ref().is_none_or(|a| *a == last.1);
    if linked && before.as_ref().map_or(settled, |b| *b == first.0) {
        return Some((0..edges.len()).collect());
    }
    if let Some(start) = before {
        return trail(&edges, &start);
    }
    source(&edges)
        .and_then(|start| trail(&edges, &start))
        .or_else(|| after.as_deref().and_then(|start| trail(&edges, start)))
        .or_else(|| trail(&edges, &first.0))
}

/// The value that `later` steps begin at. A group of one instant that runs in a circle begins and ends at what the steps
/// after it begin at.
fn beginning(
    field: &Field,
    later: &[&Event],
    canon: &Canon<'_>,
    current: Option<&FieldValue>,
) -> Option<String> {
    for group in later.chunk_by(|a, b| a.at == b.at) {
        let start = match group {
            [only] => Some(canon.key(field, &only.change.from)),
            group => source(&edges(field, group, canon)),
        };
        if start.is_some() {
            return start;
        }
    }
    current.map(|value| canon.key(field, value))
}

fn edges(field: &Field, group: &[&Event], canon: &Canon<'_>) -> Vec<(String, String)> {
    group.iter().map(|e| (canon.key(field, &e.change.from), canon.key(field, &e.change.to))).collect()
}

/// The value that more steps leave than reach; `None` for a circle.
fn source(edges: &[(String, String)]) -> Option<String> {
    let mut surplus: BTreeMap<&str, i64> = BTreeMap::new();
    for (from, to) in edges {
        *surplus.entry(from).or_default() += 1;
        *surplus.entry(to).or_default() -= 1;
    }
    surplus.into_iter().find(|(_, n)| *n > 0).map(|(key, _)| key.to_owned())
}

/// A walk from `start` that uses every edge once (Hierholzer), lower positions first; `None` if there is none.
fn trail(edges: &[(String, String)], start: &str) -> Option<Vec<usize>> {
    let mut leaving: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, (from, _)) in edges.iter().enumerate().rev() {
        leaving.entry(from).or_default().push(i);
    }
    let mut walk: Vec<(&str, Option<usize>)> = vec![(start, None)];
    let mut order = Vec::with_capacity(edges.len());
    while let Some(&(node, arrived_by)) = walk.last() {
        let next = leaving.get_mut(node).and_then(Vec::pop);
        match next.and_then(|i| edges.get(i).map(|edge| (edge.1.as_str(), Some(i)))) {
            Some(step) => walk.push(step),
            None => {
                walk.pop();
                order.extend(arrived_by);
            }
        }
    }
    order.reverse();
    let mut at = start;
    for edge in order.iter().filter_map(|i| edges.get(*i)) {
        if edge.0 != at {
            return None;
        }
        at = &edge.1;
    }
    (order.len() == edges.len()).then_some(order)
}

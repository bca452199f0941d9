//! Fields that hold several values. Jira records each value that comes or goes as an item of its own (components,
//! versions, links), so an item is a step of a set, not a change of the whole.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use juno_domain::{Event, Field, FieldValue, Issue};

use crate::value::{elements, filled, same};

/// How the items of a field are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nature {
    /// Each item gives the whole value before and after.
    Whole,
    /// Each item gives elements that left and elements that came.
    Elements,
    /// Sites differ: whole where that chains, else elements.
    Either,
}

pub(crate) fn nature(field: &Field) -> Nature {
    match field {
        Field::Components | Field::Link => Nature::Elements,
        Field::Labels => Nature::Either,
        Field::Other(name) => {
            let name = name.to_lowercase().replace([' ', '_', '/'], "");
            let listed = ["fixversion", "version", "affectsversion", "attachment", "component"];
            if listed.contains(&name.trim_end_matches('s')) { Nature::Elements } else { Nature::Either }
        }
        _ => Nature::Whole,
    }
}

/// A set field's history: its value at creation and after every item.
#[derive(Debug, Default)]
pub(crate) struct Folded<'a> {
    pub(crate) initial: FieldValue,
    pub(crate) steps: Vec<(&'a Event, FieldValue)>,
    pub(crate) broken: Vec<DateTime<Utc>>,
}

impl Folded<'_> {
    /// Whether nothing was removed that was not there, nothing added twice, and the end is what the field shows.
    pub(crate) fn is_consistent(&self, field: &Field, current: Option<&FieldValue>) -> bool {
        let end = self.steps.last().map_or(&self.initial, |s| &s.1);
        self.broken.is_empty() && current.is_none_or(|now| same(field, end, now))
    }
}

/// What an element is known by: its text, else its id. Its id is kept for display.
type Present = BTreeMap<String, Option<String>>;

/// Elements named by one side of an item, with the id where the side is a single element.
fn named(field: &Field, value: &FieldValue) -> Vec<(String, Option<String>)> {
    if value.is_empty() {
        return Vec::new();
    }
    if *field == Field::Labels {
        return elements(field, value).into_iter().map(|e| (e, None)).collect();
    }
    let id = filled(&value.id).map(str::to_owned);
    let name = filled(&value.text).map(str::to_owned).or_else(|| id.clone());
    name.map(|n| (n, id)).into_iter().collect()
}

/// Reads `steps` (sorted by instant, entry, item) as comings and goings.
pub(crate) fn fold<'a>(field: &Field, steps: &[&'a Event], issue: &Issue) -> Folded<'a> {
    let mut present = initial(field, steps, issue);
    let mut folded = Folded { initial: value(field, &present), ..Folded::default() };
    let mut rest = steps;
    while let Some(first) = rest.first() {
        let (group, later) = rest.split_at(rest.iter().take_while(|e| e.at == first.at).count());
        rest = later;
        // Items of one instant come in any order: those that do not fit yet get a second turn.
        let mut late = Vec::new();
        for event in group {
            if fits(field, event, &present) {
                apply(field, event, &mut present);
                folded.steps.push((event, value(field, &present)));
            } else {
                late.push(*event);
            }
        }
        for event in late {
            if !fits(field, event, &present) {
                folded.broken.push(event.at);
            }
            apply(field, event, &mut present);
            folded.steps.push((event, value(field, &present)));
        }
    }
    folded
}

/// An element that is first heard of as it goes was there from the beginning; so was one that is there now and
/// was never heard of.
fn initial(field: &Field, steps: &[&Event], issue: &Issue) -> Present {
    let mut present = Present::new();
    let mut heard = BTreeSet::new();
    for event in steps {
        // What the item brings was not there before; what it takes was.
        let (goes, comes) = (named(field, &event.change.from), named(field, &event.change.to));
        for (name, id) in goes {
            if heard.insert(name.clone()) {
                present.insert(name, id);
            }
        }
        heard.extend(comes.into_iter().map(|(name, _)| name));
    }
    let now: &[String] = match field {
        Field::Labels => &issue.labels,
        Field::Components => &issue.components,
        _ => &[],
    };
    for name in now.iter().filter(|n| !heard.contains(*n)) {
        present.insert(name.clone(), None);
    }
    present
}

/// Whether an item can be the next: it takes what is there and brings what is not. A link may be noted again
/// while it holds, which says nothing new.
fn fits(field: &Field, event: &Event, present: &Present) -> bool {
    let goes = named(field, &event.change.from);
    let new = |name: &String| !present.contains_key(name) || goes.iter().any(|(gone, _)| gone == name);
    goes.iter().all(|(name, _)| present.contains_key(name))
        && (*field == Field::Link || named(field, &event.change.to).iter().all(|(name, _)| new(name)))
}

fn apply(field: &Field, event: &Event, present: &mut Present) {
    for (name, _) in named(field, &event.change.from) {
        present.remove(&name);
    }
    present.extend(named(field, &event.change.to));
}

fn value(field: &Field, present: &Present) -> FieldValue {
    if present.is_empty() {
        return FieldValue::EMPTY;
    }
    let separator = if *field == Field::Labels { " " } else { ", " };
    let names: Vec<&str> = present.keys().map(String::as_str).collect();
    let ids: Option<Vec<&str>> = present.values().map(Option::as_deref).collect();
    FieldValue { id: ids.map(|ids| ids.join(separator).into()), text: Some(names.join(separator).into()) }
}

//! Pages of the issue search, with repeated and refused records among them.

use serde_json::{Value, json};

use super::super::BadRecord;
use super::super::dice::Dice;
use super::{Renderer, sorted};

/// What stands at a place of the export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    /// An issue.
    Issue(usize),
    /// The same issue again.
    Again(usize),
    /// A copy of an issue, broken in the n-th way.
    Bad(usize, usize),
}

const REASONS: [&str; 3] = ["no key", "unreadable created", "negative points"];

/// The order of the export: by id, with repeats at least a page later and broken records here and there.
pub(crate) fn slots(renderer: &Renderer<'_>, dice: &mut Dice) -> Vec<Slot> {
    let (issues, mess) = (&renderer.world.issues, &renderer.params.mess);
    let mut order: Vec<usize> = (0..issues.len()).collect();
    order.sort_by_key(|i| issues[*i].id);
    let mut slots: Vec<Slot> = order.iter().map(|i| Slot::Issue(*i)).collect();
    for n in dice.sample(order.len(), mess.duplicates) {
        let place = (n + renderer.params.page_size + 1).min(slots.len());
        slots.insert(place, Slot::Again(order[n]));
    }
    for n in 0..mess.bad_records {
        if !order.is_empty() {
            let place = dice.index(slots.len());
            slots.insert(place, Slot::Bad(dice.pick(&order), n));
        }
    }
    slots
}

/// The pages, and where the broken records are.
pub(crate) fn pages(
    renderer: &Renderer<'_>,
    slots: &[Slot],
    dice: &mut Dice,
) -> (Vec<Value>, Vec<BadRecord>) {
    let size = renderer.params.page_size.max(1);
    let total = slots.len();
    let mut pages = Vec::new();
    let mut bad = Vec::new();
    for (page, chunk) in slots.chunks(size).enumerate() {
        let mut issues = Vec::with_capacity(chunk.len());
        for (position, slot) in chunk.iter().enumerate() {
            issues.push(renderer.slot(*slot));
            if let Slot::Bad(_, n) = slot {
                bad.push(BadRecord { page, position, reason: REASONS[n % REASONS.len()] });
            }
        }
        let last = page * size + chunk.len() == total;
        let mut value = json!({ "issues": issues, "names": renderer.names() });
        if renderer.cloud() {
            value["isLast"] = last.into();
            if !last {
                value["nextPageToken"] = dice.hex(24).into();
            }
        } else {
            value["startAt"] = (page * size).into();
            value["maxResults"] = size.into();
            value["total"] = total.into();
        }
        pages.push(sorted(value));
    }
    (pages, bad)
}

impl Renderer<'_> {
    pub(crate) fn slot(&self, slot: Slot) -> Value {
        match slot {
            Slot::Issue(i) | Slot::Again(i) => self.issue(i),
            Slot::Bad(i, n) => self.broken(i, n),
        }
    }

    /// A record like issue `i`, without history and links, that no reader can use.
    fn broken(&self, i: usize, n: usize) -> Value {
        let mut value = self.issue(i);
        let issue = &self.world.issues[i];
        let team = &self.world.teams[self.world.project(issue)];
        value["id"] = (990_000 + n).to_string().into();
        value["key"] = format!("{}-{}", team.key, 99_000 + n).into();
        value["changelog"] = json!({ "startAt": 0, "maxResults": 0, "total": 0, "histories": [] });
        let ids = &self.params.fields;
        if let Some(fields) = value["fields"].as_object_mut() {
            fields.remove("parent");
            for name in ["issuelinks", "subtasks"] {
                fields.insert(name.to_owned(), json!([]));
            }
            fields.insert(ids.sprint.clone(), Value::Null);
            if n % 3 == 1 {
                fields.insert("created".to_owned(), "last Tuesday".into());
            }
            if n % 3 == 2 {
                let points = if team.estimates { &ids.story_point_estimate } else { &ids.story_points };
                fields.insert(points.clone(), (-3.0).into());
            }
        }
        if let Some(object) = value.as_object_mut().filter(|_| n.is_multiple_of(3)) {
            object.remove("key");
        }
        sorted(value)
    }
}

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::super::catalogue::{IN_PROGRESS, IN_PROGRESS_ONCE, PRIORITIES, RESOLUTIONS, STATUSES, TEAMS};
use super::super::model::{Entry, Issue, Item, LinkKind, Set};
use super::super::truth_build::lost_at;
use super::text::wiki;
use super::{Renderer, stamp};

/// A changelog value: id and text.
type Side = (Option<String>, Option<String>);

const NOTHING: Side = (None, None);

fn named(pair: (&str, &str)) -> Side {
    (Some(pair.0.to_owned()), Some(pair.1.to_owned()))
}

fn text(value: impl Into<String>) -> Side {
    (None, Some(value.into()))
}

/// `""` where Jira writes an empty string and not null.
fn blank() -> Side {
    (Some(String::new()), Some(String::new()))
}

impl Renderer<'_> {
    /// The embedded changelog, newest entries first unless the issue is an odd one.
    pub(crate) fn changelog(&self, position: usize) -> Value {
        let issue = &self.world.issues[position];
        let lost = issue.lost.and_then(|lost| lost_at(issue, lost));
        let mut histories = Vec::new();
        for (e, entry) in issue.entries.iter().enumerate() {
            let kept = entry.items.iter().enumerate().filter(|(n, _)| lost != Some((e, *n)));
            let items: Vec<Value> =
                kept.flat_map(|(_, item)| self.item(issue, position, entry.at, item)).collect();
            if !items.is_empty() {
                histories.push(self.history(issue, entry, items));
            }
        }
        let total = histories.len();
        if !issue.oldest_first {
            histories.reverse();
        }
        let mut most = total;
        if issue.truncate && total > self.params.mess.truncate_at {
            most = self.params.mess.truncate_at;
            if issue.oldest_first {
                histories.drain(..total - most);
            }
            histories.truncate(most);
        }
        json!({ "startAt": 0, "maxResults": most, "total": total, "histories": histories })
    }

    fn history(&self, issue: &Issue, entry: &Entry, items: Vec<Value>) -> Value {
        let items = super::sorted(Value::Array(items));
        json!({
            "id": entry.id.to_string(),
            "author": self.user(entry.author),
            "created": stamp(self.world.teams[issue.team].zone, entry.at),
            "items": if entry.as_string { Value::String(items.to_string()) } else { items },
        })
    }

    fn item(&self, issue: &Issue, position: usize, at: DateTime<Utc>, item: &Item) -> Vec<Value> {
        let ids = &self.params.fields;
        let points = if self.world.teams[self.world.project(issue)].estimates {
            ("Story point estimate", "custom", ids.story_point_estimate.as_str())
        } else {
            ("Story Points", "custom", ids.story_points.as_str())
        };
        if let Set::Move(from, to) = item.set {
            return self.moved(position, at, from, to, item.bare);
        }
        let field = match &item.set {
            Set::Status(_) => ("status", "jira", "status"),
            Set::Assignee(_) => ("assignee", "jira", "assignee"),
            Set::Sprints(_) => ("Sprint", "custom", ids.sprint.as_str()),
            Set::Points(_) => points,
            Set::Flagged(_) => ("Flagged", "custom", ids.flagged.as_str()),
            Set::Priority(_) => ("priority", "jira", "priority"),
            Set::Resolution(_) => ("resolution", "jira", "resolution"),
            Set::Labels(_) => ("labels", "jira", "labels"),
            Set::Component(..) => ("Component", "jira", "components"),
            Set::FixVersion(..) => ("Fix Version", "jira", "fixVersions"),
            Set::Description(_) => ("description", "jira", "description"),
            Set::Link(..) => ("Link", "jira", "issuelinks"),
            Set::RemoteLink(_) => ("RemoteIssueLink", "jira", "RemoteIssueLink"),
            Set::Rank | Set::Move(..) => ("Rank", "custom", ids.decoy.as_str()),
        };
        let (from, to) = match &item.set {
            // Added or removed: one side is always empty.
            Set::Component(_, false) | Set::FixVersion(_, false) => (self.side(&item.set, at), NOTHING),
            Set::Component(..) | Set::FixVersion(..) | Set::Link(..) | Set::RemoteLink(_) => {
                (NOTHING, self.side(&item.set, at))
            }
            Set::Rank | Set::Move(..) => (blank(), (Some(String::new()), Some("Ranked higher".to_owned()))),
            _ => (self.side(&item.was, at), self.side(&item.set, at)),
        };
        vec![line(field, from, to, item.bare)]
    }

    /// A value as a changelog of that day writes it.
    fn side(&self, value: &Set, at: DateTime<Utc>) -> Side {
        match value {
            Set::Status(IN_PROGRESS) if self.world.renamed_at.is_some_and(|r| at < r) => {
                named((STATUSES[IN_PROGRESS].id, IN_PROGRESS_ONCE))
            }
            Set::Status(v) => named((STATUSES[*v].id, STATUSES[*v].name)),
            Set::Assignee(v) => v.map_or(NOTHING, |who| {
                let person = &self.world.people[who];
                named((&person.account, &person.name))
            }),
            Set::Sprints(v) if v.is_empty() => blank(),
            Set::Sprints(v) => {
                let ids: Vec<String> = v.iter().map(u64::to_string).collect();
                (Some(ids.join(", ")), Some(self.sprint_names(v)))
            }
            Set::Points(v) => v.map_or(NOTHING, |p| text(p.to_string())),
            Set::Flagged(on) => {
                if *on {
                    named(("[10019]", "Impediment"))
                } else {
                    blank()
                }
            }
            Set::Priority(v) => named(PRIORITIES[*v]),
            Set::Resolution(v) => v.map_or(NOTHING, |r| named(RESOLUTIONS[r])),
            Set::Labels(v) => text(v.iter().copied().collect::<Vec<_>>().join(" ")),
            Set::Component(v, _) => named((&component_id(v), v)),
            Set::FixVersion(v, _) => named((&version_id(v), v)),
            Set::Description(v) => {
                if v.is_empty() {
                    NOTHING
                } else {
                    text(wiki(v))
                }
            }
            Set::Link(other, kind, outward) => {
                let key = self.world.key_then(*other, at);
                let text = format!("This issue {} {key}", verb(*kind, *outward));
                (Some(key), Some(text))
            }
            Set::RemoteLink(v) => (Some("10023".to_owned()), Some(v.clone())),
            Set::Rank | Set::Move(..) => blank(),
        }
    }

    /// A move is written as two items: the project and the key.
    fn moved(&self, position: usize, at: DateTime<Utc>, from: usize, to: usize, bare: bool) -> Vec<Value> {
        let project = |p: usize| (Some(project_id(p)), Some(self.world.teams[p].project.clone()));
        let before = self.world.key_then(position, at - chrono::TimeDelta::milliseconds(1));
        vec![
            line(("project", "jira", "project"), project(from), project(to), bare),
            line(("Key", "jira", "Key"), text(before), text(self.world.key_then(position, at)), bare),
        ]
    }
}

fn line((field, kind, id): (&str, &str, &str), from: Side, to: Side, bare: bool) -> Value {
    let mut value = json!({
        "field": field,
        "fieldtype": kind,
        "fieldId": id,
        "from": from.0,
        "fromString": from.1,
        "to": to.0,
        "toString": to.1,
    });
    if let Some(object) = value.as_object_mut().filter(|_| bare) {
        object.remove("fieldId");
    }
    value
}

pub(crate) fn project_id(position: usize) -> String {
    (10_000 + position).to_string()
}

pub(crate) fn component_id(name: &str) -> String {
    let place = TEAMS.iter().flat_map(|t| t.components).position(|c| c == name);
    (10_100 + place.unwrap_or(0)).to_string()
}

pub(crate) fn version_id(name: &str) -> String {
    format!("102{:0>2}", name.rsplit('.').next().unwrap_or_default())
}

/// What a link says from one side.
pub(crate) const fn verb(kind: LinkKind, outward: bool) -> &'static str {
    match (kind, outward) {
        (LinkKind::Blocks, true) => "blocks",
        (LinkKind::Blocks, false) => "is blocked by",
        (LinkKind::Relates, _) => "relates to",
        (LinkKind::Duplicate, true) => "duplicates",
        (LinkKind::Duplicate, false) => "is duplicated by",
    }
}

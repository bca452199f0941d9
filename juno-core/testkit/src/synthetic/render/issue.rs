use serde_json::{Map, Value, json};

use super::super::catalogue::{PRIORITIES, RESOLUTIONS, STATUSES, SUB_TASK, TYPES};
use super::super::model::{Issue, LinkKind, Set};
use super::changelog::{component_id, project_id, verb, version_id};
use super::{Renderer, sorted, stamp};

impl Renderer<'_> {
    /// An issue as the search gives it with `expand=changelog`.
    pub(crate) fn issue(&self, position: usize) -> Value {
        let issue = &self.world.issues[position];
        sorted(json!({
            "id": issue.id.to_string(),
            "key": self.world.key(position),
            "self": format!("{}/issue/{}", self.api(), issue.id),
            "changelog": self.changelog(position),
            "fields": self.fields(position, issue),
        }))
    }

    /// Names of the fields: what `expand=names` adds.
    pub(crate) fn names(&self) -> Value {
        let ids = &self.params.fields;
        let custom = [
            (&ids.decoy, "Rank"),
            (&ids.story_point_estimate, "Story point estimate"),
            (&ids.sprint, "Sprint"),
            (&ids.flagged, "Flagged"),
            (&ids.story_points, "Story Points"),
        ];
        let plain = [
            ("assignee", "Assignee"),
            ("components", "Components"),
            ("created", "Created"),
            ("fixVersions", "Fix versions"),
            ("issuelinks", "Linked Issues"),
            ("issuetype", "Issue Type"),
            ("priority", "Priority"),
            ("resolutiondate", "Resolved"),
            ("status", "Status"),
            ("summary", "Summary"),
            ("updated", "Updated"),
        ];
        let mut names: Map<String, Value> =
            plain.map(|(id, name)| (id.to_owned(), name.into())).into_iter().collect();
        names.extend(custom.map(|(id, name)| (id.clone(), name.into())));
        sorted(Value::Object(names))
    }

    fn fields(&self, position: usize, issue: &Issue) -> Value {
        let team = &self.world.teams[issue.team];
        let project = self.world.project(issue);
        let now = &issue.now;
        let resolved =
            issue.entries.iter().rev().find_map(|e| {
                e.items.iter().any(|i| matches!(i.set, Set::Resolution(Some(_)))).then_some(e.at)
            });
        let resolution = now.resolution.map(|r| json!({ "id": RESOLUTIONS[r].0, "name": RESOLUTIONS[r].1 }));
        let components: Vec<Value> =
            now.components.iter().map(|c| json!({ "id": component_id(c), "name": c })).collect();
        let versions: Vec<Value> = (now.fix_versions.iter())
            .map(|v| json!({ "id": version_id(v), "name": v, "archived": false, "released": false }))
            .collect();
        let mut fields = json!({
            "summary": now.summary,
            "issuetype": kind(issue.kind),
            "project": {
                "id": project_id(project),
                "key": self.world.teams[project].key,
                "name": self.world.teams[project].project,
            },
            "status": status(now.status),
            "priority": { "id": PRIORITIES[now.priority].0, "name": PRIORITIES[now.priority].1 },
            "assignee": now.assignee.map(|who| self.user(who)),
            "reporter": self.user(issue.reporter),
            "created": stamp(team.zone, issue.created),
            "updated": stamp(team.zone, issue.updated()),
            "resolution": resolution,
            "resolutiondate": now.resolution.and(resolved).map(|at| stamp(team.zone, at)),
            "duedate": null,
            "labels": now.labels,
            "components": components,
            "fixVersions": versions,
            "issuelinks": self.links(position, issue),
            "subtasks": self.children.get(&position).map_or_else(Vec::new, |c| c.iter().map(|i| self.stub(*i)).collect()),
            "description": self.body(&now.description),
            "comment": self.comments(issue),
            "watches": { "watchCount": issue.watchers, "isWatching": false },
        });
        if let Some(parent) = issue.parent {
            fields["parent"] = self.stub(parent);
        }
        self.custom(issue, project, &mut fields);
        fields
    }

    fn custom(&self, issue: &Issue, project: usize, fields: &mut Value) {
        let ids = &self.params.fields;
        let points =
            if self.world.teams[project].estimates { &ids.story_point_estimate } else { &ids.story_points };
        let sprints = issue.parent.map_or(&issue.now.sprints, |p| &self.world.issues[p].now.sprints);
        fields[&ids.decoy] = (170_000.5 + (issue.id % 1_000) as f64).into();
        fields[&ids.story_point_estimate] = Value::Null;
        fields[&ids.story_points] = Value::Null;
        fields[points] = issue.now.points.into();
        fields[&ids.sprint] = self.sprint_field(sprints);
        fields[&ids.flagged] =
            if issue.now.flagged { json!([{ "id": "10019", "value": "Impediment" }]) } else { Value::Null };
    }

    fn comments(&self, issue: &Issue) -> Value {
        let zone = self.world.teams[issue.team].zone;
        let one = |(n, c): (usize, &super::super::model::Comment)| {
            json!({
                "id": (issue.id * 100 + n as u64).to_string(),
                "author": self.user(c.author),
                "body": self.body(std::slice::from_ref(&c.text)),
                "created": stamp(zone, c.at),
                "updated": stamp(zone, c.at),
            })
        };
        let comments: Vec<Value> = issue.comments.iter().enumerate().map(one).collect();
        let n = comments.len();
        json!({ "comments": comments, "startAt": 0, "maxResults": n, "total": n })
    }

    fn links(&self, position: usize, issue: &Issue) -> Vec<Value> {
        let mut links = Vec::new();
        for entry in &issue.entries {
            for item in &entry.items {
                let Set::Link(other, kind, outward) = item.set else { continue };
                let (id, name) = match kind {
                    LinkKind::Blocks => ("10000", "Blocks"),
                    LinkKind::Relates => ("10003", "Relates"),
                    LinkKind::Duplicate => ("10002", "Duplicate"),
                };
                let side = if outward { "outwardIssue" } else { "inwardIssue" };
                // Both ends name a link by the lower of its two places, so its id is the same on both.
                let (low, high) = (position.min(other), position.max(other));
                let mut link = json!({
                    "id": (20_000 + low * 1_000_000 + high).to_string(),
                    "type": { "id": id, "name": name, "inward": verb(kind, false), "outward": verb(kind, true) },
                });
                link[side] = self.stub(other);
                links.push(link);
            }
        }
        links
    }

    /// Another issue as links and parents show it.
    fn stub(&self, position: usize) -> Value {
        let issue = &self.world.issues[position];
        json!({
            "id": issue.id.to_string(),
            "key": self.world.key(position),
            "fields": {
                "summary": issue.now.summary,
                "status": status(issue.now.status),
                "issuetype": kind(issue.kind),
            },
        })
    }
}

fn kind(kind: usize) -> Value {
    let (id, name) = TYPES[kind];
    json!({ "id": id, "name": name, "subtask": kind == SUB_TASK })
}

fn status(position: usize) -> Value {
    let seed = &STATUSES[position];
    let (key, id, color, name) = seed.category;
    json!({
        "id": seed.id,
        "name": seed.name,
        "statusCategory": { "id": id, "key": key, "colorName": color, "name": name },
    })
}

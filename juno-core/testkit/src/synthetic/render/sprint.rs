use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::super::model::{Sprint, SprintPhase};
use super::{Renderer, SITE, sorted};

fn utc(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

impl Renderer<'_> {
    fn sprint_date(&self, sprint: &Sprint, at: DateTime<Utc>) -> String {
        if self.cloud() {
            return utc(at);
        }
        let zone = self.world.teams[sprint.team].zone;
        at.with_timezone(&zone).format("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
    }

    /// The agile API's lists: up to 50 sprints a page, board after board, with the board of each page.
    pub(crate) fn sprint_lists(&self) -> Vec<(u64, Value)> {
        let mut lists = Vec::new();
        for (position, team) in self.world.teams.iter().enumerate() {
            let shared = |s: &&Sprint| position == 1 && self.world.shared_sprint == Some(s.id);
            let mine = |s: &&Sprint| s.team == position || shared(s);
            let mut listed: Vec<&Sprint> = self.world.sprints.iter().filter(mine).collect();
            listed.sort_by_key(|s| s.id);
            let total = listed.len();
            for (page, chunk) in listed.chunks(50).enumerate() {
                let start = page * 50;
                let values: Vec<Value> = chunk.iter().map(|s| self.agile_sprint(s)).collect();
                let list = json!({
                    "maxResults": 50,
                    "startAt": start,
                    "total": total,
                    "isLast": start + chunk.len() == total,
                    "values": values,
                });
                lists.push((team.board, sorted(list)));
            }
        }
        lists
    }

    fn agile_sprint(&self, sprint: &Sprint) -> Value {
        let mut value = json!({
            "id": sprint.id,
            "self": format!("{SITE}/rest/agile/1.0/sprint/{}", sprint.id),
            "state": phase(sprint.state),
            "name": sprint.name,
            "createdDate": utc(sprint.created),
            "originBoardId": self.world.teams[sprint.team].board,
            "goal": sprint.goal,
        });
        self.add_dates(sprint, &mut value);
        if !self.cloud() && sprint.state != SprintPhase::Future {
            value["activatedDate"] = self.sprint_date(sprint, sprint.started).into();
        }
        value
    }

    fn add_dates(&self, sprint: &Sprint, value: &mut Value) {
        if sprint.state != SprintPhase::Future {
            value["startDate"] = self.sprint_date(sprint, sprint.planned_start).into();
            value["endDate"] = self.sprint_date(sprint, sprint.planned_end).into();
        }
        if sprint.state == SprintPhase::Closed {
            value["completeDate"] = self.sprint_date(sprint, sprint.closes).into();
        }
    }

    /// The sprint field of an issue: objects (Cloud) or strings (Server); null if there are none.
    pub(crate) fn sprint_field(&self, ids: &[u64]) -> Value {
        let sprints: Vec<Value> = ids.iter().filter_map(|id| self.sprint(*id)).map(|s| self.one(s)).collect();
        if sprints.is_empty() { Value::Null } else { Value::Array(sprints) }
    }

    fn one(&self, sprint: &Sprint) -> Value {
        let board = self.world.teams[sprint.team].board;
        if self.cloud() {
            let mut value = json!({
                "id": sprint.id,
                "name": sprint.name,
                "state": phase(sprint.state),
                "boardId": board,
                "goal": sprint.goal,
            });
            self.add_dates(sprint, &mut value);
            return value;
        }
        let date = |known: bool, at| if known { self.sprint_date(sprint, at) } else { "<null>".to_owned() };
        let begun = sprint.state != SprintPhase::Future;
        format!(
            "com.atlassian.greenhopper.service.sprint.Sprint@{:x}[id={},rapidViewId={board},state={},name={},\
             startDate={},endDate={},completeDate={},activatedDate={},sequence={},goal={},autoStartStop=false,\
             synced=false]",
            sprint.id * 7_919 + 0x1f,
            sprint.id,
            phase(sprint.state).to_uppercase(),
            sprint.name,
            date(begun, sprint.planned_start),
            date(begun, sprint.planned_end),
            date(sprint.state == SprintPhase::Closed, sprint.closes),
            date(begun, sprint.started),
            sprint.id,
            sprint.goal,
        )
        .into()
    }

    /// Names for a list of ids, as a changelog shows them.
    pub(crate) fn sprint_names(&self, ids: &[u64]) -> String {
        let name = |id: &u64| {
            let deleted = || self.world.deleted.iter().find(|d| d.0 == *id).map(|d| d.1.clone());
            self.sprint(*id).map(|s| s.name.clone()).or_else(deleted).unwrap_or_default()
        };
        ids.iter().map(name).collect::<Vec<_>>().join(", ")
    }
}

const fn phase(phase: SprintPhase) -> &'static str {
    match phase {
        SprintPhase::Closed => "closed",
        SprintPhase::Active => "active",
        SprintPhase::Future => "future",
    }
}

//! Writes a world as Jira would.

mod changelog;
mod csv;
mod issue;
mod pages;
mod sprint;
mod table;
mod text;
mod user;

pub(crate) use csv::csv;
pub(crate) use pages::{Slot, pages, slots};
pub(crate) use table::sprint_table;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::Value;

use super::model::{Sprint, World};
use super::{Dialect, SyntheticParams};

/// Address of the synthetic site; `.example` is reserved and never resolves.
pub(crate) const SITE: &str = "https://jira.example";

/// A world and how to write it.
pub(crate) struct Renderer<'a> {
    pub(crate) params: &'a SyntheticParams,
    pub(crate) world: &'a World,
    /// Sub-tasks of each parent.
    children: BTreeMap<usize, Vec<usize>>,
    sprints: BTreeMap<u64, &'a Sprint>,
}

impl<'a> Renderer<'a> {
    pub(crate) fn new(params: &'a SyntheticParams, world: &'a World) -> Self {
        let mut children: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (i, issue) in world.issues.iter().enumerate() {
            if let Some(parent) = issue.parent {
                children.entry(parent).or_default().push(i);
            }
        }
        Self { params, world, children, sprints: world.sprints.iter().map(|s| (s.id, s)).collect() }
    }

    fn sprint(&self, id: u64) -> Option<&'a Sprint> {
        self.sprints.get(&id).copied()
    }

    fn cloud(&self) -> bool {
        self.params.dialect == Dialect::Cloud
    }

    fn api(&self) -> String {
        format!("{SITE}/rest/api/{}", if self.cloud() { 3 } else { 2 })
    }
}

/// `2026-03-02T09:14:11.000+0100`
fn stamp(zone: Tz, at: DateTime<Utc>) -> String {
    at.with_timezone(&zone).format("%Y-%m-%dT%H:%M:%S%.3f%z").to_string()
}

/// Sorts the keys of every object, so that the bytes do not depend on how `serde_json` was built.
fn sorted(mut value: Value) -> Value {
    value.sort_all_objects();
    value
}

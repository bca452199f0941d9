//! Ids and keys, given in the order of time as Jira gives them.

use chrono::{DateTime, Utc};

use super::dice::Dice;
use super::model::{Set, World};

/// Gives every issue its id and keys and every changelog entry its id.
pub(crate) fn assign(world: &mut World, dice: &mut Dice) {
    let mut births: Vec<(DateTime<Utc>, usize, usize, bool)> = Vec::new();
    let mut entries: Vec<(DateTime<Utc>, usize, usize)> = Vec::new();
    for (i, issue) in world.issues.iter().enumerate() {
        births.push((issue.created, i, issue.team, true));
        for (e, entry) in issue.entries.iter().enumerate() {
            entries.push((entry.at, i, e));
            for item in &entry.items {
                if let Set::Move(_, to) = item.set {
                    births.push((entry.at, i, to, false));
                }
            }
        }
    }
    births.sort_unstable();
    let mut numbers = vec![0_u32; world.teams.len()];
    let mut id = 10_000;
    for (_, issue, project, created) in births {
        numbers[project] += 1;
        let issue = &mut world.issues[issue];
        issue.keys.push((project, numbers[project]));
        if created {
            id += 1;
            issue.id = id;
        }
    }
    entries.sort_unstable();
    let mut id = 100_000;
    for (_, issue, entry) in entries {
        id += dice.whole(1, 4).unsigned_abs();
        world.issues[issue].entries[entry].id = id;
    }
    for issue in &mut world.issues {
        for e in 1..issue.entries.len() {
            if issue.entries[e - 1].id_swapped {
                let (before, after) = (issue.entries[e - 1].id, issue.entries[e].id);
                issue.entries[e - 1].id = after;
                issue.entries[e].id = before;
            }
        }
    }
}

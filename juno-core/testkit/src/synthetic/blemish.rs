//! Puts the faults of a real export into a tidy world. What is true stays known.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::catalogue::{FINISHED, IN_PROGRESS, IN_REVIEW, RELEASED, SUB_TASK, TO_DO};
use super::dice::Dice;
use super::model::{Entry, Issue, Item, Lost, Set, SprintPhase, World};
use super::{Dialect, SyntheticParams};

/// Applies every fault that `params.mess` asks for and that lives in the history.
pub(crate) fn apply(params: &SyntheticParams, world: &mut World, dice: &mut Dice) {
    let mess = &params.mess;
    noise(world, dice, mess.machine_noise);
    repeated_fields(world, dice, mess.repeated_fields);
    reversed(world, dice, mess.reversed_instants);
    released(world, dice, mess.wrong_category);
    deleted_sprint(params, world, dice);
    moved(world, dice, mess.moved);
    lost(world, dice, mess.ends_elsewhere);
    if params.dialect == Dialect::Cloud {
        truncated(world, dice, mess.truncated, mess.truncate_at);
    }
    for i in dice.sample(world.issues.len(), mess.oldest_first) {
        world.issues[i].oldest_first = true;
    }
    let entries: Vec<(usize, usize)> = (0..world.issues.len())
        .flat_map(|i| (0..world.issues[i].entries.len()).map(move |e| (i, e)))
        .collect();
    for n in dice.sample(entries.len(), mess.string_items) {
        world.issues[entries[n].0].entries[entries[n].1].as_string = true;
    }
    for entry in world.issues.iter_mut().flat_map(|i| &mut i.entries) {
        for item in &mut entry.items {
            item.bare = mess.bare_items > 0.0 && dice.chance(mess.bare_items);
        }
    }
    if mess.renamed_status {
        world.renamed_at = Some(params.start + (world.as_of - params.start) * 45 / 100);
    }
    if mess.shared_sprint && world.teams.len() > 1 {
        world.shared_sprint =
            world.sprints.iter().find(|s| s.team == 0 && s.state == SprintPhase::Closed).map(|s| s.id);
    }
}

/// Applies `fault` to `rate` of the issues that are `fit`.
fn each(
    world: &mut World,
    dice: &mut Dice,
    rate: f64,
    fit: impl Fn(&Issue) -> bool,
    mut fault: impl FnMut(&mut World, usize, &mut Dice),
) {
    let fit: Vec<usize> = (0..world.issues.len()).filter(|i| fit(&world.issues[*i])).collect();
    for n in dice.sample(fit.len(), rate) {
        fault(world, fit[n], dice);
    }
}

/// Machines note links to pages and branches, on forgotten tickets too.
fn noise(world: &mut World, dice: &mut Dice, rate: f64) {
    each(
        world,
        dice,
        rate,
        |_| true,
        |world, i, dice| {
            let minutes = (world.as_of - world.issues[i].created).num_minutes();
            for _ in 0..dice.whole(1, 4) {
                let at = world.issues[i].created + TimeDelta::milliseconds(dice.whole(1, minutes) * 59_123);
                let text = format!("This issue links to \"{} (Web Link)\"", dice.hex(7));
                let bot = dice.pick(&world.bots);
                world.issues[i].insert(at, bot, vec![Set::RemoteLink(text)]);
            }
        },
    );
}

/// Two fix versions at once, later one of them changed for a third.
fn repeated_fields(world: &mut World, dice: &mut Dice, rate: f64) {
    each(
        world,
        dice,
        rate,
        |i| i.entries.len() > 2,
        |world, i, dice| {
            let end = world.as_of;
            let lead = world.teams[world.issues[i].team].lead;
            let issue = &mut world.issues[i];
            let at = issue.entries[0].at + TimeDelta::seconds(90);
            let later = issue.entries[issue.entries.len() - 1].at + TimeDelta::seconds(90);
            let minor = dice.whole(1, 8);
            let version = |n: i64| format!("4.{}", minor + n);
            issue.insert(
                at.min(end),
                lead,
                vec![Set::FixVersion(version(0), true), Set::FixVersion(version(1), true)],
            );
            issue.insert(
                later.min(end),
                lead,
                vec![Set::FixVersion(version(0), false), Set::FixVersion(version(2), true)],
            );
            issue.now.fix_versions = [version(1), version(2)].into();
        },
    );
}

/// A status step that goes through a third status at the same instant, the later half with the smaller id.
fn reversed(world: &mut World, dice: &mut Dice, rate: f64) {
    let via = |item: &Item| match (&item.was, &item.set) {
        (Set::Status(TO_DO), Set::Status(FINISHED)) => Some(IN_PROGRESS),
        (Set::Status(IN_PROGRESS), Set::Status(FINISHED)) => Some(IN_REVIEW),
        (Set::Status(IN_REVIEW), Set::Status(FINISHED)) => Some(IN_PROGRESS),
        (Set::Status(TO_DO), Set::Status(IN_PROGRESS)) => Some(IN_REVIEW),
        _ => None,
    };
    let place = move |issue: &Issue| {
        issue.entries.iter().enumerate().find_map(|(e, entry)| {
            entry.items.iter().enumerate().find_map(|(n, item)| via(item).map(|through| (e, n, through)))
        })
    };
    each(
        world,
        dice,
        rate,
        move |i| place(i).is_some(),
        |world, i, _| {
            let issue = &mut world.issues[i];
            let Some((e, n, through)) = place(issue) else { return };
            let entry = &mut issue.entries[e];
            let first = Item { set: Set::Status(through), ..entry.items[n].clone() };
            entry.items[n].was = Set::Status(through);
            let first = Entry { items: vec![first], id_swapped: true, ..entry.clone() };
            issue.entries.insert(e, first);
        },
    );
}

/// Finished issues get the status that means done but belongs to a wrong category, after their sprint closed.
fn released(world: &mut World, dice: &mut Dice, rate: f64) {
    let fit =
        |i: &Issue| i.now.status == FINISHED && i.now.resolution == Some(0) && !i.now.sprints.is_empty();
    each(world, dice, rate, fit, |world, i, dice| {
        let last = world.issues[i].now.sprints.iter().copied().max().and_then(|s| world.sprint(s));
        let closed = last.map_or(world.as_of, |s| s.closes);
        let at = world.issues[i].updated().max(closed) + TimeDelta::minutes(dice.whole(90, 3_000));
        if at < world.as_of {
            let lead = world.teams[world.issues[i].team].lead;
            world.issues[i].change(at, lead, vec![Set::Status(RELEASED)]);
        }
    });
}

/// A sprint that somebody made, filled and deleted: only histories remember it.
fn deleted_sprint(params: &SyntheticParams, world: &mut World, dice: &mut Dice) {
    let rate = params.mess.deleted_sprint;
    let id = 20 + params.teams as u64;
    let name = format!("{} Spike week", world.teams[0].key);
    let fit = |i: &Issue| {
        i.now.sprints.is_empty()
            && i.kind != SUB_TASK
            && i.entries.len() > 1
            && !i.entries.iter().flat_map(|e| &e.items).any(|x| matches!(x.set, Set::Sprints(_)))
    };
    each(world, dice, rate, fit, |world, i, _| {
        let lead = world.teams[world.issues[i].team].lead;
        let issue = &mut world.issues[i];
        let into = issue.entries[0].at + TimeDelta::seconds(61);
        let out = issue.entries[issue.entries.len() - 1].at + TimeDelta::seconds(190);
        if out < world.as_of && into < out {
            for (at, from, to) in [(into, vec![], vec![id]), (out, vec![id], vec![])] {
                issue.insert(at, lead, vec![Set::Sprints(to)]);
                let place = issue.entries.partition_point(|e| e.at <= at) - 1;
                issue.entries[place].items[0].was = Set::Sprints(from);
            }
            world.deleted = vec![(id, name.clone())];
        }
    });
}

/// Moves to another project that keeps its points in the same field.
fn moved(world: &mut World, dice: &mut Dice, rate: f64) {
    let parents: BTreeSet<usize> = world.issues.iter().filter_map(|i| i.parent).collect();
    let other = |team: usize| {
        let alike = |t: &usize| *t != team && world.teams[*t].estimates == world.teams[team].estimates;
        (0..world.teams.len()).find(alike)
    };
    let fit: Vec<usize> = (0..world.issues.len())
        .filter(|i| world.issues[*i].kind != SUB_TASK && !parents.contains(i))
        .filter(|i| !world.issues[*i].entries.is_empty() && other(world.issues[*i].team).is_some())
        .collect();
    let targets: Vec<Option<usize>> = (0..world.teams.len()).map(other).collect();
    for n in dice.sample(fit.len(), rate) {
        let issue = &world.issues[fit[n]];
        let from = issue.team;
        let to = targets[from];
        let at = issue.entries[dice.index(issue.entries.len())].at + TimeDelta::seconds(150);
        if let Some(to) = to.filter(|_| at < world.as_of) {
            let lead = world.teams[to].lead;
            world.issues[fit[n]].insert(at, lead, vec![Set::Move(from, to)]);
        }
    }
}

/// The changelog lacks its last change of one field.
fn lost(world: &mut World, dice: &mut Dice, rate: f64) {
    let which = |i: &Issue| {
        let has = |f: fn(&Set) -> bool| i.entries.iter().flat_map(|e| &e.items).any(|item| f(&item.set));
        if i.kind == SUB_TASK || i.entries.iter().any(|e| e.id_swapped) {
            None
        } else if i.now.sprints.is_empty() && has(|s| matches!(s, Set::Status(_))) {
            Some(Lost::Status)
        } else if has(|s| matches!(s, Set::Points(_))) {
            Some(Lost::Points)
        } else if has(|s| matches!(s, Set::Assignee(_))) {
            Some(Lost::Assignee)
        } else {
            None
        }
    };
    each(
        world,
        dice,
        rate,
        |i| which(i).is_some(),
        |world, i, _| world.issues[i].lost = which(&world.issues[i]),
    );
}

/// A build robot wrote so much that the export keeps the newest entries only.
fn truncated(world: &mut World, dice: &mut Dice, rate: f64, keep: usize) {
    each(
        world,
        dice,
        rate,
        |i| i.entries.len() > 4 && i.lost.is_none(),
        |world, i, dice| {
            let bot = world.bots[world.bots.len() - 1];
            let issue = &mut world.issues[i];
            let from = issue.entries[0].at;
            let span = (issue.entries[issue.entries.len() - 1].at - from).num_milliseconds();
            while issue.entries.len() < keep + 6 || dice.chance(0.93) {
                let at = from + TimeDelta::milliseconds(dice.whole(1, span.max(2)));
                let text =
                    format!("This issue links to \"build {} (Git Integration)\"", dice.whole(1_000, 9_999));
                issue.insert(at, bot, vec![Set::RemoteLink(text)]);
            }
            issue.truncate = true;
        },
    );
}

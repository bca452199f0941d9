//! From parameters to a world: teams run, the backlog lives, links tie issues, faults are put in, ids given.

use chrono::{DateTime, TimeDelta, Utc};

use super::catalogue::BOTS;
use super::dice::Dice;
use super::life::{self, Fate};
use super::model::{Issue, LinkKind, Person, Set, World};
use super::{SyntheticParams, blemish, numbers, team_plan, team_run, worktime};

/// Simulates the site. With `issues`, exactly that many issues are made (never fewer than the sprints need):
/// the backlog takes up the difference.
pub(crate) fn simulate(params: &SyntheticParams, issues: Option<usize>) -> World {
    let mut dice = Dice::new(params.seed);
    let mut world = World {
        as_of: params.as_of(),
        people: Vec::new(),
        bots: Vec::new(),
        teams: Vec::new(),
        sprints: Vec::new(),
        issues: Vec::new(),
        deleted: Vec::new(),
        renamed_at: None,
        shared_sprint: None,
    };
    let teams = params.teams.max(1);
    for position in 0..teams {
        let mut dice = dice.fork();
        let team = team_plan::team(params, position, &mut world.people, &mut dice);
        let sprints = team_plan::sprints(params, position, &team, &mut dice);
        let offset = world.issues.len();
        let made = team_run::run(params, position, &team, &sprints, dice);
        world.issues.extend(made.into_iter().map(|mut issue| {
            issue.parent = issue.parent.map(|p| p + offset);
            issue
        }));
        world.teams.push(team);
        world.sprints.extend(sprints);
    }
    add_bots(params, &mut world, &mut dice);
    let backlog = issues.map_or(params.backlog_per_team * teams, |n| n.saturating_sub(world.issues.len()));
    for n in 0..backlog {
        let issue = backlog_issue(params, &world, n % teams, &mut dice);
        world.issues.push(issue);
    }
    for issue in &mut world.issues {
        issue.cut(params.as_of());
    }
    link(&mut world, &mut dice);
    blemish::apply(params, &mut world, &mut dice.fork());
    numbers::assign(&mut world, &mut dice.fork());
    world
}

fn add_bots(params: &SyntheticParams, world: &mut World, dice: &mut Dice) {
    for (name, stem) in BOTS {
        let account = match params.dialect {
            super::Dialect::Cloud => format!("557058:{}-{stem}", dice.hex(8)),
            super::Dialect::Server => stem.to_owned(),
        };
        world.bots.push(world.people.len());
        world.people.push(Person { name: name.to_owned(), account, bot: true });
    }
}

/// A ticket that is never planned. Most are old: the backlog grew before the first sprint.
fn backlog_issue(params: &SyntheticParams, world: &World, position: usize, dice: &mut Dice) -> Issue {
    let team = &world.teams[position];
    let from = params.start - TimeDelta::days(i64::from(params.backlog_days));
    let span = (world.as_of - from).num_minutes();
    let late = dice.unit() * dice.real(0.55, 0.97);
    let at = worktime::office_hours(dice, team.zone, from + TimeDelta::minutes((span as f64 * late) as i64));
    let kind = life::kind(dice);
    let at = at.min(world.as_of - TimeDelta::hours(1));
    let mut issue = life::born(dice, team, position, kind, at);
    life::live(dice, team, &mut issue, at, world.as_of, Fate::BACKLOG);
    issue
}

/// Links: an impediment often has a cause, a duplicate has an original, some things belong together.
fn link(world: &mut World, dice: &mut Dice) {
    let busy: Vec<usize> = (0..world.issues.len())
        .filter(|i| !world.issues[*i].now.sprints.is_empty() && !world.issues[*i].abandoned)
        .collect();
    if busy.len() < 2 {
        return;
    }
    for issue in 0..world.issues.len() {
        let mut wanted: Vec<(DateTime<Utc>, LinkKind)> = Vec::new();
        for entry in &world.issues[issue].entries {
            for item in &entry.items {
                match item.set {
                    Set::Flagged(true) if dice.chance(0.5) => wanted.push((entry.at, LinkKind::Blocks)),
                    Set::Resolution(Some(2)) => wanted.push((entry.at, LinkKind::Duplicate)),
                    Set::Sprints(_) if dice.chance(0.04) => wanted.push((entry.at, LinkKind::Relates)),
                    _ => {}
                }
            }
        }
        for (at, kind) in wanted {
            let at = at + TimeDelta::seconds(dice.whole(20, 50));
            let other = busy[dice.index(busy.len())];
            let author = world.issues[issue].reporter;
            if other != issue && world.issues[other].created < at && at < world.as_of {
                // "Is blocked by" and "duplicates" are seen from this issue.
                let outward = kind != LinkKind::Blocks;
                world.issues[issue].insert(at, author, vec![Set::Link(other, kind, outward)]);
                world.issues[other].insert(at, author, vec![Set::Link(issue, kind, !outward)]);
            }
        }
    }
}

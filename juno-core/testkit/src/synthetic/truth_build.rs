//! Reads the truth out of a simulated world.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::catalogue::{STATUSES, TYPES};
use super::model::{Issue, Lost, Set, Sprint, SprintPhase, World};
use super::{
    HistoryGap, IssueTruth, QuietSpell, SprintReport, SprintTruth, StatusValue, SyntheticParams, TeamTruth,
    Timeline, Truth, team_plan,
};

/// The truth of a world, but for what depends on the pages: refused and repeated records, counts of faults.
pub(crate) fn truth(params: &SyntheticParams, world: &World) -> Truth {
    let mut issues = BTreeMap::new();
    let mut quiet_spells = Vec::new();
    for (position, issue) in world.issues.iter().enumerate() {
        let truth = issue_truth(params, world, position, issue);
        quiet_spells.extend(spells(world, issue, &truth));
        issues.insert(truth.key.clone(), truth);
    }
    quiet_spells.sort_by(|a, b| (a.from, &a.key).cmp(&(b.from, &b.key)));
    let mut members: BTreeMap<u64, BTreeSet<&str>> = BTreeMap::new();
    for issue in issues.values() {
        for sprint in issue.sprint.spans().iter().flat_map(|s| &s.value) {
            members.entry(*sprint).or_default().insert(&issue.key);
        }
    }
    let inside = |s: &Sprint| -> Vec<&IssueTruth> {
        members.get(&s.id).into_iter().flatten().filter_map(|key| issues.get(*key)).collect()
    };
    let sprints = world.sprints.iter().map(|s| (s.id, sprint_truth(world, s, &inside(s)))).collect();
    Truth {
        as_of: world.as_of,
        teams: teams(world),
        issues,
        sprints,
        deleted_sprints: world.deleted.iter().map(|d| d.0).collect(),
        quiet_spells,
        bad_records: Vec::new(),
        duplicates: Vec::new(),
        mess: BTreeMap::new(),
    }
}

fn teams(world: &World) -> Vec<TeamTruth> {
    let account = |who: &usize| world.people[*who].account.clone();
    let team = |(position, team): (usize, &super::model::Team)| TeamTruth {
        board: team.board,
        project: team.key.clone(),
        name: team.project.clone(),
        zone: team.zone.name().to_owned(),
        habit: team_plan::habit(position).name,
        members: std::iter::once(&team.lead).chain(&team.members).map(account).collect(),
        points_field: if team.estimates { "Story point estimate" } else { "Story Points" },
    };
    world.teams.iter().enumerate().map(team).collect()
}

fn status(position: usize) -> StatusValue {
    let seed = &STATUSES[position];
    StatusValue { id: seed.id, name: seed.name, done: seed.done }
}

fn issue_truth(params: &SyntheticParams, world: &World, position: usize, issue: &Issue) -> IssueTruth {
    let account = |who: Option<usize>| who.map(|w| world.people[w].account.clone());
    let born = issue.created;
    let mut truth = IssueTruth {
        key: world.key(position),
        id: issue.id,
        former_keys: issue.keys[..issue.keys.len() - 1].iter().map(|k| world.key_text(*k)).collect(),
        board: world.teams[issue.team].board,
        issue_type: TYPES[issue.kind].1,
        parent: issue.parent.map(|p| world.key(p)),
        created: born,
        updated: issue.updated(),
        resolved: None,
        last_human_act: acts(world, issue).last().copied().unwrap_or(born),
        status: Timeline::new(status(issue.first.status), born),
        assignee: Timeline::new(account(issue.first.assignee), born),
        sprint: Timeline::new(issue.first.sprints.clone(), born),
        points: Timeline::new(issue.first.points, born),
        flagged: Timeline::new(issue.first.flagged, born),
        gaps: Vec::new(),
    };
    for entry in &issue.entries {
        for item in &entry.items {
            match &item.set {
                Set::Status(v) => truth.status.push(status(*v), entry.at),
                Set::Assignee(v) => truth.assignee.push(account(*v), entry.at),
                Set::Sprints(v) => truth.sprint.push(v.clone(), entry.at),
                Set::Points(v) => truth.points.push(*v, entry.at),
                Set::Flagged(v) => truth.flagged.push(*v, entry.at),
                Set::Resolution(v) => truth.resolved = v.map(|_| entry.at),
                _ => {}
            }
        }
    }
    if let Some(parent) = issue.parent.map(|p| &world.issues[p]) {
        truth.sprint = inherited(parent, born);
    }
    truth.gaps = gaps(params, issue);
    for sprint in world.deleted.iter().map(|d| d.0) {
        if truth.sprint.spans().iter().any(|s| s.value.contains(&sprint)) {
            truth.gaps.push(HistoryGap::UnknownSprint { sprint });
        }
    }
    truth
}

/// The sprints of a sub-task: those of its parent.
fn inherited(parent: &Issue, born: DateTime<Utc>) -> Timeline<Vec<u64>> {
    let mut timeline = Timeline::new(parent.first.sprints.clone(), born);
    for entry in &parent.entries {
        for item in &entry.items {
            if let Set::Sprints(v) = &item.set {
                timeline.push(v.clone(), entry.at.max(born));
            }
        }
    }
    timeline
}

fn gaps(params: &SyntheticParams, issue: &Issue) -> Vec<HistoryGap> {
    let mut gaps = Vec::new();
    let cut = issue.entries.len().saturating_sub(params.mess.truncate_at);
    if issue.truncate && cut > 0 {
        gaps.push(HistoryGap::Truncated { total: issue.entries.len(), known_from: issue.entries[cut].at });
    }
    if let Some((lost, at)) =
        issue.lost.and_then(|lost| lost_at(issue, lost).map(|(e, _)| (lost, issue.entries[e].at)))
    {
        let field = match lost {
            Lost::Points => "points",
            Lost::Assignee => "assignee",
            Lost::Status => "status",
        };
        gaps.push(HistoryGap::EndsElsewhere { field, at });
    }
    gaps
}

/// The entry and item that an export lost.
pub(crate) fn lost_at(issue: &Issue, lost: Lost) -> Option<(usize, usize)> {
    let hit = |set: &Set| match lost {
        Lost::Points => matches!(set, Set::Points(_)),
        Lost::Assignee => matches!(set, Set::Assignee(_)),
        Lost::Status => matches!(set, Set::Status(_)),
    };
    let item_of = |e: usize| issue.entries[e].items.iter().position(|i| hit(&i.set)).map(|n| (e, n));
    (0..issue.entries.len()).rev().find_map(item_of)
}

/// Instants at which a person did something, creation first.
fn acts(world: &World, issue: &Issue) -> Vec<DateTime<Utc>> {
    let human = |who: usize| !world.people[who].bot;
    let entries = issue.entries.iter().filter(|e| human(e.author) && !e.carried).map(|e| e.at);
    let comments = issue.comments.iter().filter(|c| human(c.author)).map(|c| c.at);
    let mut acts: Vec<_> = std::iter::once(issue.created).chain(entries).chain(comments).collect();
    acts.sort_unstable();
    acts
}

fn spells(world: &World, issue: &Issue, truth: &IssueTruth) -> Vec<QuietSpell> {
    let acts = acts(world, issue);
    let ends = acts.iter().skip(1).map(|at| (*at, Some(*at))).chain([(world.as_of, None)]);
    let long = acts.iter().zip(ends).filter(|(from, (to, _))| *to - **from >= TimeDelta::days(14));
    long.filter_map(|(from, (_, woke))| {
        let status = truth.status.at(*from)?;
        let spell =
            QuietSpell { key: truth.key.clone(), board: truth.board, status: status.id, from: *from, woke };
        (!status.done).then_some(spell)
    })
    .collect()
}

fn sprint_truth(world: &World, sprint: &Sprint, issues: &[&IssueTruth]) -> SprintTruth {
    let begun = sprint.state != SprintPhase::Future;
    let closed = (sprint.state == SprintPhase::Closed).then_some(sprint.closes);
    SprintTruth {
        id: sprint.id,
        board: world.teams[sprint.team].board,
        name: sprint.name.clone(),
        state: match sprint.state {
            SprintPhase::Closed => "closed",
            SprintPhase::Active => "active",
            SprintPhase::Future => "future",
        },
        planned_start: begun.then_some(sprint.planned_start),
        started: begun.then_some(sprint.started),
        planned_end: begun.then_some(sprint.planned_end),
        closed,
        report: begun.then(|| {
            SprintReport::of(issues.iter().copied(), sprint.id, sprint.started, closed.unwrap_or(world.as_of))
        }),
    }
}

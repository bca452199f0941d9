//! Who is on a team, how it works, and when its sprints run: known before a day is simulated.

use chrono::{Days, TimeDelta};

use super::catalogue::{FIRST, LAST, TEAMS};
use super::dice::Dice;
use super::model::{Person, Sprint, SprintPhase, Team, Who};
use super::worktime;
use super::{Dialect, SyntheticParams, words};

/// How a team works.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Habit {
    /// Word for the truth: `steady`, `over_commits`, `improves`.
    pub(crate) name: &'static str,
    /// Commitment of the first sprint as a multiple of what the team expects to deliver.
    pub(crate) commits: f64,
    /// What that multiple loses per sprint; it stops at 0.75.
    pub(crate) learns: f64,
    /// Larger things are split before they are planned.
    pub(crate) largest: f64,
    /// Velocity gained per sprint, as a share of the first.
    pub(crate) growth: f64,
    /// Quarter days a review takes, from and to.
    pub(crate) review: (i64, i64),
    /// Issues added to a running sprint, on average.
    pub(crate) added: f64,
    /// Chance that an untouched issue leaves a running sprint.
    pub(crate) dropped: f64,
}

const HABITS: [Habit; 3] = [
    Habit {
        name: "steady",
        commits: 0.82,
        learns: 0.0,
        growth: 0.004,
        largest: 5.0,
        review: (1, 4),
        added: 0.4,
        dropped: 0.1,
    },
    Habit {
        name: "over_commits",
        commits: 1.3,
        learns: 0.0,
        growth: 0.0,
        largest: 13.0,
        review: (2, 9),
        added: 1.3,
        dropped: 0.4,
    },
    Habit {
        name: "improves",
        commits: 1.2,
        learns: 0.04,
        growth: 0.05,
        largest: 8.0,
        review: (1, 5),
        added: 0.7,
        dropped: 0.2,
    },
];

/// The habit of the team at position `team`: the three kinds in turn.
pub(crate) fn habit(team: usize) -> Habit {
    HABITS[team % HABITS.len()]
}

/// Points a team of this size would like to finish in sprint `number`.
pub(crate) fn velocity(params: &SyntheticParams, team: usize, number: usize) -> f64 {
    let start = if habit(team).growth > 0.02 { 0.75 } else { 1.0 };
    params.issues_per_sprint as f64 * 3.0 * (start + habit(team).growth * number as f64)
}

/// Makes a team with its people, who are appended to `people`.
pub(crate) fn team(
    params: &SyntheticParams,
    position: usize,
    people: &mut Vec<Person>,
    dice: &mut Dice,
) -> Team {
    let seed = position % TEAMS.len();
    let round = position / TEAMS.len();
    let base = &TEAMS[seed];
    let suffix = if round == 0 { String::new() } else { (round + 1).to_string() };
    let size = (params.issues_per_sprint / 2).clamp(3, 12);
    let mut join = |people: &mut Vec<Person>| -> Who {
        let n = people.len();
        // Each first name meets another surname in every round of 24.
        let name = format!("{} {}", FIRST[n % 24], LAST[(n + n / 24 * 5) % 24]);
        people.push(Person { name, account: account(params.dialect, n, dice), bot: false });
        n
    };
    let lead = join(people);
    let members = (0..size).map(|_| join(people)).collect();
    Team {
        board: position as u64 + 1,
        key: format!("{}{suffix}", base.key),
        project: if round == 0 { base.project.to_owned() } else { format!("{} {suffix}", base.project) },
        seed,
        zone: base.zone,
        lead,
        members,
        estimates: position % 3 == 2,
    }
}

/// An account id (Cloud) or a user key (Server; since 2020 new users get a key unlike their name).
pub(crate) fn account(dialect: Dialect, number: usize, dice: &mut Dice) -> String {
    match dialect {
        Dialect::Cloud => {
            format!(
                "712020:{}-{}-4{}-a{}-{}",
                dice.hex(8),
                dice.hex(4),
                dice.hex(3),
                dice.hex(3),
                dice.hex(12)
            )
        }
        Dialect::Server if number.is_multiple_of(2) => format!("JIRAUSER{}", 10_100 + number),
        Dialect::Server => format!("user{number}"),
    }
}

/// All sprints of a team: the finished ones, an open one, a future one. A sprint id grows with creation over all
/// teams; one id per round stays free for a sprint that was deleted.
pub(crate) fn sprints(
    params: &SyntheticParams,
    position: usize,
    team: &Team,
    dice: &mut Dice,
) -> Vec<Sprint> {
    let days = u64::from(params.sprint_days.max(5));
    let first = worktime::day_of(team.zone, params.start) + Days::new([0, 5, 1][position % 3] * days / 14);
    let last = params.sprints_per_team as u64 + 1;
    let start_of = |n: u64| worktime::workday_from(first + Days::new(n * days));
    (0..=last)
        .map(|n| {
            let day = start_of(n);
            let minutes = dice.whole(9 * 60 + 40, 10 * 60 + 50);
            let started = worktime::at(team.zone, day, minutes, dice.whole(0, 59_999));
            let planned_start = match params.dialect {
                Dialect::Cloud => started,
                Dialect::Server => worktime::at(team.zone, day, 9 * 60, 0),
            };
            let next = start_of(n + 1);
            // Most teams close in the meeting that plans the next sprint, some on the evening before.
            let closes = if dice.chance(0.2) {
                let eve = worktime::workday_before(next);
                worktime::at(team.zone, eve, dice.whole(16 * 60 + 30, 17 * 60 + 40), dice.whole(0, 59_999))
            } else {
                worktime::at(team.zone, next, dice.whole(9 * 60, 9 * 60 + 30), dice.whole(0, 59_999))
            };
            let mut name = format!("{} Sprint {}", team.key, n + 1);
            if params.mess.comma_names && n % 5 == 3 {
                name.push_str([", hardening", ", \"green\" week", ", part 2"][(n / 5 % 3) as usize]);
            }
            Sprint {
                id: 20 + n * (params.teams as u64 + 1) + position as u64,
                team: position,
                name,
                goal: words::goal(dice, params.mess.comma_names),
                created: started - TimeDelta::days(days as i64) + TimeDelta::minutes(95),
                planned_start,
                started,
                planned_end: planned_start + TimeDelta::days(days as i64),
                closes,
                state: match n {
                    _ if n == last => SprintPhase::Future,
                    _ if n + 1 == last => SprintPhase::Active,
                    _ => SprintPhase::Closed,
                },
            }
        })
        .collect()
}

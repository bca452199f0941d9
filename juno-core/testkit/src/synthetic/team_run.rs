//! A team's whole history: plan, work and close sprint after sprint.

use chrono::{DateTime, Days, TimeDelta, Utc};

use super::board::{Board, Lane};
use super::catalogue::{FINISHED, IN_PROGRESS, TASK};
use super::dice::Dice;
use super::life::{self, Fate};
use super::model::{Issue, Set, Sprint, SprintPhase, Team};
use super::{SyntheticParams, team_plan, worktime};

/// Minutes after midnight at which the four ticks of a working day begin.
const TICKS: [i64; 4] = [9 * 60 + 15, 11 * 60 + 5, 13 * 60 + 30, 15 * 60 + 25];

/// Runs all sprints of one team and gives its issues; parents are positions in the result.
pub(crate) fn run(
    params: &SyntheticParams,
    position: usize,
    team: &Team,
    sprints: &[Sprint],
    dice: Dice,
) -> Vec<Issue> {
    let habit = team_plan::habit(position);
    let board = Board {
        team,
        position,
        habit,
        as_of: params.as_of(),
        dice,
        issues: Vec::new(),
        cards: Vec::new(),
        reopens: Vec::new(),
    };
    let mut run = TeamRun { params, board, delivered: Vec::new() };
    for (n, sprint) in sprints.iter().enumerate() {
        run.plan(n, sprint);
        if sprint.state != SprintPhase::Future {
            run.work(n, sprint);
        }
        if sprint.state == SprintPhase::Closed {
            run.close(sprint, sprints.get(n + 1));
        }
    }
    run.board.issues
}

struct TeamRun<'a> {
    params: &'a SyntheticParams,
    board: Board<'a>,
    /// Points finished in each closed sprint.
    delivered: Vec<f64>,
}

impl TeamRun<'_> {
    fn history_start(&self) -> DateTime<Utc> {
        self.params.start - TimeDelta::days(i64::from(self.params.backlog_days))
    }

    /// What the team expects to finish: the mean of its last three sprints, at first a guess.
    fn expected(&self, n: usize) -> f64 {
        let last: Vec<f64> = self.delivered.iter().rev().take(3).copied().collect();
        let wish = team_plan::velocity(self.params, self.board.position, n);
        if last.is_empty() { wish } else { (last.iter().sum::<f64>() / last.len() as f64).max(wish * 0.9) }
    }

    fn plan(&mut self, n: usize, sprint: &Sprint) {
        let carried: f64 = self.board.cards.iter().map(|c| c.left).sum();
        let noise = 1.0 + 0.1 * self.board.dice.bell();
        let habit = self.board.habit;
        let mut room = match sprint.state {
            SprintPhase::Future => self.expected(n) * 0.5,
            _ => self.expected(n) * (habit.commits - habit.learns * n as f64).max(0.75) * noise - carried,
        };
        let mut planned = 0;
        while room > 0.0 || planned < 2 {
            let at = self.planning_time(sprint, planned);
            let issue = self.refined(at, sprint, room.clamp(1.0, habit.largest));
            room -= issue.now.points.unwrap_or(2.0);
            self.board.issues.push(issue);
            if sprint.state != SprintPhase::Future {
                self.board.add_card(self.board.issues.len() - 1);
            }
            planned += 1;
        }
        if sprint.state != SprintPhase::Future && self.board.dice.chance(0.14) {
            self.done_outside(sprint);
        }
    }

    fn planning_time(&mut self, sprint: &Sprint, planned: usize) -> DateTime<Utc> {
        let rate = self.params.mess.on_the_instant;
        let board = &mut self.board;
        if sprint.state == SprintPhase::Future {
            let near = self.params.as_of() - TimeDelta::hours(board.dice.whole(24, 110));
            return worktime::office_hours(&mut board.dice, board.team.zone, near)
                .min(board.as_of - TimeDelta::hours(1));
        }
        let first_of_all = planned == 0 && board.issues.is_empty() && board.position == 0;
        if rate > 0.0 && (first_of_all || board.dice.chance(rate)) {
            return sprint.started;
        }
        let minutes =
            if board.dice.chance(0.7) { board.dice.whole(3, 35) } else { board.dice.whole(900, 1_020) };
        sprint.started - TimeDelta::milliseconds(minutes * 60_000 + board.dice.whole(0, 59_999))
    }

    /// An issue that was refined and put into `sprint` at `at`, estimated at `most` points.
    fn refined(&mut self, at: DateTime<Utc>, sprint: &Sprint, most: f64) -> Issue {
        let earliest = self.history_start();
        let board = &mut self.board;
        let (team, dice) = (board.team, &mut board.dice);
        let veteran = dice.chance(0.2);
        let age = TimeDelta::minutes(if veteran { dice.whole(35, 190) } else { dice.whole(2, 30) } * 1440);
        let born = worktime::office_hours(dice, team.zone, (at - age).max(earliest));
        let kind = life::kind(dice);
        let mut issue = life::born(dice, team, board.position, kind, born.min(at - TimeDelta::hours(2)));
        issue.first.points = issue.first.points.map(|p| p.min(most.floor()));
        issue.now.points = issue.first.points;
        let from = issue.created;
        if veteran {
            life::live(dice, team, &mut issue, from, at - TimeDelta::hours(30), Fate::CARED_FOR);
        }
        let estimate =
            (issue.now.points.is_none() && dice.chance(0.85)).then(|| life::size(dice).min(most.floor()));
        if let Some(points) = estimate {
            let back = if dice.chance(0.5) { dice.whole(1, 28) } else { dice.whole(60, 100) };
            issue.change(at - TimeDelta::minutes(back), team.lead, vec![Set::Points(Some(points))]);
        }
        if dice.chance(0.15) {
            issue.change(at - TimeDelta::seconds(40), team.lead, vec![Set::Rank]);
        }
        issue.change(at, team.lead, vec![Set::Sprints(vec![sprint.id])]);
        if dice.chance(0.4) {
            let who = dice.pick(&team.members);
            issue.change(at + TimeDelta::seconds(20), team.lead, vec![Set::Assignee(Some(who))]);
        }
        issue
    }

    /// Something that was finished outside any sprint and is put into this one for the record.
    fn done_outside(&mut self, sprint: &Sprint) {
        let board = &mut self.board;
        let (team, dice) = (board.team, &mut board.dice);
        let late = dice.chance(0.3);
        let at = if late {
            sprint.started + TimeDelta::hours(50)
        } else {
            sprint.started - TimeDelta::minutes(25)
        };
        if at >= board.as_of {
            return;
        }
        let who = dice.pick(&team.members);
        let mut issue = life::born(dice, team, board.position, TASK, at - TimeDelta::hours(46));
        issue.change(
            at - TimeDelta::hours(45),
            who,
            vec![Set::Status(IN_PROGRESS), Set::Assignee(Some(who)), Set::Points(Some(2.0))],
        );
        issue.change(at - TimeDelta::hours(21), who, vec![Set::Resolution(Some(0)), Set::Status(FINISHED)]);
        issue.change(at, team.lead, vec![Set::Sprints(vec![sprint.id])]);
        board.issues.push(issue);
    }

    fn work(&mut self, n: usize, sprint: &Sprint) {
        let zone = self.board.team.zone;
        let end = sprint.closes.min(self.board.as_of);
        let first = worktime::day_of(zone, sprint.started);
        let days: Vec<_> = (0..u64::from(self.params.sprint_days) + 4)
            .map(|d| first + Days::new(d))
            .filter(|d| worktime::is_workday(*d))
            .collect();
        let workdays = f64::from(self.params.sprint_days) * 5.0 / 7.0;
        let share = 1.0 / (workdays * 4.0);
        let wish =
            team_plan::velocity(self.params, self.board.position, n) * (1.0 + 0.12 * self.board.dice.bell());
        // Reviews and impediments cost more than a quarter.
        let pace = wish * share * 1.4 / self.board.team.members.len() as f64;
        for day in days {
            for start in TICKS {
                let minutes = start + self.board.dice.whole(0, 55);
                let at = worktime::at(zone, day, minutes, self.board.dice.whole(0, 59_999));
                // What a tick does takes up to an hour.
                if at > sprint.started && at + TimeDelta::minutes(60) < end {
                    self.board.tick(sprint, at, share, pace);
                }
            }
        }
    }

    /// Closes the sprint: unfinished work goes to the next one, some of it back to the backlog.
    fn close(&mut self, sprint: &Sprint, next: Option<&Sprint>) {
        let done = |lane: Lane| lane == Lane::Finished;
        let board = &mut self.board;
        let points = |c: &super::board::Card, b: &[Issue]| b[c.issue].now.points.unwrap_or(0.0);
        self.delivered
            .push(board.cards.iter().filter(|c| done(c.lane)).map(|c| points(c, &board.issues)).sum());
        let mut carried = Vec::new();
        for card in std::mem::take(&mut board.cards) {
            if done(card.lane) || card.lane == Lane::Gone {
                continue;
            }
            let issue = &mut board.issues[card.issue];
            match next {
                Some(next) if board.dice.chance(0.85) => {
                    let mut sprints = issue.now.sprints.clone();
                    sprints.push(next.id);
                    let at = sprint.closes + TimeDelta::milliseconds(board.dice.whole(150, 950));
                    issue.change(at, board.team.lead, vec![Set::Sprints(sprints)]);
                    if let Some(entry) = issue.entries.last_mut() {
                        entry.carried = true;
                    }
                    carried.push(card);
                }
                _ => {
                    life::live(&mut board.dice, board.team, issue, sprint.closes, board.as_of, Fate::DROPPED)
                }
            }
        }
        board.cards = carried;
    }
}

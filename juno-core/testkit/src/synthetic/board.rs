//! A team's board, moved tick by tick: four ticks per working day.

use chrono::{DateTime, TimeDelta, Utc};

use super::catalogue::{BUG, FINISHED, IN_PROGRESS, IN_REVIEW, STORY, SUB_TASK, TASK, TO_DO};
use super::dice::Dice;
use super::life::{self, Fate};
use super::model::{Issue, Set, Sprint, Team, Who};
use super::team_plan::Habit;
use super::words;

/// Where a card is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    Waiting,
    Working,
    /// Ticks until the reviewer answers.
    Review(i64),
    Finished,
    /// No longer on the board.
    Gone,
}

/// An issue on the board of the running sprint.
#[derive(Debug, Clone)]
pub(crate) struct Card {
    pub(crate) issue: usize,
    pub(crate) lane: Lane,
    /// Points of work as it will turn out, not as estimated.
    pub(crate) effort: f64,
    pub(crate) left: f64,
    pub(crate) owner: Option<Who>,
    /// Ticks until the impediment is gone.
    pub(crate) blocked: i64,
    pub(crate) sub_tasks: Vec<usize>,
}

/// One team at work.
pub(crate) struct Board<'a> {
    pub(crate) team: &'a Team,
    pub(crate) position: usize,
    pub(crate) habit: Habit,
    pub(crate) as_of: DateTime<Utc>,
    pub(crate) dice: Dice,
    pub(crate) issues: Vec<Issue>,
    pub(crate) cards: Vec<Card>,
    /// Issues that will be reopened: ticks to go.
    pub(crate) reopens: Vec<(i64, usize)>,
}

impl Board<'_> {
    /// Puts an issue on the board as work not begun.
    pub(crate) fn add_card(&mut self, issue: usize) {
        let size = self.issues[issue].now.points.unwrap_or(2.0);
        let effort = size * (1.0 + 0.3 * self.dice.bell()).clamp(0.4, 2.2);
        let owner = self.issues[issue].now.assignee;
        let card = Card {
            issue,
            lane: Lane::Waiting,
            effort,
            left: effort,
            owner,
            blocked: 0,
            sub_tasks: Vec::new(),
        };
        self.cards.push(card);
    }

    /// A quarter of a day at `at`. `share` is this tick's share of the sprint, `pace` what a member gets done in it.
    pub(crate) fn tick(&mut self, sprint: &Sprint, at: DateTime<Utc>, share: f64, pace: f64) {
        if self.dice.chance(self.habit.added * share) {
            self.urgent_work(sprint, at);
        }
        self.reopen_due(sprint, at);
        for c in 0..self.cards.len() {
            match self.cards[c].lane {
                Lane::Waiting if self.dice.chance(self.habit.dropped * share) => {
                    self.drop_card(c, sprint, at)
                }
                Lane::Working if self.cards[c].blocked > 0 => self.blocked(c, at),
                Lane::Review(left) => self.review(c, left, at),
                _ => {}
            }
            if self.cards[c].lane != Lane::Gone && self.dice.chance(0.02) {
                let issue = &mut self.issues[self.cards[c].issue];
                life::touch(&mut self.dice, self.team, issue, at + TimeDelta::minutes(21), false);
            }
        }
        for m in 0..self.team.members.len() {
            if self.dice.chance(0.93) {
                self.work(self.team.members[m], at + TimeDelta::seconds(97 * m as i64), pace);
            }
        }
    }

    /// A bug or task that cannot wait is made and added to the running sprint.
    fn urgent_work(&mut self, sprint: &Sprint, at: DateTime<Utc>) {
        let kind = if self.dice.chance(0.75) { BUG } else { TASK };
        let mut issue =
            life::born(&mut self.dice, self.team, self.position, kind, at - TimeDelta::minutes(40));
        if self.dice.chance(0.6) {
            let points = life::size(&mut self.dice).min(5.0);
            issue.change(at - TimeDelta::minutes(9), self.team.lead, vec![Set::Points(Some(points))]);
        }
        issue.change(at, self.team.lead, vec![Set::Sprints(vec![sprint.id])]);
        self.issues.push(issue);
        self.add_card(self.issues.len() - 1);
    }

    fn drop_card(&mut self, c: usize, sprint: &Sprint, at: DateTime<Utc>) {
        let issue = &mut self.issues[self.cards[c].issue];
        let rest = issue.now.sprints.iter().copied().filter(|s| *s != sprint.id).collect();
        issue.change(at, self.team.lead, vec![Set::Sprints(rest)]);
        self.cards[c].lane = Lane::Gone;
        life::live(&mut self.dice, self.team, issue, at, self.as_of, Fate::DROPPED);
    }

    fn blocked(&mut self, c: usize, at: DateTime<Utc>) {
        let card = &mut self.cards[c];
        card.blocked -= 1;
        if card.blocked == 0 {
            let who = card.owner.unwrap_or(self.team.lead);
            self.issues[card.issue].change(at, who, vec![Set::Flagged(false)]);
        }
    }

    fn review(&mut self, c: usize, left: i64, at: DateTime<Utc>) {
        if left > 1 {
            self.cards[c].lane = Lane::Review(left - 1);
        } else if self.dice.chance(0.12) {
            let card = &mut self.cards[c];
            card.lane = Lane::Working;
            card.left = card.effort * 0.3;
            let reviewer = life::someone(&mut self.dice, self.team);
            let issue = &mut self.issues[card.issue];
            let mut sets = vec![Set::Status(IN_PROGRESS)];
            if issue.now.assignee != card.owner {
                sets.push(Set::Assignee(card.owner));
            }
            issue.change(at, reviewer, sets);
            issue.comment(at + TimeDelta::seconds(140), reviewer, words::comment(&mut self.dice));
        } else {
            let reviewer = life::someone(&mut self.dice, self.team);
            self.finish(c, at, reviewer);
        }
    }

    /// One member's quarter of a day.
    fn work(&mut self, member: Who, at: DateTime<Utc>, pace: f64) {
        let Some(c) = self.next_card(member, at) else { return };
        let done = pace * self.dice.real(0.7, 1.3);
        let card = &mut self.cards[c];
        card.left -= done;
        if card.left <= 0.0 {
            self.hand_over(c, member, at + TimeDelta::minutes(31));
        } else if self.dice.chance(0.02) {
            card.blocked = self.dice.whole(2, 16);
            self.issues[card.issue].change(at + TimeDelta::minutes(12), member, vec![Set::Flagged(true)]);
        } else if self.dice.chance(0.006) {
            let points = life::resized(&mut self.dice, self.issues[card.issue].now.points);
            self.issues[card.issue].change(
                at + TimeDelta::minutes(17),
                member,
                vec![Set::Points(Some(points))],
            );
        }
    }

    /// The card a member works on; takes up a waiting one if there is none.
    fn next_card(&mut self, member: Who, at: DateTime<Utc>) -> Option<usize> {
        let mine = |c: &Card| c.owner == Some(member) && c.blocked == 0;
        if let Some(c) = self.cards.iter().position(|c| c.lane == Lane::Working && mine(c)) {
            return Some(c);
        }
        let waiting = |c: &Card| c.lane == Lane::Waiting;
        let c = (self.cards.iter().position(|c| waiting(c) && mine(c)))
            .or_else(|| self.cards.iter().position(|c| waiting(c) && c.owner.is_none()))
            .or_else(|| self.cards.iter().position(waiting).filter(|_| self.dice.chance(0.5)));
        let Some(c) = c else {
            // Nothing of one's own: help the biggest open card.
            let open =
                self.cards.iter().enumerate().filter(|(_, c)| c.lane == Lane::Working && c.blocked == 0);
            return open.max_by(|a, b| a.1.left.total_cmp(&b.1.left)).map(|(c, _)| c);
        };
        self.start(c, member, at);
        Some(c)
    }

    fn start(&mut self, c: usize, member: Who, at: DateTime<Utc>) {
        let card = &mut self.cards[c];
        card.lane = Lane::Working;
        card.owner = Some(member);
        let issue = &mut self.issues[card.issue];
        let together = self.dice.chance(0.5);
        if !together {
            issue.change(at, member, vec![Set::Assignee(Some(member))]);
        }
        // Small things are sometimes done before anyone moves the card.
        if card.effort > 1.5 || self.dice.chance(0.6) {
            issue.change(
                at + TimeDelta::seconds(8),
                member,
                vec![Set::Status(IN_PROGRESS), Set::Assignee(Some(member))],
            );
        } else {
            issue.change(at + TimeDelta::seconds(8), member, vec![Set::Assignee(Some(member))]);
        }
        if issue.kind == STORY && self.dice.chance(0.09) {
            self.split(c, member, at);
        }
    }

    /// Sub-tasks of a story that was just taken up. They get no sprint entry of their own.
    fn split(&mut self, c: usize, member: Who, at: DateTime<Utc>) {
        for n in 0..self.dice.whole(1, 3) {
            let made = at + TimeDelta::minutes(4 + 2 * n);
            let mut issue = life::born(&mut self.dice, self.team, self.position, SUB_TASK, made);
            issue.first.points = None;
            issue.now.points = None;
            issue.parent = Some(self.cards[c].issue);
            issue.change(made + TimeDelta::minutes(1), member, vec![Set::Assignee(Some(member))]);
            if n == 0 {
                issue.change(made + TimeDelta::minutes(2), member, vec![Set::Status(IN_PROGRESS)]);
            }
            self.issues.push(issue);
            let position = self.issues.len() - 1;
            self.cards[c].sub_tasks.push(position);
        }
    }

    /// The work is done: into review, or straight to done.
    fn hand_over(&mut self, c: usize, member: Who, at: DateTime<Utc>) {
        for s in std::mem::take(&mut self.cards[c].sub_tasks) {
            self.issues[s].change(
                at - TimeDelta::minutes(3),
                member,
                vec![Set::Resolution(Some(0)), Set::Status(FINISHED)],
            );
        }
        let no_review = self.issues[self.cards[c].issue].now.status == TO_DO || self.dice.chance(0.08);
        if no_review {
            self.finish(c, at, member);
            return;
        }
        self.cards[c].lane = Lane::Review(self.dice.whole(self.habit.review.0, self.habit.review.1));
        let mut sets = vec![Set::Status(IN_REVIEW)];
        if self.dice.chance(0.25) {
            sets.push(Set::Assignee(Some(self.dice.pick(&self.team.members))));
        }
        let issue = &mut self.issues[self.cards[c].issue];
        issue.change(at, member, sets);
        if self.dice.chance(0.3) {
            issue.comment(at + TimeDelta::seconds(64), member, words::comment(&mut self.dice));
        }
    }

    fn finish(&mut self, c: usize, at: DateTime<Utc>, who: Who) {
        self.cards[c].lane = Lane::Finished;
        let position = self.cards[c].issue;
        self.issues[position].change(at, who, vec![Set::Resolution(Some(0)), Set::Status(FINISHED)]);
        if self.dice.chance(0.05) {
            self.reopens.push((self.dice.whole(2, 30), position));
        }
    }

    /// Reopens what turned out not to be done. From an earlier sprint, it joins the running one.
    fn reopen_due(&mut self, sprint: &Sprint, at: DateTime<Utc>) {
        for r in &mut self.reopens {
            r.0 -= 1;
        }
        let due: Vec<usize> = self.reopens.iter().filter(|r| r.0 <= 0).map(|r| r.1).collect();
        self.reopens.retain(|r| r.0 > 0);
        for position in due {
            let back_to = if self.dice.chance(0.6) { IN_PROGRESS } else { TO_DO };
            let who = life::someone(&mut self.dice, self.team);
            let issue = &mut self.issues[position];
            issue.comment(
                at - TimeDelta::seconds(33),
                who,
                "Reopening, it is back on production.".to_owned(),
            );
            issue.change(at, who, vec![Set::Resolution(None), Set::Status(back_to)]);
            let c = match self.cards.iter().position(|c| c.issue == position && c.lane == Lane::Finished) {
                Some(c) => c,
                None => {
                    let mut sprints = issue.now.sprints.clone();
                    sprints.push(sprint.id);
                    issue.change(at + TimeDelta::minutes(2), self.team.lead, vec![Set::Sprints(sprints)]);
                    self.add_card(position);
                    self.cards.len() - 1
                }
            };
            let card = &mut self.cards[c];
            card.left = card.effort * 0.4;
            card.lane = if back_to == TO_DO { Lane::Waiting } else { Lane::Working };
            card.owner = self.issues[position].now.assignee.or(card.owner);
            if card.owner.is_none() {
                card.lane = Lane::Waiting;
            }
        }
    }
}

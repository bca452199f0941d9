use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use juno_domain::{ActionCategory, PrincipalId, Role, TeamId};
use serde::{Deserialize, Serialize};

use crate::{ApprovalRequest, RoleBook};

/// Who can approve what at an instant, who made use of it, and what a reviewer should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessReview {
    /// The instant.
    pub at: DateTime<Utc>,
    /// Every role somebody holds, will hold or has held by the book, in order of person, role and team.
    pub entries: Vec<AccessEntry>,
    /// Where fewer than two people can approve a category: with one, what that person proposes nobody can decide;
    /// with none, such proposals are refused on submission.
    pub gaps: Vec<AccessGap>,
}

/// One role of one person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AccessEntry {
    /// Who.
    pub who: PrincipalId,
    /// The role.
    pub role: Role,
    /// In one team; `None` is every team.
    pub team: Option<TeamId>,
    /// How they came to it.
    pub through: Through,
    /// What it lets them approve.
    pub may_approve: BTreeSet<ActionCategory>,
    /// When they voted in it last, by the history.
    pub last_vote: Option<DateTime<Utc>>,
    /// What to look at; empty is well.
    pub findings: BTreeSet<Finding>,
}

/// How somebody came to a role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "through", rename_all = "snake_case")]
pub enum Through {
    /// Without an end.
    Assignment,
    /// For some time.
    Term {
        /// From when, if not from ever.
        from: Option<DateTime<Utc>>,
        /// Until when, if not for ever.
        until: Option<DateTime<Utc>>,
    },
    /// In the place of another.
    Delegation {
        /// The delegation.
        id: String,
        /// Whose place.
        by: PrincipalId,
        /// Until when.
        until: DateTime<Utc>,
    },
}

/// Something a reviewer should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// Its time is over and it still stands in the book.
    Stale,
    /// It lets them approve nothing: the giver does not hold the role now, or the role may approve no category.
    NoEffect,
    /// Nobody voted by it since the day the review asks about.
    Unused,
    /// The same person administers, and so could change who decides.
    Administers,
    /// The same person proposed something that holders of this role decide.
    Proposes,
}

/// A category that too few can approve in a team.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AccessGap {
    /// The team.
    pub team: TeamId,
    /// The category.
    pub category: ActionCategory,
    /// Who can approve it: nobody or one person.
    pub who: Option<PrincipalId>,
}

const CATEGORIES: [ActionCategory; 5] = [
    ActionCategory::TicketManagement,
    ActionCategory::SprintPlanning,
    ActionCategory::ResourceAllocation,
    ActionCategory::ProcessChange,
    ActionCategory::Escalation,
];

impl AccessReview {
    /// Reviews a book at `now` against the requests it was used on, in any order. What nobody voted by since
    /// `unused_since` is reported as unused.
    #[must_use]
    pub fn of(
        book: &RoleBook,
        history: &[ApprovalRequest],
        unused_since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Self {
        let then = book.at(now);
        let review = Review { book, then: &then, history, unused_since, now };
        let mut entries: Vec<AccessEntry> = book
            .held()
            .map(|(team, role, who)| review.entry(who, role, team, Through::Assignment, false, true))
            .collect();
        entries.extend(book.terms().iter().map(|term| {
            let through = Through::Term { from: term.from, until: term.until };
            let over = term.until.is_some_and(|until| until <= now);
            review.entry(&term.who, term.role, term.team.as_ref(), through, over, true)
        }));
        entries.extend(book.delegations().iter().map(|given| {
            let through =
                Through::Delegation { id: given.id.clone(), by: given.by.clone(), until: given.until };
            let held = review.delegate_has_something(given);
            let over = given.until <= now;
            let mut entry =
                review.entry(&given.to, given.role, given.team.as_ref(), through, over, over || held);
            if !given.categories.is_empty() {
                entry.may_approve.retain(|category| given.categories.contains(category));
            }
            entry
        }));
        entries.sort();
        Self { at: now, entries, gaps: review.gaps() }
    }
}

struct Review<'a> {
    book: &'a RoleBook,
    then: &'a RoleBook,
    history: &'a [ApprovalRequest],
    unused_since: DateTime<Utc>,
    now: DateTime<Utc>,
}

impl Review<'_> {
    fn entry(
        &self,
        who: &PrincipalId,
        role: Role,
        team: Option<&TeamId>,
        through: Through,
        over: bool,
        has_effect: bool,
    ) -> AccessEntry {
        let giver = match &through {
            Through::Delegation { by, .. } => Some(by),
            Through::Assignment | Through::Term { .. } => None,
        };
        let here = |request: &&ApprovalRequest| team.is_none_or(|team| request.team() == team);
        let votes = self.history.iter().filter(here).flat_map(ApprovalRequest::votes);
        let last_vote = votes
            .filter(|vote| vote.by == *who && vote.role == role)
            .filter(|vote| vote.on_behalf_of.is_some() == giver.is_some() && vote.at <= self.now)
            .map(|vote| vote.at)
            .max();
        let may_approve = self.book.permissions().categories(role);
        let decides = role != Role::Admin;
        let proposed = |request: &ApprovalRequest| {
            request.proposer() == who && may_approve.contains(&request.action().category())
        };
        let administers = match team {
            Some(team) => self.then.holds(who, Role::Admin, team),
            None => self.then.holds_anywhere(who, Role::Admin),
        };
        let findings = [
            (over, Finding::Stale),
            (decides && (!has_effect || may_approve.is_empty()), Finding::NoEffect),
            (decides && last_vote.is_none_or(|at| at < self.unused_since), Finding::Unused),
            (decides && administers, Finding::Administers),
            (decides && self.history.iter().filter(here).any(proposed), Finding::Proposes),
        ];
        let findings = findings.into_iter().filter(|(holds, _)| *holds).map(|(_, what)| what).collect();
        AccessEntry { who: who.clone(), role, team: team.cloned(), through, may_approve, last_vote, findings }
    }

    /// Whether the giver of a delegation holds the role now, in any team it is for.
    fn delegate_has_something(&self, given: &crate::Delegation) -> bool {
        let mut teams: BTreeSet<&TeamId> = self.teams();
        teams.extend(&given.team);
        let has = |team: &TeamId| {
            let giver_has = |category| {
                !self.then.givers(&given.by, given.role, team, category, true).is_empty()
                    || self.then.holds(&given.by, given.role, team)
            };
            CATEGORIES.into_iter().any(giver_has)
        };
        match &given.team {
            Some(team) => has(team),
            None => self.then.holds_anywhere(&given.by, given.role) || teams.into_iter().any(has),
        }
    }

    /// Every team anything is said of.
    fn teams(&self) -> BTreeSet<&TeamId> {
        let held = self.book.held().filter_map(|(team, ..)| team);
        let terms = self.book.terms().iter().filter_map(|term| term.team.as_ref());
        held.chain(terms).chain(self.history.iter().map(ApprovalRequest::team)).collect()
    }

    fn gaps(&self) -> Vec<AccessGap> {
        let mut gaps = Vec::new();
        for team in self.teams() {
            for category in CATEGORIES {
                let able = |role: &Role| self.then.permissions().may_approve(*role, category);
                let people: BTreeSet<&PrincipalId> = Role::LADDER
                    .into_iter()
                    .filter(able)
                    .flat_map(|role| self.then.holders(role, team))
                    .collect();
                if people.len() < 2 {
                    let who = people.into_iter().next().cloned();
                    gaps.push(AccessGap { team: team.clone(), category, who });
                }
            }
        }
        gaps
    }
}

//! The life cycle once more, written for reading: plain numbers instead of types, no times, no records.

use std::collections::BTreeSet;

use juno_domain::{ActionCategory, Role};
use juno_governance::{ApprovalRequest, Choice, Ladder, OnExpiry, RequestState, RoleBook, StateKind};

use crate::common::{pay, who};

/// What somebody tries.
#[derive(Debug, Clone)]
pub(crate) enum Move {
    Vote { by: String, approve: bool, same_action: bool },
    Escalate { by: String },
    Cancel { by: String },
    Withdraw { by: String },
    Supersede,
    Tick,
    Redeem,
    Reissue,
}

/// Names in order of rank: 1 lead … 4 director.
const RANKS: [(Role, usize); 4] =
    [(Role::TeamLead, 1), (Role::ProjectManager, 2), (Role::EngineeringManager, 3), (Role::Director, 4)];

const PEOPLE: [&str; 8] = ["juno", "lead", "lead2", "manager", "engineer", "director", "root", "eve"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Model {
    pub(crate) state: StateKind,
    /// Which rung, counted from 0, and which rank decides on it now.
    pub(crate) rung: usize,
    pub(crate) rank: usize,
    /// Who voted at all, and with which rank for the rung that is open.
    pub(crate) voted: BTreeSet<String>,
    pub(crate) for_it: Vec<usize>,
    /// Whether the first deadline was missed and the same rank goes on to a final one.
    pub(crate) held: bool,
    rules: Rules,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rules {
    /// Rank, quorum, what silence does.
    rungs: Vec<(usize, usize, Silence)>,
    /// The ranks that may decide this category, and who holds each.
    able: Vec<(usize, BTreeSet<String>)>,
    admins: BTreeSet<String>,
    proposer: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Silence {
    Escalates,
    Ends,
    IsBorneOnce,
}

fn rank(role: Role) -> usize {
    RANKS.iter().find(|(known, _)| *known == role).map_or(0, |(_, rank)| *rank)
}

impl Rules {
    fn new(ladder: &Ladder, category: ActionCategory, book: &RoleBook, proposer: &str) -> Self {
        let from = match category {
            ActionCategory::ResourceAllocation => 2,
            ActionCategory::ProcessChange => 3,
            _ => 1,
        };
        let holding = |role| {
            PEOPLE
                .iter()
                .filter(|name| book.holds(&who(name), role, &pay()))
                .map(|name| (*name).to_owned())
                .collect()
        };
        Self {
            rungs: ladder
                .rungs()
                .iter()
                .map(|rung| {
                    (
                        rank(rung.role),
                        rung.quorum as usize,
                        match rung.on_expiry {
                            OnExpiry::Escalate => Silence::Escalates,
                            OnExpiry::Deny => Silence::Ends,
                            OnExpiry::Hold { .. } => Silence::IsBorneOnce,
                        },
                    )
                })
                .collect(),
            able: RANKS.iter().filter(|(_, n)| *n >= from).map(|(role, n)| (*n, holding(*role))).collect(),
            admins: holding(Role::Admin),
            proposer: proposer.to_owned(),
        }
    }

    /// The lowest rank at or above `from` with somebody free, if enough free people stand there or above.
    fn route(&self, from: usize, voted: &BTreeSet<String>, needed: usize) -> Option<usize> {
        let free = |people: &BTreeSet<String>| -> BTreeSet<String> {
            people.iter().filter(|name| **name != self.proposer && !voted.contains(*name)).cloned().collect()
        };
        for (rank, people) in &self.able {
            if *rank >= from && !free(people).is_empty() {
                let above: BTreeSet<String> = self
                    .able
                    .iter()
                    .filter(|(r, _)| r >= rank)
                    .flat_map(|(_, people)| free(people))
                    .collect();
                return (above.len() >= needed).then_some(*rank);
            }
        }
        None
    }

    fn rank_of(&self, name: &str, from: usize) -> Option<usize> {
        self.able.iter().find(|(rank, people)| *rank >= from && people.contains(name)).map(|(rank, _)| *rank)
    }
}

impl Model {
    pub(crate) fn can_start(
        ladder: &Ladder,
        category: ActionCategory,
        book: &RoleBook,
        proposer: &str,
    ) -> bool {
        let rules = Rules::new(ladder, category, book, proposer);
        (0..rules.rungs.len()).all(|i| {
            let needed = rules.rungs.iter().skip(i).map(|(_, quorum, _)| quorum).sum();
            rules.route(rules.rungs[i].0, &BTreeSet::new(), needed).is_some()
        })
    }

    pub(crate) fn new(ladder: &Ladder, category: ActionCategory, book: &RoleBook, proposer: &str) -> Self {
        let rules = Rules::new(ladder, category, book, proposer);
        let rank = rules.route(rules.rungs[0].0, &BTreeSet::new(), 1).unwrap_or(0);
        Self {
            state: StateKind::Pending,
            rung: 0,
            rank,
            voted: BTreeSet::new(),
            for_it: vec![],
            held: false,
            rules,
        }
    }

    /// The same view of a real request; what only the model knows comes from `like`.
    pub(crate) fn of(request: &ApprovalRequest, like: &Self) -> Self {
        let (rung, at) = match request.state() {
            RequestState::Pending(pending) => (pending.rung as usize, rank(pending.role)),
            _ => (like.rung, like.rank),
        };
        let open = request.votes().iter().filter(|v| v.rung as usize == rung && v.choice == Choice::Approve);
        Self {
            state: request.kind(),
            rung,
            rank: at,
            voted: request.votes().iter().map(|vote| vote.by.to_string()).collect(),
            held: request.pending().is_some_and(|pending| pending.held),
            for_it: open.map(|vote| rank(vote.role)).collect(),
            rules: like.rules.clone(),
        }
    }

    /// What becomes of it; `None` if the move is refused.
    pub(crate) fn step(&self, m: &Move, late: bool) -> Option<Self> {
        let pending = self.state == StateKind::Pending;
        let open = pending || self.state == StateKind::Approved;
        let mut next = self.clone();
        match m {
            Move::Vote { by, approve, same_action } => {
                let rank = self.rules.rank_of(by, self.rank)?;
                let allowed = pending && !late && *same_action && *by != self.rules.proposer;
                if !allowed || self.voted.contains(by) {
                    return None;
                }
                next.voted.insert(by.clone());
                if !approve {
                    next.state = StateKind::Denied;
                    next.held = false;
                    return Some(next);
                }
                next.for_it.push(rank);
                let (_, quorum, _) = self.rules.rungs[self.rung];
                if next.for_it.iter().filter(|rank| **rank >= self.rank).count() < quorum {
                    return Some(next);
                }
                let Some((from, needed, _)) = self.rules.rungs.get(self.rung + 1).copied() else {
                    next.state = StateKind::Approved;
                    next.held = false;
                    return Some(next);
                };
                next.rung += 1;
                next.held = false;
                next.for_it.clear();
                let lowest = || self.rules.able.iter().map(|(rank, _)| *rank).find(|rank| *rank >= from);
                next.rank = self.rules.route(from, &next.voted, needed).or_else(lowest).unwrap_or(from);
            }
            Move::Escalate { by } => {
                self.rules.rank_of(by, self.rank)?;
                if !pending || late || *by == self.rules.proposer {
                    return None;
                }
                next.pass_up();
            }
            Move::Cancel { by } => {
                let approver = self.for_it.last().copied().unwrap_or(1);
                let decider = if pending { self.rank } else { approver };
                let decides = *by != self.rules.proposer && self.rules.rank_of(by, decider).is_some();
                if !open || !(decides || *by != self.rules.proposer && self.rules.admins.contains(by)) {
                    return None;
                }
                next.state = StateKind::Cancelled;
                next.held = false;
            }
            Move::Withdraw { by } if open && *by == self.rules.proposer => {
                next.state = StateKind::Cancelled;
                next.held = false;
            }
            Move::Supersede if open => {
                next.state = StateKind::Cancelled;
                next.held = false;
            }
            Move::Tick if pending && late => match self.rules.rungs[self.rung].2 {
                Silence::Escalates => next.pass_up(),
                Silence::IsBorneOnce if !self.held => next.held = true,
                Silence::IsBorneOnce | Silence::Ends => {
                    next.state = StateKind::Expired;
                    next.held = false;
                }
            },
            Move::Redeem if self.state == StateKind::Approved => next.state = StateKind::Authorized,
            Move::Reissue if self.state == StateKind::Authorized => {}
            Move::Withdraw { .. } | Move::Supersede | Move::Tick | Move::Redeem | Move::Reissue => {
                return None;
            }
        }
        Some(next)
    }

    fn pass_up(&mut self) {
        let (_, quorum, _) = self.rules.rungs[self.rung];
        self.held = false;
        match self.rules.route(self.rank + 1, &self.voted, quorum) {
            Some(rank) => self.rank = rank,
            None => self.state = StateKind::Denied,
        }
    }
}

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{
    Action, Calibration, Confidence, Digest, DomainEvent, Impact, IssueKey, PrincipalId, Probability,
    Proposal, ProposalId, Role, TeamId,
};
use juno_governance::{
    ApprovalEvent, ApprovalRequest, Ballot, Choice, GovernanceError, Ladder, OnExpiry, Opening,
    PolicyDecision, PolicyVerdict, RoleBook, Rung, StateKind, open, request_id,
};
use stateright::{Model, Property};

use crate::properties;
use crate::state::{Cast, Execution, Host, State};

/// What a step of the life cycle gives.
pub(crate) type Stepped = Result<(ApprovalRequest, Vec<DomainEvent>), GovernanceError>;
/// The function under test, or a mutant of it.
pub(crate) type Step = fn(&ApprovalRequest, &ApprovalEvent, &RoleBook, DateTime<Utc>) -> Stepped;

pub(crate) const PROPOSER: &str = "juno";
pub(crate) const VOTERS: [&str; 3] = ["ann", "bo", "cem"];
/// How often a host may crash, and how often an authorization may be issued again.
const CRASHES: u8 = 2;
const REISSUES: u8 = 1;

/// How a store or a runner may break its promises.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct StoreFaults {
    /// The approval store writes over a newer version.
    pub(crate) last_write_wins: bool,
    /// The execution store takes a second execution of one request.
    pub(crate) many_executions: bool,
    /// After a crash the runner carries the effect out again instead of looking.
    pub(crate) blind_retry: bool,
}

pub(crate) fn who(name: &str) -> PrincipalId {
    PrincipalId::new(name).unwrap()
}

pub(crate) fn pay() -> TeamId {
    TeamId::new("PAY").unwrap()
}

pub(crate) fn start() -> DateTime<Utc> {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

/// A team, a ladder, the life cycle, and the stores it runs on.
pub(crate) struct World {
    pub(crate) name: &'static str,
    pub(crate) step: Step,
    pub(crate) faults: StoreFaults,
    pub(crate) roles: RoleBook,
    /// The highest role of each voter, known apart from the book.
    pub(crate) rank: BTreeMap<&'static str, Role>,
    pub(crate) ladder: Vec<Rung>,
}

impl World {
    pub(crate) fn new(name: &'static str, step: Step, faults: StoreFaults) -> Self {
        // The proposer holds every role, so that only separation of duties keeps them out.
        let mut roles = RoleBook::new();
        for role in Role::LADDER {
            roles.assign(who(PROPOSER), role, Some(pay()));
        }
        Self { name, step, faults, roles, rank: BTreeMap::new(), ladder: Vec::new() }
    }

    pub(crate) fn team(mut self, held: [Role; 3]) -> Self {
        for (name, role) in VOTERS.into_iter().zip(held) {
            self.roles.assign(who(name), role, Some(pay()));
            self.rank.insert(name, role);
        }
        self
    }

    pub(crate) fn ladder(mut self, rungs: impl IntoIterator<Item = (Role, u32, OnExpiry)>) -> Self {
        let rung = |(role, quorum, on_expiry)| Rung { role, quorum, deadline_hours: 2, on_expiry };
        self.ladder = rungs.into_iter().map(rung).collect();
        self
    }

    pub(crate) fn first(&self) -> ApprovalRequest {
        let proposal = Proposal {
            id: ProposalId::new("p1").unwrap(),
            action: Action::AddLabel { issue: IssueKey::new("PAY-12").unwrap(), label: "stale".into() },
            impact: Impact::Low,
            team: pay(),
            proposer: who(PROPOSER),
            confidence: Confidence {
                value: Probability::new(0.9).unwrap(),
                calibration: Calibration::Uncalibrated,
            },
            score: None,
            rationale: "because".into(),
            evidence: vec![],
            proposed_at: start(),
        };
        let ladder = Ladder::new(self.ladder.clone()).unwrap();
        let decision = PolicyDecision::because(PolicyVerdict::RequireApproval(ladder), "asked");
        let id = request_id(&proposal.id, 0).unwrap();
        let opening =
            Opening { id, proposal: &proposal, original: None, decision, policy_version: "v", cites: None };
        open(opening, &self.roles, start()).unwrap().0
    }

    fn event(&self, state: &State, deed: Deed) -> ApprovalEvent {
        match deed {
            Deed::Vote { by, choice, same_action } => {
                let mut ballot = Ballot::on(&state.request, who(by), choice, "because");
                if !same_action {
                    ballot.digest = Digest([0; 32]);
                }
                ApprovalEvent::Vote(ballot)
            }
            Deed::Escalate { by } => ApprovalEvent::Escalate { by: who(by), reason: "higher".into() },
            Deed::Cancel { by } => ApprovalEvent::Cancel { by: who(by), reason: "no more".into() },
            Deed::Withdraw { by } => ApprovalEvent::Withdraw { by: who(by), reason: "not now".into() },
            Deed::Redeem(_) => ApprovalEvent::Redeem,
            Deed::Reissue(_) => ApprovalEvent::Reissue,
            _ => ApprovalEvent::Tick,
        }
    }
}

/// Something that can happen next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// An hour passes, at most until the deadline.
    Wait,
    Tick,
    Vote {
        by: &'static str,
        choice: Choice,
        same_action: bool,
    },
    Escalate {
        by: &'static str,
    },
    Cancel {
        by: &'static str,
    },
    Withdraw {
        by: &'static str,
    },
    /// A host reads the request, to redeem it in a later step.
    Read(usize),
    Redeem(usize),
    Reissue(usize),
    /// A host writes down that it is about to act.
    Begin(usize),
    /// The effect on the outside world.
    Act(usize),
    /// A host writes down how it went.
    Record(usize),
    /// A host loses all it had in memory.
    Crash(usize),
    /// A host finds an execution without a result, and looks whether the effect is there.
    Probe(usize),
}

impl Model for World {
    type State = State;
    type Action = Deed;

    fn init_states(&self) -> Vec<State> {
        vec![State::new(self.first(), start(), self.ladder.len())]
    }

    fn actions(&self, state: &State, deeds: &mut Vec<Deed>) {
        deeds.extend([Deed::Wait, Deed::Tick]);
        for by in [PROPOSER].into_iter().chain(VOTERS) {
            for choice in [Choice::Approve, Choice::Deny] {
                deeds.push(Deed::Vote { by, choice, same_action: true });
            }
            deeds.extend([Deed::Escalate { by }, Deed::Cancel { by }, Deed::Withdraw { by }]);
        }
        deeds.push(Deed::Vote { by: VOTERS[0], choice: Choice::Approve, same_action: false });
        for host in 0..state.hosts.len() {
            deeds.extend(
                [Deed::Read, Deed::Redeem, Deed::Reissue, Deed::Begin, Deed::Act, Deed::Record]
                    .map(|deed| deed(host)),
            );
            deeds.extend([Deed::Crash, Deed::Probe].map(|deed| deed(host)));
        }
    }

    fn next_state(&self, state: &State, deed: Deed) -> Option<State> {
        let mut next = state.clone();
        match deed {
            Deed::Wait => {
                let pending = state.request.pending()?;
                if state.now >= pending.deadline {
                    return None;
                }
                next.now += TimeDelta::hours(1);
            }
            Deed::Tick | Deed::Escalate { .. } => self.happen(&mut next, deed)?,
            Deed::Cancel { by } => {
                self.happen(&mut next, deed)?;
                next.ended_by_wrong |= by == PROPOSER;
            }
            Deed::Withdraw { by } => {
                self.happen(&mut next, deed)?;
                next.ended_by_wrong |= by != PROPOSER;
                next.withdrawn = true;
            }
            Deed::Vote { by, choice, same_action } => {
                let asked = state.request.pending().copied();
                self.happen(&mut next, deed)?;
                next.voted_while_held |= asked.is_some_and(|asked| asked.held);
                // What was accepted is written down apart from the request.
                next.other_action_counted |= !same_action;
                next.late_counted |= asked.is_none_or(|asked| state.now >= asked.deadline);
                if let Some(asked) = asked {
                    next.cast.push(Cast { by, rung: asked.rung, refused: choice == Choice::Deny });
                    next.cast.sort_unstable();
                }
            }
            Deed::Read(host) => {
                if next.hosts[host] != Host::Idle || state.request.kind() == StateKind::Pending {
                    return None;
                }
                next.hosts[host] = Host::Read(Arc::clone(&state.request));
            }
            Deed::Redeem(host) => {
                let Host::Read(seen) = &state.hosts[host] else { return None };
                let stale = seen.version() != state.request.version();
                if stale && !self.faults.last_write_wins {
                    next.hosts[host] = Host::Idle;
                } else {
                    let (after, _) =
                        (self.step)(seen, &ApprovalEvent::Redeem, &self.roles, state.now).ok()?;
                    next.change(after);
                    next.redeemed += 1;
                    next.hosts[host] = Host::Authorized;
                }
            }
            Deed::Reissue(host) => {
                let unused = state.execution == Execution::None;
                if !unused || state.hosts[host] != Host::Idle || state.reissued == REISSUES {
                    return None;
                }
                self.happen(&mut next, deed)?;
                next.reissued += 1;
                next.hosts[host] = Host::Authorized;
            }
            Deed::Begin(host) => {
                if state.hosts[host] != Host::Authorized {
                    return None;
                }
                // The store takes one execution of a request; the authorization is spent either way.
                if state.execution == Execution::None || self.faults.many_executions {
                    next.execution = Execution::Begun;
                    next.hosts[host] = Host::Begun;
                } else {
                    next.hosts[host] = Host::Idle;
                }
            }
            Deed::Act(host) => {
                if state.hosts[host] != Host::Begun {
                    return None;
                }
                next.effects += 1;
                next.hosts[host] = Host::Acted;
            }
            Deed::Record(host) => {
                if state.hosts[host] != Host::Acted {
                    return None;
                }
                next.execution = Execution::Succeeded;
                next.hosts[host] = Host::Idle;
            }
            Deed::Crash(host) => {
                if state.crashes == CRASHES || state.hosts[host] == Host::Idle {
                    return None;
                }
                next.crashes += 1;
                next.hosts[host] = Host::Idle;
            }
            Deed::Probe(host) => {
                let working = state.hosts.iter().any(|h| matches!(h, Host::Begun | Host::Acted));
                if state.execution != Execution::Begun || working || state.hosts[host] != Host::Idle {
                    return None;
                }
                if self.faults.blind_retry {
                    next.hosts[host] = Host::Begun;
                } else {
                    let done = state.effects > 0;
                    next.execution = if done { Execution::Succeeded } else { Execution::Failed };
                }
            }
        }
        next.settle(self.faults.last_write_wins);
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}

impl World {
    /// The request takes the event and everything that was read before is out of date; `None` if it takes it not.
    fn happen(&self, next: &mut State, deed: Deed) -> Option<()> {
        let event = self.event(next, deed);
        let (after, events) = (self.step)(&next.request, &event, &self.roles, next.now).ok()?;
        next.unrecorded |= events.is_empty();
        next.change(after);
        Some(())
    }
}

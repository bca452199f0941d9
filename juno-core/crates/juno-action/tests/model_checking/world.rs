//! What can happen next, and what must hold whatever did.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use juno_action::{
    ActionError, Compensation, Ended, Execution, ExecutionEvent, ExecutionState, PlanMove, PlanPart,
    inverse_of,
};
use juno_domain::{Action, Digest, DomainEvent, IssueKey, ProposalId, RequestId, TeamId};
use stateright::{Model, Property};

use crate::state::{Host, State};

pub(crate) type Stepped = Result<(Execution, Vec<DomainEvent>), ActionError>;
pub(crate) type Step = fn(&Execution, &ExecutionEvent, DateTime<Utc>) -> Stepped;
pub(crate) type Next = fn(&[ExecutionState]) -> PlanMove;

pub(crate) const ONE_EFFECT: &str = "at most one effect, and at most one undoing of it";
pub(crate) const NO_RERUN: &str = "what nobody knew the end of, or what ended, never begins again";
pub(crate) const NO_STALE: &str = "only who was given the last token is believed";
pub(crate) const TRUTH: &str = "what is stored is what happened";
pub(crate) const IN_ORDER: &str = "a step begins only after the one before it took effect";
pub(crate) const IN_REVERSE: &str = "nothing is undone while something later is in place";

/// Ways in which what surrounds the function can be wrong.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct WorldFaults {
    /// The store writes over a newer version.
    pub(crate) last_write_wins: bool,
    /// The other side takes every token, however old.
    pub(crate) unfenced: bool,
    /// The effect is carried out again instead of asking.
    pub(crate) blind_retry: bool,
    /// A probe takes "not yet" for "not".
    pub(crate) hasty_probe: bool,
}

pub(crate) struct World {
    pub(crate) name: &'static str,
    pub(crate) steps: usize,
    pub(crate) crashes: u8,
    pub(crate) step: Step,
    pub(crate) next: Next,
    pub(crate) faults: WorldFaults,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Deed {
    /// Every lease that is live runs out.
    RunOut,
    /// A host does what the plan needs next.
    Advance(usize),
    /// A host reads a step in whatever state, and means to begin it: somebody with an authorization issued again.
    Read(usize, usize),
    Begin(usize),
    /// Somebody wants a step undone that did not take effect, as far as is known.
    UndoAny(usize, usize),
    /// Somebody wants a step revoked that has begun.
    RevokeAny(usize),
    Act(usize),
    Finish(usize, Ended),
    Ask(usize),
    Tell(usize),
    Crash(usize),
}

fn start() -> DateTime<Utc> {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn approved(nth: usize, of: usize) -> Execution {
    let action = Action::AddLabel { issue: IssueKey::new("PAY-12").unwrap(), label: format!("l{nth}") };
    let requests = (0..of).map(|n| RequestId::new(format!("r{n}")).unwrap()).collect();
    let undo = inverse_of(&action).unwrap();
    Execution {
        request: RequestId::new(format!("r{nth}")).unwrap(),
        version: 1,
        proposal: ProposalId::new(format!("p{nth}")).unwrap(),
        team: TeamId::new("PAY").unwrap(),
        action,
        digest: Digest([7; 32]),
        idempotency_key: format!("juno-{nth}"),
        executor: "model".into(),
        automatic: false,
        blast_radius: 1,
        state: ExecutionState::Approved,
        started_at: start(),
        ended_at: None,
        detail: String::new(),
        said_by: None,
        fence: 0,
        lease: None,
        compensation: Some(Compensation { action: undo, summary: "take it off".into() }),
        check: None,
        reversal: None,
        plan: Some(PlanPart { step: nth as u32, requests }),
    }
}

impl World {
    fn until(state: &State) -> DateTime<Utc> {
        state.now + TimeDelta::hours(1)
    }

    /// The event happens to the stored step, in one write.
    fn happen(&self, state: &mut State, step: usize, event: &ExecutionEvent) -> Option<()> {
        let (after, _) = (self.step)(&state.steps[step], event, state.now).ok()?;
        Self::store(state, step, after);
        Some(())
    }

    fn store(state: &mut State, step: usize, after: Execution) {
        state.was_unknown[step] |= after.state == ExecutionState::Unknown;
        state.steps[step] = Arc::new(after);
    }

    fn begin(&self, state: &mut State, host: usize, step: usize, seen: &Execution) -> Option<()> {
        let event = ExecutionEvent::Begin { holder: "h".into(), until: Self::until(state) };
        let before = state.steps[step].state;
        let (after, _) = (self.step)(seen, &event, state.now).ok()?;
        state.rerun |= state.was_unknown[step] || before != ExecutionState::Approved;
        state.out_of_order |= state.states()[..step].iter().any(|s| *s != ExecutionState::Succeeded);
        Self::store(state, step, after);
        Self::acting(state, host, step, false);
        Some(())
    }

    fn acting(state: &mut State, host: usize, step: usize, undoes: bool) {
        state.owner[step] = Some(host);
        let token = state.steps[step].fence;
        state.hosts[host] = Host::Acting { step, token, undoes, acted: false };
    }

    fn undo(&self, state: &mut State, host: usize, step: usize) -> Option<()> {
        let until = Self::until(state);
        let event = ExecutionEvent::Reverse { holder: "h".into(), until, by: None, reason: "because".into() };
        self.happen(state, step, &event)?;
        Self::acting(state, host, step, true);
        Some(())
    }

    fn advance(&self, state: &mut State, host: usize) -> Option<()> {
        match (self.next)(&state.states()) {
            PlanMove::Begin(step) => {
                let seen = Arc::clone(&state.steps[step]);
                self.begin(state, host, step, &seen)
            }
            PlanMove::Undo(step) => self.undo(state, host, step),
            PlanMove::Drop(step) => {
                let event = ExecutionEvent::Revoke { by: None, reason: "because".into() };
                self.happen(state, step, &event)
            }
            PlanMove::FindOut(step) => {
                let event = ExecutionEvent::TakeOver { holder: "h".into(), until: Self::until(state) };
                let undoes = state.steps[step].reversal.is_some();
                self.happen(state, step, &event)?;
                state.owner[step] = Some(host);
                let token = state.steps[step].fence;
                state.hosts[host] = if self.faults.blind_retry {
                    Host::Acting { step, token, undoes, acted: false }
                } else {
                    Host::Looking { step, token, undoes, answer: None }
                };
                Some(())
            }
            PlanMove::Done | PlanMove::RolledBack => None,
        }
    }

    fn believed(&self, state: &mut State, host: usize, step: usize, event: &ExecutionEvent) {
        // What is refused is lost with the host's memory, as in the runner.
        if self.happen(state, step, event).is_some() {
            state.stale_taken |= state.owner[step] != Some(host);
        }
        state.hosts[host] = Host::Idle;
    }
}

impl Model for World {
    type State = State;
    type Action = Deed;

    fn init_states(&self) -> Vec<State> {
        let n = self.steps;
        vec![State {
            steps: (0..n).map(|nth| Arc::new(approved(nth, n))).collect(),
            hosts: [Host::Idle, Host::Idle],
            now: start(),
            crashes: 0,
            effects: vec![0; n],
            undone: vec![0; n],
            shown: vec![0; n],
            owner: vec![None; n],
            was_unknown: vec![false; n],
            rerun: false,
            stale_taken: false,
            out_of_order: false,
            early_undo: false,
        }]
    }

    fn actions(&self, _: &State, deeds: &mut Vec<Deed>) {
        deeds.push(Deed::RunOut);
        for host in 0..2 {
            deeds.extend([Deed::Advance(host), Deed::Begin(host), Deed::Act(host), Deed::Ask(host)]);
            deeds.extend([Deed::Tell(host), Deed::Crash(host)]);
            deeds.extend([Ended::Done, Ended::NotDone, Ended::Uncertain].map(|e| Deed::Finish(host, e)));
            for step in 0..self.steps {
                deeds.extend([Deed::Read(host, step), Deed::UndoAny(host, step)]);
            }
        }
        deeds.extend((0..self.steps).map(Deed::RevokeAny));
    }

    fn next_state(&self, state: &State, deed: Deed) -> Option<State> {
        let mut next = state.clone();
        let idle = |host: usize| state.hosts[host] == Host::Idle;
        match deed {
            Deed::RunOut => {
                let leases = state.steps.iter().filter_map(|step| step.lease.as_ref());
                next.now = leases.map(|lease| lease.until).filter(|until| *until > state.now).max()?;
            }
            Deed::Advance(host) => {
                idle(host).then_some(())?;
                self.advance(&mut next, host)?;
            }
            Deed::Read(host, step) => {
                // The first in line, or one that is not there to be begun.
                let due = (self.next)(&state.states()) == PlanMove::Begin(step);
                let closed = state.steps[step].state != ExecutionState::Approved;
                (idle(host) && (due || closed)).then_some(())?;
                next.hosts[host] = Host::Read(step, Arc::clone(&state.steps[step]));
            }
            Deed::Begin(host) => {
                let Host::Read(step, seen) = &state.hosts[host] else { return None };
                next.hosts[host] = Host::Idle;
                if seen.version == state.steps[*step].version || self.faults.last_write_wins {
                    // Refused, it goes back to idle all the same.
                    self.begin(&mut next, host, *step, seen);
                }
            }
            Deed::UndoAny(host, step) => {
                let known = state.steps[step].state == ExecutionState::Succeeded;
                (idle(host) && !known).then_some(())?;
                self.undo(&mut next, host, step)?;
            }
            Deed::RevokeAny(step) => {
                (state.steps[step].state != ExecutionState::Approved).then_some(())?;
                let event = ExecutionEvent::Revoke { by: None, reason: "because".into() };
                self.happen(&mut next, step, &event)?;
            }
            Deed::Act(host) => {
                let Host::Acting { step, token, undoes, acted: false } = state.hosts[host] else {
                    return None;
                };
                if token >= state.shown[step] || self.faults.unfenced {
                    next.shown[step] = token.max(state.shown[step]);
                    if undoes {
                        next.undone[step] += 1;
                        next.early_undo |= (step + 1..self.steps).any(|later| state.in_place(later));
                    } else {
                        next.effects[step] += 1;
                    }
                    next.hosts[host] = Host::Acting { step, token, undoes, acted: true };
                } else {
                    // Kept out: surely without effect.
                    let detail = String::new();
                    let event =
                        ExecutionEvent::Finish { token, ended: Ended::NotDone, detail, check_by: None };
                    self.believed(&mut next, host, step, &event);
                }
            }
            Deed::Finish(host, ended) => {
                let Host::Acting { step, token, acted, .. } = state.hosts[host] else { return None };
                let honest = match ended {
                    Ended::Done => acted,
                    Ended::NotDone => !acted,
                    _ => true,
                };
                honest.then_some(())?;
                let event = ExecutionEvent::Finish { token, ended, detail: String::new(), check_by: None };
                self.believed(&mut next, host, step, &event);
            }
            Deed::Ask(host) => {
                let Host::Looking { step, token, undoes, answer: None } = state.hosts[host] else {
                    return None;
                };
                if !self.faults.hasty_probe {
                    next.shown[step] = token.max(state.shown[step]);
                }
                let count = if undoes { state.undone[step] } else { state.effects[step] };
                next.hosts[host] = Host::Looking { step, token, undoes, answer: Some(count > 0) };
            }
            Deed::Tell(host) => {
                let Host::Looking { step, token, answer: Some(took_effect), .. } = state.hosts[host] else {
                    return None;
                };
                let event = ExecutionEvent::Probed { token, took_effect, detail: String::new() };
                self.believed(&mut next, host, step, &event);
            }
            Deed::Crash(host) => {
                (state.crashes < self.crashes && !idle(host)).then_some(())?;
                next.crashes += 1;
                next.hosts[host] = Host::Idle;
            }
        }
        Some(next)
    }

    /// Where something has gone wrong already, nothing more is learnt.
    fn within_boundary(&self, state: &State) -> bool {
        state.effects.iter().chain(&state.undone).all(|count| *count <= 2)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(ONE_EFFECT, |_, state: &State| {
                state.effects.iter().chain(&state.undone).all(|count| *count <= 1)
            }),
            Property::always(NO_RERUN, |_, state: &State| !state.rerun),
            Property::always(NO_STALE, |_, state: &State| !state.stale_taken),
            Property::always(IN_ORDER, |_, state: &State| !state.out_of_order),
            Property::always(IN_REVERSE, |_, state: &State| !state.early_undo),
            Property::always(TRUTH, |_, state: &State| {
                state.states().iter().enumerate().all(|(n, found)| {
                    let count = (state.effects[n], state.undone[n]);
                    match found {
                        ExecutionState::Approved | ExecutionState::Failed => count == (0, 0),
                        ExecutionState::Succeeded => count == (1, 0),
                        ExecutionState::Reversed => count == (1, 1),
                        _ => true,
                    }
                })
            }),
            Property::sometimes("everything took effect", |_, state: &State| {
                state.states().iter().all(|found| *found == ExecutionState::Succeeded)
            }),
            Property::sometimes("what nobody knew was found out", |_, state: &State| {
                state.was_unknown[0] && state.states()[0] == ExecutionState::Succeeded
            }),
            Property::sometimes("a stalled host comes back late", |_, state: &State| {
                let late = |host: usize| matches!(state.hosts[host], Host::Acting { step, token, .. } if token < state.steps[step].fence);
                late(0) || late(1)
            }),
            Property::sometimes("a plan was rolled back", |model: &Self, state: &State| {
                model.steps == 1
                    || matches!(state.states()[..], [ExecutionState::Reversed, .., ExecutionState::Failed])
            }),
        ]
    }
}

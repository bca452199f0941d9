//! What a state is: the stored executions, what the hosts hold in memory, and what really happened.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use juno_action::{Execution, ExecutionState};

/// What a host holds in memory; a crash loses it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Host {
    Idle,
    /// It read a step, to begin it in a later moment.
    Read(usize, Arc<Execution>),
    /// It has the permit for an effect, or for undoing one.
    Acting {
        step: usize,
        token: u64,
        undoes: bool,
        acted: bool,
    },
    /// It took over, and asks the world.
    Looking {
        step: usize,
        token: u64,
        undoes: bool,
        answer: Option<bool>,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) steps: Vec<Arc<Execution>>,
    pub(crate) hosts: [Host; 2],
    pub(crate) now: DateTime<Utc>,
    pub(crate) crashes: u8,
    /// How often the effect of each step happened, and how often it was undone.
    pub(crate) effects: Vec<u8>,
    pub(crate) undone: Vec<u8>,
    /// The highest token the world was shown for each step.
    pub(crate) shown: Vec<u64>,
    /// Which host was given the last token of each step.
    pub(crate) owner: Vec<Option<usize>>,
    pub(crate) was_unknown: Vec<bool>,
    /// What must never happen, written down where it happens.
    pub(crate) rerun: bool,
    pub(crate) stale_taken: bool,
    pub(crate) out_of_order: bool,
    pub(crate) early_undo: bool,
}

impl State {
    pub(crate) fn states(&self) -> Vec<ExecutionState> {
        self.steps.iter().map(|step| step.state).collect()
    }

    pub(crate) fn in_place(&self, step: usize) -> bool {
        self.effects[step] > self.undone[step]
    }

    fn host_key(&self, host: usize) -> (u8, usize, [bool; 5], Option<bool>) {
        let of = |step: usize, token: u64, undoes: bool| {
            let current = token == self.steps[step].fence;
            [undoes, current, token < self.shown[step], self.owner[step] == Some(host), false]
        };
        match &self.hosts[host] {
            Host::Idle => (0, 0, [false; 5], None),
            Host::Read(step, seen) => {
                let same = seen.version == self.steps[*step].version;
                let open = seen.state == ExecutionState::Approved;
                (1, *step, [same, open, false, false, false], None)
            }
            Host::Acting { step, token, undoes, acted } => {
                let mut key = of(*step, *token, *undoes);
                key[4] = *acted;
                (2, *step, key, None)
            }
            Host::Looking { step, token, undoes, answer } => (3, *step, of(*step, *token, *undoes), *answer),
        }
    }

    /// The order of the tokens of two hosts at one step: it decides whom a fence keeps out.
    fn token_order(&self) -> Option<std::cmp::Ordering> {
        let token = |host: &Host| match host {
            Host::Acting { step, token, .. } | Host::Looking { step, token, .. } => Some((*step, *token)),
            _ => None,
        };
        let (a, b) = (token(&self.hosts[0])?, token(&self.hosts[1])?);
        (a.0 == b.0).then(|| a.1.cmp(&b.1))
    }

    fn key(&self) -> impl Hash + Eq + use<> {
        let step = |step: &Arc<Execution>| {
            let live = step.lease.as_ref().map(|lease| self.now < lease.until);
            (step.state, step.reversal.is_some(), live)
        };
        let steps: Vec<_> = self.steps.iter().map(step).collect();
        let flags = [self.rerun, self.stale_taken, self.out_of_order, self.early_undo];
        let shown: Vec<bool> = self.steps.iter().zip(&self.shown).map(|(s, n)| s.fence == *n).collect();
        let world = (self.effects.clone(), self.undone.clone(), shown, self.was_unknown.clone());
        (steps, world, self.host_key(0), self.host_key(1), self.token_order(), flags, self.crashes)
    }
}

impl Hash for State {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

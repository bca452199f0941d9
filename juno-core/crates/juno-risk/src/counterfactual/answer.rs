use juno_domain::{Probability, SprintSnapshot};
use serde::{Deserialize, Serialize};

use super::Change;
use crate::Prediction;

/// Chances closer than this are the same answer.
const SAME: f64 = 1e-12;
/// A chance that falls by less is not worth a change.
const WORTH_IT: f64 = 0.02;

/// What a model expects of a sprint.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// The chance that less is delivered than is committed.
    pub p_miss: Probability,
    /// The median of what will be delivered, in the snapshot's measure.
    pub delivered: f64,
    /// The commitment, in the same.
    pub committed: f64,
}

/// Which way a change moves the chance of a miss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Sprints that stand like that miss less often.
    Lowers,
    /// Sprints that stand like that miss more often; never said of less work.
    Raises,
    /// Not known to matter: the model gives the same answer either way, because it does not look at this, or has never
    /// seen it vary. That is not the same as no benefit.
    NotKnown,
}

/// What a model expects if a team changes one thing.
///
/// It is the model's answer about a sprint that stands like that and is in all else the same: learned from what goes
/// together, not from trying it out, so no promise of cause and effect. [`caveat`](Self::caveat) says so where it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Counterfactual {
    /// The change.
    pub change: Change,
    /// The change, for people: what to do, with amounts.
    pub what: String,
    /// Which way it moves the chance of a miss.
    pub effect: Effect,
    /// What is expected of the sprint as it stands.
    pub before: Expected,
    /// What is expected of it with the change; `None` where that is not known to matter.
    pub after: Option<Expected>,
    /// For less work: the bound the chance falls below, where it is the least found to do that.
    pub below: Option<Probability>,
    /// How far the answer can be trusted, for people.
    pub caveat: String,
}

impl Expected {
    pub(super) fn of(snapshot: &SprintSnapshot, prediction: &Prediction) -> Self {
        Self {
            p_miss: prediction.p_miss,
            delivered: prediction.delivered,
            committed: snapshot.committed().in_measure(prediction.measure),
        }
    }
}

impl Effect {
    pub(super) fn of(before: Probability, after: Probability) -> Self {
        match after.get() - before.get() {
            change if change.abs() <= SAME => Self::NotKnown,
            change if change < 0.0 => Self::Lowers,
            _ => Self::Raises,
        }
    }
}

impl Counterfactual {
    pub(super) fn new(
        snapshot: &SprintSnapshot,
        change: Change,
        before: Expected,
        after: Expected,
        below: Option<Probability>,
    ) -> Self {
        let effect = Effect::of(before.p_miss, after.p_miss);
        Self {
            change,
            what: change.words(snapshot),
            effect,
            before,
            after: (effect != Effect::NotKnown).then_some(after),
            below,
            caveat: caveat(change, effect),
        }
    }

    /// How far the chance of a miss falls; 0 where it does not, or is not known to.
    #[must_use]
    pub fn benefit(&self) -> f64 {
        self.after.map_or(0.0, |after| (self.before.p_miss.get() - after.p_miss.get()).max(0.0))
    }
}

/// The change to name where there is room for one: the one that lowers the chance most, but of less work only the least
/// amount that brings it below a bound. `None` where nothing lowers it by 0.02 or more.
#[must_use]
pub fn most_useful(changes: &[Counterfactual]) -> Option<&Counterfactual> {
    let less_work = |one: &&Counterfactual| matches!(one.change, Change::RemoveWork { .. });
    let least = changes.iter().find(less_work);
    let others = changes.iter().filter(|one| !less_work(one));
    let worth_it = least.into_iter().chain(others).filter(|one| one.benefit() >= WORTH_IT);
    // Of two alike the first.
    worth_it.fold(None, |best: Option<&Counterfactual>, one| match best {
        Some(best) if best.benefit() >= one.benefit() => Some(best),
        _ => Some(one),
    })
}

fn caveat(change: Change, effect: Effect) -> String {
    let mut text = match effect {
        Effect::Lowers => {
            "what the model expects of sprints that stand like that, not a promise of cause and effect"
        }
        Effect::Raises => {
            "sprints that stand like that missed more often, which does not say that the change does harm"
        }
        Effect::NotKnown => {
            return "not known to matter: the model gives the same answer either way, which does not say that it is no \
                    use"
                .to_owned();
        }
    }
    .to_owned();
    if matches!(change, Change::AddPeople { .. }) {
        text.push_str(
            "; people are counted, not what they can do or how long they take to get into the work",
        );
    }
    text
}

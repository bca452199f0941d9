use std::collections::BTreeMap;

use juno_confidence::{CalibrationMethod, FittedCalibrator, Outcomes};

use super::confidence::Checked;
use super::replay::fitted;
use super::rules::Ground;
use crate::{Experience, ReasoningError};

/// What scores are held against: the decisions recorded with them, action by action and ground by ground, and the replay
/// of history.
pub(super) struct Checks {
    replay: Option<FittedCalibrator>,
    decisions: BTreeMap<(String, &'static str), (FittedCalibrator, Outcomes)>,
}

impl Checks {
    /// Fits what the recorded decisions suffice for. What people say about one action tells nothing about another, nor does
    /// one ground about another: where an action has too few, no other's are borrowed.
    ///
    /// # Errors
    /// If a fit fails for another reason than too few outcomes.
    pub(super) fn learn(
        experience: &Experience,
        method: CalibrationMethod,
        replay: Option<FittedCalibrator>,
    ) -> Result<Self, ReasoningError> {
        let mut decisions = BTreeMap::new();
        for action in experience.pairs.keys() {
            for ground in Ground::ALL {
                let pairs = experience.pairs_of(action, ground.name());
                if let Some(calibrator) = fitted(method, pairs)? {
                    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
                    let right = count(pairs.iter().filter(|(_, right)| *right).count());
                    let outcomes = Outcomes { right, total: count(pairs.len()) };
                    decisions.insert((action.clone(), ground.name()), (calibrator, outcomes));
                }
            }
        }
        Ok(Self { replay, decisions })
    }

    /// What checks the score of an action on a ground; `None` for the action where nothing is to be done.
    pub(super) fn of(&self, action: Option<&str>, ground: Ground) -> Checked<'_> {
        let recorded = action.and_then(|action| self.decisions.get(&(action.to_owned(), ground.name())));
        match (recorded, &self.replay) {
            (Some((calibrator, outcomes)), _) => Checked::Decisions(calibrator, *outcomes),
            (None, Some(replay)) if ground == Ground::Silence => Checked::Replay(replay),
            (None, _) => Checked::Unchecked,
        }
    }
}

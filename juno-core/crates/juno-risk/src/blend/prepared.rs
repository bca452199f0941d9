use std::sync::OnceLock;

use juno_domain::{FinishedSprint, SprintSnapshot};

use super::adaptation::Outcome;
use super::model::{BlendRiskModel, check_open};
use super::rows::seen_at;
use super::stage::StageModel;
use crate::history::{in_order, is_known_before};
use crate::{Prediction, PreparedModel, RiskError, RiskModel, ShrunkHistoryModel, known_before};

type Scored = OnceLock<Result<Option<Outcome>, RiskError>>;

/// A blend with a history. What intervals adapt to is how far each finished sprint ended from its own forecast, and that
/// hangs on the sprint and what was known of it alone: it is worked out once, not for every snapshot that comes after it.
pub(super) struct PreparedBlend<'a> {
    model: &'a BlendRiskModel,
    given: &'a [FinishedSprint],
    history: Vec<&'a FinishedSprint>,
    /// By stage, then by place in `history`.
    outcomes: Vec<Vec<Scored>>,
}

impl<'a> PreparedBlend<'a> {
    pub(super) fn new(model: &'a BlendRiskModel, given: &'a [FinishedSprint]) -> Self {
        let empty = || std::iter::repeat_with(OnceLock::new).take(given.len()).collect();
        let outcomes = model.stages().iter().map(|_| empty()).collect();
        Self { model, given, history: in_order(given.iter()), outcomes }
    }

    fn kept(&self, stage: &StageModel, place: usize) -> Option<&Scored> {
        let nth = self.model.stages().iter().position(|fitted| fitted.stage == stage.stage)?;
        self.outcomes.get(nth)?.get(place)
    }
}

impl PreparedModel for PreparedBlend<'_> {
    fn predict(&self, snapshot: &SprintSnapshot) -> Result<Prediction, RiskError> {
        check_open(snapshot)?;
        let Some(place) = self.model.place(snapshot) else {
            return ShrunkHistoryModel.predict(snapshot, &known_before(snapshot, self.given));
        };
        let (mut known, mut places, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
        for (place, past) in self.history.iter().enumerate() {
            if is_known_before(snapshot, past) {
                known.push(*past);
                places.push(place);
            } else {
                unknown.push(*past);
            }
        }
        self.model.answer(&place, snapshot, &known, |stage, i| {
            let (Some(past), Some(place)) = (known.get(i), places.get(i)) else { return Ok(None) };
            let Some(seen) = seen_at(stage.stage, past) else { return Ok(None) };
            // Odd dates: what was known then is not known now, so what is kept would see more than it may.
            let sees_more = unknown.iter().any(|other| is_known_before(seen, other));
            match self.kept(stage, *place).filter(|_| !sees_more) {
                Some(kept) => kept.get_or_init(|| Outcome::of(stage, past, &self.history)).clone(),
                None => Outcome::of(stage, past, &known),
            }
        })
    }
}

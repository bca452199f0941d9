use juno_domain::{FinishedSprint, SprintSnapshot};

use super::adaptation::Outcome;
use super::model::{BlendRiskModel, Looked, check_open};
use super::prepared::PreparedBlend;
use super::stage::p_miss;
use crate::{Prediction, PreparedModel, RiskError, RiskModel, ShrunkHistoryModel, check_history};

impl RiskModel for BlendRiskModel {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn predict(
        &self,
        snapshot: &SprintSnapshot,
        history: &[FinishedSprint],
    ) -> Result<Prediction, RiskError> {
        check_history(snapshot, history)?;
        check_open(snapshot)?;
        let Some(place) = self.place(snapshot) else { return ShrunkHistoryModel.predict(snapshot, history) };
        let known: Vec<&FinishedSprint> = history.iter().collect();
        self.answer(&place, snapshot, &known, |stage, i| {
            known.get(i).map_or(Ok(None), |past| Outcome::of(stage, past, &known))
        })
    }

    fn predict_quick(
        &self,
        snapshot: &SprintSnapshot,
        history: &[FinishedSprint],
    ) -> Result<Prediction, RiskError> {
        check_history(snapshot, history)?;
        check_open(snapshot)?;
        let Some(place) = self.place(snapshot) else { return ShrunkHistoryModel.predict(snapshot, history) };
        let known: Vec<&FinishedSprint> = history.iter().collect();
        let looked = Looked::at(&place, snapshot, &known)?;
        let p_miss = p_miss(looked.logit(&place)?)?;
        Ok(looked.quick(&place, p_miss, snapshot, &known)?.0)
    }

    fn prepare<'a>(&'a self, history: &'a [FinishedSprint]) -> Box<dyn PreparedModel + 'a> {
        Box::new(PreparedBlend::new(self, history))
    }
}

use juno_domain::{FinishedSprint, Probability, SprintSnapshot};

use crate::{
    Basis, Prediction, RiskError, RiskModel,
    ratios::Ratios,
    standing::{Case, Comparison},
};

/// The naive baseline: the share of earlier sprints that missed, whoever's they are, with one miss and one hit added. It
/// sees nothing of the sprint but its size. A model that does not beat it is worth nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct BaseRateModel;

impl RiskModel for BaseRateModel {
    fn name(&self) -> &str {
        "base_rate"
    }

    fn predict(
        &self,
        snapshot: &SprintSnapshot,
        history: &[FinishedSprint],
    ) -> Result<Prediction, RiskError> {
        let Comparison { measure, committed, done, cases, .. } = Comparison::new(snapshot, history)?;
        let misses = cases.iter().filter(|case| case.missed).count() as f64;
        let ratios = Ratios::new(cases.iter().map(|case| (case.ratio, 1.0)).collect());
        Ok(Prediction {
            p_miss: Probability::new((misses + 1.0) / (cases.len() as f64 + 2.0))?,
            delivered: ratios.delivered(committed, done),
            measure,
            intervals: ratios.intervals(committed, done)?,
            basis: basis(self.name(), &cases),
            attribution: None,
            finish: Vec::new(),
        })
    }
}

pub(crate) fn basis(model: &str, cases: &[Case]) -> Basis {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Basis {
        n_team: count(cases.iter().filter(|case| case.same_team).count()),
        n_pooled: count(cases.len()),
        model: model.to_owned(),
    }
}

use std::sync::Arc;

use juno_domain::{FinishedSprint, Measure, Probability, Progress, SprintSnapshot};

use crate::{
    Basis, Prediction, RiskError, RiskModel, RiskTrainer, TrainingSet, check_history, missed, ratios::Ratios,
};

/// The baseline below all others: every sprint gets the share of the fitted ones, of all projects, that missed, with one
/// miss and one hit added. Its AUC is one half at every stage.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct FittedRate;

const NAME: &str = "base_rate";

impl RiskTrainer for FittedRate {
    fn name(&self) -> &str {
        NAME
    }

    fn train(&self, training: &TrainingSet, _progress: &Progress) -> Result<Arc<dyn RiskModel>, RiskError> {
        let sprints = training.sprints().iter();
        Ok(Arc::new(FittedRateModel { sprints: sprints.map(Outcome::of).collect() }))
    }
}

/// What a fitted sprint had committed at each of its stages, and what it delivered, in points.
struct Outcome {
    committed: Vec<(f64, f64)>,
    delivered: f64,
}

impl Outcome {
    fn of(sprint: &FinishedSprint) -> Self {
        let committed =
            |stage: &SprintSnapshot| (stage.t.get(), stage.committed().in_measure(Measure::Points));
        Self {
            committed: sprint.stages.iter().map(committed).collect(),
            delivered: sprint.delivered.in_measure(Measure::Points),
        }
    }

    /// The commitment at the stage nearest to `t`, the earlier one of two.
    fn committed_near(&self, t: f64) -> Option<f64> {
        let nearest = self.committed.iter().min_by(|a, b| (a.0 - t).abs().total_cmp(&(b.0 - t).abs()));
        nearest.map(|(_, committed)| *committed).filter(|committed| *committed > 0.0)
    }
}

struct FittedRateModel {
    sprints: Vec<Outcome>,
}

impl RiskModel for FittedRateModel {
    fn name(&self) -> &str {
        NAME
    }

    fn predict(
        &self,
        snapshot: &SprintSnapshot,
        history: &[FinishedSprint],
    ) -> Result<Prediction, RiskError> {
        check_history(snapshot, history)?;
        let committed = snapshot.committed().in_measure(Measure::Points);
        if committed <= 0.0 {
            return Err(RiskError::NothingCommitted { sprint: snapshot.sprint });
        }
        let t = snapshot.t.get();
        let outcomes: Vec<(f64, f64)> = self
            .sprints
            .iter()
            .filter_map(|sprint| Some((sprint.committed_near(t)?, sprint.delivered)))
            .collect();
        if outcomes.is_empty() {
            return Err(RiskError::NotEnoughHistory("no sprint with points was fitted on".to_owned()));
        }
        let done = snapshot.done.in_measure(Measure::Points);
        let misses = outcomes.iter().filter(|(committed, delivered)| missed(*delivered, *committed)).count();
        let ratio = |(committed, delivered): &(f64, f64)| ((delivered / committed).min(f64::MAX), 1.0);
        let ratios = Ratios::new(outcomes.iter().map(ratio).collect());
        Ok(Prediction {
            p_miss: Probability::new((misses as f64 + 1.0) / (outcomes.len() as f64 + 2.0))?,
            delivered: ratios.delivered(committed, done),
            measure: Measure::Points,
            intervals: ratios.intervals(committed, done)?,
            basis: Basis {
                n_team: 0,
                n_pooled: u32::try_from(outcomes.len()).unwrap_or(u32::MAX),
                model: NAME.to_owned(),
            },
            attribution: None,
            finish: Vec::new(),
        })
    }
}

use juno_confidence::{Bootstrap, accuracy, auc, bootstrap_interval, brier, log_loss};
use juno_domain::{ErrorKind, Probability, Seed};
use serde::{Deserialize, Serialize};

use super::point_errors::mean;
use crate::RiskError;

/// The level of the bootstrap intervals.
const LEVEL: f64 = 0.95;
/// How many scores are bootstrapped: AUC, Brier, log loss, accuracy.
const SCORES: usize = 4;

/// How far the scores of a model, as means over stages, would move with other sprints: bootstrap over sprints, a sprint at all
/// its stages drawn together. Absent where there are fewer than two sprints, or where a score itself is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// Of the AUC.
    pub auc: Option<Bootstrap>,
    /// Of the Brier score.
    pub brier: Option<Bootstrap>,
    /// Of the log loss.
    pub log_loss: Option<Bootstrap>,
    /// Of the accuracy.
    pub accuracy: Option<Bootstrap>,
}

/// A number with its sampling error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The number itself.
    pub value: f64,
    /// How far it would move with other sprints.
    pub sampling: Option<Bootstrap>,
}

/// The scores of a model less those of a baseline on the same sprints, as means over stages. Their sampling error is paired:
/// both are drawn together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The baseline's name.
    pub baseline: String,
    /// AUC: above 0 is better.
    pub auc: Option<Estimate>,
    /// Brier score: below 0 is better.
    pub brier: Option<Estimate>,
    /// Log loss: below 0 is better.
    pub log_loss: Option<Estimate>,
    /// Accuracy: above 0 is better.
    pub accuracy: Option<Estimate>,
}

/// One model's forecasts at one stage: sprint, chance, whether it missed.
pub(super) type Judged = Vec<(usize, Probability, bool)>;

/// The scores of all models on the same resamples.
pub(super) struct Resampler {
    /// By model, then by stage; each sorted by chance.
    models: Vec<Vec<Judged>>,
    sprints: usize,
    resamples: usize,
    seed: Seed,
    /// By resample, then by model: what has been drawn so far. The same seed draws the same sprints each time.
    drawn: Vec<Vec<[Option<f64>; SCORES]>>,
}

impl Resampler {
    /// For `models`, each with its forecasts by stage, on sprints numbered below `sprints`.
    pub(super) fn new(mut models: Vec<Vec<Judged>>, sprints: usize, resamples: usize, seed: Seed) -> Self {
        // What is drawn from a sorted list in its order is sorted, and quick to rank.
        models.iter_mut().flatten().for_each(|judged| judged.sort_by(|a, b| a.1.get().total_cmp(&b.1.get())));
        Self { models, sprints, resamples, seed, drawn: Vec::new() }
    }

    /// The sampling error of the model at `index`: AUC, Brier, log loss, accuracy.
    pub(super) fn of_model(&mut self, index: usize) -> Result<[Option<Bootstrap>; SCORES], RiskError> {
        self.of_each(|scores, which| *scores.get(index)?.get(which)?)
    }

    /// The sampling error of the differences between the models at `index` and at `baseline`, in the same order.
    pub(super) fn of_difference(
        &mut self,
        index: usize,
        baseline: usize,
    ) -> Result<[Option<Bootstrap>; SCORES], RiskError> {
        self.of_each(|scores, which| {
            let of = |model: usize| *scores.get(model)?.get(which)?;
            Some(of(index)? - of(baseline)?)
        })
    }

    fn of_each(
        &mut self,
        statistic: impl Fn(&[[Option<f64>; SCORES]], usize) -> Option<f64>,
    ) -> Result<[Option<Bootstrap>; SCORES], RiskError> {
        let level = Probability::new(LEVEL)?;
        let mut out = [None; SCORES];
        for (which, slot) in out.iter_mut().enumerate() {
            let Self { models, drawn, .. } = self;
            let mut nth = 0;
            let interval = bootstrap_interval(self.sprints, level, self.resamples, self.seed, |sprints| {
                if drawn.len() == nth {
                    drawn.push(scores_of(models, sprints));
                }
                nth += 1;
                statistic(drawn.get(nth - 1)?, which)
            });
            *slot = match interval {
                Ok(interval) => Some(interval),
                Err(error) if error.kind() == ErrorKind::NotEnoughData => None,
                Err(error) => return Err(error.into()),
            };
        }
        Ok(out)
    }
}

/// The scores of every model on the drawn sprints, as means over stages.
fn scores_of(models: &[Vec<Judged>], drawn: &[usize]) -> Vec<[Option<f64>; SCORES]> {
    let mut times = vec![0_usize; drawn.len()];
    for sprint in drawn {
        if let Some(times) = times.get_mut(*sprint) {
            *times += 1;
        }
    }
    let mut buffer = Vec::new();
    let mut of_stage = |judged: &Judged| {
        buffer.clear();
        for (sprint, p, missed) in judged {
            let times = times.get(*sprint).copied().unwrap_or(0);
            buffer.extend(std::iter::repeat_n((*p, *missed), times));
        }
        [auc(&buffer), brier(&buffer), log_loss(&buffer), accuracy(&buffer, Probability::HALF)]
    };
    let mut of_model = |stages: &Vec<Judged>| {
        let stages: Vec<_> = stages.iter().map(&mut of_stage).collect();
        std::array::from_fn(|which| {
            let values = stages.iter().map(|scores| scores.get(which).copied().flatten());
            mean(values.collect::<Option<Vec<f64>>>()?.into_iter())
        })
    };
    models.iter().map(&mut of_model).collect()
}

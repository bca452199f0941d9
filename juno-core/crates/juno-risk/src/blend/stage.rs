use juno_confidence::{ConformalIntervals, Distribution, nested_set_score};
use juno_domain::Probability;
use juno_learn::{Blend, LearnError, QuantileForest};
use serde::{Deserialize, Serialize};

use super::delivery::agree;
use super::params::BlendParams;
use super::rows::{FOLDS, Rows, WIDTH, matrix};
use super::spread::Spread;
use super::terms::{TERMS, Terms};
use crate::{Features, RiskError};

/// A fit that intervals are judged by has one tree for so many of the model's. On public sprints kept for such choices, coverage moves
/// by .002 from 1 to 10, and ranges grow by one to two parts in a hundred.
const FEWER_TREES: usize = 10;

/// What was fitted for one progress stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StageModel {
    pub(crate) stage: Probability,
    /// Sprints it was fitted on; how many of them missed; how many are counted in points.
    pub(crate) sprints: u32,
    pub(crate) missed: u32,
    pub(crate) in_points: u32,
    /// How its inputs were spread.
    pub(crate) spread: Spread,
    /// The median of what the sprints that missed delivered ÷ committed.
    pub(super) usual_miss: f64,
    learners: Learners,
    /// How far from the middle of forecasts outcomes lay that their fit had not seen.
    pub(super) scores: ConformalIntervals,
}

impl StageModel {
    /// Fits to all rows; `step` is called after each part of the work.
    pub(super) fn fit(
        params: &BlendParams,
        stage: Probability,
        rows: &Rows,
        step: &dyn Fn() -> Result<(), RiskError>,
    ) -> Result<Self, RiskError> {
        let mut scores = Vec::with_capacity(rows.len());
        for fold in 0..FOLDS {
            scores.extend(held_out_scores(params, rows, fold)?);
            step()?;
        }
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let fitted = Self {
            stage,
            sprints: count(rows.len()),
            missed: count(rows.missed.iter().filter(|missed| **missed).count()),
            in_points: count(rows.in_points),
            spread: Spread::of(rows)?,
            usual_miss: rows.usual_miss(),
            learners: Learners::fit(params, rows)?,
            scores: ConformalIntervals::new(scores)?,
        };
        step()?;
        Ok(fitted)
    }

    /// The log odds of a miss.
    pub(crate) fn logit(&self, features: &Features) -> Result<f64, RiskError> {
        self.learners.logit(features)
    }

    /// Adds what each input does to the log odds, times `share`, to `out`; gives the base and the log odds, each times
    /// `share`.
    pub(super) fn explain(
        &self,
        features: &Features,
        share: f64,
        out: &mut [f64; WIDTH],
    ) -> Result<(f64, f64), RiskError> {
        let filled = self.learners.terms.fill(features);
        let terms = self.learners.terms.of(&filled);
        let (mut of_terms, mut of_inputs) = ([0.0; TERMS], [0.0; WIDTH]);
        let (base, logit) = self.learners.blend.explain(&terms, &filled, &mut of_terms, &mut of_inputs)?;
        Terms::by_input(&of_terms, &mut of_inputs);
        for (slot, value) in out.iter_mut().zip(of_inputs) {
            *slot += share * value;
        }
        Ok((share * base, share * logit))
    }

    /// The distribution of delivered ÷ committed, in agreement with the chance of a miss.
    pub(super) fn forecast(&self, features: &Features) -> Result<Distribution, RiskError> {
        self.learners.forecast(features, self.usual_miss)
    }

    /// Refuses what no fit gives.
    pub(super) fn check(&self) -> Result<(), RiskError> {
        let refuse = |what: &str| Err(RiskError::Saved(format!("{what} at stage {}", self.stage.get())));
        if self.missed > self.sprints || self.in_points > self.sprints {
            return refuse("it counts more of some sprints than of all");
        }
        if !(0.0..1.0).contains(&self.usual_miss) {
            return refuse("what a miss delivers is no share below 1");
        }
        if !self.scores.scores().iter().all(|score| (0.0..=0.5).contains(score)) {
            return refuse("a score of its intervals is outside 0 to 0.5");
        }
        Ok(())
    }

    /// Delivered ÷ committed, as sorted values with weights.
    pub(super) fn delivered(&self, features: &Features) -> Result<Vec<(f64, f64)>, RiskError> {
        self.learners.delivered(features)
    }
}

/// How far from the middle of forecasts the outcomes of one part lie, made from the other parts alone: by fewer trees, as what
/// counts is the spread of many outcomes and not one forecast.
fn held_out_scores(params: &BlendParams, rows: &Rows, fold: usize) -> Result<Vec<f64>, RiskError> {
    let (seen, held) = (rows.where_fold(|f| f != fold), rows.where_fold(|f| f == fold));
    let params = BlendParams { n_trees: params.n_trees.div_ceil(FEWER_TREES), ..params.clone() };
    match Learners::fit(&params, &seen) {
        Ok(learners) => learners.scores(&held, seen.usual_miss()),
        // One class only in what is left: nothing can be said of this part.
        Err(RiskError::Learn(LearnError::OneClass { .. } | LearnError::Empty { .. })) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The models themselves, which a fit over part of the rows has as well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, try_from = "Saved")]
struct Learners {
    terms: Terms,
    blend: Blend,
    forest: QuantileForest,
}

impl Learners {
    fn fit(params: &BlendParams, rows: &Rows) -> Result<Self, RiskError> {
        let terms = Terms::learn(&rows.features);
        let filled: Vec<[f64; WIDTH]> = rows.features.iter().map(|row| terms.fill(row)).collect();
        let inputs = matrix(&filled);
        let expanded = matrix(&filled.iter().map(|row| terms.of(row)).collect::<Vec<_>>());
        let logistic = params.logistic().check()?.fit(expanded.view(), &rows.missed, None)?;
        let trees = params.trees().check()?.fit(inputs.view(), &rows.missed, None)?;
        let forest = params.forest().check()?.fit(inputs.view(), &rows.ratios, None)?;
        Ok(Self { terms, blend: Blend::new(logistic, trees, params.mix()?), forest })
    }

    fn logit(&self, features: &Features) -> Result<f64, RiskError> {
        let filled = self.terms.fill(features);
        Ok(self.blend.logit(&self.terms.of(&filled), &filled)?)
    }

    fn delivered(&self, features: &Features) -> Result<Vec<(f64, f64)>, RiskError> {
        Ok(self.forest.distribution(&self.terms.fill(features))?)
    }

    fn forecast(&self, features: &Features, usual_miss: f64) -> Result<Distribution, RiskError> {
        agree(self.delivered(features)?, p_miss(self.logit(features)?)?, usual_miss)
    }

    /// How far from the middle of their forecasts the outcomes of these rows lie.
    fn scores(&self, rows: &Rows, usual_miss: f64) -> Result<Vec<f64>, RiskError> {
        rows.features
            .iter()
            .zip(&rows.ratios)
            .map(|(features, ratio)| {
                let forecast = self.forecast(features, usual_miss)?;
                Ok(nested_set_score(&forecast, *ratio)?)
            })
            .collect()
    }
}

/// The probability of log odds.
pub(crate) fn p_miss(logit: f64) -> Result<Probability, RiskError> {
    Ok(Probability::new(1.0 / (1.0 + (-logit).exp()))?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    terms: Terms,
    blend: Blend,
    forest: QuantileForest,
}

impl TryFrom<Saved> for Learners {
    type Error = RiskError;

    fn try_from(Saved { terms, blend, forest }: Saved) -> Result<Self, RiskError> {
        let widths = [blend.logistic().n_features(), blend.trees().n_features(), forest.n_features()];
        if widths != [TERMS, WIDTH, WIDTH] {
            return Err(RiskError::Saved(format!("its learners see {widths:?} numbers")));
        }
        Ok(Self { terms, blend, forest })
    }
}

#[cfg(test)]
mod tests {
    use juno_domain::Probability;

    use super::*;
    use crate::TrainingSet;
    use crate::testing::{drawn, small_blend};

    /// Sprints of two sorts that can be told apart; in the last part most of the good sort missed, by what `late` says, and
    /// the last one by half.
    fn rows(late: f64) -> Rows {
        let sorts = TrainingSet::new(drawn(1, 2, 5)).unwrap();
        let [bad, good] =
            [0, 1].map(|i| Features::of(&sorts.sprints()[i].stages[2], Probability::HALF, &[]).unwrap());
        let mut rows = Rows::default();
        for fold in 0..FOLDS {
            for nth in 0..if fold == 3 { 90 } else { 30 } {
                let surprise = fold == 3 && nth >= 10;
                let missed = surprise || nth % 3 == 0;
                rows.features.push(if missed && !surprise { bad } else { good });
                rows.missed.push(missed);
                rows.ratios.push(if !missed {
                    1.2
                } else if !surprise {
                    0.4
                } else if nth == 89 {
                    0.5
                } else {
                    late
                });
                rows.folds.push(fold);
            }
        }
        rows
    }

    /// Fault: what a miss usually delivers was taken from all rows, the held-out ones included.
    #[test]
    fn fault_scores_of_held_out_rows_know_the_others_of_them() {
        let score = |late: f64| *held_out_scores(&small_blend(), &rows(late), 3).unwrap().last().unwrap();
        assert_eq!(score(0.3).to_bits(), score(0.9).to_bits());
        assert!(
            rows(0.3).usual_miss() < 0.4 && rows(0.9).usual_miss() > 0.5,
            "they would have been told apart"
        );
    }
}

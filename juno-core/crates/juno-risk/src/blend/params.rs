use std::num::NonZeroUsize;

use juno_domain::Seed;
use juno_learn::{ExtraTreesParams, LogisticParams, MaxFeatures, Mix, QuantileForestParams};
use serde::{Deserialize, Serialize};

use crate::RiskError;

/// Settings of [`BlendRiskModel`](crate::BlendRiskModel), not yet checked.
///
/// The defaults were chosen on earlier sprints of public projects, each judged on sprints and projects its fit had not
/// seen; they lie on a flat optimum.
///
/// | name | default | purpose | range |
/// | --- | --- | --- | --- |
/// | `c` | 0.03 | inverse strength of the logistic's penalty on standardised terms | above 0, at most 1e6 |
/// | `n_trees` | 200 | trees of the Extra-Trees, and of the quantile forest | 1 to 100,000 |
/// | `min_samples_leaf` | 5 | fewest sprints in a leaf of the Extra-Trees | at least 1 |
/// | `delivery_min_samples_leaf` | 8 | fewest sprints in a leaf of the quantile forest | at least 1 |
/// | `max_features` | 0.5 | share of the inputs a node may choose from | above 0, at most 1 |
/// | `tree_weight` | 0.5 | the trees' share of the log odds | 0 to 1 |
/// | `gamma` | 0.02 | how fast intervals adapt to outcomes after the fit; 0 never | 0 to 1 |
/// | `min_sprints` | 60 | fewest sprints a stage is fitted on | at least 20 |
/// | `min_of_each` | 10 | fewest missed, and fewest met, among them | at least 5 |
/// | `seed` | 42 | of all that is drawn at random | any |
/// | `threads` | 1 | at most this many at a time; the result is the same | at least 1 |
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BlendParams {
    /// Inverse strength of the logistic's penalty.
    pub c: f64,
    /// Trees of each forest.
    pub n_trees: usize,
    /// Fewest sprints in a leaf of the Extra-Trees.
    pub min_samples_leaf: usize,
    /// Fewest sprints in a leaf of the quantile forest.
    pub delivery_min_samples_leaf: usize,
    /// Share of the inputs a node may choose from.
    pub max_features: f64,
    /// The trees' share of the log odds.
    pub tree_weight: f64,
    /// How fast intervals adapt.
    pub gamma: f64,
    /// Fewest sprints a stage is fitted on.
    pub min_sprints: usize,
    /// Fewest missed, and fewest met, among them.
    pub min_of_each: usize,
    /// Of all that is drawn at random.
    pub seed: Seed,
    /// At most this many at a time.
    pub threads: NonZeroUsize,
}

impl Default for BlendParams {
    fn default() -> Self {
        Self {
            c: 0.03,
            n_trees: 200,
            min_samples_leaf: 5,
            delivery_min_samples_leaf: 8,
            max_features: 0.5,
            tree_weight: 0.5,
            gamma: 0.02,
            min_sprints: 60,
            min_of_each: 10,
            seed: Seed::default(),
            threads: NonZeroUsize::MIN,
        }
    }
}

impl BlendParams {
    pub(super) fn logistic(&self) -> LogisticParams {
        LogisticParams::default().c(self.c)
    }

    pub(super) fn trees(&self) -> ExtraTreesParams {
        ExtraTreesParams::default()
            .n_trees(self.n_trees)
            .min_samples_leaf(self.min_samples_leaf)
            .max_features(MaxFeatures::Share(self.max_features))
            .seed(self.seed.part(0))
            .threads(self.threads)
    }

    pub(super) fn forest(&self) -> QuantileForestParams {
        QuantileForestParams::default()
            .n_trees(self.n_trees)
            .min_samples_leaf(self.delivery_min_samples_leaf)
            .max_features(MaxFeatures::Share(self.max_features))
            .seed(self.seed.part(1))
            .threads(self.threads)
    }

    pub(super) fn mix(&self) -> Result<Mix, RiskError> {
        Ok(Mix::new(self.tree_weight, Mix::default().clip())?)
    }
}

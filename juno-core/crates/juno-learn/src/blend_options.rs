use std::num::NonZeroUsize;

use juno_domain::Seed;
use serde::{Deserialize, Serialize};

use crate::{BlendClassifier, BlendClassifierParams, ExtraTrees, LearnError, Logistic, MaxFeatures, Mix};

/// Settings of a [`BlendClassifier`] as plain values, the same in every language; what is left out has its default.
///
/// | name | default | purpose | range |
/// | --- | --- | --- | --- |
/// | `c` | 1 | inverse strength of the logistic's penalty | above 0, at most 1e6 |
/// | `n_trees` | 200 | trees | 1 to 100,000 |
/// | `min_samples_leaf` | 3 | fewest rows in a leaf | at least 1 |
/// | `max_depth` | none | most questions from root to leaf | at least 1 |
/// | `max_features` | 0.5 | share of the features a node may choose from | above 0, at most 1 |
/// | `tree_weight` | 0.5 | the trees' share of the log odds | 0 to 1 |
/// | `seed` | 42 | of all that is drawn at random | any |
/// | `threads` | 1 | at most this many at a time; the result is the same | at least 1 |
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BlendOptions {
    /// Inverse strength of the logistic's penalty.
    pub c: f64,
    /// Trees.
    pub n_trees: usize,
    /// Fewest rows in a leaf.
    pub min_samples_leaf: usize,
    /// Most questions from root to leaf.
    pub max_depth: Option<usize>,
    /// Share of the features a node may choose from.
    pub max_features: f64,
    /// The trees' share of the log odds.
    pub tree_weight: f64,
    /// Of all that is drawn at random.
    pub seed: Seed,
    /// At most this many at a time.
    pub threads: NonZeroUsize,
}

impl Default for BlendOptions {
    /// As the table says.
    fn default() -> Self {
        Self {
            c: 1.0,
            n_trees: 200,
            min_samples_leaf: 3,
            max_depth: None,
            max_features: 0.5,
            tree_weight: Mix::default().tree_weight(),
            seed: Seed::default(),
            threads: NonZeroUsize::MIN,
        }
    }
}

impl BlendOptions {
    /// The settings they are.
    ///
    /// # Errors
    /// If `tree_weight` is not from 0 to 1. Everything else is looked at by [`BlendClassifierParams::check`].
    pub fn params(&self) -> Result<BlendClassifierParams, LearnError> {
        let trees = ExtraTrees::params()
            .n_trees(self.n_trees)
            .min_samples_leaf(self.min_samples_leaf)
            .max_depth(self.max_depth)
            .max_features(MaxFeatures::Share(self.max_features))
            .seed(self.seed)
            .threads(self.threads);
        let mix = Mix::new(self.tree_weight, Mix::default().clip())?;
        Ok(BlendClassifier::params().logistic(Logistic::params().c(self.c)).trees(trees).mix(mix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_two_models() {
        assert_eq!(BlendOptions::default().params().unwrap(), BlendClassifier::params());
    }

    #[test]
    fn a_name_that_is_none_is_refused_and_so_is_a_value_out_of_range() {
        assert!(serde_json::from_str::<BlendOptions>(r#"{"trees": 3}"#).is_err());
        assert!(serde_json::from_str::<BlendOptions>(r#"{"threads": 0}"#).is_err());
        let given: BlendOptions = serde_json::from_str(r#"{"n_trees": 3, "tree_weight": 2}"#).unwrap();
        assert_eq!(given.n_trees, 3);
        assert!(given.params().is_err());
    }
}

//! What both ensembles of trees share: their settings, and growing many trees.

use std::num::NonZeroUsize;

use juno_domain::Seed;
use rand::RngCore;

use crate::code::{Code, Coded};
use crate::grow::{Grown, Limits, Splitter, grow};
use crate::table::Table;
use crate::target::Target;
use crate::{LearnError, MaxFeatures, checks, threads};

/// Most trees of an ensemble.
const MOST_TREES: usize = 100_000;

/// Settings both ensembles have.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ensemble {
    pub(crate) n_trees: usize,
    pub(crate) min_samples_leaf: usize,
    pub(crate) max_depth: Option<usize>,
    pub(crate) max_features: MaxFeatures,
    pub(crate) splitter: Splitter,
    pub(crate) bootstrap: bool,
    pub(crate) seed: Seed,
    pub(crate) threads: NonZeroUsize,
}

impl Ensemble {
    pub(crate) fn check(&self) -> Result<(), LearnError> {
        let trees = self.n_trees;
        let fine = (1..=MOST_TREES).contains(&trees);
        checks::parameter("n_trees", trees as f64, fine, "it must be from 1 to 100,000")?;
        let leaf = self.min_samples_leaf;
        checks::parameter("min_samples_leaf", leaf as f64, leaf > 0, "it must be at least 1")?;
        if let Some(depth) = self.max_depth {
            checks::parameter("max_depth", depth as f64, depth > 0, "it must be at least 1")?;
        }
        self.max_features.check()
    }

    /// Whether all nodes can be numbered: a tree over n rows has at most 2n − 1.
    pub(crate) fn check_size(&self, rows: usize) -> Result<(), LearnError> {
        let nodes = rows.saturating_mul(2).saturating_mul(self.n_trees);
        // Half of what u32 counts: features and members are stored as i32 and u32.
        if i32::try_from(nodes).is_ok() {
            Ok(())
        } else {
            Err(LearnError::TooManyNodes { trees: self.n_trees, rows })
        }
    }

    /// The least weight of a leaf: that of `min_samples_leaf` rows, or of as many average ones where weights are below 1 on
    /// average, so that weights which sum to 1 grow trees too.
    fn min_leaf(&self, table: &Table) -> f64 {
        let mean = table.weights.as_ref().map_or(1.0, |all| all.iter().sum::<f64>() / all.len() as f64);
        // Off by a hair: sums of fractions are rounded.
        self.min_samples_leaf as f64 * mean.min(1.0) * (1.0 - 1e-9)
    }

    /// Grows all trees. Tree n draws from its own seed, so that it does not depend on who grew the others.
    pub(crate) fn grow<C: Code, T: Target<C>>(&self, table: &Table, target: &T) -> Vec<Grown> {
        let coded = Coded::<C>::new(table);
        let limits = Limits {
            min_leaf: self.min_leaf(table),
            max_depth: self.max_depth.unwrap_or(usize::MAX),
            candidates: self.max_features.of(table.width),
            splitter: self.splitter,
        };
        threads::map(self.n_trees, self.threads, |tree| {
            let mut dice = self.seed.part(tree as u64).rng();
            let all = table.rows as u32;
            let rows = if self.bootstrap {
                let mut drawn: Vec<u32> =
                    (0..all).map(|_| (((dice.next_u64() >> 32) * u64::from(all)) >> 32) as u32).collect();
                drawn.sort_unstable();
                drawn
            } else {
                (0..all).collect()
            };
            grow(&coded, target, limits, rows, dice)
        })
    }
}

macro_rules! setters {
    ($settings:ident) => {
        /// Number of trees, 1 to 100,000.
        #[must_use]
        pub const fn n_trees(mut self, n_trees: usize) -> Self {
            self.$settings.n_trees = n_trees;
            self
        }

        /// Fewest training rows in a leaf, at least 1. A row with weight 2 counts like two; where weights are below 1 on
        /// average, an average one counts like one row.
        #[must_use]
        pub const fn min_samples_leaf(mut self, rows: usize) -> Self {
            self.$settings.min_samples_leaf = rows;
            self
        }

        /// Most questions from root to leaf, at least 1; `None` is no limit.
        #[must_use]
        pub const fn max_depth(mut self, depth: Option<usize>) -> Self {
            self.$settings.max_depth = depth;
            self
        }

        /// Features a node may choose from.
        #[must_use]
        pub const fn max_features(mut self, features: MaxFeatures) -> Self {
            self.$settings.max_features = features;
            self
        }

        /// Seed of all that is drawn at random.
        #[must_use]
        pub const fn seed(mut self, seed: Seed) -> Self {
            self.$settings.seed = seed;
            self
        }

        /// Threads that grow the trees. The result does not depend on their number.
        #[must_use]
        pub const fn threads(mut self, threads: NonZeroUsize) -> Self {
            self.$settings.threads = threads;
            self
        }
    };
}
pub(crate) use setters;

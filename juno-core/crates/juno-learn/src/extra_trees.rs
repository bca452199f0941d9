use std::num::NonZeroUsize;

use juno_domain::Seed;
use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::ensemble::{Ensemble, setters};
use crate::forest::Forest;
use crate::grow::{Grown, Splitter};
use crate::table::Table;
use crate::target::{Labels, Numbers};
use crate::{LearnError, MaxFeatures, checks, threads};

/// Settings of [`ExtraTrees`], not yet checked.
///
/// | name | default | range |
/// | --- | --- | --- |
/// | `n_trees` | 200 | 1 to 100,000 |
/// | `min_samples_leaf` | 3 | at least 1 |
/// | `max_depth` | none | at least 1 |
/// | `max_features` | half of them | see [`MaxFeatures`] |
/// | `seed` | 42 | any |
/// | `threads` | 1 | at least 1 |
#[derive(Debug, Clone, PartialEq)]
pub struct ExtraTreesParams {
    settings: Ensemble,
}

impl Default for ExtraTreesParams {
    fn default() -> Self {
        Self {
            settings: Ensemble {
                n_trees: 200,
                min_samples_leaf: 3,
                max_depth: None,
                max_features: MaxFeatures::Share(0.5),
                splitter: Splitter::Random,
                bootstrap: false,
                seed: Seed::default(),
                threads: NonZeroUsize::MIN,
            },
        }
    }
}

impl ExtraTreesParams {
    setters!(settings);

    /// Checked settings, which can fit.
    ///
    /// # Errors
    /// If a setting is outside its range.
    pub fn check(self) -> Result<ExtraTreesValidParams, LearnError> {
        self.settings.check()?;
        Ok(ExtraTreesValidParams(self.settings))
    }
}

/// Checked settings of [`ExtraTrees`].
#[derive(Debug, Clone, PartialEq)]
pub struct ExtraTreesValidParams(Ensemble);

impl ExtraTreesValidParams {
    /// Fits to `x` (rows × features) and one label a row; a row with weight 2 counts like two rows.
    /// Neither the order of the rows nor the number of threads changes a bit of the result.
    ///
    /// # Errors
    /// If the matrix is empty, the lengths differ, a number is not finite or beyond ±1e100, a weight is not above 0,
    /// all labels are the same, or there are too many rows and trees to number their nodes.
    pub fn fit(
        &self,
        x: ArrayView2<'_, f64>,
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<ExtraTrees, LearnError> {
        let table = Table::labelled(x, labels, weights)?;
        self.0.check_size(table.rows)?;
        let grown = if table.rows <= i16::MOST { self.grow::<i16>(&table) } else { self.grow::<i32>(&table) };
        let mut forest = Forest::new(table.width);
        for tree in &grown {
            forest.push(&tree.nodes, &tree.values);
        }
        Ok(ExtraTrees { forest })
    }

    fn grow<C: Code>(&self, table: &Table) -> Vec<Grown> {
        match table.weights.as_deref() {
            None => self.0.grow(table, &Labels::<C>::new(&table.y)),
            Some(weights) => self.0.grow::<C, _>(table, &Numbers::new(&table.y, Some(weights))),
        }
    }
}

/// The chance of a label as the mean of many extremely randomised trees
/// ([Geurts, Ernst, Wehenkel 2006](https://doi.org/10.1007/s10994-006-6226-1)).
///
/// Each tree sees all rows. A node draws `max_features` features, and more while all drawn ones are constant in it; for
/// each it draws one threshold uniformly between the least and greatest value, and takes the split with the best gain in
/// Gini impurity that leaves `min_samples_leaf` rows on both sides, or stays a leaf. A leaf's probability is the share of
/// `true` among its training rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved", into = "Saved")]
pub struct ExtraTrees {
    forest: Forest,
}

impl ExtraTrees {
    /// Settings to fit with.
    #[must_use]
    pub fn params() -> ExtraTreesParams {
        ExtraTreesParams::default()
    }

    /// The probability of `true` for one row of [`ExtraTrees::n_features`] numbers.
    ///
    /// # Errors
    /// If the row has another length, or a number in it is not finite or beyond ±1e100.
    pub fn predict(&self, row: &[f64]) -> Result<f64, LearnError> {
        checks::row(row, self.n_features())?;
        Ok(self.predict_checked(row))
    }

    /// [`ExtraTrees::predict`] for every row. The number of threads does not change the result.
    ///
    /// # Errors
    /// As [`ExtraTrees::predict`].
    pub fn predict_many(
        &self,
        x: ArrayView2<'_, f64>,
        threads: NonZeroUsize,
    ) -> Result<Vec<f64>, LearnError> {
        checks::matrix(x, self.n_features())?;
        Ok(threads::rows(x, threads, |row| self.predict_checked(row)))
    }

    /// Writes to `out` what each feature contributed to the probability of one row, and gives the base they start from,
    /// the share of `true` in training: base + sum of `out` = probability, up to rounding.
    ///
    /// At every question on the way to a leaf the share of `true` changes; the change is credited to the feature asked
    /// ([Saabas 2014](http://blog.datadive.net/interpreting-random-forests/)).
    ///
    /// # Errors
    /// As [`ExtraTrees::predict`], or if `out` has another length than the row.
    pub fn contributions(&self, row: &[f64], out: &mut [f64]) -> Result<f64, LearnError> {
        checks::row(row, self.n_features())?;
        checks::length("the list for contributions", out.len(), row.len())?;
        Ok(self.contributions_checked(row, out).0)
    }

    /// The share of `true` in training, which every explanation starts from.
    #[must_use]
    pub fn base(&self) -> f64 {
        self.forest.base()
    }

    /// Features of a row.
    #[must_use]
    pub const fn n_features(&self) -> usize {
        self.forest.width()
    }

    /// Number of trees.
    #[must_use]
    pub fn n_trees(&self) -> usize {
        self.forest.trees()
    }

    /// Nodes of all trees together, leaves included.
    #[must_use]
    pub fn n_nodes(&self) -> usize {
        self.forest.node_count()
    }

    pub(crate) fn predict_checked(&self, row: &[f64]) -> f64 {
        self.forest.mean(row)
    }

    /// The base and the probability.
    pub(crate) fn contributions_checked(&self, row: &[f64], out: &mut [f64]) -> (f64, f64) {
        self.forest.contributions(row, out)
    }
}

#[derive(Clone, Serialize, Deserialize)]
struct Saved {
    forest: Forest,
}

impl From<ExtraTrees> for Saved {
    fn from(trees: ExtraTrees) -> Self {
        Self { forest: trees.forest }
    }
}

impl TryFrom<Saved> for ExtraTrees {
    type Error = LearnError;

    fn try_from(saved: Saved) -> Result<Self, LearnError> {
        if saved.forest.values().iter().all(|value| (0.0..=1.0).contains(value)) {
            Ok(Self { forest: saved.forest })
        } else {
            Err(LearnError::Damaged("a probability of a tree is outside 0 to 1"))
        }
    }
}

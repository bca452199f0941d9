use std::num::NonZeroUsize;

use juno_domain::Seed;
use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::ensemble::{Ensemble, setters};
use crate::forest::Forest;
use crate::grow::{Grown, Splitter};
use crate::table::Table;
use crate::target::{Numbers, Steps};
use crate::{LearnError, MaxFeatures, checks, threads};

/// Settings of [`QuantileForest`], not yet checked.
///
/// | name | default | range |
/// | --- | --- | --- |
/// | `n_trees` | 200 | 1 to 100,000 |
/// | `min_samples_leaf` | 5 | at least 1 |
/// | `max_depth` | none | at least 1 |
/// | `max_features` | half of them | see [`MaxFeatures`] |
/// | `splitter` | random | see [`Splitter`] |
/// | `bootstrap` | no | yes: each tree sees rows drawn with replacement, as many as there are |
/// | `seed` | 42 | any |
/// | `threads` | 1 | at least 1 |
#[derive(Debug, Clone, PartialEq)]
pub struct QuantileForestParams {
    settings: Ensemble,
}

impl Default for QuantileForestParams {
    fn default() -> Self {
        Self {
            settings: Ensemble {
                n_trees: 200,
                min_samples_leaf: 5,
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

impl QuantileForestParams {
    setters!(settings);

    /// How a node finds the threshold of a feature.
    #[must_use]
    pub const fn splitter(mut self, splitter: Splitter) -> Self {
        self.settings.splitter = splitter;
        self
    }

    /// Whether each tree sees its own sample of the rows.
    #[must_use]
    pub const fn bootstrap(mut self, bootstrap: bool) -> Self {
        self.settings.bootstrap = bootstrap;
        self
    }

    /// Checked settings, which can fit.
    ///
    /// # Errors
    /// If a setting is outside its range.
    pub fn check(self) -> Result<QuantileForestValidParams, LearnError> {
        self.settings.check()?;
        Ok(QuantileForestValidParams(self.settings))
    }
}

/// Checked settings of [`QuantileForest`].
#[derive(Debug, Clone, PartialEq)]
pub struct QuantileForestValidParams(Ensemble);

impl QuantileForestValidParams {
    /// Fits to `x` (rows × features) and one outcome a row; a row with weight 2 counts like two rows, except
    /// in drawing a bootstrap sample. Neither the order of the rows nor the number of threads changes a bit of the result. One row is enough: its outcome is then certain.
    ///
    /// # Errors
    /// If the matrix is empty, the lengths differ, a number is not finite or beyond ±1e100, a weight is not above 0, or
    /// there are too many rows and trees to number their nodes.
    pub fn fit(
        &self,
        x: ArrayView2<'_, f64>,
        outcomes: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<QuantileForest, LearnError> {
        let table = Table::new(x, outcomes, weights)?;
        self.0.check_size(table.rows)?;
        let numbers = || Numbers::new(&table.y, table.weights.as_deref());
        let grown = match table.rows <= i16::MOST {
            true if table.weights.is_none() => self.0.grow::<i16, _>(&table, &Steps::new(&table.y)),
            true => self.0.grow::<i16, _>(&table, &numbers()),
            false => self.0.grow::<i32, _>(&table, &numbers()),
        };
        Ok(QuantileForest::new(&table, &grown))
    }
}

/// The distribution of an outcome, as a weighting of the training outcomes by the leaves they share with a new row
/// ([Meinshausen 2006](https://jmlr.org/papers/v7/meinshausen06a.html)).
///
/// Splits remove the most variance. A training row weighs, averaged over trees, its own weight over the weight of all
/// in the leaf that the new row falls into.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved", into = "Saved")]
pub struct QuantileForest {
    forest: Forest,
    /// Ascending, each training row's own.
    outcomes: Vec<f64>,
    /// One for each of `outcomes`, or none if all weigh the same.
    weights: Option<Vec<f64>>,
    /// Where the members of each node start, and the end; only leaves have any.
    starts: Vec<u32>,
    /// Places in `outcomes`, leaf after leaf.
    members: Vec<u32>,
}

impl QuantileForest {
    fn new(table: &Table, grown: &[Grown]) -> Self {
        // Rows of one outcome may differ in weight; the table's own order breaks the tie.
        let mut order: Vec<usize> = (0..table.rows).collect();
        order.sort_by(|&a, &b| table.y[a].total_cmp(&table.y[b]));
        let mut place_of = vec![0_u32; table.rows];
        for (place, &row) in (0_u32..).zip(&order) {
            place_of[row] = place;
        }
        let mut forest = Forest::new(table.width);
        let (mut sizes, mut members) = (Vec::new(), Vec::new());
        for tree in grown {
            forest.push(&tree.nodes, &tree.values);
            sizes.extend_from_slice(&tree.leaf_rows);
            members.extend(tree.rows.iter().map(|&row| place_of[row as usize]));
        }
        Self {
            starts: starts(&forest, &sizes),
            forest,
            outcomes: order.iter().map(|&row| table.y[row]).collect(),
            weights: table.weights.as_ref().map(|weights| order.iter().map(|&row| weights[row]).collect()),
            members,
        }
    }

    /// Settings to fit with.
    #[must_use]
    pub fn params() -> QuantileForestParams {
        QuantileForestParams::default()
    }

    /// The distribution of the outcome for one row of [`QuantileForest::n_features`] numbers: training outcomes, ascending
    /// and each once, with weights above 0 that sum to 1 up to rounding.
    ///
    /// # Errors
    /// If the row has another length, or a number in it is not finite or beyond ±1e100.
    pub fn distribution(&self, row: &[f64]) -> Result<Vec<(f64, f64)>, LearnError> {
        checks::row(row, self.n_features())?;
        Ok(self.distribution_checked(row))
    }

    /// [`QuantileForest::distribution`] for every row. The number of threads does not change the result.
    ///
    /// # Errors
    /// As [`QuantileForest::distribution`].
    pub fn distribution_many(
        &self,
        x: ArrayView2<'_, f64>,
        threads: NonZeroUsize,
    ) -> Result<Vec<Vec<(f64, f64)>>, LearnError> {
        checks::matrix(x, self.n_features())?;
        Ok(threads::rows(x, threads, |row| self.distribution_checked(row)))
    }

    /// The mean of that distribution, without building it.
    ///
    /// # Errors
    /// As [`QuantileForest::distribution`].
    pub fn mean(&self, row: &[f64]) -> Result<f64, LearnError> {
        checks::row(row, self.n_features())?;
        Ok(self.forest.mean(row))
    }

    /// Features of a row.
    #[must_use]
    pub const fn n_features(&self) -> usize {
        self.forest.width()
    }

    /// Training rows.
    #[must_use]
    pub const fn n_outcomes(&self) -> usize {
        self.outcomes.len()
    }

    fn distribution_checked(&self, row: &[f64]) -> Vec<(f64, f64)> {
        let mut shares = vec![0.0; self.outcomes.len()];
        let tree = 1.0 / self.forest.trees() as f64;
        self.forest.each_leaf(row, |leaf| {
            let members = &self.members[self.starts[leaf] as usize..self.starts[leaf + 1] as usize];
            match &self.weights {
                None => {
                    let share = tree / members.len() as f64;
                    members.iter().for_each(|member| shares[*member as usize] += share);
                }
                Some(weights) => {
                    let all: f64 = members.iter().map(|member| weights[*member as usize]).sum();
                    for &member in members {
                        shares[member as usize] += tree * (weights[member as usize] / all);
                    }
                }
            }
        });
        let mut out: Vec<(f64, f64)> = Vec::new();
        for (&outcome, &share) in self.outcomes.iter().zip(&shares) {
            match out.last_mut() {
                Some((last, sum)) if *last == outcome => *sum += share,
                // A share too small for a number is none.
                _ if share > 0.0 => out.push((outcome, share)),
                _ => {}
            }
        }
        out
    }
}

/// Where the members of each node start, from how many each leaf has.
fn starts(forest: &Forest, sizes: &[u32]) -> Vec<u32> {
    let mut sizes = sizes.iter();
    let mut start = 0;
    let mut out = vec![start];
    for is_leaf in forest.leaves() {
        if is_leaf {
            start += sizes.next().copied().unwrap_or(0);
        }
        out.push(start);
    }
    out
}

#[derive(Clone, Serialize, Deserialize)]
struct Saved {
    forest: Forest,
    outcomes: Vec<f64>,
    weights: Option<Vec<f64>>,
    leaf_sizes: Vec<u32>,
    members: Vec<u32>,
}

impl From<QuantileForest> for Saved {
    fn from(model: QuantileForest) -> Self {
        let sizes = model.starts.windows(2).map(|pair| pair[1] - pair[0]);
        let leaf_sizes = model.forest.leaves().zip(sizes).filter(|(leaf, _)| *leaf).map(|(_, size)| size);
        Self {
            leaf_sizes: leaf_sizes.collect(),
            forest: model.forest,
            outcomes: model.outcomes,
            weights: model.weights,
            members: model.members,
        }
    }
}

impl TryFrom<Saved> for QuantileForest {
    type Error = LearnError;

    fn try_from(saved: Saved) -> Result<Self, LearnError> {
        let Saved { forest, outcomes, weights, leaf_sizes, members } = saved;
        let damaged = |what| Err(LearnError::Damaged(what));
        if !outcomes.iter().all(|v| checks::usable(*v)) || !outcomes.is_sorted() {
            return damaged("the outcomes of a quantile forest are not ascending numbers");
        }
        if let Some(weights) = &weights {
            let fine = weights.iter().all(|w| *w > 0.0 && checks::usable(*w));
            if !fine || weights.len() != outcomes.len() {
                return damaged("a quantile forest has not one weight above 0 for each outcome");
            }
        }
        let leaves = forest.leaves().filter(|is_leaf| *is_leaf).count();
        let sum: u64 = leaf_sizes.iter().map(|size| u64::from(*size)).sum();
        if leaf_sizes.len() != leaves
            || leaf_sizes.contains(&0)
            || sum != members.len() as u64
            || u32::try_from(sum).is_err()
        {
            return damaged("the leaves of a quantile forest do not share out its members");
        }
        if members.iter().any(|member| *member as usize >= outcomes.len()) {
            return damaged("a leaf of a quantile forest holds an outcome that does not exist");
        }
        Ok(Self { starts: starts(&forest, &leaf_sizes), forest, outcomes, weights, members })
    }
}

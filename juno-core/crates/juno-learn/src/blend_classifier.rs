use std::num::NonZeroUsize;

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::logistic::sigmoid;
use crate::{
    Blend, ExtraTrees, ExtraTreesParams, ExtraTreesValidParams, LearnError, Logistic, LogisticParams,
    LogisticValidParams, Mix, checks, threads,
};

/// Settings of [`BlendClassifier`], not yet checked: those of its two models and how they are weighed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BlendClassifierParams {
    logistic: LogisticParams,
    trees: ExtraTreesParams,
    mix: Mix,
}

impl BlendClassifierParams {
    /// Settings of the logistic.
    #[must_use]
    pub const fn logistic(mut self, params: LogisticParams) -> Self {
        self.logistic = params;
        self
    }

    /// Settings of the trees.
    #[must_use]
    pub const fn trees(mut self, params: ExtraTreesParams) -> Self {
        self.trees = params;
        self
    }

    /// How they are weighed; default half and half.
    #[must_use]
    pub const fn mix(mut self, mix: Mix) -> Self {
        self.mix = mix;
        self
    }

    /// Checked settings, which can fit.
    ///
    /// # Errors
    /// If a setting of either model is outside its range.
    pub fn check(self) -> Result<BlendClassifierValidParams, LearnError> {
        Ok(BlendClassifierValidParams {
            logistic: self.logistic.check()?,
            trees: self.trees.check()?,
            mix: self.mix,
        })
    }
}

/// Checked settings of [`BlendClassifier`].
#[derive(Debug, Clone, PartialEq)]
pub struct BlendClassifierValidParams {
    logistic: LogisticValidParams,
    trees: ExtraTreesValidParams,
    mix: Mix,
}

impl BlendClassifierValidParams {
    /// Fits both models to `x` (rows × features) and one label a row; a row with weight 2 counts like two rows.
    /// Neither the order of the rows nor the number of threads changes a bit of the result. Two rows of different classes
    /// are enough to fit; with too few rows for `min_samples_leaf` the trees give the share of `true` and the logistic says the rest.
    ///
    /// # Errors
    /// If the matrix is empty, the lengths differ, a number is not finite or beyond ±1e100, a weight is not above 0,
    /// or all labels are the same.
    pub fn fit(
        &self,
        x: ArrayView2<'_, f64>,
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<BlendClassifier, LearnError> {
        let logistic = self.logistic.fit(x, labels, weights)?;
        let trees = self.trees.fit(x, labels, weights)?;
        Ok(BlendClassifier { blend: Blend::new(logistic, trees, self.mix) })
    }
}

/// A [`Blend`] whose two models see the same matrix: matrix in, probabilities out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved", into = "Saved")]
pub struct BlendClassifier {
    blend: Blend,
}

impl BlendClassifier {
    /// Settings to fit with.
    #[must_use]
    pub fn params() -> BlendClassifierParams {
        BlendClassifierParams::default()
    }

    /// The log odds of `true` for one row of [`BlendClassifier::n_features`] numbers.
    ///
    /// # Errors
    /// If the row has another length, or a number in it is not finite or beyond ±1e100.
    pub fn logit(&self, row: &[f64]) -> Result<f64, LearnError> {
        checks::row(row, self.n_features())?;
        Ok(self.blend.logit_checked(row, row))
    }

    /// The probability of `true` for one row.
    ///
    /// # Errors
    /// As [`BlendClassifier::logit`].
    pub fn predict(&self, row: &[f64]) -> Result<f64, LearnError> {
        self.logit(row).map(sigmoid)
    }

    /// Writes to `out` what each feature contributed to the log odds of one row, through both models, and gives the base,
    /// which is the same for every row: base + sum of `out` = log odds, up to rounding.
    ///
    /// # Errors
    /// As [`BlendClassifier::logit`], or if `out` has another length than the row.
    pub fn contributions(&self, row: &[f64], out: &mut [f64]) -> Result<f64, LearnError> {
        checks::row(row, self.n_features())?;
        checks::length("the list for contributions", out.len(), row.len())?;
        Ok(self.contributions_checked(row, out))
    }

    /// [`BlendClassifier::logit`] for every row. The number of threads does not change the result.
    ///
    /// # Errors
    /// As [`BlendClassifier::logit`].
    pub fn logit_many(&self, x: ArrayView2<'_, f64>, threads: NonZeroUsize) -> Result<Vec<f64>, LearnError> {
        checks::matrix(x, self.n_features())?;
        Ok(threads::rows(x, threads, |row| self.blend.logit_checked(row, row)))
    }

    /// [`BlendClassifier::predict`] for every row.
    ///
    /// # Errors
    /// As [`BlendClassifier::logit`].
    pub fn predict_many(
        &self,
        x: ArrayView2<'_, f64>,
        threads: NonZeroUsize,
    ) -> Result<Vec<f64>, LearnError> {
        Ok(self.logit_many(x, threads)?.into_iter().map(sigmoid).collect())
    }

    /// [`BlendClassifier::contributions`] for every row, as a matrix like `x`, and the base that all start from.
    ///
    /// # Errors
    /// As [`BlendClassifier::logit`].
    pub fn contributions_many(
        &self,
        x: ArrayView2<'_, f64>,
        threads: NonZeroUsize,
    ) -> Result<(f64, Array2<f64>), LearnError> {
        checks::matrix(x, self.n_features())?;
        let width = self.n_features();
        let rows = threads::rows(x, threads, |row| {
            let mut out = vec![0.0; width];
            self.contributions_checked(row, &mut out);
            out
        });
        let mut all = Array2::zeros(x.raw_dim());
        all.iter_mut().zip(rows.into_iter().flatten()).for_each(|(to, from)| *to = from);
        Ok((self.base(), all))
    }

    /// The log odds that every explanation starts from.
    #[must_use]
    pub fn base(&self) -> f64 {
        let trees = self.blend.trees().base();
        self.blend.mix().logit(self.blend.logistic().intercept(), trees)
    }

    /// Features of a row.
    #[must_use]
    pub const fn n_features(&self) -> usize {
        self.blend.trees().n_features()
    }

    /// The blend inside.
    #[must_use]
    pub const fn blend(&self) -> &Blend {
        &self.blend
    }

    fn contributions_checked(&self, row: &[f64], out: &mut [f64]) -> f64 {
        let mut linear = vec![0.0; row.len()];
        let base = self.blend.explain_checked(row, row, &mut linear, out).0;
        out.iter_mut().zip(linear).for_each(|(sum, term)| *sum += term);
        base
    }
}

#[derive(Clone, Serialize, Deserialize)]
struct Saved {
    logistic: Logistic,
    trees: ExtraTrees,
    mix: Mix,
}

impl From<BlendClassifier> for Saved {
    fn from(model: BlendClassifier) -> Self {
        let blend = model.blend;
        Self { logistic: blend.logistic().clone(), trees: blend.trees().clone(), mix: blend.mix() }
    }
}

impl TryFrom<Saved> for BlendClassifier {
    type Error = LearnError;

    fn try_from(saved: Saved) -> Result<Self, LearnError> {
        if saved.logistic.n_features() != saved.trees.n_features() {
            return Err(LearnError::Damaged("the two models of a blend have different numbers of features"));
        }
        Ok(Self { blend: Blend::new(saved.logistic, saved.trees, saved.mix) })
    }
}

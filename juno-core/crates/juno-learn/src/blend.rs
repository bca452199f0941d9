use serde::{Deserialize, Serialize};

use crate::logistic::sigmoid;
use crate::{ExtraTrees, LearnError, Logistic, Mix, checks};

/// The mean of the log odds of a [`Logistic`] and of [`ExtraTrees`]: what is smooth and what is not.
///
/// Each model sees its own row, because a linear model often needs more columns than trees do. Where both see the same,
/// [`BlendClassifier`](crate::BlendClassifier) is simpler.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Blend {
    logistic: Logistic,
    trees: ExtraTrees,
    mix: Mix,
}

impl Blend {
    /// Blends two fitted models.
    #[must_use]
    pub const fn new(logistic: Logistic, trees: ExtraTrees, mix: Mix) -> Self {
        Self { logistic, trees, mix }
    }

    /// The log odds of `true`, for the row of each model.
    ///
    /// # Errors
    /// If a row has another length than its model, or a number in it is not finite or beyond ±1e100.
    pub fn logit(&self, linear_row: &[f64], tree_row: &[f64]) -> Result<f64, LearnError> {
        self.check(linear_row, tree_row)?;
        Ok(self.logit_checked(linear_row, tree_row))
    }

    /// The probability of `true`.
    ///
    /// # Errors
    /// As [`Blend::logit`].
    pub fn predict(&self, linear_row: &[f64], tree_row: &[f64]) -> Result<f64, LearnError> {
        self.logit(linear_row, tree_row).map(sigmoid)
    }

    /// Writes what each column of each row contributed to the log odds, and gives the base: base + sum of both lists = log
    /// odds, up to rounding.
    ///
    /// The trees contribute to a probability; on the log odds that is times the slope between base and prediction, so that
    /// a prediction held back by the clip is explained as far as it went.
    ///
    /// # Errors
    /// As [`Blend::logit`], or if a list has another length than its row.
    pub fn contributions(
        &self,
        linear_row: &[f64],
        tree_row: &[f64],
        linear_out: &mut [f64],
        tree_out: &mut [f64],
    ) -> Result<f64, LearnError> {
        Ok(self.explain(linear_row, tree_row, linear_out, tree_out)?.0)
    }

    /// The same, and the log odds beside the base: as [`Blend::logit`] gives them to the last bit, without another walk
    /// through the trees.
    ///
    /// # Errors
    /// As [`Blend::contributions`].
    pub fn explain(
        &self,
        linear_row: &[f64],
        tree_row: &[f64],
        linear_out: &mut [f64],
        tree_out: &mut [f64],
    ) -> Result<(f64, f64), LearnError> {
        self.check(linear_row, tree_row)?;
        checks::length("the list for contributions of the logistic", linear_out.len(), linear_row.len())?;
        checks::length("the list for contributions of the trees", tree_out.len(), tree_row.len())?;
        Ok(self.explain_checked(linear_row, tree_row, linear_out, tree_out))
    }

    /// The linear half.
    #[must_use]
    pub const fn logistic(&self) -> &Logistic {
        &self.logistic
    }

    /// The other half.
    #[must_use]
    pub const fn trees(&self) -> &ExtraTrees {
        &self.trees
    }

    /// How they are weighed.
    #[must_use]
    pub const fn mix(&self) -> Mix {
        self.mix
    }

    fn check(&self, linear_row: &[f64], tree_row: &[f64]) -> Result<(), LearnError> {
        checks::row(linear_row, self.logistic.n_features())?;
        checks::row(tree_row, self.trees.n_features())
    }

    pub(crate) fn logit_checked(&self, linear_row: &[f64], tree_row: &[f64]) -> f64 {
        self.mix.logit(self.logistic.logit_checked(linear_row), self.trees.predict_checked(tree_row))
    }

    /// The base and the log odds.
    pub(crate) fn explain_checked(
        &self,
        linear_row: &[f64],
        tree_row: &[f64],
        linear_out: &mut [f64],
        tree_out: &mut [f64],
    ) -> (f64, f64) {
        let logit = self.logistic.logit_checked(linear_row);
        let intercept = self.logistic.contributions_checked(linear_row, linear_out);
        let (base, probability) = self.trees.contributions_checked(tree_row, tree_out);
        let (linear_factor, tree_factor) =
            (1.0 - self.mix.tree_weight(), self.mix.tree_factor(base, probability));
        linear_out.iter_mut().for_each(|value| *value *= linear_factor);
        tree_out.iter_mut().for_each(|value| *value *= tree_factor);
        (self.mix.logit(intercept, base), self.mix.logit(logit, probability))
    }
}

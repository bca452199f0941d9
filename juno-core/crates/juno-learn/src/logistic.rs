use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::newton::{self, Problem};
use crate::table::Table;
use crate::{LearnError, checks};

/// Settings of [`Logistic`], not yet checked.
///
/// | name | default | range |
/// | --- | --- | --- |
/// | `c` | 1 | above 0, at most 1e6; inverse strength of the penalty, as `C` in scikit-learn |
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogisticParams {
    c: f64,
}

impl Default for LogisticParams {
    fn default() -> Self {
        Self { c: 1.0 }
    }
}

impl LogisticParams {
    /// Inverse strength of the penalty: the fit minimises log loss summed over rows plus |weights|² / (2 c).
    #[must_use]
    pub const fn c(mut self, c: f64) -> Self {
        self.c = c;
        self
    }

    /// Checked settings, which can fit.
    ///
    /// # Errors
    /// If a setting is outside its range.
    pub fn check(self) -> Result<LogisticValidParams, LearnError> {
        let fine = self.c > 0.0 && self.c <= 1e6;
        checks::parameter("c", self.c, fine, "it must be above 0 and at most 1e6")?;
        Ok(LogisticValidParams(self))
    }
}

/// Checked settings of [`Logistic`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogisticValidParams(LogisticParams);

impl LogisticValidParams {
    /// Fits to `x` (rows × features) and one label a row; a row with weight 2 counts like two rows. The order of the rows
    /// does not change a bit of the result. With fewer rows than features the penalty decides between the fits that are
    /// equally good.
    ///
    /// # Errors
    /// If the matrix is empty, the lengths differ, a number is not finite or beyond ±1e100, a weight is not above 0, all
    /// labels are the same, or weights are so far apart that no fit is found.
    pub fn fit(
        &self,
        x: ArrayView2<'_, f64>,
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<Logistic, LearnError> {
        let table = Table::labelled(x, labels, weights)?;
        let scales: Vec<Option<Scale>> = (0..table.width).map(|column| Scale::of(&table, column)).collect();
        let kept: Vec<usize> = (0..table.width).filter(|column| scales[*column].is_some()).collect();
        let mut standard = Vec::with_capacity(table.rows * (kept.len() + 1));
        for row in table.x.chunks_exact(table.width) {
            standard
                .extend(row.iter().zip(&scales).filter_map(|(v, scale)| scale.map(|scale| scale.apply(*v))));
            standard.push(1.0);
        }
        let problem = Problem {
            x: &standard,
            columns: kept.len() + 1,
            y: &table.y,
            weights: table.weights.as_deref(),
            penalty: 1.0 / self.0.c,
        };
        let mut found = newton::minimise(&problem).ok_or(LearnError::NotConverged)?;
        let intercept = found.pop().unwrap_or_default();
        let mut model = Logistic {
            weights: vec![0.0; table.width],
            means: scales.iter().map(|s| s.map_or(0.0, |s| s.mean)).collect(),
            deviations: scales.iter().map(|s| s.map_or(1.0, |s| s.deviation)).collect(),
            intercept,
        };
        for (column, weight) in kept.into_iter().zip(found) {
            model.weights[column] = weight;
        }
        if model.is_finite() { Ok(model) } else { Err(LearnError::NotConverged) }
    }
}

/// Where a column is centred and how wide it is.
#[derive(Debug, Clone, Copy)]
struct Scale {
    mean: f64,
    deviation: f64,
}

impl Scale {
    /// None for a column that is constant, or so nearly that its variance vanishes.
    fn of(table: &Table, column: usize) -> Option<Self> {
        let first = table.x[column];
        if table.column(column).all(|v| v == first) {
            return None;
        }
        let weight = |row: usize| table.weights.as_ref().map_or(1.0, |weights| weights[row]);
        let all: f64 = (0..table.rows).map(weight).sum();
        let mean_of = |f: &dyn Fn(f64) -> f64| {
            table.column(column).enumerate().map(|(row, v)| weight(row) * f(v)).sum::<f64>() / all
        };
        let mean = mean_of(&|v| v);
        let variance = mean_of(&|v| (v - mean) * (v - mean));
        let deviation = variance.sqrt();
        (deviation >= 1e-154).then_some(Self { mean, deviation })
    }

    fn apply(self, value: f64) -> f64 {
        (value - self.mean) / self.deviation
    }
}

/// Logistic regression with an L2 penalty on standardised inputs.
///
/// Mean and deviation of each feature are learned in fitting; the intercept is not penalised; a feature that is constant
/// in training has weight 0. The minimum is found by Newton's method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved", into = "Saved")]
pub struct Logistic {
    weights: Vec<f64>,
    means: Vec<f64>,
    deviations: Vec<f64>,
    intercept: f64,
}

impl Logistic {
    /// Settings to fit with.
    #[must_use]
    pub fn params() -> LogisticParams {
        LogisticParams::default()
    }

    /// The log odds of `true` for one row of [`Logistic::n_features`] numbers.
    ///
    /// # Errors
    /// If the row has another length, or a number in it is not finite or beyond ±1e100.
    pub fn logit(&self, row: &[f64]) -> Result<f64, LearnError> {
        checks::row(row, self.n_features())?;
        Ok(self.logit_checked(row))
    }

    /// The probability of `true` for one row.
    ///
    /// # Errors
    /// As [`Logistic::logit`].
    pub fn predict(&self, row: &[f64]) -> Result<f64, LearnError> {
        self.logit(row).map(sigmoid)
    }

    /// Writes to `out` what each feature contributed to the log odds of one row, its weight times its distance from the
    /// mean in deviations, and gives the base, the log odds at the mean of all features: base + sum of `out` = log odds.
    ///
    /// # Errors
    /// As [`Logistic::logit`], or if `out` has another length than the row.
    pub fn contributions(&self, row: &[f64], out: &mut [f64]) -> Result<f64, LearnError> {
        checks::row(row, self.n_features())?;
        checks::length("the list for contributions", out.len(), row.len())?;
        Ok(self.contributions_checked(row, out))
    }

    /// Features of a row.
    #[must_use]
    pub const fn n_features(&self) -> usize {
        self.weights.len()
    }

    /// The weight of each standardised feature.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The log odds at the mean of all features.
    #[must_use]
    pub const fn intercept(&self) -> f64 {
        self.intercept
    }

    pub(crate) fn logit_checked(&self, row: &[f64]) -> f64 {
        self.intercept + self.terms(row).sum::<f64>()
    }

    pub(crate) fn contributions_checked(&self, row: &[f64], out: &mut [f64]) -> f64 {
        out.iter_mut().zip(self.terms(row)).for_each(|(to, term)| *to = term);
        self.intercept
    }

    fn terms(&self, row: &[f64]) -> impl Iterator<Item = f64> {
        let scales = self.means.iter().zip(&self.deviations);
        row.iter().zip(scales).zip(&self.weights).map(|((v, (mean, sd)), weight)| weight * ((v - mean) / sd))
    }

    fn is_finite(&self) -> bool {
        let numbers = self.weights.iter().chain(&self.means).chain(&self.deviations);
        numbers.chain([&self.intercept]).all(|v| v.is_finite())
    }
}

/// The probability of log odds.
pub(crate) fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

#[derive(Clone, Serialize, Deserialize)]
struct Saved {
    weights: Vec<f64>,
    means: Vec<f64>,
    deviations: Vec<f64>,
    intercept: f64,
}

impl From<Logistic> for Saved {
    fn from(model: Logistic) -> Self {
        let Logistic { weights, means, deviations, intercept } = model;
        Self { weights, means, deviations, intercept }
    }
}

impl TryFrom<Saved> for Logistic {
    type Error = LearnError;

    fn try_from(saved: Saved) -> Result<Self, LearnError> {
        let Saved { weights, means, deviations, intercept } = saved;
        if weights.is_empty() || weights.len() != means.len() || weights.len() != deviations.len() {
            return Err(LearnError::Damaged(
                "a logistic model has not one weight, mean and deviation a feature",
            ));
        }
        let model = Self { weights, means, deviations, intercept };
        // Within these bounds no row that is taken makes the log odds overflow.
        let steep = model.weights.iter().chain([&model.intercept]).any(|weight| weight.abs() > 1e50);
        let narrow = model.deviations.iter().any(|deviation| *deviation < 1e-154);
        if steep || narrow || !model.is_finite() {
            return Err(LearnError::Damaged("a number of a logistic model is out of range"));
        }
        Ok(model)
    }
}

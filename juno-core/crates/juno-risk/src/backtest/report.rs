use juno_domain::{Probability, Seed};
use serde::{Deserialize, Serialize};

use super::case::{BacktestCase, CasePrediction};
use super::sampling::{Difference, Sampling};
use super::scores::{Scores, StageScores};
use super::split::Part;

/// What a backtest found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BacktestReport {
    /// What was evaluated, and what models were fitted on before.
    pub protocol: Protocol,
    /// Where random numbers started.
    pub seed: Seed,
    /// How many resamples the sampling error rests on.
    pub resamples: u32,
    /// Each fit with its evaluation.
    pub folds: Vec<FoldReport>,
    /// The stages that were evaluated, by rising `t`.
    pub stages: Vec<StageReport>,
    /// The baselines, then the candidates, in the order they were given.
    pub models: Vec<ModelReport>,
    /// Every evaluated sprint at every stage: by fold, project, time of the sprint, then `t`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<BacktestCase>,
}

/// What was evaluated, and what models were fitted on before.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// A part by shares of each project's estimated sprints, fitted on the parts before it.
    Shares {
        /// The part that was evaluated.
        evaluated: Part,
    },
    /// A part as it was given, fitted on the parts before it.
    Given {
        /// The part that was evaluated.
        evaluated: Part,
    },
    /// Blocks one after the other, each fitted on all before it.
    Rolling {
        /// How many blocks.
        folds: u32,
        /// The share that was only fitted on.
        first: Probability,
    },
    /// Blocks one after the other behind given sprints, each fitted on all before it.
    Later {
        /// How many blocks.
        folds: u32,
    },
    /// All sprints, fitted on other data. The reference of the standardised accuracy is then each sprint's own project: the
    /// results of its earlier sprints.
    OtherData,
}

/// A fit with its evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoldReport {
    /// Estimated sprints that were fitted on.
    pub fitted: u32,
    /// Sprints that were evaluated at one stage or more.
    pub evaluated: u32,
    /// Sprints before the evaluated ones that were not yet over when the first of those was seen, and so left out of the fit.
    pub left_out: u32,
}

/// A stage that was evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StageReport {
    /// Elapsed share of the planned time.
    pub t: Probability,
    /// How many sprints had points committed then.
    pub n: u32,
    /// How many projects these are of.
    pub projects: u32,
    /// The share of them that missed.
    pub base_rate: Probability,
}

/// A fold a model could not be fitted for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotFitted {
    /// The fold, from 0.
    pub fold: u32,
    /// What was missing.
    pub reason: String,
}

/// How good one model was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelReport {
    /// Its name.
    pub name: String,
    /// Whether it is one of the naive baselines that always stand beside.
    pub baseline: bool,
    /// The folds whose sprints were too few to fit it; `shrunk_history` answered for it there.
    pub not_fitted: Vec<NotFitted>,
    /// Its scores at each of the report's stages.
    pub stages: Vec<StageScores>,
    /// Their mean over the stages.
    pub mean: Scores,
    /// The sampling error of that mean.
    pub sampling: Sampling,
    /// How it differs from each baseline before it.
    pub against: Vec<Difference>,
    /// What it said about each of the report's cases, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub predictions: Vec<CasePrediction>,
}

impl BacktestReport {
    /// The model of this name.
    #[must_use]
    pub fn model(&self, name: &str) -> Option<&ModelReport> {
        self.models.iter().find(|model| model.name == name)
    }

    /// Every case with what the model of this name said about it; nothing for an unknown name.
    pub fn predicted(&self, name: &str) -> impl Iterator<Item = (&BacktestCase, &CasePrediction)> {
        let predictions = self.model(name).map_or(&[][..], |model| &model.predictions);
        self.cases.iter().zip(predictions)
    }

    /// The same without cases and predictions: only what they add up to.
    #[must_use]
    pub fn without_cases(mut self) -> Self {
        self.cases.clear();
        self.models.iter_mut().for_each(|model| model.predictions.clear());
        self
    }
}

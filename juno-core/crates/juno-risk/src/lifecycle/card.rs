use std::fmt;

use chrono::{DateTime, Utc};
use juno_confidence::Bootstrap;
use juno_domain::{Digest, Probability};
use serde::{Deserialize, Serialize};

use super::limits::limits;
use super::page::{self, Block, decimal, percent};
use super::schema::feature_schema;
use crate::backtest::{BacktestReport, ModelReport};
use crate::{BlendParams, BlendRiskModel, DataSummary, Input, RiskCategory};

/// What a fitted model is, what it was made of, how good it is and what it cannot do
/// ([Mitchell et al. 2019](https://arxiv.org/abs/1810.03993)). `Display` gives a text for people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// The model's name.
    pub model: String,
    /// When it was fitted, where somebody said so.
    pub trained_at: Option<DateTime<Utc>>,
    /// The digest of the inputs it understands; see [`feature_schema`].
    pub schema: Digest,
    /// What it was fitted on.
    pub data: DataSummary,
    /// What it was fitted on at each stage, by rising `t`.
    pub stages: Vec<CardStage>,
    /// The settings it was fitted with.
    pub settings: BlendParams,
    /// What it looks at.
    pub inputs: Vec<CardInput>,
    /// How models that were fitted the same way forecast later sprints, where that was measured.
    pub scores: Option<BacktestReport>,
    /// What it cannot do, in plain words.
    pub limits: Vec<String>,
}

/// What a model was fitted on at one stage.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CardStage {
    /// Elapsed share of the planned time.
    pub t: Probability,
    /// Sprints.
    pub sprints: u32,
    /// How many of them missed.
    pub missed: u32,
    /// How many of them are counted in points; the others are counted in issues.
    pub in_points: u32,
}

/// One input of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardInput {
    /// Which.
    pub input: Input,
    /// The category of the risk index it belongs to.
    pub category: RiskCategory,
    /// What it says.
    pub description: String,
}

impl BlendRiskModel {
    /// The model's card.
    #[must_use]
    pub fn card(&self) -> ModelCard {
        let stage = |stage: &crate::blend::StageModel| CardStage {
            t: stage.stage,
            sprints: stage.sprints,
            missed: stage.missed,
            in_points: stage.in_points,
        };
        let input = |input: &Input| CardInput {
            input: *input,
            category: input.category(),
            description: input.description().to_owned(),
        };
        ModelCard {
            model: Self::NAME.to_owned(),
            trained_at: self.trained_at(),
            schema: feature_schema(),
            data: self.data().clone(),
            stages: self.stages().iter().map(stage).collect(),
            settings: self.params().clone(),
            inputs: Input::ALL.iter().map(input).collect(),
            scores: self.scores().cloned(),
            limits: limits(self),
        }
    }
}

impl ModelCard {
    /// The card as Markdown.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        page::markdown(&self.blocks())
    }

    fn blocks(&self) -> Vec<Block> {
        let mut out = vec![Block::Title(format!("Model card: {}", self.model)), Block::List(self.facts())];
        let cells = |row: [&str; 4]| row.map(str::to_owned).to_vec();
        let mut rows = vec![cells(["fitted at", "sprints", "missed", "in points"])];
        for CardStage { t, sprints, missed, in_points } in &self.stages {
            let share = percent(f64::from(*missed) / f64::from((*sprints).max(1)));
            rows.push(vec![percent(t.get()), sprints.to_string(), share, in_points.to_string()]);
        }
        out.push(Block::Table(rows));
        out.push(Block::Title("Scores".to_owned()));
        match &self.scores {
            Some(report) => out.extend(scores(report, &self.model)),
            None => out.push(Block::Text("Not measured.".to_owned())),
        }
        out.extend([Block::Title("Limits".to_owned()), Block::List(self.limits.clone())]);
        out.push(Block::Title("Inputs".to_owned()));
        let line =
            |of: &CardInput| format!("{} ({}): {}", of.input.name(), of.category.name(), of.description);
        out.push(Block::List(self.inputs.iter().map(line).collect()));
        out
    }

    fn facts(&self) -> Vec<String> {
        let DataSummary { sprints, projects, teams, first, last, ids, digest } = &self.data;
        let day = |at: &DateTime<Utc>| at.format("%Y-%m-%d").to_string();
        let mut facts = Vec::new();
        facts.extend(self.trained_at.map(|at| format!("trained: {}", at.format("%Y-%m-%d %H:%M UTC"))));
        facts.push(format!("data: {sprints} finished sprints, {projects} projects, {teams} teams"));
        facts.push(match (first, last) {
            (Some(first), Some(last)) => format!("from {} to {}", day(first), day(last)),
            _ => {
                let range = |(project, low, high): &_| format!("{project} {low} to {high}");
                let shown: Vec<String> = ids.iter().take(5).map(range).collect();
                let more = if ids.len() > shown.len() { ", …" } else { "" };
                format!("sprint ids: {}{more}", shown.join(", "))
            }
        });
        facts.push(format!("data digest: {digest}"));
        facts.push(format!("feature schema: {}", self.schema));
        let BlendParams { c, n_trees, min_samples_leaf, max_features, tree_weight, seed, .. } =
            &self.settings;
        facts.push(format!(
            "logistic regression (c {c}) and {n_trees} extremely randomised trees (leaves of {min_samples_leaf}, \
             {max_features} of the inputs) blended on the log odds, trees {tree_weight}; seed {}",
            seed.0
        ));
        facts
    }
}

impl fmt::Display for ModelCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&page::text(&self.blocks()))
    }
}

/// What a backtest found: the model by stage, then all models on average.
pub(super) fn scores(report: &BacktestReport, model: &str) -> Vec<Block> {
    let evaluated: u64 = report.folds.iter().map(|fold| u64::from(fold.evaluated)).sum();
    let blocks = match report.folds.len() {
        1 => "1 block".to_owned(),
        n => format!("{n} blocks"),
    };
    let mut out = vec![Block::Text(format!(
        "{evaluated} sprints in {blocks}, each forecast by a fit on what was over before it.",
    ))];
    let cells = |row: &[&str]| row.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    if let Some(of) = report.model(model) {
        let mut rows = vec![cells(&[
            "at",
            "n",
            "AUC",
            "Brier",
            "log loss",
            "ECE",
            "ECE by chance",
            "80 % held",
            "90 % held",
        ])];
        for (stage, scores) in report.stages.iter().zip(&of.stages) {
            let scores = &scores.scores;
            let band = scores.ece_band.map(|of| format!("{:.3} to {:.3}", of.band.lower(), of.band.upper()));
            let held = |level: f64| {
                let of = scores.intervals.iter().find(|of| (of.level.get() - level).abs() < 1e-9);
                decimal(of.map(|of| of.coverage))
            };
            rows.push(vec![
                percent(stage.t.get()),
                stage.n.to_string(),
                decimal(scores.auc),
                decimal(scores.brier),
                decimal(scores.log_loss),
                decimal(scores.ece),
                band.unwrap_or_else(|| decimal(None)),
                held(0.8),
                held(0.9),
            ]);
        }
        out.push(Block::Table(rows));
    }
    let mut rows = vec![cells(&["mean over stages", "AUC", "Brier", "log loss", "ECE"])];
    rows.extend(report.models.iter().rev().map(mean_row));
    out.push(Block::Table(rows));
    out.push(Block::Text("In brackets: 95 % intervals, bootstrap over sprints.".to_owned()));
    out
}

fn mean_row(model: &ModelReport) -> Vec<String> {
    let with = |value: Option<f64>, spread: &Option<Bootstrap>| match (value, spread) {
        (Some(value), Some(of)) => {
            format!("{value:.3} ({:.3} to {:.3})", of.interval.lower(), of.interval.upper())
        }
        _ => decimal(value),
    };
    let (mean, sampling) = (&model.mean, &model.sampling);
    vec![
        model.name.clone(),
        with(mean.auc, &sampling.auc),
        with(mean.brier, &sampling.brier),
        with(mean.log_loss, &sampling.log_loss),
        decimal(mean.ece),
    ]
}

#[cfg(test)]
#[path = "tests/card.rs"]
mod tests;

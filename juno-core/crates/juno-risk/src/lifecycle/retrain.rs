use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use juno_domain::{ErrorKind, FinishedSprint, Probability, Progress, ProjectKey, SprintId};
use serde::{Deserialize, Serialize};

use super::page::{self, Block, decimal};
use super::paired::brier_difference;
use crate::backtest::{Backtest, BacktestReport, Estimate, Split, is_estimated};
use crate::history::is_known_before;
use crate::{BlendRiskModel, BlendTrainer, RiskError, RiskModel, RiskTrainer, TrainingSet};

/// Fewest sprints two models are compared on.
const FEWEST: usize = 30;
/// Blocks of a rolling evaluation, and the share that is only fitted on.
const BLOCKS: u32 = 3;
const FIRST: f64 = 0.5;
/// One part in so many of the sprints a model has seen may be missing from what the next one is fitted on.
const MAY_BE_GONE: usize = 10;
/// The names the two stand under in the report.
const BEFORE: &str = "before";
const AFTER: &str = "after";

/// Whether a model that is trained anew should take the place of the one there is, and why. `Display` gives a text for people.
///
/// The rule: on sprints that the old model has not seen and that came after those it has, its forecasts stand beside those of
/// models trained like the new one, each on what was over before the sprint (rolling origin, three blocks). Where there are
/// fewer than 30 such sprints and the settings differ, models with the old and the new settings are compared on the later half
/// of the new data instead. The new one is *worse* if the whole 95 % interval of the difference in Brier score (paired
/// bootstrap over sprints) is above 0; so one in forty equally good ones is refused. Scores cannot show what is missing, so
/// data that lack more than a tenth of the sprints the old model has seen are refused as well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Retraining {
    /// What changed in the data.
    pub data: DataChange,
    /// Which settings changed.
    pub settings: Vec<SettingChange>,
    /// Old and new side by side, where they could be compared.
    pub comparison: Option<SideBySide>,
    /// What follows.
    pub verdict: Verdict,
}

/// What changed in the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataChange {
    /// Sprints the old model has seen.
    pub before: u32,
    /// Sprints there are now.
    pub after: u32,
    /// Sprints that are new.
    pub added: u32,
    /// Sprints the old model has seen that are not there any more.
    pub gone: u32,
}

/// A setting that changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SettingChange {
    /// Its name.
    pub name: String,
    /// What it was.
    pub before: String,
    /// What it is.
    pub after: String,
}

/// What two models are compared on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// The old model itself and models trained like the new one, on sprints after those the old one has seen.
    LaterSprints,
    /// Models with the old and with the new settings, on the later half of the new data.
    Settings,
}

/// Old and new on the same sprints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SideBySide {
    /// What was compared.
    pub compared: Compared,
    /// On how many sprints.
    pub sprints: u32,
    /// Their scores, under the names `before` and `after`, with the baselines; without its cases.
    pub report: BacktestReport,
    /// The Brier score after less that before: below 0 is better. With its 95 % interval.
    pub brier: Estimate,
}

/// Whether the new model should take the old one's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It forecasts better, beyond chance.
    Better,
    /// Neither is better beyond chance.
    NoWorse,
    /// There is too little to compare them on.
    NotCompared,
    /// It forecasts worse, beyond chance.
    Worse,
    /// It would be fitted on much less than the old one.
    LessData,
}

impl Verdict {
    /// Whether the new model may take the old one's place without anybody insisting.
    #[must_use]
    pub const fn may_replace(self) -> bool {
        match self {
            Self::Better | Self::NoWorse | Self::NotCompared => true,
            Self::Worse | Self::LessData => false,
        }
    }

    /// In words.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Better => "the new model forecasts better, beyond chance",
            Self::NoWorse => "neither model is better beyond chance",
            Self::NotCompared => "there are too few later sprints to compare the models on",
            Self::Worse => "the new model forecasts worse, beyond chance",
            Self::LessData => "the new data lack more than a tenth of the sprints the old model has seen",
        }
    }
}

impl BlendTrainer {
    /// How models trained like this forecast the later half of the sprints, in three blocks, each from a fit on what was over
    /// before it: the scores of a card.
    ///
    /// # Errors
    /// As [`Backtest::run`].
    pub fn score(
        &self,
        training: &TrainingSet,
        backtest: &Backtest,
        progress: &Progress,
    ) -> Result<BacktestReport, RiskError> {
        backtest.run(training, &rolling()?, &[self], progress)
    }

    /// Whether a model trained like this on `training` should take the place of `before`.
    ///
    /// # Errors
    /// As [`Backtest::run`], but for want of sprints: then the models are not compared.
    pub fn compare(
        &self,
        before: &Arc<BlendRiskModel>,
        training: &TrainingSet,
        backtest: &Backtest,
        progress: &Progress,
    ) -> Result<Retraining, RiskError> {
        let data = data_change(before, training);
        let settings = setting_changes(before, self)?;
        let after = Named { name: AFTER, trainer: self };
        let later = later(before, training);
        let comparison = if later.len() >= FEWEST {
            let keys = training.sprints().iter().map(key);
            let earlier = keys.filter(|key| !later.contains(key)).collect();
            let split = Split::Later { earlier, folds: BLOCKS };
            let candidates: [&dyn RiskTrainer; 2] = [&Kept(before.clone()), &after];
            let report = backtest.run(training, &split, &candidates, progress);
            side_by_side(Compared::LaterSprints, report)?
        } else if settings.is_empty() {
            None
        } else {
            let old = before.params().clone().check()?;
            let candidates: [&dyn RiskTrainer; 2] = [&Named { name: BEFORE, trainer: &old }, &after];
            let report = backtest.run(training, &rolling()?, &candidates, progress);
            side_by_side(Compared::Settings, report)?
        };
        let verdict = match &comparison {
            _ if data.gone as usize * MAY_BE_GONE > data.before as usize => Verdict::LessData,
            Some(SideBySide { brier: Estimate { sampling: Some(sampling), .. }, .. }) => {
                match sampling.interval {
                    interval if interval.lower() > 0.0 => Verdict::Worse,
                    interval if interval.upper() < 0.0 => Verdict::Better,
                    _ => Verdict::NoWorse,
                }
            }
            _ => Verdict::NotCompared,
        };
        Ok(Retraining { data, settings, comparison, verdict })
    }
}

fn rolling() -> Result<Split, RiskError> {
    Ok(Split::Rolling { folds: BLOCKS, first: Probability::new(FIRST)? })
}

fn key(sprint: &FinishedSprint) -> (ProjectKey, SprintId) {
    (sprint.project.clone(), sprint.sprint)
}

fn data_change(before: &BlendRiskModel, training: &TrainingSet) -> DataChange {
    let (then, now) = (before.fitted_on(), training.sprints().iter().map(key).collect::<BTreeSet<_>>());
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    DataChange {
        before: count(then.len()),
        after: count(now.len()),
        added: count(now.difference(&then).count()),
        gone: count(then.difference(&now).count()),
    }
}

/// Every setting that differs, but for the number of threads, which changes nothing.
fn setting_changes(before: &BlendRiskModel, after: &BlendTrainer) -> Result<Vec<SettingChange>, RiskError> {
    let json = |params: &crate::BlendParams| {
        serde_json::to_value(params).map_err(|error| RiskError::Saved(error.to_string()))
    };
    let (old, new) = (json(before.params())?, json(after.params())?);
    let names = new.as_object().into_iter().flat_map(|object| object.keys());
    let changed = names.filter(|name| *name != "threads" && old.get(name.as_str()) != new.get(name.as_str()));
    let text = |of: &serde_json::Value, name: &str| of.get(name).map(ToString::to_string).unwrap_or_default();
    Ok(changed
        .map(|name| SettingChange { name: name.clone(), before: text(&old, name), after: text(&new, name) })
        .collect())
}

/// Estimated sprints that `before` has not seen and that began after all of their project that it has.
fn later(before: &BlendRiskModel, training: &TrainingSet) -> BTreeSet<(ProjectKey, SprintId)> {
    let mut later = BTreeSet::new();
    for sprints in training.sprints().chunk_by(|a, b| a.project == b.project) {
        let (seen, unseen): (Vec<_>, Vec<_>) =
            sprints.iter().partition(|sprint| before.was_fitted_on(sprint));
        let is_later = |sprint: &&FinishedSprint| {
            let first = sprint.stages.first();
            is_estimated(sprint)
                && first.is_some_and(|first| seen.iter().all(|past| is_known_before(first, past)))
        };
        later.extend(unseen.into_iter().filter(is_later).map(key));
    }
    later
}

fn side_by_side(
    compared: Compared,
    report: Result<BacktestReport, RiskError>,
) -> Result<Option<SideBySide>, RiskError> {
    let report = match report {
        Err(error) if error.kind() == ErrorKind::NotEnoughData => return Ok(None),
        report => report?,
    };
    let sprints = report.folds.iter().fold(0_u32, |n, fold| n.saturating_add(fold.evaluated));
    let brier = brier_difference(&report, AFTER, BEFORE)?;
    let enough = |_: &Estimate| sprints as usize >= FEWEST;
    Ok(brier.filter(enough).map(|brier| SideBySide {
        compared,
        sprints,
        report: report.without_cases(),
        brier,
    }))
}

/// A trainer under another name.
struct Named<'t> {
    name: &'static str,
    trainer: &'t BlendTrainer,
}

impl RiskTrainer for Named<'_> {
    fn name(&self) -> &str {
        self.name
    }

    fn train(&self, training: &TrainingSet, progress: &Progress) -> Result<Arc<dyn RiskModel>, RiskError> {
        self.trainer.train(training, progress)
    }
}

/// The old model, whatever there is to train on.
struct Kept(Arc<BlendRiskModel>);

impl RiskTrainer for Kept {
    fn name(&self) -> &str {
        BEFORE
    }

    fn train(&self, _: &TrainingSet, _: &Progress) -> Result<Arc<dyn RiskModel>, RiskError> {
        Ok(self.0.clone())
    }
}

impl fmt::Display for Retraining {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DataChange { before, after, added, gone } = self.data;
        let mut out = vec![
            Block::Title("Beside the model there is".to_owned()),
            Block::Text(format!("Data: {before} sprints before, {after} now: {added} new, {gone} gone.")),
        ];
        let change = |of: &SettingChange| format!("{}: {} before, {} now", of.name, of.before, of.after);
        if !self.settings.is_empty() {
            out.push(Block::List(self.settings.iter().map(change).collect()));
        }
        if let Some(SideBySide { compared, sprints, report, brier }) = &self.comparison {
            let how = match compared {
                Compared::LaterSprints => {
                    "that the old model has not seen, the new way each from what was before"
                }
                Compared::Settings => "of the later half, with the old and the new settings",
            };
            out.push(Block::Text(format!("On {sprints} sprints {how}:")));
            let header = ["mean over stages", "AUC", "Brier", "log loss", "ECE"];
            let mut rows = vec![header.map(str::to_owned).to_vec()];
            for model in report.models.iter().rev() {
                let mean = &model.mean;
                let scores = [mean.auc, mean.brier, mean.log_loss, mean.ece].map(decimal);
                rows.push(std::iter::once(model.name.clone()).chain(scores).collect());
            }
            out.push(Block::Table(rows));
            let interval = brier
                .sampling
                .as_ref()
                .map(|of| format!(" (95 %: {:+.3} to {:+.3})", of.interval.lower(), of.interval.upper()));
            let interval = interval.unwrap_or_default();
            out.push(Block::Text(format!("Brier, after less before: {:+.3}{interval}.", brier.value)));
        }
        out.push(Block::Text(format!("So {}.", self.verdict.description())));
        f.write_str(&page::text(&out))
    }
}

#[cfg(test)]
#[path = "tests/retrain.rs"]
mod tests;

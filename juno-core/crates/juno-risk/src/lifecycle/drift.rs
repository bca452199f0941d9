use std::collections::BTreeMap;
use std::fmt;

use juno_confidence::{GroupScore, by_group, holm};
use juno_domain::{Probability, Progress, TeamId};
use serde::{Deserialize, Serialize};

use super::drift_test::{Counted, moved};
use super::page::{self, Block, decimal, percent};
use crate::blend::{SEASONED, Spread, StageModel, p_miss, seen_at, team_size};
use crate::history::missed;
use crate::{BlendRiskModel, Features, Input, RiskError, TrainingSet};

/// The chance of any alarm about inputs, and of any about calibration, where nothing has changed.
const ALPHA: f64 = 0.05;
/// An input that moved by this much has moved far (population stability index; the usual rule of thumb).
const FAR: f64 = 0.25;
/// A gap between forecast and outcome this large is large.
const LARGE_GAP: f64 = 0.1;

/// Inputs that sum up a team's or a project's past: they settle as there is more of it, which is no drift. What changed in
/// the sprints behind them shows in the other inputs and in how forecasts hold.
const MEMORY: [Input; 8] = [
    Input::ProjectMissRate,
    Input::TeamMissRate,
    Input::TeamRatio,
    Input::RecentRatio,
    Input::DoneAhead,
    Input::OpenAhead,
    Input::AlikeMissRate,
    Input::AlikeRatio,
];

/// Whether something has changed since a model was fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DriftLevel {
    /// Nothing beyond chance.
    None,
    /// More than chance, but little.
    Watch,
    /// More than chance, and much: train again, or find out what changed.
    Alarm,
}

impl DriftLevel {
    /// Its name in texts and JSON: `none`, `watch` or `alarm`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Watch => "watch",
            Self::Alarm => "alarm",
        }
    }
}

/// What has changed since a model was fitted, told by the sprints that finished since. `Display` gives a text for people.
///
/// Where nothing has changed, the chance that a report raises anything about inputs is at most 5 %, and so is the chance that
/// it raises anything about calibration, however many there are of each (Holm). For inputs, sprints of a team that are alike
/// count as fewer than they are, and inputs that sum up the past are not compared: they settle as there is more of it. For
/// calibration, a sprint's outcome is taken to depend on its forecast alone. The chance is
/// for one report: ask after each of twenty sprints, and about one false alarm is to be expected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriftReport {
    /// Sprints that finished and that the fit has not seen.
    pub sprints: u32,
    /// The highest level of all below.
    pub level: DriftLevel,
    /// Every input that could be compared, by stage; each against how it was spread in the training data.
    pub inputs: Vec<InputDrift>,
    /// Mean forecasts against what happened: at each stage for all, and for forecasts below and from one half.
    pub calibration: Vec<CalibrationDrift>,
}

/// How far one input has moved at one stage.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct InputDrift {
    /// The stage.
    pub t: Probability,
    /// The input.
    pub input: Input,
    /// Population stability index: 0 is the same; from 0.25 on it has moved far.
    pub psi: f64,
    /// The chance of such a difference where nothing has moved.
    pub p_value: f64,
    /// The same after allowing for the number of inputs and stages (Holm).
    pub adjusted_p: f64,
    /// `watch` from an adjusted chance of 0.05 down, `alarm` if it has moved far as well.
    pub level: DriftLevel,
}

/// How forecasts held since the fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationDrift {
    /// The stage.
    pub t: Probability,
    /// Which forecasts.
    pub forecasts: ForecastRange,
    /// How they held; its label is of no further use.
    pub score: GroupScore,
    /// `watch` where they are off beyond chance, `alarm` if the gap is 0.1 or more as well.
    pub level: DriftLevel,
}

/// Forecasts of one range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForecastRange {
    /// All of them.
    All,
    /// Those below one half.
    Low,
    /// Those from one half on.
    High,
}

impl ForecastRange {
    /// In words.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::All => "all forecasts",
            Self::Low => "forecasts below one half",
            Self::High => "forecasts from one half on",
        }
    }
}

/// A sprint the fit has not seen, as it stood at a stage.
struct Case<'c> {
    features: Features,
    team: &'c TeamId,
    seasoned: bool,
    p_miss: Probability,
    missed: bool,
}

impl BlendRiskModel {
    /// What has changed since the fit. `sprints` are all finished sprints there are: those that the fit has seen are history
    /// only, the others are compared with them.
    ///
    /// # Errors
    /// Cancelled where `progress` says so.
    pub fn drift(&self, sprints: &TrainingSet, progress: &Progress) -> Result<DriftReport, RiskError> {
        let mut tests: Vec<InputDrift> = Vec::new();
        let mut forecasts: BTreeMap<String, (Probability, ForecastRange)> = BTreeMap::new();
        let mut judged: Vec<(String, Probability, bool)> = Vec::new();
        let total = self.stages().len() as u64;
        for (nth, stage) in self.stages().iter().enumerate() {
            progress.step("looking for drift", nth as u64, Some(total))?;
            let cases = self.unseen(stage, sprints)?;
            tests.extend(inputs(stage, &cases));
            for case in &cases {
                let half =
                    if case.p_miss < Probability::HALF { ForecastRange::Low } else { ForecastRange::High };
                for range in [ForecastRange::All, half] {
                    let label = format!("{nth} {}", range.description());
                    forecasts.insert(label.clone(), (stage.stage, range));
                    judged.push((label, case.p_miss, case.missed));
                }
            }
        }
        let p_values: Vec<f64> = tests.iter().map(|test| test.p_value).collect();
        for (test, adjusted) in tests.iter_mut().zip(holm(&p_values)) {
            test.adjusted_p = adjusted;
            test.level = level(adjusted <= ALPHA, test.psi >= FAR);
        }
        let scores = by_group(judged.iter().map(|(label, p, missed)| (label.as_str(), *p, *missed)))?;
        let calibration: Vec<CalibrationDrift> = scores
            .into_iter()
            .filter_map(|score| {
                let (t, forecasts) = *forecasts.get(&score.group)?;
                Some(CalibrationDrift {
                    t,
                    forecasts,
                    level: level(score.biased, score.gap.abs() >= LARGE_GAP),
                    score,
                })
            })
            .collect();
        let levels = tests.iter().map(|test| test.level).chain(calibration.iter().map(|of| of.level));
        let unseen = sprints.sprints().iter().filter(|sprint| !self.was_fitted_on(sprint)).count();
        Ok(DriftReport {
            sprints: u32::try_from(unseen).unwrap_or(u32::MAX),
            level: levels.max().unwrap_or(DriftLevel::None),
            inputs: tests,
            calibration,
        })
    }

    fn unseen<'c>(&self, stage: &StageModel, sprints: &'c TrainingSet) -> Result<Vec<Case<'c>>, RiskError> {
        let mut cases = Vec::new();
        for sprint in sprints.sprints().iter().filter(|sprint| !self.was_fitted_on(sprint)) {
            let Some(seen) = seen_at(stage.stage, sprint) else { continue };
            let measure = seen.measure();
            let committed = seen.committed().in_measure(measure);
            let Some(delivered) = sprint.delivered_in(measure).filter(|_| committed > 0.0) else { continue };
            let known = sprints.known_before(seen);
            let features = Features::from_known(seen, stage.stage, &known)?;
            cases.push(Case {
                team: &sprint.team,
                seasoned: known.iter().filter(|past| past.team == sprint.team).count() >= SEASONED,
                p_miss: p_miss(stage.logit(&features)?)?,
                missed: missed(delivered, committed),
                features,
            });
        }
        Ok(cases)
    }
}

/// Every input that can be compared; the levels are still to be found.
fn inputs(stage: &StageModel, cases: &[Case<'_>]) -> Vec<InputDrift> {
    let spread: &Spread = &stage.spread;
    let seasoned: Vec<&Case<'_>> = cases.iter().filter(|case| case.seasoned).collect();
    let teams: Vec<&TeamId> = seasoned.iter().map(|case| case.team).collect();
    let size = team_size(&teams);
    let compared = |input: &Input| {
        let then = spread.of_input(*input)?;
        let counts = then.count(seasoned.iter().map(|case| case.features.get(*input)));
        let moved = moved(then, spread.team_size, Counted { counts: &counts, team_size: size })?;
        Some(InputDrift {
            t: stage.stage,
            input: *input,
            psi: moved.psi,
            p_value: moved.p_value,
            adjusted_p: 1.0,
            level: DriftLevel::None,
        })
    };
    Input::ALL.iter().filter(|input| !MEMORY.contains(input)).filter_map(compared).collect()
}

const fn level(beyond_chance: bool, much: bool) -> DriftLevel {
    match (beyond_chance, much) {
        (false, _) => DriftLevel::None,
        (true, false) => DriftLevel::Watch,
        (true, true) => DriftLevel::Alarm,
    }
}

impl DriftReport {
    /// Why its level is what it is, the gravest first; nothing at level `none`.
    #[must_use]
    pub fn reasons(&self) -> Vec<String> {
        let mut reasons: Vec<(DriftLevel, String)> = Vec::new();
        for of in self.calibration.iter().filter(|of| of.level > DriftLevel::None) {
            let GroupScore { n, rate, mean_forecast, .. } = &of.score;
            let side = if of.score.gap > 0.0 { "high" } else { "low" };
            let text = format!(
                "{} at {} are too {side}: {} on average where {} of {n} missed",
                of.forecasts.description(),
                percent(of.t.get()),
                percent(mean_forecast.get()),
                percent(rate.get()),
            );
            reasons.push((of.level, text));
        }
        let mut inputs: Vec<&InputDrift> =
            self.inputs.iter().filter(|of| of.level > DriftLevel::None).collect();
        inputs.sort_by(|a, b| b.psi.total_cmp(&a.psi));
        for InputDrift { t, input, psi, level, .. } in inputs {
            let text = format!(
                "`{}` at {} has moved (stability index {psi:.2}): {}",
                input.name(),
                percent(t.get()),
                input.description()
            );
            reasons.push((*level, text));
        }
        reasons.sort_by_key(|(level, _)| std::cmp::Reverse(*level));
        reasons.into_iter().map(|(level, text)| format!("{}: {text}", level.name())).collect()
    }

    fn blocks(&self) -> Vec<Block> {
        let mut out = vec![
            Block::Title(format!("Drift: {}", self.level.name())),
            Block::Text(format!(
                "{} sprints finished since the fit. {} inputs and {} groups of forecasts could be compared.",
                self.sprints,
                self.inputs.len(),
                self.calibration.iter().filter(|of| !of.score.few).count(),
            )),
        ];
        match self.reasons() {
            reasons if reasons.is_empty() => out.push(Block::Text("Nothing beyond chance.".to_owned())),
            reasons => out.push(Block::List(reasons)),
        }
        let cells = |row: [&str; 5]| row.map(str::to_owned).to_vec();
        let mut rows = vec![cells(["forecasts", "n", "mean forecast", "missed", "adjusted p"])];
        for of in &self.calibration {
            rows.push(vec![
                format!("{}, {}", percent(of.t.get()), of.forecasts.description()),
                of.score.n.to_string(),
                percent(of.score.mean_forecast.get()),
                percent(of.score.rate.get()),
                decimal(of.score.adjusted_p),
            ]);
        }
        if !self.calibration.is_empty() {
            out.push(Block::Table(rows));
        }
        out
    }
}

impl fmt::Display for DriftReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&page::text(&self.blocks()))
    }
}

#[cfg(test)]
#[path = "tests/drift.rs"]
mod tests;

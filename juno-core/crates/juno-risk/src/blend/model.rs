use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use chrono::{DateTime, Utc};
use juno_confidence::Distribution;
use juno_domain::{
    FinishedSprint, Measure, Probability, Progress, ProjectKey, SprintId, SprintPhase, SprintSnapshot,
};
use serde::{Deserialize, Serialize};

use super::adaptation::{Adaptation, Outcome};
use super::delivery::{agree, mix};
use super::params::BlendParams;
use super::rows::{FOLDS, Rows, STAGES, WIDTH, amount};
use super::stage::{StageModel, p_miss};
use crate::backtest::BacktestReport;
use crate::features::Comparable;
use crate::history::{concerns, outcome};
use crate::{
    Attribution, Basis, DataSummary, Features, FinishForecast, Input, InputContribution, Prediction,
    RiskError, TrainingSet, check_history,
};

/// A snapshot further from every fitted stage than this is not what they were fitted on.
const MAX_STAGE_GAP: f64 = 0.25;
/// Fewest sprints a stage must have seen in the snapshot's measure.
pub(crate) const MIN_IN_MEASURE: u32 = 30;

/// The default model that learns. For each progress stage (0, 30, 50, 80 % of the planned length) it holds
///
/// - a logistic regression with an L2 penalty on standardised inputs, their squares and products, and Extra-Trees on the
///   inputs, blended by the mean of their log odds: the chance of a miss;
/// - a quantile forest of delivered ÷ committed, its weights shifted so that what lies below 1 has the chance of a miss: what
///   will be delivered and when; its 80 and 90 % intervals are calibrated by nested-set conformal prediction on sprints
///   held out of the fit in turn, and adapt to outcomes after the fit (adaptive conformal inference).
///
/// Teams and projects are pooled: a sprint's own team shows in the [inputs](Input). Between two stages the log odds are
/// interpolated; beyond the last one it serves alone. A stage with fewer than `min_sprints` finished sprints, a snapshot far
/// from every fitted stage, and a measure (points or issues) seen fewer than 30 times get [`ShrunkHistoryModel`](crate::ShrunkHistoryModel)'s
/// answer, which then is the one its basis names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved")]
pub struct BlendRiskModel {
    params: BlendParams,
    /// By rising stage; at least one.
    stages: Vec<StageModel>,
    fitted_on: FittedOn,
    data: DataSummary,
    trained_at: Option<DateTime<Utc>>,
    scores: Option<BacktestReport>,
}

/// Sprints whose outcome a fit has seen, by project.
type FittedOn = BTreeMap<ProjectKey, BTreeSet<SprintId>>;

/// The one or two fitted stages a snapshot lies at or between, and the share of the second.
pub(super) struct Place<'m> {
    first: &'m StageModel,
    second: Option<(&'m StageModel, f64)>,
}

impl<'m> Place<'m> {
    fn nearest(&self) -> &'m StageModel {
        self.second.filter(|(_, share)| *share > 0.5).map_or(self.first, |(second, _)| second)
    }

    /// Each stage with its share.
    fn each(&self) -> impl Iterator<Item = (&'m StageModel, f64)> {
        let second = self.second.map_or(0.0, |(_, share)| share);
        std::iter::once((self.first, 1.0 - second)).chain(self.second)
    }
}

impl BlendRiskModel {
    /// The name forecasts cite.
    pub const NAME: &str = "blend";

    pub(super) fn fit(
        params: &BlendParams,
        training: &TrainingSet,
        progress: &Progress,
    ) -> Result<Self, RiskError> {
        let total = (STAGES.len() * (FOLDS + 1)) as u64;
        let mut stages = Vec::with_capacity(STAGES.len());
        let (mut most, mut missed) = (0, 0);
        progress.step("fitting", 0, Some(total))?;
        let stages_to_fit = STAGES.map(Probability::new).into_iter().collect::<Result<Vec<_>, _>>()?;
        let rows = Rows::at(&stages_to_fit, training)?;
        for (i, (stage, rows)) in stages_to_fit.into_iter().zip(rows).enumerate() {
            let done = std::cell::Cell::new((i * (FOLDS + 1)) as u64);
            progress.step("fitting", done.get(), Some(total))?;
            if rows.len() > most {
                (most, missed) = (rows.len(), rows.missed.iter().filter(|missed| **missed).count());
            }
            if rows.are_enough(params.min_sprints, params.min_of_each) {
                stages.push(StageModel::fit(params, stage, &rows, &|| {
                    done.set(done.get() + 1);
                    Ok(progress.step("fitting", done.get(), Some(total))?)
                })?);
            }
        }
        if stages.is_empty() {
            return Err(RiskError::NotEnoughHistory(format!(
                "a fit needs {} finished sprints with a commitment at one stage, {each} that missed and {each} that met \
                 among them; the most at one stage are {most}, of which {missed} missed",
                params.min_sprints,
                each = params.min_of_each,
            )));
        }
        let projects = training.sprints().chunk_by(|a, b| a.project == b.project);
        let fitted_on = projects
            .filter_map(|of| Some((of.first()?.project.clone(), of.iter().map(|past| past.sprint).collect())))
            .collect();
        // More threads make the same model, so they are not part of it.
        let params = BlendParams { threads: NonZeroUsize::MIN, ..params.clone() };
        let data = training.summary()?;
        Ok(Self { params, stages, fitted_on, data, trained_at: None, scores: None })
    }

    /// The settings it was fitted with; `threads` is 1 whatever it was.
    #[must_use]
    pub const fn params(&self) -> &BlendParams {
        &self.params
    }

    /// What it was fitted on.
    #[must_use]
    pub const fn data(&self) -> &DataSummary {
        &self.data
    }

    /// When it was fitted, where somebody said so.
    #[must_use]
    pub const fn trained_at(&self) -> Option<DateTime<Utc>> {
        self.trained_at
    }

    /// How a backtest scored models that were fitted the same way, where there was one; without its cases.
    #[must_use]
    pub const fn scores(&self) -> Option<&BacktestReport> {
        self.scores.as_ref()
    }

    /// The same with the time of the fit, for its card.
    #[must_use]
    pub const fn with_trained_at(mut self, at: DateTime<Utc>) -> Self {
        self.trained_at = Some(at);
        self
    }

    /// The same with what a backtest of models fitted like it found, for its card. Single cases are not kept.
    #[must_use]
    pub fn with_scores(self, report: BacktestReport) -> Self {
        Self { scores: Some(report.without_cases()), ..self }
    }

    /// What was fitted for each stage, by rising stage.
    pub(crate) fn stages(&self) -> &[StageModel] {
        &self.stages
    }

    /// The sprints the fit has seen.
    pub(crate) fn fitted_on(&self) -> BTreeSet<(ProjectKey, SprintId)> {
        let of = |(project, ids): (&ProjectKey, &BTreeSet<SprintId>)| -> Vec<_> {
            ids.iter().map(|id| (project.clone(), *id)).collect()
        };
        self.fitted_on.iter().flat_map(of).collect()
    }

    /// Whether the fit has seen what became of this sprint.
    #[must_use]
    pub fn was_fitted_on(&self, sprint: &FinishedSprint) -> bool {
        self.fitted_on.get(&sprint.project).is_some_and(|sprints| sprints.contains(&sprint.sprint))
    }

    /// The chance of a miss and what each input did to it, without delivery or intervals: the quick half of
    /// [`predict`](crate::RiskModel::predict), with the same numbers. `None` where the answer would be [`ShrunkHistoryModel`](crate::ShrunkHistoryModel)'s,
    /// which has no inputs.
    ///
    /// # Errors
    /// As [`predict`](crate::RiskModel::predict).
    pub fn explain(
        &self,
        snapshot: &SprintSnapshot,
        history: &[FinishedSprint],
    ) -> Result<Option<(Probability, Attribution)>, RiskError> {
        check_history(snapshot, history)?;
        check_open(snapshot)?;
        let Some(place) = self.place(snapshot) else { return Ok(None) };
        let known: Vec<&FinishedSprint> = history.iter().collect();
        let looked = Looked::at(&place, snapshot, &known)?;
        looked.explain(&place).map(Some)
    }

    /// The spread of when the committed work will be done. `None` where the answer would be [`ShrunkHistoryModel`](crate::ShrunkHistoryModel)'s.
    ///
    /// # Errors
    /// As [`predict`](crate::RiskModel::predict).
    pub fn finish(
        &self,
        snapshot: &SprintSnapshot,
        history: &[FinishedSprint],
    ) -> Result<Option<FinishForecast>, RiskError> {
        check_history(snapshot, history)?;
        check_open(snapshot)?;
        let Some(place) = self.place(snapshot) else { return Ok(None) };
        let known: Vec<&FinishedSprint> = history.iter().collect();
        let looked = Looked::at(&place, snapshot, &known)?;
        let delivered = looked.delivered(&place, p_miss(looked.logit(&place)?)?)?;
        Ok(Some(FinishForecast::new(snapshot, delivered)))
    }

    /// All that is said of a snapshot; `outcome` gives what became of the sprint at a place in `known`.
    pub(super) fn answer(
        &self,
        place: &Place<'_>,
        snapshot: &SprintSnapshot,
        known: &[&FinishedSprint],
        outcome: impl Fn(&StageModel, usize) -> Result<Option<Outcome>, RiskError>,
    ) -> Result<Prediction, RiskError> {
        let looked = Looked::at(place, snapshot, known)?;
        let (p_miss, attribution) = looked.explain(place)?;
        let (quick, forecast) = looked.quick(place, p_miss, snapshot, known)?;
        let measure = quick.measure;
        let (committed, done) = (snapshot.committed().in_measure(measure), snapshot.done.in_measure(measure));
        let (nearest, is_new) = (place.nearest(), |past: &FinishedSprint| !self.was_fitted_on(past));
        let adapted =
            Adaptation::replay(self.params.gamma, is_new, nearest, snapshot, known, |i| outcome(nearest, i))?;
        Ok(Prediction {
            intervals: adapted.intervals(nearest, &forecast, committed, done)?,
            attribution: Some(attribution),
            finish: FinishForecast::new(snapshot, forecast).estimates(),
            ..quick
        })
    }

    /// Where a snapshot lies among the fitted stages; `None` where they do not speak of it.
    pub(super) fn place(&self, snapshot: &SprintSnapshot) -> Option<Place<'_>> {
        let t = snapshot.t;
        let after = self.stages.partition_point(|stage| stage.stage <= t);
        let (before, after) = (after.checked_sub(1).and_then(|i| self.stages.get(i)), self.stages.get(after));
        let gap = |stage: &StageModel| (stage.stage.get() - t.get()).abs();
        let near = |stage: &&StageModel| gap(stage) <= MAX_STAGE_GAP;
        let speaks = |stage: &&StageModel| {
            let seen = match snapshot.measure() {
                Measure::Points => stage.in_points,
                Measure::Issues => stage.sprints - stage.in_points,
            };
            seen >= MIN_IN_MEASURE
        };
        let place = match (before, after) {
            (Some(before), Some(after)) => {
                let share = gap(before) / (gap(before) + gap(after));
                Place { first: before, second: (share > 0.0).then_some((after, share)) }
            }
            (Some(one), None) | (None, Some(one)) => Place { first: one, second: None },
            (None, None) => return None,
        };
        (near(&place.nearest()) && place.each().all(|(stage, _)| speaks(&stage))).then_some(place)
    }
}

/// What the stages of a place see of a snapshot: each compares it with earlier sprints as they stood at that stage.
pub(super) struct Looked {
    features: Vec<Features>,
}

impl Looked {
    pub(super) fn at(
        place: &Place<'_>,
        snapshot: &SprintSnapshot,
        known: &[&FinishedSprint],
    ) -> Result<Self, RiskError> {
        let past = Comparable::new(snapshot, known);
        let features = place.each().map(|(stage, _)| Features::compared(snapshot, stage.stage, &past));
        Ok(Self { features: features.collect::<Result<_, _>>()? })
    }

    pub(super) fn logit(&self, place: &Place<'_>) -> Result<f64, RiskError> {
        let mut sum = 0.0;
        for ((stage, share), features) in place.each().zip(&self.features) {
            sum += share * stage.logit(features)?;
        }
        Ok(sum)
    }

    /// The chance and the median, without what takes long; and the distribution the rest is made from.
    pub(super) fn quick(
        &self,
        place: &Place<'_>,
        p_miss: Probability,
        snapshot: &SprintSnapshot,
        known: &[&FinishedSprint],
    ) -> Result<(Prediction, Distribution), RiskError> {
        let forecast = self.delivered(place, p_miss)?;
        let measure = snapshot.measure();
        let (committed, done) = (snapshot.committed().in_measure(measure), snapshot.done.in_measure(measure));
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let stage = place.nearest().stage;
        let prediction = Prediction {
            p_miss,
            delivered: amount(forecast.median(), committed).max(done),
            measure,
            intervals: Vec::new(),
            basis: Basis {
                n_team: count(
                    known.iter().filter(|past| is_own_case(snapshot, measure, stage, past)).count(),
                ),
                n_pooled: place.nearest().sprints,
                model: BlendRiskModel::NAME.to_owned(),
            },
            attribution: None,
            finish: Vec::new(),
        };
        Ok((prediction, forecast))
    }

    fn delivered(&self, place: &Place<'_>, p_miss: Probability) -> Result<Distribution, RiskError> {
        let mut points = Vec::new();
        for ((stage, share), features) in place.each().zip(&self.features) {
            let own = stage.delivered(features)?;
            points = if points.is_empty() { own } else { mix(points, own, share) };
        }
        agree(points, p_miss, place.nearest().usual_miss)
    }

    /// The chance of a miss and what each input did to it; with one walk through the trees, the chance to the last bit that
    /// of [`Looked::logit`].
    fn explain(&self, place: &Place<'_>) -> Result<(Probability, Attribution), RiskError> {
        let (mut base, mut logit, mut contributions) = (0.0, 0.0, [0.0; WIDTH]);
        for ((stage, share), features) in place.each().zip(&self.features) {
            let (of_base, of_logit) = stage.explain(features, share, &mut contributions)?;
            base += of_base;
            logit += of_logit;
        }
        let p_miss = p_miss(logit)?;
        let features = self.features.first();
        let mut inputs: Vec<InputContribution> = Input::ALL
            .iter()
            .zip(contributions)
            .map(|(input, contribution)| InputContribution {
                input: *input,
                value: features.and_then(|features| features.get(*input)),
                contribution,
            })
            .collect();
        inputs.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
        Ok((p_miss, Attribution { base, inputs }))
    }
}

/// Whether a finished sprint is one of the team's that its inputs are made from.
fn is_own_case(
    snapshot: &SprintSnapshot,
    measure: Measure,
    stage: Probability,
    past: &FinishedSprint,
) -> bool {
    let near = |seen: &&SprintSnapshot| (seen.t.get() - stage.get()).abs() <= MAX_STAGE_GAP;
    past.team == snapshot.team
        && concerns(snapshot, past)
        && outcome(past, stage, measure).is_some()
        && past.stage_near(stage).filter(near).is_some()
}

pub(super) fn check_open(snapshot: &SprintSnapshot) -> Result<(), RiskError> {
    let sprint = snapshot.sprint;
    if snapshot.phase == SprintPhase::Finished {
        return Err(RiskError::Finished { sprint });
    }
    if snapshot.committed().in_measure(snapshot.measure()) <= 0.0 {
        return Err(RiskError::NothingCommitted { sprint });
    }
    Ok(())
}

/// As read from a file, not yet checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    params: BlendParams,
    stages: Vec<StageModel>,
    fitted_on: FittedOn,
    data: DataSummary,
    trained_at: Option<DateTime<Utc>>,
    scores: Option<BacktestReport>,
}

impl TryFrom<Saved> for BlendRiskModel {
    type Error = RiskError;

    fn try_from(saved: Saved) -> Result<Self, RiskError> {
        let Saved { params, stages, fitted_on, data, trained_at, scores } = saved;
        let rising = stages.iter().zip(stages.iter().skip(1)).all(|(a, b)| a.stage < b.stage);
        if stages.is_empty() || !rising {
            return Err(RiskError::Saved("its stages are not what a fit leaves behind".to_owned()));
        }
        stages.iter().try_for_each(StageModel::check)?;
        let params = params.check()?.params().clone();
        Ok(Self { params, stages, fitted_on, data, trained_at, scores })
    }
}

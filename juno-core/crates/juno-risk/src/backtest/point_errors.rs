use std::collections::BTreeMap;

use juno_domain::{FinishedSprint, Measure, Probability, ProjectKey};

use super::split::is_estimated;

/// How far from a stage's `t` a snapshot may be taken and still belong to it: half a percent of the planned time.
const SAME_STAGE: f64 = 0.005;

/// The stage of a sprint at `t`, if it was looked at then.
pub(super) fn stage_at(sprint: &FinishedSprint, t: Probability) -> Option<&juno_domain::SprintSnapshot> {
    sprint.stage_near(t).filter(|stage| (stage.t.get() - t.get()).abs() <= SAME_STAGE)
}

/// Delivered − committed points at `t`, where the sprint was looked at then.
pub(super) fn velocity_diff(sprint: &FinishedSprint, t: Probability) -> Option<f64> {
    let stage = stage_at(sprint, t)?;
    Some(sprint.delivered.in_measure(Measure::Points) - stage.committed().in_measure(Measure::Points))
}

/// The same where something was committed by then.
pub(super) fn eligible_diff(sprint: &FinishedSprint, t: Probability) -> Option<f64> {
    stage_at(sprint, t).filter(|stage| stage.committed().in_measure(Measure::Points) > 0.0)?;
    velocity_diff(sprint, t)
}

/// The interquartile range of delivered − committed over the estimated sprints at `t`; `None` where it is 0 or there are
/// none. Quantiles are interpolated linearly between order statistics.
pub(super) fn interquartile_range(sprints: &[FinishedSprint], t: Probability) -> Option<f64> {
    let estimated = sprints.iter().filter(|sprint| is_estimated(sprint));
    let mut sorted: Vec<f64> = estimated.filter_map(|sprint| velocity_diff(sprint, t)).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let range = quantile(&sorted, 0.75)? - quantile(&sorted, 0.25)?;
    (range > 0.0 && range.is_finite()).then_some(range)
}

fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * sorted.len().checked_sub(1)? as f64;
    let below = *sorted.get(place.floor() as usize)?;
    let above = *sorted.get(place.ceil() as usize)?;
    Some(below + place.fract() * (above - below))
}

/// The error of one forecast of delivered points, with what it is measured by.
#[derive(Debug, Clone, Copy)]
pub(super) struct PointError<'c> {
    /// The project, by which errors are averaged first.
    pub(super) project: &'c ProjectKey,
    /// |delivered − forecast|.
    pub(super) error: f64,
    /// The mean distance of the outcome to those of earlier sprints of the project; `None` where there is none.
    pub(super) of_guessing: Option<f64>,
}

/// 1 − MAE ÷ the mean distance of a random guess from the project's earlier outcomes, averaged over the projects that have
/// any.
pub(super) fn standardised_accuracy(errors: &[PointError<'_>]) -> Option<f64> {
    let mut projects: BTreeMap<&ProjectKey, (f64, f64)> = BTreeMap::new();
    for PointError { project, error, of_guessing } in errors {
        let Some(guess) = of_guessing else { continue };
        let (errors, guesses) = projects.entry(project).or_default();
        *errors += error;
        *guesses += guess;
    }
    mean(projects.into_values().filter(|(_, guess)| *guess > 0.0).map(|(error, guess)| 1.0 - error / guess))
}

/// MAE ÷ the interquartile range of the project, averaged over the projects that have one.
pub(super) fn normalised_error(errors: &[PointError<'_>], ranges: &BTreeMap<ProjectKey, f64>) -> Option<f64> {
    let mut projects: BTreeMap<&ProjectKey, (f64, f64)> = BTreeMap::new();
    for PointError { project, error, .. } in errors {
        let (errors, n) = projects.entry(project).or_default();
        *errors += error;
        *n += 1.0;
    }
    mean(projects.into_iter().filter_map(|(project, (error, n))| Some(error / n / ranges.get(project)?)))
}

/// The mean of finite numbers; `None` without any, or where it is not finite itself.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (n, total) = values.fold((0.0, 0.0), |(n, total), value| (n + 1.0, total + value));
    let mean: f64 = total / n;
    mean.is_finite().then_some(mean)
}

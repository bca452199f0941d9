use std::collections::BTreeMap;

use juno_confidence::bootstrap_interval;
use juno_domain::{ErrorKind, Probability, ProjectKey, SprintId};

use crate::RiskError;
use crate::backtest::{BacktestReport, Estimate};

/// The level of the interval.
const LEVEL: f64 = 0.95;

/// The Brier score of one model of a backtest less that of another, as a mean over stages, with a 95 % interval: bootstrap
/// over sprints, both models and all stages of a sprint drawn together. `None` without cases or without one of the models.
pub(super) fn brier_difference(
    report: &BacktestReport,
    model: &str,
    other: &str,
) -> Result<Option<Estimate>, RiskError> {
    let mut sprints: BTreeMap<(&ProjectKey, SprintId), Vec<(usize, f64)>> = BTreeMap::new();
    let stage = |t: Probability| report.stages.iter().position(|stage| stage.t == t);
    for ((case, said), (_, other)) in report.predicted(model).zip(report.predicted(other)) {
        let Some(stage) = stage(case.t) else { continue };
        let outcome = f64::from(u8::from(case.missed));
        let error = |p: Probability| (p.get() - outcome).powi(2);
        let difference = error(said.p_miss) - error(other.p_miss);
        sprints.entry((&case.project, case.sprint)).or_default().push((stage, difference));
    }
    let sprints: Vec<Vec<(usize, f64)>> = sprints.into_values().collect();
    let stages = report.stages.len();
    let all: Vec<usize> = (0..sprints.len()).collect();
    let Some(value) = mean(&sprints, stages, &all) else { return Ok(None) };
    let level = Probability::new(LEVEL)?;
    let statistic = |drawn: &[usize]| mean(&sprints, stages, drawn);
    let sampling =
        match bootstrap_interval(sprints.len(), level, report.resamples as usize, report.seed, statistic) {
            Ok(sampling) => Some(sampling),
            Err(error) if error.kind() == ErrorKind::NotEnoughData => None,
            Err(error) => return Err(error.into()),
        };
    Ok(Some(Estimate { value, sampling }))
}

/// The mean over stages of the mean difference of the drawn sprints; `None` where a stage has none.
fn mean(sprints: &[Vec<(usize, f64)>], stages: usize, drawn: &[usize]) -> Option<f64> {
    let mut sums = vec![(0.0, 0_u32); stages];
    for (stage, difference) in drawn.iter().filter_map(|i| sprints.get(*i)).flatten() {
        if let Some((sum, n)) = sums.get_mut(*stage) {
            *sum += difference;
            *n += 1;
        }
    }
    let means: Option<Vec<f64>> = sums.iter().map(|(sum, n)| (*n > 0).then(|| sum / f64::from(*n))).collect();
    let means = means.filter(|means| !means.is_empty())?;
    Some(means.iter().sum::<f64>() / means.len() as f64)
}

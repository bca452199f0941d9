use std::collections::HashMap;

use juno_confidence::empirical_interval;
use juno_domain::{ErrorKind, FinishedSprint, Interval, Probability, ProjectKey, SprintSnapshot, TeamId};

use crate::{
    Prediction, RiskError, RiskModel,
    base_rate::basis,
    history::{in_order, missed, outcome},
    ratios::LEVELS,
    standing::Comparison,
};

/// How many of the latest deliveries make the velocity.
const LATEST: usize = 3;

/// The naive baseline of planning meetings: the mean of the last three deliveries is what comes next.
///
/// The velocity is that of the team, or of its project while the team has finished nothing. `delivered` is the velocity. A
/// commitment above it is one that should be missed: `p_miss` is the share of earlier sprints of the same verdict that did
/// miss, with one miss and one hit added. The intervals are conformal on (delivered + 1) ÷ (velocity + 1) of earlier sprints,
/// where there are enough (9 for 80 %, 19 for 90 %). It sees nothing of the sprint but its size.
#[derive(Debug, Clone, Copy, Default)]
pub struct LastVelocityModel;

impl RiskModel for LastVelocityModel {
    fn name(&self) -> &str {
        "last_velocity"
    }

    fn predict(
        &self,
        snapshot: &SprintSnapshot,
        history: &[FinishedSprint],
    ) -> Result<Prediction, RiskError> {
        let Comparison { measure, committed, cases, .. } = Comparison::new(snapshot, history)?;
        let mut deliveries = Deliveries::default();
        let mut verdicts = Vec::with_capacity(cases.len());
        let mut ratios = Vec::with_capacity(cases.len());
        for past in in_order(history.iter()) {
            let Some((then, delivered)) = outcome(past, snapshot.t, measure) else { continue };
            if let Some(velocity) = deliveries.velocity(&past.project, &past.team) {
                verdicts.push((velocity < then, missed(delivered, then)));
                ratios.push(((delivered + 1.0) / (velocity + 1.0)).min(f64::MAX));
            }
            deliveries.add(past, delivered);
        }
        let velocity = deliveries.velocity(&snapshot.project, &snapshot.team).ok_or_else(|| {
            RiskError::NotEnoughHistory(format!(
                "neither team `{}` nor its project has finished a sprint",
                snapshot.team
            ))
        })?;
        let alike = verdicts.iter().filter(|(short, _)| *short == (velocity < committed));
        let (n, misses) = alike
            .fold((0.0, 0.0), |(n, misses), (_, missed)| (n + 1.0, misses + f64::from(u8::from(*missed))));
        let mut intervals = Vec::new();
        for level in LEVELS {
            intervals.extend(interval(&ratios, velocity, Probability::new(level)?)?);
        }
        Ok(Prediction {
            p_miss: Probability::new((misses + 1.0) / (n + 2.0))?,
            delivered: velocity,
            measure,
            intervals,
            basis: basis(self.name(), &cases),
            attribution: None,
            finish: Vec::new(),
        })
    }
}

/// The range of what will be delivered; `None` while there are too few ratios for this level.
fn interval(ratios: &[f64], velocity: f64, level: Probability) -> Result<Option<Interval>, RiskError> {
    let range = match empirical_interval(ratios, level) {
        Ok(range) => range,
        Err(error) if error.kind() == ErrorKind::NotEnoughData => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let bound = |ratio: f64| (ratio * (velocity + 1.0) - 1.0).clamp(0.0, f64::MAX);
    Ok(Some(Interval::new(bound(range.lower()), bound(range.upper()), level)?))
}

/// The latest deliveries of every team and project seen so far.
#[derive(Default)]
struct Deliveries<'h> {
    of_team: HashMap<(&'h ProjectKey, &'h TeamId), Latest>,
    of_project: HashMap<&'h ProjectKey, Latest>,
}

impl<'h> Deliveries<'h> {
    fn add(&mut self, past: &'h FinishedSprint, delivered: f64) {
        self.of_team.entry((&past.project, &past.team)).or_default().add(delivered);
        self.of_project.entry(&past.project).or_default().add(delivered);
    }

    fn velocity(&self, project: &ProjectKey, team: &TeamId) -> Option<f64> {
        self.of_team.get(&(project, team)).or_else(|| self.of_project.get(project)).map(Latest::mean)
    }
}

/// The last few amounts, oldest overwritten first.
#[derive(Default)]
struct Latest {
    amounts: [f64; LATEST],
    seen: usize,
}

impl Latest {
    fn add(&mut self, delivered: f64) {
        if let Some(slot) = self.amounts.get_mut(self.seen % LATEST) {
            *slot = delivered;
        }
        self.seen += 1;
    }

    fn mean(&self) -> f64 {
        let n = self.seen.clamp(1, LATEST);
        // Divided before it is added up, so that huge deliveries stay finite.
        self.amounts.iter().take(n).map(|delivered| delivered / n as f64).sum()
    }
}

#[cfg(test)]
#[path = "last_velocity/tests.rs"]
mod tests;

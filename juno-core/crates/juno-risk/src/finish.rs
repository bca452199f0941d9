use chrono::{DateTime, TimeDelta, Utc};
use juno_confidence::Distribution;
use juno_domain::{Probability, SprintPhase, SprintSnapshot};
use serde::{Deserialize, Serialize};

/// The chances finish estimates are given for.
const CHANCES: [f64; 3] = [0.5, 0.8, 0.9];
/// Nobody can say what will be in so many planned lengths.
const MAX_ELAPSED: f64 = 10.0;

/// When the committed work will be done with a given chance.
///
/// The spread is that of the delivery by the planned end; work left over goes on at the pace of the rest of the sprint. So at
/// the planned end the chance is that of keeping the commitment, and beyond it this is a straight line, not a plan.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FinishEstimate {
    /// The chance.
    pub chance: Probability,
    /// How long it takes from the start, in planned lengths: 1 is the planned end. `None` where the chance is never reached.
    pub elapsed: Option<f64>,
    /// The instant, for a running sprint with dates.
    pub at: Option<DateTime<Utc>>,
}

/// The spread of when the committed work will be done.
#[derive(Debug, Clone, PartialEq)]
pub struct FinishForecast {
    t: f64,
    done: f64,
    /// Delivered ÷ committed at the planned end.
    delivered: Distribution,
    /// When the sprint started and how many days it is planned for, where both are known.
    plan: Option<(DateTime<Utc>, f64)>,
}

impl FinishForecast {
    pub(crate) fn new(snapshot: &SprintSnapshot, delivered: Distribution) -> Self {
        let measure = snapshot.measure();
        let committed = snapshot.committed().in_measure(measure);
        let t = snapshot.t.get();
        let plan = snapshot.at.filter(|_| snapshot.phase == SprintPhase::Running).zip(snapshot.planned_days);
        let plan = plan
            .filter(|(_, days)| *days > 0.0)
            .and_then(|(at, days)| Some((at.checked_sub_signed(length(days, t)?)?, days)));
        Self { t, done: snapshot.done.in_measure(measure) / committed, delivered, plan }
    }

    /// The chance that the committed work is done when this much time has gone by, in planned lengths from the start. What
    /// lies before the snapshot has chance 1 or 0.
    #[must_use]
    pub fn chance_within(&self, elapsed: f64) -> Probability {
        let left = 1.0 - self.done;
        if left <= 0.0 && elapsed >= self.t {
            return Probability::ONE;
        }
        if elapsed.is_nan() || elapsed <= self.t || self.t >= 1.0 && elapsed <= 1.0 {
            return Probability::ZERO;
        }
        // Delivering `needed` by the planned end is the pace that has everything done by `elapsed`.
        let rest = (1.0 - self.t).max(1e-6);
        let needed = self.done + left * (rest / (elapsed - self.t)).min(f64::MAX);
        // Where no more is delivered than is done already, it is never done.
        let later = self.delivered.cdf_below(needed - 1e-9).max(self.delivered.cdf(self.done));
        Probability::saturating(1.0 - later).unwrap_or(Probability::ZERO)
    }

    /// The chance that it is done by an instant; `None` where the sprint has no dates or has not started.
    #[must_use]
    pub fn chance_by(&self, at: DateTime<Utc>) -> Option<Probability> {
        let (start, days) = self.plan?;
        Some(self.chance_within((at - start).as_seconds_f64() / (days * 86_400.0)))
    }

    /// When it is done with a chance of 50, 80 and 90 %.
    #[must_use]
    pub fn estimates(&self) -> Vec<FinishEstimate> {
        CHANCES.iter().filter_map(|chance| Some(self.at_chance(Probability::new(*chance).ok()?))).collect()
    }

    /// When it is done with this chance.
    #[must_use]
    pub fn at_chance(&self, chance: Probability) -> FinishEstimate {
        let elapsed = self.elapsed(chance);
        let at = elapsed
            .zip(self.plan)
            .and_then(|(elapsed, (start, days))| start.checked_add_signed(length(days, elapsed)?));
        FinishEstimate { chance, elapsed, at }
    }

    fn elapsed(&self, chance: Probability) -> Option<f64> {
        let left = 1.0 - self.done;
        if left <= 0.0 {
            return Some(self.t);
        }
        // The most that is delivered with this chance: the highest value with enough weight at and above it.
        let values = self.delivered.values().iter().rev();
        let above = |value: &&f64| 1.0 - self.delivered.cdf_below(**value) >= chance.get() - 1e-9;
        let delivered = values.into_iter().find(above)?;
        let pace = delivered - self.done;
        let elapsed = self.t + left * (1.0 - self.t).max(1e-6) / pace;
        (pace > 0.0 && elapsed <= MAX_ELAPSED).then_some(elapsed)
    }
}

/// A share of so many days.
fn length(days: f64, share: f64) -> Option<TimeDelta> {
    let seconds = days * share * 86_400.0;
    // Within what dates can be moved by.
    (seconds.abs() < 1e15).then(|| TimeDelta::seconds(seconds as i64))
}

#[cfg(test)]
#[path = "finish/tests.rs"]
mod tests;

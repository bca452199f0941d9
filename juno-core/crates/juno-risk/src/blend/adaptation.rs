use juno_confidence::{AdaptiveLevel, nested_set_score};
use juno_domain::{FinishedSprint, Interval, Probability, SprintSnapshot};

use super::rows::{amount, ratio, seen_at};
use super::stage::StageModel;
use crate::history::{concerns, in_order, is_known_before};
use crate::ratios::LEVELS;
use crate::{Features, RiskError};

/// How many of the latest outcomes after the fit the levels adapt to.
const MOST_OUTCOMES: usize = 50;

/// The widths of intervals after what became of earlier ones: adaptive conformal inference, replayed from the history each
/// time, so that there is no state to keep or to lose and the same history gives the same answer.
#[derive(Debug)]
pub(super) struct Adaptation {
    levels: Vec<AdaptiveLevel>,
}

impl Adaptation {
    /// Adapts to the sprints of the same project or team that were over before the snapshot and that the fit has not seen
    /// (`is_new`): each is forecast from what was known at the time, and widens or narrows what follows, `gamma` at a time.
    pub(super) fn replay(
        gamma: f64,
        is_new: impl Fn(&FinishedSprint) -> bool,
        stage: &StageModel,
        snapshot: &SprintSnapshot,
        history: &[FinishedSprint],
    ) -> Result<Self, RiskError> {
        let mut levels = LEVELS
            .iter()
            .map(|level| Ok(AdaptiveLevel::new(Probability::new(*level)?, gamma)?))
            .collect::<Result<Vec<_>, RiskError>>()?;
        if gamma == 0.0 {
            return Ok(Self { levels });
        }
        let measure = snapshot.measure();
        let same = |past: &&FinishedSprint| concerns(snapshot, past);
        let pool = in_order(history.iter().filter(same));
        let mut latest: Vec<&FinishedSprint> =
            pool.iter().rev().copied().filter(|past| is_new(past)).take(MOST_OUTCOMES).collect();
        latest.reverse();
        for past in latest {
            let Some(seen) = seen_at(stage.stage, past) else { continue };
            let committed = seen.committed().in_measure(measure);
            let Some(delivered) = past.delivered_in(measure).filter(|_| seen.measure() == measure) else {
                continue;
            };
            if committed <= 0.0 {
                continue;
            }
            let known: Vec<&FinishedSprint> =
                pool.iter().copied().filter(|earlier| is_known_before(seen, earlier)).collect();
            let features = Features::from_known(seen, stage.stage, &known)?;
            let forecast = stage.forecast(&features)?;
            let score = nested_set_score(&forecast, ratio(delivered, committed))?;
            for level in &mut levels {
                level.update(stage.scores.quantile(level.level()).is_none_or(|q| score <= q));
            }
        }
        Ok(Self { levels })
    }

    /// The ranges of a forecast of delivered ÷ committed at [`LEVELS`], times `committed`, none of them below `done`. A level
    /// with too few scores is left out.
    pub(super) fn intervals(
        &self,
        stage: &StageModel,
        forecast: &juno_confidence::Distribution,
        committed: f64,
        done: f64,
    ) -> Result<Vec<Interval>, RiskError> {
        let mut out = Vec::with_capacity(self.levels.len());
        let mut widest = Probability::ZERO;
        for level in &self.levels {
            if stage.scores.quantile(level.target()).is_none() {
                continue;
            }
            // Levels adapt one by one; the wider range must still hold the narrower one.
            if level.level() > widest {
                widest = level.level();
            }
            let q = stage.scores.quantile(widest).unwrap_or(f64::INFINITY);
            let range = juno_confidence::nested_set_interval(forecast, q, level.target())?;
            let lower = amount(range.lower(), committed).max(done);
            out.push(Interval::new(lower, amount(range.upper(), committed).max(lower), level.target())?);
        }
        Ok(out)
    }
}

use juno_confidence::{AdaptiveLevel, nested_set_score};
use juno_domain::{FinishedSprint, Interval, Measure, Probability, SprintSnapshot};

use super::rows::{amount, ratio, seen_at};
use super::stage::StageModel;
use crate::history::{concerns, in_time, is_known_before};
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

/// How far from the middle of its forecast a sprint ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome {
    measure: Measure,
    score: f64,
}

impl Outcome {
    /// Of a finished sprint, forecast at a stage from what of `history` was known at the time; `None` where it had no
    /// commitment then or its source does not tell what it delivered.
    pub(super) fn of(
        stage: &StageModel,
        past: &FinishedSprint,
        history: &[&FinishedSprint],
    ) -> Result<Option<Self>, RiskError> {
        let Some(seen) = seen_at(stage.stage, past) else { return Ok(None) };
        let measure = seen.measure();
        let committed = seen.committed().in_measure(measure);
        let Some(delivered) = past.delivered_in(measure).filter(|_| committed > 0.0) else { return Ok(None) };
        let known: Vec<&FinishedSprint> =
            history.iter().copied().filter(|earlier| is_known_before(seen, earlier)).collect();
        let forecast = stage.forecast(&Features::from_known(seen, stage.stage, &known)?)?;
        let score = nested_set_score(&forecast, ratio(delivered, committed))?;
        Ok(Some(Self { measure, score }))
    }
}

impl Adaptation {
    /// Adapts to the sprints of the same project or team among `known` that the fit has not seen (`is_new`): each widens or
    /// narrows what follows, `gamma` at a time. `outcome` is told the place of a sprint in `known`.
    pub(super) fn replay(
        gamma: f64,
        is_new: impl Fn(&FinishedSprint) -> bool,
        stage: &StageModel,
        snapshot: &SprintSnapshot,
        known: &[&FinishedSprint],
        outcome: impl Fn(usize) -> Result<Option<Outcome>, RiskError>,
    ) -> Result<Self, RiskError> {
        let mut levels = LEVELS
            .iter()
            .map(|level| Ok(AdaptiveLevel::new(Probability::new(*level)?, gamma)?))
            .collect::<Result<Vec<_>, RiskError>>()?;
        if gamma == 0.0 {
            return Ok(Self { levels });
        }
        let measure = snapshot.measure();
        let pool = known.iter().enumerate().filter(|(_, past)| concerns(snapshot, past) && is_new(past));
        let mut pool: Vec<(usize, &FinishedSprint)> = pool.map(|(i, past)| (i, *past)).collect();
        pool.sort_by(|(_, a), (_, b)| in_time(a, b));
        for (i, _) in pool.get(pool.len().saturating_sub(MOST_OUTCOMES)..).unwrap_or_default() {
            let Some(outcome) = outcome(*i)?.filter(|outcome| outcome.measure == measure) else { continue };
            for level in &mut levels {
                level.update(stage.scores.quantile(level.level()).is_none_or(|q| outcome.score <= q));
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

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use juno_analytics::SilentSpell;
use juno_confidence::{CalibrationMethod, ConfidenceScorer, FittedCalibrator};
use juno_domain::{ErrorKind, Probability, Progress};

use super::TriageParams;
use super::confidence::silence_inputs;
use super::silence::Silences;
use crate::ReasoningError;

/// How many times history is replayed at most, and how far apart.
const REPLAYS: u32 = 26;
const REPLAY_DAYS: i64 = 14;
/// No method needs more outcomes: older replays are left out.
const ENOUGH_OUTCOMES: usize = 2_000;
/// One ticket that stays silent for a year is seen in every replay. Outcomes of fewer tickets than this calibrate
/// nothing.
const MIN_TICKETS: usize = 20;

/// Replays the past, newest first: at instants up to `as_of − horizon`, every silence that was stale then is scored
/// from what was known then, and held against whether it went on. `None` where too few silences are known to
/// calibrate. A silence that the scorer refuses calibrates nothing and stops nothing.
///
/// # Errors
/// If `progress` was cancelled.
pub(super) fn calibrate(
    spells: &[SilentSpell],
    as_of: DateTime<Utc>,
    params: &TriageParams,
    scorer: &dyn ConfidenceScorer,
    method: CalibrationMethod,
    is_complete: impl Fn(&SilentSpell, DateTime<Utc>) -> bool,
    progress: &Progress,
) -> Result<Option<FittedCalibrator>, ReasoningError> {
    let horizon = params.horizon();
    let (mut recorded, mut tickets) = (Vec::new(), BTreeSet::new());
    for back in 0..REPLAYS {
        progress.step("replaying silences", u64::from(back), Some(u64::from(REPLAYS)))?;
        if recorded.len() >= ENOUGH_OUTCOMES {
            break;
        }
        let ago = horizon + TimeDelta::days(REPLAY_DAYS * i64::from(back));
        let Some(cut) = as_of.checked_sub_signed(ago) else { break };
        let silences = Silences::learn(spells, cut);
        for spell in spells.iter().filter(|spell| spell.from <= cut && cut < spell.until) {
            let Some(stale) = silences.stale(spell, cut - spell.from, params) else { continue };
            let went_on = spell.until - cut >= horizon;
            // A silence that the end of the issue cut off before the horizon tells nothing.
            if !went_on && !spell.ended {
                continue;
            }
            let inputs = silence_inputs(is_complete(spell, cut), stale.goes_on, silences.newest());
            if let Ok(scored) = scorer.score(&inputs, cut) {
                recorded.push((scored.confidence.value, went_on));
                tickets.insert(&spell.issue);
            }
        }
    }
    if tickets.len() < MIN_TICKETS {
        return Ok(None);
    }
    fitted(method, &recorded)
}

/// Fits a method; `None` below the outcomes it needs.
///
/// # Errors
/// If the fit fails for another reason.
pub(super) fn fitted(
    method: CalibrationMethod,
    recorded: &[(Probability, bool)],
) -> Result<Option<FittedCalibrator>, ReasoningError> {
    match FittedCalibrator::fit(method, recorded) {
        Ok(calibrator) => Ok(Some(calibrator)),
        Err(error) if error.kind() == ErrorKind::NotEnoughData => Ok(None),
        Err(error) => Err(error.into()),
    }
}

use chrono::{DateTime, TimeDelta, Utc};
use juno_analytics::{SilentSpell, StalenessGroup, StalenessModel};
use juno_confidence::{ConfidenceInputs, ConfidenceScorer, PlattCalibrator};
use juno_domain::Probability;

use super::TriageParams;
use super::continuation::Continuation;
use crate::ReasoningError;

/// How many times history is replayed, and how far apart.
const REPLAYS: u32 = 26;
const REPLAY_DAYS: i64 = 14;

/// The inputs of the claim "nobody will touch this ticket in the coming days unless somebody is told to": how good
/// the ticket's history is, and how often comparable silences went on. The same function scores a ticket today and in
/// the replay, so that what calibrates is what is used.
pub(super) fn inputs(complete: bool, goes_on: Probability, seen_at: DateTime<Utc>) -> ConfidenceInputs {
    ConfidenceInputs {
        qualities: Some(vec![quality(complete)]),
        pattern_strength: Some(goes_on),
        observed_at: Some(vec![seen_at]),
        ..ConfidenceInputs::default()
    }
}

/// A cut history still shows its newest entries: worth half.
pub(super) fn quality(complete: bool) -> Probability {
    if complete { Probability::ONE } else { Probability::HALF }
}

/// Replays the past: at instants up to `as_of − horizon`, every silence that was stale then is scored from what was
/// known then, and held against whether it went on. `None` where too few silences are known to calibrate.
///
/// # Errors
/// If the scorer refuses its inputs.
pub(super) fn calibrate(
    spells: &[SilentSpell],
    as_of: DateTime<Utc>,
    params: &TriageParams,
    scorer: &dyn ConfidenceScorer,
    is_complete: impl Fn(&SilentSpell, DateTime<Utc>) -> bool,
) -> Result<Option<PlattCalibrator>, ReasoningError> {
    let horizon = TimeDelta::days(i64::from(params.horizon_days));
    let mut recorded = Vec::new();
    for back in 0..REPLAYS {
        let cut = as_of - horizon - TimeDelta::days(REPLAY_DAYS * i64::from(back));
        let known: Vec<SilentSpell> = spells.iter().filter_map(|spell| as_known_at(spell, cut)).collect();
        let silences = Silences::learn(&known);
        for spell in spells.iter().filter(|spell| spell.from <= cut && cut < spell.until) {
            let silence = cut - spell.from;
            let Some(state) = silences.state(spell, silence, params) else { continue };
            if !state.is_stale {
                continue;
            }
            // A silence cut off before the horizon by the end of the issue tells nothing.
            let went_on = spell.until - cut > horizon;
            if !went_on && !spell.ended {
                continue;
            }
            let inputs = inputs(is_complete(spell, cut), state.goes_on, cut);
            recorded.push((scorer.score(&inputs, cut)?.confidence.value, went_on));
        }
    }
    match PlattCalibrator::fit(&recorded) {
        Ok(calibrator) => Ok(Some(calibrator)),
        Err(error) if error.kind() == juno_domain::ErrorKind::NotEnoughData => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A spell as somebody at `cut` could have seen it.
fn as_known_at(spell: &SilentSpell, cut: DateTime<Utc>) -> Option<SilentSpell> {
    if spell.from > cut {
        return None;
    }
    let until = spell.until.min(cut);
    Some(SilentSpell { until, ended: spell.ended && spell.until <= cut, ..spell.clone() })
}

/// How unusual a silence is, and how likely it goes on for the horizon.
pub(super) struct State {
    pub is_stale: bool,
    pub goes_on: Probability,
    pub percentile: f64,
    pub spells: usize,
    pub basis: String,
}

/// What silences tell, learnt from those known at one instant.
pub(super) struct Silences {
    usual: StalenessModel,
    continuation: Continuation,
}

impl Silences {
    pub(super) fn learn(spells: &[SilentSpell]) -> Self {
        Self { usual: StalenessModel::from_spells(spells), continuation: Continuation::learn(spells) }
    }

    /// `None` where no comparable silence was ever seen to end.
    pub(super) fn state(
        &self,
        spell: &SilentSpell,
        silence: TimeDelta,
        params: &TriageParams,
    ) -> Option<State> {
        let found = self.usual.staleness(&spell.team, &spell.issue_type, &spell.status, silence).ok()?;
        let horizon = TimeDelta::days(i64::from(params.horizon_days));
        let days = silence.num_milliseconds() as f64 / 86_400_000.0;
        let basis = match found.group {
            StalenessGroup::TeamTypeStatus => {
                format!("{} tickets of the team in `{}`", spell.issue_type, spell.status)
            }
            StalenessGroup::TeamStatus => format!("tickets of the team in `{}`", spell.status),
            StalenessGroup::Team => "tickets of the team".to_owned(),
            StalenessGroup::All => "tickets of all teams".to_owned(),
        };
        Some(State {
            is_stale: found.percentile >= params.percentile && days >= params.min_silence_days,
            goes_on: Probability::saturating(self.continuation.of(spell, silence, horizon))?,
            percentile: found.percentile,
            spells: found.spells,
            basis,
        })
    }
}

use chrono::{DateTime, TimeDelta, Utc};
use juno_analytics::{SilentSpell, StalenessGroup, StalenessModel};
use juno_domain::Probability;

use super::TriageParams;
use super::continuation::Continuation;
use super::seen::Seen;

/// Fewer ended silences than this are no habit to measure against.
const MIN_ENDED: usize = 20;

/// How unusual a stale silence is, and how likely it goes on for the horizon.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stale {
    pub goes_on: Probability,
    /// Share of comparable silences that were over by this length.
    pub percentile: f64,
    /// How many silences that rests on.
    pub spells: usize,
    /// What they have in common, in words.
    pub basis: String,
}

/// What silences tell, learnt from those known at one instant.
pub(super) struct Silences {
    usual: StalenessModel,
    continuation: Continuation,
    newest: DateTime<Utc>,
}

impl Silences {
    /// Learns from what was known of the silences at `at`; nothing later changes it.
    pub(super) fn learn<'a>(spells: impl IntoIterator<Item = &'a SilentSpell>, at: DateTime<Utc>) -> Self {
        let seen: Vec<Seen<'_>> = spells.into_iter().filter_map(|spell| Seen::at(spell, at)).collect();
        let touched = |seen: &Seen<'_>| if seen.ended { seen.spell.until } else { seen.spell.from };
        Self {
            usual: StalenessModel::from_lengths(seen.iter().map(|s| (s.spell, s.length, s.ended))),
            continuation: Continuation::learn(&seen),
            newest: seen.iter().map(touched).max().unwrap_or(at),
        }
    }

    /// The newest thing that anybody is known to have done: until then the data was being kept.
    pub(super) const fn newest(&self) -> DateTime<Utc> {
        self.newest
    }

    /// How stale a ticket is that has been silent for so long; `None` if it is not, or if too few comparable silences
    /// were ever seen to end.
    pub(super) fn stale(
        &self,
        spell: &SilentSpell,
        silence: TimeDelta,
        params: &TriageParams,
    ) -> Option<Stale> {
        if (silence.num_milliseconds() as f64) < params.min_silence_days * 86_400_000.0 {
            return None;
        }
        let found = self.usual.staleness(&spell.team, &spell.issue_type, &spell.status, silence).ok()?;
        if found.ended < MIN_ENDED || found.percentile < params.percentile {
            return None;
        }
        let basis = match found.group {
            StalenessGroup::TeamTypeStatus => {
                format!("{} tickets of the team in `{}`", spell.issue_type, spell.status)
            }
            StalenessGroup::TeamStatus => format!("tickets of the team in `{}`", spell.status),
            StalenessGroup::Team => "tickets of the team".to_owned(),
            StalenessGroup::All => "tickets of all teams".to_owned(),
        };
        Some(Stale {
            goes_on: Probability::saturating(self.continuation.of(spell, silence, params.horizon()))?,
            percentile: found.percentile,
            spells: found.spells,
            basis,
        })
    }
}

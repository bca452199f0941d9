use chrono::{DateTime, TimeDelta, Utc};
use juno_analytics::SilentSpell;

/// A silence as somebody at one instant could have seen it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'a> {
    pub spell: &'a SilentSpell,
    pub length: TimeDelta,
    pub ended: bool,
}

impl<'a> Seen<'a> {
    /// The silence as of `at`; `None` if it had not begun.
    pub(super) fn at(spell: &'a SilentSpell, at: DateTime<Utc>) -> Option<Self> {
        let length = spell.until.min(at) - spell.from;
        (spell.from <= at).then_some(Self { spell, length, ended: spell.ended && spell.until <= at })
    }
}

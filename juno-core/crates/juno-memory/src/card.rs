use chrono::{DateTime, Utc};

use crate::dates::tells_when;
use crate::tokenize::index_words;
use crate::{Memory, MemoryKind, Trust, Usage};

/// What the ranking needs to know of a memory besides its words: small enough to keep many side by side.
///
/// Times are nanoseconds since 1970, as every checked memory has them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Card {
    /// Its kind.
    pub kind: MemoryKind,
    /// Whether its text ends by asking something.
    pub asks: bool,
    /// Whether its text says when.
    pub tells_when: bool,
    /// How far its source is trusted.
    pub trust: Trust,
    /// Whether it is in quarantine.
    pub quarantined: bool,
    /// Number of its words, as [`index_words`] counts them.
    pub words: u32,
    /// Its place in its thread; 0 where it has none.
    pub place: u32,
    /// The mark of who said it; 0 for nobody.
    pub who: u32,
    /// Orders memories that are equal in everything else, the greater first: made of the id.
    pub tie: u32,
    /// How much it matters, 0 to 1.
    pub importance: f32,
    /// How sure it is; 1 where nobody said.
    pub confidence: f32,
    /// After how many days nine tenths of it are left.
    pub stability_days: f32,
    /// When it was used last; when it was written down, where it never was.
    pub refreshed_at: i64,
    /// When it was written down.
    pub recorded_at: i64,
    /// Since when it is true.
    pub valid_from: i64,
    /// Until when it is true; [`i64::MAX`] for as long as is known.
    pub valid_to: i64,
    /// When it was learnt that it is not so, or not any more; [`i64::MAX`] where nobody learnt that.
    pub superseded_at: i64,
    /// When it expires; [`i64::MAX`] for never.
    pub expires_at: i64,
}

/// Set in the first four bytes of every card, so that zeros are none.
const USED: u32 = 1 << 31;

impl Card {
    /// Length of [`Card::to_bytes`].
    pub const BYTES: usize = 80;

    /// The card of a checked memory and its words, in order.
    #[must_use]
    pub fn of(memory: &Memory) -> (Self, Vec<String>) {
        let words = index_words(&memory.text);
        let card = Self {
            kind: memory.kind,
            asks: asks(&memory.text),
            tells_when: tells_when(&memory.text),
            trust: memory.trust,
            quarantined: memory.quarantined.is_some(),
            words: u32::try_from(words.len()).unwrap_or(u32::MAX),
            place: memory.turn.as_ref().map_or(0, |turn| turn.place),
            who: memory.who.as_deref().map_or(0, name_mark),
            tie: mark(memory.id.as_str()),
            importance: memory.importance.get() as f32,
            confidence: memory.confidence.map_or(1.0, |confidence| confidence.get() as f32),
            stability_days: memory.used.map_or(Usage::FIRST_STABILITY_DAYS, |used| used.stability_days)
                as f32,
            refreshed_at: nanos(memory.used.map_or(memory.recorded_at, |used| used.last_at)),
            recorded_at: nanos(memory.recorded_at),
            valid_from: nanos(memory.valid_from),
            valid_to: memory.valid_to.map_or(i64::MAX, nanos),
            superseded_at: memory.superseded_at.map_or(i64::MAX, nanos),
            expires_at: memory.expires_at.map_or(i64::MAX, nanos),
        };
        (card, words)
    }

    /// Whether a read at `now` gives it.
    #[must_use]
    pub const fn is_live(&self, now: i64) -> bool {
        now < self.expires_at
    }

    /// A fixed form of [`Card::BYTES`] bytes for stores.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let marks = u32::from(self.asks) << 8
            | u32::from(self.tells_when) << 9
            | (self.trust as u32) << 10
            | u32::from(self.quarantined) << 12;
        let flags = USED | self.kind as u32 | marks;
        let small = [flags, self.words, self.place, self.who, self.tie];
        let floats = [self.importance, self.confidence, self.stability_days].map(f32::to_bits);
        let times = [
            self.recorded_at,
            self.valid_from,
            self.valid_to,
            self.superseded_at,
            self.expires_at,
            self.refreshed_at,
        ];
        let mut bytes = [0; Self::BYTES];
        let small = small.into_iter().chain(floats).flat_map(u32::to_le_bytes);
        let all = small.chain(times.into_iter().flat_map(i64::to_le_bytes));
        bytes.iter_mut().zip(all).for_each(|(byte, given)| *byte = given);
        bytes
    }

    /// Reads [`Card::to_bytes`]; `None` for anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Option<Self> {
        let small = |at: usize| {
            let four = bytes.get(at * 4..).and_then(|rest| rest.first_chunk::<4>());
            four.map_or(0, |four| u32::from_le_bytes(*four))
        };
        let time = |at: usize| {
            let eight = bytes.get(32 + at * 8..).and_then(|rest| rest.first_chunk::<8>());
            eight.map_or(0, |eight| i64::from_le_bytes(*eight))
        };
        let flags = small(0);
        if flags & USED == 0 {
            return None;
        }
        Some(Self {
            kind: *MemoryKind::ALL.get((flags & 0xff) as usize)?,
            asks: flags & 1 << 8 != 0,
            tells_when: flags & 1 << 9 != 0,
            trust: *Trust::ALL.get((flags >> 10 & 3) as usize)?,
            quarantined: flags & 1 << 12 != 0,
            words: small(1),
            place: small(2),
            who: small(3),
            tie: small(4),
            importance: f32::from_bits(small(5)),
            confidence: f32::from_bits(small(6)),
            stability_days: f32::from_bits(small(7)),
            refreshed_at: time(5),
            recorded_at: time(0),
            valid_from: time(1),
            valid_to: time(2),
            superseded_at: time(3),
            expires_at: time(4),
        })
    }
}

/// Whether a text ends by asking something. A closing remark in brackets does not count.
fn asks(text: &str) -> bool {
    let mut text = text.trim_end();
    while let Some((before, _)) = text.strip_suffix(']').and_then(|inner| inner.rsplit_once('[')) {
        text = before.trim_end();
    }
    text.ends_with(['?', '？', '؟'])
}

/// The mark of somebody's name: the same for every spelling that folds to the same words.
#[must_use]
pub fn name_mark(name: &str) -> u32 {
    let words = index_words(name);
    match words.is_empty() {
        true => mark(name).max(1),
        false => mark(&words.join(" ")).max(1),
    }
}

/// FNV-1a of a text.
fn mark(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// An instant as cards hold it; a checked memory's instants fit.
pub(crate) fn nanos(at: DateTime<Utc>) -> i64 {
    at.timestamp_nanos_opt().unwrap_or(if at.timestamp() < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use juno_domain::{MemoryId, TenantId};

    use super::*;
    use crate::{MemoryScope, Turn};

    #[test]
    fn a_card_reads_back_as_it_was() {
        let scope = MemoryScope::tenant_wide(TenantId::new("acme").unwrap());
        let now = "2026-03-02T09:00:00.000000001Z".parse().unwrap();
        for kind in MemoryKind::ALL {
            let text = "Did it break last week? [a photo of a red build]";
            let mut memory = Memory::new(MemoryId::new("m").unwrap(), kind, scope.clone(), text, "x", now);
            memory.who = Some("Ada".into());
            memory.turn = Some(Turn::new("retro", 7));
            memory.trust = Trust::ALL[kind as usize % 3];
            memory.quarantined =
                (kind == MemoryKind::Working).then(|| crate::Quarantine::new(now, "poisoned"));
            memory.used = Some(Usage::after(None, now, now + chrono::TimeDelta::days(9)));
            let (card, words) = Card::of(&memory);
            assert_eq!((card.trust, card.quarantined), (memory.trust, memory.quarantined.is_some()));
            assert!(card.refreshed_at > card.recorded_at && card.stability_days > 30.0);
            assert!(card.asks && card.tells_when && card.place == 7 && card.words as usize == words.len());
            assert_eq!(Card::from_bytes(&card.to_bytes()), Some(card));
        }
        let mut broken = [0; Card::BYTES];
        assert_eq!(Card::from_bytes(&broken), None);
        (broken[0], broken[3]) = (9, 0x80);
        assert_eq!(Card::from_bytes(&broken), None);
    }

    #[test]
    fn spellings_of_one_name_share_a_mark() {
        assert_eq!(name_mark("ZOË"), name_mark("zoe"));
        assert_ne!(name_mark("Zoe"), name_mark("Bob"));
        assert!(name_mark("the") != 0 && asks("Why?") && !asks("Why? Because.") && !asks("[x?]"));
    }
}

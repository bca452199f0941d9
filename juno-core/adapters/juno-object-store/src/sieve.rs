use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use juno_crypto::digest;
use juno_domain::MemoryId;
use serde::{Deserialize, Serialize};

/// Bits for each id,
const BITS: u64 = 16;
/// and how many of them an id sets: one id in about 1,700 passes that was never put in.
const SET: u64 = 8;

/// Tells which ids a segment may hold, without reading it: a Bloom filter (Bloom 1970, with two hashes after Kirsch and
/// Mitzenmacher 2006).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Sieve(Vec<u8>);

impl Sieve {
    pub(crate) fn of<'a>(ids: impl ExactSizeIterator<Item = &'a MemoryId>) -> Self {
        let bits = (ids.len() as u64).saturating_mul(BITS).max(64);
        let mut sieve = Self(vec![0; usize::try_from(bits.div_ceil(8)).unwrap_or(8)]);
        for id in ids {
            for (byte, bit) in sieve.places(id).collect::<Vec<_>>() {
                if let Some(byte) = sieve.0.get_mut(byte) {
                    *byte |= bit;
                }
            }
        }
        sieve
    }

    /// `false` if it holds it for sure not.
    pub(crate) fn may_hold(&self, id: &MemoryId) -> bool {
        self.places(id).all(|(byte, bit)| self.0.get(byte).is_some_and(|held| held & bit != 0))
    }

    fn places(&self, id: &MemoryId) -> impl Iterator<Item = (usize, u8)> + use<> {
        let digest = digest(id.as_str().as_bytes()).0;
        let number = |at: usize| {
            digest.iter().skip(at).take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
        };
        let (first, step, bits) = (number(0), number(8) | 1, (self.0.len() as u64 * 8).max(1));
        (0..SET).map(move |nth| {
            let at = first.wrapping_add(step.wrapping_mul(nth)) % bits;
            (usize::try_from(at / 8).unwrap_or(0), 1 << (at % 8))
        })
    }
}

impl TryFrom<String> for Sieve {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        STANDARD.decode(text).map(Self)
    }
}

impl From<Sieve> for String {
    fn from(sieve: Sieve) -> Self {
        STANDARD.encode(sieve.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_passes_and_hardly_anything_else() {
        let ids: Vec<MemoryId> = (0..1_000).map(|nth| MemoryId::new(format!("m-{nth}")).unwrap()).collect();
        let sieve = Sieve::of(ids.iter());
        assert!(ids.iter().all(|id| sieve.may_hold(id)));
        let others = (0..20_000).map(|nth| MemoryId::new(format!("other-{nth}")).unwrap());
        let passed = others.filter(|id| sieve.may_hold(id)).count();
        assert!(passed < 60, "{passed} of 20,000");
        let read: Sieve = serde_json::from_str(&serde_json::to_string(&sieve).unwrap()).unwrap();
        assert_eq!(read, sieve);
        assert!(!Sieve::of([].iter()).may_hold(&ids[0]));
    }
}

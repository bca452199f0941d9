use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use juno_domain::Digest;
use sha2::Sha256;
use zeroize::Zeroizing;

/// Digests that only who has the key can make: HMAC-SHA-256 (RFC 2104). Equal bytes have equal digests, and whoever lacks
/// the key cannot try out what they might be of.
#[derive(Clone)]
pub struct KeyedDigest(Hmac<Sha256>);

impl KeyedDigest {
    /// Digests under a key.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        // As the standard has it, a key shorter than a block is filled up with zeros.
        let mut block = Zeroizing::new([0; 64]);
        block.iter_mut().zip(key).for_each(|(byte, given)| *byte = *given);
        Self(Hmac::new(&(*block).into()))
    }

    /// The digest of bytes.
    #[must_use]
    pub fn of(&self, bytes: &[u8]) -> Digest {
        let mut mac = self.0.clone();
        mac.update(bytes);
        Digest(mac.finalize().into_bytes().into())
    }

    /// Digests under a key of its own for `purpose`, which says nothing about this one's or another purpose's.
    #[must_use]
    pub fn derived(&self, purpose: &[u8]) -> Self {
        Self::new(&Zeroizing::new(self.of(purpose).0))
    }
}

impl fmt::Debug for KeyedDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyedDigest")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_hmac_as_published() {
        // RFC 4231, test case 6 has a longer key; case 1 and 2 are shorter: zeros at the end of a key change nothing.
        let padded = |key: &[u8]| {
            let mut whole = [0; 32];
            whole.iter_mut().zip(key).for_each(|(byte, given)| *byte = *given);
            KeyedDigest::new(&whole)
        };
        let first = padded(&[0x0b; 20]).of(b"Hi There").to_string();
        assert_eq!(first, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
        let second = padded(b"Jefe").of(b"what do ya want for nothing?").to_string();
        assert_eq!(second, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn purposes_and_keys_do_not_meet_and_nothing_is_shown() {
        let (one, two) = (KeyedDigest::new(&[1; 32]), KeyedDigest::new(&[2; 32]));
        assert_ne!(one.of(b"x"), two.of(b"x"));
        assert_ne!(one.derived(b"a").of(b"x"), one.derived(b"b").of(b"x"));
        assert_eq!(one.derived(b"a").of(b"x"), one.derived(b"a").of(b"x"));
        assert_eq!(format!("{one:?}"), "KeyedDigest");
    }
}

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use crate::DomainError;

/// A SHA-256 digest; as text 64 lower-case hexadecimal characters. `juno-crypto` computes them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Reads the 64 hexadecimal characters of a digest, in either case.
    ///
    /// # Errors
    /// If the text has another length or other characters.
    pub fn from_hex(text: &str) -> Result<Self, DomainError> {
        let bad = || DomainError::Digest(text.chars().take(80).collect());
        let digits: Vec<u8> =
            text.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect::<Option<_>>().ok_or_else(bad)?;
        let mut out = [0_u8; 32];
        let (pairs, rest) = digits.as_chunks::<2>();
        if pairs.len() != out.len() || !rest.is_empty() {
            return Err(bad());
        }
        for (byte, [high, low]) in out.iter_mut().zip(pairs) {
            *byte = high << 4 | low;
        }
        Ok(Self(out))
    }

    /// Gives its 64 characters to `take`, without keeping them.
    pub fn with_text<T>(&self, take: impl FnOnce(&str) -> T) -> T {
        // Hexadecimal digits are text.
        take(std::str::from_utf8(&self.hex()).unwrap_or_default())
    }

    /// Its 64 characters. Every record holds several digests, so this is worth more than formatting byte by byte.
    fn hex(&self) -> [u8; 64] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut hex = [0_u8; 64];
        let (pairs, _) = hex.as_chunks_mut::<2>();
        for ([high, low], byte) in pairs.iter_mut().zip(self.0) {
            *high = DIGITS[usize::from(byte >> 4)];
            *low = DIGITS[usize::from(byte & 15)];
        }
        hex
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| f.write_str(text))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.with_text(|text| serializer.serialize_str(text))
    }
}

impl TryFrom<String> for Digest {
    type Error = DomainError;
    fn try_from(text: String) -> Result<Self, DomainError> {
        Self::from_hex(&text)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_goes_both_ways_and_nothing_else_passes() {
        let digest = Digest(std::array::from_fn(|i| (i * 7) as u8));
        assert_eq!(Digest::from_hex(&digest.to_string()).unwrap(), digest);
        for bad in ["", "ab", &"g".repeat(64), &"é".repeat(32), &"a".repeat(65)] {
            assert!(Digest::from_hex(bad).is_err());
        }
    }
}

use juno_domain::Digest;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::CryptoError;
use crate::canonical_json::with_canonical;

/// The SHA-256 digest of bytes.
#[must_use]
pub fn digest(bytes: &[u8]) -> Digest {
    digest_parts(&[bytes])
}

/// The SHA-256 digest of parts laid end to end, without copying them together.
///
/// Nothing marks where a part ends: `["ab", "c"]` and `["a", "bc"]` digest alike. Use it with parts of fixed length
/// in front, and [`digest_of`] for everything else.
#[must_use]
pub fn digest_parts(parts: &[&[u8]]) -> Digest {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    Digest(hasher.finalize().into())
}

/// The SHA-256 digest of a value's canonical JSON: the same for equal values, whatever the order of their fields.
///
/// # Errors
/// As [`canonical_json`](crate::canonical_json()).
pub fn digest_of<T: Serialize + ?Sized>(value: &T) -> Result<Digest, CryptoError> {
    with_canonical(value, 0, digest)
}

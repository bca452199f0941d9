use juno_crypto::{digest, digest_parts};
use juno_domain::Digest;

/// The root of a tree without leaves: SHA-256 of nothing.
#[must_use]
pub fn empty_root() -> Digest {
    digest(b"")
}

/// The hash of a leaf's bytes: SHA-256 of 0x00 and the bytes ([RFC 9162, 2.1.1]). The prefix keeps a leaf from
/// passing as a node.
///
/// [RFC 9162, 2.1.1]: https://www.rfc-editor.org/rfc/rfc9162#section-2.1.1
#[must_use]
pub fn leaf_hash(bytes: &[u8]) -> Digest {
    digest_parts(&[&[0], bytes])
}

/// The hash of a node over its two children: SHA-256 of 0x01, left and right.
#[must_use]
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    let mut bytes = [1; 65];
    let (_, children) = bytes.split_at_mut(1);
    let (first, second) = children.split_at_mut(32);
    first.copy_from_slice(&left.0);
    second.copy_from_slice(&right.0);
    digest(&bytes)
}

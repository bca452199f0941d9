use juno_crypto::digest_parts;
use juno_domain::Digest;

/// The part of an event that lies apart from its record and can be erased; the record holds its [`commitment`].
///
/// [`commitment`]: Self::commitment
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedPayload {
    /// 32 random bytes that go when the part goes: without them nobody can find out what it said by trying.
    pub salt: [u8; 32],
    /// The canonical JSON of an object: each place of the payload, and what stood there.
    pub content: Vec<u8>,
}

impl SealedPayload {
    /// What the record says of it: SHA-256 over a byte 2, salt and content.
    #[must_use]
    pub fn commitment(&self) -> Digest {
        digest_parts(&[&[2], &self.salt, &self.content])
    }
}

/// How the content of a record begins that has a part apart. It is the first member in canonical order, and no member
/// of an event has this name, so no other content begins so.
const MARK: &[u8] = br#"{"_sealed":""#;

/// The commitment in the content of a record; None where the record is whole.
pub(crate) fn commitment_in(content: &[u8]) -> Option<Digest> {
    let rest = content.strip_prefix(MARK)?;
    let hex = std::str::from_utf8(rest.get(..64)?).ok()?;
    let digest = Digest::from_hex(hex).ok().filter(|digest| digest.to_string() == hex)?;
    rest.get(64..)?.starts_with(b"\",").then_some(digest)
}

/// What follows the commitment in the content of a record.
pub(crate) fn after_commitment(content: &[u8]) -> Option<&[u8]> {
    commitment_in(content)?;
    content.get(MARK.len() + 64 + 2..)
}

use std::fmt;
use std::str::FromStr;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::CryptoError;
use crate::digest::digest_parts;

/// What a key signs; the number goes into its id, so that no signature passes for one of the other kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyKind {
    /// Notes as they stand: what a log signs its checkpoints with.
    Ed25519,
    /// Cosignatures with their time ([C2SP tlog-cosignature], v1): what a witness signs a log's checkpoints with.
    ///
    /// [C2SP tlog-cosignature]: https://c2sp.org/tlog-cosignature
    Cosignature,
}

impl KeyKind {
    const fn number(self) -> u8 {
        match self {
            Self::Ed25519 => 1,
            Self::Cosignature => 4,
        }
    }
}

/// The public half of a signing key with its name, in the text form of [C2SP signed-note]:
/// `name+id in hexadecimal+base64 of kind and key`. This is what to publish; it is no secret.
///
/// [C2SP signed-note]: https://c2sp.org/signed-note
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VerifierKey {
    name: String,
    kind: KeyKind,
    public: [u8; 32],
}

impl VerifierKey {
    /// A key from its parts.
    ///
    /// # Errors
    /// If the name is empty or holds a blank, a plus sign or a control character, or `public` is no Ed25519 key.
    pub fn new(name: impl Into<String>, kind: KeyKind, public: [u8; 32]) -> Result<Self, CryptoError> {
        let name = name.into();
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+') {
            return Err(CryptoError::KeyName(name));
        }
        let key = VerifyingKey::from_bytes(&public).map_err(|_| CryptoError::KeyText("no Ed25519 key"))?;
        if key.is_weak() {
            return Err(CryptoError::KeyText("a key under which anything verifies"));
        }
        Ok(Self { name, kind, public })
    }

    /// The name: for a log, its origin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The Ed25519 public key.
    #[must_use]
    pub const fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// The first four bytes of the digest over name, kind and key, by which a signature names its key.
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        let digest = digest_parts(&[self.name.as_bytes(), &[b'\n', self.kind.number()], &self.public]);
        digest.0.first_chunk().copied().unwrap_or_default()
    }

    /// Checks a bare signature over a message, strictly: no second signature passes for the same message and key
    /// by a change of its bytes.
    ///
    /// # Errors
    /// If it is not by this key over this message.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), CryptoError> {
        VerifyingKey::from_bytes(&self.public)
            .and_then(|key| key.verify_strict(message, &Signature::from_bytes(signature)))
            .map_err(|_| CryptoError::BadSignature(self.name.clone()))
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![self.kind.number()];
        bytes.extend_from_slice(&self.public);
        let id = u32::from_be_bytes(self.id());
        write!(f, "{}+{id:08x}+{}", self.name, BASE64_STANDARD.encode(bytes))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

impl FromStr for VerifierKey {
    type Err = CryptoError;

    /// Reads the one text form of a key; base64 may itself hold plus signs, the name and the id may not.
    fn from_str(text: &str) -> Result<Self, CryptoError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(CryptoError::KeyText("it has not the form `name+id+key`"));
        };
        let bytes = BASE64_STANDARD.decode(key).map_err(|_| CryptoError::KeyText("its key is no base64"))?;
        let (kind, public) = match bytes.split_first() {
            Some((1, public)) => (KeyKind::Ed25519, public),
            Some((4, public)) => (KeyKind::Cosignature, public),
            _ => return Err(CryptoError::KeyText("its kind is unknown")),
        };
        let public = public.try_into().map_err(|_| CryptoError::KeyText("its key has not 32 bytes"))?;
        let key = Self::new(name, kind, public)?;
        if format!("{:08x}", u32::from_be_bytes(key.id())) != id {
            return Err(CryptoError::KeyText("its id does not belong to its name and key"));
        }
        Ok(key)
    }
}

impl TryFrom<String> for VerifierKey {
    type Error = CryptoError;
    fn try_from(text: String) -> Result<Self, CryptoError> {
        text.parse()
    }
}

impl From<VerifierKey> for String {
    fn from(key: VerifierKey) -> Self {
        key.to_string()
    }
}

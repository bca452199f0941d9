use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};
use zeroize::Zeroizing;

use crate::CryptoError;
use crate::signer::Signer;
use crate::verifier_key::{KeyKind, VerifierKey};

/// A signer that holds its key in memory; the key is overwritten when it is dropped.
pub struct Ed25519Signer {
    secret: SigningKey,
    key: VerifierKey,
}

impl Ed25519Signer {
    /// A signer from the 32 secret bytes of an Ed25519 key (its seed, RFC 8032), as a host read them from its secret
    /// store. Make them once from a source of true randomness: who knows them can sign in this name.
    ///
    /// For a log the name is its origin: a URL without schema that nobody else uses, `example.com/juno/audit`.
    ///
    /// # Errors
    /// If the name is empty or holds a blank, a plus sign or a control character.
    pub fn new(
        name: impl Into<String>,
        kind: KeyKind,
        seed: &Zeroizing<[u8; 32]>,
    ) -> Result<Self, CryptoError> {
        let secret = SigningKey::from_bytes(seed);
        let key = VerifierKey::new(name, kind, secret.verifying_key().to_bytes())?;
        Ok(Self { secret, key })
    }
}

impl Signer for Ed25519Signer {
    fn key(&self) -> &VerifierKey {
        &self.key
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], CryptoError> {
        Ok(self.secret.sign(message).to_bytes())
    }
}

impl fmt::Debug for Ed25519Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ed25519Signer({})", self.key)
    }
}

use crate::CryptoError;
use crate::verifier_key::VerifierKey;

/// Signs for one key, and never shows it.
///
/// What an implementation keeps true: every signature it gives verifies under [`key`](Self::key); the secret half
/// appears in no error, log or debug text. A signer that asks a key service elsewhere blocks while it does: call it
/// where blocking is allowed.
pub trait Signer: Send + Sync {
    /// The public half, with its name.
    fn key(&self) -> &VerifierKey;

    /// The Ed25519 signature over a message.
    ///
    /// # Errors
    /// If the key cannot be reached or will not sign.
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], CryptoError>;
}

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};

use crate::CryptoError;
use crate::random::RandomSource;

const NONCE: usize = 12;

/// Encrypts with AES-256-GCM under a fresh nonce, which comes first in the result. `about` is not in the result but
/// has to be the same when it is opened: say there what the text belongs to, so that it cannot be moved elsewhere.
///
/// One key is good for 2^32 texts.
///
/// # Errors
/// If there is no randomness, or the text has 64 GB or more.
pub fn encrypt(
    key: &[u8; 32],
    text: &[u8],
    about: &[u8],
    random: &dyn RandomSource,
) -> Result<Vec<u8>, CryptoError> {
    let bytes = random.next()?;
    let nonce: [u8; NONCE] = bytes.first_chunk().copied().unwrap_or_default();
    let cipher = Aes256Gcm::new(&Key::<Aes256Gcm>::from(*key));
    let sealed = cipher
        .encrypt(&Nonce::from(nonce), Payload { msg: text, aad: about })
        .map_err(|_| CryptoError::Cipher("it is too long"))?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// Decrypts what [`encrypt`] gave.
///
/// # Errors
/// If the key is another one, or anything was changed.
pub fn decrypt(key: &[u8; 32], sealed: &[u8], about: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let (nonce, text) = sealed.split_first_chunk::<NONCE>().ok_or(CryptoError::Cipher("it is cut off"))?;
    Aes256Gcm::new(&Key::<Aes256Gcm>::from(*key))
        .decrypt(&Nonce::from(*nonce), Payload { msg: text, aad: about })
        .map_err(|_| CryptoError::Cipher("it was changed, or the key is another one"))
}

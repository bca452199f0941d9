use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use rand::RngCore;
use rand::rngs::OsRng;

use crate::{CryptoError, digest_parts};

/// Where salts, nonces and keys come from.
///
/// What an implementation keeps true: no value is given twice, and nobody can guess one.
pub trait RandomSource: Send + Sync {
    /// 32 fresh bytes.
    ///
    /// # Errors
    /// If the source has none now.
    fn next(&self) -> Result<[u8; 32], CryptoError>;
}

/// The randomness of the operating system: the one to use.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl RandomSource for SystemRandom {
    fn next(&self) -> Result<[u8; 32], CryptoError> {
        let mut bytes = [0; 32];
        OsRng.try_fill_bytes(&mut bytes).map_err(|error| CryptoError::Random(error.to_string()))?;
        Ok(bytes)
    }
}

/// A repeatable source: for tests and cases alone, as who knows the seed knows everything that comes of it.
pub struct SeededRandom {
    seed: u64,
    given: AtomicU64,
}

impl SeededRandom {
    /// The source of a seed, from its beginning.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed, given: AtomicU64::new(0) }
    }
}

impl RandomSource for SeededRandom {
    fn next(&self) -> Result<[u8; 32], CryptoError> {
        let nth = self.given.fetch_add(1, Ordering::Relaxed);
        Ok(digest_parts(&[b"juno seeded random", &self.seed.to_be_bytes(), &nth.to_be_bytes()]).0)
    }
}

impl fmt::Debug for SeededRandom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SeededRandom")
    }
}

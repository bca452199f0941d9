use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use zeroize::Zeroizing;

use crate::CryptoError;
use crate::random::RandomSource;

/// Keeps one data key for each name, apart from the data: once a key is destroyed, what was encrypted under it is gone
/// from every copy, backups included.
///
/// What an implementation keeps true: a key is never given under two names; a destroyed key cannot be had again, and
/// the next [`key`](Self::key) of its name is another one; keys appear in no error, log or debug text. Its own backups
/// must forget destroyed keys, or erasing is undone by restoring them.
pub trait KeyProvider: Send + Sync {
    /// The key of a name, made now if there is none.
    ///
    /// # Errors
    /// If the keeper of the keys cannot be reached.
    fn key(&self, name: &str) -> Result<Zeroizing<[u8; 32]>, CryptoError>;

    /// The key of a name; None if there is none, or no longer.
    ///
    /// # Errors
    /// If the keeper of the keys cannot be reached: that is never an answer of None.
    fn find(&self, name: &str) -> Result<Option<Zeroizing<[u8; 32]>>, CryptoError>;

    /// Destroys the key of a name, if there is one.
    ///
    /// # Errors
    /// If the keeper of the keys cannot be reached; then it may still be there.
    fn destroy(&self, name: &str) -> Result<(), CryptoError>;
}

/// Keys in memory: what was encrypted under them is lost with the process. For tests.
pub struct InMemoryKeys {
    random: Arc<dyn RandomSource>,
    keys: Mutex<BTreeMap<String, Zeroizing<[u8; 32]>>>,
}

impl InMemoryKeys {
    /// No keys yet.
    #[must_use]
    pub fn new(random: Arc<dyn RandomSource>) -> Self {
        Self { random, keys: Mutex::default() }
    }
}

impl KeyProvider for InMemoryKeys {
    fn key(&self, name: &str) -> Result<Zeroizing<[u8; 32]>, CryptoError> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = keys.get(name) {
            return Ok(key.clone());
        }
        let key = Zeroizing::new(self.random.next()?);
        keys.insert(name.to_owned(), key.clone());
        Ok(key)
    }

    fn find(&self, name: &str) -> Result<Option<Zeroizing<[u8; 32]>>, CryptoError> {
        Ok(self.keys.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned())
    }

    fn destroy(&self, name: &str) -> Result<(), CryptoError> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        Ok(())
    }
}

impl fmt::Debug for InMemoryKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InMemoryKeys")
    }
}

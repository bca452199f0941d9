use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use juno_crypto::{
    CryptoError, KeyProvider, KeyedDigest, RandomSource, Zeroizing, decrypt, digest, encrypt, payload_of,
};
use juno_domain::{DomainEvent, EventId, EventKind, TenantId};
use serde_json::json;

use crate::{IndexEntry, LegalHold, Memory, MemoryError, MemoryMarks, MemoryScope};

/// What an encrypted store keeps to search by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SealedIndex {
    /// Marks of the words, so that recall ranks as in an open store. Who reads the store sees which words are equal, and
    /// how often each occurs.
    #[default]
    Marked,
    /// Nothing of the text. Recall refuses a query with content words as unsupported; `list` works.
    Off,
}

/// Encrypts what memories say, for stores: the body with AES-256-GCM under a key of whose data it is, or else of the
/// scope; what it is found by as [`MemoryMarks`].
///
/// Keys come from a [`KeyProvider`] and are held only for the length of one operation, but for the keys of marks. A clone
/// shares them.
#[derive(Clone)]
pub struct MemoryCipher {
    keys: Arc<dyn KeyProvider>,
    random: Arc<dyn RandomSource>,
    index: SealedIndex,
    marks: Arc<Mutex<BTreeMap<String, MemoryMarks>>>,
}

type Key = Zeroizing<[u8; 32]>;

/// What a sealed text is bound to, so that no row can take another's place.
#[derive(Clone, Copy)]
enum Place<'a> {
    Memory(&'a MemoryScope, &'a str),
    Hold(&'a TenantId, &'a str),
    Vector(&'a MemoryScope, &'a str),
}

impl Place<'_> {
    fn about(self, key_name: &str) -> Vec<u8> {
        match self {
            Self::Memory(scope, id) => json!(["juno memory 1", key_name, scope, id]),
            Self::Vector(scope, id) => json!(["juno memory vector 1", key_name, scope, id]),
            Self::Hold(tenant, mark) => json!(["juno legal hold 1", key_name, tenant, mark]),
        }
        .to_string()
        .into_bytes()
    }
}

impl MemoryCipher {
    /// Encrypts under keys of `keys`, with nonces and names of keys from `random`.
    #[must_use]
    pub fn new(keys: Arc<dyn KeyProvider>, random: Arc<dyn RandomSource>) -> Self {
        Self { keys, random, index: SealedIndex::default(), marks: Arc::default() }
    }

    /// The same with another index.
    #[must_use]
    pub fn with_index(self, index: SealedIndex) -> Self {
        Self { index, ..self }
    }

    /// What is kept to search by.
    #[must_use]
    pub const fn index(&self) -> SealedIndex {
        self.index
    }

    /// A new key under a new name that says nothing.
    ///
    /// # Errors
    /// If the keeper of the keys cannot be reached.
    pub fn new_key(&self) -> Result<String, MemoryError> {
        let name = format!("memory-{}", digest(&self.random.next()?));
        self.keys.key(&name)?;
        Ok(name)
    }

    /// Whether the key of a name is still there.
    ///
    /// # Errors
    /// If the keeper of the keys cannot be reached.
    pub fn has_key(&self, name: &str) -> Result<bool, MemoryError> {
        Ok(self.keys.find(name)?.is_some())
    }

    /// Destroys a key: nothing that was encrypted under it can be read again, in no copy.
    ///
    /// # Errors
    /// If the keeper of the keys cannot be reached; the key may still be there.
    pub fn destroy_key(&self, name: &str) -> Result<(), MemoryError> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        Ok(self.keys.destroy(name)?)
    }

    /// The marks of a tenant under the key of a name.
    ///
    /// # Errors
    /// If there is no such key: then these are not the keys that the store was encrypted with.
    pub fn marks(&self, tenant: &TenantId, name: &str) -> Result<MemoryMarks, MemoryError> {
        let known = || self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(marks) = known().get(name) {
            return Ok(marks.clone());
        }
        let key = self.keys.find(name)?.ok_or(MemoryError::OtherKeys)?;
        let marks = MemoryMarks::new(tenant, &key);
        known().insert(name.to_owned(), marks.clone());
        Ok(marks)
    }

    /// What a memory is filed under.
    ///
    /// # Errors
    /// Never for a checked memory.
    pub fn entry(&self, memory: &Memory, marks: &MemoryMarks) -> Result<IndexEntry, MemoryError> {
        let scope = marks.scope(&memory.scope)?;
        Ok(match self.index {
            SealedIndex::Marked => IndexEntry::marked(memory, marks, &scope),
            SealedIndex::Off => IndexEntry::unsearchable(memory, marks, &scope),
        })
    }

    /// Begins an operation that reads or writes: it asks for each key once.
    #[must_use]
    pub const fn begin(&self) -> CipherUse<'_> {
        CipherUse { cipher: self, known: BTreeMap::new() }
    }
}

impl fmt::Debug for MemoryCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryCipher").field("index", &self.index).finish_non_exhaustive()
    }
}

/// One operation with a [`MemoryCipher`]; its keys are overwritten when it ends.
pub struct CipherUse<'c> {
    cipher: &'c MemoryCipher,
    known: BTreeMap<String, Option<Key>>,
}

impl CipherUse<'_> {
    /// Whether the key of a name is still there.
    ///
    /// # Errors
    /// If the keeper of the keys cannot be reached.
    pub fn has_key(&mut self, name: &str) -> Result<bool, MemoryError> {
        Ok(self.key(name)?.is_some())
    }

    /// Encrypts a memory under the key of a name.
    ///
    /// # Errors
    /// If the key is gone, or the keeper of the keys or randomness cannot be reached.
    pub fn seal(&mut self, key_name: &str, memory: &Memory) -> Result<Vec<u8>, MemoryError> {
        let text = Zeroizing::new(memory.to_json()?.into_bytes());
        self.seal_text(key_name, &text, Place::Memory(&memory.scope, memory.id.as_str()))
    }

    /// Decrypts what [`seal`](Self::seal) gave, as it lies under an id in a scope.
    ///
    /// # Errors
    /// Erased if the key was destroyed; corrupt if anything was changed or moved; or if the keeper of the keys cannot be
    /// reached.
    pub fn open(
        &mut self,
        key_name: &str,
        scope: &MemoryScope,
        id: &str,
        sealed: &[u8],
    ) -> Result<Memory, MemoryError> {
        let text = self.open_text(key_name, sealed, Place::Memory(scope, id), id)?;
        serde_json::from_slice(&text).map_err(|_| corrupt(id))
    }

    /// Encrypts a memory's vector, as [`seal`](Self::seal) does the memory, under the same key.
    ///
    /// # Errors
    /// As `seal`.
    pub fn seal_vector(
        &mut self,
        key_name: &str,
        scope: &MemoryScope,
        id: &str,
        bytes: &[u8],
    ) -> Result<Vec<u8>, MemoryError> {
        self.seal_text(key_name, bytes, Place::Vector(scope, id))
    }

    /// Decrypts what [`seal_vector`](Self::seal_vector) gave.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_vector(
        &mut self,
        key_name: &str,
        scope: &MemoryScope,
        id: &str,
        sealed: &[u8],
    ) -> Result<Vec<u8>, MemoryError> {
        Ok(self.open_text(key_name, sealed, Place::Vector(scope, id), id)?.to_vec())
    }

    /// Encrypts a legal hold, as [`seal`](Self::seal) does memories. `mark` is that of its subject.
    ///
    /// # Errors
    /// As `seal`.
    pub fn seal_hold(
        &mut self,
        key_name: &str,
        mark: &str,
        hold: &LegalHold,
    ) -> Result<Vec<u8>, MemoryError> {
        let text =
            serde_json::to_vec(hold).map_err(|error| MemoryError::Internal { reason: error.to_string() })?;
        self.seal_text(key_name, &Zeroizing::new(text), Place::Hold(&hold.tenant, mark))
    }

    /// Decrypts what [`seal_hold`](Self::seal_hold) gave.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_hold(
        &mut self,
        key_name: &str,
        tenant: &TenantId,
        mark: &str,
        sealed: &[u8],
    ) -> Result<LegalHold, MemoryError> {
        const HOLD: &str = "a legal hold";
        let text = self.open_text(key_name, sealed, Place::Hold(tenant, mark), HOLD)?;
        serde_json::from_slice(&text).map_err(|_| corrupt(HOLD))
    }

    /// The record of a memory for a log that outlives it. The digest of a short text can be guessed, and a source can name
    /// people: so the record of what is encrypted has a digest under the memory's own key, which nobody can check once the
    /// key is destroyed, and no source. Other events stay as they are.
    ///
    /// # Errors
    /// If the key is gone, or the keeper of the keys cannot be reached.
    pub fn mark_event(
        &mut self,
        key_name: &str,
        memory: &Memory,
        event: &DomainEvent,
    ) -> Result<DomainEvent, MemoryError> {
        if event.kind != EventKind::MemoryWritten || event.subject != memory.id.as_str() {
            return Ok(event.clone());
        }
        let key = self.key(key_name)?.ok_or_else(|| MemoryError::Erased { id: memory.id.to_string() })?;
        let text = Zeroizing::new(memory.to_json()?);
        let content = KeyedDigest::new(key).derived(b"juno memory record").of(text.as_bytes());
        let payload =
            json!({ "kind": memory.kind, "scope": memory.scope, "digest": content, "key": key_name });
        // An id that somebody chose stays; one that is made of the open digest does not.
        let open = digest(text.as_bytes()).to_string();
        let id = match event.id.as_str().contains(&open) {
            true => EventId::new(format!("memory_written-{content}"))?,
            false => event.id.clone(),
        };
        Ok(DomainEvent { id, payload: payload_of(&payload)?, ..event.clone() })
    }

    fn seal_text(&mut self, key_name: &str, text: &[u8], place: Place<'_>) -> Result<Vec<u8>, MemoryError> {
        let random = Arc::clone(&self.cipher.random);
        let key = self.key(key_name)?.ok_or(MemoryError::OtherKeys)?;
        Ok(encrypt(key, text, &place.about(key_name), random.as_ref())?)
    }

    fn open_text(
        &mut self,
        key_name: &str,
        sealed: &[u8],
        place: Place<'_>,
        id: &str,
    ) -> Result<Zeroizing<Vec<u8>>, MemoryError> {
        let key = self.key(key_name)?.ok_or_else(|| MemoryError::Erased { id: id.to_owned() })?;
        match decrypt(key, sealed, &place.about(key_name)) {
            Ok(text) => Ok(Zeroizing::new(text)),
            Err(CryptoError::Cipher(_)) => Err(corrupt(id)),
            Err(error) => Err(error.into()),
        }
    }

    fn key(&mut self, name: &str) -> Result<Option<&Key>, MemoryError> {
        if !self.known.contains_key(name) {
            self.known.insert(name.to_owned(), self.cipher.keys.find(name)?);
        }
        Ok(self.known.get(name).and_then(Option::as_ref))
    }
}

impl fmt::Debug for CipherUse<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CipherUse")
    }
}

fn corrupt(id: &str) -> MemoryError {
    // What was decrypted is in no message.
    MemoryError::Corrupt { id: id.to_owned(), reason: "it does not decrypt: it was changed or moved".into() }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use juno_crypto::{InMemoryKeys, SeededRandom};
    use juno_domain::{ErrorKind, MemoryId, PrincipalId};

    use super::*;
    use crate::{MemoryKind, written_event};

    fn cipher() -> MemoryCipher {
        let random = Arc::new(SeededRandom::new(1));
        MemoryCipher::new(Arc::new(InMemoryKeys::new(random.clone())), random)
    }

    fn memory(id: &str) -> Memory {
        let scope = MemoryScope::tenant_wide(TenantId::new("acme").unwrap());
        let id = MemoryId::new(id).unwrap();
        Memory::new(id, MemoryKind::Episodic, scope, "Ada earns 100", "a mail of Ada", DateTime::UNIX_EPOCH)
    }

    #[test]
    fn it_opens_where_it_belongs_and_nowhere_else() {
        let cipher = cipher();
        let (key, other) = (cipher.new_key().unwrap(), cipher.new_key().unwrap());
        let (memory, mut using) = (memory("m1"), cipher.begin());
        let sealed = using.seal(&key, &memory).unwrap();
        let scope = memory.scope.clone();
        assert_eq!(using.open(&key, &scope, "m1", &sealed), Ok(memory.clone()));
        assert_ne!(using.seal(&key, &memory).unwrap(), sealed, "a fresh nonce");
        let elsewhere = MemoryScope::tenant_wide(TenantId::new("other").unwrap());
        let mut changed = sealed.clone();
        changed[20] ^= 1;
        for moved in [
            using.open(&key, &scope, "m2", &sealed),
            using.open(&key, &elsewhere, "m1", &sealed),
            using.open(&other, &scope, "m1", &sealed),
            using.open(&key, &scope, "m1", &changed),
            using.open(&key, &scope, "m1", b"short"),
        ] {
            let error = moved.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt);
            assert!(!format!("{error} {error:?}").contains("Ada"));
        }
        cipher.destroy_key(&key).unwrap();
        let erased = cipher.begin().open(&key, &scope, "m1", &sealed).unwrap_err();
        assert_eq!(erased, MemoryError::Erased { id: "m1".into() });
        assert!(!format!("{cipher:?} {using:?}").contains("Ada"));
    }

    #[test]
    fn the_record_of_what_is_encrypted_cannot_be_guessed() {
        let cipher = cipher();
        let key = cipher.new_key().unwrap();
        let memory = memory("m1");
        let open = written_event(&memory, &PrincipalId::new("juno").unwrap()).unwrap();
        let marked = cipher.begin().mark_event(&key, &memory, &open).unwrap();
        assert_eq!(cipher.begin().mark_event(&key, &memory, &open).unwrap(), marked, "the same fact");
        let text = serde_json::to_string(&marked).unwrap();
        let guess = digest(memory.to_json().unwrap().as_bytes()).to_string();
        assert!(serde_json::to_string(&open).unwrap().contains(&guess));
        assert!(!text.contains(&guess) && !text.contains("Ada") && text.contains(&key));
        assert_eq!((&marked.at, &marked.actor, &marked.subject), (&open.at, &open.actor, &open.subject));
        cipher.destroy_key(&key).unwrap();
        assert!(cipher.begin().mark_event(&key, &memory, &open).is_err());
    }

    #[test]
    fn keys_of_another_store_are_noticed() {
        let (one, other) = (cipher(), cipher());
        let name = one.new_key().unwrap();
        let tenant = TenantId::new("acme").unwrap();
        assert!(one.marks(&tenant, &name).is_ok());
        let error = other.marks(&tenant, &name).unwrap_err();
        assert_eq!((error.clone(), error.kind()), (MemoryError::OtherKeys, ErrorKind::InvalidInput));
        assert!(error.to_string().contains("memory.encryption.keys"));
    }
}

//! What one operation needs to read and write memories of a tenant, encrypted or not.

use std::cell::RefCell;

use juno_domain::TenantId;
use juno_memory::{
    CipherUse, FactOutcome, IndexEntry, LegalHold, Memory, MemoryCipher, MemoryError, MemoryMarks,
    MemoryScope, ScopeMarks, SealedIndex,
};

use crate::tx::Tx;

/// Whose keys legal holds are encrypted under.
pub(crate) const HOLDS: &str = "holds";

/// Opens and seals memories of one tenant; asks for each key once.
pub(crate) struct Vault<'c> {
    tenant: TenantId,
    sealing: Option<Sealing<'c>>,
}

struct Sealing<'c> {
    cipher: &'c MemoryCipher,
    using: RefCell<CipherUse<'c>>,
    /// The tenant's marks and newest epoch; `None` before anything of it is encrypted.
    marks: Option<(MemoryMarks, i64)>,
}

/// A memory as it is to lie there.
pub(crate) struct Laid {
    pub(crate) entry: IndexEntry,
    pub(crate) body: String,
    pub(crate) key_name: Option<String>,
    pub(crate) sealed: Option<Vec<u8>>,
}

/// A scope that holds memories.
pub(crate) struct ScopeRow {
    pub(crate) key: i64,
    /// Whether it holds memories in the clear.
    pub(crate) plain: bool,
    /// Whether it holds encrypted memories.
    pub(crate) sealed: bool,
}

/// The ways in which the memories of a scope may be filed: in the clear, under marks, or, before all of it is encrypted,
/// some so and some so.
pub(crate) struct Forms {
    pub(crate) plain: bool,
    pub(crate) marks: Option<ScopeMarks>,
}

impl Forms {
    fn of(&self, text: &str, mark: impl Fn(&ScopeMarks) -> String) -> Vec<String> {
        let plain = self.plain.then(|| text.to_owned());
        plain.into_iter().chain(self.marks.as_ref().map(mark)).collect()
    }

    pub(crate) fn word(&self, word: &str) -> Vec<String> {
        self.of(word, |marks| marks.word(word))
    }

    pub(crate) fn tag(&self, tag: &str) -> Vec<String> {
        self.of(tag, |marks| marks.tag(tag))
    }

    pub(crate) fn fact(&self, key: &str) -> Vec<String> {
        self.of(key, |marks| marks.fact(key))
    }
}

impl<'c> Vault<'c> {
    /// For reading.
    pub(crate) fn to_read(
        tx: &Tx<'_>,
        cipher: Option<&'c MemoryCipher>,
        tenant: &TenantId,
    ) -> Result<Self, MemoryError> {
        let Some(cipher) = cipher else { return Ok(Self { tenant: tenant.clone(), sealing: None }) };
        let sql = "SELECT name, epoch FROM memory_keys WHERE tenant = ?1 AND owner = ''";
        let found = tx.one(sql, [tenant.as_str()], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
        let marks = found.map(|(name, epoch)| Ok::<_, MemoryError>((cipher.marks(tenant, &name)?, epoch)));
        let sealing = Sealing { cipher, using: RefCell::new(cipher.begin()), marks: marks.transpose()? };
        Ok(Self { tenant: tenant.clone(), sealing: Some(sealing) })
    }

    /// Sees to it that writing is encrypted where it is to be; `true` where the tenant's encryption begins with it.
    /// Nothing goes in the clear into a file in which anything is encrypted.
    pub(crate) fn begin(&mut self, tx: &Tx<'_>) -> Result<bool, MemoryError> {
        let Some(sealing) = &mut self.sealing else {
            let sql = "SELECT 1 FROM facts WHERE name = 'memory_encrypted'";
            return match tx.one(sql, [], |_| Ok(()))? {
                Some(()) => Err(MemoryError::Locked),
                None => Ok(false),
            };
        };
        if sealing.marks.is_some() {
            return Ok(false);
        }
        let name = sealing.cipher.new_key()?;
        let sql = "INSERT INTO memory_keys (tenant, owner, epoch, name) VALUES (?1, '', 1, ?2)";
        tx.execute(sql, (self.tenant.as_str(), &name))?;
        tx.execute("INSERT OR IGNORE INTO facts (name, value) VALUES ('memory_encrypted', 1)", [])?;
        sealing.marks = Some((sealing.cipher.marks(&self.tenant, &name)?, 1));
        Ok(true)
    }

    /// Whether what is written is encrypted.
    pub(crate) const fn seals(&self) -> bool {
        self.sealing.is_some()
    }

    /// The tenant's marks, where anything of it is encrypted.
    pub(crate) fn marks(&self) -> Option<&MemoryMarks> {
        Some(&self.sealing.as_ref()?.marks.as_ref()?.0)
    }

    /// The ways in which a scope's memories are filed.
    pub(crate) fn forms(&self, scope: &MemoryScope, row: &ScopeRow) -> Result<Forms, MemoryError> {
        if !row.sealed {
            return Ok(Forms { plain: true, marks: None });
        }
        let marks = self.marks().ok_or(MemoryError::Locked)?;
        Ok(Forms { plain: row.plain, marks: Some(marks.scope(scope)?) })
    }

    /// Refuses to search where nothing is kept to search by.
    pub(crate) fn check_searchable(&self) -> Result<(), MemoryError> {
        match &self.sealing {
            Some(sealing) if sealing.cipher.index() == SealedIndex::Off => Err(MemoryError::Unsupported {
                what: "searching the words of encrypted memories",
                hint: "list the newest, or set `memory.encryption.index` to `marked` and encrypt again",
            }),
            _ => Ok(()),
        }
    }

    /// What an encrypted memory is filed under, or an open one.
    pub(crate) fn entry(&self, memory: &Memory, sealed: bool) -> Result<IndexEntry, MemoryError> {
        match self.sealing.as_ref().filter(|_| sealed) {
            Some(Sealing { cipher, marks: Some((marks, _)), .. }) => cipher.entry(memory, marks),
            _ if sealed => Err(MemoryError::Locked),
            _ => {
                let subject = self.subject(memory.subject.as_deref());
                Ok(IndexEntry { subject, ..IndexEntry::plain(memory) })
            }
        }
    }

    /// How a subject is filed.
    pub(crate) fn subject(&self, subject: Option<&str>) -> Option<String> {
        subject.map(|subject| self.marks().map_or_else(|| subject.to_owned(), |marks| marks.subject(subject)))
    }

    /// A memory as it is to lie there, under the newest key.
    pub(crate) fn lay(&self, tx: &Tx<'_>, memory: &Memory) -> Result<Laid, MemoryError> {
        let entry = self.entry(memory, self.seals())?;
        let Some(sealing) = &self.sealing else {
            return Ok(Laid { entry, body: memory.to_json()?, key_name: None, sealed: None });
        };
        let owner = match &entry.subject {
            Some(mark) => format!("subject {mark}"),
            None => {
                let scope = serde_json::to_string(&memory.scope);
                format!(
                    "scope {}",
                    scope.map_err(|error| MemoryError::Internal { reason: error.to_string() })?
                )
            }
        };
        let key_name = self.newest_key(tx, &owner)?;
        let sealed = sealing.using.borrow_mut().seal(&key_name, memory)?;
        Ok(Laid { entry, body: String::new(), key_name: Some(key_name), sealed: Some(sealed) })
    }

    /// The name of an owner's newest key, made if there is none. A key that was destroyed is none.
    fn newest_key(&self, tx: &Tx<'_>, owner: &str) -> Result<String, MemoryError> {
        let Some(Sealing { cipher, marks: Some((_, epoch)), .. }) = &self.sealing else {
            return Err(MemoryError::Locked);
        };
        let sql = "SELECT name FROM memory_keys WHERE tenant = ?1 AND owner = ?2 AND epoch = ?3";
        let known = tx.one(sql, (self.tenant.as_str(), owner, epoch), |row| row.get::<_, String>(0))?;
        if let Some(known) = known
            && self.knows(&known)?
        {
            return Ok(known);
        }
        let name = cipher.new_key()?;
        let sql = "INSERT OR REPLACE INTO memory_keys (tenant, owner, epoch, name) VALUES (?1, ?2, ?3, ?4)";
        tx.execute(sql, (self.tenant.as_str(), owner, epoch, &name))?;
        Ok(name)
    }

    fn knows(&self, name: &str) -> Result<bool, MemoryError> {
        self.sealing.as_ref().map_or(Ok(false), |sealing| sealing.using.borrow_mut().has_key(name))
    }

    /// Opens an encrypted memory.
    pub(crate) fn open(
        &self,
        key_name: &str,
        scope: &MemoryScope,
        id: &str,
        sealed: &[u8],
    ) -> Result<Memory, MemoryError> {
        // Before anything is encrypted there are no marks, and so no keys that could be the wrong ones.
        let sealing = self.sealing.as_ref().filter(|sealing| sealing.marks.is_some());
        sealing.ok_or(MemoryError::Locked)?.using.borrow_mut().open(key_name, scope, id, sealed)
    }

    /// A vector as it is to lie there, under its memory's key.
    pub(crate) fn seal_vector(
        &self,
        key_name: &str,
        scope: &MemoryScope,
        id: &str,
        bytes: &[u8],
    ) -> Result<Vec<u8>, MemoryError> {
        let sealing = self.sealing.as_ref().ok_or(MemoryError::Locked)?;
        sealing.using.borrow_mut().seal_vector(key_name, scope, id, bytes)
    }

    /// Opens an encrypted vector.
    pub(crate) fn open_vector(
        &self,
        key_name: &str,
        scope: &MemoryScope,
        id: &str,
        sealed: &[u8],
    ) -> Result<Vec<u8>, MemoryError> {
        let sealing = self.sealing.as_ref().filter(|sealing| sealing.marks.is_some());
        sealing.ok_or(MemoryError::Locked)?.using.borrow_mut().open_vector(key_name, scope, id, sealed)
    }

    /// The ids that arranging a fact made, in a form that tells nothing where what is written is encrypted.
    pub(crate) fn hide_versions(
        &self,
        about: (&[Memory], &Memory),
        arranged: (FactOutcome, Vec<Memory>),
    ) -> Result<(FactOutcome, Vec<Memory>), MemoryError> {
        match self.marks() {
            Some(marks) => marks.scope(&about.1.scope)?.hide_versions(about, arranged),
            None => Ok(arranged),
        }
    }

    /// The record of a memory that was laid down under a key, as a log may keep it.
    pub(crate) fn record(
        &self,
        key_name: &str,
        memory: &Memory,
        event: &juno_domain::DomainEvent,
    ) -> Result<juno_domain::DomainEvent, MemoryError> {
        let sealing = self.sealing.as_ref().ok_or(MemoryError::Locked)?;
        sealing.using.borrow_mut().mark_event(key_name, memory, event)
    }

    /// A hold as it is to lie there: the name of its key, and the hold under it.
    pub(crate) fn seal_hold(
        &self,
        tx: &Tx<'_>,
        mark: &str,
        hold: &LegalHold,
    ) -> Result<(String, Vec<u8>), MemoryError> {
        let key_name = self.newest_key(tx, HOLDS)?;
        let sealing = self.sealing.as_ref().ok_or(MemoryError::Locked)?;
        let sealed = sealing.using.borrow_mut().seal_hold(&key_name, mark, hold)?;
        Ok((key_name, sealed))
    }

    /// Opens an encrypted hold.
    pub(crate) fn open_hold(
        &self,
        key_name: &str,
        mark: &str,
        sealed: &[u8],
    ) -> Result<LegalHold, MemoryError> {
        let sealing = self.sealing.as_ref().ok_or(MemoryError::Locked)?;
        sealing.using.borrow_mut().open_hold(key_name, &self.tenant, mark, sealed)
    }
}

//! One memory as rows: writing, removing and reading it. Every change keeps the memory, its tags, its words and the
//! counts of its scope together; callers run it inside one transaction.

use juno_domain::{MemoryId, PrincipalId, SessionId, TeamId, TenantId};
use juno_memory::{IndexEntry, Memory, MemoryError, MemoryScope};
use rusqlite::Row;

use crate::error::SqliteError;
use crate::memory_vault::{Laid, ScopeRow, Vault};
use crate::time::nanos;
use crate::tx::Tx;
use crate::{memory_blocks, memory_holds, memory_speakers, memory_vector_row};

/// The scope with that name; `None` where it holds nothing.
pub(crate) fn scope_row(tx: &Tx<'_>, scope: &MemoryScope) -> Result<Option<ScopeRow>, SqliteError> {
    tx.one(
        "SELECT key, memories > sealed, sealed > 0 FROM scopes
         WHERE tenant = ?1 AND team = ?2 AND agent = ?3 AND session = ?4",
        levels(scope),
        |row| Ok(ScopeRow { key: row.get(0)?, plain: row.get(1)?, sealed: row.get(2)? }),
    )
}

/// The key of a scope that holds memories; `None` where it holds none.
pub(crate) fn scope_key(tx: &Tx<'_>, scope: &MemoryScope) -> Result<Option<i64>, SqliteError> {
    Ok(scope_row(tx, scope)?.map(|row| row.key))
}

/// The levels of a scope as its columns hold them: no id is empty, so '' is free for "not named".
fn levels(scope: &MemoryScope) -> (&str, &str, &str, &str) {
    (
        scope.tenant().as_str(),
        scope.team().map_or("", TeamId::as_str),
        scope.agent().map_or("", PrincipalId::as_str),
        scope.session().map_or("", SessionId::as_str),
    )
}

/// The scope in the four columns from `first` on.
pub(crate) fn read_scope(row: &Row<'_>, first: usize) -> rusqlite::Result<Result<MemoryScope, MemoryError>> {
    let level = |at: usize| row.get::<_, String>(first + at);
    let named = |text: String| (!text.is_empty()).then_some(text);
    let (tenant, team, agent, session) = (level(0)?, named(level(1)?), named(level(2)?), named(level(3)?));
    let scope = || {
        MemoryScope::new(
            TenantId::new(tenant)?,
            team.map(TeamId::new).transpose()?,
            agent.map(PrincipalId::new).transpose()?,
            session.map(SessionId::new).transpose()?,
        )
    };
    Ok(scope())
}

/// What is needed of a memory to take it out again.
pub(crate) struct Stored {
    pub(crate) key: i64,
    pub(crate) scope: i64,
    pub(crate) words: String,
    pub(crate) word_count: i64,
    pub(crate) who: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) sealed: bool,
}

impl Stored {
    /// What [`Stored::read`] reads, the first columns of a query on `memories m`.
    pub(crate) const COLUMNS: &str =
        "m.key, m.scope, m.words, m.word_count, m.who, m.subject, m.key_name IS NOT NULL";
    /// How many they are.
    pub(crate) const WIDTH: usize = 7;

    /// Reads [`Stored::COLUMNS`].
    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        // Damaged words only leave postings behind that point nowhere.
        let words = String::from_utf8_lossy(row.get_ref(2)?.as_bytes()?).into_owned();
        Ok(Self {
            key: row.get(0)?,
            scope: row.get(1)?,
            words,
            word_count: row.get(3)?,
            who: row.get(4)?,
            subject: row.get(5)?,
            sealed: row.get(6)?,
        })
    }

    /// The memory with that id in its tenant.
    pub(crate) fn find(tx: &Tx<'_>, tenant: &TenantId, id: &MemoryId) -> Result<Option<Self>, SqliteError> {
        tx.one(
            "SELECT m.key, m.scope, m.words, m.word_count, m.who, m.subject, m.key_name IS NOT NULL FROM memories m
             WHERE m.tenant = ?1 AND m.id = ?2",
            (tenant.as_str(), id.as_str()),
            Self::read,
        )
    }

    /// Whether it is somebody's who is under legal hold.
    pub(crate) fn is_held(&self, tx: &Tx<'_>, tenant: &TenantId) -> Result<bool, SqliteError> {
        match &self.subject {
            Some(subject) => memory_holds::is_held(tx, tenant, subject),
            None => Ok(false),
        }
    }

    /// Removes it, and its scope where it was the last there.
    pub(crate) fn remove(&self, tx: &Tx<'_>) -> Result<(), SqliteError> {
        self.remove_row(tx)?;
        tx.execute(
            "DELETE FROM scopes WHERE key = ?1 AND NOT EXISTS (SELECT 1 FROM memories WHERE scope = ?1)",
            [self.scope],
        )?;
        Ok(())
    }

    fn remove_row(&self, tx: &Tx<'_>) -> Result<(), SqliteError> {
        self.remove_words(tx)?;
        memory_vector_row::remove(tx, self.scope, self.key)?;
        memory_blocks::remove(tx, self.key)?;
        memory_speakers::remove(tx, self.scope, self.who.as_deref())?;
        tx.execute("DELETE FROM memories WHERE key = ?1", [self.key])?;
        count(tx, self.scope, (-1, -self.word_count, -i64::from(self.sealed)))
    }

    fn remove_words(&self, tx: &Tx<'_>) -> Result<(), SqliteError> {
        tx.execute(
            "INSERT INTO memory_words (memory_words, rowid, words) VALUES ('delete', ?1, ?2)",
            (self.key, in_scope(self.scope, &self.words)),
        )?;
        Ok(())
    }
}

/// Writes a memory, new or in place of the one with its id, and gives its scope and the name of the key it is encrypted
/// under. A conflict, found before anything is changed, if that one belongs to another scope.
pub(crate) fn put(
    tx: &Tx<'_>,
    vault: &Vault<'_>,
    memory: &Memory,
) -> Result<(i64, Option<String>), MemoryError> {
    let known_scope = scope_key(tx, &memory.scope)?;
    let old = Stored::find(tx, memory.scope.tenant(), &memory.id)?;
    if let Some(old) = &old
        && Some(old.scope) != known_scope
    {
        return Err(MemoryError::Conflict { id: memory.id.clone() });
    }
    if let Some(old) = &old
        && old.is_held(tx, memory.scope.tenant())?
        && !load(tx, vault, old.key, &memory.scope)?.is_some_and(|old| old.says_the_same(memory))
    {
        return Err(MemoryError::Held { id: memory.id.clone() });
    }
    let scope = match known_scope {
        Some(scope) => scope,
        None => insert_scope(tx, &memory.scope)?,
    };
    let key_name = match old {
        Some(old) => replace(tx, vault, old, memory)?,
        None => insert(tx, vault, scope, memory)?.1,
    };
    Ok((scope, key_name))
}

/// Writes a memory in the place of what is stored of it, and gives the name of the key it is encrypted under. Its vector
/// stays where it says the same.
pub(crate) fn replace(
    tx: &Tx<'_>,
    vault: &Vault<'_>,
    stored: Stored,
    memory: &Memory,
) -> Result<Option<String>, MemoryError> {
    let kept = memory_vector_row::kept(tx, vault, stored.key, memory)?;
    stored.remove_row(tx)?;
    let (key, key_name) = insert(tx, vault, stored.scope, memory)?;
    if let Some(kept) = kept {
        let place = (stored.scope, key, key_name.as_deref());
        memory_vector_row::file(tx, vault, place, (&memory.scope, &memory.id), &kept)?;
    }
    Ok(key_name)
}

fn insert(
    tx: &Tx<'_>,
    vault: &Vault<'_>,
    scope: i64,
    memory: &Memory,
) -> Result<(i64, Option<String>), MemoryError> {
    let Laid { entry, body, key_name, sealed } = vault.lay(tx, memory)?;
    let (word_count, words) = (i64::from(entry.card.words), entry.words.join(" "));
    let key = index(tx, scope, &entry, &words)?;
    tx.execute(
        "INSERT INTO memories (key, tenant, id, scope, kind, recorded_at, expires_at, words, word_count, who, fact,
             subject, body, key_name, sealed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        (
            key,
            memory.scope.tenant().as_str(),
            memory.id.as_str(),
            scope,
            memory.kind.as_str(),
            nanos(memory.recorded_at),
            memory.expires_at.map(nanos),
            &words,
            word_count,
            &entry.who,
            &entry.fact,
            &entry.subject,
            body,
            &key_name,
            sealed,
        ),
    )?;
    count(tx, scope, (1, word_count, i64::from(key_name.is_some())))?;
    for tag in &entry.tags {
        tx.execute("INSERT INTO memory_tags (scope, tag, memory) VALUES (?1, ?2, ?3)", (scope, tag, key))?;
    }
    Ok((key, key_name))
}

/// Adds a memory to everything that recall looks in, and gives the key that it has there.
pub(crate) fn index(tx: &Tx<'_>, scope: i64, entry: &IndexEntry, words: &str) -> Result<i64, SqliteError> {
    let key = memory_blocks::add(tx, scope, entry.thread.as_deref(), &entry.card)?;
    memory_speakers::add(tx, scope, entry.who.as_deref(), &entry.name_words)?;
    tx.execute("INSERT INTO memory_words (rowid, words) VALUES (?1, ?2)", (key, in_scope(scope, words)))?;
    Ok(key)
}

fn insert_scope(tx: &Tx<'_>, scope: &MemoryScope) -> Result<i64, SqliteError> {
    tx.execute("INSERT INTO scopes (tenant, team, agent, session) VALUES (?1, ?2, ?3, ?4)", levels(scope))?;
    Ok(tx.last_row())
}

fn count(tx: &Tx<'_>, scope: i64, (memories, words, sealed): (i64, i64, i64)) -> Result<(), SqliteError> {
    tx.execute(
        "UPDATE scopes SET memories = memories + ?2, words = words + ?3, sealed = sealed + ?4 WHERE key = ?1",
        (scope, memories, words, sealed),
    )?;
    Ok(())
}

/// Words as the index holds them: each behind its scope, so that two scopes never share a posting. The scope ends at
/// the first letter.
fn in_scope(scope: i64, words: &str) -> String {
    let before = term(scope, "");
    let mut text = String::with_capacity(2 * words.len());
    for word in words.split(' ').filter(|word| !word.is_empty()) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&before);
        text.push_str(word);
    }
    text
}

/// A word as the index holds it.
pub(crate) fn term(scope: i64, word: &str) -> String {
    format!("{scope}t{word}")
}

/// The columns that [`read`] reads, from a table called `m`.
pub(crate) const COLUMNS: &str =
    "m.id, m.kind, m.recorded_at, m.expires_at, m.subject, m.body, m.key_name, m.sealed";
/// How many they are.
pub(crate) const WIDTH: usize = 8;

/// The memory of a row of [`COLUMNS`] in the given scope, or why it cannot be read. The columns decide what a read finds,
/// so they have to say what the memory itself says.
pub(crate) fn read(
    row: &Row<'_>,
    scope: &MemoryScope,
    vault: &Vault<'_>,
) -> rusqlite::Result<Result<Memory, MemoryError>> {
    let id = row.get_ref(0)?.as_bytes()?;
    let kind = row.get_ref(1)?.as_bytes()?;
    let (recorded_at, expires_at): (i64, Option<i64>) = (row.get(2)?, row.get(3)?);
    let (subject, key_name) = (row.get::<_, Option<String>>(4)?, row.get::<_, Option<String>>(6)?);
    let corrupt =
        |reason: String| MemoryError::Corrupt { id: String::from_utf8_lossy(id).into_owned(), reason };
    let memory = match key_name {
        Some(key_name) => {
            let sealed = row.get_ref(7)?.as_blob_or_null()?.unwrap_or_default();
            vault.open(&key_name, scope, &String::from_utf8_lossy(id), sealed)
        }
        None => serde_json::from_slice::<Memory>(row.get_ref(5)?.as_bytes()?)
            .map_err(|error| corrupt(error.to_string())),
    };
    let agrees = |memory: &Memory| {
        memory.id.as_str().as_bytes() == id
            && memory.scope == *scope
            && memory.kind.as_str().as_bytes() == kind
            && nanos(memory.recorded_at) == recorded_at
            && memory.expires_at.map(nanos) == expires_at
            && (memory.subject == subject || vault.subject(memory.subject.as_deref()) == subject)
    };
    Ok(memory.and_then(|memory| match agrees(&memory) {
        true => Ok(memory),
        false => Err(corrupt("its columns say something else than its body".into())),
    }))
}

/// The memory with that key, if it is in the scope and can be read.
pub(crate) fn load(
    tx: &Tx<'_>,
    vault: &Vault<'_>,
    key: i64,
    scope: &MemoryScope,
) -> Result<Option<Memory>, MemoryError> {
    let sql = "SELECT m.id, m.kind, m.recorded_at, m.expires_at, m.subject, m.body, m.key_name, m.sealed
         FROM memories m WHERE m.key = ?1";
    tx.one(sql, [key], |row| read(row, scope, vault))?.map_or(Ok(None), readable)
}

/// A memory that was read; `None` for one that is damaged or erased.
pub(crate) fn readable(read: Result<Memory, MemoryError>) -> Result<Option<Memory>, MemoryError> {
    match read {
        Ok(memory) => Ok(Some(memory)),
        Err(error) if error.is_about_one() => Ok(None),
        Err(error) => Err(error),
    }
}

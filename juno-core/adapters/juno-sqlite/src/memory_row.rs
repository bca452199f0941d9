//! One memory as rows: writing, removing and reading it. Every change keeps the memory, its tags, its words and the
//! counts of its scope together; callers run it inside one transaction.

use juno_domain::{MemoryId, PrincipalId, SessionId, TeamId, TenantId};
use juno_memory::{Card, Fact, Memory, MemoryError, MemoryScope};
use rusqlite::Row;

use crate::error::SqliteError;
use crate::time::nanos;
use crate::tx::Tx;
use crate::{memory_blocks, memory_holds, memory_speakers};

/// The key of a scope that holds memories; `None` where it holds none.
pub(crate) fn scope_key(tx: &Tx<'_>, scope: &MemoryScope) -> Result<Option<i64>, SqliteError> {
    let (tenant, team, agent, session) = levels(scope);
    tx.one(
        "SELECT key FROM scopes WHERE tenant = ?1 AND team = ?2 AND agent = ?3 AND session = ?4",
        (tenant, team, agent, session),
        |row| row.get(0),
    )
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
}

impl Stored {
    /// What [`Stored::read`] reads, the first columns of a query on `memories m`.
    pub(crate) const COLUMNS: &str = "m.key, m.scope, m.words, m.word_count, m.who, m.subject";

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
        })
    }

    /// The memory with that id in its tenant.
    pub(crate) fn find(tx: &Tx<'_>, tenant: &TenantId, id: &MemoryId) -> Result<Option<Self>, SqliteError> {
        tx.one(
            "SELECT m.key, m.scope, m.words, m.word_count, m.who, m.subject FROM memories m
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
        memory_blocks::remove(tx, self.key)?;
        memory_speakers::remove(tx, self.scope, self.who.as_deref())?;
        tx.execute("DELETE FROM memories WHERE key = ?1", [self.key])?;
        count(tx, self.scope, -1, -self.word_count)
    }

    fn remove_words(&self, tx: &Tx<'_>) -> Result<(), SqliteError> {
        tx.execute(
            "INSERT INTO memory_words (memory_words, rowid, words) VALUES ('delete', ?1, ?2)",
            (self.key, in_scope(self.scope, &self.words)),
        )?;
        Ok(())
    }
}

/// Writes a memory, new or in place of the one with its id. A conflict, found before anything is changed, if that
/// one belongs to another scope.
pub(crate) fn put(tx: &Tx<'_>, memory: &Memory, body: &str) -> Result<i64, MemoryError> {
    let known_scope = scope_key(tx, &memory.scope)?;
    let old = Stored::find(tx, memory.scope.tenant(), &memory.id)?;
    if let Some(old) = &old
        && Some(old.scope) != known_scope
    {
        return Err(MemoryError::Conflict { id: memory.id.clone() });
    }
    if let Some(old) = &old
        && old.is_held(tx, memory.scope.tenant())?
        && !load(tx, old.key, &memory.scope)?.is_some_and(|old| old.says_the_same(memory))
    {
        return Err(MemoryError::Held { id: memory.id.clone() });
    }
    let scope = match known_scope {
        Some(scope) => scope,
        None => insert_scope(tx, &memory.scope)?,
    };
    if let Some(old) = old {
        old.remove_row(tx)?;
    }
    let (card, words) = Card::of(memory);
    let (word_count, words) = (i64::from(card.words), words.join(" "));
    let key = index(tx, scope, memory, &card, &words)?;
    tx.execute(
        "INSERT INTO memories (key, tenant, id, scope, kind, recorded_at, expires_at, words, word_count, who, fact,
             subject, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
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
            &memory.who,
            memory.fact.as_ref().map(Fact::key),
            &memory.subject,
            body,
        ),
    )?;
    count(tx, scope, 1, word_count)?;
    for tag in &memory.tags {
        tx.execute("INSERT INTO memory_tags (scope, tag, memory) VALUES (?1, ?2, ?3)", (scope, tag, key))?;
    }
    Ok(scope)
}

/// Adds a memory to everything that recall looks in, and gives the key that it has there.
pub(crate) fn index(
    tx: &Tx<'_>,
    scope: i64,
    memory: &Memory,
    card: &Card,
    words: &str,
) -> Result<i64, SqliteError> {
    let thread = memory.turn.as_ref().map(|turn| turn.thread.as_str());
    let key = memory_blocks::add(tx, scope, thread, card)?;
    memory_speakers::add(tx, scope, memory.who.as_deref())?;
    tx.execute("INSERT INTO memory_words (rowid, words) VALUES (?1, ?2)", (key, in_scope(scope, words)))?;
    Ok(key)
}

fn insert_scope(tx: &Tx<'_>, scope: &MemoryScope) -> Result<i64, SqliteError> {
    tx.execute("INSERT INTO scopes (tenant, team, agent, session) VALUES (?1, ?2, ?3, ?4)", levels(scope))?;
    Ok(tx.last_row())
}

fn count(tx: &Tx<'_>, scope: i64, memories: i64, words: i64) -> Result<(), SqliteError> {
    tx.execute(
        "UPDATE scopes SET memories = memories + ?2, words = words + ?3 WHERE key = ?1",
        (scope, memories, words),
    )?;
    Ok(())
}

/// Words as the index holds them: each behind its scope, so that two scopes never share a posting. The scope ends at
/// the first letter.
fn in_scope(scope: i64, words: &str) -> String {
    words.split(' ').filter(|word| !word.is_empty()).fold(String::new(), |mut text, word| {
        let gap = if text.is_empty() { "" } else { " " };
        text.push_str(&format!("{gap}{scope}t{word}"));
        text
    })
}

/// A word as the index holds it.
pub(crate) fn term(scope: i64, word: &str) -> String {
    format!("{scope}t{word}")
}

/// The columns that [`read`] reads, from a table called `m`.
pub(crate) const COLUMNS: &str = "m.id, m.kind, m.recorded_at, m.expires_at, m.subject, m.body";
/// How many they are.
pub(crate) const WIDTH: usize = 6;

/// A row that cannot be read: the id it is filed under, and what is wrong.
pub(crate) struct Damaged {
    pub(crate) id: String,
    pub(crate) reason: String,
}

/// The memory of a row of [`COLUMNS`] in the given scope. The columns decide what a read finds, so they have to say
/// what the memory itself says.
pub(crate) fn read(row: &Row<'_>, scope: &MemoryScope) -> rusqlite::Result<Result<Memory, Damaged>> {
    let id = row.get_ref(0)?.as_bytes()?;
    let kind = row.get_ref(1)?.as_bytes()?;
    let (recorded_at, expires_at): (i64, Option<i64>) = (row.get(2)?, row.get(3)?);
    let subject = row.get::<_, Option<String>>(4)?;
    let reason = match serde_json::from_slice::<Memory>(row.get_ref(5)?.as_bytes()?) {
        Err(error) => error.to_string(),
        Ok(memory) => {
            let agrees = memory.id.as_str().as_bytes() == id
                && memory.scope == *scope
                && memory.kind.as_str().as_bytes() == kind
                && nanos(memory.recorded_at) == recorded_at
                && memory.expires_at.map(nanos) == expires_at
                && memory.subject == subject;
            if agrees {
                return Ok(Ok(memory));
            }
            "its columns say something else than its body".into()
        }
    };
    Ok(Err(Damaged { id: String::from_utf8_lossy(id).into_owned(), reason }))
}

/// The memory with that key, if it is in the scope and can be read.
pub(crate) fn load(tx: &Tx<'_>, key: i64, scope: &MemoryScope) -> Result<Option<Memory>, SqliteError> {
    let sql = format!("SELECT {COLUMNS} FROM memories m WHERE m.key = ?1");
    Ok(tx.one(&sql, [key], |row| read(row, scope))?.and_then(Result::ok))
}

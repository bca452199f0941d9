//! One memory as rows: writing, removing and reading it. Every change keeps the memory, its tags, its words and the
//! counts of its scope together; callers run it inside one transaction.

use juno_domain::{MemoryId, PrincipalId, SessionId, TeamId, TenantId};
use juno_memory::{Memory, MemoryError, MemoryScope, index_words};
use rusqlite::Row;

use crate::error::SqliteError;
use crate::time::nanos;
use crate::tx::Tx;

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
}

impl Stored {
    /// Reads `key, scope, words, word_count`, the first four columns.
    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        // Damaged words only leave postings behind that point nowhere.
        let words = String::from_utf8_lossy(row.get_ref(2)?.as_bytes()?).into_owned();
        Ok(Self { key: row.get(0)?, scope: row.get(1)?, words, word_count: row.get(3)? })
    }

    /// The memory with that id in its tenant.
    pub(crate) fn find(tx: &Tx<'_>, tenant: &TenantId, id: &MemoryId) -> Result<Option<Self>, SqliteError> {
        tx.one(
            "SELECT key, scope, words, word_count FROM memories WHERE tenant = ?1 AND id = ?2",
            (tenant.as_str(), id.as_str()),
            Self::read,
        )
    }

    /// Removes it, and its scope where it was the last there.
    pub(crate) fn remove(&self, tx: &Tx<'_>) -> Result<(), SqliteError> {
        self.remove_words(tx)?;
        tx.execute("DELETE FROM memories WHERE key = ?1", [self.key])?;
        count(tx, self.scope, -1, -self.word_count)?;
        tx.execute(
            "DELETE FROM scopes WHERE key = ?1 AND NOT EXISTS (SELECT 1 FROM memories WHERE scope = ?1)",
            [self.scope],
        )?;
        Ok(())
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
    let scope = match known_scope {
        Some(scope) => scope,
        None => insert_scope(tx, &memory.scope)?,
    };
    let words = index_words(&memory.text);
    let (word_count, words) = (words.len() as i64, words.join(" "));
    if let Some(old) = old {
        old.remove_words(tx)?;
        tx.execute("DELETE FROM memory_tags WHERE memory = ?1", [old.key])?;
        count(tx, scope, 0, word_count - old.word_count)?;
        tx.execute(
            "UPDATE memories SET kind = ?2, recorded_at = ?3, expires_at = ?4, words = ?5, word_count = ?6,
             body = ?7 WHERE key = ?1",
            (
                old.key,
                memory.kind.as_str(),
                nanos(memory.recorded_at),
                memory.expires_at.map(nanos),
                &words,
                word_count,
                body,
            ),
        )?;
        insert_words_and_tags(tx, old.key, scope, &words, memory)?;
    } else {
        count(tx, scope, 1, word_count)?;
        tx.execute(
            "INSERT INTO memories (tenant, id, scope, kind, recorded_at, expires_at, words, word_count, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            (
                memory.scope.tenant().as_str(),
                memory.id.as_str(),
                scope,
                memory.kind.as_str(),
                nanos(memory.recorded_at),
                memory.expires_at.map(nanos),
                &words,
                word_count,
                body,
            ),
        )?;
        insert_words_and_tags(tx, tx.last_row(), scope, &words, memory)?;
    }
    Ok(scope)
}

fn insert_scope(tx: &Tx<'_>, scope: &MemoryScope) -> Result<i64, SqliteError> {
    tx.execute("INSERT INTO scopes (tenant, team, agent, session) VALUES (?1, ?2, ?3, ?4)", levels(scope))?;
    Ok(tx.last_row())
}

fn insert_words_and_tags(
    tx: &Tx<'_>,
    key: i64,
    scope: i64,
    words: &str,
    memory: &Memory,
) -> Result<(), SqliteError> {
    insert_words(tx, key, scope, words)?;
    for tag in &memory.tags {
        tx.execute("INSERT INTO memory_tags (scope, tag, memory) VALUES (?1, ?2, ?3)", (scope, tag, key))?;
    }
    Ok(())
}

pub(crate) fn insert_words(tx: &Tx<'_>, key: i64, scope: i64, words: &str) -> Result<(), SqliteError> {
    tx.execute("INSERT INTO memory_words (rowid, words) VALUES (?1, ?2)", (key, in_scope(scope, words)))?;
    Ok(())
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

/// What finds the memories of a scope that hold any of the words. The words hold letters, marks and digits only, so
/// the quotes enclose them safely.
pub(crate) fn any_of(scope: i64, words: &[String]) -> String {
    words.iter().map(|word| format!("\"{scope}t{word}\"")).collect::<Vec<_>>().join(" OR ")
}

/// The columns that [`read`] reads, from a table called `m`.
pub(crate) const COLUMNS: &str = "m.id, m.kind, m.recorded_at, m.expires_at, m.body";

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
    let reason = match serde_json::from_slice::<Memory>(row.get_ref(4)?.as_bytes()?) {
        Err(error) => error.to_string(),
        Ok(memory) => {
            let agrees = memory.id.as_str().as_bytes() == id
                && memory.scope == *scope
                && memory.kind.as_str().as_bytes() == kind
                && nanos(memory.recorded_at) == recorded_at
                && memory.expires_at.map(nanos) == expires_at;
            if agrees {
                return Ok(Ok(memory));
            }
            "its columns say something else than its body".into()
        }
    };
    Ok(Err(Damaged { id: String::from_utf8_lossy(id).into_owned(), reason }))
}

//! The index of words, built again where another version of the tokenizer built it.

use std::path::Path;

use juno_memory::{Card, Fact, Memory, TOKENIZER_VERSION};

use crate::database::Database;
use crate::error::SqliteError;
use crate::memory_row;
use crate::tx::Tx;

/// Memories indexed again at a time.
const PAGE: i64 = 500;

/// Makes sure that the index was built by this version's tokenizer.
pub(crate) fn bring_up_to_date(database: &Database) -> Result<(), SqliteError> {
    let known = i64::from(TOKENIZER_VERSION);
    if built_by(database.path(), known, |sql| database.read(|tx| tx.one(sql, [], |row| row.get(0))))? {
        return Ok(());
    }
    database.write(|tx| {
        if built_by(database.path(), known, |sql| tx.one(sql, [], |row| row.get(0)))? {
            return Ok(());
        }
        build(tx)?;
        tx.execute("INSERT OR REPLACE INTO facts (name, value) VALUES ('tokenizer', ?1)", [known])?;
        Ok(())
    })
}

/// Whether the index was built by the tokenizer `known`.
fn built_by(
    path: &Path,
    known: i64,
    ask: impl FnOnce(&str) -> Result<Option<i64>, SqliteError>,
) -> Result<bool, SqliteError> {
    match ask("SELECT value FROM facts WHERE name = 'tokenizer'")? {
        Some(found) if found > known => {
            Err(SqliteError::Newer { path: path.to_owned(), what: "tokenizer", found, known })
        }
        found => Ok(found == Some(known)),
    }
}

/// Takes every memory over into an empty index. Each gets the key that it has there.
fn build(tx: &Tx<'_>) -> Result<(), SqliteError> {
    // Keys change together with the tags that point at them.
    tx.execute("PRAGMA defer_foreign_keys = ON", [])?;
    tx.execute("INSERT INTO memory_words (memory_words) VALUES ('delete-all')", [])?;
    for emptied in ["memory_blocks", "memory_threads", "memory_speakers"] {
        tx.execute(&format!("DELETE FROM {emptied}"), [])?;
    }
    tx.execute("UPDATE scopes SET threads = 0, thread_words = 0", [])?;
    let last = tx.one("SELECT max(key) FROM memories", [], |row| row.get::<_, Option<i64>>(0))?.flatten();
    let mut after = i64::MIN;
    loop {
        let page = tx.all(
            "SELECT key, scope, body FROM memories WHERE key > ?1 AND key <= ?2 ORDER BY key LIMIT ?3",
            (after, last.unwrap_or(0), PAGE),
            |row| {
                let memory = serde_json::from_slice(row.get_ref(2)?.as_bytes()?).ok();
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, memory))
            },
        )?;
        let Some((last, ..)) = page.last() else { break };
        after = *last;
        for (key, scope, memory) in page {
            take_over(tx, key, scope, memory)?;
        }
    }
    tx.execute(
        "UPDATE scopes SET (memories, words) =
             (SELECT count(*), coalesce(sum(word_count), 0) FROM memories WHERE scope = scopes.key)",
        [],
    )?;
    Ok(())
}

fn take_over(tx: &Tx<'_>, key: i64, scope: i64, memory: Option<Memory>) -> Result<(), SqliteError> {
    // A damaged memory has no words, and so is not found by any. Its key stays: no block reaches down to it.
    let Some(memory) = memory else {
        tx.execute("UPDATE memories SET words = '', word_count = 0, who = NULL WHERE key = ?1", [key])?;
        return Ok(());
    };
    let (card, words) = Card::of(&memory);
    let words = words.join(" ");
    let new = memory_row::index(tx, scope, &memory, &card, &words)?;
    tx.execute(
        "UPDATE memories SET key = ?2, words = ?3, word_count = ?4, who = ?5, fact = ?6, subject = ?7 WHERE key = ?1",
        (
            key,
            new,
            &words,
            i64::from(card.words),
            &memory.who,
            memory.fact.as_ref().map(Fact::key),
            &memory.subject,
        ),
    )?;
    tx.execute("UPDATE memory_tags SET memory = ?2 WHERE memory = ?1", (key, new))?;
    Ok(())
}

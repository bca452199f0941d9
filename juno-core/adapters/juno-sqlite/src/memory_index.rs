//! The index of words, built again where another version of the tokenizer built it.

use std::path::Path;

use juno_memory::{Memory, TOKENIZER_VERSION, index_words};

use crate::database::Database;
use crate::error::SqliteError;
use crate::memory_row::insert_words;
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

fn build(tx: &Tx<'_>) -> Result<(), SqliteError> {
    tx.execute("INSERT INTO memory_words (memory_words) VALUES ('delete-all')", [])?;
    let mut after = i64::MIN;
    loop {
        let page = tx.all(
            "SELECT key, scope, body FROM memories WHERE key > ?1 ORDER BY key LIMIT ?2",
            [after, PAGE],
            |row| {
                // A damaged memory has no words, and so is not found by any.
                let text =
                    serde_json::from_slice(row.get_ref(2)?.as_bytes()?).map(|memory: Memory| memory.text);
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, text.unwrap_or_default()))
            },
        )?;
        let Some((last, ..)) = page.last() else { break };
        after = *last;
        for (key, scope, text) in page {
            let words = index_words(&text);
            let (count, words) = (words.len() as i64, words.join(" "));
            tx.execute(
                "UPDATE memories SET words = ?2, word_count = ?3 WHERE key = ?1",
                (key, &words, count),
            )?;
            insert_words(tx, key, scope, &words)?;
        }
    }
    tx.execute(
        "UPDATE scopes SET (memories, words) =
             (SELECT count(*), coalesce(sum(word_count), 0) FROM memories WHERE scope = scopes.key)",
        [],
    )?;
    Ok(())
}

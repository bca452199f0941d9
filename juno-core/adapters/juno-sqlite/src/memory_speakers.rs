//! Who speaks in a scope, by the words of their names.

use juno_memory::{Question, Speakers, name_words};

use crate::error::SqliteError;
use crate::tx::Tx;

/// Counts a memory of somebody in.
pub(crate) fn add(tx: &Tx<'_>, scope: i64, who: Option<&str>) -> Result<(), SqliteError> {
    let Some(name) = who else { return Ok(()) };
    for word in name_words(name) {
        tx.execute(
            "INSERT INTO memory_speakers (scope, word, name, memories) VALUES (?1, ?2, ?3, 1)
             ON CONFLICT DO UPDATE SET memories = memories + 1",
            (scope, word, name),
        )?;
    }
    Ok(())
}

/// Counts a memory of somebody out.
pub(crate) fn remove(tx: &Tx<'_>, scope: i64, who: Option<&str>) -> Result<(), SqliteError> {
    let Some(name) = who else { return Ok(()) };
    tx.execute(
        "UPDATE memory_speakers SET memories = memories - 1 WHERE scope = ?1 AND name = ?2",
        (scope, name),
    )?;
    tx.execute(
        "DELETE FROM memory_speakers WHERE scope = ?1 AND name = ?2 AND memories <= 0",
        (scope, name),
    )?;
    Ok(())
}

/// Adds those of a scope whose names share a word with a question.
pub(crate) fn named(
    tx: &Tx<'_>,
    scope: i64,
    question: &Question,
    speakers: &mut Speakers,
) -> Result<(), SqliteError> {
    let sql = "SELECT name FROM memory_speakers WHERE scope = ?1 AND word = ?2";
    for word in question.words() {
        for name in tx.all(sql, (scope, word), |row| row.get::<_, String>(0))? {
            speakers.add(&name);
        }
    }
    Ok(())
}

//! One vector as a row, beside its memory.

use juno_domain::MemoryId;
use juno_memory::{Memory, MemoryError, MemoryScope, text_digest};

use crate::error::SqliteError;
use crate::memory_vault::Vault;
use crate::tx::Tx;

/// A vector as it is to lie there again: its model, and its bytes in the clear.
pub(crate) type Kept = (String, Vec<u8>);

/// The next number of a change, noted as the scope's last.
fn changed(tx: &Tx<'_>, scope: i64) -> Result<i64, SqliteError> {
    let place = next(tx)?;
    tx.execute("UPDATE scopes SET vector_changes = ?2 WHERE key = ?1", (scope, place))?;
    Ok(place)
}

fn next(tx: &Tx<'_>) -> Result<i64, SqliteError> {
    tx.execute(
        "INSERT INTO facts (name, value) VALUES ('vector_changes', 1)
         ON CONFLICT DO UPDATE SET value = value + 1",
        [],
    )?;
    let sql = "SELECT value FROM facts WHERE name = 'vector_changes'";
    Ok(tx.one(sql, [], |row| row.get(0))?.unwrap_or_default())
}

/// After memories were given new keys: nothing that was read before holds any more.
pub(crate) fn renumbered(tx: &Tx<'_>) -> Result<(), SqliteError> {
    let place = next(tx)?;
    tx.execute("UPDATE scopes SET vector_changes = ?1", [place])?;
    Ok(())
}

/// Removes the vector of a memory.
pub(crate) fn remove(tx: &Tx<'_>, scope: i64, memory: i64) -> Result<(), SqliteError> {
    if tx.execute("DELETE FROM memory_vectors WHERE memory = ?1", [memory])? > 0 {
        changed(tx, scope)?;
    }
    Ok(())
}

/// The vector of what is stored under `key`, where it was made of what `memory`, which takes its place, says.
pub(crate) fn kept(
    tx: &Tx<'_>,
    vault: &Vault<'_>,
    key: i64,
    memory: &Memory,
) -> Result<Option<Kept>, MemoryError> {
    let sql = "SELECT v.model, v.vector, m.key_name FROM memory_vectors v JOIN memories m ON m.key = v.memory
         WHERE v.memory = ?1";
    let row = |row: &rusqlite::Row<'_>| {
        Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, Option<String>>(2)?))
    };
    let Some((model, bytes, key_name)) = tx.one(sql, [key], row)? else { return Ok(None) };
    let opened = opened(vault, key_name.as_deref(), (&memory.scope, memory.id.as_str()), bytes)?;
    Ok(opened.filter(|bytes| bytes.starts_with(&text_digest(memory).0)).map(|bytes| (model, bytes)))
}

/// The bytes in the clear; `None` for those that are damaged or erased.
pub(crate) fn opened(
    vault: &Vault<'_>,
    key_name: Option<&str>,
    (scope, id): (&MemoryScope, &str),
    bytes: Vec<u8>,
) -> Result<Option<Vec<u8>>, MemoryError> {
    let Some(key_name) = key_name else { return Ok(Some(bytes)) };
    match vault.open_vector(key_name, scope, id, &bytes) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.is_about_one() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Files a vector with the memory that was just written under `key`.
pub(crate) fn file(
    tx: &Tx<'_>,
    vault: &Vault<'_>,
    (scope, key, key_name): (i64, i64, Option<&str>),
    memory: (&MemoryScope, &MemoryId),
    (model, bytes): &Kept,
) -> Result<(), MemoryError> {
    let sealed = key_name.map(|key_name| vault.seal_vector(key_name, memory.0, memory.1.as_str(), bytes));
    let sealed = sealed.transpose()?;
    tx.execute("DELETE FROM memory_vectors WHERE memory = ?1", [key])?;
    let place = changed(tx, scope)?;
    tx.execute(
        "INSERT INTO memory_vectors (place, memory, scope, model, vector) VALUES (?1, ?2, ?3, ?4, ?5)",
        (place, key, scope, model, sealed.as_deref().unwrap_or(bytes)),
    )?;
    Ok(())
}

//! The index of words, built again where another version of the tokenizer built it.

use std::collections::BTreeMap;
use std::path::Path;

use juno_domain::TenantId;
use juno_memory::{Memory, MemoryCipher, MemoryError, TOKENIZER_VERSION};

use crate::database::Database;
use crate::error::SqliteError;
use crate::memory_row::{self, load, read_scope};
use crate::memory_vault::Vault;
use crate::memory_vector_row;
use crate::tx::Tx;

/// Memories to index again: first whose they are, as it takes their keys to read them.
const PAGE_OF_MEMORIES: &str =
    "SELECT coalesce(s.tenant, ''), coalesce(s.team, ''), coalesce(s.agent, ''), coalesce(s.session, ''), m.key, m.scope,
         m.key_name IS NOT NULL, m.body
     FROM memories m LEFT JOIN scopes s ON s.key = m.scope WHERE m.key > ?1 AND m.key <= ?2 ORDER BY m.key LIMIT ?3";
/// Memories indexed again at a time.
const PAGE: i64 = 500;

/// Makes sure that the index was built by this version's tokenizer. Where memories are encrypted that takes the keys.
pub(crate) fn bring_up_to_date(
    database: &Database,
    cipher: Option<&MemoryCipher>,
) -> Result<(), SqliteError> {
    let known = i64::from(TOKENIZER_VERSION);
    if database.read(|tx| built_by(database.path(), known, tx))? {
        return Ok(());
    }
    database.write(|tx| {
        if built_by(database.path(), known, tx)? {
            return Ok(());
        }
        build(tx, cipher)?;
        tx.execute("INSERT OR REPLACE INTO facts (name, value) VALUES ('tokenizer', ?1)", [known])?;
        Ok(())
    })
}

/// Whether the index was built by the tokenizer `known`.
fn built_by(path: &Path, known: i64, tx: &Tx<'_>) -> Result<bool, SqliteError> {
    match tx.one("SELECT value FROM facts WHERE name = 'tokenizer'", [], |row| row.get(0))? {
        Some(found) if found > known => {
            Err(SqliteError::Newer { path: path.to_owned(), what: "tokenizer", found, known })
        }
        found => Ok(found == Some(known)),
    }
}

/// Takes every memory over into an empty index. Each gets the key that it has there.
fn build(tx: &Tx<'_>, cipher: Option<&MemoryCipher>) -> Result<(), MemoryError> {
    // Keys change together with the tags that point at them.
    tx.execute("PRAGMA defer_foreign_keys = ON", [])?;
    tx.execute("INSERT INTO memory_words (memory_words) VALUES ('delete-all')", [])?;
    for emptied in ["memory_blocks", "memory_threads", "memory_speakers"] {
        tx.execute(&format!("DELETE FROM {emptied}"), [])?;
    }
    tx.execute("UPDATE scopes SET threads = 0, thread_words = 0", [])?;
    let last = tx.one("SELECT max(key) FROM memories", [], |row| row.get::<_, Option<i64>>(0))?.flatten();
    let mut vaults: BTreeMap<TenantId, Vault<'_>> = BTreeMap::new();
    let mut after = i64::MIN;
    loop {
        let page = tx.all(PAGE_OF_MEMORIES, (after, last.unwrap_or(0), PAGE), |row| {
            let place = Place { key: row.get(4)?, scope: row.get(5)?, sealed: row.get(6)? };
            let memory = match place.sealed {
                true => None,
                false => serde_json::from_slice::<Memory>(row.get_ref(7)?.as_bytes()?).ok(),
            };
            Ok((place, read_scope(row, 0)?.ok(), memory))
        })?;
        let Some((Place { key, .. }, ..)) = page.last() else { break };
        after = *key;
        for (place, scope, memory) in page {
            let Some(scope) = scope else {
                take_over(tx, None, &place, memory)?;
                continue;
            };
            if !vaults.contains_key(scope.tenant()) {
                let vault = Vault::to_read(tx, cipher, scope.tenant())?;
                vaults.insert(scope.tenant().clone(), vault);
            }
            let vault = vaults.get(scope.tenant());
            let memory = match vault.filter(|_| place.sealed) {
                Some(vault) => load(tx, vault, place.key, &scope)?,
                None => memory,
            };
            take_over(tx, vault, &place, memory)?;
        }
    }
    tx.execute(
        "UPDATE scopes SET (memories, words, sealed) =
             (SELECT count(*), coalesce(sum(word_count), 0), count(key_name) FROM memories WHERE scope = scopes.key)",
        [],
    )?;
    Ok(memory_vector_row::renumbered(tx)?)
}

/// Where a memory lies.
struct Place {
    key: i64,
    scope: i64,
    sealed: bool,
}

fn take_over(
    tx: &Tx<'_>,
    vault: Option<&Vault<'_>>,
    place: &Place,
    memory: Option<Memory>,
) -> Result<(), MemoryError> {
    // A damaged memory has no words, and so is not found by any. Its key stays: no block reaches down to it.
    let Some((memory, vault)) = memory.zip(vault) else {
        let sql = "UPDATE memories SET words = '', word_count = 0, who = NULL WHERE key = ?1";
        tx.execute(sql, [place.key])?;
        return Ok(());
    };
    let entry = vault.entry(&memory, place.sealed)?;
    let words = entry.words.join(" ");
    let new = memory_row::index(tx, place.scope, &entry, &words)?;
    tx.execute(
        "UPDATE memories SET key = ?2, words = ?3, word_count = ?4, who = ?5, fact = ?6, subject = ?7 WHERE key = ?1",
        (place.key, new, &words, i64::from(entry.card.words), &entry.who, &entry.fact, &entry.subject),
    )?;
    tx.execute("UPDATE memory_tags SET memory = ?2 WHERE memory = ?1", (place.key, new))?;
    tx.execute("UPDATE memory_vectors SET memory = ?2 WHERE memory = ?1", (place.key, new))?;
    Ok(())
}

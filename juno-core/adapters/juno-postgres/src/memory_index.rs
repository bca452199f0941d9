//! The index of memories, built again where another version of the tokenizer or of the cards built it.

use juno_domain::PrincipalId;
use juno_memory::{Card, Memory, MemoryScope, TOKENIZER_VERSION};

use crate::database::Database;
use crate::error::PostgresError;
use crate::memory_row::Stored;
use crate::memory_scope::{Held, read_scope};
use crate::memory_write::{Change, Ready, apply};
use crate::outbox::Prepared;
use crate::transact::transact;
use crate::tx::Tx;

/// Memories indexed again at a time.
const PAGE: i64 = 1_000;

/// Makes sure that this version built the index.
pub(crate) async fn bring_up_to_date(database: &Database, schema: &str) -> Result<(), PostgresError> {
    if transact!(*database, Read, |tx| -> Result<bool, PostgresError> { is_current(tx, schema).await })? {
        return Ok(());
    }
    transact!(*database, Write, |tx| -> Result<(), PostgresError> {
        tx.execute("SET LOCAL lock_timeout = 0", &[]).await?;
        tx.execute("SET LOCAL statement_timeout = 0", &[]).await?;
        // Nobody writes meanwhile; readers see the old index until this one is whole.
        tx.execute("LOCK TABLE memory_scopes, memories IN EXCLUSIVE MODE", &[]).await?;
        if is_current(tx, schema).await? {
            return Ok(());
        }
        build(tx).await?;
        let (tokenizer, card) = versions();
        let sql = "INSERT INTO memory_index (only_one, tokenizer, card_bytes) VALUES (TRUE, $1, $2)
             ON CONFLICT (only_one) DO UPDATE SET tokenizer = $1, card_bytes = $2";
        tx.execute(sql, &[&tokenizer, &card]).await?;
        Ok(())
    })
}

fn versions() -> (i64, i64) {
    (i64::from(TOKENIZER_VERSION), Card::BYTES as i64)
}

/// Whether this version built the index.
async fn is_current(tx: &Tx<'_>, schema: &str) -> Result<bool, PostgresError> {
    let Some(row) = tx.one("SELECT tokenizer, card_bytes FROM memory_index", &[]).await? else {
        return Ok(false);
    };
    let (found, (known, card)) = (row.try_get::<_, i64>(0)?, versions());
    if found > known {
        return Err(PostgresError::Newer { schema: schema.to_owned(), what: "tokenizer", found, known });
    }
    Ok(found == known && row.try_get::<_, i64>(1)? == card)
}

/// Takes every memory over into an empty index. Each gets the key that it has there.
async fn build(tx: &Tx<'_>) -> Result<(), PostgresError> {
    for emptied in ["memory_blocks", "memory_threads", "memory_speakers", "memory_postings", "memory_fresh"] {
        tx.execute(&format!("DELETE FROM {emptied}"), &[]).await?;
    }
    let sql = "UPDATE memory_scopes SET memories = 0, words = 0, threads = 0, thread_words = 0, merged = last, fresh = 0";
    tx.execute(sql, &[]).await?;
    // New keys are above all old ones, so a page never comes to what was taken over.
    let row = tx.one("SELECT max(key) FROM memories", &[]).await?;
    let Some(last) = row.map_or(Ok(None), |row| row.try_get::<_, Option<i64>>(0))? else { return Ok(()) };
    let actor = PrincipalId::new("juno").map_err(|error| PostgresError::Internal(error.to_string()))?;
    let mut after = i64::MIN;
    loop {
        let page = Stored::between(tx, after, last, PAGE).await?;
        let Some(end) = page.last() else { return Ok(()) };
        after = end.key;
        take_over(tx, &actor, page).await?;
    }
}

async fn take_over(tx: &Tx<'_>, actor: &PrincipalId, page: Vec<Stored>) -> Result<(), PostgresError> {
    let scopes: Vec<i64> = page.iter().map(|old| old.scope).collect();
    let sql = "SELECT key, last, merged, fresh, tenant, team, agent, session FROM memory_scopes WHERE key = ANY($1)";
    let (mut held, mut names) = (Vec::new(), Vec::new());
    for row in tx.all(sql, &[&scopes]).await? {
        let key = row.try_get(0)?;
        held.push(Held { key, last: row.try_get(1)?, merged: row.try_get(2)?, fresh: row.try_get(3)? });
        names.push((key, read_scope(&row, 4)?));
    }
    let name_of = |key: i64| -> Option<&MemoryScope> {
        names.iter().find(|(scope, _)| *scope == key).and_then(|(_, name)| name.as_ref().ok())
    };
    let read = |old: &Stored| -> Option<Memory> {
        let memory = serde_json::from_str::<Memory>(&old.body).ok()?;
        (memory.id.as_str() == old.id && Some(&memory.scope) == name_of(old.scope)).then_some(memory)
    };
    let (mut readable, mut damaged) = (Vec::new(), Vec::new());
    for old in page {
        match read(&old) {
            Some(memory) => readable.push((old, memory)),
            None => damaged.push(old),
        }
    }
    // A damaged memory has no words, and so is not found by any. Its key stays: no block reaches down to it.
    let keys: Vec<i64> = damaged.iter().map(|old| old.key).collect();
    let sql = "UPDATE memories SET words = '', word_count = 0, who = NULL WHERE key = ANY($1)";
    tx.execute(sql, &[&keys]).await?;
    for old in &damaged {
        tx.execute("UPDATE memory_scopes SET memories = memories + 1 WHERE key = $1", &[&old.scope]).await?;
    }
    let ready = readable.iter().map(|(old, memory)| {
        let (card, words) = Card::of(memory);
        let (words, body) = (words.join(" "), old.body.clone());
        Ready { memory, actor, body, card, words, events: Prepared::default() }
    });
    let ready: Vec<Ready<'_>> = ready.collect();
    let changes = readable.iter().zip(&ready).map(|((old, _), ready)| Change {
        new: Some((old.scope, ready)),
        old: Some(old.clone()),
        indexed: false,
    });
    apply(tx, &held, &changes.collect::<Vec<_>>()).await
}

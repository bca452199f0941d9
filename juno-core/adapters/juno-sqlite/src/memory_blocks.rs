//! The cards of memories, in blocks of one thread each: adding, removing and reading them.

use juno_memory::{Card, Filed};

use crate::error::SqliteError;
use crate::tx::Tx;

/// Places in a block: as many as fit on a page of the file.
const PLACES: usize = 48;
/// A memory's key is this many times its block's, plus its place.
const KEYS: i64 = 64;

/// Puts a card behind the others of its thread and gives the memory's key.
pub(crate) fn add(tx: &Tx<'_>, scope: i64, thread: Option<&str>, card: &Card) -> Result<i64, SqliteError> {
    let (threads, words) = (thread.is_some(), i64::from(card.words));
    let known = tx.one(
        "SELECT key FROM memory_threads WHERE scope = ?1 AND name = ?2",
        (scope, thread.unwrap_or_default()),
        |row| row.get::<_, i64>(0),
    )?;
    let key = match known {
        Some(key) => key,
        None => {
            tx.execute(
                "INSERT INTO memory_threads (scope, name) VALUES (?1, ?2)",
                (scope, thread.unwrap_or_default()),
            )?;
            tx.last_row()
        }
    };
    if threads {
        let new = i64::from(known.is_none());
        count(tx, scope, new, words)?;
    }
    let last = tx.one(
        "SELECT key, length(cards) FROM memory_blocks WHERE thread = ?1 ORDER BY key DESC LIMIT 1",
        [key],
        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, u32>(1)? as usize / Card::BYTES)),
    )?;
    if let Some((block, place)) = last.filter(|(_, place)| *place < PLACES) {
        tx.execute(
            "UPDATE memory_blocks SET held = held + 1, cards = CAST(cards || ?2 AS BLOB) WHERE key = ?1",
            (block, card.to_bytes()),
        )?;
        return Ok(block * KEYS + place as i64);
    }
    // Not below a key in use: an index that is built again takes the memories over one by one. Worked out apart, as an
    // INSERT that selects makes the index of words flush what it has gathered of a batch.
    let block = tx.one(
        "SELECT 1 + max(coalesce((SELECT max(key) FROM memory_blocks), 0),
                        coalesce((SELECT max(key) FROM memories), 0) / ?1)",
        [KEYS],
        |row| row.get::<_, i64>(0),
    )?;
    let block = block.unwrap_or(1);
    tx.execute(
        "INSERT INTO memory_blocks (key, scope, thread, alone, held, cards) VALUES (?1, ?2, ?3, ?4, 1, ?5)",
        (block, scope, key, !threads, card.to_bytes()),
    )?;
    Ok(block * KEYS)
}

/// Takes the card of a memory out.
pub(crate) fn remove(tx: &Tx<'_>, key: i64) -> Result<(), SqliteError> {
    let (block, place) = (key.div_euclid(KEYS), key.rem_euclid(KEYS) as usize * Card::BYTES);
    let found = tx.one(
        "SELECT scope, thread, alone, held, cards FROM memory_blocks WHERE key = ?1",
        [block],
        |row| {
            let numbers = (row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, bool>(2)?);
            Ok((numbers, row.get::<_, i64>(3)?, row.get::<_, Vec<u8>>(4)?))
        },
    )?;
    let Some(((scope, thread, alone), held, mut cards)) = found else { return Ok(()) };
    let Some(bytes) = cards.get_mut(place..).and_then(|rest| rest.first_chunk_mut::<{ Card::BYTES }>())
    else {
        return Ok(());
    };
    let words = Card::from_bytes(bytes).map_or(0, |card| i64::from(card.words));
    bytes.fill(0);
    if held > 1 {
        tx.execute("UPDATE memory_blocks SET held = held - 1, cards = ?2 WHERE key = ?1", (block, &cards))?;
    } else {
        tx.execute("DELETE FROM memory_blocks WHERE key = ?1", [block])?;
    }
    let gone = tx.execute(
        "DELETE FROM memory_threads
         WHERE key = ?1 AND NOT EXISTS (SELECT 1 FROM memory_blocks WHERE thread = ?1)",
        [thread],
    )?;
    if !alone {
        count(tx, scope, -(gone as i64), -words)?;
    }
    Ok(())
}

fn count(tx: &Tx<'_>, scope: i64, threads: i64, words: i64) -> Result<(), SqliteError> {
    tx.execute(
        "UPDATE scopes SET threads = threads + ?2, thread_words = thread_words + ?3 WHERE key = ?1",
        (scope, threads, words),
    )?;
    Ok(())
}

/// Adds the cards of the given memories of a scope, and of everything that is in one of their threads. `keys` are in
/// order.
pub(crate) fn read(
    tx: &Tx<'_>,
    scope: i64,
    keys: &[i64],
    accepts: impl Fn(i64, &Card) -> bool,
    filed: &mut Vec<Filed>,
) -> Result<(), SqliteError> {
    let mut threads = Vec::new();
    for of_block in keys.chunk_by(|a, b| a.div_euclid(KEYS) == b.div_euclid(KEYS)) {
        let Some(block) = of_block.first().map(|key| key.div_euclid(KEYS)) else { continue };
        let sql = "SELECT scope, thread, alone, cards FROM memory_blocks WHERE key = ?1";
        tx.one(sql, [block], |row| {
            if row.get::<_, i64>(0)? != scope {
                return Ok(());
            }
            if !row.get::<_, bool>(2)? {
                threads.push(row.get::<_, i64>(1)?);
                return Ok(());
            }
            let cards = row.get_ref(3)?.as_blob()?;
            for key in of_block {
                let place = key.rem_euclid(KEYS) as usize * Card::BYTES;
                filed.extend(card(cards, place).map(|card| file(*key, 0, card, &accepts)));
            }
            Ok(())
        })?;
    }
    threads.sort_unstable();
    threads.dedup();
    for thread in threads {
        let sql = "SELECT key, cards FROM memory_blocks WHERE thread = ?1 ORDER BY key";
        tx.all(sql, [thread], |row| {
            let (block, cards) = (row.get::<_, i64>(0)?, row.get_ref(1)?.as_blob()?);
            for place in 0..cards.len() / Card::BYTES {
                let key = block * KEYS + place as i64;
                let card = card(cards, place * Card::BYTES);
                filed.extend(card.map(|card| file(key, thread as u64, card, &accepts)));
            }
            Ok(())
        })?;
    }
    Ok(())
}

fn card(cards: &[u8], at: usize) -> Option<Card> {
    Card::from_bytes(cards.get(at..)?.first_chunk()?)
}

fn file(key: i64, thread: u64, card: Card, accepts: impl Fn(i64, &Card) -> bool) -> Filed {
    Filed { doc: key as u64, thread, card, accepted: accepts(key, &card) }
}

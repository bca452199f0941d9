//! The cards of memories, in blocks of one thread each: loading, changing and reading them.

use std::collections::{BTreeMap, BTreeSet};

use juno_memory::{Card, Filed};
use tokio_postgres::Row;

use crate::error::PostgresError;
use crate::tx::Tx;

/// Places in a block: as many as go twice on a page of the server, so that a changed block fits beside the old one.
const PLACES: usize = if 3_900 / Card::BYTES < KEYS as usize { 3_900 / Card::BYTES } else { KEYS as usize };
/// A memory's key is this many times its block's, plus its place.
const KEYS: i64 = 64;

/// A thread of a scope, by its name; that of what is in no thread is empty.
pub(crate) type ThreadName = (i64, Vec<u8>);

#[derive(Debug)]
struct Block {
    scope: i64,
    thread: i64,
    alone: bool,
    held: i64,
    cards: Vec<u8>,
    new: bool,
    changed: bool,
}

#[derive(Debug, Clone, Copy)]
struct Thread {
    key: i64,
    /// Its newest block.
    last: Option<i64>,
    new: bool,
}

/// The blocks and threads that one change concerns. They are loaded, changed here, and stored.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    blocks: BTreeMap<i64, Block>,
    threads: BTreeMap<ThreadName, Thread>,
    /// Numbers nobody has used yet.
    spare: Vec<i64>,
}

impl Blocks {
    /// Loads the threads that are added to, with how much, and the blocks of what goes.
    pub(crate) async fn load(
        tx: &Tx<'_>,
        adds: &BTreeMap<ThreadName, usize>,
        gone: &BTreeSet<i64>,
    ) -> Result<Self, PostgresError> {
        let mut blocks = Self::default();
        let keys: BTreeSet<i64> = gone.iter().map(|key| key.div_euclid(KEYS)).collect();
        let keys: Vec<i64> = keys.into_iter().collect();
        let sql = "SELECT key, scope, thread, alone, held, cards FROM memory_blocks WHERE key = ANY($1)";
        if !keys.is_empty() {
            for row in tx.all(sql, &[&keys]).await? {
                blocks.take(&row, 0)?;
            }
        }
        let (scopes, names): (Vec<i64>, Vec<&[u8]>) =
            adds.keys().map(|(scope, name)| (*scope, name.as_slice())).unzip();
        let sql = "SELECT b.key, b.scope, b.thread, b.alone, b.held, b.cards, t.key, t.scope, t.name
             FROM unnest($1::bigint[], $2::bytea[]) AS w (scope, name)
             JOIN memory_threads t ON t.scope = w.scope AND t.name = w.name
             LEFT JOIN LATERAL (
                 SELECT * FROM memory_blocks WHERE thread = t.key ORDER BY key DESC LIMIT 1) b ON TRUE";
        if !names.is_empty() {
            for row in tx.all(sql, &[&scopes, &names]).await? {
                let last: Option<i64> = row.try_get(0)?;
                if last.is_some_and(|last| !blocks.blocks.contains_key(&last)) {
                    blocks.take(&row, 0)?;
                }
                let thread = Thread { key: row.try_get(6)?, last, new: false };
                blocks.threads.insert((row.try_get(7)?, row.try_get(8)?), thread);
            }
        }
        let wanted: usize = adds.iter().map(|(name, more)| blocks.numbers_for(name, *more)).sum();
        if wanted > 0 {
            let sql = "SELECT nextval('memory_keys') FROM generate_series(1, $1)";
            let rows = tx.all(sql, &[&i32::try_from(wanted).unwrap_or(i32::MAX)]).await?;
            blocks.spare =
                rows.iter().rev().map(|row| row.try_get(0)).collect::<Result<_, tokio_postgres::Error>>()?;
        }
        Ok(blocks)
    }

    fn take(&mut self, row: &Row, first: usize) -> Result<(), PostgresError> {
        let block = Block {
            scope: row.try_get(first + 1)?,
            thread: row.try_get(first + 2)?,
            alone: row.try_get(first + 3)?,
            held: row.try_get(first + 4)?,
            cards: row.try_get(first + 5)?,
            new: false,
            changed: false,
        };
        self.blocks.insert(row.try_get(first)?, block);
        Ok(())
    }

    /// How many numbers it takes to put `more` cards into a thread.
    fn numbers_for(&self, name: &ThreadName, more: usize) -> usize {
        let Some(thread) = self.threads.get(name) else { return 1 + more.div_ceil(PLACES) };
        let last = thread.last.and_then(|last| self.blocks.get(&last));
        let free = last.map_or(0, |block| PLACES.saturating_sub(block.cards.len() / Card::BYTES));
        more.saturating_sub(free).div_ceil(PLACES)
    }

    fn number(&mut self) -> Result<i64, PostgresError> {
        self.spare.pop().ok_or_else(|| PostgresError::Internal("a block without a number".into()))
    }

    /// Puts a card behind the others of its thread, and gives the memory's key and that of the thread. One more thread is
    /// told by `true`.
    pub(crate) fn add(&mut self, name: &ThreadName, card: &Card) -> Result<(i64, i64, bool), PostgresError> {
        let known = self.threads.get(name).copied();
        let mut thread = match known {
            Some(thread) => thread,
            None => Thread { key: self.number()?, last: None, new: true },
        };
        let last = thread.last.filter(|last| {
            self.blocks.get(last).is_some_and(|block| block.cards.len() / Card::BYTES < PLACES)
        });
        let key = match last {
            Some(last) => last,
            None => self.number()?,
        };
        let block = self.blocks.entry(key).or_insert_with(|| Block {
            scope: name.0,
            thread: thread.key,
            alone: name.1.is_empty(),
            held: 0,
            cards: Vec::new(),
            new: true,
            changed: false,
        });
        let place = block.cards.len() / Card::BYTES;
        block.cards.extend_from_slice(&card.to_bytes());
        block.held += 1;
        block.changed = true;
        thread.last = Some(key);
        self.threads.insert(name.clone(), thread);
        Ok((key * KEYS + place as i64, thread.key, known.is_none() && !name.1.is_empty()))
    }

    /// The thread of that name, where it is known.
    pub(crate) fn thread(&self, name: &ThreadName) -> Option<i64> {
        self.threads.get(name).map(|thread| thread.key)
    }

    /// Puts another card in the place of a memory's.
    pub(crate) fn replace(&mut self, key: i64, card: &Card) {
        self.set(key, &card.to_bytes());
    }

    /// Takes the card of a memory out; whether it was in a thread.
    pub(crate) fn remove(&mut self, key: i64) -> bool {
        let was_there = self.set(key, &[0; Card::BYTES]);
        let Some(block) = self.blocks.get_mut(&key.div_euclid(KEYS)) else { return false };
        if was_there {
            block.held -= 1;
        }
        !block.alone
    }

    /// Writes a card's bytes; whether there was a card before.
    fn set(&mut self, key: i64, bytes: &[u8; Card::BYTES]) -> bool {
        let (block, place) = (key.div_euclid(KEYS), key.rem_euclid(KEYS) as usize * Card::BYTES);
        let Some(block) = self.blocks.get_mut(&block) else { return false };
        let Some(place) = block.cards.get_mut(place..place + Card::BYTES) else { return false };
        let was_there = place.iter().any(|byte| *byte != 0);
        place.copy_from_slice(bytes);
        block.changed = true;
        was_there
    }

    /// Stores what changed. Gives the scopes of threads that are empty now, each as often as there was one.
    pub(crate) async fn store(&self, tx: &Tx<'_>) -> Result<Vec<i64>, PostgresError> {
        let changed = |new: bool, held: bool| -> Vec<(i64, &Block)> {
            let wanted = |block: &Block| block.changed && block.new == new && (block.held > 0) == held;
            self.blocks.iter().filter(|(_, block)| wanted(block)).map(|(key, block)| (*key, block)).collect()
        };
        let keys = |blocks: &[(i64, &Block)]| blocks.iter().map(|(key, _)| *key).collect::<Vec<i64>>();
        let kept = changed(false, true);
        if !kept.is_empty() {
            let held: Vec<i64> = kept.iter().map(|(_, block)| block.held).collect();
            let cards: Vec<&[u8]> = kept.iter().map(|(_, block)| block.cards.as_slice()).collect();
            let sql = "UPDATE memory_blocks b SET held = n.held, cards = n.cards
                 FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) AS n (key, held, cards) WHERE b.key = n.key";
            tx.execute(sql, &[&keys(&kept), &held, &cards]).await?;
        }
        let new = changed(true, true);
        if !new.is_empty() {
            let scopes: Vec<i64> = new.iter().map(|(_, block)| block.scope).collect();
            let threads: Vec<i64> = new.iter().map(|(_, block)| block.thread).collect();
            let alone: Vec<bool> = new.iter().map(|(_, block)| block.alone).collect();
            let held: Vec<i64> = new.iter().map(|(_, block)| block.held).collect();
            let cards: Vec<&[u8]> = new.iter().map(|(_, block)| block.cards.as_slice()).collect();
            let sql = "INSERT INTO memory_blocks (key, scope, thread, alone, held, cards)
                 SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::boolean[], $5::bigint[],
                     $6::bytea[])";
            tx.execute(sql, &[&keys(&new), &scopes, &threads, &alone, &held, &cards]).await?;
        }
        let added = self.threads.iter().filter(|(_, thread)| thread.new);
        let added: Vec<(i64, i64, &[u8])> =
            added.map(|((scope, name), thread)| (thread.key, *scope, name.as_slice())).collect();
        if !added.is_empty() {
            let keys: Vec<i64> = added.iter().map(|added| added.0).collect();
            let scopes: Vec<i64> = added.iter().map(|added| added.1).collect();
            let names: Vec<&[u8]> = added.iter().map(|added| added.2).collect();
            let sql = "INSERT INTO memory_threads (key, scope, name)
                 SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[])";
            tx.execute(sql, &[&keys, &scopes, &names]).await?;
        }
        let gone = changed(false, false);
        if gone.is_empty() {
            return Ok(Vec::new());
        }
        tx.execute("DELETE FROM memory_blocks WHERE key = ANY($1)", &[&keys(&gone)]).await?;
        let threads: BTreeSet<i64> = gone.iter().map(|(_, block)| block.thread).collect();
        let threads: Vec<i64> = threads.into_iter().collect();
        let sql = "DELETE FROM memory_threads t WHERE t.key = ANY($1)
                 AND NOT EXISTS (SELECT 1 FROM memory_blocks b WHERE b.thread = t.key)
             RETURNING t.scope, t.name <> ''";
        let mut emptied = Vec::new();
        for row in tx.all(sql, &[&threads]).await? {
            if row.try_get(1)? {
                emptied.push(row.try_get(0)?);
            }
        }
        Ok(emptied)
    }
}

/// Reads the cards of the given memories, and of everything that is in one of their threads: each with the key of its
/// scope. `keys` are in order.
pub(crate) async fn read(
    tx: &Tx<'_>,
    scopes: &[i64],
    keys: &[i64],
    accepts: impl Fn(i64, &Card) -> bool,
    mut take: impl FnMut(i64, Filed),
) -> Result<(), PostgresError> {
    let mut blocks: Vec<i64> = keys.iter().map(|key| key.div_euclid(KEYS)).collect();
    blocks.dedup();
    let sql = "SELECT key, scope, thread, alone, cards FROM memory_blocks
         WHERE key = ANY($1) AND alone AND scope = ANY($2)
         UNION ALL
         SELECT key, scope, thread, alone, cards FROM memory_blocks
         WHERE scope = ANY($2) AND thread IN (
             SELECT thread FROM memory_blocks WHERE key = ANY($1) AND NOT alone AND scope = ANY($2))";
    for row in tx.all(sql, &[&blocks, &scopes]).await? {
        let (block, scope, thread): (i64, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let (alone, cards): (bool, &[u8]) = (row.try_get(3)?, row.try_get(4)?);
        let card = |place: usize| Card::from_bytes(cards.get(place * Card::BYTES..)?.first_chunk()?);
        let mut file = |key: i64, card: Card, thread: i64| {
            let accepted = accepts(key, &card);
            take(scope, Filed { doc: key as u64, thread: thread as u64, card, accepted });
        };
        if alone {
            let from = keys.partition_point(|key| *key < block * KEYS);
            for key in keys.iter().skip(from).take_while(|key| key.div_euclid(KEYS) == block) {
                if let Some(card) = card(key.rem_euclid(KEYS) as usize) {
                    file(*key, card, 0);
                }
            }
        } else {
            for place in 0..cards.len() / Card::BYTES {
                if let Some(card) = card(place) {
                    file(block * KEYS + place as i64, card, thread);
                }
            }
        }
    }
    Ok(())
}

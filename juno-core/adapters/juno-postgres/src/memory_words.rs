//! The index of words: what comes in few at a time waits as it is, and is merged with the postings of its words once
//! there is enough of it, so that a write touches one row and a search few.

use std::collections::{BTreeMap, BTreeSet};

use juno_memory::Instance;

use crate::error::PostgresError;
use crate::memory_postings as postings;
use crate::memory_scope::Held;
use crate::tx::{Params, Tx};

/// The most memories of a scope that wait for a merge.
const FRESH: i64 = 128;
/// The longest row of postings in bytes: it lies on its page, and leaves room for its successor.
const ROW: usize = 1_800;

/// A memory that is added to the index, or taken out.
#[derive(Debug, Clone)]
pub(crate) struct Indexed {
    pub(crate) scope: i64,
    pub(crate) nth: i64,
    pub(crate) key: i64,
    pub(crate) words: String,
}

/// A scope before a change.
pub(crate) type Scopes<'s> = BTreeMap<i64, &'s Held>;

/// What a change did to what waits in a scope.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Waits {
    /// How many wait now.
    pub(crate) fresh: i64,
    /// Up to this number words are merged now.
    pub(crate) merged: i64,
}

/// The rows of postings that a change concerns: by scope, word and first number.
type Rows = BTreeMap<(i64, String, i64), Row>;

/// A memory that is put behind the others of a word.
struct Placed {
    nth: i64,
    key: i64,
    places: Vec<u32>,
}

#[derive(Debug)]
struct Row {
    data: Vec<u8>,
    new: bool,
    changed: bool,
}

/// Takes memories out of the index and adds others, all in scopes whose locks are held.
pub(crate) async fn change(
    tx: &Tx<'_>,
    scopes: &Scopes<'_>,
    gone: &[Indexed],
    added: &[Indexed],
) -> Result<BTreeMap<i64, Waits>, PostgresError> {
    let mut waits: BTreeMap<i64, Waits> =
        scopes.iter().map(|(key, held)| (*key, Waits { fresh: held.fresh, merged: held.merged })).collect();
    let merged = |memory: &&Indexed| scopes.get(&memory.scope).is_some_and(|held| memory.nth <= held.merged);
    let (from_rows, from_fresh): (Vec<&Indexed>, Vec<&Indexed>) = gone.iter().partition(merged);
    if !from_fresh.is_empty() {
        let of: Vec<i64> = from_fresh.iter().map(|memory| memory.scope).collect();
        let nth: Vec<i64> = from_fresh.iter().map(|memory| memory.nth).collect();
        let sql = "DELETE FROM memory_fresh f USING unnest($1::bigint[], $2::bigint[]) AS n (scope, nth)
             WHERE f.scope = n.scope AND f.nth = n.nth";
        tx.execute(sql, &[&of, &nth]).await?;
        for scope in of {
            waits.entry(scope).or_default().fresh -= 1;
        }
    }
    for memory in added {
        waits.entry(memory.scope).or_default().fresh += 1;
    }
    let full: Vec<i64> = waits.iter().filter(|(_, waits)| waits.fresh > FRESH).map(|(key, _)| *key).collect();
    let (merge, wait): (Vec<&Indexed>, Vec<&Indexed>) =
        added.iter().partition(|memory| full.binary_search(&memory.scope).is_ok());
    if !wait.is_empty() {
        let of: Vec<i64> = wait.iter().map(|memory| memory.scope).collect();
        let nth: Vec<i64> = wait.iter().map(|memory| memory.nth).collect();
        let keys: Vec<i64> = wait.iter().map(|memory| memory.key).collect();
        let words: Vec<&str> = wait.iter().map(|memory| memory.words.as_str()).collect();
        let sql = "INSERT INTO memory_fresh (scope, nth, memory, words)
             SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[])";
        tx.execute(sql, &[&of, &nth, &keys, &words]).await?;
    }
    let mut merge: Vec<Indexed> = merge.into_iter().cloned().collect();
    if !full.is_empty() {
        let sql = "DELETE FROM memory_fresh WHERE scope = ANY($1) RETURNING scope, nth, memory, words";
        for row in tx.all(sql, &[&full]).await? {
            merge.push(Indexed {
                scope: row.try_get(0)?,
                nth: row.try_get(1)?,
                key: row.try_get(2)?,
                words: row.try_get(3)?,
            });
        }
        for memory in &merge {
            let waits = waits.entry(memory.scope).or_default();
            waits.merged = waits.merged.max(memory.nth);
            waits.fresh = 0;
        }
    }
    merge.sort_by_key(|memory| (memory.scope, memory.nth));
    if !merge.is_empty() || !from_rows.is_empty() {
        let mut rows = load(tx, &from_rows, &merge).await?;
        remove(&mut rows, &from_rows)?;
        append(&mut rows, &merge)?;
        store(tx, &rows).await?;
    }
    Ok(waits)
}

/// The rows that hold what goes, and the last row of each word that comes.
async fn load(tx: &Tx<'_>, gone: &[&Indexed], added: &[Indexed]) -> Result<Rows, PostgresError> {
    let mut wanted: BTreeSet<(i64, &str, i64)> = BTreeSet::new();
    for memory in gone {
        wanted.extend(words(&memory.words).map(|word| (memory.scope, word, memory.nth)));
    }
    for memory in added {
        wanted.extend(words(&memory.words).map(|word| (memory.scope, word, i64::MAX)));
    }
    let scopes: Vec<i64> = wanted.iter().map(|wanted| wanted.0).collect();
    let texts: Vec<&str> = wanted.iter().map(|wanted| wanted.1).collect();
    let nth: Vec<i64> = wanted.iter().map(|wanted| wanted.2).collect();
    let sql = "SELECT p.scope, p.word, p.first, p.data
         FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS w (scope, word, nth)
         JOIN LATERAL (
             SELECT * FROM memory_postings p
             WHERE p.scope = w.scope AND p.word = w.word AND p.first <= w.nth
             ORDER BY p.first DESC LIMIT 1) p ON TRUE";
    let mut rows = Rows::new();
    for row in tx.all(sql, &[&scopes, &texts, &nth]).await? {
        let place = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        rows.insert(place, Row { data: row.try_get(3)?, new: false, changed: false });
    }
    Ok(rows)
}

fn remove(rows: &mut Rows, gone: &[&Indexed]) -> Result<(), PostgresError> {
    for memory in gone {
        for word in words(&memory.words).collect::<BTreeSet<_>>() {
            let from = (memory.scope, word.to_owned(), i64::MIN);
            let to = (memory.scope, word.to_owned(), memory.nth);
            let Some((_, row)) = rows.range_mut(from..=to).next_back() else { continue };
            row.data = postings::without(&row.data, memory.key).ok_or_else(damaged)?;
            row.changed = true;
        }
    }
    Ok(())
}

/// Puts memories, in order of their numbers, behind the others of their words.
fn append(rows: &mut Rows, added: &[Indexed]) -> Result<(), PostgresError> {
    for of_scope in added.chunk_by(|a, b| a.scope == b.scope) {
        let mut by_word: BTreeMap<&str, Vec<Placed>> = BTreeMap::new();
        for memory in of_scope {
            for (place, word) in (0..).zip(words(&memory.words)) {
                let of_word = by_word.entry(word).or_default();
                match of_word.last_mut().filter(|last| last.nth == memory.nth) {
                    Some(last) => last.places.push(place),
                    None => of_word.push(Placed { nth: memory.nth, key: memory.key, places: vec![place] }),
                }
            }
        }
        let Some(scope) = of_scope.first().map(|memory| memory.scope) else { continue };
        for (word, memories) in by_word {
            append_word(rows, scope, word, &memories)?;
        }
    }
    Ok(())
}

fn append_word(rows: &mut Rows, scope: i64, word: &str, memories: &[Placed]) -> Result<(), PostgresError> {
    let all = (scope, word.to_owned(), i64::MIN)..=(scope, word.to_owned(), i64::MAX);
    let mut place = rows.range(all).next_back().map(|(place, _)| place.clone());
    let mut last = match place.as_ref().and_then(|place| rows.get(place)) {
        Some(row) => postings::last(&row.data).ok_or_else(damaged)?,
        None => 0,
    };
    let mut data = match place.as_ref().and_then(|place| rows.get_mut(place)) {
        Some(row) => std::mem::take(&mut row.data),
        None => Vec::new(),
    };
    let mut put_back = |place: &(i64, String, i64), data: Vec<u8>| match rows.get_mut(place) {
        Some(row) => (row.data, row.changed) = (data, true),
        None => drop(rows.insert(place.clone(), Row { data, new: true, changed: true })),
    };
    for Placed { nth, key, places } in memories {
        let mut one = Vec::new();
        postings::push(&mut one, last, *key, places);
        if data.len() + one.len() > ROW && !data.is_empty() {
            if let Some(full) = place.take() {
                put_back(&full, std::mem::take(&mut data));
            }
            one.clear();
            postings::push(&mut one, 0, *key, places);
        }
        place.get_or_insert_with(|| (scope, word.to_owned(), *nth));
        data.extend_from_slice(&one);
        last = *key;
    }
    if let Some(place) = place {
        put_back(&place, data);
    }
    Ok(())
}

async fn store(tx: &Tx<'_>, rows: &Rows) -> Result<(), PostgresError> {
    let changed = |new: bool, empty: bool| -> Vec<(&(i64, String, i64), &Row)> {
        let wanted = |row: &Row| row.changed && row.new == new && row.data.is_empty() == empty;
        rows.iter().filter(|(_, row)| wanted(row)).collect()
    };
    let kept = "UPDATE memory_postings p SET data = n.data
         FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bytea[]) AS n (scope, word, first, data)
         WHERE p.scope = n.scope AND p.word = n.word AND p.first = n.first";
    let gone = "DELETE FROM memory_postings p
         USING unnest($1::bigint[], $2::text[], $3::bigint[], $4::bytea[]) AS n (scope, word, first, data)
         WHERE p.scope = n.scope AND p.word = n.word AND p.first = n.first";
    let new = "INSERT INTO memory_postings (scope, word, first, data)
         SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bytea[])";
    for (sql, rows) in
        [(gone, changed(false, true)), (kept, changed(false, false)), (new, changed(true, false))]
    {
        if rows.is_empty() {
            continue;
        }
        let scopes: Vec<i64> = rows.iter().map(|((scope, ..), _)| *scope).collect();
        let words: Vec<&str> = rows.iter().map(|((_, word, _), _)| word.as_str()).collect();
        let firsts: Vec<i64> = rows.iter().map(|((.., first), _)| *first).collect();
        let data: Vec<&[u8]> = rows.iter().map(|(_, row)| row.data.as_slice()).collect();
        tx.execute(sql, &[&scopes, &words, &firsts, &data]).await?;
    }
    Ok(())
}

/// Adds where the words of a question stand in the given scopes.
pub(crate) async fn find(
    tx: &Tx<'_>,
    scopes: &[i64],
    question: &[String],
    instances: &mut Vec<Instance>,
) -> Result<(), PostgresError> {
    let sql = "SELECT w.nth, p.data FROM unnest($2::text[]) WITH ORDINALITY AS w (word, nth)
         JOIN memory_postings p ON p.word = w.word AND p.scope = ANY($1)";
    let fresh = "SELECT memory, words FROM memory_fresh WHERE scope = ANY($1)";
    let (postings, waiting): (Params<'_>, Params<'_>) = (&[&scopes, &question], &[&scopes]);
    let (rows, fresh) = tokio::join!(tx.all(sql, postings), tx.all(fresh, waiting));
    for row in rows? {
        let nth: i64 = row.try_get(0)?;
        let word = u32::try_from(nth - 1).unwrap_or(u32::MAX);
        let take = |key: i64, places: &[u32]| {
            instances.extend(places.iter().map(|at| Instance { doc: key as u64, word, at: *at }));
        };
        postings::each(row.try_get(1)?, take).ok_or_else(damaged)?;
    }
    let wanted: BTreeMap<&str, u32> = question.iter().map(String::as_str).zip(0..).collect();
    for row in fresh? {
        let (key, text): (i64, &str) = (row.try_get(0)?, row.try_get(1)?);
        for (at, word) in (0..).zip(words(text)) {
            if let Some(word) = wanted.get(word) {
                instances.push(Instance { doc: key as u64, word: *word, at });
            }
        }
    }
    Ok(())
}

/// The words of a text that holds them side by side.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ').filter(|word| !word.is_empty())
}

fn damaged() -> PostgresError {
    PostgresError::Damaged("a row of `memory_postings` cannot be read".into())
}

//! The two ways to find memories: newest first, and by words.

use std::ops::ControlFlow;

use juno_memory::{
    Candidate, Corpus, Memory, MemoryFilter, MemoryScope, RecallQuery, Recalled, WordCounter, query_words,
    rank,
};
use rusqlite::params_from_iter;
use rusqlite::types::Value;

use crate::error::SqliteError;
use crate::memory_filter::Conditions;
use crate::memory_row::{COLUMNS, any_of, read, scope_key};
use crate::tx::Tx;

/// The newest accepted memories of every reached scope, merged.
pub(crate) fn newest(tx: &Tx<'_>, filter: &MemoryFilter, now: i64) -> Result<Vec<Memory>, SqliteError> {
    let conditions = Conditions::of(filter, 3);
    let sql = format!(
        "SELECT {COLUMNS} FROM memories m
         WHERE m.scope = ?1 AND (m.expires_at IS NULL OR m.expires_at > ?2) AND {}
         ORDER BY m.recorded_at DESC, m.id DESC",
        conditions.sql
    );
    let mut found: Vec<Memory> = Vec::new();
    for scope in filter.scopes() {
        let Some(key) = scope_key(tx, &scope)? else { continue };
        let mut enough = 0;
        tx.each(&sql, bound(&[key, now], &conditions), |row| {
            // What is damaged, or carries other tags than its index says, is passed over before the limit counts.
            if let Some(memory) = read(row, &scope)?.ok().filter(|memory| filter.accepts(memory)) {
                found.push(memory);
                enough += 1;
            }
            Ok(if enough < filter.limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
    }
    found.sort_unstable_by(|a, b| (b.recorded_at, &b.id).cmp(&(a.recorded_at, &a.id)));
    found.truncate(filter.limit);
    Ok(found)
}

/// What orders equal scores, newest first, and then finds the memory again.
type Item = (i64, String, i64, usize);

/// The memories that match the query's words best.
pub(crate) fn recall(tx: &Tx<'_>, query: &RecallQuery, now: i64) -> Result<Vec<Recalled>, SqliteError> {
    let words = query_words(&query.text);
    let filter = &query.filter;
    if words.is_empty() {
        return Ok(newest(tx, filter, now)?.into_iter().map(Recalled::newest).collect());
    }
    let scopes = filter.scopes();
    let mut corpus = Corpus::default();
    let mut candidates = Vec::new();
    for (place, scope) in scopes.iter().enumerate() {
        let Some(key) = scope_key(tx, scope)? else { continue };
        add_size(tx, key, now, &mut corpus)?;
        add_candidates(tx, (place, key), &words, filter, now, &mut candidates)?;
    }
    let mut recalled = Vec::new();
    for ranked in rank(&words, corpus, candidates) {
        if recalled.len() == filter.limit {
            break;
        }
        let (_, _, key, place) = ranked.item;
        let Some(scope) = scopes.get(place) else { continue };
        if let Some(memory) = load(tx, key, scope)?.filter(|memory| filter.accepts(memory)) {
            recalled.push(Recalled { memory, score: ranked.score, why: ranked.why });
        }
    }
    Ok(recalled)
}

/// Adds the number of live memories and of their words.
fn add_size(tx: &Tx<'_>, scope: i64, now: i64, corpus: &mut Corpus) -> Result<(), SqliteError> {
    let size = tx.one(
        "SELECT s.memories - e.memories, s.words - e.words FROM scopes s,
             (SELECT count(*) AS memories, coalesce(sum(word_count), 0) AS words
              FROM memories WHERE scope = ?1 AND expires_at <= ?2) e
         WHERE s.key = ?1",
        [scope, now],
        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)),
    )?;
    if let Some((memories, words)) = size {
        corpus.memories = corpus.memories.saturating_add(u64::try_from(memories).unwrap_or(0));
        corpus.words = corpus.words.saturating_add(u64::try_from(words).unwrap_or(0));
    }
    Ok(())
}

/// Adds the live memories of a scope that hold a word, also those the filter refuses: they tell how common it is.
fn add_candidates(
    tx: &Tx<'_>,
    (place, scope): (usize, i64),
    words: &[String],
    filter: &MemoryFilter,
    now: i64,
    candidates: &mut Vec<Candidate<Item>>,
) -> Result<(), SqliteError> {
    let counter = WordCounter::new(words);
    let conditions = Conditions::of(filter, 4);
    let sql = format!(
        "SELECT m.key, m.id, m.recorded_at, m.word_count, m.words, {}
         FROM memory_words CROSS JOIN memories m ON m.key = memory_words.rowid
         WHERE memory_words MATCH ?3 AND m.scope = ?1 AND (m.expires_at IS NULL OR m.expires_at > ?2)",
        conditions.sql
    );
    let mut values = vec![Value::Integer(scope), Value::Integer(now), Value::Text(any_of(scope, words))];
    values.extend(conditions.values);
    tx.each(&sql, params_from_iter(values), |row| {
        let indexed = String::from_utf8_lossy(row.get_ref(4)?.as_bytes()?);
        if let Some(counts) = counter.count(indexed.split_ascii_whitespace()) {
            let id = String::from_utf8_lossy(row.get_ref(1)?.as_bytes()?).into_owned();
            candidates.push(Candidate {
                item: (row.get(2)?, id, row.get(0)?, place),
                words: u64::try_from(row.get::<_, i64>(3)?).unwrap_or(0),
                counts,
                accepted: row.get(5)?,
            });
        }
        Ok(ControlFlow::Continue(()))
    })
}

fn load(tx: &Tx<'_>, key: i64, scope: &MemoryScope) -> Result<Option<Memory>, SqliteError> {
    let sql = format!("SELECT {COLUMNS} FROM memories m WHERE m.key = ?1");
    Ok(tx.one(&sql, [key], |row| read(row, scope))?.and_then(Result::ok))
}

fn bound(numbers: &[i64], conditions: &Conditions) -> impl rusqlite::Params {
    let numbers = numbers.iter().copied().map(Value::Integer);
    params_from_iter(numbers.chain(conditions.values.iter().cloned()).collect::<Vec<_>>())
}

//! The two ways to find memories: newest first, and by words.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use juno_memory::{
    Card, Corpus, Filed, Instance, Memory, MemoryCipher, MemoryError, MemoryFilter, MemoryScope, Nearness,
    Pool, QueryVector, Question, RankWeights, RecallQuery, Recalled, Speakers, VectorCache, VectorMatrix,
    nearest_taken, rank_near,
};
use rusqlite::params_from_iter;
use rusqlite::types::Value;

use crate::error::SqliteError;
use crate::memory_filter::Conditions;
use crate::memory_row::{COLUMNS, load, read, readable, scope_row, term};
use crate::memory_vault::{Forms, Vault};
use crate::time::nanos;
use crate::tx::Tx;
use crate::{memory_blocks, memory_speakers, memory_vectors};

/// The newest accepted memories of every reached scope, merged.
pub(crate) fn newest(
    tx: &Tx<'_>,
    vault: &Vault<'_>,
    filter: &MemoryFilter,
    now: DateTime<Utc>,
) -> Result<Vec<Memory>, MemoryError> {
    let mut found: Vec<Memory> = Vec::new();
    let mut failed = None;
    for scope in filter.scopes() {
        let Some(place) = scope_row(tx, &scope)? else { continue };
        let conditions = Conditions::of(filter, &vault.forms(&scope, &place)?, 3);
        let sql = format!(
            "SELECT {COLUMNS} FROM memories m
             WHERE m.scope = ?1 AND (m.expires_at IS NULL OR m.expires_at > ?2) AND {}
             ORDER BY m.recorded_at DESC, m.id DESC",
            conditions.sql
        );
        let mut enough = 0;
        tx.each(&sql, bound(&[place.key, nanos(now)], &conditions), |row| {
            let memory = match readable(read(row, &scope, vault)?) {
                Ok(memory) => memory,
                Err(error) => {
                    failed = Some(error);
                    return Ok(ControlFlow::Break(()));
                }
            };
            // What is damaged, or carries other tags than its index says, is passed over before the limit counts.
            if let Some(memory) = memory.filter(|memory| filter.accepts(memory) && filter.sees(memory, now)) {
                found.push(memory);
                enough += 1;
            }
            Ok(if enough < filter.limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
    }
    if let Some(error) = failed {
        return Err(error);
    }
    found.sort_unstable_by(|a, b| (b.recorded_at, &b.id).cmp(&(a.recorded_at, &a.id)));
    found.truncate(filter.limit);
    Ok(found)
}

/// The most memories of a tag that are listed beforehand. Where a tag has more, the memories themselves are asked, best
/// first: enough of them will carry it.
const LISTED: usize = 4_096;

/// The memories that match the query's words best, and its vector where there is one.
pub(crate) fn recall(
    tx: &Tx<'_>,
    cipher: Option<&MemoryCipher>,
    query: &RecallQuery,
    vector: Option<(&QueryVector, &VectorCache)>,
    now: DateTime<Utc>,
) -> Result<Vec<Recalled>, MemoryError> {
    let mut question = Question::new(&query.text);
    let filter = &query.filter;
    let vault = Vault::to_read(tx, cipher, filter.scope.tenant())?;
    if question.words().is_empty() {
        return Ok(newest(tx, &vault, filter, now)?.into_iter().map(Recalled::newest).collect());
    }
    vault.check_searchable()?;
    let (mut speakers, mut corpus) = (Speakers::default(), Corpus::default());
    let (mut scopes, mut forms_of, mut renamed) = (Vec::new(), Vec::new(), BTreeMap::new());
    for scope in filter.scopes() {
        let Some(place) = scope_row(tx, &scope)? else { continue };
        let forms = vault.forms(&scope, &place)?;
        add_size(tx, place.key, &mut corpus)?;
        let asked = (&question, &forms, vault.marks());
        memory_speakers::named(tx, place.key, asked, &mut speakers, &mut renamed)?;
        scopes.push((place.key, scope));
        forms_of.push(forms);
    }
    question.name(&speakers);
    let mut matrices = Vec::new();
    if let Some((vector, cache)) = vector {
        let (model, dimension) = (vector.model.to_string(), vector.model.dimension());
        for (key, scope) in &scopes {
            matrices.push(memory_vectors::load(tx, &vault, cache, (*key, scope), (&model, dimension))?);
        }
    }
    let matrices: Vec<&VectorMatrix> = matrices.iter().map(|matrix| &**matrix).collect();
    let near = vector.and_then(|(vector, _)| Nearness::of(&matrices, &vector.unit));
    let close = near.as_ref().map(|near| near.nearest(nearest_taken(filter.limit))).unwrap_or_default();
    let (mut instances, mut filed) = (Vec::new(), Vec::new());
    let mut bounds = Vec::new();
    for (at, ((key, scope), forms)) in scopes.iter().zip(&forms_of).enumerate() {
        let here = |doc: &u64| matrices.get(at).is_some_and(|matrix| matrix.row(*doc).is_some());
        let close: Vec<u64> = close.iter().copied().filter(here).collect();
        add_found(tx, (*key, forms), (&question, &close), (filter, now), &mut instances, &mut filed)?;
        bounds.push((filed.len(), scope));
    }
    if !renamed.is_empty() {
        for Filed { card, .. } in &mut filed {
            card.who = renamed.get(&card.who).copied().unwrap_or(card.who);
        }
    }
    let scope_of: BTreeMap<u64, &MemoryScope> = match &scopes[..] {
        [_] => BTreeMap::new(),
        _ => {
            let scope = |at: usize| bounds.iter().find(|(end, _)| at < *end).map(|(_, scope)| *scope);
            filed.iter().enumerate().filter_map(|(at, filed)| Some((filed.doc, scope(at)?))).collect()
        }
    };
    let weights = &RankWeights::DEFAULT;
    let mut recalled = Vec::new();
    let pool = Pool { question: &question, weights, corpus, instances, filed, now };
    for ranked in rank_near(pool, near.as_ref()) {
        if recalled.len() == filter.limit {
            break;
        }
        let only = scopes.first().map(|(_, scope)| scope);
        let Some(scope) = scope_of.get(&ranked.doc).copied().or(only) else { continue };
        if let Some(memory) =
            load(tx, &vault, ranked.doc as i64, scope)?.filter(|memory| filter.accepts(memory))
        {
            recalled.push(Recalled { memory, score: ranked.score, why: ranked.why });
        }
    }
    Ok(recalled)
}

/// Those words of a text that name somebody who speaks in the reached scopes.
pub(crate) fn names_in(
    tx: &Tx<'_>,
    cipher: Option<&MemoryCipher>,
    filter: &MemoryFilter,
    text: &str,
) -> Result<BTreeSet<String>, MemoryError> {
    let (question, vault) = (Question::new(text), Vault::to_read(tx, cipher, filter.scope.tenant())?);
    let (mut speakers, mut renamed) = (Speakers::default(), BTreeMap::new());
    for scope in filter.scopes() {
        let Some(place) = scope_row(tx, &scope)? else { continue };
        let forms = vault.forms(&scope, &place)?;
        let asked = (&question, &forms, vault.marks());
        memory_speakers::named(tx, place.key, asked, &mut speakers, &mut renamed)?;
    }
    Ok(speakers.named_in(&question))
}

/// Adds the number of memories, threads and words.
fn add_size(tx: &Tx<'_>, scope: i64, corpus: &mut Corpus) -> Result<(), SqliteError> {
    let sql = "SELECT memories, words, threads, thread_words FROM scopes WHERE key = ?1";
    let size = tx.one(sql, [scope], |row| {
        let number = |at| Ok::<_, rusqlite::Error>(u64::try_from(row.get::<_, i64>(at)?).unwrap_or(0));
        Ok([number(0)?, number(1)?, number(2)?, number(3)?])
    })?;
    if let Some([memories, words, threads, thread_words]) = size {
        corpus.memories = corpus.memories.saturating_add(memories);
        corpus.words = corpus.words.saturating_add(words);
        corpus.threads = corpus.threads.saturating_add(threads);
        corpus.thread_words = corpus.thread_words.saturating_add(thread_words);
    }
    Ok(())
}

/// Adds where a scope's memories hold the question's words, and every memory that this concerns, also those the filter
/// refuses.
fn add_found(
    tx: &Tx<'_>,
    (scope, forms): (i64, &Forms),
    (question, close): (&Question, &[u64]),
    (filter, now): (&MemoryFilter, DateTime<Utc>),
    instances: &mut Vec<Instance>,
    filed: &mut Vec<Filed>,
) -> Result<(), SqliteError> {
    let first = instances.len();
    for (word, text) in (0..).zip(question.words()) {
        let sql = "SELECT doc, offset FROM memory_places WHERE term = ?1";
        for text in forms.word(text) {
            tx.each(sql, [term(scope, &text)], |row| {
                instances.push(Instance { doc: row.get::<_, i64>(0)? as u64, word, at: row.get(1)? });
                Ok(ControlFlow::Continue(()))
            })?;
        }
    }
    let mut keys: Vec<i64> = instances.iter().skip(first).map(|instance| instance.doc as i64).collect();
    keys.extend(close.iter().map(|doc| *doc as i64));
    keys.sort_unstable();
    keys.dedup();
    let tagged = tagged(tx, (scope, forms), filter)?;
    let accepts = |key: i64, card: &Card| {
        filter.sees_card(card, now) && tagged.as_ref().is_none_or(|tagged| tagged.binary_search(&key).is_ok())
    };
    memory_blocks::read(tx, scope, &keys, accepts, filed)
}

/// The keys of what carries the wanted tags, in order; `None` where no tag says much.
fn tagged(
    tx: &Tx<'_>,
    (scope, forms): (i64, &Forms),
    filter: &MemoryFilter,
) -> Result<Option<Vec<i64>>, SqliteError> {
    let list = |tag: &String| {
        let sql = "SELECT memory FROM memory_tags WHERE scope = ?1 AND tag = ?2 LIMIT ?3";
        let mut found = Vec::new();
        for tag in forms.tag(tag) {
            found.extend(tx.all(sql, (scope, tag, LISTED as i64), |row| row.get::<_, i64>(0))?);
        }
        found.sort_unstable();
        Ok::<_, SqliteError>((found.len() < LISTED).then_some(found))
    };
    let mut least: Option<Vec<i64>> = None;
    for tag in &filter.all_tags {
        if let Some(found) = list(tag)? {
            least = Some(match least {
                Some(before) => before.into_iter().filter(|key| found.binary_search(key).is_ok()).collect(),
                None => found,
            });
        }
    }
    if least.is_none() && !filter.any_tags.is_empty() {
        let mut any = Vec::new();
        for tag in &filter.any_tags {
            let Some(found) = list(tag)? else { return Ok(None) };
            any.extend(found);
        }
        any.sort_unstable();
        any.dedup();
        least = Some(any);
    }
    Ok(least)
}

fn bound(numbers: &[i64], conditions: &Conditions) -> impl rusqlite::Params {
    let numbers = numbers.iter().copied().map(Value::Integer);
    params_from_iter(numbers.chain(conditions.values.iter().cloned()).collect::<Vec<_>>())
}

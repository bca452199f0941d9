//! The two ways to find memories: newest first, and by words.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use juno_memory::{
    Card, Corpus, Instance, Memory, MemoryFilter, MemoryScope, Pool, Question, RankWeights, RecallQuery,
    Recalled, Speakers, rank,
};
use tokio_postgres::types::ToSql;

use crate::error::PostgresError;
use crate::memory_row::{COLUMNS, WIDTH, read};
use crate::memory_scope::{Levels, WANTED};
use crate::time::nanos;
use crate::tx::Tx;
use crate::{memory_blocks, memory_speakers, memory_words};

/// The most memories of a tag that are listed beforehand. Where a tag has more, the memories themselves are asked, best
/// first: enough of them will carry it.
const LISTED: i64 = 20_000;

/// The scopes a filter reaches and that hold memories, by their keys, and how much they hold together.
async fn reached(
    tx: &Tx<'_>,
    filter: &MemoryFilter,
) -> Result<(BTreeMap<i64, MemoryScope>, Corpus), PostgresError> {
    let scopes = filter.scopes();
    let levels = Levels::of(&scopes);
    let [tenants, teams, agents, sessions] = levels.columns();
    let sql = format!(
        "SELECT w.place, s.key, s.memories, s.words, s.threads, s.thread_words FROM {WANTED}
         JOIN memory_scopes s ON (s.tenant, s.team, s.agent, s.session) = (w.tenant, w.team, w.agent, w.session)"
    );
    let (mut found, mut corpus) = (BTreeMap::new(), Corpus::default());
    for row in tx.all(&sql, &[tenants, teams, agents, sessions]).await? {
        let number = |at: usize| row.try_get::<_, i64>(at).map(|number| u64::try_from(number).unwrap_or(0));
        corpus.memories = corpus.memories.saturating_add(number(2)?);
        corpus.words = corpus.words.saturating_add(number(3)?);
        corpus.threads = corpus.threads.saturating_add(number(4)?);
        corpus.thread_words = corpus.thread_words.saturating_add(number(5)?);
        let place: i64 = row.try_get(0)?;
        if let Some(scope) = usize::try_from(place - 1).ok().and_then(|place| scopes.get(place)) {
            found.insert(row.try_get(1)?, scope.clone());
        }
    }
    Ok((found, corpus))
}

/// The newest accepted memories of every reached scope, merged.
pub(crate) async fn newest(
    tx: &Tx<'_>,
    filter: &MemoryFilter,
    now: DateTime<Utc>,
) -> Result<Vec<Memory>, PostgresError> {
    let (scopes, _) = reached(tx, filter).await?;
    let kinds: Vec<&str> = filter.kinds.iter().map(|kind| kind.as_str()).collect();
    let all: Vec<&[u8]> = filter.all_tags.iter().map(|tag| tag.as_bytes()).collect();
    let any: Vec<&[u8]> = filter.any_tags.iter().map(|tag| tag.as_bytes()).collect();
    let number_of_all = all.len() as i64;
    let (now_nanos, mut found) = (nanos(now), Vec::new());
    for (key, scope) in &scopes {
        let mut params: Vec<&(dyn ToSql + Sync)> = vec![key, &now_nanos];
        let mut sql = format!(
            "SELECT {COLUMNS} FROM memories m
             WHERE m.scope = $1 AND (m.expires_at IS NULL OR m.expires_at > $2)"
        );
        if !kinds.is_empty() {
            params.push(&kinds);
            sql.push_str(&format!(" AND m.kind = ANY(${})", params.len()));
        }
        if !all.is_empty() {
            params.extend([&all as &(dyn ToSql + Sync), &number_of_all]);
            let (tags, number) = (params.len() - 1, params.len());
            sql.push_str(&format!(
                " AND m.key IN (SELECT memory FROM memory_tags WHERE scope = $1 AND tag = ANY(${tags})
                     GROUP BY memory HAVING count(*) = ${number})"
            ));
        }
        if !any.is_empty() {
            params.push(&any);
            let tags = params.len();
            sql.push_str(&format!(
                " AND m.key IN (SELECT memory FROM memory_tags WHERE scope = $1 AND tag = ANY(${tags}))"
            ));
        }
        sql.push_str(" ORDER BY m.recorded_at DESC, m.id DESC");
        let mut enough = 0;
        let page = filter.limit as i64 + 8;
        tx.each_of(page, &sql, &params, |row| {
            // What is damaged, or carries other tags than its index says, is passed over before the limit counts.
            if let Ok(memory) = read(row, 0, scope)?
                && filter.accepts(&memory)
                && filter.sees(&memory, now)
            {
                found.push(memory);
                enough += 1;
            }
            Ok(if enough < filter.limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })
        .await?;
    }
    found.sort_unstable_by(|a, b| (b.recorded_at, &b.id).cmp(&(a.recorded_at, &a.id)));
    found.truncate(filter.limit);
    Ok(found)
}

/// The memories that match the query's words best: what they are in goes over in one step, the cards of what is found
/// in another, and then the memories themselves, of those that are given only.
pub(crate) async fn recall(
    tx: &Tx<'_>,
    query: &RecallQuery,
    now: DateTime<Utc>,
) -> Result<Vec<Recalled>, PostgresError> {
    let mut question = Question::new(&query.text);
    let filter = &query.filter;
    if question.words().is_empty() {
        return Ok(newest(tx, filter, now).await?.into_iter().map(Recalled::newest).collect());
    }
    let (scopes, corpus) = reached(tx, filter).await?;
    let keys: Vec<i64> = scopes.keys().copied().collect();
    let asked = question.words().to_vec();
    let (mut speakers, mut instances) = (Speakers::default(), Vec::new());
    let (named, placed, tagged) = tokio::join!(
        memory_speakers::named(tx, &keys, &asked, &mut speakers),
        memory_words::find(tx, &keys, &asked, &mut instances),
        tagged(tx, &keys, filter),
    );
    named?;
    placed?;
    let tagged = tagged?;
    question.name(&speakers);
    keep_words(&mut instances, &asked, question.words());
    let docs: BTreeSet<i64> = instances.iter().map(|instance| instance.doc as i64).collect();
    let docs: Vec<i64> = docs.into_iter().collect();
    let (mut filed, mut scope_of) = (Vec::new(), BTreeMap::new());
    let accepts = |key: i64, card: &Card| {
        filter.sees_card(card, now) && tagged.as_ref().is_none_or(|tagged| tagged.binary_search(&key).is_ok())
    };
    memory_blocks::read(tx, &keys, &docs, accepts, |scope, one| {
        if keys.len() > 1 {
            scope_of.insert(one.doc, scope);
        }
        filed.push(one);
    })
    .await?;
    let weights = &RankWeights::DEFAULT;
    let mut ranking = rank(Pool { question: &question, weights, corpus, instances, filed, now });
    let mut recalled: Vec<Recalled> = Vec::new();
    let mut ask = filter.limit;
    loop {
        let ranked: Vec<_> = ranking.by_ref().take(ask).collect();
        if ranked.is_empty() {
            return Ok(recalled);
        }
        let wanted: Vec<i64> = ranked.iter().map(|ranked| ranked.doc as i64).collect();
        let sql = format!("SELECT {COLUMNS}, m.key, m.scope FROM memories m WHERE m.key = ANY($1)");
        let mut loaded: BTreeMap<i64, Memory> = BTreeMap::new();
        for row in tx.all(&sql, &[&wanted]).await? {
            let (key, scope): (i64, i64) = (row.try_get(WIDTH)?, row.try_get(WIDTH + 1)?);
            let filed_in = scope_of.get(&(key as u64)).or_else(|| keys.first());
            let Some(name) = scopes.get(&scope).filter(|_| filed_in == Some(&scope)) else { continue };
            if let Ok(memory) = read(&row, 0, name)? {
                loaded.insert(key, memory);
            }
        }
        for ranked in ranked {
            let memory = loaded.remove(&(ranked.doc as i64)).filter(|memory| filter.accepts(memory));
            recalled.extend(memory.map(|memory| Recalled { memory, score: ranked.score, why: ranked.why }));
            if recalled.len() == filter.limit {
                return Ok(recalled);
            }
        }
        ask *= 2;
    }
}

/// Numbers words as a question has them after names were taken out.
fn keep_words(instances: &mut Vec<Instance>, before: &[String], after: &[String]) {
    if before.len() == after.len() {
        return;
    }
    let places: Vec<Option<u32>> = before
        .iter()
        .map(|word| after.iter().position(|kept| kept == word).and_then(|place| u32::try_from(place).ok()))
        .collect();
    instances.retain_mut(|instance| {
        let place = places.get(instance.word as usize).copied().flatten();
        instance.word = place.unwrap_or_default();
        place.is_some()
    });
}

/// The keys of what carries the wanted tags, in order; `None` where no tag says much.
async fn tagged(
    tx: &Tx<'_>,
    scopes: &[i64],
    filter: &MemoryFilter,
) -> Result<Option<Vec<i64>>, PostgresError> {
    let list = async |tag: &str| {
        let sql = "SELECT array_agg(t.memory) FROM (
             SELECT memory FROM memory_tags WHERE scope = ANY($1) AND tag = $2 LIMIT $3) AS t";
        let row = tx.one(sql, &[&scopes, &tag.as_bytes(), &LISTED]).await?;
        let found = row.map_or(Ok(None), |row| row.try_get::<_, Option<Vec<i64>>>(0))?;
        let mut found = found.unwrap_or_default();
        found.sort_unstable();
        Ok::<_, PostgresError>(((found.len() as i64) < LISTED).then_some(found))
    };
    let mut least: Option<Vec<i64>> = None;
    for tag in &filter.all_tags {
        if let Some(found) = list(tag).await? {
            least = Some(match least {
                Some(before) => before.into_iter().filter(|key| found.binary_search(key).is_ok()).collect(),
                None => found,
            });
        }
    }
    if least.is_none() && !filter.any_tags.is_empty() {
        let mut any = Vec::new();
        for tag in &filter.any_tags {
            let Some(found) = list(tag).await? else { return Ok(None) };
            any.extend(found);
        }
        any.sort_unstable();
        any.dedup();
        least = Some(any);
    }
    Ok(least)
}

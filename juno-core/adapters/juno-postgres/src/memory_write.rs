//! Changes to memories inside one transaction, under the locks of their scopes: what is written, what goes for it, and
//! the rows that follow from both.

use std::collections::{BTreeMap, BTreeSet};

use juno_domain::PrincipalId;
use juno_memory::{Card, Fact, Memory};
use tokio_postgres::types::ToSql;

use crate::error::PostgresError;
use crate::memory_blocks::{Blocks, ThreadName};
use crate::memory_row::Stored;
use crate::memory_scope::Held;
use crate::memory_speakers::{self, Counts};
use crate::memory_words::{self, Indexed, Scopes, Waits};
use crate::outbox::Prepared;
use crate::time::nanos;
use crate::tx::Tx;

/// A checked write, with everything that can be made of it before a transaction begins.
pub(crate) struct Ready<'m> {
    pub(crate) memory: &'m Memory,
    pub(crate) actor: &'m PrincipalId,
    pub(crate) body: String,
    pub(crate) card: Card,
    pub(crate) words: String,
    pub(crate) events: Prepared,
}

impl Ready<'_> {
    fn who(&self) -> Option<&[u8]> {
        self.memory.who.as_deref().map(str::as_bytes)
    }

    pub(crate) fn subject(&self) -> Option<&[u8]> {
        self.memory.subject.as_deref().map(str::as_bytes)
    }

    fn tags(&self) -> BTreeSet<&[u8]> {
        self.memory.tags.iter().map(|tag| tag.as_bytes()).collect()
    }

    fn thread(&self, scope: i64) -> ThreadName {
        let thread = self.memory.turn.as_ref().map(|turn| turn.thread.as_bytes().to_vec());
        (scope, thread.unwrap_or_default())
    }
}

/// What becomes of one id.
pub(crate) struct Change<'r> {
    /// What is stored, if anything is.
    pub(crate) old: Option<Stored>,
    /// What takes its place; nothing, where it goes. With the key of its scope.
    pub(crate) new: Option<(i64, &'r Ready<'r>)>,
    /// Whether the indexes know what is stored.
    pub(crate) indexed: bool,
}

/// What changes in a scope's own row.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    memories: i64,
    words: i64,
    threads: i64,
    thread_words: i64,
    last: i64,
}

/// A memory's row as it is to be.
struct Target<'r> {
    old: Option<i64>,
    key: i64,
    scope: i64,
    nth: i64,
    thread: i64,
    ready: &'r Ready<'r>,
}

/// Carries out changes to different ids; all their scopes are held.
pub(crate) async fn apply(tx: &Tx<'_>, held: &[Held], changes: &[Change<'_>]) -> Result<(), PostgresError> {
    let scopes: Scopes<'_> = held.iter().map(|held| (held.key, held)).collect();
    let mut adds: BTreeMap<ThreadName, usize> = BTreeMap::new();
    for (scope, ready) in changes.iter().filter_map(|change| change.new) {
        *adds.entry(ready.thread(scope)).or_default() += 1;
    }
    let known = changes.iter().filter(|change| change.indexed).filter_map(|change| change.old.as_ref());
    let mut blocks = Blocks::load(tx, &adds, &known.map(|old| old.key).collect()).await?;

    let mut tallies: BTreeMap<i64, Tally> = BTreeMap::new();
    let (mut gone, mut added, mut targets) = (Vec::new(), Vec::new(), Vec::new());
    let (mut speakers, mut deleted, mut tags) = (Counts::new(), Vec::new(), Tags::default());
    for Change { old, new, indexed } in changes {
        let stays = old.as_ref().zip(*new).filter(|(old, (scope, ready))| {
            *indexed
                && old.words == ready.words
                && old.who.as_deref() == ready.who()
                && blocks.thread(&ready.thread(*scope)) == Some(old.thread)
        });
        if let Some((old, (scope, ready))) = stays {
            blocks.replace(old.key, &ready.card);
            tags.change(scope, (old.key, &old.tags), (old.key, &ready.tags()));
            let Stored { key, nth, thread, .. } = *old;
            targets.push(Target { old: Some(key), key, scope, nth, thread, ready });
            continue;
        }
        if let Some(old) = old.as_ref().filter(|_| *indexed) {
            let tally = tallies.entry(old.scope).or_default();
            tally.memories -= 1;
            tally.words -= old.word_count;
            if blocks.remove(old.key) {
                tally.thread_words -= old.word_count;
            }
            if let Some(who) = &old.who {
                *speakers.entry((old.scope, who.clone())).or_default() -= 1;
            }
            let Stored { scope, nth, key, .. } = *old;
            gone.push(Indexed { scope, nth, key, words: old.words.clone() });
        }
        let none = BTreeSet::new();
        let had = old.as_ref().map_or((0, &none), |old| (old.key, &old.tags));
        let Some((scope, ready)) = new else {
            if let Some(old) = old {
                deleted.push(old.key);
                tags.change(old.scope, had, (0, &BTreeSet::new()));
            }
            continue;
        };
        let (key, thread, new_thread) = blocks.add(&ready.thread(*scope), &ready.card)?;
        let tally = tallies.entry(*scope).or_default();
        tally.memories += 1;
        tally.words += i64::from(ready.card.words);
        tally.threads += i64::from(new_thread);
        tally.thread_words += if ready.memory.turn.is_some() { i64::from(ready.card.words) } else { 0 };
        tally.last += 1;
        let nth = scopes.get(scope).map_or(0, |held| held.last) + tally.last;
        if let Some(who) = ready.who() {
            *speakers.entry((*scope, who.to_vec())).or_default() += 1;
        }
        tags.change(*scope, had, (key, &ready.tags()));
        added.push(Indexed { scope: *scope, nth, key, words: ready.words.clone() });
        targets.push(Target { old: old.as_ref().map(|old| old.key), key, scope: *scope, nth, thread, ready });
    }
    let (emptied, rows, tagged, spoken, waits) = tokio::join!(
        blocks.store(tx),
        store_rows(tx, &targets, &deleted),
        tags.store(tx),
        memory_speakers::change(tx, &speakers),
        memory_words::change(tx, &scopes, &gone, &added),
    );
    let (emptied, waits) = (emptied?, waits);
    rows?;
    tagged?;
    spoken?;
    for scope in emptied {
        tallies.entry(scope).or_default().threads -= 1;
    }
    count(tx, &scopes, &tallies, &waits?).await
}

async fn store_rows(tx: &Tx<'_>, targets: &[Target<'_>], deleted: &[i64]) -> Result<(), PostgresError> {
    if !deleted.is_empty() {
        tx.execute("DELETE FROM memories WHERE key = ANY($1)", &[&deleted]).await?;
    }
    let (changed, new): (Vec<&Target<'_>>, Vec<&Target<'_>>) =
        targets.iter().partition(|target| target.old.is_some());
    for (targets, is_new) in [(changed, false), (new, true)] {
        if targets.is_empty() {
            continue;
        }
        let numbers =
            |of: fn(&Target<'_>) -> i64| targets.iter().map(|target| of(target)).collect::<Vec<_>>();
        let (keys, scopes) = (numbers(|target| target.key), numbers(|target| target.scope));
        let (nth, threads) = (numbers(|target| target.nth), numbers(|target| target.thread));
        let recorded = numbers(|target| nanos(target.ready.memory.recorded_at));
        let counts = numbers(|target| i64::from(target.ready.card.words));
        let memories = || targets.iter().map(|target| target.ready.memory);
        let expires: Vec<Option<i64>> = memories().map(|memory| memory.expires_at.map(nanos)).collect();
        let kinds: Vec<&str> = memories().map(|memory| memory.kind.as_str()).collect();
        let words: Vec<&str> = targets.iter().map(|target| target.ready.words.as_str()).collect();
        let who: Vec<Option<&[u8]>> = targets.iter().map(|target| target.ready.who()).collect();
        let facts: Vec<Option<String>> =
            memories().map(|memory| memory.fact.as_ref().map(Fact::key)).collect();
        let bodies: Vec<&str> = targets.iter().map(|target| target.ready.body.as_str()).collect();
        let subjects: Vec<Option<&[u8]>> = targets.iter().map(|target| target.ready.subject()).collect();
        // An array of arrays has to be rectangular, so each memory's tags go as the text of an array.
        let tags: Vec<String> = targets.iter().map(|target| array_text(&target.ready.tags())).collect();
        let mut params: Vec<&(dyn ToSql + Sync)> = vec![
            &keys, &scopes, &nth, &threads, &kinds, &recorded, &expires, &words, &counts, &who, &facts,
            &bodies, &tags, &subjects,
        ];
        if is_new {
            let tenants: Vec<&str> = memories().map(|memory| memory.scope.tenant().as_str()).collect();
            let ids: Vec<&str> = memories().map(|memory| memory.id.as_str()).collect();
            params.extend([&tenants as &(dyn ToSql + Sync), &ids]);
            if tx.execute(INSERT, &params).await? < targets.len() as u64 {
                return Err(tx.start_over("another writer took an id first"));
            }
        } else {
            let old: Vec<i64> = targets.iter().filter_map(|target| target.old).collect();
            params.push(&old);
            tx.execute(UPDATE, &params).await?;
        }
    }
    Ok(())
}

/// In the order of ids, so that no two writers wait for each other.
const INSERT: &str = "INSERT INTO memories (key, scope, nth, thread, kind, recorded_at, expires_at, words, word_count, who,
         fact, body, tags, subject, tenant, id)
     SELECT n.key, n.scope, n.nth, n.thread, n.kind, n.recorded_at, n.expires_at, n.words, n.word_count, n.who, n.fact,
         n.body, n.tags::bytea[], n.subject, n.tenant, n.id
     FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[],
         $8::text[], $9::bigint[], $10::bytea[], $11::text[], $12::text[], $13::text[], $14::bytea[],
         $15::text[], $16::text[])
         AS n (key, scope, nth, thread, kind, recorded_at, expires_at, words, word_count, who, fact, body, tags,
             subject, tenant, id)
     ORDER BY n.tenant COLLATE \"C\", n.id COLLATE \"C\" ON CONFLICT (tenant, id) DO NOTHING";

const UPDATE: &str = "UPDATE memories m SET key = n.key, scope = n.scope, nth = n.nth, thread = n.thread, kind = n.kind,
         recorded_at = n.recorded_at, expires_at = n.expires_at, words = n.words, word_count = n.word_count,
         who = n.who, fact = n.fact, body = n.body, tags = n.tags::bytea[], subject = n.subject
     FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[],
         $8::text[], $9::bigint[], $10::bytea[], $11::text[], $12::text[], $13::text[], $14::bytea[],
         $15::bigint[])
         AS n (key, scope, nth, thread, kind, recorded_at, expires_at, words, word_count, who, fact, body, tags,
             subject, old)
     WHERE m.key = n.old";

/// PostgreSQL's text of an array of bytes.
fn array_text(items: &BTreeSet<&[u8]>) -> String {
    let mut text = String::from("{");
    for (nth, item) in items.iter().enumerate() {
        text.push_str(if nth == 0 { "\"\\\\x" } else { ",\"\\\\x" });
        item.iter().for_each(|byte| text.push_str(&format!("{byte:02x}")));
        text.push('"');
    }
    text.push('}');
    text
}

/// Rows of tags that go and that come.
#[derive(Default)]
struct Tags {
    gone: (Vec<i64>, Vec<Vec<u8>>, Vec<i64>),
    new: (Vec<i64>, Vec<Vec<u8>>, Vec<i64>),
}

impl Tags {
    fn change(&mut self, scope: i64, old: (i64, &BTreeSet<Vec<u8>>), new: (i64, &BTreeSet<&[u8]>)) {
        let same = old.0 == new.0;
        for tag in old.1.iter().filter(|tag| !(same && new.1.contains(tag.as_slice()))) {
            self.gone.0.push(scope);
            self.gone.1.push(tag.clone());
            self.gone.2.push(old.0);
        }
        for tag in new.1.iter().filter(|tag| !(same && old.1.contains(**tag))) {
            self.new.0.push(scope);
            self.new.1.push(tag.to_vec());
            self.new.2.push(new.0);
        }
    }

    async fn store(&self, tx: &Tx<'_>) -> Result<(), PostgresError> {
        let (scopes, tags, keys) = &self.gone;
        if !scopes.is_empty() {
            let sql = "DELETE FROM memory_tags t
                 USING unnest($1::bigint[], $2::bytea[], $3::bigint[]) AS n (scope, tag, memory)
                 WHERE t.scope = n.scope AND t.tag = n.tag AND t.memory = n.memory";
            tx.execute(sql, &[scopes, tags, keys]).await?;
        }
        let (scopes, tags, keys) = &self.new;
        if !scopes.is_empty() {
            let sql = "INSERT INTO memory_tags (scope, tag, memory)
                 SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bigint[])";
            tx.execute(sql, &[scopes, tags, keys]).await?;
        }
        Ok(())
    }
}

/// Brings the scopes' own rows up to date.
async fn count(
    tx: &Tx<'_>,
    scopes: &Scopes<'_>,
    tallies: &BTreeMap<i64, Tally>,
    waits: &BTreeMap<i64, Waits>,
) -> Result<(), PostgresError> {
    let numbers = |of: &dyn Fn(i64, Tally) -> i64| {
        tallies.iter().map(|(scope, tally)| of(*scope, *tally)).collect::<Vec<i64>>()
    };
    let waits = |scope: i64| waits.get(&scope).copied().unwrap_or_default();
    let sql = "UPDATE memory_scopes s SET memories = s.memories + n.memories, words = s.words + n.words,
             threads = s.threads + n.threads, thread_words = s.thread_words + n.thread_words, last = n.last,
             merged = n.merged, fresh = n.fresh
         FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
             $7::bigint[], $8::bigint[]) AS n (key, memories, words, threads, thread_words, last, merged, fresh)
         WHERE s.key = n.key";
    if tallies.is_empty() {
        return Ok(());
    }
    tx.execute(
        sql,
        &[
            &numbers(&|scope, _| scope),
            &numbers(&|_, tally| tally.memories),
            &numbers(&|_, tally| tally.words),
            &numbers(&|_, tally| tally.threads),
            &numbers(&|_, tally| tally.thread_words),
            &numbers(&|scope, tally| scopes.get(&scope).map_or(0, |held| held.last) + tally.last),
            &numbers(&|scope, _| waits(scope).merged),
            &numbers(&|scope, _| waits(scope).fresh),
        ],
    )
    .await?;
    Ok(())
}

//! Putting memories away and finding them again, in memory, in SQLite, encrypted there or not, and in the PostgreSQL that
//! `TEST_POSTGRES_URL` names, if it does: in schemas `juno_bench_…`, which are filled once and stay.
#![expect(clippy::unwrap_used, reason = "a bench stops at the first failure")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use juno_benches::{Windowed, name, principal, quick, ready, second, team, wait};
use juno_crypto::{FileKeys, SystemRandom};
use juno_domain::{DomainEvent, EventBuffer, MemoryId, Seed, TenantId};
use juno_memory::{
    ForgetReason, InMemoryMemoryStore, Memory, MemoryCipher, MemoryFilter, MemoryKind, MemoryRemoval,
    MemoryScope, MemoryStore, MemoryWrite, RecallQuery, forgotten_event, written_event,
};
use juno_postgres::{PostgresConfig, PostgresMemoryStore, PostgresStore};
use juno_sqlite::{SqliteConfig, SqliteStore};
use rand::Rng;
use rusqlite::{Connection, params};
use tempfile::TempDir;

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
const WORDS_PER_TEXT: usize = 30;

/// Texts of 30 words from a vocabulary of 20,000, the n-th most common about n times rarer than the first, as in
/// natural language.
struct Author {
    /// Rising sums of the words' frequencies.
    sums: Vec<f64>,
}

impl Author {
    fn new() -> Self {
        let mut sum = 0.0;
        let next = |rank: u32| {
            sum += 1.0 / (f64::from(rank) + 2.7);
            sum
        };
        Self { sums: (0..20_000).map(next).collect() }
    }

    /// The word of that rank: made of syllables, so that neither stemmer nor stop words change it.
    fn word(rank: usize) -> String {
        const SYLLABLES: [&str; 28] = [
            "ba", "ko", "mu", "ra", "to", "zu", "ga", "lo", "pu", "va", "no", "du", "ka", "bo", "ru", "ma",
            "zo", "lu", "pa", "go", "nu", "da", "vo", "ku", "ta", "mo", "bu", "la",
        ];
        [rank / 784 % 28, rank / 28 % 28, rank % 28].map(|n| SYLLABLES[n]).concat()
    }

    fn text(&self, rng: &mut impl Rng) -> String {
        let total = self.sums.last().copied().unwrap_or_default();
        let words = (0..WORDS_PER_TEXT).map(|_| {
            let drawn = rng.gen_range(0.0..total);
            Self::word(self.sums.partition_point(|sum| *sum <= drawn))
        });
        words.collect::<Vec<_>>().join(" ")
    }
}

/// Memory `n`. Every 20th has the same team tag, every 1,000th the same issue tag.
fn memory(author: &Author, n: usize, scope: &MemoryScope) -> Memory {
    let mut rng = Seed(1).part(n as u64).rng();
    let id = MemoryId::new(format!("memory-{n:08}")).unwrap();
    let text = author.text(&mut rng);
    let mut memory = Memory::new(id, MemoryKind::Episodic, scope.clone(), text, "bench", second(n));
    memory.tags = [format!("team_{}", n % 20), format!("issue_{}", n % 1_000)].into();
    memory
}

fn scope(n: usize) -> MemoryScope {
    MemoryScope::tenant_wide(TenantId::new("acme").unwrap()).with_team(team(n))
}

fn event(memory: &Memory) -> DomainEvent {
    written_event(memory, &principal(0)).unwrap()
}

/// Four words of medium frequency, each in one to three texts of a hundred, and a tag.
fn queries() -> Vec<RecallQuery> {
    let mut rng = Seed(2).rng();
    (0..64)
        .map(|n| {
            let words: Vec<String> = (0..4).map(|_| Author::word(rng.gen_range(100..300))).collect();
            let filter = MemoryFilter {
                all_tags: [format!("team_{}", n % 20)].into(),
                limit: 10,
                ..MemoryFilter::new(scope(1))
            };
            RecallQuery::new(words.join(" "), filter)
        })
        .collect()
}

/// What a user writes by hand: a table, a full-text index with stemming, one open connection in WAL mode.
struct Plain(Connection);

impl Plain {
    fn open(path: &Path) -> Self {
        let db = Connection::open(path).unwrap();
        db.execute_batch(
            "PRAGMA journal_mode = wal;
             PRAGMA synchronous = normal;
             CREATE TABLE IF NOT EXISTS memory (
                 key INTEGER PRIMARY KEY, id TEXT UNIQUE, scope TEXT, tags TEXT, at TEXT, body TEXT);
             CREATE INDEX IF NOT EXISTS memory_newest ON memory (scope, at);
             CREATE VIRTUAL TABLE IF NOT EXISTS memory_text USING fts5 (text, tokenize = 'porter unicode61');",
        )
        .unwrap();
        Self(db)
    }

    fn insert(&self, memory: &Memory) {
        let sql = "INSERT INTO memory (id, scope, tags, at, body) VALUES (?1, ?2, ?3, ?4, ?5)";
        let tags = format!("|{}|", memory.tags.iter().cloned().collect::<Vec<_>>().join("|"));
        let (at, body) = (memory.recorded_at.to_rfc3339(), memory.to_json().unwrap());
        let row = params![memory.id.as_str(), memory.scope.to_string(), tags, at, body];
        self.0.prepare_cached(sql).unwrap().execute(row).unwrap();
    }

    fn insert_with_text(&self, memory: &Memory) {
        self.insert(memory);
        let sql = "INSERT INTO memory_text (rowid, text) VALUES (last_insert_rowid(), ?1)";
        self.0.prepare_cached(sql).unwrap().execute([&memory.text]).unwrap();
    }

    fn put(&self, memory: &Memory) {
        self.0.prepare_cached("BEGIN").unwrap().execute([]).unwrap();
        self.insert_with_text(memory);
        self.0.prepare_cached("COMMIT").unwrap().execute([]).unwrap();
    }

    fn bodies(&self, sql: &str, params: impl rusqlite::Params) -> Vec<String> {
        let mut statement = self.0.prepare_cached(sql).unwrap();
        let rows = statement.query_map(params, |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    fn recall(&self, query: &RecallQuery) -> Vec<String> {
        let words = query.text.replace(' ', " OR ");
        let tag = format!("%|{}|%", query.filter.all_tags.first().unwrap());
        self.bodies(
            "SELECT body FROM memory_text JOIN memory ON memory.key = memory_text.rowid
             WHERE memory_text MATCH ?1 AND scope = ?2 AND tags LIKE ?3 ORDER BY bm25(memory_text) LIMIT 10",
            params![words, query.filter.scope.to_string(), tag],
        )
    }

    fn tagged(&self, filter: &MemoryFilter) -> Vec<String> {
        let tag = format!("%|{}|%", filter.all_tags.first().unwrap());
        self.bodies(
            "SELECT body FROM memory WHERE scope = ?1 AND tags LIKE ?2 ORDER BY at DESC LIMIT 20",
            params![filter.scope.to_string(), tag],
        )
    }
}

/// A file whose memories are encrypted, with the keys in a folder beside.
fn open_encrypted(path: &Path, keys: &Path) -> SqliteStore {
    let random = Arc::new(SystemRandom);
    let cipher = MemoryCipher::new(Arc::new(FileKeys::open(keys, random.clone()).unwrap()), random);
    SqliteStore::open_with(path, SqliteConfig::default(), Some(cipher)).unwrap()
}

/// Stores that hold so many memories, spread evenly over some scopes.
struct Filled {
    size: usize,
    folder: TempDir,
    sqlite: SqliteStore,
    encrypted: SqliteStore,
    plain: Plain,
    in_memory: InMemoryMemoryStore,
    postgres: Option<PostgresMemoryStore>,
}

/// The store of a schema that holds so many memories, filled now if it is not yet.
fn postgres(author: &Author, size: usize, scopes: usize) -> Option<PostgresMemoryStore> {
    let url = std::env::var("TEST_POSTGRES_URL").ok()?;
    let schema = format!("juno_bench_{}_{scopes}", name(size).to_lowercase());
    let store =
        PostgresStore::open(&url, PostgresConfig { schema, ..PostgresConfig::default() }).unwrap().memory();
    let place = |n: usize| scope(1 + n / 20 % scopes);
    let last = memory(author, size - 1, &place(size - 1));
    if wait(store.get(&last.scope, &last.id, second(size))).unwrap().is_none() {
        let all: Vec<usize> = (0..size).collect();
        for part in all.chunks(2_000) {
            let writes: Vec<MemoryWrite> =
                part.iter().map(|n| write(memory(author, *n, &place(*n)))).collect();
            wait(store.put_all(&writes)).unwrap();
        }
        assert!(wait(store.compact()).unwrap());
    }
    Some(store)
}

fn write(memory: Memory) -> MemoryWrite {
    MemoryWrite::new(memory, &principal(0)).unwrap()
}

impl Filled {
    fn new(author: &Author, size: usize, scopes: usize) -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let sqlite = SqliteStore::open(folder.path().join("juno.db"), SqliteConfig::default()).unwrap();
        let encrypted = open_encrypted(&folder.path().join("encrypted.db"), &folder.path().join("keys"));
        let plain = Plain::open(&folder.path().join("plain.db"));
        let in_memory = InMemoryMemoryStore::new(Arc::new(EventBuffer::default()));
        plain.0.execute_batch("BEGIN").unwrap();
        for n in 0..size {
            let memory = memory(author, n, &scope(1 + n / 20 % scopes));
            let events = [event(&memory)];
            ready(sqlite.memory().put(&memory, &events)).unwrap();
            ready(encrypted.memory().put(&memory, &events)).unwrap();
            ready(in_memory.put(&memory, &events)).unwrap();
            plain.insert_with_text(&memory);
        }
        plain.0.execute_batch("COMMIT; PRAGMA wal_checkpoint(truncate)").unwrap();
        assert!(sqlite.checkpoint().unwrap() && encrypted.checkpoint().unwrap());
        let postgres = postgres(author, size, scopes);
        Self { size, folder, sqlite, encrypted, plain, in_memory, postgres }
    }

    /// A copy of one of the files under another name.
    fn copy(&self, file: &str) -> PathBuf {
        let copy = self.folder.path().join(format!("copy-of-{file}"));
        for end in ["-wal", "-shm"] {
            std::fs::remove_file(format!("{}{end}", copy.display())).ok();
        }
        std::fs::copy(self.folder.path().join(file), &copy).unwrap();
        copy
    }
}

/// One memory, committed, into a store that holds so many.
fn put(c: &mut Criterion, author: &Author, filled: &Filled) {
    let size = filled.size;
    let window = (size / 5).clamp(1_000, 20_000);
    let new = |n| memory(author, n, &scope(1));
    let memories: Vec<(Memory, [DomainEvent; 1])> =
        (size..size + window).map(|n| (new(n), [event(&new(n))])).collect();
    let mut group = c.benchmark_group("memory_put");
    let mut stores = Windowed::new(window, || {
        SqliteStore::open(filled.copy("juno.db"), SqliteConfig::default()).unwrap().memory()
    });
    group.bench_function(BenchmarkId::new("juno", name(size)), |b| {
        b.iter_custom(|n| {
            stores.time(n, |store, i| ready(store.put(&memories[i].0, &memories[i].1)).unwrap())
        });
    });
    drop(stores);
    let keys = filled.folder.path().join("keys");
    let mut stores = Windowed::new(window, || open_encrypted(&filled.copy("encrypted.db"), &keys).memory());
    group.bench_function(BenchmarkId::new("juno_encrypted", name(size)), |b| {
        b.iter_custom(|n| {
            stores.time(n, |store, i| ready(store.put(&memories[i].0, &memories[i].1)).unwrap())
        });
    });
    drop(stores);
    for (label, way) in [("plain_fts5", Plain::put as fn(&Plain, &Memory)), ("plain_insert", Plain::insert)] {
        let mut plains = Windowed::new(window, || Plain::open(&filled.copy("plain.db")));
        group.bench_function(BenchmarkId::new(label, name(size)), |b| {
            b.iter_custom(|n| plains.time(n, |plain, i| way(plain, &memories[i].0)));
        });
    }
    let mut stores = Windowed::new(window, || {
        let store = InMemoryMemoryStore::new(Arc::new(EventBuffer::default()));
        (0..size).for_each(|n| ready(store.put(&new(n), &[event(&new(n))])).unwrap());
        store
    });
    group.bench_function(BenchmarkId::new("juno_in_memory", name(size)), |b| {
        b.iter_custom(|n| {
            stores.time(n, |store, i| ready(store.put(&memories[i].0, &memories[i].1)).unwrap())
        });
    });
    drop(stores);
    if let Some(store) = &filled.postgres {
        let mut states = Windowed::new(window, || forget(store, memories.iter().map(|(memory, _)| memory)));
        group.bench_function(BenchmarkId::new("juno_postgres", name(size)), |b| {
            b.iter_custom(|n| {
                states.time(n, |(), i| wait(store.put(&memories[i].0, &memories[i].1)).unwrap())
            });
        });
        forget(store, memories.iter().map(|(memory, _)| memory));
    }
}

/// A thousand memories in one commit, into a store that holds so many.
fn put_all(c: &mut Criterion, author: &Author, filled: &Filled) {
    const BATCH: usize = 1_000;
    let size = filled.size;
    let batches: Vec<Vec<MemoryWrite>> = (0..20)
        .map(|nth| (0..BATCH).map(|n| write(memory(author, size + nth * BATCH + n, &scope(1)))).collect())
        .collect();
    let mut group = c.benchmark_group("memory_put_all");
    group.throughput(Throughput::Elements(BATCH as u64));
    let mut stores = Windowed::new(batches.len(), || {
        SqliteStore::open(filled.copy("juno.db"), SqliteConfig::default()).unwrap().memory()
    });
    group.bench_function(BenchmarkId::new("juno", name(size)), |b| {
        b.iter_custom(|n| stores.time(n, |store, i| ready(store.put_all(&batches[i])).unwrap()));
    });
    drop(stores);
    let mut stores = Windowed::new(batches.len(), || {
        let store = InMemoryMemoryStore::new(Arc::new(EventBuffer::default()));
        (0..size).for_each(|n| {
            let memory = memory(author, n, &scope(1));
            ready(store.put(&memory, &[event(&memory)])).unwrap();
        });
        store
    });
    group.bench_function(BenchmarkId::new("juno_in_memory", name(size)), |b| {
        b.iter_custom(|n| stores.time(n, |store, i| ready(store.put_all(&batches[i])).unwrap()));
    });
    let Some(store) = &filled.postgres else { return };
    let mut states =
        Windowed::new(batches.len(), || forget(store, batches.iter().flatten().map(|write| &write.memory)));
    group.bench_function(BenchmarkId::new("juno_postgres", name(size)), |b| {
        b.iter_custom(|n| states.time(n, |(), i| wait(store.put_all(&batches[i])).unwrap()));
    });
    forget(store, batches.iter().flatten().map(|write| &write.memory));
}

/// Takes out of a schema what a bench put into it.
fn forget<'m>(store: &PostgresMemoryStore, memories: impl Iterator<Item = &'m Memory>) {
    let removals: Vec<MemoryRemoval> = memories
        .map(|memory| {
            let (scope, id) = (memory.scope.clone(), memory.id.clone());
            let gone = forgotten_event(&scope, &id, &principal(0), second(0), ForgetReason::Asked).unwrap();
            MemoryRemoval { scope, id, events: vec![gone] }
        })
        .collect();
    for part in removals.chunks(2_000) {
        wait(store.forget_all(part)).unwrap();
    }
}

/// The ten best for four words and a tag.
fn recall(c: &mut Criterion, group: &str, filled: &Filled) {
    let now = second(filled.size);
    let queries = queries();
    let mut group = c.benchmark_group(group);
    let mut next = 0;
    let mut query = || {
        next = (next + 1) % queries.len();
        &queries[next]
    };
    let sqlite = filled.sqlite.memory();
    group.bench_function(BenchmarkId::new("juno", name(filled.size)), |b| {
        b.iter(|| ready(sqlite.recall(query(), now)).unwrap());
    });
    let encrypted = filled.encrypted.memory();
    group.bench_function(BenchmarkId::new("juno_encrypted", name(filled.size)), |b| {
        b.iter(|| ready(encrypted.recall(query(), now)).unwrap());
    });
    group.bench_function(BenchmarkId::new("plain_fts5", name(filled.size)), |b| {
        b.iter(|| filled.plain.recall(query()));
    });
    group.bench_function(BenchmarkId::new("juno_in_memory", name(filled.size)), |b| {
        b.iter(|| ready(filled.in_memory.recall(query(), now)).unwrap());
    });
    if let Some(postgres) = &filled.postgres {
        group.bench_function(BenchmarkId::new("juno_postgres", name(filled.size)), |b| {
            b.iter(|| wait(postgres.recall(query(), now)).unwrap());
        });
    }
}

/// The newest twenty with a tag that one in a thousand has; and one memory by its id.
fn look_up(c: &mut Criterion, filled: &Filled) {
    let now = second(filled.size);
    let filter = MemoryFilter { all_tags: ["issue_7".into()].into(), ..MemoryFilter::new(scope(1)) };
    let sqlite = filled.sqlite.memory();
    let found = ready(sqlite.list(&filter, now)).unwrap().len();
    assert_eq!((found, filled.plain.tagged(&filter).len()), (found.clamp(1, 20), found));

    let mut group = c.benchmark_group("memory_by_tag");
    group.bench_function(BenchmarkId::new("juno", name(filled.size)), |b| {
        b.iter(|| ready(sqlite.list(black_box(&filter), now)).unwrap());
    });
    group.bench_function(BenchmarkId::new("plain_like", name(filled.size)), |b| {
        b.iter(|| filled.plain.tagged(black_box(&filter)));
    });
    if let Some(postgres) = &filled.postgres {
        group.bench_function(BenchmarkId::new("juno_postgres", name(filled.size)), |b| {
            b.iter(|| wait(postgres.list(black_box(&filter), now)).unwrap());
        });
    }
    group.finish();

    let mut group = c.benchmark_group("memory_get");
    let ids: Vec<MemoryId> =
        (0..64).map(|n| MemoryId::new(format!("memory-{:08}", n * filled.size / 64)).unwrap()).collect();
    let mut next = 0;
    let mut id = || {
        next = (next + 1) % ids.len();
        &ids[next]
    };
    group.bench_function(BenchmarkId::new("juno", name(filled.size)), |b| {
        b.iter(|| ready(sqlite.get(&scope(1), id(), now)).unwrap().unwrap());
    });
    let encrypted = filled.encrypted.memory();
    group.bench_function(BenchmarkId::new("juno_encrypted", name(filled.size)), |b| {
        b.iter(|| ready(encrypted.get(&scope(1), id(), now)).unwrap().unwrap());
    });
    group.bench_function(BenchmarkId::new("juno_in_memory", name(filled.size)), |b| {
        b.iter(|| ready(filled.in_memory.get(&scope(1), id(), now)).unwrap().unwrap());
    });
    if let Some(postgres) = &filled.postgres {
        group.bench_function(BenchmarkId::new("juno_postgres", name(filled.size)), |b| {
            b.iter(|| wait(postgres.get(&scope(1), id(), now)).unwrap().unwrap());
        });
    }
}

/// With `MEMORY_1M` set: a million memories in a thousand scopes, each question to one of them. Takes 3 GB on the disk.
fn a_thousand_scopes(c: &mut Criterion, author: &Author) {
    if std::env::var_os("MEMORY_1M").is_none() {
        return;
    }
    let (size, scopes) = (1_000_000, 1_000);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let sqlite = SqliteStore::open(folder.path().join("juno.db"), SqliteConfig::default()).unwrap();
    let plain = Plain::open(&folder.path().join("plain.db"));
    let all: Vec<usize> = (0..size).collect();
    for part in all.chunks(5_000) {
        let writes: Vec<MemoryWrite> =
            part.iter().map(|n| write(memory(author, *n, &scope(1 + n / 20 % scopes)))).collect();
        ready(sqlite.memory().put_all(&writes)).unwrap();
        plain.0.execute_batch("BEGIN").unwrap();
        writes.iter().for_each(|write| plain.insert_with_text(&write.memory));
        plain.0.execute_batch("COMMIT").unwrap();
    }
    assert!(sqlite.checkpoint().unwrap());
    let now = second(size);
    let asked: Vec<RecallQuery> = (0..8)
        .flat_map(|n| {
            queries().into_iter().map(move |mut query| {
                query.filter.scope = scope(1 + 125 * n);
                query
            })
        })
        .collect();
    let mut group = c.benchmark_group("memory_recall_of_one_scope_in_a_thousand");
    let (sqlite, mut next) = (sqlite.memory(), 0);
    let mut query = || {
        next = (next + 37) % asked.len();
        &asked[next]
    };
    group.bench_function(BenchmarkId::new("juno", name(size)), |b| {
        b.iter(|| ready(sqlite.recall(query(), now)).unwrap());
    });
    group.bench_function(BenchmarkId::new("plain_fts5", name(size)), |b| {
        b.iter(|| plain.recall(query()));
    });
}

fn memories(c: &mut Criterion) {
    let author = Author::new();
    for size in SIZES {
        let filled = Filled::new(&author, size, 1);
        recall(c, "memory_recall", &filled);
        look_up(c, &filled);
        put(c, &author, &filled);
        put_all(c, &author, &filled);
    }
    // Each team looks at its own memories only: a tenth of them all.
    let filled = Filled::new(&author, 100_000, 10);
    recall(c, "memory_recall_of_one_team_in_ten", &filled);
    drop(filled);
    a_thousand_scopes(c, &author);
}

criterion_group!(name = benches; config = quick(); targets = memories);
criterion_main!(benches);

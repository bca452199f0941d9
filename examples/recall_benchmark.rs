//! How well memory finds what a question is about: ranks labelled conversations and writes the rankings to a file.
//!
//! ```text
//! cargo run --release --example recall_benchmark -- --data conversations.jsonl --run run.jsonl --store sqlite
//! DATABASE_URL=postgresql://… cargo run --release --example recall_benchmark -- --data … --run … --store postgres
//! ```
//!
//! One JSON object a line, told apart by `kind`: `memory` (`conv`, `id`, `s` session, `p` place in it, `who`, `ts`, `text`,
//! `cap` caption of a picture) and `query` (`conv`, `qid`, `q`, and `rel`, the ids that answer it); others are passed over.
//! Every conversation gets a store of its own, and each of its questions ranks all of it. `cat` and `rel` are never shown
//! to the store; `rel` scores the rankings afterwards, as recall, nDCG and reciprocal rank.
//!
//! With `--embedder` recall goes by meaning too. `file` takes vectors from `--vectors`, one `{"text": …, "vector": […]}` a
//! line, and notes the texts it is asked for and does not find in `--texts`: so any model can be judged, however it is run.
//! `random`, `constant` and `length` are useless on purpose, to see that they do no harm.
//!
//! In PostgreSQL the store is the schema `juno_recall_benchmark`, with a tenant for each conversation; what is written there
//! is forgotten again at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use clap::{Parser, ValueEnum};
use juno_core::domain::{EventBuffer, MemoryId, PrincipalId, Seed, TeamId, TenantId};
use juno_core::memory::{
    Embedder, EmbeddingModel, ForgetReason, InMemoryMemoryStore, Memory, MemoryError, MemoryFilter,
    MemoryKind, MemoryRemoval, MemoryScope, MemoryStore, MemoryWrite, RankWeights, RecallQuery,
    SemanticMemoryStore, Turn, forgotten_event,
};
use juno_core::sqlite::{SqliteConfig, SqliteStore};
use serde::Deserialize;
use serde_json::json;

/// Ranks labelled conversations and writes the rankings to a file.
#[derive(Parser)]
struct Options {
    /// The conversations, one JSON object a line.
    #[arg(long)]
    data: PathBuf,
    /// Where to write the rankings: `{"qid": …, "ids": […]}`, one a line.
    #[arg(long)]
    run: PathBuf,
    /// The store to ask.
    #[arg(long, value_enum, default_value = "memory")]
    store: Store,
    /// The database for `--store postgres`; otherwise the environment's `DATABASE_URL`.
    #[arg(long)]
    db: Option<String>,
    /// Parts of the ranking to do without, to see what they are worth (in memory only).
    #[arg(long, value_enum, value_delimiter = ',')]
    without: Vec<Part>,
    /// What makes vectors.
    #[arg(long, value_enum)]
    embedder: Option<Vectors>,
    /// The vectors of `--embedder file`, one `{"text": …, "vector": […]}` a line.
    #[arg(long)]
    vectors: Option<PathBuf>,
    /// Where `--embedder file` writes the texts that have no vector, as JSON strings, one a line.
    #[arg(long)]
    texts: Option<PathBuf>,
    /// Draws the vectors of `--embedder random`.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What makes vectors.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Vectors {
    /// Looks them up.
    File,
    /// Draws them by text: they say nothing.
    Random,
    /// The same one for every text.
    Constant,
    /// One that knows only how long the text is.
    Length,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Store {
    Memory,
    Sqlite,
    Postgres,
}

/// A part of the ranking.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Part {
    Proximity,
    Coverage,
    QuestionPenalty,
    Speaker,
    Neighbours,
    After,
    Answer,
    Thread,
    When,
    Date,
    Recency,
    Near,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Line {
    Memory(Said),
    Query(Asked),
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Said {
    conv: String,
    id: String,
    s: u32,
    p: u32,
    who: String,
    ts: NaiveDateTime,
    text: String,
    #[serde(default)]
    cap: Option<String>,
}

#[derive(Deserialize)]
struct Asked {
    conv: String,
    qid: String,
    q: String,
    #[serde(default)]
    rel: Vec<String>,
}

/// What was said and what is asked in one conversation.
#[derive(Default)]
struct Conversation {
    said: Vec<Said>,
    asked: Vec<Asked>,
}

#[tokio::main(flavor = "current_thread")]
async fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    if options.store != Store::Memory && !options.without.is_empty() {
        return Err("`--without` is for `--store memory`: every other store has the one ranking".into());
    }
    let mut conversations: BTreeMap<String, Conversation> = BTreeMap::new();
    for (nth, line) in BufReader::new(File::open(&options.data)?).lines().enumerate() {
        match serde_json::from_str(&line?).map_err(|error| format!("line {}: {error}", nth + 1))? {
            Line::Memory(said) => conversations.entry(said.conv.clone()).or_default().said.push(said),
            Line::Query(asked) => conversations.entry(asked.conv.clone()).or_default().asked.push(asked),
            Line::Other => {}
        }
    }
    let mut out = BufWriter::new(File::create(&options.run)?);
    let embedder = options.embedder.map(|_| Judged::new(options)).transpose()?.map(Arc::new);
    let (mut scores, mut times, mut memories, mut written) = (Vec::new(), Vec::new(), 0, Duration::ZERO);
    for (name, conversation) in &conversations {
        let folder = tempfile::tempdir()?;
        let store: Arc<dyn MemoryStore> = match options.store {
            Store::Memory => Arc::new(
                InMemoryMemoryStore::new(Arc::new(EventBuffer::default()))
                    .with_weights(weights(&options.without)),
            ),
            Store::Sqlite => {
                Arc::new(SqliteStore::open(folder.path().join("juno.db"), SqliteConfig::default())?.memory())
            }
            Store::Postgres => postgres(options)?,
        };
        let store: Arc<dyn MemoryStore> = match &embedder {
            Some(embedder) => Arc::new(SemanticMemoryStore::new(store, Arc::clone(embedder) as _)?),
            None => store,
        };
        let tenant = TenantId::new(format!("benchmark {name}"))?;
        // What a run that was broken off left.
        forget_everything(&*store, &tenant).await?;
        let scope = MemoryScope::tenant_wide(tenant.clone()).with_team(TeamId::new(name.as_str())?);
        let began = Instant::now();
        let now = remember(&*store, &scope, &conversation.said).await?;
        written += began.elapsed();
        memories += conversation.said.len();
        for asked in &conversation.asked {
            let filter = MemoryFilter { limit: MemoryFilter::MAX_LIMIT, ..MemoryFilter::new(scope.clone()) };
            let query = RecallQuery::new(&asked.q, filter);
            let started = Instant::now();
            let found = store.recall(&query, now).await?;
            times.push(started.elapsed());
            let ids: Vec<&str> = found.iter().map(|hit| hit.memory.id.as_str()).collect();
            scores.extend(score(&asked.rel, &ids));
            writeln!(out, "{}", json!({ "qid": asked.qid, "ids": ids }))?;
        }
        if options.store == Store::Postgres {
            forget_everything(&*store, &tenant).await?;
        }
    }
    out.flush()?;
    if let (Some(path), Some(embedder)) = (&options.texts, &embedder) {
        let mut texts = BufWriter::new(File::create(path)?);
        for text in embedder.missing.lock().map_err(|error| error.to_string())?.iter() {
            writeln!(texts, "{}", json!(text))?;
        }
    }
    print(&scores, &mut times, memories);
    println!("a memory is written in {:.2?}", written / u32::try_from(memories.max(1))?);
    Ok(())
}

/// An embedder that is judged.
struct Judged {
    model: EmbeddingModel,
    kind: Vectors,
    seed: u64,
    known: BTreeMap<String, Vec<f32>>,
    missing: Mutex<BTreeSet<String>>,
}

impl Judged {
    fn new(options: &Options) -> Result<Self, Box<dyn Error>> {
        #[derive(Deserialize)]
        struct Known {
            text: String,
            vector: Vec<f32>,
        }
        let mut known = BTreeMap::new();
        if let Some(path) = &options.vectors {
            for line in BufReader::new(File::open(path)?).lines() {
                let Known { text, vector } = serde_json::from_str(&line?)?;
                known.insert(text, vector);
            }
        }
        let kind = options.embedder.unwrap_or(Vectors::File);
        let dimension = known.values().next().map_or(64, Vec::len);
        let model = EmbeddingModel::new("judged", dimension)?;
        Ok(Self { model, kind, seed: options.seed, known, missing: Mutex::default() })
    }

    fn vector(&self, text: &str) -> Vec<f32> {
        let numbers = 0..self.model.dimension();
        match self.kind {
            Vectors::File => self.known.get(text).cloned().unwrap_or_else(|| {
                self.missing.lock().map(|mut missing| missing.insert(text.to_owned())).unwrap_or_default();
                numbers.map(|_| 1.0).collect()
            }),
            Vectors::Random => {
                let drawn = |at: usize| {
                    let seed =
                        text.bytes().fold(Seed(self.seed).part(at as u64), |seed, b| seed.part(b.into()));
                    // The sum of four is about normal, and so the direction about uniform.
                    (0..4).map(|part| seed.part(part).0 as f32 / u64::MAX as f32 - 0.5).sum()
                };
                numbers.map(drawn).collect()
            }
            Vectors::Constant => numbers.map(|_| 1.0).collect(),
            Vectors::Length => {
                let angle = text.len() as f32 / 200.0;
                numbers.map(|at| if at % 2 == 0 { angle.cos() } else { angle.sin() }).collect()
            }
        }
    }
}

#[async_trait]
impl Embedder for Judged {
    fn model(&self) -> &EmbeddingModel {
        &self.model
    }

    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, MemoryError> {
        Ok(texts.iter().map(|text| self.vector(text)).collect())
    }
}

#[cfg(feature = "postgres")]
fn postgres(options: &Options) -> Result<Arc<dyn MemoryStore>, Box<dyn Error>> {
    use juno_core::postgres::{PostgresConfig, PostgresStore};

    let url = options.db.clone().or_else(|| std::env::var("DATABASE_URL").ok());
    let url = url.ok_or("`--store postgres` wants the database: give `--db` or set DATABASE_URL")?;
    let config = PostgresConfig { schema: "juno_recall_benchmark".into(), ..PostgresConfig::default() };
    Ok(Arc::new(PostgresStore::open(&url, config)?.memory()))
}

#[cfg(not(feature = "postgres"))]
fn postgres(_: &Options) -> Result<Arc<dyn MemoryStore>, Box<dyn Error>> {
    Err("`--store postgres` wants the feature `postgres`".into())
}

/// Forgets all that a tenant has.
async fn forget_everything(store: &dyn MemoryStore, tenant: &TenantId) -> Result<(), Box<dyn Error>> {
    let actor = PrincipalId::new("recall_benchmark")?;
    loop {
        let page = store.scan(tenant, None, 1_000).await?;
        if page.memories.is_empty() {
            return Ok(());
        }
        let removals = page.memories.iter().map(|memory| {
            let (scope, id) = (memory.scope.clone(), memory.id.clone());
            let gone = forgotten_event(&scope, &id, &actor, memory.recorded_at, ForgetReason::Asked)?;
            Ok(MemoryRemoval { scope, id, events: vec![gone] })
        });
        store.forget_all(&removals.collect::<Result<Vec<_>, MemoryError>>()?).await?;
    }
}

/// The ranking without some of its parts.
fn weights(without: &[Part]) -> RankWeights {
    let mut weights = RankWeights::DEFAULT;
    for part in without {
        match part {
            Part::Proximity => weights.proximity = 0.0,
            Part::Coverage => weights.coverage = 0.0,
            Part::QuestionPenalty => weights.question = 0.0,
            Part::Speaker => (weights.speaker, weights.speaker_context) = (0.0, 0.0),
            Part::Neighbours => (weights.before, weights.after) = (0.0, 0.0),
            Part::After => weights.after = 0.0,
            Part::Answer => weights.answer = 0.0,
            Part::Thread => weights.thread = 0.0,
            Part::When => weights.when = 0.0,
            Part::Date => weights.date = 0.0,
            Part::Recency => weights.recency = 0.0,
            Part::Near => weights.near = 0.0,
        }
    }
    weights
}

/// Puts a conversation into a store, and gives the day after its end.
async fn remember(
    store: &dyn MemoryStore,
    scope: &MemoryScope,
    said: &[Said],
) -> Result<DateTime<Utc>, Box<dyn Error>> {
    let actor = PrincipalId::new("recall_benchmark")?;
    let mut last = DateTime::UNIX_EPOCH;
    let mut writes = Vec::with_capacity(said.len());
    for said in said {
        let at = said.ts.and_utc();
        last = last.max(at);
        let text = match said.cap.as_deref().filter(|caption| !caption.is_empty()) {
            Some(caption) => format!("{} [{caption}]", said.text),
            None => said.text.clone(),
        };
        let id = MemoryId::new(said.id.as_str())?;
        let mut memory = Memory::new(id, MemoryKind::Episodic, scope.clone(), text, "conversation", at);
        memory.who = Some(said.who.clone());
        memory.turn = Some(Turn::new(format!("session {}", said.s), said.p));
        writes.push(MemoryWrite::new(memory, &actor)?);
    }
    store.put_all(&writes).await?;
    Ok(last + TimeDelta::days(1))
}

/// Recall among the first 5 and 10, nDCG among the first 10, and reciprocal rank; none where nothing is to be found.
fn score(relevant: &[String], ids: &[&str]) -> Option<[f64; 4]> {
    let mut ranks: Vec<usize> =
        relevant.iter().filter_map(|id| ids.iter().position(|found| found == id)).collect();
    ranks.sort_unstable();
    let all = relevant.len() as f64;
    let within = |k| ranks.iter().filter(|rank| **rank < k).count() as f64 / all;
    let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
    let best: f64 = (0..relevant.len().min(10)).map(gain).sum();
    let gained: f64 = ranks.iter().filter(|rank| **rank < 10).map(|rank| gain(*rank)).sum();
    let reciprocal = ranks.first().map_or(0.0, |rank| 1.0 / (*rank as f64 + 1.0));
    (!relevant.is_empty()).then(|| [within(5), within(10), gained / best, reciprocal])
}

fn print(scores: &[[f64; 4]], times: &mut [Duration], memories: usize) {
    times.sort_unstable();
    let quantile = |q: usize| times.get(times.len() * q / 100).copied().unwrap_or_default();
    println!("{memories} memories, {} questions, {} of them with an answer", times.len(), scores.len());
    for (place, name) in ["R@5", "R@10", "nDCG@10", "MRR"].into_iter().enumerate() {
        let sum: f64 = scores.iter().map(|score| score[place]).sum();
        println!("{name:8} {:.1}", 100.0 * sum / scores.len().max(1) as f64);
    }
    println!("a question takes {:.2?} (half of them), {:.2?} (95 of 100)", quantile(50), quantile(95));
}

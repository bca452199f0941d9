//! Appending to the audit log and verifying it, in memory and in SQLite.
#![expect(clippy::unwrap_used, reason = "a bench stops at the first failure")]

use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use juno_audit::{AuditLog, InMemoryAuditLog};
use juno_benches::{Windowed, name, quick, ready, slow, vote_event};
use juno_domain::DomainEvent;
use juno_sqlite::{Durability, SqliteConfig, SqliteStore};
use sha2::{Digest, Sha256};

/// The naive log: each record's hash covers the one before it. No proofs, no check for repeated ids.
#[derive(Default)]
struct HashChain(Vec<([u8; 32], Vec<u8>)>);

impl HashChain {
    fn link(before: Option<&[u8; 32]>, content: &[u8]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(before.unwrap_or(&[0; 32]));
        hash.update(content);
        hash.finalize().into()
    }

    fn append(&mut self, event: &DomainEvent) {
        let content = serde_json::to_vec(event).unwrap();
        let hash = Self::link(self.0.last().map(|(hash, _)| hash), &content);
        self.0.push((hash, content));
    }

    fn verify(&self) -> bool {
        let mut before = None;
        self.0.iter().all(|(hash, content)| {
            let same = Self::link(before, content) == *hash;
            before = Some(hash);
            same
        })
    }
}

fn log_of(size: usize) -> InMemoryAuditLog {
    let log = InMemoryAuditLog::new();
    for n in 0..size {
        ready(log.append(&[vote_event(n)])).unwrap();
    }
    log
}

/// The sizes of a log in memory; with `AUDIT_10M` set also ten million records, which take 6 GB and a minute to make.
fn sizes() -> Vec<usize> {
    let largest = std::env::var_os("AUDIT_10M").map(|_| 10_000_000);
    [1_000, 10_000, 100_000, 1_000_000].into_iter().chain(largest).collect()
}

fn chain_of(size: usize) -> HashChain {
    let mut chain = HashChain::default();
    (0..size).for_each(|n| chain.append(&vote_event(n)));
    chain
}

/// One append to a log that already holds so many records.
fn append(c: &mut Criterion) {
    let mut group = c.benchmark_group("audit_append");
    for size in sizes() {
        let window = (size / 5).clamp(1_000, 200_000);
        let events: Vec<DomainEvent> = (size..size + window).map(vote_event).collect();
        let mut logs = Windowed::new(window, || log_of(size));
        group.bench_function(BenchmarkId::new("juno", name(size)), |b| {
            b.iter_custom(|n| {
                logs.time(n, |log, i| ready(log.append(std::slice::from_ref(&events[i]))).unwrap())
            });
        });
        drop(logs);
        if size > 1_000_000 {
            continue;
        }
        let mut chains = Windowed::new(window, || chain_of(size));
        group.bench_function(BenchmarkId::new("sha256_chain", name(size)), |b| {
            b.iter_custom(|n| chains.time(n, |chain, i| chain.append(&events[i])));
        });
    }
}

/// A proof that some record is in the log.
fn prove(c: &mut Criterion) {
    let mut group = c.benchmark_group("audit_inclusion_proof");
    for size in sizes() {
        let log = log_of(size);
        let mut index = 0;
        group.bench_function(BenchmarkId::new("juno", name(size)), |b| {
            b.iter(|| {
                index = (index + 7_919) % size;
                ready(log.inclusion_proof(index as u64, size as u64)).unwrap()
            });
        });
    }
}

/// The whole log hashed anew.
fn verify(c: &mut Criterion) {
    let mut group = c.benchmark_group("audit_verify");
    for size in [10_000, 100_000] {
        group.throughput(Throughput::Elements(size as u64));
        let log = log_of(size);
        group.bench_function(BenchmarkId::new("juno", name(size)), |b| {
            b.iter(|| assert!(ready(log.verify()).unwrap().verified));
        });
        let chain = chain_of(size);
        group.bench_function(BenchmarkId::new("sha256_chain", name(size)), |b| {
            b.iter(|| assert!(chain.verify()));
        });
    }
}

/// Appends to a file, by how many records one call brings.
fn append_sqlite(c: &mut Criterion) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut group = c.benchmark_group("audit_append_on_disk");
    for batch in [1, 256] {
        group.throughput(Throughput::Elements(batch as u64));
        for (label, durability) in [("juno", Durability::Full), ("juno_process_safe", Durability::Process)] {
            let path = folder.path().join(format!("{label}-{batch}.db"));
            let config = SqliteConfig { durability, ..SqliteConfig::default() };
            let log = SqliteStore::open(path, config).unwrap().audit();
            let mut next = 0;
            group.bench_function(BenchmarkId::new(label, batch), |b| {
                b.iter_batched(
                    || {
                        next += batch;
                        (next - batch..next).map(vote_event).collect::<Vec<_>>()
                    },
                    |events| ready(log.append(&events)).unwrap(),
                    criterion::BatchSize::PerIteration,
                );
            });
        }
        let blocks: Vec<Vec<u8>> = (0..64)
            .map(|n| (n * batch..(n + 1) * batch).flat_map(|i| serde_json::to_vec(&vote_event(i)).unwrap()))
            .map(Iterator::collect)
            .collect();
        let mut file = File::create(folder.path().join(format!("block-{batch}"))).unwrap();
        let mut next = 0;
        group.bench_function(BenchmarkId::new("write_and_fsync", batch), |b| {
            b.iter(|| {
                next += 1;
                file.write_all(&blocks[next % blocks.len()]).unwrap();
                file.sync_data().unwrap();
            });
        });
    }
}

/// Single appends of many callers at once, which share commits.
fn append_sqlite_together(c: &mut Criterion) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut group = c.benchmark_group("audit_append_on_disk_callers");
    group.throughput(Throughput::Elements(1));
    for callers in [1, 8, 32] {
        let config = SqliteConfig { durability: Durability::Full, ..SqliteConfig::default() };
        let log = SqliteStore::open(folder.path().join(format!("{callers}.db")), config).unwrap().audit();
        let (log, next) = (&log, AtomicUsize::new(0));
        group.bench_function(BenchmarkId::new("juno", callers), |b| {
            b.iter_custom(|n| {
                let each = usize::try_from(n).unwrap().div_ceil(callers);
                let shares: Vec<Vec<DomainEvent>> = (0..callers)
                    .map(|_| {
                        let from = next.fetch_add(each, Ordering::Relaxed);
                        (from..from + each).map(vote_event).collect()
                    })
                    .collect();
                let start = Instant::now();
                std::thread::scope(|scope| {
                    for share in &shares {
                        scope.spawn(move || {
                            for event in share {
                                ready(log.append(std::slice::from_ref(event))).unwrap();
                            }
                        });
                    }
                });
                // Where the shares do not come out even, a few more were appended than were asked for.
                start.elapsed().mul_f64(n as f64 / (each * callers) as f64)
            });
        });
    }
}

/// With `AUDIT_10M` set: one log in memory grown to ten million records, and what an append takes on the way, also in
/// time on the processor, as a loaded machine and a loaded memory make the clock say more.
fn growth(_: &mut Criterion) {
    if std::env::var_os("AUDIT_10M").is_none() {
        return;
    }
    // Nanoseconds this thread was running, as Linux counts them.
    let running = || {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    };
    const STEP: usize = 10_000;
    let log = InMemoryAuditLog::new();
    let (mut clock, mut processor) = (0, 0);
    for size in (STEP..=10_000_000).step_by(STEP) {
        let events: Vec<DomainEvent> = (size - STEP..size).map(vote_event).collect();
        let (start, before) = (Instant::now(), running().unwrap_or_default());
        for event in &events {
            black_box(ready(log.append(std::slice::from_ref(event))).unwrap());
        }
        processor += running().unwrap_or_default() - before;
        clock += u64::try_from(start.elapsed().as_nanos()).unwrap();
        // What came since the last power of ten.
        let power = 10_usize.pow(size.ilog10());
        if size == power {
            let count = (size / 10 * 9).max(STEP) as u64;
            println!(
                "audit_growth/juno/{}: {} ns, {} ns running",
                name(size),
                clock / count,
                processor / count
            );
            (clock, processor) = (0, 0);
        }
    }
}

/// Verifying the file, which reads every record from it.
fn verify_sqlite(c: &mut Criterion) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut group = c.benchmark_group("audit_verify_on_disk");
    let size = 10_000;
    group.throughput(Throughput::Elements(size as u64));
    let log = SqliteStore::open(folder.path().join("log.db"), SqliteConfig::default()).unwrap().audit();
    let events: Vec<DomainEvent> = (0..size).map(vote_event).collect();
    ready(log.append(&events)).unwrap();
    group.bench_function(BenchmarkId::new("juno", name(size)), |b| {
        b.iter(|| assert!(black_box(ready(log.verify()).unwrap()).verified));
    });
}

criterion_group!(name = memory; config = quick(); targets = growth, append, prove);
criterion_group!(name = rest; config = slow(); targets = verify, append_sqlite, append_sqlite_together, verify_sqlite);
criterion_main!(memory, rest);
